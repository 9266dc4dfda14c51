"""Records by serial, day, district, office, status and name: only what is asked for is looked at."""

from __future__ import annotations

import datetime
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select

from pipeline import model
from pipeline.forms import schema
from pipeline.store import Store, codec, moments
from pipeline.store.tables import alias, decision, office, reading, record, scan
from pipeline.store.tables import batch as batches

NAME, DISTRICT = "name", "district"  # roles
LOOKED_AT = 20_000  # records among which names and districts are looked for
Forms = Mapping[model.FormKey, schema.Form]


@dataclass(frozen=True)
class Asked:
    """What somebody looks for; every part narrows."""

    serial: str = ""
    form: str = ""  # id
    status: str = ""
    office: str = ""
    batch: str = ""
    since: datetime.date | None = None  # arrived on that day in Tokyo or later
    until: datetime.date | None = None
    district: str = ""
    name: str = ""  # part of it, in whatever width and spacing


@dataclass(frozen=True)
class Found:
    """A record that fits."""

    record: str
    form: model.FormKey | None
    serial: str | None
    status: model.Status
    aside: str | None
    file: str
    page: int
    batch: str | None
    office: str | None
    arrived: str  # UTC, ISO 8601


def find(store: Store, forms: Forms, asked: Asked, limit: int = 100) -> list[Found]:
    """The newest records that fit."""
    wanted = {role: plain(text) for role, text in ((NAME, asked.name), (DISTRICT, asked.district)) if plain(text)}
    with store.reading() as connection:
        rows = list(_rows(connection, asked, LOOKED_AT if wanted else limit))
        for role, text in wanted.items():
            fitting = _says(connection, forms, role, text, [row.record for row in rows])
            rows = [row for row in rows if row.record in fitting]
    return rows[:limit]


def noted(store: Store, actor: str, found: int) -> None:
    """Note that somebody looked for a name: never which."""
    store.audit(actor, "search-name", f"found={found}")


def plain(text: str) -> str:
    """A word as it is compared: one width, no spaces, small letters."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def _rows(connection: Connection, asked: Asked, limit: int) -> Iterator[Found]:
    columns = [record.c.id.label("record"), *(record.c[n] for n in ("form_id", "form_version", "serial", "status"))]
    columns += [record.c.aside, record.c.page, scan.c.name.label("file"), scan.c.arrived]
    named = [batches.c.name.label("batch"), office.c.name.label("office")]
    source = record.join(scan, scan.c.id == record.c.scan_id).outerjoin(batches).outerjoin(office)
    order = (record.c.scan_id.desc(), record.c.page.desc(), record.c.place.desc())
    found = select(*columns, *named).select_from(source).where(*_tests(asked)).order_by(*order).limit(limit)
    for row in connection.execute(found).mappings():
        known = {name: row[name] for name in row if name not in {"form_id", "form_version"}}
        yield Found(form=(row["form_id"], row["form_version"]) if row["form_id"] else None, **known)


def _tests(asked: Asked) -> list[ColumnElement[bool]]:
    tests: list[tuple[object, ColumnElement[bool]]] = [
        (asked.serial, record.c.serial == asked.serial.strip().upper()),
        (asked.form, record.c.form_id == asked.form),
        (asked.status, record.c.status == asked.status),
        (asked.office, office.c.name == asked.office),
        (asked.batch, batches.c.name == asked.batch),
        (asked.since, scan.c.arrived >= (moments.start(asked.since) if asked.since else "")),
        (asked.until, scan.c.arrived < (moments.end(asked.until) if asked.until else "")),
    ]
    return [test for given, test in tests if given]


def _says(connection: Connection, forms: Forms, role: str, text: str, ids: list[str]) -> set[str]:
    """The records among `ids` of which a field of that role says the text: what was decided, else what was read."""
    fields = {(*key, field.id) for key, form in forms.items() for field in form.fields.values() if field.role == role}
    names = {field for *_, field in fields}
    wanted = set(ids)
    stands: dict[tuple[str, str], str] = {}
    for owner, form, field, value in connection.execute(_read(names)):
        if owner in wanted and (*str(form).rpartition("/")[::2], field) in fields:
            stands[owner, field] = plain(_text(codec.value_in(value)))
    stands |= {key: said for key, said in _decided(connection, names) if key[0] in wanted}
    return {owner for (owner, _), said in stands.items() if text in said}


def _read(names: Iterable[str]) -> Select[Any]:
    columns = (reading.c.record_id, reading.c.form, reading.c.field, reading.c.value)
    return select(*columns).where(reading.c.field.in_(names), reading.c.record_id.is_not(None))


def _decided(connection: Connection, names: Iterable[str]) -> Iterator[tuple[tuple[str, str], str]]:
    """What the decisions that stand say, by record as it is called now, and field."""
    led = {row.id: row.record_id for row in connection.execute(select(alias))}
    made: dict[tuple[str, str], list[model.Decision]] = {}
    rows = connection.execute(select(decision).where(decision.c.field.in_(names)).order_by(decision.c.id))
    for row in rows.mappings():
        one = codec.decision_in(row)
        made.setdefault((led.get(one.record, one.record), one.field or ""), []).append(one)
    for key, some in made.items():
        last = model.standing(some)[0].get(key[1])
        if last is not None and last.now is not None:
            yield key, plain(_text(last.now[0]))


def _text(value: model.Value) -> str:
    return "" if value is None else "".join(map(str, value)) if isinstance(value, tuple) else str(value)
