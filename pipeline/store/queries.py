"""Questions to the database, answered in parcels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, or_, select, tuple_
from sqlalchemy.engine import RowMapping

from pipeline import model
from pipeline.store import codec
from pipeline.store.parcels import Counts, Filed, Line, Scan, Spot
from pipeline.store.tables import alias, batch, bound, decision, ledger, page, placement, reading, record, scan, twice

CHUNK = 200

_SCAN = [*scan.c, batch.c.name.label("batch")]
_ORDER = (record.c.scan_id, record.c.page, record.c.place)


def scans(connection: Connection, *where: ColumnElement[bool]) -> Iterator[Scan]:
    """Files in order of arrival."""
    rows = connection.execute(select(*_SCAN).outerjoin(batch).where(*where).order_by(scan.c.id)).mappings()
    return (_scan(row) for row in rows)


def _scan(row: RowMapping) -> Scan:
    names = ("id", "sha256", "name", "size", "pages", "batch", "batch_id", "arrived", "actor", "refused", "message")
    return Scan(**{name: row[name] for name in names})


def record_id(connection: Connection, wanted: str) -> str:
    """The id a record goes by now; KeyError when there is none."""
    led = connection.execute(select(alias.c.record_id).where(alias.c.id == wanted)).scalar()
    found = connection.execute(select(record.c.id).where(record.c.id == (led or wanted))).scalar()
    if found is None:
        raise KeyError(wanted)
    return str(found)


def filed(connection: Connection, *where: ColumnElement[bool]) -> Iterator[Filed]:
    """Records in order of arrival, `CHUNK` at a time."""
    last: tuple[int, int, int] | None = None
    while True:
        after = () if last is None else (tuple_(*_ORDER) > last,)
        rows = connection.execute(_filed().where(*where, *after).limit(CHUNK)).mappings().all()
        yield from _with_scans(connection, rows)
        if len(rows) < CHUNK:
            return
        last = tuple(rows[-1][column.name] for column in _ORDER)


def spot(connection: Connection, record_id: str, field: str, *where: ColumnElement[bool]) -> Spot | None:
    """Where the picture of a record's field is, if it has one and its scan meets `where`."""
    led = select(alias.c.record_id).where(alias.c.id == record_id)
    asked = (
        select(placement.c.id, scan.c.sha256, placement.c.number, placement.c.place, reading.c.field)
        .join(placement, placement.c.id == reading.c.placement_id)
        .join(scan, scan.c.id == placement.c.scan_id)
        .where(or_(reading.c.record_id == record_id, reading.c.record_id.in_(led)), reading.c.field == field)
        .where(reading.c.quad_px.is_not(None), placement.c.number > 0, *where)
    )
    found = connection.execute(asked).first()
    return Spot(*found) if found is not None else None


def _filed() -> Select[Any]:
    return select(*record.c).join(scan, scan.c.id == record.c.scan_id).order_by(*_ORDER)


def _with_scans(connection: Connection, rows: Sequence[RowMapping]) -> Iterator[Filed]:
    whose = {s.id: s for s in scans(connection, scan.c.id.in_({row["scan_id"] for row in rows}))} if rows else {}
    for row, whole in zip(rows, records(connection, rows), strict=True):
        yield Filed(whole, whose[row["scan_id"]], row["page"], row["changed"], row["aside"])


def records(connection: Connection, rows: Sequence[RowMapping]) -> list[model.Record]:
    """Whole records of some rows of `record`, in the same order."""
    ids = [row["id"] for row in rows]
    if not ids:
        return []
    pages, readings = _pages(connection, ids), _readings(connection, ids)
    aliases = _aliases(connection, ids)
    decided = decisions(connection, [*ids, *(name for names in aliases.values() for name in names)])
    return [_whole(row, pages, readings, aliases, decided) for row in rows]


def _whole(
    row: RowMapping,
    pages: dict[str, list[model.Placement]],
    readings: dict[str, dict[str, tuple[model.Reading, bool]]],
    aliases: dict[str, list[str]],
    decided: dict[str, list[tuple[int, model.Decision]]],
) -> model.Record:
    own, names = readings[row["id"]], aliases[row["id"]]
    history = sorted((pair for name in (row["id"], *names) for pair in decided[name]), key=lambda pair: pair[0])
    return replace(
        codec.record_in(row),
        pages=tuple(pages[row["id"]]),
        readings={name: found for name, (found, _) in own.items()},
        accepted=frozenset(name for name, (_, accepted) in own.items() if accepted),
        decisions=tuple(one for _, one in history),
        aliases=tuple(names),
    )


def _pages(connection: Connection, ids: Sequence[str]) -> dict[str, list[model.Placement]]:
    asked = (
        select(*placement.c, scan.c.name, scan.c.sha256, bound.c.behind)
        .join(scan, scan.c.id == placement.c.scan_id)
        .outerjoin(bound, bound.c.own_id == placement.c.own_id)
        .where(placement.c.record_id.in_(ids))
        .order_by(placement.c.record_id, placement.c.n)
    )
    found: dict[str, list[model.Placement]] = defaultdict(list)
    for row in connection.execute(asked).mappings():
        page = codec.placement_in(row)
        # What a better scan took the place of is kept and says nothing.
        found[row["record_id"]].append(page if row["behind"] is None else replace(page, panels=()))
    return found


def _readings(connection: Connection, ids: Sequence[str]) -> dict[str, dict[str, tuple[model.Reading, bool]]]:
    asked = (
        select(reading.c.record_id, reading.c.accepted, placement.c.n, *codec.READING)
        .join(placement, placement.c.id == reading.c.placement_id)
        .where(reading.c.record_id.in_(ids))
        .order_by(reading.c.record_id, reading.c.position)
    )
    found: dict[str, dict[str, tuple[model.Reading, bool]]] = defaultdict(dict)
    for owner, accepted, n, *columns in connection.execute(asked):
        found[owner][columns[0]] = codec.reading_in(columns, n), accepted
    return found


def _aliases(connection: Connection, ids: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for row in connection.execute(select(alias).where(alias.c.record_id.in_(ids)).order_by(alias.c.id)):
        found[row.record_id].append(row.id)
    return found


def decisions(connection: Connection, ids: Sequence[str]) -> dict[str, list[tuple[int, model.Decision]]]:
    """Decisions by the id of the record they were made on, each with its place in time."""
    found: dict[str, list[tuple[int, model.Decision]]] = defaultdict(list)
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        asked = select(decision).where(decision.c.record.in_(some)).order_by(decision.c.id)
        for row in connection.execute(asked).mappings():
            found[row["record"]].append((row["id"], codec.decision_in(row)))
    return found


def parts(connection: Connection, rows: Sequence[RowMapping]) -> list[model.Record]:
    """Some rows of `placement` (with the scan's `name` and `sha256`), each as the record it makes alone."""
    readings: dict[int, dict[str, model.Reading]] = defaultdict(dict)
    if not rows:
        return []
    asked = (
        select(reading.c.placement_id, *codec.READING)
        .join(placement, placement.c.id == reading.c.placement_id)
        .where(reading.c.placement_id.in_([row["id"] for row in rows]))
        # Fields that a person keyed in under another form are not the page's own.
        .where(reading.c.form == placement.c.form_id + "/" + placement.c.form_version)
        .order_by(reading.c.position)
    )
    for owner, *columns in connection.execute(asked):
        readings[owner][columns[0]] = codec.reading_in(columns, 1)
    return [_part(row, readings[row["id"]]) for row in rows]


def _part(row: RowMapping, readings: dict[str, model.Reading]) -> model.Record:
    return model.Record(
        id=row["own_id"],
        pages=(replace(codec.placement_in(row), n=1),),
        form=(row["form_id"], row["form_version"]) if row["form_id"] else None,
        serial=row["serial"],
        status=row["status"],
        reason=row["reason"],
        candidates=codec.candidates_in(row["candidates"]),
        readings=readings,
    )


def kin(connection: Connection, first: Sequence[RowMapping]) -> list[RowMapping]:
    """Rows of `placement` that may belong to one sheet with `first`: same serial, other page of a duplex pair, by hand."""
    found = {row["id"]: row for row in first}
    fresh = list(first)
    while fresh:
        related = [test for row in fresh if row["form_id"] for test in _related(row)]
        rows = placements(connection, or_(*related, _by_hand(fresh)))
        fresh = [row for row in rows if row["id"] not in found]
        found |= {row["id"]: row for row in fresh}
    return [found[key] for key in sorted(found)]


def _by_hand(rows: Sequence[RowMapping]) -> ColumnElement[bool]:
    ids = [row["own_id"] for row in rows]
    here = select(bound.c.hand).where(bound.c.own_id.in_(ids), bound.c.hand.is_not(None))
    together = select(bound.c.own_id).where(or_(bound.c.hand.in_(here), bound.c.behind.in_(ids)))
    better = select(bound.c.behind).where(bound.c.own_id.in_(ids), bound.c.behind.is_not(None))
    return or_(placement.c.own_id.in_(together), placement.c.own_id.in_(better))


def _related(row: RowMapping) -> Iterator[ColumnElement[bool]]:
    same_form = and_(placement.c.form_id == row["form_id"], placement.c.form_version == row["form_version"])
    if row["serial"]:
        yield and_(same_form, placement.c.serial == row["serial"])
    front = (row["number"] - 1) // 2 * 2 + 1
    pair = and_(same_form, placement.c.scan_id == row["scan_id"], placement.c.number.in_((front, front + 1)))
    # Only a page without a serial leans on the other one.
    yield and_(pair, placement.c.serial.is_(None)) if row["serial"] else pair


def placements(connection: Connection, *where: ColumnElement[bool]) -> list[RowMapping]:
    """Current rows of `placement`, with the scan's `name` and `sha256`."""
    asked = (
        select(*placement.c, scan.c.name, scan.c.sha256)
        .join(scan, scan.c.id == placement.c.scan_id)
        .where(placement.c.current, *where)
        .order_by(placement.c.scan_id, placement.c.number, placement.c.place)
    )
    return list(connection.execute(asked).mappings().all())


def of_page(connection: Connection, page_id: int) -> list[model.Record]:
    """The sheets that lie on a page, each as the record it makes alone."""
    here = select(page.c.scan_id, page.c.number).where(page.c.id == page_id)
    return parts(connection, placements(connection, tuple_(placement.c.scan_id, placement.c.number).in_(here)))


def on_page(connection: Connection, sha256: str, number: int) -> list[model.Record]:
    """The records that have a page."""
    where = scan.c.sha256 == sha256, placement.c.number == number, placement.c.current
    ids = select(placement.c.record_id).join(scan).where(*where)
    return records(connection, connection.execute(select(*record.c).where(record.c.id.in_(ids))).mappings().all())


def lines(connection: Connection) -> Iterator[Line]:
    """The ledger, oldest first."""
    for row in connection.execute(select(ledger).order_by(ledger.c.id)).mappings():
        yield Line(row["at"], row["kind"], row["sha256"], row["page"], row["name"], row["actor"], row["detail"])


def counts(connection: Connection, *where: ColumnElement[bool]) -> Counts:
    """Where everything is, of the scans that meet `where`."""
    of_scan = select(func.count(), func.count(scan.c.refused)).select_from(scan).outerjoin(batch).where(*where)
    files, refused = connection.execute(of_scan).one()
    of_page = select(func.count(), func.count(page.c.read_at)).select_from(page.join(scan).outerjoin(batch))
    pages, read = connection.execute(of_page.where(*where)).one()
    waits = or_(record.c.queued, exists().where(twice.c.record_id == record.c.id))
    of_record = select(record.c.status, record.c.aside, waits, func.count())
    source = record.join(scan, scan.c.id == record.c.scan_id).outerjoin(batch)
    grouped = of_record.select_from(source).where(*where).group_by(record.c.status, record.c.aside, waits)
    statuses: dict[str, int] = defaultdict(int)
    aside = queued = 0
    for status, put_aside, waits, number in connection.execute(grouped):
        statuses[status] += number
        aside += number if put_aside else 0
        queued += number if waits else 0
    return Counts(files, refused, pages, pages - read, dict(sorted(statuses.items())), aside, queued)
