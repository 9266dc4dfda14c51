"""Batches as staff know them: who brought a stack in, when, for which office, how many sheets they counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, insert, or_, select, tuple_, update
from sqlalchemy.engine import RowMapping

from pipeline.errors import UsageProblem
from pipeline.store import dialect, moments
from pipeline.store import offices as offices_of
from pipeline.store.opened import Store
from pipeline.store.tables import actor, batch, office, page, record, scan

LONGEST_NAME = 100
MOST_COUNTED = 100_000
ORDER = (record.c.scan_id, record.c.page, record.c.place)  # of the paper
FILED = record.join(scan, scan.c.id == record.c.scan_id)
WATCHED = "(inbox)"  # stands for the watched folder where otherwise the name of an account stands


@dataclass(frozen=True)
class Batch:
    """One stack of paper."""

    id: int
    name: str
    office: str | None
    actor: str | None  # who brought it in; None: the command
    created: str  # UTC, ISO 8601
    counted: int | None  # sheets as counted by hand
    files: int = 0
    refused: int = 0  # files that could not be opened and wait for a person
    pages: int = 0
    waiting: int = 0  # pages that are not read yet
    sheets: int = 0  # read, without blank pages and what a person called a duplicate
    blank: int = 0
    open: int = 0  # records that wait for a person, refused files included

    @property
    def differs(self) -> bool:
        """Whether another number of sheets was read than was counted."""
        return self.counted is not None and self.counted != self.sheets

    @property
    def done(self) -> bool:
        """Whether the paper may be filed away: nothing waits, and no sheet is missing."""
        return self.files > 0 and not (self.waiting or self.open or self.differs)


def create(store: Store, name: str, by: str, in_office: str | None = None, counted: int | None = None) -> int:
    """A new batch, and its id; raises UsageProblem (Japanese) for a name that is missing or that its office has."""
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise UsageProblem("batch-name", f"束の名前を 1〜{LONGEST_NAME} 文字で入れてください。")
    with store.writing() as change:
        dialect.lock(change.connection, [f"batch/{name}"])
        office_id = _office(change.connection, in_office)
        here = batch.c.name == name, batch.c.office_id.is_not_distinct_from(office_id)
        if change.connection.execute(select(batch.c.id).where(*here)).first():
            raise UsageProblem("batch-taken", f"束「{name}」はもうあります。", "別の名前にしてください。")
        row = {"name": name, "actor": by, "created": change.at, "counted": _fit(counted), "office_id": office_id}
        made = change.connection.execute(insert(batch).values(**row))
        return int(made.inserted_primary_key[0]) if made.inserted_primary_key else 0


def count_sheets(store: Store, batch_id: int, counted: int | None) -> None:
    """Note how many sheets were counted by hand; raises UsageProblem."""
    with store.writing() as change:
        change.connection.execute(update(batch).where(batch.c.id == batch_id).values(counted=_fit(counted)))


def _fit(counted: int | None) -> int | None:
    if counted is not None and not 0 <= counted <= MOST_COUNTED:
        raise UsageProblem("batch-counted", f"枚数は 0〜{MOST_COUNTED:,} で入れてください。")
    return counted


def _office(connection: Connection, name: str | None) -> int | None:
    if not name:
        return None
    found = connection.execute(select(office.c.id).where(office.c.name == name)).scalar()
    if found is None:
        raise UsageProblem("office-unknown", f"窓口「{name}」はありません。", "一覧から選んでください。")
    return int(found)


def offices(store: Store) -> list[str]:
    """The names of all offices."""
    with store.reading() as connection:
        return list(connection.execute(select(office.c.name).order_by(office.c.name)).scalars())


@dataclass(frozen=True)
class Scope:
    """Whose batches: of one person, or of one office; neither: everybody's."""

    actor: str | None = None
    office: str | None = None

    def test(self) -> list[ColumnElement[bool]]:
        """As conditions on `batch`; one of no office is that of the office of whoever began it."""
        tests = [] if self.actor is None else [batch.c.actor == self.actor]
        if self.office is None:
            return tests
        here = select(office.c.id).where(office.c.name == self.office).scalar_subquery()
        people = select(actor.c.name).where(actor.c.office_id == here)
        own = and_(batch.c.office_id.is_(None), batch.c.actor.in_(people))
        return [*tests, or_(batch.c.office_id == here, own)]

    def test_files(self) -> list[ColumnElement[bool]]:
        """As conditions on `scan` and `batch`."""
        tests = [] if self.actor is None else [batch.c.actor == self.actor]
        return [*tests, *offices_of.mine(self.office, scan.c.id)]


EVERYBODY = Scope()


def find(store: Store, batch_id: int, scope: Scope = EVERYBODY) -> Batch:
    """One batch with its figures; KeyError when there is none that this person may see."""
    found = list(_batches(store, [batch.c.id == batch_id, *scope.test()], 1))
    if not found:
        raise KeyError(batch_id)
    return found[0]


def newest(store: Store, scope: Scope = EVERYBODY, limit: int = 100) -> list[Batch]:
    """The last batches with their figures, newest first."""
    return list(_batches(store, scope.test(), limit))


def _batches(store: Store, where: Sequence[ColumnElement[bool]], limit: int) -> Iterator[Batch]:
    asked = select(*batch.c, office.c.name.label("office")).outerjoin(office).where(*where).order_by(batch.c.id.desc())
    with store.reading() as connection:
        rows = connection.execute(asked.limit(limit)).mappings().all()
        figures = _figures(connection, [row["id"] for row in rows])
    for row in rows:
        known: dict[str, Any] = {name: row[name] for name in ("id", "name", "office", "actor", "created", "counted")}
        yield Batch(**(known | figures[row["id"]]))


def _figures(connection: Connection, ids: Sequence[int]) -> dict[int, Counter[str]]:
    found: dict[int, Counter[str]] = {one: Counter() for one in ids}
    here = scan.c.batch_id.in_(ids)
    of_scan = select(scan.c.batch_id, func.count().label("files")).where(here).group_by(scan.c.batch_id)
    of_page = select(scan.c.batch_id, func.count().label("pages"), func.count(page.c.read_at).label("read"))
    of_page = of_page.select_from(page.join(scan)).where(here).group_by(scan.c.batch_id)
    for batch_id, files in connection.execute(of_scan):
        found[batch_id]["files"] = files
    for batch_id, pages, read in connection.execute(of_page):
        found[batch_id].update(pages=pages, waiting=pages - read)
    kinds = (scan.c.batch_id, record.c.status, record.c.aside, record.c.queued, (record.c.page == 0).label("file"))
    of_record = select(*kinds, func.count().label("n")).select_from(record.join(scan, scan.c.id == record.c.scan_id))
    for row in connection.execute(of_record.where(here).group_by(*kinds)).mappings():
        found[row["batch_id"]].update(_kind(row))
    return found


def _kind(row: RowMapping) -> dict[str, int]:
    blank = row["status"] == "blank"
    sheet = not blank and not row["file"] and row["aside"] in {None, "foreign"}
    refused = bool(row["file"]) and bool(row["queued"])
    told = {"sheets": sheet, "blank": blank, "open": bool(row["queued"]), "refused": refused}
    return {name: row["n"] for name, applies in told.items() if applies}


def is_sheet() -> ColumnElement[bool]:
    """What counts as one sheet of paper: see `Batch.sheets`."""
    aside = or_(record.c.aside.is_(None), record.c.aside == "foreign")
    return and_(record.c.status != "blank", record.c.page > 0, aside)


def position(store: Store, record_id: str) -> int:
    """Which sheet of its batch (of its file, outside any batch) a record is, from 1; 0 when it is none."""
    with store.reading() as connection:
        asked = select(*ORDER, scan.c.batch_id).select_from(FILED)
        row = connection.execute(asked.where(record.c.id == record_id, is_sheet())).first()
        if row is None:
            return 0
        stack = record.c.scan_id == row.scan_id if row.batch_id is None else scan.c.batch_id == row.batch_id
        before = select(func.count()).select_from(FILED)
        upto = tuple_(*ORDER) <= tuple_(row.scan_id, row.page, row.place)
        return int(connection.execute(before.where(stack, is_sheet(), upto)).scalar_one())


@dataclass(frozen=True)
class Sheet:
    """A record in its batch's list."""

    record: str
    position: int  # in the stack, from 1; 0: no sheet of its own
    form: str  # id, "" when unknown
    version: str
    status: str
    aside: str | None
    queued: bool
    file: str
    page: int


def stack(store: Store, batch_id: int, limit: int = 10_000) -> list[Sheet]:
    """The records of a batch in the order of the paper."""
    names = ("id", "form_id", "form_version", "status", "aside", "queued", "page", "place")
    columns = [*(record.c[name] for name in names), scan.c.name, is_sheet().label("counts")]
    asked = select(*columns).select_from(FILED)
    with store.reading() as connection:
        rows = (
            connection.execute(asked.where(scan.c.batch_id == batch_id).order_by(*ORDER).limit(limit)).mappings().all()
        )
    return list(_numbered(rows))


def _numbered(rows: Iterable[RowMapping]) -> Iterator[Sheet]:
    number = 0
    for row in rows:
        number += bool(row["counts"])
        yield Sheet(
            record=row["id"],
            position=number if row["counts"] else 0,
            form=row["form_id"],
            version=row["form_version"],
            status=row["status"],
            aside=row["aside"],
            queued=row["queued"],
            file=row["name"],
            page=row["page"],
        )


def neighbours(store: Store, record_id: str, each: int = 4) -> list[str]:
    """The records before and after one in its stack, and those of the same serial, in the order of the paper."""
    with store.reading() as connection:
        asked = select(record.c.id, *ORDER, record.c.form_id, record.c.serial).select_from(FILED)
        row = connection.execute(asked.where(record.c.id == record_id)).first()
        if row is None:
            return []
        same = asked.where(record.c.form_id == row.form_id, record.c.serial == row.serial)
        named = connection.execute(same).all() if row.serial else []
        found = {tuple(one[:4]) for one in (*_around(connection, record_id, each), *named)}
    return [str(one[0]) for one in sorted(found, key=lambda one: one[1:]) if one[0] != record_id]


def around(store: Store, record_id: str, each: int) -> list[str]:
    """So many records before one in its stack, itself and so many after it, in the order of the paper."""
    with store.reading() as connection:
        return [str(one[0]) for one in _around(connection, record_id, each)]


def _around(connection: Connection, record_id: str, each: int) -> list[Row[Any]]:
    """Id and place of each."""
    asked = select(record.c.id, *ORDER).select_from(FILED)
    own = connection.execute(asked.add_columns(scan.c.batch_id).where(record.c.id == record_id)).first()
    if own is None:
        return []
    stack = record.c.scan_id == own.scan_id if own.batch_id is None else scan.c.batch_id == own.batch_id
    here, backwards = tuple_(*own[1:4]), (column.desc() for column in ORDER)
    before = asked.where(stack, tuple_(*ORDER) < here).order_by(*backwards).limit(each)
    after = asked.where(stack, tuple_(*ORDER) >= here).order_by(*ORDER).limit(each + 1)
    return [*reversed(connection.execute(before).all()), *connection.execute(after).all()]


@dataclass(frozen=True)
class File:
    """A file that came in."""

    id: int
    sha256: str
    name: str
    batch_id: int | None
    batch: str | None
    actor: str | None
    arrived: str  # UTC, ISO 8601
    pages: int
    read: int
    refused: str | None
    message: str
    record: str | None = field(default=None)  # of a refused file, while it waits


def files(
    store: Store,
    scope: Scope = EVERYBODY,
    batch_id: int | None = None,
    by: str | None = None,
    refused: bool = False,
    limit: int = 100,
) -> list[File]:
    """The last files, newest first; of a batch, brought in `by` somebody, or in quarantine and waiting for a person."""
    columns: list[Any] = [
        *(
            scan.c[name]
            for name in ("id", "sha256", "name", "batch_id", "actor", "arrived", "pages", "refused", "message")
        )
    ]
    read = select(func.count(page.c.read_at)).where(page.c.scan_id == scan.c.id).scalar_subquery()
    waits = and_(record.c.scan_id == scan.c.id, record.c.page == 0, record.c.queued)
    source = scan.outerjoin(batch).outerjoin(office).outerjoin(record, waits)
    asked = select(*columns, batch.c.name.label("batch"), read.label("read"), record.c.id.label("record"))
    tests = scope.test_files() + ([] if batch_id is None else [scan.c.batch_id == batch_id])
    tests += [record.c.id.is_not(None)] if refused else []
    tests += [] if by is None else [scan.c.actor == by]
    with store.reading() as connection:
        rows = connection.execute(asked.select_from(source).where(*tests).order_by(scan.c.id.desc()).limit(limit))
        return [File(**row) for row in rows.mappings()]


def offered(store: Store, name: str) -> str:
    """The name that a new batch is offered: the day, whose it is, and a number from the second on."""
    first = f"{moments.today()} {name}"
    with store.reading() as connection:
        asked = select(batch.c.name).where(batch.c.name.startswith(first, autoescape=True))
        taken = set(connection.execute(asked).scalars())
    names = (first if n == 1 else f"{first} {n}" for n in range(1, len(taken) + 2))
    return next(one for one in names if one not in taken)
