"""Waiting pages go through the pool into the store; one bad page is a record, not the end."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from pipeline import forms as form_files
from pipeline import read, records, run, workers
from pipeline.errors import FileRefused, StoreProblem
from pipeline.forms import Forms
from pipeline.model import Reading, Record
from pipeline.settings import Settings
from pipeline.store import Store
from pipeline.workers import local
from tests.run import papers
from tests.run.papers import front, note, office, scan, settings, stations
from tests.workers import jobs

__all__ = ["office", "settings", "stations"]

TEMPLATES = Path(__file__).parents[2] / "form_templates"


def test_all_that_waits_is_read_and_saved(office: Store, tmp_path: Path) -> None:
    """Each page is in the store when it is handed on; afterwards nothing waits, and a second call finds no work."""
    list(run.accept([scan(tmp_path, "a.pdf", [[note(str(n))] for n in range(4)])], office))
    with workers.pool(office.settings, workers=0, start=papers.forms) as pool:
        for done, (task, part) in enumerate(workers.submit(pool, office, papers.forms()), 1):
            assert office.counts().waiting == 4 - done
            assert office.record(part.records[0].id).pages[0].page == task.number
        assert list(workers.submit(pool, office, papers.forms())) == []
        ids = [task.page_id for task in office.pages(next(office.scans()).sha256)][:2]
        assert len(list(workers.submit(pool, office, papers.forms(), ids, again=True))) == 2


def test_a_page_that_breaks_its_reader_waits_for_a_person(
    office: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A defect in a reader costs that page only: it is a record with its reason, in the queue."""
    believed = read.sheet

    def breaks(crops: papers.Crops) -> tuple[Reading, ...]:
        if crops[0].serial == "2":
            raise ZeroDivisionError
        return believed(crops)  # type: ignore[arg-type]  # the tests' crops are whole sheets

    monkeypatch.setattr(read, "sheet", breaks)
    list(run.accept([scan(tmp_path, "a.pdf", [[note("1")], [note("2")], [front("3")]])], office))
    with workers.pool(office.settings, workers=0, start=papers.forms) as pool:
        assert len(list(workers.submit(pool, office, papers.forms()))) == 3
    found = [(filed.record.status, filed.record.reason) for filed in office.records()]
    assert found == [("accepted", None), ("unreadable", "crashed"), ("needs_review", None)]


def test_a_page_that_cannot_be_saved_fails_alone(
    office: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A defect while saving costs that page only, and the log says where without what was written on it."""
    joined = records.join

    def breaks(some: Sequence[Record], forms: Forms, *more: Any) -> tuple[Record, ...]:
        if some[0].serial == "2":
            raise ValueError("試験 花子")
        return joined(some, forms, *more)

    monkeypatch.setattr(records, "join", breaks)
    list(run.accept([scan(tmp_path, "a.pdf", [[note("1")], [note("2")], [front("3")]])], office))
    with workers.pool(office.settings, workers=0, start=papers.forms) as pool:
        parts = [part.records[0].status for _, part in workers.submit(pool, office, papers.forms())]
    found = [(filed.record.status, filed.record.reason) for filed in office.records()]
    assert found == [("accepted", None), ("unreadable", "crashed"), ("needs_review", None)]
    assert parts[1] == "unreadable"
    assert office.counts().waiting == 0
    assert "ValueError" in caplog.text
    assert "試験" not in caplog.text


def test_a_failed_second_reading_leaves_the_first(
    office: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read again and broken now, a page keeps the result that it has."""
    papers.ingest(office, scan(tmp_path, "a.pdf", [[note("1")]]))
    before = papers.dump(office)
    monkeypatch.setattr(read, "sheet", lambda _: 1 / 0)
    ids = [task.page_id for task in office.pages(next(office.scans()).sha256)]
    with workers.pool(office.settings, workers=0, start=papers.forms) as pool:
        (part,) = (part for _, part in workers.submit(pool, office, papers.forms(), ids, again=True))
    assert part.records[0].reason == "crashed"
    assert papers.dump(office) == before


def test_a_full_disk_stops_the_batch_and_loses_nothing(office: Store, tmp_path: Path) -> None:
    """Where nothing can be saved the batch ends with a sentence, and its pages go on waiting."""
    list(run.accept([scan(tmp_path, "a.pdf", [[front(str(n))] for n in range(90)])], office))
    with (
        workers.pool(office.settings, workers=0, start=papers.forms) as pool,
        full(office),
        pytest.raises(StoreProblem, match="store-full"),
    ):
        list(workers.submit(pool, office, papers.forms()))
    left = office.counts()
    assert left.waiting + sum(left.records.values()) == 90
    assert left.waiting > 0


@contextmanager
def full(opened: Store) -> Iterator[None]:
    """A database that may not grow by a page."""

    def limit(connection: Any, *_: object) -> None:
        connection.execute("PRAGMA max_page_count=1")

    event.listen(opened._engine, "connect", limit)
    opened._engine.dispose()
    yield
    event.remove(opened._engine, "connect", limit)
    opened._engine.dispose()


def test_what_the_machine_may_have_caused_is_tried_twice(settings: Settings, tmp_path: Path) -> None:
    """An item that hung once gets its result after all others; one that hangs again gets its verdict."""
    hurried = settings.model_copy(update={"open_seconds": 1})
    with workers.pool(hurried, workers=1) as pool:
        found = list(local._tried(pool, jobs.hang_once, [tmp_path / "a", tmp_path]))
        assert found == [(tmp_path, "fine"), (tmp_path / "a", "fine")]
        [(_, stuck)] = local._tried(pool, jobs.misbehave, ["hang"])
    assert isinstance(stuck, workers.Failure)
    assert stuck.code == "timeout"


def test_files_are_counted_in_the_pool(office: Store, tmp_path: Path) -> None:
    """A file is opened where it can do no harm; one that cannot be opened goes to quarantine as ever."""
    (tmp_path / "bad.pdf").write_bytes(b"no scan")
    with workers.pool(office.settings, workers=0) as pool:
        count = workers.counter(pool)
        paths = [tmp_path / "bad.pdf", scan(tmp_path, "a.pdf", [[note("1")]])]
        arrivals = list(run.accept(paths, office, count=count))
        with pytest.raises(FileRefused, match="damaged"):
            count(tmp_path / "bad.pdf", "bad.pdf")
    assert [(one.kind, one.pages, one.code) for one in arrivals] == [("refused", 0, "damaged"), ("accepted", 1, "")]


def test_a_watched_folder_asks_the_pool_whether_a_file_is_whole(settings: Settings, tmp_path: Path) -> None:
    """A whole file and one that is no scan are taken, a cut one waits, and one that ends its process is taken too."""
    path = max(TEMPLATES.glob("*/form.yaml")).with_name("blank.pdf")
    (tmp_path / "cut.pdf").write_bytes(path.read_bytes()[:-200])
    (tmp_path / "odd.pdf").write_bytes(b"no scan")
    with workers.pool(settings, workers=1) as pool:
        whole = workers.wholeness(pool)
        assert [whole(path), whole(tmp_path / "odd.pdf"), whole(tmp_path / "cut.pdf")] == [True, True, False]
    hurried = settings.model_copy(update={"open_seconds": 0.001})
    with workers.pool(hurried, workers=1) as pool:
        assert workers.wholeness(pool)(_endless(tmp_path)) is True


def _endless(folder: Path) -> Path:
    """A file that never says anything."""
    os.mkfifo(folder / "endless.pdf")
    return folder / "endless.pdf"


def _one_form(blanks: Path) -> Forms:
    return form_files.load([max(TEMPLATES.glob("*/form.yaml")).parent], blanks)


def test_real_pages_go_through_real_processes(settings: Settings, tmp_path: Path) -> None:
    """A blank sheet of a shipped form is counted and read in another process and comes out as its form."""
    load = functools.partial(_one_form, tmp_path / "blanks")
    every = load()
    (key,) = every
    with papers.balanced(settings) as opened, workers.pool(settings, start=load, workers=1) as pool:
        path = max(TEMPLATES.glob("*/form.yaml")).with_name("blank.pdf")
        arrivals = list(run.accept([path], opened, count=workers.counter(pool)))
        parts = [part for _, part in workers.submit(pool, opened, every)]
        assert [(one.kind, one.pages) for one in arrivals] == [("accepted", len(parts))]
        assert next(opened.records()).record.form == key
        assert opened.counts().waiting == 0
