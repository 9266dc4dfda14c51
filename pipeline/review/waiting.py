"""What needs a look: by the form's priority, then oldest first; and who has it open."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, Connection, Select, or_, select, tuple_
from sqlalchemy.engine import RowMapping

from pipeline import model
from pipeline.review import double_entry
from pipeline.review.decisions import Forms
from pipeline.store import Filing, Store, moments
from pipeline.store.tables import batch as batches
from pipeline.store.tables import office, scan, twice
from pipeline.store.tables import record as records

LEASE = datetime.timedelta(minutes=15)
RENEWED = datetime.timedelta(minutes=1)  # a lease that is no older is not written anew with every save
NO_FORM = 9  # priority of what has no form: after all forms
WAITING = ("needs_review", "unreadable", "unidentified")

_ORDER = (records.c.priority, records.c.scan_id, records.c.page, records.c.place)


@dataclass(frozen=True)
class Item:
    """A record in the queue."""

    record: str  # id
    form: model.FormKey | None
    serial: str | None
    status: model.Status
    reason: str | None
    open: tuple[str, ...]  # ids of the fields that need a look; () when the whole record does
    priority: int  # 1 first
    file: str
    page: int | None
    batch: str | None  # its name
    office: str | None  # of the batch
    arrived: str  # UTC, ISO 8601
    held_by: str | None  # who has it open now
    cursor: str  # for `after`
    held_until: str | None = None  # UTC, ISO 8601


def open_fields(record: model.Record) -> tuple[str, ...]:
    """The fields of a record that need a look, in paper order; not those that wait for a second entry."""
    return tuple(name for name, answer in record.answers().items() if not answer.counts and answer.waits is None)


def filing(record: model.Record, forms: Forms) -> Filing:
    """The record with its place in the queue."""
    form = forms.get(record.form) if record.form else None
    aside, fields, twice = model.aside(record), open_fields(record), double_entry.pending(record)
    waits = aside is None and record.status in WAITING
    queued = waits and bool(fields or record.loose or not twice)
    priority = form.priority if form else NO_FORM
    return Filing(record, priority, fields if queued else (), queued, aside, twice if waits else ())


def queue(
    store: Store,
    batch: int | None = None,
    form: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> list[Item]:
    """One page of the queue; the next page begins after the last item's `cursor`."""
    with store.reading() as connection:
        return _items(connection, _waiting(store, batch, form, after).limit(limit))


def take(
    store: Store,
    actor: str,
    batch: int | None = None,
    record: str | None = None,
    form: str | None = None,
    after: str | None = None,
) -> Item | None:
    """The next record that nobody else holds (or just `record`), held for `actor` for 14 to 15 minutes from now.

    None when nothing is left. For a `record` that somebody else holds the item says so in `held_by`.

    Args:
        store: an open store.
        actor: name of an account.
        batch: only of the batch with this id.
        record: only this one, whether it is in the queue or not.
        form: only of the form with this id.
        after: only what comes after this `cursor`.
    """
    if record is None:
        return _taken(store, actor, _waiting(store, batch, form, after).where(free(actor)))
    mine = next(iter(_read(store, record)), None)
    fresh = mine is not None and mine.held_by == actor and (mine.held_until or "") > _in(LEASE - RENEWED)
    return mine if fresh else _taken(store, actor, _one(store, record))


def take_second(store: Store, actor: str, after: str | None = None) -> Item | None:
    """As `take`, the next record on which `actor` can be the second person."""
    mine = select(twice.c.record_id).where(twice.c.stage == "second", twice.c.by != actor)
    own = store.mine(records.c.scan_id)
    asked = _rows().where(records.c.id.in_(mine), *own, *_beyond(after)).order_by(*_ORDER)
    return _taken(store, actor, asked.where(free(actor)))


def _taken(store: Store, actor: str, asked: Select[tuple[object, ...]]) -> Item | None:
    until = _in(LEASE)
    with store.writing() as change:
        found = next(iter(_items(change.connection, asked.limit(1))), None)
        if found is None or found.held_by not in {None, actor}:
            return found
        change.hold(found.record, actor, until)
    return replace(found, held_by=actor, held_until=until)


def _in(span: datetime.timedelta) -> str:
    return moments.text(moments.clock() + span)


def release(store: Store, actor: str, record: str) -> None:
    """Let go of a record; nothing happens when somebody else holds it."""
    if any(item.held_by == actor for item in _read(store, record)):
        with store.writing() as change:
            change.hold(record, None, None)


def _read(store: Store, record: str) -> list[Item]:
    with store.reading() as connection:
        return _items(connection, _one(store, record))


def _rows() -> Select[tuple[object, ...]]:
    source = records.join(scan, scan.c.id == records.c.scan_id).outerjoin(batches).outerjoin(office)
    named = (scan.c.name, scan.c.arrived, batches.c.name.label("batch"), office.c.name.label("office"))
    return select(*records.c, *named).select_from(source)


def _one(store: Store, record: str) -> Select[tuple[object, ...]]:
    return _rows().where(records.c.id == record, *store.mine(records.c.scan_id))


def _waiting(store: Store, batch: int | None, form: str | None, after: str | None) -> Select[tuple[object, ...]]:
    tests: list[ColumnElement[bool]] = [records.c.queued, *store.mine(records.c.scan_id)]
    if batch is not None:
        tests.append(scan.c.batch_id == batch)
    if form is not None:
        tests.append(records.c.form_id == form)
    return _rows().where(*tests, *_beyond(after)).order_by(*_ORDER)


def _beyond(after: str | None) -> list[ColumnElement[bool]]:
    return [] if after is None else [tuple_(*_ORDER) > tuple(int(number) for number in after.split("."))]


def free(actor: str) -> ColumnElement[bool]:
    """Records that nobody else has open; a hold that lies too far ahead is of a clock that was wrong."""
    until = records.c.held_until
    late = or_(until < moments.now(), until > _in(2 * LEASE))
    return or_(records.c.held_by.is_(None), records.c.held_by == actor, late)


def _items(connection: Connection, asked: Select[tuple[object, ...]]) -> list[Item]:
    held = moments.now(), _in(2 * LEASE)
    return [_item(row, held) for row in connection.execute(asked).mappings()]


def _item(row: RowMapping, held: tuple[str, str]) -> Item:
    return Item(
        record=row["id"],
        form=(row["form_id"], row["form_version"]) if row["form_id"] else None,
        serial=row["serial"],
        status=row["status"],
        reason=row["reason"],
        open=tuple(row["open"]),
        priority=row["priority"],
        file=row["name"],
        page=row["page"] or None,
        batch=row["batch"],
        office=row["office"],
        arrived=row["arrived"],
        held_by=row["held_by"] if held[0] < (row["held_until"] or "") <= held[1] else None,
        cursor=".".join(str(row[column.name]) for column in _ORDER),
        held_until=row["held_until"],
    )
