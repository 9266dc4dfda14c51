"""Killed at any moment and started again, the job ends as if nothing had happened."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from pipeline import run, store
from pipeline.settings import Settings
from tests import processes
from tests.postgres import Places
from tests.run import papers
from tests.run.papers import back, front, note, scan

KILLS = 12


def _stack(folder: Path) -> list[Path]:
    """Sides of one sheet in several files, a duplicate, a bad page, a refused file."""
    refused = folder / "z.pdf"
    folder.mkdir()
    refused.write_bytes(b"no scan")
    return [
        scan(folder, "a.pdf", [[front("1"), back("2")], [note("3")], "refused"]),
        scan(folder, "b.pdf", [[back("1")], []]),
        scan(folder, "c.pdf", [[note("3", side="rear")], [front("2", sure=False)]]),
        scan(folder, "d.pdf", [[back("1")], []]),
        refused,
    ]


class Countdown:
    """Ends the process, as a power switch would, at the step it was told."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def step(self, *_: object) -> None:
        """One step towards the end."""
        self.left -= 1
        if self.left == 0:
            os._exit(9)


@contextmanager
def _watched(countdown: Countdown) -> Iterator[None]:
    """Every statement, every commit, every flush to disk and every rename is a step, before it happens and after."""
    with pytest.MonkeyPatch.context() as patch:
        for place, name in ((os, "fsync"), (Path, "replace")):
            patch.setattr(place, name, _around(countdown, getattr(place, name)))
        for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
            event.listen(Engine, name, countdown.step)
        try:
            yield
        finally:
            for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
                event.remove(Engine, name, countdown.step)


def _around(countdown: Countdown, real: object) -> object:
    def called(*given: object) -> object:
        countdown.step()
        result = real(*given)  # type: ignore[operator]  # whichever function was there
        countdown.step()
        return result

    return called


def _job(where: Settings, paths: list[Path], countdown: Countdown) -> int:
    """The whole job; how many steps it took."""
    with _watched(countdown), store.open(where, create=True) as opened:
        papers.ingest(opened, *paths)
    return -countdown.left


def _killed(where: Settings, paths: list[Path], steps: int) -> int:
    return processes.ended(processes.believing(_job, where, paths, Countdown(steps))) or 0


def test_killed_and_resumed_is_undisturbed(places: Places, tmp_path: Path, stations: None) -> None:
    """Whatever the step at which the process dies, the next run gives the same rows, and the ledger balances."""
    paths = _stack(tmp_path / "stack")
    steps = _job(places("quiet"), paths, Countdown(0))
    with store.open(places("quiet")) as opened:
        quiet = papers.without_gaps(papers.dump(opened))
    assert len(quiet["records"]) == 6
    for kill in sorted(random.Random(7).sample(range(1, steps), KILLS)):
        where = places(f"killed-{kill}")
        assert _killed(where, paths, kill) == 9
        with papers.balanced(where) as opened:
            papers.ingest(opened, *paths)
            assert papers.without_gaps(papers.dump(opened)) == quiet, f"killed at step {kill} of {steps}"


def _told(settings: Settings, path: Path) -> None:
    with store.open(settings, create=True) as opened:
        next(run.accept([path], opened))
        os._exit(9)


def test_what_was_told_outlives_the_kill(settings: Settings, tmp_path: Path, stations: None) -> None:
    """A file whose arrival was told before the process died is there afterwards, its bytes and its pages."""
    path = scan(tmp_path, "a.pdf", [[note("1")], [note("2")]])

    assert processes.ended(processes.believing(_told, settings, path)) == 9
    with papers.balanced(settings) as opened:
        assert [(one.name, one.pages) for one in opened.scans()] == [("a.pdf", 2)]
        assert len(opened.waiting()) == 2
