"""Fields read alike, to be settled together: one group per form, field and value."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, Text, exists, func, select
from sqlalchemy import cast as as_type
from sqlalchemy.engine import Row

from pipeline import model
from pipeline.forms import schema
from pipeline.review import waiting
from pipeline.store import Store, codec
from pipeline.store.tables import audit, decision, reading, record, twice

KINDS = frozenset(
    {"choice", "score", "presence", "digits"}
)  # marks and figures; names and free text are read one by one
STATES = ("valid", "empty")  # what can be seen to be right at a glance


@dataclass(frozen=True)
class Group:
    """Open fields that were read alike."""

    form: model.FormKey
    field: str
    value: model.Value
    state: model.State
    count: int

    @property
    def key(self) -> str:
        """Names the group in an address without telling its value."""
        return hashlib.sha256(repr((self.form, self.field, self.value, self.state)).encode()).hexdigest()[:20]


@dataclass(frozen=True)
class Member:
    """One field of a group."""

    record: str
    version: int  # of its last decision


def groups(store: Store, forms: Mapping[model.FormKey, schema.Form]) -> list[Group]:
    """What can be settled together, the largest first; only kinds whose values can be compared at a glance."""
    value = as_type(reading.c.value, Text)
    columns = (reading.c.form, reading.c.field, value, reading.c.state)
    with store.reading() as connection:
        rows = connection.execute(_open(store, *columns, func.count()).group_by(*columns)).all()
    found = (_group(row, forms) for row in rows)
    return sorted((one for one in found if one is not None), key=lambda one: (-one.count, one.form, one.field))


def _group(row: Sequence[Any], forms: Mapping[model.FormKey, schema.Form]) -> Group | None:
    name, _, version = str(row[0]).rpartition("/")
    form = forms.get((name, version))
    field = form.fields.get(row[1]) if form is not None else None
    if field is None or field.kind not in KINDS or field.personal:
        return None
    return Group((name, version), field.id, _value(row[2]), cast("model.State", row[3]), row[4])


def _value(text: str | None) -> model.Value:
    return codec.value_in(json.loads(text)) if text is not None else None


def left(store: Store, group: Group) -> int:
    """How many fields of a group there are now."""
    with store.reading() as connection:
        return int(connection.execute(_of(store, group, func.count())).scalar_one())


def members(store: Store, group: Group, actor: str, limit: int) -> list[Member]:
    """The oldest fields of a group, on records that nobody else has open."""
    asked = _of(store, group, record.c.id).where(waiting.free(actor))
    order = (record.c.scan_id, record.c.page, record.c.place)
    with store.reading() as connection:
        return [Member(row.id, 0) for row in connection.execute(asked.order_by(*order).limit(limit))]


def _of(store: Store, group: Group, *columns: Any) -> Select[Any]:
    same = [one for one in (_same(group.value),) if one is not None]
    alike = reading.c.form == "/".join(group.form), reading.c.field == group.field, reading.c.state == group.state
    return _open(store, *columns).where(*alike, *same)


def _same(value: model.Value) -> ColumnElement[bool] | None:
    if value is None:
        return None
    return as_type(reading.c.value, Text) == json.dumps(codec.value_out(value))


def _open(store: Store, *columns: Any) -> Select[Any]:
    """Readings of queued records that neither counted by themselves nor met a person."""
    decided = exists().where(decision.c.record == record.c.id, decision.c.field == reading.c.field)
    source = reading.join(record, record.c.id == reading.c.record_id)
    mine = store.mine(record.c.scan_id)
    return (
        select(*columns)
        .select_from(source)
        .where(record.c.queued, ~reading.c.accepted, reading.c.state.in_(STATES), ~decided, *mine)
    )


def known(store: Store, group: Group, limit: int) -> list[Member]:
    """Fields of the same form and field whose answer a person has settled as something else than the group's value.

    Mixed in among the others they show how many wrong values a reviewer lets through.
    """
    between = exists().where(twice.c.record_id == decision.c.record, twice.c.field == decision.c.field)
    asked = (
        select(decision.c.record, decision.c.version, decision.c.now, decision.c.action)
        .join(record, record.c.id == decision.c.record)
        .join(reading, (reading.c.record_id == record.c.id) & (reading.c.field == decision.c.field))
        .where(reading.c.form == "/".join(group.form), decision.c.field == group.field, ~between)
        .where(*store.mine(record.c.scan_id))
        .order_by(decision.c.id.desc())
        .limit(50 * limit)
    )
    with store.reading() as connection:
        return list(_other(connection.execute(asked), group))[:limit]


def _other(rows: Iterable[Row[Any]], group: Group) -> Iterable[Member]:
    """The last decision on each record, where it stands and says something else; newest first."""
    seen: set[str] = set()
    for row in rows:
        if row.record in seen:
            continue
        seen.add(row.record)
        if row.action in model.ORIGINS and row.now is not None:
            value, state = row.now
            if (codec.value_in(value), state) != (group.value, group.state):
                yield Member(row.record, row.version)


CAUGHT, MISSED = "probe-caught", "probe-missed"


def seen(store: Store, actor: str, record_id: str, field: str, caught: bool) -> None:
    """Note whether a person saw that a field of known answer was shown among the wrong ones; ids only."""
    action = CAUGHT if caught else MISSED
    store.audit(actor, action, f"record={record_id} field={field}")


def misses(store: Store, actor: str) -> tuple[int, int]:
    """How many fields of known answer a person let through, and how many were shown to them."""
    asked = select(audit.c.action, func.count()).where(audit.c.actor == actor, audit.c.action.in_((CAUGHT, MISSED)))
    with store.reading() as connection:
        found = {str(action): int(count) for action, count in connection.execute(asked.group_by(audit.c.action))}
    return found.get(MISSED, 0), sum(found.values())
