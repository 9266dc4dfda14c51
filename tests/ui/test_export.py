"""Exports over HTTP: who may, what goes out, what is left behind."""

from __future__ import annotations

import datetime as dt
import html
import io
import re
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx2
import polars as pl
import pytest
from fastapi.testclient import TestClient
from python_calamine import CalamineWorkbook
from sqlalchemy import insert, select, update

from pipeline import exports, run
from pipeline.review import Change
from pipeline.store import Store, accounts, audit, moments, tables
from review_ui import roles
from review_ui.exporting import jobs, words
from tests.ui.conftest import PHRASE, Clock, Office, factor, sign_in, token

NAME, PHONE = "釜石　花子", "0193221234"  # of the records, in fields that identify a person
PURPOSE = "訪問先の確認"


@pytest.fixture
def analyst(place: Office) -> TestClient:
    """A browser of an analyst."""
    _confirm(place, "f7", NAME)
    return sign_in(place, "ana")


def _confirm(place: Office, field: str, value: str, record: str = "a" * 8) -> None:
    """A reviewer settles a field, so that its value counts."""
    version = place.store.record(record).answers()[field].version
    run.settle(place.store, place.forms, Change(record, field, "correct", version, "tanaka", raw=value))


def _post(client: TestClient, path: str, **fields: str | list[str]) -> httpx2.Response:
    data = {"csrf": token(client.get("/export"))} | fields
    return client.post(path, data=data, follow_redirects=False)


def _ended(client: TestClient, path: str) -> httpx2.Response:
    """The page of a job once it is no longer under way."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        page = client.get(path)
        if "data-under-way" not in page.text:
            return page
        time.sleep(0.05)
    raise TimeoutError(path)


def _previewed(client: TestClient, **fields: str | list[str]) -> tuple[str, httpx2.Response]:
    """Address and page of a finished preview."""
    began = _post(client, "/export", **fields)
    assert began.status_code == 303, began.text
    path = began.headers["location"]
    return path, _ended(client, path)


def _written(client: TestClient, **fields: str | list[str]) -> tuple[str, httpx2.Response]:
    """Address and page of a finished export."""
    path, _ = _previewed(client, **fields)
    began = _post(client, f"{path}/write")
    assert began.status_code == 303, began.text
    return began.headers["location"], _ended(client, began.headers["location"])


def _taken(client: TestClient, **fields: str | list[str]) -> bytes:
    path, _ = _written(client, **fields)
    return _post(client, f"{path}/file").content


def _table(client: TestClient, **fields: str | list[str]) -> pl.DataFrame:
    """個票 of an export."""
    return pl.read_parquet(io.BytesIO(_taken(client, suffix="parquet", sheets="個票", **fields)))


def _audit(store: Store) -> list[tuple[str, str, str]]:
    asked = select(tables.audit.c.actor, tables.audit.c.action, tables.audit.c.target).order_by(tables.audit.c.id)
    with store.reading() as connection:
        return [(str(row[0]), str(row[1]), str(row[2])) for row in connection.execute(asked)]


def _left(place: Office) -> list[Path]:
    return sorted(place.settings.private.glob("*-export-*"))


def _everything(raw: bytes) -> str:
    """Every text in a file, archives unpacked, compressed columns read, escapes undone."""
    if zipfile.is_zipfile(io.BytesIO(raw)):
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            return "\n".join(_everything(archive.read(name)) for name in archive.namelist())
    if raw.startswith(b"PAR1"):
        return pl.read_parquet(io.BytesIO(raw)).write_csv()
    try:
        return html.unescape(raw.decode("utf-8"))
    except UnicodeDecodeError:
        return raw.decode("cp932")


@pytest.mark.parametrize("name", ["tanaka", "op", "adm", "aud"])
def test_only_analysts_get_in(place: Office, name: str) -> None:
    """Every other role is refused, and is not shown the way."""
    client = sign_in(place, name)
    assert client.get("/export").status_code == 403
    assert 'href="/export"' not in client.get("/password").text


def test_an_analyst_begins_here(place: Office) -> None:
    """Signing in leads an analyst to the exports, and no page leads to what only reviewers may see."""
    phrase = accounts.reset(place.store, "ana")
    accounts.change_password(place.store, "ana", phrase, PHRASE)
    client = place.client()
    answer = client.post("/sign-in", data={"name": "ana", "password": PHRASE}, follow_redirects=False)
    assert answer.headers["location"] == "/export"
    page = client.get("/export").text
    assert 'href="/queue"' not in page
    assert words.PREVIEW in page


def test_a_preview_counts_and_shows_no_person(analyst: TestClient, place: Office) -> None:
    """Rows per sheet, what is open and the first rows come before any file is made."""
    path, page = _previewed(analyst)
    assert words.PREVIEW_TITLE in page.text
    assert re.search(r"回答_縦持ち</th><td class=\"number\">\d", page.text)
    assert "a" * 8 in page.text
    assert "<b>2件</b>記録" in page.text
    assert "様式が分からない 1件" in page.text
    assert NAME not in page.text
    assert PHONE not in page.text
    assert _left(place) == []
    assert _post(analyst, f"{path}/file").status_code == 404


@pytest.mark.parametrize("suffix", ["xlsx", "csv", "csv-cp932", "parquet"])
def test_the_default_export_holds_no_person(analyst: TestClient, place: Office, suffix: str) -> None:
    """Planted names and numbers are in no file of a pseudonymous export."""
    _confirm(place, "f5", PHONE)
    found = _everything(_taken(analyst, suffix=suffix))
    assert all(text in found for text in ("a" * 8, "無回答"))
    assert [text for text in (NAME[:2], NAME[-2:], PHONE) if text in found.replace("岩手県釜石市", "")] == []


def test_a_workbook_comes_as_attachment_once(analyst: TestClient, place: Office) -> None:
    """The file is handed out by id, never sniffed or kept by the browser, and then is gone."""
    path, page = _written(analyst)
    assert words.TAKE in page.text
    assert [folder.stat().st_mode & 0o777 for folder in _left(place)] == [0o700]
    answer = _post(analyst, f"{path}/file")
    assert re.fullmatch(r'attachment; filename="yomitori-[\d-]+\.xlsx"', answer.headers["content-disposition"])
    assert answer.headers["content-type"].endswith("spreadsheetml.sheet")
    assert (answer.headers["x-content-type-options"], answer.headers["cache-control"]) == ("nosniff", "no-store")
    assert "回答_縦持ち" in CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).sheet_names
    assert _left(place) == []
    assert [_post(analyst, f"{path}/file").status_code, analyst.get(path).status_code] == [404, 404]


def test_several_files_come_in_one(analyst: TestClient) -> None:
    """CSV with its companions is one archive."""
    with zipfile.ZipFile(io.BytesIO(_taken(analyst, suffix="csv"))) as archive:
        names = archive.namelist()
        assert archive.read("yomitori.csv").startswith(b"\xef\xbb\xbf")
    assert {"yomitori.csv", "yomitori_項目定義.csv", "yomitori_メタデータ.csv"} <= set(names)


def test_cp932_is_written_as_such(analyst: TestClient) -> None:
    """The chosen encoding is the file's."""
    raw = _taken(analyst, suffix="csv-cp932", sheets="コード表")
    assert "リスト名" in raw.decode("cp932")


def test_names_need_purpose_password_and_code(analyst: TestClient, place: Office, clock: Clock) -> None:
    """An identified export is refused without its purpose, the person's own password and second factor, in words."""
    phrase = accounts.reset(place.store, "ana")
    accounts.change_password(place.store, "ana", phrase, PHRASE)
    client = sign_in(place, "ana")
    without = _post(client, "/export", identified="1", password=PHRASE)
    assert (without.status_code, "利用目的が要ります" in without.text) == (422, True)
    bare = _post(client, "/export", identified="1", purpose=PURPOSE, password=PHRASE)
    assert (bare.status_code, words.FACTOR_NEEDED in bare.text) == (403, True)
    code = factor(place, "ana")
    clock.passes(minutes=1)
    wrong = _post(client, "/export", identified="1", purpose=PURPOSE, password="wrong wrong wrong", code=code())
    assert (wrong.status_code, words.PASSWORD_WRONG in wrong.text) == (403, True)
    clock.passes(minutes=1)
    wrong = _post(client, "/export", identified="1", purpose=PURPOSE, password=PHRASE, code="000000")
    assert (wrong.status_code, words.PASSWORD_WRONG in wrong.text) == (403, True)
    clock.passes(minutes=1)
    found = _everything(_taken(client, identified="1", purpose=PURPOSE, password=PHRASE, code=code()))
    assert all(text in found for text in (NAME[-2:], PURPOSE))
    assert [(actor, action) for actor, action, _ in _audit(place.store) if action.startswith("export")] == [
        ("ana", "export-refused"),
        ("ana", "export-refused"),
        ("ana", "export-preview"),
        ("ana", "export-begin"),
        ("ana", "export-done"),
        ("ana", "export-taken"),
    ]
    begun = next(one for one in audit.entries(place.store, audit.Asked(action="export-begin")))
    assert begun.why == PURPOSE


def test_names_are_a_permission_of_their_own(
    analyst: TestClient, place: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who may export but not identify is not offered it, and is refused when asking all the same."""
    fewer = dict(roles.GRANTS) | {"analyst": frozenset({roles.Permission.OWN, roles.Permission.EXPORT})}
    monkeypatch.setattr(roles, "GRANTS", fewer)
    before = _audit(place.store)
    assert words.IDENTIFIED not in analyst.get("/export").text
    assert _post(analyst, "/export", identified="1", purpose=PURPOSE, password=PHRASE).status_code == 403
    refused = [line for line in _audit(place.store) if line not in before]
    assert [line[1] for line in refused] == ["refused"]


def test_the_audit_log_holds_ids_and_counts(analyst: TestClient, place: Office) -> None:
    """What is noted of an export names it and counts, and holds no answer."""
    _taken(analyst)
    notes = [one for one in _audit(place.store) if one[1].startswith("export")]
    assert [action for _, action, _ in notes] == ["export-preview", "export-begin", "export-done", "export-taken"]
    assert re.fullmatch(r"export=[0-9a-f]{32} records=2 open=\d+ rows=\d+ files=1", notes[2][2])
    assert notes[1][2].split()[0] == notes[2][2].split()[0] == notes[3][2].split()[0]
    assert all(re.fullmatch(r"[\x20-\x7e]{1,200}", target) for _, _, target in notes)


def test_filters_narrow(analyst: TestClient, place: Office) -> None:
    """Form, status, period and the day of change each leave out what does not fit."""
    today = dt.datetime.now(moments.TOKYO).date()
    day = dt.timedelta(days=1)
    assert _table(analyst)["record_id"].to_list() == ["a" * 8, "b" * 8]
    for unmet in (
        {"arrived_until": str(today - day)},
        {"arrived_from": str(today + day)},
        {"since": str(today + day)},
        {"as_of": str(today - day)},
        {"form": "other"},
        {"status": "accepted"},
    ):
        assert "<b>0件</b>記録" in _previewed(analyst, **unmet)[1].text, unmet
    met = {"form": "plain", "status": "needs_review", "since": str(today), "as_of": str(today)}
    assert "<b>2件</b>記録" in _previewed(analyst, **met, arrived_from=str(today), arrived_until=str(today))[1].text


def test_an_office_is_a_filter(analyst: TestClient, place: Office) -> None:
    """A batch belongs to an office, and the office stands in the file."""
    with place.store.writing() as change:
        change.connection.execute(insert(tables.office).values(id=7, name="平田"))
        change.connection.execute(update(tables.batch).values(office_id=7))
    assert 'value="平田"' in analyst.get("/export").text
    assert _table(analyst, office="平田")["office_name"].to_list() == ["平田", "平田"]
    refused = _post(analyst, "/export", office="どこにもない")
    assert (refused.status_code, "export" in refused.url.path) == (422, True)


def test_what_was_given_is_kept_when_refused(analyst: TestClient) -> None:
    """A day that is none is refused in words, and the rest of the form stays as it was filled."""
    page = _post(analyst, "/export", since="yesterday", form="plain", suffix="csv")
    assert page.status_code == 422
    assert words.BAD_DATE in page.text
    assert re.search(r'value="plain" selected', page.text)
    assert re.search(r'value="csv" checked', page.text)
    assert _post(analyst, "/export", form="<b>").status_code == 422


def test_a_stale_job_is_said(analyst: TestClient) -> None:
    """A job of another day leads to a sentence, whatever is asked of it."""
    path = "/export/" + "0" * 32
    assert words.GONE in analyst.get(path).text
    assert [analyst.get(path).status_code, _post(analyst, f"{path}/file").status_code] == [404, 404]
    assert _post(analyst, f"{path}/write").status_code == 404
    assert _post(analyst, f"{path}/drop").headers["location"] == "/export"


def test_a_new_one_takes_the_old_ones_place(analyst: TestClient, place: Office) -> None:
    """A person has one export at a time; the file of the one before is removed."""
    first, _ = _written(analyst)
    _previewed(analyst)
    assert analyst.get(first).status_code == 404
    assert _left(place) == []


def test_somebody_elses_export_is_not_there(analyst: TestClient, place: Office) -> None:
    """Knowing the address of another person's export helps nobody."""
    accounts.add(place.store, "ana2", "analyst")
    with place.store.writing() as change:
        change.connection.execute(update(tables.actor).values(must_change=False))
    path, _ = _written(analyst)
    other = place.client()
    actor = next(one for one in accounts.everyone(place.store) if one.name == "ana2")
    other.cookies.set("yomitori", accounts.sign_in(place.store, actor)[0])
    other.app.state.exports = analyst.app.state.exports  # type: ignore[attr-defined]  # one application, two browsers
    assert other.get(path).status_code == 404
    assert _post(other, f"{path}/file").status_code == 404
    _post(other, f"{path}/drop")
    assert analyst.get(path).status_code == 200


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Exports that stand still after the first record until the event is set."""
    go, real = threading.Event(), exports._Chosen.__call__

    def slow(self: exports._Chosen) -> Iterator[object]:
        for n, record in enumerate(real(self)):
            yield record
            if n == 0:
                go.wait(30)

    monkeypatch.setattr(exports._Chosen, "__call__", slow)
    yield go
    go.set()


def test_progress_is_shown_without_script(analyst: TestClient, held: threading.Event) -> None:
    """While it works the page says how far, renews itself without a script, and refuses a second export."""
    path = _post(analyst, "/export").headers["location"]
    page = _until(analyst, path, words.progress(1, 3))
    assert '<noscript><meta http-equiv="refresh"' in page
    assert '<progress aria-label="進み具合" value="1" max="3">' in page
    busy = _post(analyst, "/export")
    assert (busy.status_code, words.BUSY in busy.text) == (409, True)
    assert _post(analyst, f"{path}/file").status_code == 409
    held.set()
    assert words.PREVIEW_TITLE in _ended(analyst, path).text


def _until(client: TestClient, path: str, text: str) -> str:
    end = time.monotonic() + 30
    while time.monotonic() < end and text not in (page := client.get(path).text):
        time.sleep(0.05)
    assert text in page
    return page


def test_stopping_leaves_nothing(analyst: TestClient, place: Office, held: threading.Event) -> None:
    """An export that is no longer wanted ends, and nothing of it stays on the disk."""
    held.set()
    path, _ = _previewed(analyst)
    held.clear()
    path = _post(analyst, f"{path}/write").headers["location"]
    _until(analyst, path, words.progress(1, 3))
    _post(analyst, f"{path}/drop")
    held.set()
    analyst.app.state.exports.close()  # type: ignore[attr-defined]  # waits for the thread
    assert _left(place) == []
    assert analyst.get(path).status_code == 404
    assert "export-done" not in {action for _, action, _ in _audit(place.store)}


def test_a_defect_is_a_sentence_without_values(
    analyst: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What goes wrong in the background is told on the page, and the log holds no value."""

    def broken(*_: object) -> None:
        raise RuntimeError(NAME)

    monkeypatch.setattr(exports, "preview", broken)
    _, page = _previewed(analyst)
    assert words.DEFECT in page.text
    assert "RuntimeError" in caplog.text
    assert NAME not in caplog.text + page.text


def test_nothing_outlives_its_time(place: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that nobody takes is removed after a while, one of a killed program at the next start."""
    left = place.settings.private / "999999999-export-00"
    left.mkdir(parents=True)
    monkeypatch.setattr(jobs, "KEPT_SECONDS", 0.3)
    client = sign_in(place, "ana")
    assert not left.exists()
    path, _ = _previewed(client)
    end = time.monotonic() + 30
    while client.get(path).status_code != 404 and time.monotonic() < end:
        time.sleep(0.05)
    assert client.get(path).status_code == 404


def test_every_word_of_the_templates_exists_and_is_used() -> None:
    """The export pages ask for no word that is not there, and none is left over."""
    folder = Path(jobs.__file__).parents[1]
    sources = [*folder.glob("templates/export*.html"), folder / "pages/export.py", *folder.glob("exporting/*.py")]
    text = "\n".join(path.read_text("utf-8") for path in sources)
    known = {name for name in vars(words) if not name.startswith("_") and name != "annotations"}
    assert set(re.findall(r"\bx\.(\w+)", text)) <= known
    assert {name for name in known if len(re.findall(rf"\b{name}\b", text)) < 2} == set()
