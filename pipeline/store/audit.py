"""Reading and verifying the audit log: who saw, changed, exported or printed what, and who failed to sign in.

It is written by `Store.audit` or, inside a transaction, by `Writing.audit`; append-only by trigger, chained by HMAC
(chain.py), its end anchored in a file outside the database (anchor.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select

from pipeline.store import anchor, chain, moments
from pipeline.store import tables as t
from pipeline.store.chain import Entry, Fault, Head
from pipeline.store.opened import Store
from pipeline.store.parcels import Since


@dataclass(frozen=True)
class Asked:
    """Which lines somebody wants to see; every filter narrows."""

    actor: str | None = None
    action: str | None = None
    target: str | None = None  # part of it
    since: Since | None = None
    until: Since | None = None  # a date: to the end of that day in Tokyo
    before: int | None = None  # only lines with a smaller number


def entries(store: Store, asked: Asked, limit: int = 100) -> list[Entry]:
    """The newest lines first."""
    c = t.audit.c
    tests: list[tuple[object, ColumnElement[bool]]] = [
        (asked.actor, c.actor == asked.actor),
        (asked.action, c.action == asked.action),
        (asked.target, c.target.contains(asked.target or "", autoescape=True)),
        (asked.since, c.at >= (moments.start(asked.since) if asked.since else "")),
        (asked.until, c.at < (moments.end(asked.until) if asked.until else "")),
        (asked.before, c.id < (asked.before or 0)),
    ]
    wanted = select(*c).where(*(test for given, test in tests if given)).order_by(c.id.desc()).limit(limit)
    with store.reading() as connection:
        return [Entry(**row) for row in connection.execute(wanted).mappings()]


def actions(store: Store) -> list[str]:
    """Every action that occurs, to choose from."""
    with store.reading() as connection:
        return list(connection.execute(select(t.audit.c.action).distinct().order_by(t.audit.c.action)).scalars())


def length(store: Store) -> int:
    """How many lines there are."""
    with store.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(t.audit)).scalar_one())


def verify(store: Store, other: Head | None = None) -> list[Fault]:
    """Walk the whole log; [] when every line is as it was written and none is missing at its end.

    Args:
        store: an open store.
        other: a head kept elsewhere (in a backup) instead of the anchor file's.

    Raises:
        StoreProblem: the anchor file cannot be understood.
    """
    # The anchor first: lines that are written meanwhile come after it.
    known = other or anchor.read(store.settings.anchor)
    if known is None and length(store):
        told = f"監査ログの控え {store.settings.anchor} がありません。{chain.TODO}"
        return [Fault("anchor", 0, told)]
    return list(chain.check(store.audit_key, _all(store), known))


def _all(store: Store) -> Iterator[Entry]:
    with store.reading() as connection:
        rows = connection.execution_options(yield_per=1000).execute(select(*t.audit.c).order_by(t.audit.c.id))
        yield from (Entry(**row) for row in rows.mappings())
