"""The same sheet of paper scanned again, where no serial says so: proposed by what is written on it, never joined by itself.

Two people rarely write the same on a form: records of one side whose answers agree are shown to a person side by side,
who decides. Readings of two scans differ here and there, so most answers have to agree, not all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Text, and_, cast, func, or_, select

from pipeline.store import Store, queries
from pipeline.store.tables import batch, bound, placement, reading, record, scan

ALIKE = 0.8  # of the answers that either of them has
LEAST = 5  # answers that agree; fewer are no sign
MOST = 5  # proposals for one record


@dataclass(frozen=True)
class Pair:
    """Two records that may be one sheet."""

    one: str
    other: str
    alike: float  # share of their answers that agree, 0 … 1


@dataclass(frozen=True)
class _Side:
    """A side without a serial, and what was read from it."""

    placement: int
    scan: int
    number: int
    form: tuple[str, str, str | None]  # id, version, side
    said: frozenset[tuple[str, str]]  # field, value as it is stored


def proposed(store: Store, record_id: str) -> list[Pair]:
    """Records that may be the same sheet as this one, the likeliest first; KeyError when it is unknown."""
    with store.reading() as connection:
        key = queries.record_id(connection, record_id)
        found: dict[str, float] = {}
        for side in _sides(connection, key):
            for other, share in _alike(connection, store, side):
                found[other] = max(found.get(other, 0.0), share)
    found.pop(key, None)
    ranked = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
    return [Pair(key, other, share) for other, share in ranked[:MOST]]


def every(store: Store, of_batch: str | None = None) -> Iterator[Pair]:
    """All such pairs (with a record of that batch), each once; a question to the store for every record."""
    asked = select(placement.c.record_id).join(scan, scan.c.id == placement.c.scan_id).outerjoin(batch)
    tests = [_open(), placement.c.record_id.is_not(None), *store.mine(placement.c.scan_id)]
    tests += [] if of_batch is None else [batch.c.name == of_batch]
    with store.reading() as connection:
        ids = sorted(set(connection.execute(asked.where(*tests)).scalars()))
    seen: set[frozenset[str]] = set()
    for one in ids:
        for pair in proposed(store, one):
            if frozenset((pair.one, pair.other)) not in seen:
                seen.add(frozenset((pair.one, pair.other)))
                yield pair


def _open() -> ColumnElement[bool]:
    """Sides that stand for themselves: read as a form, without a serial, and no worse scan of another."""
    behind = select(bound.c.own_id).where(bound.c.behind.is_not(None))
    return and_(
        placement.c.current,
        placement.c.serial.is_(None),
        placement.c.form_id != "",
        placement.c.own_id.not_in(behind),
    )


def _sides(connection: Connection, record_id: str) -> list[_Side]:
    rows = connection.execute(select(placement).where(_open(), placement.c.record_id == record_id)).all()
    return [
        _Side(row.id, row.scan_id, row.number, (row.form_id, row.form_version, row.side), _said(connection, row.id))
        for row in rows
    ]


def _answers() -> ColumnElement[bool]:
    return and_(reading.c.seen, reading.c.state == "valid", _text() != "false", _text() != "null")


def _text() -> ColumnElement[str]:
    return cast(reading.c.value, Text)


def _said(connection: Connection, placement_id: int) -> frozenset[tuple[str, str]]:
    asked = select(reading.c.field, _text()).where(reading.c.placement_id == placement_id, _answers())
    return frozenset((row[0], row[1]) for row in connection.execute(asked))


def _alike(connection: Connection, store: Store, side: _Side) -> Iterator[tuple[str, float]]:
    """Records on other pages with a side that says nearly the same."""
    if len(side.said) < LEAST:
        return
    same = or_(*(and_(reading.c.field == name, _text() == value) for name, value in side.said))
    form_id, version, side_id = side.form
    there = placement.c.form_id == form_id, placement.c.form_version == version, placement.c.side == side_id
    elsewhere = or_(placement.c.scan_id != side.scan, placement.c.number != side.number)
    asked = (
        select(placement.c.id, placement.c.record_id, func.count().label("same"))
        .join(reading, reading.c.placement_id == placement.c.id)
        .join(record, record.c.id == placement.c.record_id)
        .where(_open(), *there, elsewhere, _answers(), same, record.c.aside.is_(None))
        .where(*store.mine(placement.c.scan_id))
        .group_by(placement.c.id, placement.c.record_id)
        .having(func.count() >= max(LEAST, ALIKE * len(side.said)))
    )
    for row in connection.execute(asked).all():
        answered = {name for name, _ in side.said | _said(connection, row.id)}
        if row.same / len(answered) >= ALIKE:
            yield row.record_id, row.same / len(answered)
