"""The queue hands out what needs a look, to one person at a time."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from pipeline import review, run, store
from pipeline.review import waiting
from pipeline.store import Store, batches, moments
from tests.run import papers
from tests.run.papers import front, note, scan


@pytest.fixture
def heap(office: Store, tmp_path: Path) -> Store:
    """Two slips, an unknown sheet, two notes that need a look, and one that does not."""
    store.accounts.add(office, "次郎")
    papers.ingest(office, scan(tmp_path, "a.pdf", [[front("1", sure=False)], [note("5")], []]), batch="月曜")
    papers.ingest(office, scan(tmp_path, "b.pdf", [[note("2", sure=False)], [front("3", sure=False)]]), batch="火曜")
    papers.ingest(office, scan(tmp_path, "c.pdf", [[note("4", sure=False)]]), batch="火曜")
    return office


def test_priority_first_then_oldest(heap: Store) -> None:
    """Forms of priority 1 come before those of 2, older ones before newer, sheets without a form last."""
    items = review.queue(heap)
    assert [(one.priority, one.serial, one.file, one.page) for one in items] == [
        (1, "2", "b.pdf", 1),
        (1, "4", "c.pdf", 1),
        (2, "1", "a.pdf", 1),
        (2, "3", "b.pdf", 2),
        (9, None, "a.pdf", 3),
    ]
    # The backs of the slips were not scanned: their fields need a look as well.
    assert [one.open[:1] for one in items] == [("only",), ("only",), ("first",), ("first",), ()]


def test_the_queue_comes_in_pages(heap: Store) -> None:
    """Page by page the queue is the same as at once; batch and form narrow it."""
    whole, paged, after = review.queue(heap), [], None
    while some := review.queue(heap, after=after, limit=2):
        paged += some
        after = some[-1].cursor
    assert paged == whole
    tuesday = next(one.id for one in batches.newest(heap) if one.name == "火曜")
    assert [one.serial for one in review.queue(heap, batch=tuesday)] == ["2", "4", "3"]
    assert [one.serial for one in review.queue(heap, form="slip")] == ["1", "3"]


def test_nobody_gets_what_another_has_open(heap: Store) -> None:
    """The next record goes to one person; the other gets the one after it, or is told who has it."""
    mine = review.take(heap, "花")
    theirs = review.take(heap, "次郎")
    assert mine is not None
    assert theirs is not None
    assert (mine.serial, mine.held_by, theirs.serial, theirs.held_by) == ("2", "花", "4", "次郎")
    again = review.take(heap, "花")
    assert again is not None
    assert again.record == mine.record
    taken = review.take(heap, "次郎", record=mine.record)
    assert taken is not None
    assert taken.held_by == "花"
    after = review.take(heap, "花", after=mine.cursor)
    assert after is not None
    assert after.serial == "1"


def test_a_record_let_go_is_handed_out_again(heap: Store) -> None:
    """Only its holder can let go of a record; then the next person gets it."""
    mine = review.take(heap, "花")
    assert mine is not None
    review.release(heap, "次郎", mine.record)
    assert [one.held_by for one in review.queue(heap, limit=1)] == ["花"]
    review.release(heap, "花", mine.record)
    theirs = review.take(heap, "次郎")
    assert theirs is not None
    assert (theirs.record, theirs.held_by) == (mine.record, "次郎")


def test_a_lease_ends_by_itself(heap: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifteen minutes without activity, and the record is anybody's."""
    monkeypatch.setattr(waiting, "LEASE", datetime.timedelta(seconds=-1))
    mine = review.take(heap, "花")
    monkeypatch.undo()
    theirs = review.take(heap, "次郎")
    assert mine is not None
    assert theirs is not None
    assert (theirs.record, theirs.held_by) == (mine.record, "次郎")


def test_a_lease_of_a_wrong_clock_holds_nothing(heap: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was taken while the clock was a year ahead is anybody's once it is right, in the queue and by its id."""
    with monkeypatch.context() as patch:
        patch.setattr(moments, "clock", lambda: datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=365))
        mine = review.take(heap, "花")
    assert mine is not None
    assert [one.held_by for one in review.queue(heap, limit=1)] == [None]
    theirs = review.take(heap, "次郎")
    assert theirs is not None
    assert (theirs.record, theirs.held_by) == (mine.record, "次郎")


def test_activity_renews_a_lease(heap: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opened again within a minute the lease stays as it is, and nothing is written; later it begins anew."""
    first = review.take(heap, "花")
    assert first is not None
    soon = review.take(heap, "花", record=first.record)
    assert soon is not None
    assert (soon.held_by, soon.held_until) == ("花", first.held_until)
    monkeypatch.setattr(waiting, "RENEWED", datetime.timedelta(0))
    later = review.take(heap, "花", record=first.record)
    assert later is not None
    assert (later.held_until or "") > (first.held_until or "")


def test_settled_records_leave_the_queue(heap: Store) -> None:
    """With its last open field settled a record is handed out no more; an empty queue hands out nothing."""
    for item in review.queue(heap, form="note"):
        run.settle(heap, papers.forms(), review.Change(item.record, "only", "confirm", 0, "花"))
    assert review.queue(heap, form="note") == []
    assert review.take(heap, "花", form="note") is None
    assert heap.counts().open == 3
