"""Adding to the audit log, inside whatever transaction does what is written down."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from pipeline.store import chain, dialect
from pipeline.store import tables as t
from pipeline.store.chain import Entry, Head

ACTION = re.compile(r"[a-z]+(-[a-z]+)*")
# Ids and counts are ASCII, names and answers of people here hardly ever are.
TARGET = re.compile(r"[\w.:/=+,@* -]{0,200}", re.ASCII)
LONGEST_WHY = 100  # characters


@dataclass(frozen=True)
class Event:
    """Something to write down."""

    actor: str | None  # name of the account; None: nobody was signed in
    action: str  # kebab-case English, such as "view"
    target: str = ""  # `name=id` or counts in ASCII, such as "record=ab12 field=q1"; never a value
    why: str = ""  # what the actor said it is for

    def __post_init__(self) -> None:
        if not ACTION.fullmatch(self.action) or not TARGET.fullmatch(self.target) or len(self.why) > LONGEST_WHY:
            message = "an audit line takes a kebab-case action, ids in ASCII and a short reason"
            raise ValueError(message)


def append(connection: Connection, key: bytes, at: str, events: Sequence[Event]) -> Head:
    """Add lines in the caller's transaction; where the log ends then.

    Args:
        connection: inside a transaction that may write.
        key: of the chain.
        at: the transaction's time.
        events: at least one.
    """
    dialect.lock(connection, ["audit"])
    last = head(connection)
    rows: list[dict[str, object]] = []
    for event in events:
        entry = Entry(last.length + 1, at, event.actor, event.action, event.target, event.why)
        last = Head(entry.id, chain.seal(key, last.mac, entry))
        rows.append({**vars(entry), "mac": last.mac})
    connection.execute(insert(t.audit), rows)
    return last


def head(connection: Connection) -> Head:
    """Where the log ends."""
    row = connection.execute(select(t.audit.c.id, t.audit.c.mac).order_by(t.audit.c.id.desc()).limit(1)).first()
    return Head(row.id, row.mac) if row is not None else Head(0, chain.START)
