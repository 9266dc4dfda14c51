"""Waiting pages go through the pool into the store; one bad page is a record, not the end."""

from __future__ import annotations

import functools
import os
from pathlib import Path

import pytest

from pipeline import forms as form_files
from pipeline import read, run, workers
from pipeline.errors import FileRefused
from pipeline.forms import Forms
from pipeline.model import Reading
from pipeline.settings import Settings
from pipeline.store import Store
from tests.run import papers
from tests.run.papers import front, note, office, scan, settings, stations

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
