"""Fields that a reviewer could not decide alone: a note waits for a supervisor until somebody settles the field."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import ColumnElement, insert, select, update

from pipeline import model
from pipeline.review.values import NotUnderstood
from pipeline.store import Store
from pipeline.store.tables import note

LONGEST = 1000  # characters


@dataclass(frozen=True)
class Note:
    """A question about one field."""

    id: int
    record: str
    field: str
    text: str
    by: str  # name of an account
    at: str  # UTC, ISO 8601
    closed_by: str | None
    closed_at: str | None  # None: it waits


def refer(store: Store, record: model.Record, field: str, text: str, by: str) -> None:
    """Put a question about a field.

    Raises:
        NotUnderstood: there is no text, or too much of it.
    """
    if not text.strip() or len(text) > LONGEST:
        raise NotUnderstood("note-unfit", f"相談の内容を {LONGEST} 文字までで書いてください。")
    with store.writing() as change:
        row = {"record": record.id, "field": field, "text": text.strip(), "by": by, "at": change.at}
        change.connection.execute(insert(note).values(**row))


def close(store: Store, record: model.Record, field: str, by: str) -> None:
    """The field is settled: nothing about it waits any more."""
    if not any(one.field == field for one in of(store, record)):
        return
    mine = note.c.record.in_([record.id, *record.aliases]), note.c.field == field, note.c.closed_at.is_(None)
    with store.writing() as change:
        change.connection.execute(update(note).where(*mine).values(closed_by=by, closed_at=change.at))


def of(store: Store, record: model.Record) -> list[Note]:
    """What waits about a record, oldest first."""
    return _notes(store, note.c.record.in_([record.id, *record.aliases]))


def waiting(store: Store) -> list[Note]:
    """Everything that waits, oldest first."""
    return _notes(store)


def held(store: Store) -> dict[str, set[str]]:
    """The fields about which a note waits, by record."""
    found: dict[str, set[str]] = defaultdict(set)
    for one in waiting(store):
        found[one.record].add(one.field)
    return dict(found)


def _notes(store: Store, *where: ColumnElement[bool]) -> list[Note]:
    asked = (
        select(*note.c)
        .where(note.c.closed_at.is_(None), *where, *store.mine_by_record(note.c.record))
        .order_by(note.c.id)
    )
    with store.reading() as connection:
        return [Note(**row) for row in connection.execute(asked).mappings()]
