"""A store moves into another database whole, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from pipeline import review, run, store
from pipeline.errors import StoreProblem
from pipeline.settings import Settings
from pipeline.store import Store, tables
from tests.postgres import Cluster
from tests.run import papers
from tests.run.papers import back, front, note, scan


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of an office that begins with SQLite."""
    return Settings(data=tmp_path / "data")


@pytest.fixture
def old(settings: Settings, stations: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Store]:
    """An office with joined sheets, a refused file, an account, a decision, and a page that waits."""
    papers.cheap_passwords(monkeypatch)
    with store.open(settings, create=True) as opened:
        store.accounts.add(opened, "花")
        _filled(opened, tmp_path)
        yield opened


def _filled(office: Store, tmp_path: Path) -> None:
    (tmp_path / "z.pdf").write_bytes(b"no scan")
    papers.ingest(
        office, scan(tmp_path, "a.pdf", [[front("1", sure=False), back("2")], [back("1")]]), tmp_path / "z.pdf"
    )
    record = next(
        filed.record for filed in office.records() if filed.record.form == papers.KEY and filed.record.serial == "1"
    )
    run.settle(office, papers.forms(), review.Change(record.id, "first", "correct", 0, "花", "2"))
    list(run.accept([scan(tmp_path, "b.pdf", [[note("7")]])], office))


def _rows(opened: Store) -> dict[str, list[tuple[object, ...]]]:
    with opened.reading() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in tables.metadata.sorted_tables
        }


def test_every_row_moves_there_and_back(old: Store, server: Cluster, tmp_path: Path) -> None:
    """Into PostgreSQL and back into SQLite: the same rows, and the office goes on where it stopped."""
    rows = _rows(old)
    there = old.settings.model_copy(update={"database": server.database()})
    assert store.move(old.settings, str(there.database)) == []
    with store.open(there) as moved:
        assert _rows(moved) == rows
        list(run.process([task.page_id for task in moved.waiting()], moved, papers.forms()))
        papers.ingest(moved, scan(tmp_path, "c.pdf", [[note("8")]]))
        assert store.verify(moved) == []
        rows = _rows(moved)
    back_again = f"sqlite:///{tmp_path / 'data' / 'back.sqlite'}"
    assert store.move(there, back_again) == []
    with store.open(there.model_copy(update={"database": back_again})) as moved:
        assert _rows(moved) == rows


def test_the_old_file_is_put_aside(old: Store, server: Cluster) -> None:
    """After the move nobody goes on with the old database by mistake; it is still there under another name."""
    store.move(old.settings, server.database())
    assert (old.settings.data / "yomitori.sqlite.moved").is_file()
    with pytest.raises(StoreProblem, match="store-missing"):
        store.open(old.settings)
    (old.settings.data / "yomitori.sqlite.moved").rename(old.settings.data / "yomitori.sqlite")


def test_a_database_in_use_is_not_moved_into(old: Store, server: Cluster) -> None:
    """What is there stays, and the old store stays in use."""
    url = server.database()
    with store.open(old.settings.model_copy(update={"database": url}), create=True) as used:
        store.accounts.add(used, "花")
        with pytest.raises(StoreProblem, match="move-not-empty"):
            store.move(old.settings, url)
        assert [one.name for one in store.accounts.everyone(used)] == ["花"]
    assert old.counts().files == 3


def test_a_move_that_fails_leaves_nothing_behind(old: Store, server: Cluster) -> None:
    """A row that does not fit undoes the whole, and says nothing of what stands in it."""
    with old.writing() as change:
        change.connection.execute(insert(tables.batch).values(name="ひみつ" * 100, created="2026"))
    url = server.database()
    with pytest.raises(StoreProblem, match="move-failed") as refused:
        store.move(old.settings, url)
    assert "ひみつ" not in str(refused.value)
    with store.open(old.settings.model_copy(update={"database": url})) as empty:
        assert not any(_rows(empty).values())
    assert old.counts().files == 3
