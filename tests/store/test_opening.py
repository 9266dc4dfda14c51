"""A store is opened, made or refused; never changed in silence."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Dialect, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from pipeline import store
from pipeline.errors import StoreProblem
from pipeline.settings import Settings
from pipeline.store import database, tables


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of an office without a database; how a server is opened is in test_server.py."""
    return Settings(data=tmp_path / "data")


def _refused(settings: Settings, create: bool = False) -> StoreProblem:
    with pytest.raises(StoreProblem) as refused:
        store.open(settings, create)
    return refused.value


def _set_version(settings: Settings, version: str) -> None:
    with sqlite3.connect(settings.data / "yomitori.sqlite") as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", [version])
    connection.close()


def test_a_missing_store_is_not_made_by_asking(settings: Settings) -> None:
    """Asking a store that is not there is refused with exit code 5; nothing is created by asking."""
    problem = _refused(settings)
    assert (problem.code, problem.exit_code) == ("store-missing", 5)
    assert not settings.data.exists()


def test_ingest_makes_the_store_and_finds_it_again(settings: Settings) -> None:
    """Made once, the store opens without being made, in a folder only its owner may enter."""
    with store.open(settings, create=True) as made:
        assert made.counts().files == 0
    with store.open(settings) as found:
        assert list(found.records()) == []
    assert settings.data.stat().st_mode & 0o777 == 0o700
    assert settings.vault.stat().st_mode & 0o777 == 0o700


def test_nobody_else_may_read_the_database(settings: Settings) -> None:
    """A new database and its logs are the owner's alone, and one that was open to others is closed to them."""
    settings.data.mkdir(mode=0o755)
    for _ in range(2):
        with store.open(settings, create=True) as opened, opened.writing():
            files = sorted(settings.data.glob("yomitori.sqlite*"))
            assert len(files) == 3
            assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
        assert settings.data.stat().st_mode & 0o777 == 0o700
        (settings.data / "yomitori.sqlite").chmod(0o644)
        settings.data.chmod(0o755)


@pytest.mark.parametrize(("version", "code"), [("0000", "store-old"), ("9999", "store-newer")])
def test_other_versions_are_refused(settings: Settings, version: str, code: str) -> None:
    """A store of another version is left alone, whoever opens it, and the sentence says what to do."""
    store.open(settings, create=True).close()
    _set_version(settings, version)
    assert (_refused(settings).code, _refused(settings, create=True).code) == (code, code)


def test_a_newer_store_is_not_migrated(settings: Settings) -> None:
    """An older program leaves a newer store alone, with a sentence and exit code 5, also when it is asked to migrate."""
    store.open(settings, create=True).close()
    _set_version(settings, "9999")
    with pytest.raises(StoreProblem, match="store-newer"):
        store.migrate(settings)
    assert _refused(settings).code == "store-newer"


def test_a_damaged_database_is_refused(settings: Settings) -> None:
    """A file that is no database gives exit code 5 and is not touched."""
    settings.data.mkdir()
    path = settings.data / "yomitori.sqlite"
    path.write_bytes(b"not a database, " * 100)
    assert _refused(settings, create=True).code == "store-damaged"
    assert path.read_bytes() == b"not a database, " * 100


def test_a_folder_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    """A data folder that is a file gives exit code 5, and so does one that cannot even be asked for its database."""
    (tmp_path / "data").write_text("x")
    assert _refused(Settings(data=tmp_path / "data"), create=True).code == "store-folder"
    assert _refused(Settings(data=tmp_path / ("x" * 300))).code == "store-folder"


def test_migrations_end_at_the_tables_of_the_code(settings: Settings) -> None:
    """What the migrations make is what the code expects, and HEAD names the last of them."""
    store.migrate(settings)
    with store.open(settings) as opened, opened.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
    assert ScriptDirectory(str(database.MIGRATIONS)).get_current_head() == tables.HEAD


def test_tables_are_made_for_postgresql_too() -> None:
    """Every table, and every name in it, is one that PostgreSQL takes as it stands."""
    server: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's own has no types here
    for table in tables.metadata.sorted_tables:
        made = str(CreateTable(table).compile(dialect=server))
        assert made.strip().startswith(f"CREATE TABLE {table.name} (")
        names = [one.name for one in table.constraints] + [one.name for one in table.indexes]
        assert all(isinstance(name, str) and len(name) <= 63 for name in names)


def test_migrating_twice_changes_nothing(settings: Settings) -> None:
    """A store that is up to date is left as it is."""
    store.migrate(settings)
    with store.open(settings) as opened:
        store.accounts.add(opened, "花")
    store.migrate(settings)
    with store.open(settings) as opened:
        assert [one.name for one in store.accounts.everyone(opened)] == ["花"]


def test_commits_survive_a_power_cut(settings: Settings) -> None:
    """Every connection writes ahead and waits for the disk, and keeps rows from pointing nowhere."""
    with store.open(settings, create=True) as opened, opened.reading() as connection:
        asked = ("journal_mode", "synchronous", "foreign_keys")
        assert [connection.execute(text(f"PRAGMA {name}")).scalar() for name in asked] == ["wal", 2, 1]
