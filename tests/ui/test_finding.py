"""Search, figures and reading again: each says what is so, to whom may know."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from pipeline import model, read, review, run
from pipeline.read import code, date, digits, layer, marks, named, presence, text
from pipeline.review import figures, search
from pipeline.store import NewScan, tables
from review_ui.figures import words
from tests import processes
from tests.run import papers
from tests.run.papers import back, front, note
from tests.ui import clerk
from tests.ui.conftest import Office, post, sign_in


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """An office with a batch of two slips with names, a note, and a page nobody knows."""
    with clerk.opened(tmp_path / "office", monkeypatch) as made:
        clerk.batch(made)
        pages = [
            [front("1")],
            [back("1", who="釜石 花子")],
            [front("2")],
            [back("2", who="大槌 太郎")],
            [note("3", sure=False)],
            [],
        ]
        papers.ingest(made.store, papers.scan(made.settings.data, "a.json", pages), batch="4月の束")
        yield made


@pytest.fixture
def client(place: Office) -> TestClient:
    """A reviewer's browser."""
    return sign_in(place)


def _serials(found: list[search.Found]) -> list[str | None]:
    return [one.serial for one in found]


@pytest.mark.parametrize(
    ("asked", "serials"),
    [
        (search.Asked(serial=" 2 "), ["2"]),
        (search.Asked(form="slip"), ["2", "1"]),
        (search.Asked(status="unidentified"), [None]),
        (search.Asked(batch="5月の束"), []),
        (search.Asked(since=dt.date(2000, 1, 1), form="note"), ["3"]),
        (search.Asked(until=dt.date(2000, 1, 1)), []),
        (search.Asked(name="花子"), ["1"]),
        (search.Asked(name="釜石花"), ["1"]),
        (search.Asked(name="花子", form="note"), []),
    ],
)
def test_found(place: Office, asked: search.Asked, serials: list[str | None]) -> None:
    """Every part of a search narrows; a name is found in part and whatever its spacing."""
    assert _serials(search.find(place.store, place.forms, asked)) == serials


def test_a_settled_name_is_what_is_found(place: Office) -> None:
    """What a person put right is found, what the machine read wrongly no longer is, until it is taken back."""
    (one,) = search.find(place.store, place.forms, search.Asked(name="花子"))
    change = review.Change(one.record, "who", "correct", 0, "tanaka", "遠野 次郎")
    run.settle(place.store, place.forms, change)
    assert search.find(place.store, place.forms, search.Asked(name="花子")) == []
    assert _serials(search.find(place.store, place.forms, search.Asked(name="次郎"))) == ["1"]
    run.settle(place.store, place.forms, review.Change(one.record, "who", "undo", 1, "tanaka"))
    assert _serials(search.find(place.store, place.forms, search.Asked(name="花子"))) == ["1"]


def test_the_search_page(place: Office, client: TestClient) -> None:
    """A search answers on its page with nothing of it in the address; a name leaves its fact in the audit log."""
    answer = post(client, "/search", serial="2")
    assert answer.status_code == 200
    assert "見つかったもの 1件" in answer.text
    assert post(client, "/search").status_code == 422
    assert post(client, "/search", since="yesterday").status_code == 422
    post(client, "/search", name="花子")
    with place.store.reading() as connection:
        lines = connection.execute(select(tables.audit.c.action, tables.audit.c.target)).all()
    assert ("search-name", "found=1") in [tuple(line) for line in lines]
    assert not any("花子" in line.target for line in lines)


def test_the_figures(place: Office, client: TestClient) -> None:
    """The figures are what happened: arrivals, decisions, shares, misses, ages; page and charts say the same."""
    doubtful = next(one for one in search.find(place.store, place.forms, search.Asked(form="note")))
    run.settle(place.store, place.forms, review.Change(doubtful.record, "only", "correct", 0, "tanaka", "4"))
    for action in ("probe-caught", "probe-caught", "probe-missed"):
        place.store.audit("tanaka", action, "record=x")
    found = figures.gather(place.store, place.forms, dt.datetime.now(dt.UTC))
    assert (sum(found.arrived), found.settled[-1]) == (4, 1)
    assert [(one.reader, one.part, one.whole) for one in found.accepted] == [("word/1", 12, 13)]
    assert [(one.part, one.whole, one.percent) for one in found.missed] == [(1, 3, 33.3)]
    assert dict(found.ages) == {"today": 1, "week": 0, "month": 0, "older": 0}
    data = client.get("/figures.json").json()
    assert data["accepted"]["series"][0]["data"] == [92.3]
    assert "92.3%" in client.get("/figures").text


def test_shares_of_few_are_not_shown(place: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """How often a field was put right is said from the fifth look on, with the field's and reader's name."""
    doubtful = search.find(place.store, place.forms, search.Asked(form="note"))[0]
    run.settle(place.store, place.forms, review.Change(doubtful.record, "only", "correct", 0, "tanaka", "4"))
    now = dt.datetime.now(dt.UTC)
    assert figures.gather(place.store, place.forms, now).corrected == ()
    monkeypatch.setattr(figures, "FEWEST", 1)
    (share,) = figures.gather(place.store, place.forms, now).corrected
    assert (share.name, share.reader, share.part, share.whole) == ("T only", "word/1", 1, 1)


@pytest.mark.parametrize("module", [code, date, digits, layer, marks, named, presence, text])
def test_every_reader_has_a_name(module: ModuleType) -> None:
    """The charts call readers by what they read, and say the version."""
    kind, _, version = module.READER.partition("/")
    assert words.share("欄", module.READER) == f"欄 {words.READERS[kind]} 第{version}版"
    assert words.share("", "unheard/9") == "unheard/9"


def test_read_again_from_the_screen(place: Office, client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """First the list, and nothing changes; then, when wanted, exactly that."""
    note_id = search.find(place.store, place.forms, search.Asked(form="note"))[0].record
    believed = papers._readings
    monkeypatch.setattr(read, "sheet", lambda crops: tuple(_other(one) for one in believed(crops)))
    assert post(client, "/again", form="note/1").status_code == 303
    jobs = place.apps[-1].state.again
    processes.until(lambda: jobs.job.state != "looking")
    page = client.get("/again").text
    assert "読みが変わる" in page
    assert place.store.record(note_id).readings["only"].value == 2
    assert post(client, "/again", form="note/1").status_code == 409
    post(client, "/again/apply")
    processes.until(lambda: jobs.job.state != "applying")
    assert "読み直しました" in client.get("/again").text
    assert place.store.record(note_id).readings["only"].value == 1
    post(client, "/again/drop")
    assert jobs.job is None
    assert list(place.settings.private.glob("*.again")) == []


def _other(reading: model.Reading) -> model.Reading:
    return dataclasses.replace(reading, value=1) if reading.field == "only" else reading


def test_read_again_left_alone(place: Office, client: TestClient) -> None:
    """A list that nobody wants changes nothing and leaves nothing behind; a form that is not there is refused."""
    before = {one.record.id: papers.plain(one.record) for one in place.store.records()}
    assert post(client, "/again", form="none/1").status_code == 422
    post(client, "/again", form="-")
    jobs = place.apps[-1].state.again
    processes.until(lambda: jobs.job.state != "looking")
    assert "何も変わりません" in client.get("/again").text
    post(client, "/again/drop")
    assert {one.record.id: papers.plain(one.record) for one in place.store.records()} == before
    assert list(place.settings.private.glob("*.again")) == []


def test_what_was_left_waiting_is_read_when_the_program_starts(place: Office) -> None:
    """Pages that an earlier run left waiting are read as soon as the screen is served."""
    path = place.settings.data / "late.json"
    path.write_text(json.dumps([[note("9")]]))
    run.take(path, place.store, NewScan("", path.name, 0, 0))
    with place.client():
        processes.until(lambda: not place.store.counts().waiting)
