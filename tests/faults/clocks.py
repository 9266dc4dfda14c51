"""The clock jumps, by a second or by years, whenever the job looks at it: `make faults-around`.

Every moment that the store writes down comes from one clock (`moments.clock`); files are compared by times of their own.
The job takes in, reads and decides; it must end with the rows of an undisturbed run whatever the clock says, and what is
held or throttled while the clock was wrong must not stay so when it is right again.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import review, run, store
from pipeline.errors import Problem, StaleWrite
from pipeline.settings import Settings
from pipeline.store import Store, accounts, moments
from tests.faults import job
from tests.run import papers

YEAR = 365.25 * 24 * 3600.0
JUMPS = {  # seconds
    "a second back": -1.0,
    "an hour back": -3600.0,
    "ten years back": -10 * YEAR,
    "to 1970": 1.0 - time.time(),
    "an hour ahead": 3600.0,
    "fifty years ahead": 50 * YEAR,
}
WHO = "花"
HELD_MINUTES = 31.0


@dataclass
class Clock:
    """A clock that jumps when it is looked at for the n-th time, and stays wrong."""

    jump_s: float = 0.0
    at: int = 0  # 0: never
    looks: int = 0

    def __call__(self) -> dt.datetime:
        """This moment."""
        self.looks += 1
        now = dt.datetime.now(dt.UTC)
        return now + dt.timedelta(seconds=self.jump_s) if self.at and self.looks >= self.at else now


@contextmanager
def told_by(clock: Clock) -> Iterator[Clock]:
    """The store asks that clock."""
    before, seconds = moments.clock, time.time
    moments.clock = clock
    time.time = lambda: seconds() + (clock.jump_s if clock.at and clock.looks >= clock.at else 0.0)
    try:
        yield clock
    finally:
        moments.clock, time.time = before, seconds


def day(place: Path) -> None:
    """The job, and then somebody signs in, opens what waits and decides it."""
    job.work(place)
    with store.open(Settings(data=place / "data")) as opened:
        actor = _actor(opened)
        token, _ = accounts.sign_in(opened, actor)
        accounts.session(opened, token)
        for item in review.queue(opened):
            review.take(opened, WHO, record=item.record)
            for name in item.open:
                _settle(opened, item.record, name)


def _settle(opened: Store, record: str, name: str) -> None:
    # No answer of this field is on the paper, or the first day decided it.
    with suppress(KeyError, StaleWrite):
        run.settle(opened, papers.forms(), review.Change(record, name, "correct", 0, WHO, raw="2"))


def _actor(opened: Store) -> accounts.Actor:
    found = next((one for one in accounts.everyone(opened) if one.name == WHO), None)
    if found is None:
        accounts.add(opened, WHO)
        return _actor(opened)
    return found


@dataclass(frozen=True)
class Ground:
    """Where it happens."""

    folder: Path

    def prepare(self) -> dict[str, Any]:
        """The office before the job, and what an undisturbed day makes of it; some files are of another time."""
        job.fill(self.folder / "start" / "inbox")
        for path, at in zip(sorted((self.folder / "start" / "inbox").iterdir()), (0, 2**31 + 10, 4e9), strict=False):
            os.utime(path, (at, at))
        quiet = self._fresh("quiet")
        day(quiet)
        return job.seen(quiet)

    def _fresh(self, name: str) -> Path:
        shutil.rmtree(self.folder / name, ignore_errors=True)
        shutil.copytree(self.folder / "start", self.folder / name)
        return self.folder / name

    def looks(self) -> int:
        """How often the job looks at the clock."""
        place = self._fresh("counted")
        with told_by(Clock()) as clock:
            day(place)
        return clock.looks

    def strike(self, jump: str, at: int, quiet: dict[str, Any]) -> Iterator[str]:
        """What is wrong after a jump at that look, and after another day with the clock put right."""
        place, name = self._fresh("struck"), f"clock {jump} at look {at}"
        with told_by(Clock(JUMPS[jump], at)):
            yield from (f"{name}: {said}" for said in _done(place))
        with store.open(Settings(data=place / "data")) as opened:
            yield from (f"{name}: {said}" for said in bound(opened))
        yield from (f"{name}, put right: {said}" for said in _done(place))
        now = job.seen(place)
        yield from (f"{name}: {key} differs" for key in quiet if now[key] != quiet[key])


def _done(place: Path) -> Iterator[str]:
    try:
        day(place)
    except Problem as problem:
        yield f"ends with {problem}"
    except Exception as error:  # noqa: BLE001 - any is a failure to be reported
        yield f"a defect: {error!r}"


def bound(opened: Store) -> Iterator[str]:
    """What the time of the wrong clock still binds."""
    if store.audit.verify(opened):
        yield "the audit log is not whole"
    ahead = moments.impossible()
    yield from (
        f"a session lives until {one.last_seen}"
        for one in accounts.sessions.of_actor(opened, _actor(opened))
        if max(one.created, one.last_seen) > ahead
    )
    late = moments.ahead(minutes=HELD_MINUTES)
    yield from (
        f"{one.record} is held" for one in review.queue(opened) if one.held_by and (one.held_until or "") > late
    )
