"""The same sheet of paper scanned again, where no serial says so: proposed by what is written on it, never joined by itself.

Two people rarely write the same on a form: records of one side whose answers agree are shown to a person side by side,
who decides. Readings of two scans differ here and there, so most answers have to agree, not all.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Text, and_, cast, func, or_, select

from pipeline.store import Store, queries
from pipeline.store.tables import batch, bound, placement, reading, record, scan

ALIKE = 0.8  # of the answers that either of them has
LEAST = 4.5  # answers that agree; fewer are no sign
HALF = 0.5  # of one's answers have to be the other's for it to be looked at
LOOKED_AT = 50  # of those, the ones with most answers in common
KNOWN, NOTHING = ("valid", "empty"), ("null", "false")
FREE = "text/"  # how the reader of free words calls itself
MOST = 5  # proposals for one record


@dataclass(frozen=True)
class Pair:
    """Two records that may be one sheet."""

    one: str
    other: str
    alike: float  # share of their answers that agree, 0 … 1


class _Said(NamedTuple):
    """What was read from a field."""

    value: str  # as it is stored
    known: bool  # it was read as something, or as nothing
    free: bool  # words on no list, of which readers get a letter wrong now and then

    @property
    def answer(self) -> bool:
        """Whether there is something."""
        return self.known and self.value not in NOTHING


@dataclass(frozen=True)
class _Side:
    """A side without a serial, and what was read from it."""

    placement: int
    scan: int
    number: int
    form: tuple[str, str, str | None]  # id, version, side
    said: Mapping[str, _Said]  # by field


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


def _text() -> ColumnElement[str]:
    return cast(reading.c.value, Text)


def _said(connection: Connection, placement_id: int) -> dict[str, _Said]:
    columns = reading.c.field, _text().label("value"), reading.c.state, reading.c.reader
    asked = select(*columns).where(reading.c.placement_id == placement_id, reading.c.seen)
    return {
        row.field: _Said(row.value or "null", row.state in KNOWN, row.reader.startswith(FREE))
        for row in connection.execute(asked)
    }


def _alike(connection: Connection, store: Store, side: _Side) -> Iterator[tuple[str, float]]:
    """Records on other pages with a side that says nearly the same."""
    firm = {name: one.value for name, one in side.said.items() if one.answer and not one.free}
    if not firm:
        return
    same = or_(*(and_(reading.c.field == name, _text() == value) for name, value in firm.items()))
    form_id, version, side_id = side.form
    there = placement.c.form_id == form_id, placement.c.form_version == version, placement.c.side == side_id
    elsewhere = or_(placement.c.scan_id != side.scan, placement.c.number != side.number)
    asked = (
        select(placement.c.id, placement.c.record_id, func.count().label("same"))
        .join(reading, reading.c.placement_id == placement.c.id)
        .join(record, record.c.id == placement.c.record_id)
        .where(_open(), *there, elsewhere, reading.c.seen, reading.c.state == "valid", same, record.c.aside.is_(None))
        .where(*store.mine(placement.c.scan_id))
        .group_by(placement.c.id, placement.c.record_id)
        .having(func.count() >= HALF * len(firm))
        .order_by(func.count().desc(), placement.c.id)
        .limit(LOOKED_AT)
    )
    for row in connection.execute(asked).all():
        agreed, of = agreement(side.said, _said(connection, row.id))
        if agreed >= LEAST and agreed >= ALIKE * of:
            yield row.record_id, agreed / of


def agreement(one: Mapping[str, _Said], other: Mapping[str, _Said]) -> tuple[float, float]:
    """How many answers agree, and of how many.

    Only what was read on both scans speaks for or against. Words speak by the share of letters that they have in
    common, and not at all where only one scan shows any: a speck is soon taken for a word.
    """
    agreed = of = 0.0
    for name in one.keys() & other.keys():
        a, b = one[name], other[name]
        if not (a.known and b.known and (a.answer or b.answer)):
            continue
        if a.value == b.value:
            share = 1.0
        elif not (a.free or b.free):
            share = 0.0
        elif a.answer and b.answer:
            share = common(a.value, b.value)
        else:
            continue
        agreed, of = agreed + share, of + 1
    return agreed, of


def common(one: str, other: str) -> float:
    """Share of the shorter text's letters that stand in the other in the same order, 0 … 1; spaces and widths aside."""
    a, b = (_letters(text) for text in (one, other))
    blocks = SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) / max(min(len(a), len(b)), 1)


def _letters(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", str(json.loads(text))).split())
