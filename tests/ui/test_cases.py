"""Cases, hand entry, prints and the report's pages, over a few weeks of the shipped forms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from pipeline import exports, returns, store
from pipeline.forms import Forms
from pipeline.programs import poppler
from pipeline.returns import cases, entries
from pipeline.returns.loop import Loop
from pipeline.settings import Settings
from pipeline.store import accounts
from review_ui.cases import words
from tests.returns import made_year
from tests.returns.made_year import Size, Year
from tests.returns.scanners import Told
from tests.ui.conftest import Office, post, sign_in


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, shipped: Forms) -> Iterator[Office]:
    """A small office with a year behind it; a reviewer and an analyst."""
    folder = tmp_path_factory.mktemp("cases")
    own = Settings(data=folder / "data")
    with pytest.MonkeyPatch.context() as patch, store.open(own, create=True) as opened:
        made_year.told(patch, opened)
        Year(opened, shipped, Size(surveys=8, paths=6, notices=10, tickets=8), Told(folder, 1)).play()
        for name, role in (("tanaka", "reviewer"), ("ana", "analyst")):
            one_time = accounts.add(opened, name, role)  # type: ignore[arg-type]  # both are roles
            accounts.change_password(opened, name, one_time, "correct horse battery")
        made = Office(own, opened, shipped)
        yield made
        made.close()


@pytest.fixture
def client(place: Office) -> TestClient:
    """A reviewer's browser."""
    return sign_in(place)


def _loop(place: Office) -> Loop:
    return exports.loop(place.store, place.forms)


def _find(client: TestClient, number: str) -> str:
    """The address of the case that a number leads to."""
    answer = post(client, "/cases", number=number)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def _unanswered(place: Office) -> str:
    """The form and serial of a notice that waits for its reply."""
    found = [one.notice for one in _loop(place).notices if one.notice is not None and one.reply is None]
    return f"{found[0].form_id}/{found[0].serial}"


def _last(place: Office) -> tuple[str | None, str, str]:
    """The newest line of the audit log."""
    line = store.audit.entries(place.store, store.audit.Asked(), 1)[0]
    return line.actor, line.action, line.target


def _enter(client: TestClient, address: str, kind: str, target: str, **said: str) -> int:
    parts = {name if name == "day" else f"part-{name}": text for name, text in said.items()}
    return post(client, f"{address}/entries", kind=kind, target=target, **parts).status_code


def test_a_case_is_found_by_number_and_its_address_tells_nothing(place: Office, client: TestClient) -> None:
    """A serial leads to the case by a post; neither number nor record stands in the address."""
    number = _unanswered(place)
    address = _find(client, number.lower())
    assert re.fullmatch(r"/cases/[0-9a-f]{24}", address)
    serial = number.partition("/")[2]
    assert serial in client.get(address).text
    assert serial in client.get("/cases").text  # it waits for a reply
    several = post(client, "/cases", number=serial)  # other forms have that number too
    assert (several.status_code, words.CHOICES in several.text) == (200, True)
    wrong = post(client, "/cases", number="000000X")
    assert wrong.status_code == 404
    assert words.NOT_FOUND in wrong.text


def test_a_reply_is_printed_with_what_is_known(place: Office, client: TestClient, tmp_path: Path) -> None:
    """The PDF of a reply has a new serial, noted as issued for this very case, which it then belongs to."""
    number = _unanswered(place)
    address, before = _find(client, number), len(list(returns.every(place.store)))
    answer = post(client, f"{address}/reply")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    *_, issued = returns.every(place.store)
    assert len(list(returns.every(place.store))) == before + 1
    assert place.forms[issued.form].purpose == "reply"
    out = tmp_path / "reply.pdf"
    out.write_bytes(answer.content)
    assert poppler.page(out, 1, dpi=50).shape[0] > 400
    loop = _loop(place)
    mine = [one for one in loop.sent if one.issued.serial == issued.serial and one.purpose == "reply"]
    notice = next(one.notice for one in loop.notices if one.notice and one.notice.serial == number.partition("/")[2])
    assert loop.cases.of(mine[0].name) == loop.cases.of(cases.of_record(notice.record))
    assert list(place.settings.private.glob("print-*")) == []
    assert _last(place) == (
        "tanaka",
        "print",
        f"form={issued.form[0]} sheets=1 serials={issued.serial}-{issued.serial}",
    )


def test_a_visit_is_entered_corrected_and_taken_back(place: Office, client: TestClient) -> None:
    """Each version of an entry stays in the history; what is withdrawn counts no more."""
    address = _find(client, _unanswered(place))
    target = _target(client, address)
    before = len(list(entries.every(place.store)))
    assert _enter(client, address, "visit", target, day="2025-01-15", charge="保健師A") == 303
    made = entries.every(place.store)[-1]
    change = f"{address}/entries/{made.thread}"
    told = {"version": "1", "target": target, "day": "2025-01-16", "part-charge": "保健師B"}
    assert post(client, change, **told).status_code == 303
    assert post(client, change, **told).status_code == 409  # somebody with the first version still on the screen
    text = client.get(address).text
    assert all(word in text for word in ("保健師A", "保健師B", "2025-01-15", "2025-01-16"))
    assert post(client, change, version="2", target=target, withdraw="1").status_code == 303
    assert len(list(entries.every(place.store))) == before
    assert [one.action for one in entries.history(place.store, made.thread)] == ["enter", "correct", "withdraw"]
    assert _last(place) == ("tanaka", "entry-withdraw", f"entry={made.thread} version=3")


@pytest.mark.parametrize("version", ["３", "9" * 5000, "-1", ""])
def test_a_version_that_is_none_is_refused(place: Office, client: TestClient, version: str) -> None:
    """Figures of another width, or far too many: not found, and nothing changes."""
    address = _find(client, _unanswered(place))
    target = _target(client, address)
    assert _enter(client, address, "visit", target, day="2025-01-15", charge="保健師A") == 303
    made = entries.every(place.store)[-1]
    told = {"version": version, "target": target, "day": "2025-01-16", "part-charge": "保健師B"}
    assert post(client, f"{address}/entries/{made.thread}", **told).status_code == 404
    assert len(entries.history(place.store, made.thread)) == 1


def _target(client: TestClient, address: str) -> str:
    """What entries about the person are entered for."""
    found = re.search(r'name="target" value="([^"]+)"', client.get(address).text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("kind", "said", "status"),
    [
        ("visit", {"day": "2999-01-01", "charge": "A"}, 422),
        ("visit", {"day": "きのう", "charge": "A"}, 422),
        ("visit", {"day": "2025-01-15", "charge": ""}, 422),
        ("care", {"day": "2025-01-15", "application": "たぶん"}, 422),
        ("match", {"other": "000000X"}, 422),
        ("void", {"day": "2025-01-15", "reason": "紛失"}, 404),  # not for a person, only for a sheet
        ("nothing", {}, 404),
    ],
)
def test_what_does_not_fit_is_refused(
    place: Office, client: TestClient, kind: str, said: dict[str, str], status: int
) -> None:
    """A wrong day, a missing answer, an unknown option or number: a sentence, and nothing is stored."""
    address = _find(client, _unanswered(place))
    before = entries.every(place.store)
    assert _enter(client, address, kind, _target(client, address), **said) == status
    assert entries.every(place.store) == before


def test_a_match_makes_two_cases_one(place: Office, client: TestClient) -> None:
    """What a person confirms to be one case shows all sheets of both."""
    loop = _loop(place)
    survey, path = (
        next(one for one in loop.sheets if one.purpose == what and one.serial) for what in ("survey", "path")
    )
    address = _find(client, str(survey.record))
    assert _enter(client, address, "match", _target(client, address), other=str(path.record)) == 303
    text = client.get(_find(client, str(path.record))).text
    assert survey.record in text
    assert path.record in text


def test_a_ticket_is_printed_handed_over_and_counted(place: Office, client: TestClient) -> None:
    """A ticket printed from a case counts as handed over only when date and person were entered."""
    address = _find(client, _unanswered(place))
    handed = sum(one.handed is not None for one in _loop(place).tickets)
    activity = place.forms.listing("resources").values[0]
    assert post(client, f"{address}/ticket", activity="ありません").status_code == 422
    assert post(client, f"{address}/ticket", activity=activity).status_code == 200
    new = [one for one in _loop(place).tickets if one.sent and one.sent.issued.about][-1]
    assert sum(one.handed is not None for one in _loop(place).tickets) == handed
    assert new.sent is not None
    assert _enter(client, address, "hand-over", new.sent.name, day="2025-02-01", person="職員C") == 303
    assert sum(one.handed is not None for one in _loop(place).tickets) == handed + 1


def test_a_clinic_gets_its_list(place: Office, client: TestClient) -> None:
    """The list of a clinic's returned paths is a PDF; an unknown clinic has none."""
    clinic = next(str(one) for sheet in _loop(place).sheets if (one := sheet.one("clinic")))
    assert clinic in client.get("/clinics").text
    answer = post(client, "/clinics", clinic=clinic)
    assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-")
    listed = [sheet.record for sheet in _loop(place).sheets if sheet.one("clinic") == clinic]
    assert _last(place) == ("tanaka", "print-list", f"sheets={len(listed)}")
    seen = store.audit.entries(place.store, store.audit.Asked(action="view", actor="tanaka"), 1000)
    assert {f"record={one}" for one in listed} <= {one.target for one in seen}
    assert post(client, "/clinics", clinic="どこにもない").status_code == 404


def test_the_report_is_read_in_the_browser(place: Office, client: TestClient) -> None:
    """Every table is a page with the figures of the file, for any day; a day that is none is refused."""
    day = made_year.AS_OF.isoformat()
    contents = client.get("/report", params={"as_of": day}).text
    counted = exports.counted(place.store, place.forms, exports.Asked(kind="report", as_of=made_year.AS_OF))
    for made in counted.tables:
        assert f"/report/{made.id}" in contents
    page = client.get("/report/A8", params={"as_of": day}).text
    assert f">{counted.tables[7].blocks[0].rows[-1][2]}<" in page
    for other in ("きのう", "9999-12-31"):  # that one would have a column for each of 96,000 months
        assert client.get("/report", params={"as_of": other}).status_code == 422
    assert client.get("/report/B1").status_code == 404


def test_the_file_is_for_who_may_export(place: Office) -> None:
    """An analyst begins the report's file from its page; a reviewer sees no button and may not."""
    analyst, reviewer = sign_in(place, "ana"), sign_in(place)
    assert 'action="/report" class="row"' not in reviewer.get("/report").text
    page = analyst.get("/report").text
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)
    assert csrf is not None
    answer = analyst.post("/report", data={"csrf": csrf[1], "as_of": ""}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"][:8]) == (303, "/export/")
    assert post(reviewer, "/report", as_of="").status_code == 403


def test_an_office_sees_its_own_cases_only(place: Office) -> None:
    """What another office handed out, took in or had entered is in no list, no figure and no search."""
    everything, other = _loop(place), exports.loop(place.store.of_office("よその窓口"), place.forms)
    assert everything.sent
    assert everything.entries
    assert (other.sheets, other.sent, other.entries) == ((), (), ())
