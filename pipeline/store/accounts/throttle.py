"""How often a password may be guessed.

An account's name has one throttle for every browser that never signed in to it, however many machines guess; each
browser that did has its own, so that nobody can be locked out on purpose. A guess is charged before it is looked at, so
that guessing at once gains nothing. Names that do not exist are throttled alike.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from pipeline.store import dialect, moments
from pipeline.store import tables as t

# Seconds to wait after each failure. With the last one for ever a day holds 100 guesses, not one more.
STEPS = (1, 5, 30, 180, 900)
FORGOTTEN_HOURS = 24.0  # without a failure: then it begins anew
FORGIVEN = len(STEPS)  # failures in a row after which a browser is a stranger again


@dataclass(frozen=True)
class Tries:
    """What is known about guesses so far."""

    failures: int
    last: str  # UTC, ISO 8601: of the last failure
    until: str  # no guess is looked at before


def charge(connection: Connection, key: str, at: str) -> float:
    """Count a guess at `at` as failed before it is looked at; seconds to wait instead, 0.0 when it may be looked at."""
    dialect.lock(connection, [f"throttle {key}"])
    connection.execute(delete(t.throttle).where(t.throttle.c.last < moments.ago(hours=FORGOTTEN_HOURS)))
    row = connection.execute(select(t.throttle).where(t.throttle.c.key == key)).first()
    # A clock that was ahead and was put right must lock nobody out for longer than a failure does.
    until = min(row.until, _later(at, STEPS[-1])) if row is not None else ""
    if row is not None and until > at:
        connection.execute(update(t.throttle).where(t.throttle.c.key == key).values(until=until))
        return (_moment(until) - _moment(at)).total_seconds()
    failures = (row.failures if row is not None else 0) + 1
    values = {"failures": failures, "last": at, "until": _later(at, STEPS[min(failures, len(STEPS)) - 1])}
    if row is None:
        connection.execute(insert(t.throttle).values(key=key, **values))
    else:
        connection.execute(update(t.throttle).where(t.throttle.c.key == key).values(**values))
    return 0.0


def refund(connection: Connection, key: str, at: str) -> None:
    """The guess was right: it does not count. Those before it do, since a stranger may have made them."""
    mine = t.throttle.c.key == key
    connection.execute(update(t.throttle).where(mine).values(failures=t.throttle.c.failures - 1, until=at))


def clear(connection: Connection, key: str) -> None:
    """Begin anew."""
    connection.execute(delete(t.throttle).where(t.throttle.c.key == key))


def failures(connection: Connection, key: str) -> int:
    """How many guesses failed in a row."""
    asked = select(t.throttle.c.failures).where(t.throttle.c.key == key)
    return connection.execute(asked).scalar() or 0


def _moment(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)


def _later(text: str, seconds: float) -> str:
    return moments.text(_moment(text) + datetime.timedelta(seconds=seconds))
