"""Pictures taken out for good, with all that was read from them: the ledger keeps the fact, nothing keeps the picture.

Order, so that a kill at any moment loses nothing and leaves nothing that the next call does not finish: what is left of a
file is put into the vault → one transaction takes the rows away and points to it → the old originals are removed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection, delete, func, or_, select, update

from pipeline.errors import StoreProblem
from pipeline.store import cuts, queries, vault
from pipeline.store.opened import Store
from pipeline.store.tables import alias, bound, decision, ledger, note, page, placement, reading, record, scan, twice
from pipeline.store.writing import Writing

Without = Callable[
    [bytes, str, Collection[int]], bytes
]  # a file, its name and pages from 1 → the file with them emptied
Pages = Mapping[int, frozenset[int]]  # by scan
K = TypeVar("K", int, str)
NAMELESS = "removed"  # in place of the name of a file that is gone, which may be a person's
LEFT = "left="  # in the ledger: the SHA-256 of what is left of a file


@dataclass(frozen=True)
class Plan:
    """What goes."""

    records: frozenset[str]
    pages: Pages  # the pages on which they lie; 0: a file that could not be opened


@dataclass(frozen=True)
class Act:
    """By whom and as what it is written down."""

    kind: str  # in the ledger: removed · purged
    action: str  # in the audit log
    by: str
    why: str = ""
    beside: Callable[[Writing, Plan], None] = lambda _change, _plan: None  # what else goes in the same transaction


def remove(store: Store, record_id: str, by: str, without: Without) -> int:
    """Take the pages of a record out, and every record that lies on them; how many pages.

    Raises:
        KeyError: no such record.
        FileRefused: a single page cannot be taken out of its file.
        StoreProblem: the record changed meanwhile.
    """

    def planned(connection: Connection) -> Plan:
        return together(connection, {queries.record_id(connection, record_id)})

    plan = take_out(store, planned, Act("removed", "remove", by), without)
    return sum(len(numbers) for numbers in plan.pages.values())


def take_out(store: Store, planned: Callable[[Connection], Plan], act: Act, without: Without) -> Plan:
    """Carry a plan out, all of it or nothing; what was planned is asked again in the transaction. Raises as `remove`."""
    finish(store)
    with store.reading() as connection:
        plan = planned(connection)
        stay = left(connection, plan.pages)
        files = dict(_files(connection, plan.pages))
    kept = {
        key: store.keep([without(store.original(sha256).read_bytes(), name, plan.pages[key])])[0]
        for key, (sha256, name) in files.items()
        if stay[key]
    }
    with store.writing() as change:
        if planned(change.connection) != plan or left(change.connection, plan.pages) != stay:
            raise StoreProblem("overtaken", "消そうとした記録が、その間に変わりました。", "もう一度実行してください。")
        act.beside(change, plan)
        for key, numbers in plan.pages.items():
            _forget_pages(change, key, numbers, kept.get(key))
            _note(change, files[key], numbers, kept.get(key), act)
        for some in chunks(sorted(plan.records)):
            _audit(change, some, act)
            _forget(change.connection, some)
    finish(store)
    return plan


def _files(connection: Connection, pages: Pages) -> Iterator[tuple[int, tuple[str, str]]]:
    for some in chunks(sorted(pages)):
        for row in connection.execute(select(scan.c.id, scan.c.sha256, scan.c.name).where(scan.c.id.in_(some))):
            yield row.id, (row.sha256, row.name)


def chunks(keys: list[K]) -> Iterator[list[K]]:
    """A few keys at a time: a question takes only so many."""
    return (keys[start : start + queries.CHUNK] for start in range(0, len(keys), queries.CHUNK))


def together(connection: Connection, ids: Iterable[str]) -> Plan:
    """Records, all others that share pages with them, and those pages."""
    known: set[str] = set(ids)
    fresh = sorted(known)
    pages: dict[int, set[int]] = defaultdict(set)
    while fresh:
        new: dict[int, set[int]] = defaultdict(set)
        for some in chunks(fresh):
            asked = select(placement.c.scan_id, placement.c.number).where(placement.c.record_id.in_(some))
            for key, number in connection.execute(asked):
                new[key].add(number)
        found = {one for key, numbers in new.items() for one in _on(connection, key, numbers - pages[key])}
        for key, numbers in new.items():
            pages[key] |= numbers
        fresh = sorted(found - known)
        known |= found
    return Plan(frozenset(known), {key: frozenset(numbers) for key, numbers in sorted(pages.items())})


def _on(connection: Connection, scan_id: int, numbers: Collection[int]) -> Iterator[str]:
    here = placement.c.scan_id == scan_id, placement.c.number.in_(numbers), placement.c.current
    found = connection.execute(select(placement.c.record_id).where(*here, placement.c.record_id.is_not(None)))
    return iter(found.scalars().all())


def left(connection: Connection, pages: Pages) -> dict[int, int]:
    """How many pages of each file stay; a file that could not be opened has none."""
    stay = dict.fromkeys(pages, 0)
    for some in chunks(sorted(pages)):
        asked = select(page.c.scan_id, page.c.number).where(page.c.scan_id.in_(some), page.c.removed.is_(None))
        for key, number in connection.execute(asked):
            stay[key] += number not in pages[key]
    return stay


def _forget_pages(change: Writing, scan_id: int, numbers: Collection[int], kept: str | None) -> None:
    here = page.c.scan_id == scan_id, page.c.number.in_(numbers)
    seen = func.coalesce(page.c.read_at, change.at)
    change.connection.execute(update(page).where(*here).values(removed=change.at, read_at=seen))
    gone = {"kept": None, "removed": change.at, "name": NAMELESS, "message": ""}
    now = {"kept": kept} if kept is not None else gone
    change.connection.execute(update(scan).where(scan.c.id == scan_id).values(**now))
    ids = select(placement.c.id).where(placement.c.scan_id == scan_id, placement.c.number.in_(numbers))
    own = change.connection.execute(select(placement.c.own_id).where(placement.c.id.in_(ids))).scalars().all()
    change.connection.execute(delete(reading).where(reading.c.placement_id.in_(ids)))
    change.connection.execute(delete(placement).where(placement.c.id.in_(ids)))
    change.connection.execute(delete(bound).where(bound.c.own_id.in_(own)))
    for table in (decision, note):
        change.connection.execute(delete(table).where(table.c.record.in_(own)))


def _note(change: Writing, file: tuple[str, str], numbers: Collection[int], kept: str | None, act: Act) -> None:
    """The ledger keeps that it was there; a file that is gone loses its name in every line."""
    sha256, name = file
    if kept is None:
        change.connection.execute(update(ledger).where(ledger.c.sha256 == sha256).values(name=NAMELESS))
    pages = ",".join(map(str, sorted(numbers)))
    change.line(act.kind, sha256, NAMELESS if kept is None else name, act.by, f"pages={pages} {LEFT}{kept or '-'}")


def _audit(change: Writing, ids: Collection[str], act: Act) -> None:
    """A line for each record: what it was of and when it came, never what it said."""
    asked = select(record.c.id, record.c.form_id, scan.c.arrived).join(scan).where(record.c.id.in_(ids))
    for row in change.connection.execute(asked.order_by(record.c.id)):
        target = f"record={row.id} form={row.form_id or '-'} arrived={row.arrived[:10]}"
        change.audit(act.by, act.action, target, act.why)


def _forget(connection: Connection, ids: Collection[str]) -> None:
    for table in (decision, note):
        connection.execute(delete(table).where(table.c.record.in_(ids)))
    for led in (alias, twice):
        connection.execute(delete(led).where(led.c.record_id.in_(ids)))
    connection.execute(delete(record).where(record.c.id.in_(ids)))


def finish(store: Store, only: str | None = None) -> bool:
    """Remove the files that removals have left behind (of one file that arrived, or of all); False while a backup runs."""
    with store.reading() as connection:
        files, pages = behind(connection, only), _cut(connection, only)
    for sha256, number in pages:
        cuts.drop(store.settings.cuts, sha256, number)
    there = [sha256 for sha256 in files if vault.place(store.settings.vault, sha256).is_file()]
    if not there:
        return True
    with vault.dropping(store.settings.vault) as may:
        for sha256 in there if may else ():
            vault.drop(store.settings.vault, sha256)
    store.scrub()
    return may


def behind(connection: Connection, only: str | None = None) -> set[str]:
    """SHA-256 of what must not lie in the vault any more: originals that were cut or removed, and earlier cuts of them."""
    mine = () if only is None else (scan.c.sha256 == only,)
    cut = or_(scan.c.removed.is_not(None), scan.c.kept.is_not(None))
    rows = connection.execute(select(scan.c.sha256, scan.c.kept).where(cut, *mine)).all()
    told = [ledger.c.kind.in_(("removed", "purged")), ledger.c.sha256.in_(select(scan.c.sha256).where(cut, *mine))]
    lines = connection.execute(select(ledger.c.detail).where(*told)).scalars() if rows else ()
    was = {line.partition(LEFT)[2] for line in lines} - {"", "-"}
    return ({row.sha256 for row in rows} | was) - {row.kept for row in rows}


def _cut(connection: Connection, only: str | None) -> list[tuple[str, int]]:
    mine = () if only is None else (scan.c.sha256 == only,)
    asked = select(scan.c.sha256, page.c.number).join(page).where(page.c.removed.is_not(None), *mine)
    return [(row.sha256, row.number) for row in connection.execute(asked)]
