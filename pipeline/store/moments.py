"""Times: stored in UTC, days meant as they pass in Tokyo."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

from pipeline.store.parcels import Since

TOKYO = ZoneInfo("Asia/Tokyo")
# Days that are told in one width, as a moment of UTC too, whatever somebody asks for.
EARLIEST, LATEST = datetime.date(1000, 1, 2), datetime.date(9999, 12, 30)

SKEW_MINUTES = 5.0


def text(moment: datetime.datetime) -> str:
    """A moment as UTC text of one width, so that texts sort as moments do."""
    return moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def clock() -> datetime.datetime:
    """This moment; the one place where the store asks for the time."""
    return datetime.datetime.now(datetime.UTC)


def now() -> str:
    """This moment."""
    return text(clock())


def ago(**span: float) -> str:
    """The moment that lies `minutes=…` or `hours=…` back."""
    return text(clock() - datetime.timedelta(**span))


def ahead(**span: float) -> str:
    """The moment that comes in `seconds=…` or `minutes=…`."""
    return text(clock() + datetime.timedelta(**span))


def impossible() -> str:
    """What is stored and lies beyond this was written while the clock was wrong, and must bind nobody now.

    Machines that share a store may differ by a little.
    """
    return ahead(minutes=SKEW_MINUTES)


def start(since: Since) -> str:
    """A moment, or the first one of a day in Tokyo."""
    return text(since if isinstance(since, datetime.datetime) else _midnight(since))


def end(as_of: Since) -> str:
    """A moment, or the first one after a day in Tokyo."""
    if isinstance(as_of, datetime.datetime):
        return text(as_of)
    return text(_midnight(min(as_of, LATEST) + datetime.timedelta(days=1)))


def shown(stored: str) -> str:
    """A stored moment as people read it: in Tokyo, to the minute."""
    moment = datetime.datetime.fromisoformat(stored)
    return moment.astimezone(TOKYO).strftime("%Y-%m-%d %H:%M")


def _midnight(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(max(day, EARLIEST), datetime.time(), TOKYO)


def today() -> str:
    """This day in Tokyo, ISO 8601."""
    return datetime.datetime.now(TOKYO).date().isoformat()
