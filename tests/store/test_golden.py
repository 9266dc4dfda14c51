"""A store of every version there ever was is brought up to date without a changed value."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory

from pipeline import run, store
from pipeline.errors import StoreProblem
from pipeline.settings import Settings
from pipeline.store import Store, database
from pipeline.store.chain import START, Head
from tests.run import papers
from tests.run.papers import settings
from tests.store import make_golden

__all__ = ["settings"]  # every version kept is a database of SQLite

VERSIONS = sorted(path.stem for path in make_golden.FOLDER.glob("*.sql"))
Rows = dict[str, dict[Any, dict[str, Any]]]  # table → id → row


def old(settings: Settings, version: str) -> Path:
    """A data folder as that version left it."""
    settings.vault.mkdir(parents=True)
    make_golden.keep_secret(settings)
    path = settings.data / "yomitori.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((make_golden.FOLDER / f"{version}.sql").read_text("utf-8"))
    for original in make_golden.ORIGINALS.iterdir():
        store.vault.keep(settings.vault, [original.read_bytes()])
    return path


def rows(path: Path) -> Rows:
    """Everything in a database."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        tables = {name: connection.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}
    return {name: {row[0]: dict(row) for row in found} for name, found in tables.items() if name != "alembic_version"}


def changed(before: Rows, after: Rows) -> Iterator[str]:
    """Every value that is not what it was."""
    for table, found in before.items():
        for key, row in found.items():
            now = after.get(table, {}).get(key, {})
            yield from (f"{table} {key} {name}" for name, value in row.items() if now.get(name, ...) != value)


def test_there_is_one_of_every_version() -> None:
    """Whoever changes the tables keeps a database of that version: python -m tests.store.make_golden."""
    scripts = ScriptDirectory(str(database.MIGRATIONS)).walk_revisions()
    assert sorted(script.revision for script in scripts) == VERSIONS, "run `python -m tests.store.make_golden`"


@pytest.mark.parametrize("version", VERSIONS)
def test_no_value_changes_on_the_way(settings: Settings, stations: None, version: str) -> None:
    """Every row of an old store is there after the upgrade as it was; the ledger balances and work goes on."""
    path = old(settings, version)
    before = rows(path)
    assert sum(map(len, before.values())) > 60
    if version != VERSIONS[-1]:
        with pytest.raises(StoreProblem, match="store-old"):
            store.open(settings)
    store.migrate(settings)
    assert list(changed(before, rows(path))) == []
    with store.open(settings) as opened:
        assert store.verify(opened) == []
        assert store.audit.verify(opened, Head(0, START)) == []
        _work(opened)
        assert store.verify(opened) == []


def _work(opened: Store) -> None:
    """What was waiting is read, what was decided counts, what was open is asked."""
    ids = [task.page_id for task in opened.waiting()]
    assert len(list(run.process(ids, opened, papers.forms()))) == 1
    found = {filed.record.serial: filed.record for filed in opened.records() if filed.record.serial}
    assert found["2"].answers()["first"].origin == 2
    assert [one.action for one in found["1"].decisions] == ["correct", "undo"]
    assert [one.name for one in store.accounts.everyone(opened)] == ["花"]
    assert opened.counts().refused == 1


def test_a_lost_value_would_be_seen(settings: Settings) -> None:
    """The comparison names a value that differs, a row that is gone, and a column that is gone."""
    before = rows(old(settings, VERSIONS[0]))
    for name in ("scan", "decision", "reading"):
        after = {**before, name: {key: row for key, row in before[name].items() if key != 1}}
        assert set(changed(before, after)) == {f"{name} 1 {column}" for column in before[name][1]}
    assert re.search(r"\d{4}", VERSIONS[-1])
