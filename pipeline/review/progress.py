"""How far the work is: what waits, by form, batch and age; what was settled, by batch and person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import Column, ColumnElement, Connection, Select, and_, case, exists, func, literal, or_, select, tuple_

from pipeline import model
from pipeline.store import Store
from pipeline.store import batches as stacks
from pipeline.store.tables import alias, decision, note, office, scan, twice
from pipeline.store.tables import batch as batches
from pipeline.store.tables import record as records


@dataclass(frozen=True)
class Heap:
    """Records that wait together."""

    form: str  # id, "" when unknown
    batch: int  # id, 0 for none
    age: int  # place in the ages that were asked for; their number: older than all
    sheets: int
    fields: int
    oldest: str  # when the oldest arrived, UTC, ISO 8601
    name: str = ""  # of the batch
    office: str = ""  # of the batch, "" when it has none


def heaps(store: Store, ages: Sequence[str]) -> list[Heap]:
    """What waits, counted by form, batch and age, in the order of the queue; `ages` are moments, newest first."""
    age = case(*((scan.c.arrived >= moment, n) for n, moment in enumerate(ages)), else_=len(ages))
    key = (records.c.form_id, func.coalesce(batches.c.id, 0), age)
    figures: list[Any] = [func.count(), func.sum(func.json_array_length(records.c.open)), func.min(scan.c.arrived)]
    figures += [func.coalesce(func.min(batches.c.name), ""), func.coalesce(func.min(office.c.name), "")]
    source = records.join(scan, scan.c.id == records.c.scan_id).outerjoin(batches).outerjoin(office)
    first = func.min(records.c.priority), func.min(records.c.scan_id)
    asked = select(*key, *figures).select_from(source).where(records.c.queued, *store.mine(records.c.scan_id))
    with store.reading() as connection:
        return [Heap(*row) for row in connection.execute(asked.group_by(*key).order_by(*first))]


@dataclass(frozen=True)
class InBatch:
    """Where a record stands in its batch."""

    place: int  # from 1, in order of arrival; 0: no sheet of its own, such as a file that could not be opened
    of: int
    left: int  # records of the batch that still wait for a person


def in_batch(store: Store, record: str) -> InBatch | None:
    """Where a record (id) stands in its batch; None when it came in without one."""
    order = (records.c.scan_id, records.c.page, records.c.place)
    with store.reading() as connection:
        sheet = stacks.is_sheet()  # blank pages and duplicates are not counted when paper is
        here = select(*order, scan.c.batch_id, sheet.label("counts")).join(scan, scan.c.id == records.c.scan_id)
        mine = connection.execute(here.where(records.c.id == record, *store.mine(scan.c.id))).first()
        if mine is None or mine.batch_id is None:
            return None
        before = func.sum(case((sheet & (tuple_(*order) <= tuple(mine)[:3]), 1), else_=0))
        every = func.sum(case((sheet, 1), else_=0))
        asked = select(before, every, func.sum(case((records.c.queued, 1), else_=0)))
        source = records.join(scan, scan.c.id == records.c.scan_id)
        row = connection.execute(asked.select_from(source).where(scan.c.batch_id == mine.batch_id)).one()
    return InBatch(row[0] if mine.counts else 0, row[1], row[2])


@dataclass(frozen=True)
class Tally:
    """What was settled and what waits; of a batch or of a person."""

    name: str  # "": no batch
    office: str = ""  # of the batch, "" when it has none
    sheets: int = 0
    left: int = 0  # sheets that wait for a person
    held: int = 0  # fields about which a question waits, or on which two people do not agree yet
    confirmed: int = 0  # fields settled as they were read
    corrected: int = 0
    keyed: int = 0  # fields keyed in: nothing could be read, or somebody was the second person

    @property
    def settled(self) -> int:
        """Fields that a person settled."""
        return self.confirmed + self.corrected + self.keyed

    @property
    def share(self) -> float | None:
        """Which share of the readings that a person looked at was corrected; None when there are none."""
        looked = self.confirmed + self.corrected
        return self.corrected / looked if looked else None


Counted: TypeAlias = dict[Any, dict[str, Any]]  # by id of a batch (0: none) or name of a person: by column of a tally
Asked: TypeAlias = Select[Any]
ACTIONS = {"confirm": "confirmed", "correct": "corrected", "enter": "keyed", model.SECOND: "keyed"}
OPEN = note.c.closed_at.is_(None)


def by_batch(store: Store) -> list[Tally]:
    """Every batch in order of arrival, what came in without one last."""
    key, found = func.coalesce(batches.c.id, 0), _nothing()
    own = store.mine(records.c.scan_id)
    with store.reading() as connection:
        rows: Iterable[Any] = connection.execute(_sheets(key).where(*own))
        for batch, sheets, left in rows:
            found[batch].update(sheets=sheets, left=left)
        _count(found, connection, key, decision.c.action, _whose(_standing(), decision.c.record, own))
        _count(found, connection, key, literal("held"), _whose(select().where(OPEN), note.c.record, own))
        _count(found, connection, key, literal("held"), _whose(select(), twice.c.record_id, own))
        asked = select(batches.c.id, batches.c.name, office.c.name).outerjoin(office).where(batches.c.id.in_(found))
        names = {row[0]: (row[1], row[2] or "") for row in connection.execute(asked)}
    return [Tally(*names.get(batch, ("", "")), **numbers) for batch, numbers in found.items()]


def by_person(store: Store, since: str = "") -> list[Tally]:
    """Everybody who settled or asked something, by name (this is no ranking); settled since a moment (UTC, ISO 8601)."""
    found = _nothing()
    standing = _standing().where(decision.c.at >= since, *store.mine_by_record(decision.c.record))
    asked = select().where(OPEN, *store.mine_by_record(note.c.record))
    with store.reading() as connection:
        _count(found, connection, decision.c.by, decision.c.action, standing)
        _count(found, connection, note.c.by, literal("held"), asked)
    return [Tally(person, **numbers) for person, numbers in sorted(found.items())]


def _nothing() -> Counted:
    return defaultdict(lambda: defaultdict(int))


def _sheets(batch: ColumnElement[int]) -> Asked:
    waits = or_(records.c.queued, exists().where(twice.c.record_id == records.c.id))
    source = records.join(scan, scan.c.id == records.c.scan_id).outerjoin(batches)
    columns: list[Any] = [batch, func.count(), func.sum(case((waits, 1), else_=0))]
    return select(*columns).select_from(source).group_by(batch).order_by(batch == 0, func.min(records.c.scan_id))


def _standing() -> Asked:
    """Decisions on fields that were not taken back right afterwards."""
    later = decision.alias()
    same = and_(later.c.record == decision.c.record, later.c.field == decision.c.field)
    undone = exists().where(same, later.c.version == decision.c.version + 1, later.c.action == "undo")
    return select().where(decision.c.field != "", decision.c.action.in_(ACTIONS), ~undone)


def _whose(asked: Asked, record: Column[str], own: tuple[ColumnElement[bool], ...]) -> Asked:
    """With the batch of the record, which may have been joined into another since."""
    now = func.coalesce(alias.c.record_id, record)
    source = record.table.outerjoin(alias, alias.c.id == record).join(records, records.c.id == now)
    return asked.select_from(source.join(scan, scan.c.id == records.c.scan_id).outerjoin(batches)).where(*own)


def _count(
    found: Counted, connection: Connection, key: ColumnElement[Any], kind: ColumnElement[str], asked: Asked
) -> None:
    for who, what, number in connection.execute(asked.add_columns(key, kind, func.count()).group_by(key, kind)):
        found[who][ACTIONS.get(what, what)] += number
