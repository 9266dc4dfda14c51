"""The ledger finds whatever is lost, doubled or damaged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from pipeline import store
from pipeline.settings import Settings
from pipeline.store import Store
from tests.run import papers
from tests.run.papers import front, note, scan

# How rows may point nowhere until the transaction ends.
LOOSE = {"sqlite": "PRAGMA defer_foreign_keys=ON", "postgresql": "SET LOCAL session_replication_role = replica"}


def _sql(*statements: str) -> Callable[[Store], None]:
    def do(opened: Store) -> None:
        with opened.writing() as change:
            change.connection.execute(text(LOOSE[change.connection.dialect.name]))
            for statement in statements:
                change.connection.execute(text(statement))

    return do


def _original(opened: Store) -> Path:
    return opened.original(next(opened.scans()).sha256)


FAULTS: dict[str, Callable[[Store], object]] = {
    "original-missing": lambda opened: _original(opened).unlink(),
    "original-damaged": lambda opened: _original(opened).write_bytes(_original(opened).read_bytes()[:-1] + b" "),
    "not-entered": lambda opened: opened.keep([b"killed before its row was written"]),
    "ledger": _sql("DELETE FROM ledger WHERE kind = 'accepted'"),
    "pages": _sql("UPDATE scan SET pages = pages + 1"),
    "no-reason": _sql("DELETE FROM page", "UPDATE scan SET pages = 0"),
    "page-empty": _sql("UPDATE reading SET record_id = NULL", "UPDATE placement SET current = false"),
    "sheet-lost": _sql("UPDATE placement SET record_id = NULL WHERE number = 2"),
    "record-empty": _sql("UPDATE placement SET record_id = NULL"),
}


@pytest.mark.parametrize("code", FAULTS)
def test_every_loss_is_found(settings: Settings, stations: None, tmp_path: Path, code: str) -> None:
    """A file, page, sheet or line that is gone or doubled is named with its hash; before, all balanced."""
    path = scan(tmp_path, "a.pdf", [[note("1")], [front("2")], []])
    with store.open(settings, create=True) as opened:
        papers.ingest(opened, path)
        assert store.verify(opened) == []
        FAULTS[code](opened)
        found = store.verify(opened)
    assert code in {one.code for one in found}
    assert all(len(one.sha256) == 64 and one.message.endswith("。") for one in found)


def test_sizes_are_enough_for_a_quick_look(settings: Settings, stations: None, tmp_path: Path) -> None:
    """Without hashing, a file cut short is still found, and one of the right size is not looked into."""
    with store.open(settings, create=True) as opened:
        papers.ingest(opened, scan(tmp_path, "a.pdf", [[note("1")]]))
        whole = _original(opened).read_bytes()
        _original(opened).write_bytes(whole[:-1])
        assert [one.code for one in store.verify(opened, bytes_too=False)] == ["original-damaged"]
        _original(opened).write_bytes(whole[:-1] + b" ")
        assert store.verify(opened, bytes_too=False) == []


def test_a_file_left_half_way_is_whole_after_the_next_run(settings: Settings, stations: None, tmp_path: Path) -> None:
    """What a killed run put into the vault and not into the ledger is entered when the file comes again."""
    path = scan(tmp_path, "a.pdf", [[note("1")]])
    with store.open(settings, create=True) as opened:
        opened.keep([path.read_bytes()])
        assert [one.code for one in store.verify(opened)] == ["not-entered"]
        papers.ingest(opened, path)
        assert store.verify(opened) == []
