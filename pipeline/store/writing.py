"""One transaction that changes the store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeAlias

from sqlalchemy import Connection, case, delete, func, insert, select, update
from sqlalchemy.engine import RowMapping

from pipeline import model
from pipeline.store import codec, dialect, moments, offices, queries
from pipeline.store.log import Event
from pipeline.store.parcels import Filing, NewScan, Part
from pipeline.store.tables import (
    actor,
    alias,
    batch,
    bound,
    decision,
    ledger,
    page,
    placement,
    reading,
    record,
    scan,
    twice,
)

Known: TypeAlias = dict[tuple[int, str, str], int]  # placement, form and field → reading


class Writing:
    """What may be done inside a transaction; either all of it happens or nothing."""

    def __init__(self, connection: Connection, office: str | None = None) -> None:
        self.connection = connection
        self.at = moments.now()
        self.events: list[Event] = []  # for the audit log, written at the end of the transaction
        self._office = office  # whose papers may be changed; None: everybody's
        self._loose: set[str] = set()  # records that lost a page in this transaction
        self._decided: set[str] = set()  # records on which a person decided in it
        self._new: dict[str, model.Record] = {}  # what pages gave that were never read before, by own id

    def audit(self, actor: str | None, action: str, target: str = "", why: str = "") -> None:
        """Leave a line in the audit log together with what this transaction does; see `Store.audit`."""
        self.events.append(Event(actor, action, target, why))

    def line(self, kind: str, sha256: str, name: str, actor: str | None = None, detail: str = "") -> None:
        """Add a line to the ledger."""
        self._line(kind, sha256, name, None, actor, detail)

    def _line(self, kind: str, sha256: str, name: str, number: int | None, actor: str | None, detail: str) -> None:
        row = {"at": self.at, "kind": kind, "sha256": sha256, "name": name, "actor": actor, "detail": detail}
        self.connection.execute(insert(ledger).values(page=number, **row))

    def knows(self, sha256: str) -> bool:
        """Whether these bytes arrived before."""
        return self.connection.execute(select(scan.c.id).where(scan.c.sha256 == sha256)).first() is not None

    def arrive(self, new: NewScan) -> bool:
        """Enter a file and its pages, and its line in the ledger; False (and a line that says so) when it is known."""
        dialect.lock(self.connection, [new.sha256, f"batch/{new.batch}"])
        if self.knows(new.sha256):
            self.line("duplicate", new.sha256, new.name, new.actor)
            return False
        row = asdict(new) | {"batch_id": new.batch_id or self._batch(new.batch, new.actor), "arrived": self.at}
        del row["batch"]
        self.connection.execute(insert(scan).values(**row))
        self._wait(self._scan_id(new.sha256), new.pages)
        kind = "refused" if new.refused else "accepted"
        self.line(kind, new.sha256, new.name, new.actor, new.refused or f"pages={new.pages} bytes={new.size}")
        self.audit(new.actor, "arrive", f"file={new.sha256} as={kind} pages={new.pages}")
        return True

    def _batch(self, name: str | None, by: str | None) -> int | None:
        if name is None:
            return None
        office_id = self.connection.execute(select(actor.c.office_id).where(actor.c.name == by)).scalar()
        here = batch.c.name == name, batch.c.office_id.is_not_distinct_from(office_id)
        found = self.connection.execute(select(batch.c.id).where(*here)).scalar()
        if found is None:
            new = insert(batch).values(name=name, actor=by, created=self.at, office_id=office_id)
            made = self.connection.execute(new)
            found = made.inserted_primary_key[0] if made.inserted_primary_key else None
        return found

    def refuse(self, refused: model.Record) -> None:
        """Enter the record of a file that arrived and could not be opened, so that a person sees it."""
        scan_id = self._scan_id(refused.pages[0].sha256)
        self._place(refused, scan_id)

    def reopen(self, new: NewScan) -> bool:
        """A refused file could be opened after all: its pages wait, its refusal belongs to no record; False if it was not."""
        asked = update(scan).where(scan.c.sha256 == new.sha256, scan.c.refused.is_not(None))
        if not self.connection.execute(asked.values(pages=new.pages, refused=None, message="")).rowcount:
            return False
        scan_id = self._scan_id(new.sha256)
        self._clear(scan_id, 0)
        self.put([])
        self._wait(scan_id, new.pages)
        self.line("reopened", new.sha256, new.name, new.actor, f"pages={new.pages}")
        return True

    def _wait(self, scan_id: int, pages: int) -> None:
        rows = [{"scan_id": scan_id, "number": number} for number in range(1, pages + 1)]
        if rows:
            self.connection.execute(insert(page), rows)

    def add(self, part: Part, again: bool = False) -> bool:
        """Enter what the reading of a page gave; False when the page has a result already and `again` is not asked."""
        row = self.connection.execute(
            select(page.c.scan_id, page.c.number, page.c.read_at, scan.c.sha256, scan.c.name)
            .join(scan)
            .where(page.c.id == part.page_id)
            .with_for_update(of=page)
        ).one()
        if row.read_at is not None and not again:
            return False
        dialect.lock(self.connection, _names(part.records, row.scan_id, row.number))
        if again:
            self._clear(row.scan_id, row.number)
        for one in part.records:
            (self._replace if again else self._place)(one, row.scan_id)
        self.connection.execute(update(page).where(page.c.id == part.page_id).values(read_at=self.at))
        outcome = ",".join(f"{one.id}={one.status}" for one in part.records)
        self._line("read", row.sha256, row.name, row.number, None, outcome)
        return True

    def on_page(self, page_id: int) -> list[model.Record]:
        """The records that have a page, as they stand in this transaction."""
        asked = select(scan.c.sha256, page.c.number).join(page).where(page.c.id == page_id)
        return queries.on_page(self.connection, *self.connection.execute(asked).one())

    def _clear(self, scan_id: int, number: int) -> None:
        """Put earlier readings of a page behind; they stay, but belong to no record."""
        here = placement.c.scan_id == scan_id, placement.c.number == number
        owners = self.connection.execute(select(placement.c.record_id).where(*here)).scalars()
        self._loose |= {owner for owner in owners if owner is not None}
        ids = select(placement.c.id).where(*here)
        loose = update(reading).where(reading.c.placement_id.in_(ids)).values(record_id=None, accepted=False)
        self.connection.execute(loose)
        self.connection.execute(update(placement).where(*here).values(current=False, record_id=None))

    def _replace(self, one: model.Record, scan_id: int) -> None:
        """Enter a sheet of a page that was read before; what the same readers found before is current again."""
        row = codec.placement_out(one) | {"scan_id": scan_id}
        key = ("scan_id", "number", "place", "form_id", "form_version", "reader")
        same = [placement.c[name] == row[name] for name in key]
        asked = select(placement, scan.c.name, scan.c.sha256).join(scan).where(*same)
        known = self.connection.execute(asked).mappings().all()
        for old, found in zip(known, queries.parts(self.connection, known), strict=True):
            if all(old[name] == value for name, value in row.items()) and found.readings == one.readings:
                self.connection.execute(update(placement).where(placement.c.id == old["id"]).values(current=True))
                return
        self._insert(one, row | {"round": len(known) + 1})

    def _place(self, one: model.Record, scan_id: int) -> None:
        """Enter a sheet of a page that was never read before."""
        self._insert(one, codec.placement_out(one) | {"scan_id": scan_id, "round": 1})
        self._new[one.id] = one

    def _insert(self, one: model.Record, row: dict[str, Any]) -> None:
        made = self.connection.execute(insert(placement).values(**row, read_at=self.at, current=True, n=1))
        if made.inserted_primary_key:
            self._readings(made.inserted_primary_key[0], one.readings.values())

    def _readings(self, placement_id: int, readings: Iterable[model.Reading]) -> None:
        rows = [
            codec.reading_out(one, position) | {"placement_id": placement_id, "accepted": False}
            for position, one in enumerate(readings)
        ]
        if rows:
            self.connection.execute(insert(reading), rows)

    def kin(self, ids: Iterable[str]) -> list[model.Record]:
        """The records with these ids as their pages make them alone, and every other that may belong to one sheet with them."""
        wanted = placement.c.own_id.in_(list(ids)) | placement.c.record_id.in_(self._loose)
        rows = queries.kin(self.connection, queries.placements(self.connection, wanted))
        if all(row["own_id"] in self._new for row in rows):
            return [self._new[row["own_id"]] for row in rows]
        return queries.parts(self.connection, rows)

    def bound(self, ids: Iterable[str]) -> dict[str, model.Bound]:
        """Which of these pages a person put together or apart, by their own ids."""
        rows = self.connection.execute(select(bound).where(bound.c.own_id.in_(list(ids))))
        return {row.own_id: model.Bound(row.hand, row.n, row.behind) for row in rows}

    def bind(self, links: Mapping[str, model.Bound]) -> None:
        """Put pages where a person wants them; those that have a `hand` become one record, whichever its number was."""
        if not links:
            return
        hand = (self.connection.execute(select(func.max(bound.c.hand))).scalar() or 0) + 1
        rows = [
            {"own_id": own, "hand": None if put.hand is None else hand, "n": put.n, "behind": put.behind}
            for own, put in links.items()
        ]
        self.connection.execute(delete(bound).where(bound.c.own_id.in_(list(links))))
        self.connection.execute(insert(bound), rows)

    def decisions(self, one: model.Record) -> tuple[model.Decision, ...]:
        """What people decided on a record and on those joined into it, oldest first."""
        ids = [name for name in (one.id, *one.aliases) if name not in self._new]
        found = queries.decisions(self.connection, ids)
        return tuple(made for _, made in sorted((pair for some in found.values() for pair in some), key=lambda p: p[0]))

    def record(self, record_id: str) -> model.Record:
        """The record as it stands, kept from being changed by others until this transaction ends; KeyError when unknown."""
        key = queries.record_id(self.connection, record_id)
        # The same names as for saving its pages: neither may judge it by what the other is about to change.
        dialect.lock(self.connection, self._held(key))
        key = queries.record_id(self.connection, record_id)
        mine = offices.mine(self._office, record.c.scan_id)
        asked = select(*record.c).where(record.c.id == key, *mine).with_for_update()
        rows = self.connection.execute(asked).mappings().all()
        if not rows:
            raise KeyError(record_id)
        return queries.records(self.connection, rows)[0]

    def _held(self, key: str) -> set[str]:
        """The names by which a record's pages are kept from being changed by others."""
        form = placement.c.form_id, placement.c.form_version
        asked = select(placement.c.scan_id, placement.c.number, placement.c.serial, *form)
        rows = self.connection.execute(asked.where(placement.c.record_id == key)).all()
        serials = {_serial((row.form_id, row.form_version), row.serial) for row in rows if row.serial}
        return serials | {_pair(row.scan_id, row.number) for row in rows}

    def decide(self, made: model.Decision) -> None:
        """Add a decision."""
        self._decided.add(made.record)
        self.audit(made.by, "decide", f"record={made.record} field={made.field or '-'} as={made.action}")
        self.connection.execute(insert(decision).values(**codec.decision_out(made)))

    def put(self, filings: Sequence[Filing]) -> None:
        """File records as they stand now; those whose pages have all moved into others lead there from now on."""
        rows = {filing.record.id: self._placements(filing.record) for filing in filings}
        before = {row["record_id"] for some in rows.values() for row in some} - {None} - set(rows)
        before |= self._loose - set(rows)
        for filing in filings:
            self._upsert(filing, rows[filing.record.id])
        for filing in filings:
            self._own(filing.record, rows[filing.record.id])
        self._twice(filings)
        if any(name not in self._new or filing.record.aliases for name, filing in zip(rows, filings, strict=True)):
            self._aliases(filings, [*before, *rows])
        if before:
            self.connection.execute(delete(record).where(record.c.id.in_(before)))

    def _twice(self, filings: Sequence[Filing]) -> None:
        """List where two people must agree; a record without decisions has nothing to list."""
        decided = [filing for filing in filings if filing.record.decisions]
        if decided:
            ids = [filing.record.id for filing in decided]
            self.connection.execute(delete(twice).where(twice.c.record_id.in_(ids)))
        new = [asdict(one) for filing in decided for one in filing.twice]
        if new:
            rows = [{"record_id": row.pop("record"), **row} for row in new]
            self.connection.execute(insert(twice), rows)

    def _placements(self, one: model.Record) -> list[RowMapping]:
        """Its pages' rows, in its order."""
        found = queries.placements(
            self.connection,
            scan.c.sha256.in_({at.sha256 for at in one.pages}),
            placement.c.number.in_({at.page or 0 for at in one.pages}),
        )
        by_place = {(row["sha256"], row["number"], row["place"]): row for row in found}
        return [by_place[at.sha256, at.page or 0, at.place] for at in one.pages]

    def _upsert(self, filing: Filing, rows: Sequence[RowMapping]) -> None:
        """Write the record's row; when nothing about it is new, its time stays too."""
        one, first = filing.record, rows[0]
        where = {"scan_id": first["scan_id"], "page": first["number"], "place": first["place"]}
        queue = {"priority": filing.priority, "open": list(filing.open), "queued": filing.queued}
        row = codec.record_out(one) | where | queue | {"aside": filing.aside}
        asked = select(*record.c).where(record.c.id == one.id)
        old = None if one.id in self._new else self.connection.execute(asked).mappings().first()
        if old is None:
            self.connection.execute(insert(record).values(id=one.id, changed=self.at, **row))
            return
        moved = any((at["record_id"], at["n"]) != (one.id, n) for n, at in enumerate(rows, 1))
        if moved or one.id in self._decided or any(old[name] != value for name, value in row.items()):
            self.connection.execute(update(record).where(record.c.id == one.id).values(changed=self.at, **row))

    def _own(self, one: model.Record, rows: Sequence[RowMapping]) -> None:
        """Point pages and readings to the record."""
        for n, row in enumerate(rows, 1):
            if (row["record_id"], row["n"]) != (one.id, n):
                asked = update(placement).where(placement.c.id == row["id"])
                self.connection.execute(asked.values(record_id=one.id, n=n))
        ids = [row["id"] for row in rows]
        keys = dict(self._reading_ids(one, ids))
        accepted = reading.c.id.in_([key for name, key in keys.items() if name in one.accepted])
        owner = case((reading.c.id.in_(list(keys.values())), one.id), else_=None)
        here = update(reading).where(reading.c.placement_id.in_(ids))
        self.connection.execute(here.values(record_id=owner, accepted=accepted))

    def _reading_ids(self, one: model.Record, placement_ids: Sequence[int]) -> Iterator[tuple[str, int]]:
        """Field and row of each of its readings; what no page gave (a form chosen by hand) is added to the first page."""
        known = self._known(placement_ids)
        new = [made for made in one.readings.values() if _row_of(made, placement_ids, known) is None]
        if new:
            self._readings(placement_ids[0], new)
            known = self._known(placement_ids)
        for name, made in one.readings.items():
            key = _row_of(made, placement_ids, known)
            if key is not None:
                yield name, key

    def _known(self, placement_ids: Sequence[int]) -> Known:
        asked = select(reading.c.id, reading.c.placement_id, reading.c.form, reading.c.field)
        rows = self.connection.execute(asked.where(reading.c.placement_id.in_(placement_ids)))
        return {(row.placement_id, row.form, row.field): row.id for row in rows}

    def _aliases(self, filings: Sequence[Filing], ids: Sequence[str]) -> None:
        new = [{"id": name, "record_id": f.record.id} for f in filings for name in f.record.aliases]
        gone = alias.c.record_id.in_(ids) | alias.c.id.in_([*ids, *(row["id"] for row in new)])
        self.connection.execute(delete(alias).where(gone))
        if new:
            self.connection.execute(insert(alias), new)

    def _scan_id(self, sha256: str) -> int:
        return int(self.connection.execute(select(scan.c.id).where(scan.c.sha256 == sha256)).scalar_one())

    def hold(self, record_id: str, by: str | None, until: str | None) -> None:
        """Note who has a record open, and until when."""
        self.connection.execute(update(record).where(record.c.id == record_id).values(held_by=by, held_until=until))


def _row_of(made: model.Reading, placement_ids: Sequence[int], known: Known) -> int | None:
    """The row of a reading: of the page it stands on, or of any page when it stands for what is on none."""
    pages = placement_ids if made.page is None else placement_ids[made.page - 1 : made.page]
    return next((known[key, made.form, made.field] for key in pages if (key, made.form, made.field) in known), None)


def _names(parts: Iterable[model.Record], scan_id: int, number: int) -> set[str]:
    """What two transactions must not change at once: a serial, and a duplex pair."""
    return {_serial(one.form, one.serial) for one in parts if one.serial} | {_pair(scan_id, number)}


def _serial(form: model.FormKey | None, serial: str) -> str:
    return f"{form}/{serial}"


def _pair(scan_id: int, number: int) -> str:
    return f"pair/{scan_id}/{(number - 1) // 2}"
