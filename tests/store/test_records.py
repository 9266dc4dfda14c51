"""Records come out of the store as they went in, and are found by what a caller asks."""

from __future__ import annotations

import datetime
import threading
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import event

from pipeline import model, review, run, store
from pipeline.errors import StaleWrite
from pipeline.store import Part, Store, moments
from pipeline.store import queries as asked
from tests.postgres import places_of
from tests.run import papers
from tests.run.papers import back, front, note, scan

NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32)
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
SCALARS = st.one_of(st.integers(-(2**53), 2**53), NUMBERS, WORDS, st.booleans())
QUADS = st.lists(st.tuples(NUMBERS, NUMBERS), min_size=4, max_size=4).map(tuple)
READINGS = st.builds(
    model.Reading,
    field=WORDS,
    value=st.one_of(st.none(), SCALARS, st.lists(SCALARS, max_size=3).map(tuple)),
    state=st.sampled_from(["valid", "empty", "multiple", "illegible", "not_applicable"]),
    reason=st.one_of(st.none(), WORDS),
    confidence=NUMBERS,
    alternatives=st.lists(st.tuples(SCALARS, NUMBERS), max_size=3).map(tuple),
    reader=WORDS,
    sure=st.booleans(),
    score=NUMBERS,
    threshold=WORDS,
    form=st.just("slip/1"),
    page=st.sampled_from([None, 1]),
    quad_px=st.one_of(st.none(), QUADS),
)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shelf(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One store for many examples."""
    with (
        places_of(request, tmp_path_factory.mktemp("shelf")) as place,
        store.open(place("data"), create=True) as opened,
    ):
        yield opened


@hypothesis_settings(max_examples=20)
@given(
    readings=st.lists(READINGS, max_size=5, unique_by=lambda one: one.field),
    matrix=st.lists(NUMBERS, min_size=9, max_size=9),
)
def test_nothing_is_rounded_or_left_out(shelf: Store, readings: list[model.Reading], matrix: list[float]) -> None:
    """Whatever a reader found, it is the same when it comes out: values, types, order, numbers to the last bit."""
    sha256, size = shelf.keep([str(len(list(shelf.scans()))).encode()])
    with shelf.writing() as change:
        change.arrive(store.NewScan(sha256, "a.pdf", size, 1))
    panel = model.Panel("all", np.array(matrix).reshape(3, 3), 0.1, {"q": matrix[0]}, np.array([matrix[:4]]))
    page = model.Placement(1, "a.pdf", sha256, 1, "front", 90, "code", (panel,), ("right",), 2)
    made = model.Record(sha256[:20], (page,), ("slip", "1"), None, "needs_review", None, (("x/1/a", 0.1),))
    made = replace(made, readings={one.field: one for one in readings}, derived={"sum": 3, "none": None})
    (task,) = shelf.pages(sha256)
    with shelf.writing() as change:
        assert change.add(Part(task.page_id, (made,)))
        change.put([store.Filing(made, 1, (), queued=False)])
    if readings:
        assert list(shelf.record(made.id).readings) == [one.field for one in readings]
    assert papers.plain(shelf.record(made.id)) == papers.plain(made)


def test_every_attribute_of_a_reading_has_a_column() -> None:
    """A reading that learns something new is stored with it: each attribute has a column of its name."""
    names = {one.name for one in fields(model.Reading)} - {"page"}  # the page is where its placement stands
    assert names <= set(store.tables.reading.c.keys())


def test_records_stream_in_order_of_arrival(office: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All records come, each once, oldest first, a chunk at a time."""
    monkeypatch.setattr(asked, "CHUNK", 3)
    papers.ingest(office, *(scan(tmp_path, f"{n}.pdf", [[note(f"{n}")], [note(f"{n}b")]]) for n in range(5)))
    found = [(filed.scan.name, filed.position) for filed in office.records()]
    assert found == [(f"{n}.pdf", page) for n in range(5) for page in (1, 2)]


def test_records_are_found_by_what_is_asked(office: Store, tmp_path: Path) -> None:
    """By form, status, batch, by what changed since, and by what had arrived."""
    papers.ingest(office, scan(tmp_path, "a.pdf", [[note("1")], [note("2", sure=False)], [front("3"), back("3")]]))
    between = datetime.datetime.now(datetime.UTC)
    papers.ingest(office, scan(tmp_path, "b.pdf", [[note("4")]]))

    def serials(**given: Any) -> list[str | None]:
        return [filed.record.serial for filed in office.records(**given)]

    assert serials(form="note") == ["1", "2", "4"]
    assert serials(form="note", status=["needs_review"]) == ["2"]
    assert serials(as_of=between) == ["1", "2", "3"]
    assert serials(since=between) == ["4"]
    second = next(office.records(status=["needs_review"])).record
    run.settle(office, papers.forms(), review.Change(second.id, "only", "confirm", 0, "花"))
    assert serials(since=between) == ["2", "4"]
    list(run.read_again([task.page_id for task in office.pages(next(office.scans()).sha256)], office, papers.forms()))
    assert serials(since=between) == ["1", "2", "3", "4"]
    today = datetime.datetime.now(moments.TOKYO).date()
    assert serials(as_of=today) == ["1", "2", "3", "4"]
    assert serials(as_of=today - datetime.timedelta(days=1)) == []
    assert serials(since=today + datetime.timedelta(days=1)) == []


def test_days_are_those_of_tokyo() -> None:
    """A day begins at 15:00 UTC of the day before, and ends when the next begins."""
    day = datetime.date(2026, 4, 1)
    assert (moments.start(day), moments.end(day)) == ("2026-03-31T15:00:00.000000Z", "2026-04-01T15:00:00.000000Z")


def test_unknown_records_and_files_are_key_errors(office: Store) -> None:
    """What was never there is a KeyError, never an empty record."""
    for ask in (office.record, office.filed, office.page_bytes):
        with pytest.raises(KeyError):
            ask("0" * 64)
    with pytest.raises(KeyError):
        office.task(7)


PEOPLE, SAVES = 6, 12


def test_six_people_saving_at_once_lose_nothing(office: Store, tmp_path: Path) -> None:
    """Saves from six threads on the same records: no lock error, no lost update, every stale one refused."""
    papers.ingest(office, scan(tmp_path, "a.pdf", [[note(str(n), sure=False)] for n in range(3)]))
    ids = [filed.record.id for filed in office.records()]
    kept: list[tuple[str, int, int]] = []
    refused: list[str] = []
    start = threading.Barrier(PEOPLE)

    def person(number: int) -> None:
        start.wait()
        for n in range(SAVES):
            key = ids[(number + n) % len(ids)]
            seen = office.record(key).answers()["only"].version
            change = review.Change(key, "only", "correct", seen, "花", str(1 + (number + n) % 4))
            try:
                after = run.settle(office, papers.forms(), change)
            except StaleWrite:
                refused.append(key)
            else:
                kept.append((key, seen + 1, after.decisions[-1].version))

    threads = [threading.Thread(target=person, args=(number,)) for number in range(PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept) + len(refused) == PEOPLE * SAVES
    assert all(asked_for == got for _, asked_for, got in kept)
    for key in ids:
        versions = [one.version for one in office.record(key).decisions]
        assert versions == list(range(1, len(versions) + 1))
        assert len(versions) == sum(kept_key == key for kept_key, _, _ in kept)


def test_a_reader_sees_one_moment(office: Store, tmp_path: Path) -> None:
    """Records that are streamed while others save are all of the moment at which the stream began."""
    papers.ingest(office, scan(tmp_path, "a.pdf", [[note(str(n), sure=False)] for n in range(3)]))
    stream = office.records()
    first = next(stream)
    for filed in list(office.records()):
        run.settle(office, papers.forms(), review.Change(filed.record.id, "only", "confirm", 0, "花"))
    assert [first.record.status, *(filed.record.status for filed in stream)] == ["needs_review"] * 3


def test_questions_do_not_grow_with_the_records(office: Store, tmp_path: Path) -> None:
    """Streaming ten records asks the database as often as streaming two."""
    asked_for: list[str] = []

    def count(*given: Any) -> None:
        asked_for.append(given[2])

    def questions() -> int:
        asked_for.clear()
        list(office.records())
        return len(asked_for)

    papers.ingest(office, scan(tmp_path, "a.pdf", [[note(str(n))] for n in range(2)]))
    event.listen(office._engine, "before_cursor_execute", count)
    few = questions()
    papers.ingest(office, scan(tmp_path, "b.pdf", [[note(f"b{n}")] for n in range(8)]))
    assert questions() == few
