"""What an office keeps no longer goes for good, with history, readings and pictures; ledger and audit log certify it.

A record goes when its time is over, nobody has to look at it any more, and everything on its pages goes with it. The
certificate is no paper of its own: it says what ledger and audit log hold of one transaction, and can be had again.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, Select, delete, exists, select, update

from pipeline.errors import FileRefused, UsageProblem
from pipeline.forms import serial as serials
from pipeline.store import moments, queries, removal
from pipeline.store.opened import Store
from pipeline.store.removal import LEFT, Act, Plan, Without
from pipeline.store.tables import actor, audit, batch, entry, issued, ledger, placement, record, scan, twice
from pipeline.store.writing import Writing

FORMLESS, OTHERS = "-", "*"  # in the retention: what has no form, and every form that is not named
KIND, ACTION = "purged", "purge"
Page = tuple[int, int]  # scan, number


@dataclass(frozen=True)
class Chosen:
    """What somebody wants to purge."""

    due: frozenset[str] = frozenset()  # ids of records
    open: int = 0  # that are over their time as well, but wait in review: they stay


@dataclass(frozen=True)
class Outlook:
    """What purging would do."""

    plan: Plan
    files: int  # that go as a whole
    cut: int  # pages taken out of files that stay
    open: int  # records that wait in review and stay
    shared: int  # records that stay since something else on their pages stays
    stuck: tuple[str, ...] = ()  # names of files of which no single page can be taken out: their records stay


@dataclass(frozen=True)
class Gone:
    """A record that went."""

    id: str
    form: str  # its id; "-" without one
    arrived: str  # YYYY-MM-DD, UTC


@dataclass(frozen=True)
class GoneFile:
    """Pages that went, of one file."""

    sha256: str
    pages: str  # numbers, by comma; 0: a file that could not be opened
    left: str  # SHA-256 of what is left of it; "-": nothing


@dataclass(frozen=True)
class Certificate:
    """What one purge removed, when, by whom and why: ids and hashes, never values."""

    at: str  # UTC, ISO 8601: of the transaction, by which it is found again
    by: str
    why: str
    lines: tuple[int, int]  # first and last number in the audit log
    mac: str  # of the last one
    records: tuple[Gone, ...] = field(repr=False)
    files: tuple[GoneFile, ...] = field(repr=False)


def due(store: Store, retention: Mapping[str, int]) -> Chosen:
    """Records whose time is over.

    Args:
        store: an open store.
        retention: days since arrival by form id; `-` is what has no form, `*` every form that is not named.
    """
    past = {name: moments.ago(days=days) for name, days in retention.items()}
    found: dict[bool, set[str]] = {False: set(), True: set()}
    with store.reading() as connection:
        for row in connection.execute(_asked()):
            limit = past.get(row.form_id, past.get(OTHERS)) if row.form_id else past.get(FORMLESS)
            if limit is not None and row.arrived < limit:
                found[row.open].add(row.id)
    return Chosen(frozenset(found[False]), len(found[True]))


def of_batch(store: Store, name: str) -> Chosen:
    """The settled records of a batch, however old. UsageProblem when there is no such batch."""
    with store.reading() as connection:
        keys = connection.execute(select(batch.c.id).where(batch.c.name == name)).scalars().all()
        if not keys:
            raise UsageProblem("batch-unknown", "その名前のバッチはありません。", "名前を確かめてください。")
        if len(keys) > 1:  # nobody's papers go because another office uses the same name
            what = f"その名前のバッチが {len(keys)} つの部署にあります。"
            raise UsageProblem("batch-ambiguous", what, "--record で、消す記録を一つずつ指定してください。")
        rows = connection.execute(_asked().where(scan.c.batch_id == keys[0])).all()
    return Chosen(frozenset(row.id for row in rows if not row.open), sum(row.open for row in rows))


def of_records(store: Store, ids: Collection[str]) -> Chosen:
    """Records by their ids, settled or not: somebody named each. UsageProblem for one that is unknown."""
    with store.reading() as connection:
        try:
            return Chosen(frozenset(queries.record_id(connection, one) for one in ids))
        except KeyError as error:
            what = f"記録 {error.args[0]} はありません。"
            raise UsageProblem("record-unknown", what, "id を確かめてください。") from error


def _asked() -> Select[tuple[str, str, str, bool]]:
    waits = (record.c.queued | exists().where(twice.c.record_id == record.c.id)).label("open")
    return select(record.c.id, record.c.form_id, scan.c.arrived, waits).join(scan)


def outlook(store: Store, chosen: Chosen) -> Outlook:
    """What purging would do: nothing is changed."""
    with store.reading() as connection:
        return _outlook(connection, chosen, frozenset())


def _outlook(connection: Connection, chosen: Chosen, stuck: frozenset[str]) -> Outlook:
    """Of what is due, all that shares no page with what stays, and lies on no file of `stuck`."""
    on, of = _places(connection)
    stay = set(connection.execute(select(scan.c.id).where(scan.c.name.in_(stuck))).scalars())
    goes = set(chosen.due)
    fresh = {one for one in goes if any(not on[at] <= goes or at[0] in stay for at in of[one])}
    while fresh:
        goes -= fresh
        fresh = {one for gone in fresh for at in of[gone] for one in on[at] & goes}
    plan = removal.together(connection, goes)
    left = removal.left(connection, plan.pages)
    files = sum(not pages for pages in left.values())
    cut = sum(len(plan.pages[key]) for key, pages in left.items() if pages)
    return Outlook(plan, files, cut, chosen.open, len(chosen.due) - len(goes), tuple(sorted(stuck)))


def _places(connection: Connection) -> tuple[dict[Page, set[str]], dict[str, set[Page]]]:
    """Which records lie on each page, and on which pages each record lies."""
    on: dict[Page, set[str]] = defaultdict(set)
    of: dict[str, set[Page]] = defaultdict(set)
    asked = select(placement.c.scan_id, placement.c.number, placement.c.record_id)
    for key, number, owner in connection.execute(asked.where(placement.c.record_id.is_not(None))):
        on[key, number].add(owner)
        of[owner].add((key, number))
    return on, of


class _StuckError(Exception):
    """A file from which no single page can be taken; its name."""


def carry_out(store: Store, chosen: Chosen, act: tuple[str, str], without: Without) -> tuple[Outlook, str]:
    """Purge; what was done, and the moment by which its certificate is found ("" when there was nothing to do).

    Args:
        store: an open store.
        chosen: the records.
        act: name of an account, and why, at most 100 characters.
        without: empties pages of a file that stays; what lies on a file of which it cannot stays as it is.

    Raises:
        UsageProblem: no such account.
        StoreProblem: a record changed meanwhile, or the disk refuses; nothing has gone.
    """
    _check_account(store, act[0])
    stuck: frozenset[str] = frozenset()
    while True:
        with store.reading() as connection:
            seen = _outlook(connection, chosen, stuck)
        try:
            at = _taken(store, functools.partial(_planned, chosen, stuck), act, without) if seen.plan.records else ""
        except _StuckError as error:
            stuck |= {str(error)}
            continue
        if at:
            store.scrub(whole=True)
        return seen, at


def _planned(chosen: Chosen, stuck: frozenset[str], connection: Connection) -> Plan:
    return _outlook(connection, chosen, stuck).plan


def _taken(store: Store, planned: Callable[[Connection], Plan], act: tuple[str, str], without: Without) -> str:
    times: list[str] = []

    def cut(data: bytes, name: str, numbers: Collection[int]) -> bytes:
        try:
            return without(data, name, numbers)
        except FileRefused as error:
            raise _StuckError(name) from error

    def beside(change: Writing, plan: Plan) -> None:
        _forget_case(change.connection, plan)
        times.append(change.at)

    removal.take_out(store, planned, Act(KIND, ACTION, *act, beside), cut)
    return times[0]


def _check_account(store: Store, name: str) -> None:
    with store.reading() as connection:
        if connection.execute(select(actor.c.id).where(actor.c.name == name)).first() is None:
            what = f"利用者 {name} はいません。"
            raise UsageProblem("user-unknown", what, "yomitori user list で名前を確かめてください。")


def _forget_case(connection: Connection, plan: Plan) -> None:
    """What was noted of these sheets besides: to whom they went, and what was entered by hand about them.

    The newest serial of a form stays, without a name to it: numbers are given out after it, and none twice.
    """
    known = select(record.c.id, record.c.form_id, record.c.form_version, record.c.serial)
    rows = [
        row
        for some in removal.chunks(sorted(plan.records))
        for row in connection.execute(known.where(record.c.id.in_(some)))
    ]
    names = {f"record/{row.id}" for row in rows} | {f"serial/{row.form_id}/{row.serial}" for row in rows if row.serial}
    newest = {_newest(connection, form_id) for form_id in {row.form_id for row in rows if row.serial}}
    for row in rows:
        mine = issued.c.form_id == row.form_id, issued.c.form_version == row.form_version, issued.c.serial == row.serial
        if (row.form_id, row.serial) in newest:
            connection.execute(update(issued).where(*mine).values(run="", district="", subject="", about=""))
        elif row.serial:
            connection.execute(delete(issued).where(*mine))
    about = {
        row.thread for row in connection.execute(select(entry)) if names & {row.target, *map(str, row.said.values())}
    }
    for some in removal.chunks(sorted(about)):
        connection.execute(delete(entry).where(entry.c.thread.in_(some)))


def _newest(connection: Connection, form_id: str) -> tuple[str, str]:
    given = connection.execute(select(issued.c.serial).where(issued.c.form_id == form_id)).scalars()
    return form_id, max((one for one in given if serials.valid(one)), key=serials.number, default="")


def moments_of(store: Store) -> list[str]:
    """When something was purged, oldest first: what certificates are found by."""
    with store.reading() as connection:
        rows = connection.execute(select(ledger.c.at).where(ledger.c.kind == KIND).distinct().order_by(ledger.c.at))
        return list(rows.scalars())


def certificate(store: Store, at: str) -> Certificate:
    """What was purged at that moment, from ledger and audit log; KeyError when nothing was."""
    lines = select(audit).where(audit.c.at == at, audit.c.action == ACTION).order_by(audit.c.id)
    files = select(ledger).where(ledger.c.at == at, ledger.c.kind == KIND).order_by(ledger.c.id)
    with store.reading() as connection:
        told, held = connection.execute(lines).all(), connection.execute(files).all()
    if not told:
        raise KeyError(at)
    records = (dict(word.split("=", 1) for word in row.target.split(" ")) for row in told)
    return Certificate(
        at,
        told[0].actor,
        told[0].why,
        (told[0].id, told[-1].id),
        told[-1].mac,
        tuple(Gone(one["record"], one["form"], one["arrived"]) for one in records),
        tuple(_gone_file(row.sha256, row.detail) for row in held),
    )


def _gone_file(sha256: str, detail: str) -> GoneFile:
    pages, _, left = detail.partition(f" {LEFT}")
    return GoneFile(sha256, pages.removeprefix("pages="), left)
