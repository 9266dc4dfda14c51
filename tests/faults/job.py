"""A day at the office, small: a folder is watched, files are taken in and moved, pages are read, all of it in one process.

Only the readers are stand-ins that believe what a file says of itself: they write nothing.
"""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline import store, workers
from pipeline.acquire import inbox
from pipeline.cli import watching
from pipeline.cli.intake import Intake
from pipeline.settings import Settings
from tests.run import papers
from tests.run.papers import back, front, note, scan

POLLS = 4
Place = Callable[[Path], Settings]
PASSING = ("duplicate", "missing")  # lines of the ledger that a disturbed run may have besides


class Hurry(threading.Event):
    """A pause between two polls that takes no time; after a few it says stop."""

    def __init__(self, polls: int = POLLS) -> None:
        super().__init__()
        self._left = polls

    def wait(self, timeout: float | None = None) -> bool:
        """Whether to stop."""
        del timeout
        self._left -= 1
        return self._left < 0


def prepare() -> None:
    """Put the stand-ins in place, for as long as this process lives."""
    papers.believe(pytest.MonkeyPatch())


def fill(folder: Path) -> None:
    """What the scanner left: sides of one sheet in several files, a duplicate, a bad page, a file that is no scan."""
    folder.mkdir(parents=True)
    scan(folder, "a.pdf", [[front("1"), back("2")], [note("3")], "refused"])
    scan(folder, "b.pdf", [[back("1")], []])
    scan(folder, "c.pdf", [[note("3", side="rear")], [front("2", sure=False)]])
    scan(folder, "d.pdf", [[back("1")], []])
    (folder / "z.pdf").write_bytes(b"no scan")


def alone(place: Path) -> Settings:
    """Everything in one folder."""
    return Settings(data=place / "data")


def sharing(place: Path) -> Settings:
    """Originals and keys on a share."""
    return Settings(data=place / "data", shared=place / "share")


def work(place: Path, settings: Place = alone, pause: type[Hurry] = Hurry) -> None:
    """Open the store (made when it is not there), watch the folder for a moment, and read all that waits."""
    own = settings(place)
    with store.open(own, create=True) as opened, workers.pool(own, papers.forms, 0) as pool:
        office = Intake(opened, pool, papers.forms())
        watching.Watch(office, pause(), lambda _: None).over(place / "inbox", 0)
        list(office.read())


def seen(place: Path, settings: Place = alone) -> dict[str, Any]:
    """What the store holds now, and what its ledger says of it.

    A file that failed at first arrives after the others, so neither the order nor which of two equal files came first
    is part of it; nor is the line that says that a file could not be had, for it came in the end.
    """
    with store.open(settings(place)) as opened:
        held = papers.dump(opened)
        lines = Counter((line.kind, line.sha256, line.page) for line in opened.ledger() if line.kind not in PASSING)
        return {
            "scans": {one.sha256: replace(one, id=0, name="") for one in held["scans"]},
            "pages": sorted(held["pages"]),
            "records": {key: _nameless(record) for key, record in held["records"].items()},
            "waiting": held["waiting"],
            "lines": lines,
            "wrong": store.verify(opened),
        }


def _nameless(record: dict[str, Any]) -> dict[str, Any]:
    return record | {"pages": [page | {"file": ""} for page in record["pages"]]}


def lost(place: Path, settings: Place = alone) -> list[str]:
    """Files that were moved to `done`, as a sign that they are safe, and are not in the store with all their bytes."""
    moved = [path for path in (place / "inbox" / inbox.DONE).rglob("*") if path.is_file()]
    if not moved:
        return []
    with store.open(settings(place)) as opened:
        return [path.name for path in moved if not _safe(opened, path)]


def _safe(opened: store.Store, path: Path) -> bool:
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return opened.knows(sha256) and opened.page_bytes(sha256) == path.read_bytes()
