"""An original that cannot be had is no fault of its pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import run, workers
from pipeline.errors import FileRefused, StoreProblem
from pipeline.store import Store, Task
from tests.run import papers
from tests.run.papers import note, scan, settings, stations

__all__ = ["settings", "stations"]
office = papers.office


def test_pages_whose_original_is_not_seen_wait(office: Store, tmp_path: Path) -> None:
    """The others are read, the problem is told, and once the original is seen again its pages are read as well."""
    paths = [scan(tmp_path, f"{name}.pdf", [[note(name)]]) for name in "ab"]
    with workers.pool(office.settings, papers.forms, 0) as pool:
        hidden, _ = (arrival.sha256 for arrival in workers.accept(pool, office, paths))
        original = office.original(hidden)
        aside = original.rename(tmp_path / "aside")
        run._original.cache_clear()
        with pytest.raises(StoreProblem, match="original-unseen"):
            list(workers.submit(pool, office, papers.forms()))
        assert [task.name for task in office.waiting()] == ["a.pdf"]
        assert office.counts().records == {"accepted": 1}
        aside.rename(original)
        assert [part.records[0].serial for _, part in workers.submit(pool, office, papers.forms())] == ["a"]


def test_a_file_that_our_own_disk_does_not_give_back_comes_again(office: Store, tmp_path: Path) -> None:
    """A good file is not put into quarantine because the copy of it could not be read just now."""
    path = scan(tmp_path, "a.pdf", [[note("1")]])

    def broken(_path: Path, name: str) -> int:
        raise run.refused(name, "unreadable")

    (arrival,) = run.accept([path], office, count=broken)
    assert (arrival.kind, arrival.sha256, arrival.code) == ("refused", "", "unreadable")
    assert "読み取れません" in arrival.message
    assert list(office.scans()) == []
    assert [one.kind for one in run.accept([path], office)] == ["accepted"]


def test_without_a_store_a_lost_file_is_refused(tmp_path: Path, stations: None) -> None:
    """A file that vanishes while it is read is that file's refusal."""
    task = Task(0, "0" * 64, "a.pdf", 1, tmp_path / "a.pdf")
    with pytest.raises(FileRefused, match="unreadable"):
        run.read_page(task, papers.forms())
