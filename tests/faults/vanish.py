"""A folder vanishes while the job looks into it, and comes back a while later: `make faults-around`.

It goes at every moment at which the job is about to open, list, make or move something in it, in two ways: as a share
whose machine is gone (every name in it is unknown), and as one that was unmounted (an empty folder lies in its place,
and what is written there is hidden when the share comes back).
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline import run, showing, store
from pipeline.errors import Problem
from tests.faults import job, strike

EVENTS = ("open", "os.listdir", "os.scandir", "os.mkdir", "os.rename", "os.remove", "os.chmod", "shutil.move")
WAYS = ("gone", "unmounted")
ROOTS = ("inbox", "share", "everything")  # the folder that is watched, that of the originals, or one disk with both
POLLS_AWAY = 2


@dataclass
class Share:
    """A folder that can go away at its n-th use."""

    root: Path
    way: str = "gone"
    at: int = 0  # 0: never
    uses: int = 0
    away: int | None = None  # polls since it went
    busy: bool = field(default=False, repr=False)  # this very class is at work

    def used(self, event: str, words: tuple[Any, ...]) -> None:
        """Called before everything that Python does to the disk."""
        if self.busy or self.away is not None or event not in EVENTS or not self._mine(words):
            return
        self.uses += 1
        if self.uses == self.at:
            self._go()

    def _mine(self, words: tuple[Any, ...]) -> bool:
        names = (os.fspath(word) for word in words[:2] if isinstance(word, str | os.PathLike))
        return any(str(name).startswith(str(self.root)) for name in names)

    def _go(self) -> None:
        self.away, self.busy = 0, True
        self.root.rename(self._aside)
        if self.way == "unmounted":
            self.root.mkdir()
        self.busy = False

    @property
    def _aside(self) -> Path:
        return self.root.with_name(self.root.name + ".away")

    def poll(self) -> None:
        """A moment passes."""
        if self.away is not None:
            self.away += 1
            if self.away > POLLS_AWAY:
                self.back()

    def back(self) -> None:
        """It is there again, and hides what was written in its place."""
        self.busy = True
        if self._aside.exists():
            shutil.rmtree(self.root, ignore_errors=True)
            self._aside.rename(self.root)
        self.busy = False


_shares: list[Share] = []  # those that listen; a hook cannot be taken out again
_hooked = threading.Event()


def _heard(event: str, words: tuple[Any, ...]) -> None:
    for share in _shares:
        share.used(event, words)


@contextmanager
def listening(share: Share) -> Iterator[Share]:
    """The share sees what is done to the disk."""
    if not _hooked.is_set():
        sys.addaudithook(_heard)
        _hooked.set()
    _shares.append(share)
    try:
        yield share
    finally:
        _shares.remove(share)
        share.back()


class Patient(job.Hurry):
    """A pause between two polls, long enough for a share to come back and be looked at again."""

    def __init__(self) -> None:
        super().__init__(job.POLLS + POLLS_AWAY + 4)

    def wait(self, timeout: float | None = None) -> bool:
        """Whether to stop."""
        for share in _shares:
            share.poll()
        return super().wait(timeout)


@dataclass(frozen=True)
class Ground:
    """Where it happens."""

    folder: Path

    def prepare(self) -> dict[str, Any]:
        """The office before the job; what an undisturbed job makes of it."""
        job.fill(self.start / "all" / "inbox")
        store.open(_settings(self.start / "all"), create=True).close()  # no store is made on a share that is not there
        quiet = self._fresh("quiet")
        self._work(quiet)
        return job.seen(quiet, _settings)

    @property
    def start(self) -> Path:
        """The office before the job."""
        return self.folder / "start"

    def _fresh(self, name: str) -> Path:
        shutil.rmtree(self.folder / name, ignore_errors=True)
        shutil.copytree(self.start, self.folder / name)
        return self.folder / name / "all"

    def _work(self, place: Path) -> None:
        showing.forget()
        run._original.cache_clear()
        job.work(place, _settings, Patient)

    def uses(self, root: str) -> int:
        """How often the job uses it."""
        place = self._fresh("counted")
        with listening(Share(_root(place, root))) as share:
            self._work(place)
        return share.uses

    def strike(self, root: str, way: str, at: int, quiet: dict[str, Any]) -> Iterator[str]:
        """What is wrong after it vanished at its use number `at` and came back."""
        place = self._fresh("struck")
        name = f"{root} {way} at use {at}"
        with listening(Share(_root(place, root), way, at)):
            try:
                self._work(place)
            except Problem:
                pass
            except Exception as error:  # noqa: BLE001 - any is a failure to be reported
                yield f"{name}: a defect, not a sentence: {error!r}"
        try:
            yield from (f"{name}: {said}" for said in strike.aftermath(place, quiet, _settings))
        except Problem as problem:
            yield f"{name}: unusable afterwards: {problem}"


def _settings(place: Path) -> Any:
    """The database lies on the machine's own disk, as it must."""
    return job.sharing(place).model_copy(update={"data": place.parent / "data"})


def _root(place: Path, root: str) -> Path:
    return place if root == "everything" else place / root
