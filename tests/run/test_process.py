"""Pages are read and saved once, and joined whatever the order they come in."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest
from sqlalchemy import select

from pipeline import model, read, review, run
from pipeline.store import Store
from pipeline.store.tables import reading
from tests.postgres import Places
from tests.run import papers
from tests.run.papers import back, front, note, scan


def _one(opened: Store) -> model.Record:
    (filed,) = opened.records()
    return filed.record


def test_sides_of_one_serial_become_one_record(office: Store, tmp_path: Path) -> None:
    """Front and back in two files are one record with both pages and all answers; either id leads to it."""
    papers.ingest(office, scan(tmp_path, "b.pdf", [[back("7X")]]), scan(tmp_path, "f.pdf", [[front("7X")]]))
    record = _one(office)
    assert [(page.n, page.side) for page in record.pages] in ([(1, "front"), (2, "back")], [(1, "back"), (2, "front")])
    assert {name: answer.value for name, answer in record.answers().items()} == {
        "first": 3, "second": 4, "day": "2026-03-05", "weight": 60.5, "who": "試験 花子", "ways": ("a",),
    }  # fmt: skip
    assert (record.status, record.derived) == ("accepted", {"points": 7})
    assert [office.record(name).id for name in (record.id, *record.aliases)] == [record.id] * 2
    assert all(
        reading.page == 1 + (record.pages[0].side != "front")
        for name, reading in record.readings.items()
        if name in {"first", "second"}
    )


def test_order_of_pages_does_not_matter(places: Places, stations: None, tmp_path: Path) -> None:
    """Read in any order, the same pages give the same records, ids included."""
    pages = [[front("1"), back("9")], [back("1")], [note("5")], [note("5", side="rear")], [note()], [note(side="rear")]]
    path = scan(tmp_path, "stack.pdf", pages)
    seen = []
    for n, order in enumerate([*permutations(range(6))][::90]):
        with papers.balanced(places(str(n))) as opened:
            list(run.accept([path], opened))
            ids = [task.page_id for task in opened.waiting()]
            for place in order:
                list(run.process([ids[place]], opened, papers.forms()))
            seen.append(papers.dump(opened))
    assert all(dump == seen[0] for dump in seen)
    assert [len(record["pages"]) for record in seen[0]["records"].values()] == [2, 1, 2, 2]


def test_a_page_is_saved_once(office: Store, tmp_path: Path) -> None:
    """Reading and saving the same page again changes nothing, not even its times."""
    papers.ingest(office, scan(tmp_path, "f.pdf", [[front("1", sure=False)]]))
    task = office.pages(next(office.scans()).sha256)[0]
    before = list(office.records()), list(office.ledger())
    assert run.save(run.read_page(task, papers.forms()), office, papers.forms()) == ()
    assert list(run.process([task.page_id], office, papers.forms())) == []
    after = list(office.records()), list(office.ledger())
    assert [papers.plain(one.record) | {"changed": one.changed} for one in after[0]] == [
        papers.plain(one.record) | {"changed": one.changed} for one in before[0]
    ]
    assert after[1] == before[1]


def test_pages_that_cannot_be_opened_are_records_too(office: Store, tmp_path: Path) -> None:
    """A bad page in a good file waits in review with its reason; the other pages are read."""
    papers.ingest(office, scan(tmp_path, "a.pdf", [[note("1")], "refused", [], [note("2")]]))
    found = [(filed.record.status, filed.record.reason, filed.position) for filed in office.records()]
    assert found == [
        ("accepted", None, 1),
        ("unreadable", "truncated", 2),
        ("unidentified", "no-form", 3),
        ("accepted", None, 4),
    ]
    assert (office.counts().open, office.counts().waiting) == (2, 0)


def test_a_sheet_scanned_twice_is_not_joined(office: Store, tmp_path: Path) -> None:
    """The same side twice under one serial stays two records that a person must see; nothing is dropped."""
    papers.ingest(office, scan(tmp_path, "a.pdf", [[front("1")], [front("1", first=1)]]))
    records = [filed.record for filed in office.records()]
    assert [one.status for one in records] == ["needs_review", "needs_review"]
    assert {finding.code for one in records for finding in one.findings} >= {"same-panel-twice"}
    papers.ingest(office, scan(tmp_path, "b.pdf", [[back("1")]]))
    assert len(list(office.records())) == 3


def test_decisions_follow_a_record_that_is_joined(office: Store, tmp_path: Path) -> None:
    """What was settled on one page still stands when its other page arrives and the record changes its id."""
    papers.ingest(office, scan(tmp_path, "f.pdf", [[front("1", sure=False)]]))
    first = _one(office)
    run.settle(office, papers.forms(), review.Change(first.id, "first", "correct", 0, "花", "1"))
    for n in range(4):  # four backs elsewhere, then its own: whichever id is smallest, the answer stays
        papers.ingest(office, scan(tmp_path, f"x{n}.pdf", [[back(f"other {n}", who=str(n))]]))
    papers.ingest(office, scan(tmp_path, "b.pdf", [[back("1")]]))
    record = office.record(first.id)
    assert len(record.pages) == 2
    assert (record.answers()["first"].value, record.answers()["first"].origin) == (1, model.CORRECTED)
    assert record.derived == {"points": 5}


def test_reading_again_keeps_what_a_person_settled(
    office: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A better reader changes what nobody settled; what a person settled stays, and the old reading is kept."""
    papers.ingest(office, scan(tmp_path, "f.pdf", [[front("1", first=3, sure=False)]]))
    before = _one(office)
    run.settle(office, papers.forms(), review.Change(before.id, "first", "correct", 0, "花", "1"))
    monkeypatch.setattr(papers, "READER", ["word/2"])
    task = office.pages(before.pages[0].sha256)[0]
    list(run.read_again([task.page_id], office, papers.forms()))
    after = _one(office)
    assert {one.reader for one in after.readings.values()} == {"word/2", "none/1"}
    assert (after.id, after.answers()["first"].value, after.derived) == (before.id, 1, {"points": 5})
    assert after.decisions == office.record(before.id).decisions
    monkeypatch.setattr(papers, "READER", ["word/1"])
    list(run.read_again([task.page_id], office, papers.forms()))
    assert papers.plain(_one(office))["readings"] == papers.plain(before)["readings"]


def test_a_changed_form_is_read_again(office: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same reader finding something else on the same page replaces what it found, which is kept behind it."""
    papers.ingest(office, scan(tmp_path, "f.pdf", [[note("1", only=2)], [note("2")]]))
    tasks = office.pages(next(office.scans()).sha256)
    believed = read.sheet
    for value in (3, 2, 3):

        def moved(crops: papers.Crops, found: int = value) -> tuple[model.Reading, ...]:
            return tuple(replace(one, value=found) for one in believed(crops))  # type: ignore[arg-type]  # whole sheets

        monkeypatch.setattr(read, "sheet", moved)
        list(run.read_again([tasks[0].page_id], office, papers.forms()))
        assert [filed.record.readings["only"].value for filed in office.records()] == [value, 2]
    with office.reading() as connection:
        kept = connection.execute(select(reading.c.value).order_by(reading.c.id)).scalars().all()
    assert kept == [2, 2, 3]


def test_progress_comes_from_the_records(office: Store, tmp_path: Path) -> None:
    """Waiting pages go down by one with every page saved, and the work list is what is left."""
    list(run.accept([scan(tmp_path, "a.pdf", [[note(str(n))] for n in range(4)])], office))
    ids = [task.page_id for task in office.waiting()]
    for done, _ in enumerate(run.process(ids, office, papers.forms()), 1):
        assert office.counts().waiting == 4 - done
        assert [task.page_id for task in office.waiting()] == ids[done:]
