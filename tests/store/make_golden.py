"""Databases as each version of the tables left them, kept as SQL text; `python -m tests.store.make_golden` adds today's.

An old one is never made anew: it stands for stores that offices have.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pipeline import returns, review, run, store
from pipeline.review import notes
from pipeline.settings import Settings
from pipeline.store import Store, tables
from tests.run import papers
from tests.run.papers import back, front, note, scan

FOLDER = Path(__file__).with_name("golden")
ORIGINALS = FOLDER / "originals"
SECRET = bytes(range(32))  # of every store in here, so that their audit logs can be verified


def fill(opened: Store, folder: Path) -> None:
    """A bit of everything that a store can hold."""
    store.accounts.add(opened, "花", "reviewer", "本部")
    returns.serials.issue(opened, papers.KEY, ["1", "2", "3"], "花")
    (folder / "z.pdf").write_bytes(b"no scan")
    stack = [
        scan(folder, "a.pdf", [[front("1", sure=False), back("2")], [note("3")], "refused"]),
        scan(folder, "b.pdf", [[back("1")], []]),
        scan(folder, "c.pdf", [[note("3", side="rear")], [front("2", sure=False)]]),
        scan(folder, "d.pdf", [[back("1")], []]),
        folder / "z.pdf",
    ]
    papers.ingest(opened, *stack, batch="四月の束")
    list(run.accept([scan(folder, "e.pdf", [[note("9")]])], opened))  # and a page that waits
    _decide(opened)


def _decide(opened: Store) -> None:
    first, second = (one.record for one in opened.records() if one.record.serial in {"1", "2"})
    for change in (
        review.Change(first.id, "first", "correct", 0, "花", raw="1"),
        review.Change(first.id, "first", "undo", 1, "花"),
        review.Change(second.id, "first", "confirm", 0, "花"),
    ):
        run.settle(opened, papers.forms(), change)
    twice = next(one.record for one in opened.records(form="note") if one.record.serial == "3")
    run.settle(opened, papers.forms("critical"), review.Change(twice.id, "only", "confirm", 0, "花"))
    notes.refer(opened, first, "second", "どちらでしょうか", "花")
    store.accounts.sign_in(opened, next(iter(store.accounts.everyone(opened))))
    opened.audit("花", "export", "export=0123")


def dump(database: Path) -> Iterator[str]:
    """A database as SQL text."""
    with closing(sqlite3.connect(database)) as connection:
        yield from connection.iterdump()


def keep_secret(own: Settings) -> None:
    """Put the secret of these stores where a store looks for it."""
    own.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    own.secret_file.write_bytes(SECRET)


def main() -> None:
    """Write the database of today's version, if it is not there yet."""
    target = FOLDER / f"{tables.HEAD}.sql"
    if target.exists():
        return
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as name:
        papers.believe(patch)
        papers.cheap_passwords(patch)
        own = Settings(data=Path(name) / "data")
        keep_secret(own)
        with store.open(own, create=True) as opened:
            fill(opened, Path(name))
            ORIGINALS.mkdir(exist_ok=True)
            for one in opened.scans():
                (ORIGINALS / one.sha256).write_bytes(opened.page_bytes(one.sha256))
        target.write_text("\n".join(dump(own.data / "yomitori.sqlite")) + "\n", "utf-8")


if __name__ == "__main__":
    main()
