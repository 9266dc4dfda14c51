"""Pictures that should never have been scanned, taken out for good: the ledger keeps the fact, nothing keeps the picture."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection

from sqlalchemy import Connection, delete, func, or_, select, update

from pipeline.store import queries, vault
from pipeline.store.opened import Store
from pipeline.store.tables import alias, bound, decision, note, page, placement, reading, record, scan, twice
from pipeline.store.writing import Writing

Without = Callable[
    [bytes, str, Collection[int]], bytes
]  # a file, its name and pages from 1 → the file with them emptied
Pages = dict[int, set[int]]  # by scan


def remove(store: Store, record_id: str, by: str, without: Without) -> int:
    """Take the pages of a record out, and every record that lies on them; how many pages.

    What is left of a file is safe in the vault before the rows go, and the file goes last: killed in between, `finish`
    does the rest.

    Raises:
        KeyError: no such record.
        FileRefused: a single page cannot be taken out of its file.
    """
    finish(store)
    with store.reading() as connection:
        ids, pages = _together(connection, record_id)
        left = _left(connection, pages)
        files = {row.id: row for row in connection.execute(select(scan).where(scan.c.id.in_(pages)))}
    kept = {
        scan_id: store.keep(
            [without(store.original(files[scan_id].sha256).read_bytes(), files[scan_id].name, numbers)]
        )[0]
        for scan_id, numbers in pages.items()
        if left[scan_id]
    }
    with store.writing() as change:
        for scan_id, numbers in pages.items():
            _forget_pages(change, scan_id, numbers, kept.get(scan_id))
            change.line("removed", files[scan_id].sha256, files[scan_id].name, by, f"pages={len(numbers)}")
        _forget(change.connection, ids)
        for gone in sorted(ids):
            change.audit(by, "remove", f"record={gone}")
    finish(store)
    return sum(len(numbers) for numbers in pages.values())


def _together(connection: Connection, record_id: str) -> tuple[set[str], Pages]:
    """All records that share pages with one, and those pages."""
    ids = {queries.record_id(connection, record_id)}
    while True:
        asked = select(placement.c.scan_id, placement.c.number).where(placement.c.record_id.in_(ids))
        pages: Pages = defaultdict(set)
        for scan_id, number in connection.execute(asked):
            pages[scan_id].add(number)
        here = [(placement.c.scan_id == one) & placement.c.number.in_(numbers) for one, numbers in pages.items()]
        found = connection.execute(select(placement.c.record_id).where(placement.c.current, or_(*here))).scalars()
        more = {one for one in found if one is not None}
        if more <= ids:
            return ids, pages
        ids |= more


def _left(connection: Connection, pages: Pages) -> dict[int, int]:
    """How many pages of each file stay; a file that could not be opened has none."""
    asked = select(page.c.scan_id, page.c.number).where(page.c.scan_id.in_(pages), page.c.removed.is_(None))
    stay = [scan_id for scan_id, number in connection.execute(asked) if number not in pages[scan_id]]
    return {scan_id: stay.count(scan_id) for scan_id in pages}


def _forget_pages(change: Writing, scan_id: int, numbers: set[int], kept: str | None) -> None:
    here = page.c.scan_id == scan_id, page.c.number.in_(numbers)
    seen = func.coalesce(page.c.read_at, change.at)
    change.connection.execute(update(page).where(*here).values(removed=change.at, read_at=seen))
    now = {"kept": kept} if kept is not None else {"kept": None, "removed": change.at}
    change.connection.execute(update(scan).where(scan.c.id == scan_id).values(**now))
    ids = select(placement.c.id).where(placement.c.scan_id == scan_id, placement.c.number.in_(numbers))
    own = change.connection.execute(select(placement.c.own_id).where(placement.c.id.in_(ids))).scalars().all()
    change.connection.execute(delete(reading).where(reading.c.placement_id.in_(ids)))
    change.connection.execute(delete(placement).where(placement.c.id.in_(ids)))
    change.connection.execute(delete(bound).where(bound.c.own_id.in_(own)))
    for table in (decision, note):
        change.connection.execute(delete(table).where(table.c.record.in_(own)))


def _forget(connection: Connection, ids: set[str]) -> None:
    for table in (decision, note):
        connection.execute(delete(table).where(table.c.record.in_(ids)))
    for led in (alias, twice):
        connection.execute(delete(led).where(led.c.record_id.in_(ids)))
    connection.execute(delete(record).where(record.c.id.in_(ids)))


def finish(store: Store) -> None:
    """Remove the files that removals have left behind."""
    asked = select(scan.c.sha256).where(or_(scan.c.removed.is_not(None), scan.c.kept.is_not(None)))
    with store.reading() as connection:
        gone = connection.execute(asked).scalars().all()
    for sha256 in gone:
        vault.drop(store.settings.vault, sha256)
