"""The ledger: what arrived, and that nothing of it was lost."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, and_, exists, func, select

from pipeline.store import removal, vault
from pipeline.store.opened import Store
from pipeline.store.parcels import Imbalance
from pipeline.store.tables import ledger, page, placement, record, scan

AGAIN = "同じファイルをもう一度取り込んでください。"
MEND = "バックアップから戻すか、紙をもう一度スキャンしてください。"


def verify(store: Store, bytes_too: bool = True) -> list[Imbalance]:
    """Whether every arrived byte and page is stored, in review, blank, a duplicate, or refused with a reason.

    Args:
        store: an open store.
        bytes_too: hash every original anew.
    """
    # The folder first: what is put there meanwhile has its row by the time the rows are read, or is not asked for.
    files = {path.name: path for path in vault.everything(store.settings.vault)}
    with store.reading() as connection:
        asked = select(scan.c.sha256, scan.c.size, scan.c.kept).where(scan.c.removed.is_(None))
        # Of a file of which pages were taken out, what is left has another name, and no size that was noted.
        sizes = {row.kept or row.sha256: None if row.kept else row.size for row in connection.execute(asked)}
        behind = removal.behind(connection)
        found = [*_lines(connection), *_pages(connection), *_records(connection)]
    return [*_originals(sizes, store.settings.vault, bytes_too), *_strangers(files, sizes, behind), *found]


def _originals(sizes: dict[str, int | None], folder: Path, bytes_too: bool) -> Iterator[Imbalance]:
    for sha256, size in sizes.items():
        path = vault.place(folder, sha256)
        if not path.is_file():
            yield Imbalance("original-missing", sha256, None, f"原本がありません。{MEND}")
        elif size not in {None, path.stat().st_size} or (bytes_too and _hash(path) != sha256):
            yield Imbalance("original-damaged", sha256, None, f"原本が壊れています。{MEND}")


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _strangers(files: dict[str, Path], sizes: dict[str, int | None], behind: set[str]) -> Iterator[Imbalance]:
    for name in files:
        if name in behind:
            yield Imbalance(
                "not-removed", name, None, "消したはずの原本が残っています。yomitori store purge で消えます。"
            )
        elif name not in sizes:
            yield Imbalance("not-entered", name, None, f"取り込みの途中で止まったファイルがあります。{AGAIN}")


def _lines(connection: Connection) -> Iterator[Imbalance]:
    """Every file has exactly one line that says it came in, and every such line its file."""
    came = ledger.c.kind.in_(("accepted", "refused"))
    once = select(ledger.c.sha256, func.count().label("times")).where(came).group_by(ledger.c.sha256).subquery()
    both = select(scan.c.sha256, once.c.sha256.label("line"), once.c.times).join(
        once, once.c.sha256 == scan.c.sha256, full=True
    )
    for row in connection.execute(both):
        if row.times != 1 or row.sha256 is None:
            yield Imbalance("ledger", row.sha256 or row.line, None, "台帳と取り込んだファイルが合いません。")
    lost = ~exists().where(scan.c.sha256 == ledger.c.sha256)
    asked = select(ledger.c.sha256).where(ledger.c.kind.in_(("duplicate", "read")), lost)
    for sha256 in connection.execute(asked).scalars():
        yield Imbalance("ledger", sha256, None, "台帳にあるファイルが保管されていません。")


def _pages(connection: Connection) -> Iterator[Imbalance]:
    """Every page of every file is there once, and every page that was read gave something."""
    held = select(func.count()).where(page.c.scan_id == scan.c.id).scalar_subquery()
    for row in connection.execute(select(scan.c.sha256, scan.c.pages).where(scan.c.pages != held)):
        yield Imbalance("pages", row.sha256, None, f"ページ数（{row.pages}）と保管したページが合いません。{AGAIN}")
    reason = (scan.c.pages == 0) & scan.c.refused.is_(None)
    for sha256 in connection.execute(select(scan.c.sha256).where(reason)).scalars():
        yield Imbalance("no-reason", sha256, None, "ページがないのに、断った理由がありません。")
    here = and_(placement.c.scan_id == page.c.scan_id, placement.c.number == page.c.number, placement.c.current)
    read = page.c.read_at.is_not(None) & page.c.removed.is_(None)
    asked = select(scan.c.sha256, page.c.number).join(page).where(read, ~exists().where(here))
    for row in connection.execute(asked):
        yield Imbalance("page-empty", row.sha256, row.number, "読み取ったはずのページの結果がありません。")


def _records(connection: Connection) -> Iterator[Imbalance]:
    """Every sheet on a page belongs to one record, and every record has a page."""
    homeless = select(scan.c.sha256, placement.c.number).join(placement)
    for row in connection.execute(homeless.where(placement.c.current, placement.c.record_id.is_(None))):
        yield Imbalance("sheet-lost", row.sha256, row.number, "読み取った用紙が、どの記録にも入っていません。")
    empty = ~exists().where(placement.c.record_id == record.c.id)
    for row in connection.execute(select(scan.c.sha256, record.c.page).join(record).where(empty)):
        yield Imbalance("record-empty", row.sha256, row.page, "ページのない記録があります。")
