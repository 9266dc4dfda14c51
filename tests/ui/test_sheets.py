"""A wrong sheet is put right on its page: what is said is kept, read at once, and never costs a settled value."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx2
import numpy as np
import pytest
from fastapi.testclient import TestClient

from pipeline import align, model, review, run
from pipeline.review.pictures import Layout
from pipeline.store import batches
from tests.run import papers
from tests.run.papers import back, front, note
from tests.ui import clerk
from tests.ui.conftest import Office, post, sign_in, token


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """An office whose stations believe what files say, also about what a person told them."""
    with clerk.opened(tmp_path / "office", monkeypatch) as made:
        monkeypatch.setattr(align, "told", _told)
        yield made


def _told(page: model.Page, forms: object, said: model.Told) -> tuple[model.Sheet, ...]:
    """A note where a person says that it is one; else nothing."""
    if said.form != papers.NOTE:
        return (model.Sheet(page, None, None, None, (), said.turn, None, status="unidentified", reason="no-form"),)
    form = papers.forms()[papers.NOTE]
    word = model.Word(json.dumps([note("5")]), (0, 0, 0, 0))
    panel = model.Panel("all", np.eye(3), 0.05, {"px_per_mm": 11.8})
    there = model.Page(page.file, page.sha256, page.number, page.image, words=(word,))
    return (model.Sheet(there, form, form.sides[0], "5", (panel,), said.turn or 0, "hand"),)


@pytest.fixture
def client(place: Office) -> TestClient:
    """A reviewer's browser."""
    return sign_in(place)


def _in(place: Office, *pages: object) -> list[model.Record]:
    """A batch of one file with these pages, read."""
    clerk.batch(place)
    path = papers.scan(place.settings.data, "a.json", pages)
    papers.ingest(place.store, path, batch="4月の束")
    return [filed.record for filed in place.store.records()]


def _mend(client: TestClient, record: str, action: str, raw: str | list[str], version: int = 0) -> str:
    answer = post(client, f"/records/{record}/sheet", action=action, raw=raw, version=str(version))
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def test_read_again_as_another_form(place: Office, client: TestClient) -> None:
    """A page without a form is read at once as the form that a person names; what the print does not confirm waits."""
    (record,) = _in(place, [])
    where = _mend(client, record.id, "form", "note/1")
    assert where == f"/records/{record.id}/sheet?done=read"
    now = place.store.record(record.id)
    assert (now.form, now.pages[0].found_by, now.readings["only"].value) == (papers.NOTE, "hand", 2)
    assert [answer.counts for answer in now.answers().values()] == [False]
    assert "読み直しました" in client.get(where).text


def test_a_form_that_is_not_found_is_keyed_in(place: Office, client: TestClient) -> None:
    """Where the named form is not found on the page either, its fields are typed beside the picture: 手入力."""
    (record,) = _in(place, [])
    assert _mend(client, record.id, "form", "slip/1").endswith("done=lost")
    assert "slip" in str(place.store.record(record.id).form)
    answer = post(client, f"/records/{record.id}/fields/first", version="0", answer="value:4")
    assert answer.status_code == 303
    keyed = place.store.record(record.id).answers()["first"]
    assert (keyed.value, keyed.origin) == (4, model.KEYED)


def test_turned(place: Office, client: TestClient) -> None:
    """The turn that a person gives holds for the picture and for every reading to come, until it is taken back."""
    (record,) = _in(place, [])
    _mend(client, record.id, "turn", ["1", "90"])
    assert place.store.record(record.id).pages[0].rotation == 90
    _mend(client, record.id, "undo", "", version=1)
    assert place.store.record(record.id).pages[0].rotation is None


def test_joined_and_parted(place: Office, client: TestClient) -> None:
    """Two halves become one sheet and apart again, with the ids that people know leading to them."""
    one, other = _in(place, [front()], [back()])
    where = _mend(client, one.id, "join", other.id)
    assert len(place.store.record(other.id).pages) == 2
    assert client.get(where).status_code == 200
    assert batches.find(place.store, 1).sheets == 1
    _mend(client, one.id, "swap", ["2", "1"], version=1)
    _mend(client, one.id, "part", "1", version=2)
    assert batches.find(place.store, 1).sheets == 2


def test_the_rest_of_the_sheet_stands_first(place: Office, client: TestClient) -> None:
    """Without a serial the page that completes this one is offered first and said to; a whole sheet is offered nothing."""
    records = _in(place, [front()], [back()], [front()], [back()], [note()])
    for at, partner in ((0, 1), (1, 0), (2, 3), (3, 2)):
        shown = client.get(f"/records/{records[at].id}/sheet").text
        offered = [shown.index(f'value="{one.id}"') for n, one in enumerate(records) if n != at]
        assert min(offered) == shown.index(f'value="{records[partner].id}"')
        assert shown.count("この用紙の残りかもしれません") > 0
    assert "この用紙の残りかもしれません" not in client.get(f"/records/{records[4].id}/sheet").text


def test_a_run_of_halves_longer_than_what_is_looked_at_is_not_guessed_at(place: Office, client: TestClient) -> None:
    """Where an end of a run of halves is out of sight no page is said to be the rest, rather than the wrong one."""
    records = _in(place, *[[front()] if n % 2 == 0 else [back()] for n in range(18)])
    for n, record in enumerate(records):
        shown = client.get(f"/records/{record.id}/sheet").text
        said = shown.count("この用紙の残りかもしれません") > 0
        assert said is (6 <= n < 12), n
        offered = {one.id: shown.find(f'value="{one.id}"') for one in records if one is not record}
        first = min((at, key) for key, at in offered.items() if at >= 0)[1]
        assert not said or first == records[n ^ 1].id


def test_records_without_a_serial_are_no_relatives(place: Office) -> None:
    """Only those around a record in its stack are its neighbours, not every other one that has no serial either."""
    ids = [one.id for one in _in(place, *[[front()] for _ in range(12)])]
    near = batches.neighbours(place.store, ids[5])
    assert near == [*ids[1:5], *ids[6:10]]
    assert batches.around(place.store, ids[5], 1) == ids[4:7]


def test_a_stale_correction_is_refused(place: Office, client: TestClient) -> None:
    """What somebody else has decided about the sheet meanwhile is not overwritten."""
    (record,) = _in(place, [])
    _mend(client, record.id, "turn", ["1", "90"])
    answer = post(client, f"/records/{record.id}/sheet", action="turn", raw=["1", "180"], version="0")
    assert answer.status_code == 409
    assert place.store.record(record.id).pages[0].rotation == 90


@pytest.mark.parametrize(
    ("action", "raw", "status"),
    [("join", "none", 400), ("swap", "1", 422), ("part", "1", 422), ("turn", "1", 422), ("fold", "", 400)],
)
def test_nonsense_changes_nothing(place: Office, client: TestClient, action: str, raw: str, status: int) -> None:
    """A correction that cannot be meant is refused with a sentence."""
    (record,) = _in(place, [note("1")])
    answer = post(client, f"/records/{record.id}/sheet", action=action, raw=raw, version="0")
    assert answer.status_code == status
    assert place.store.record(record.id).decisions == ()


def test_somebody_elses_sheet_is_left_alone(place: Office, client: TestClient) -> None:
    """A sheet that another person has open cannot be put right under their hands."""
    (record,) = _in(place, [])
    sign_in(place, "sato").get(f"/records/{record.id}")
    answer = post(client, f"/records/{record.id}/sheet", action="turn", raw=["1", "90"], version="0")
    assert answer.status_code == 409


def test_dragged_into_place(place: Office, client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Corners set on the shown picture arrive as px of the page as it was scanned, and the page is read there."""
    (record,) = _in(place, [])
    _mend(client, record.id, "form", "note/1")
    to_shown = np.array([[0.0, -0.5, 500.0], [0.5, 0.0, 0.0], [0.0, 0.0, 1.0]])  # turned by 90, half the size
    monkeypatch.setattr(run, "page_layout", lambda *_: Layout(500, 500, {}, to_shown))
    page = client.get(f"/records/{record.id}/sheet/place?page=1").text
    assert 'data-corner="3"' in page
    corners = {"x0": "500", "y0": "0", "x1": "500", "y1": "450", "x2": "50", "y2": "450", "x3": "50", "y3": "0"}
    given = {"version": "1", "page": "1", "side": "front", "panel": "all"} | corners
    answer = post(client, f"/records/{record.id}/sheet/place", **given)
    assert answer.headers["location"].endswith("done=read")
    said = run.again(place.store, place.store.pages(record.pages[0].sha256)[0].page_id).told
    assert said is not None
    assert said.corners == (("all", ((0.0, 0.0), (900.0, 0.0), (900.0, 900.0), (0.0, 900.0))),)
    bad = post(client, f"/records/{record.id}/sheet/place", **(given | {"x0": "far"}))
    assert bad.status_code == 422


def _rescan(client: TestClient, record: str, name: str, pages: list[object]) -> int:
    data = {"csrf": token(client.get("/batches"))}
    files = {"file": (name, json.dumps(pages).encode(), "application/pdf")}
    answer = client.post(f"/records/{record}/sheet/rescan", data=data, files=files, follow_redirects=False)
    return answer.status_code


def test_scanned_again(place: Office, client: TestClient) -> None:
    """A new scan takes the bad page's place in the stack, keeps what was settled, and the old picture stays behind."""
    bad, other = _in(place, [front("7", sure=False)], [note("1")])
    run.settle(place.store, place.forms, review.Change(bad.id, "second", "correct", 0, "tanaka", "1"))
    assert _rescan(client, bad.id, "again.json", [[front("7", first=2)]]) == 303
    now = place.store.record(bad.id)
    assert [(page.file, bool(page.panels)) for page in now.pages] == [("again.json", True), ("a.json", False)]
    assert (now.answers()["first"].value, now.answers()["second"].value) == (2, 1)
    assert batches.find(place.store, 1).sheets == 2
    assert other.id in {filed.record.id for filed in place.store.records()}


@pytest.mark.parametrize("pages", [[[note("1")], [note("2")]], ["refused", "refused"]])
def test_a_scan_that_replaces_nothing(place: Office, client: TestClient, pages: list[object]) -> None:
    """A file with several sheets, or with none, replaces nothing and says so."""
    (bad,) = _in(place, "refused")
    assert _rescan(client, bad.id, "again.json", pages) == 422
    assert len(place.store.record(bad.id).pages) == 1


def test_a_private_letter_is_gone_at_once(place: Office, client: TestClient) -> None:
    """A picture never meant to be here leaves vault, readings and screen; the ledger keeps that it was there."""
    letter, *_ = _in(place, [])
    path = place.store.original(letter.pages[0].sha256)
    assert path.is_file()
    assert post(client, f"/records/{letter.id}/sheet/remove").status_code == 422
    assert post(client, f"/records/{letter.id}/sheet/remove", sure="1").status_code == 200
    assert not path.exists()
    assert client.get(f"/records/{letter.id}").status_code == 404
    assert [line.kind for line in place.store.ledger()][-1] == "removed"
    again = papers.scan(place.settings.data, "b.json", [[]])
    assert next(iter(run.accept([again], place.store))).kind == "duplicate"
    assert not path.exists()


def test_an_operator_removes_from_own_batches_only(place: Office) -> None:
    """Whoever stands at the scanner may take a letter out of an own batch, not out of another's."""
    (letter,) = _in(place, [])
    operator = sign_in(place, "op")
    assert post_as(operator, f"/records/{letter.id}/sheet/remove").status_code == 404
    own = clerk.batch(place, "自分の束", "op")
    path = papers.scan(place.settings.data, "own.json", [[], [note("9")]])
    papers.ingest(place.store, path, batch="自分の束")
    mine = next(one for one in batches.stack(place.store, own) if one.form == "note")
    assert post_as(operator, f"/records/{mine.record}/sheet/remove").status_code in {200, 409}


def post_as(client: TestClient, path: str) -> httpx2.Response:
    """A confirmed post of somebody who has no home page of reviewers."""
    return client.post(path, data={"csrf": token(client.get("/batches")), "sure": "1"}, follow_redirects=False)
