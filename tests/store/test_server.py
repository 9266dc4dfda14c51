"""How a store on a server is opened, made, refused and migrated."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import make_url, text
from sqlalchemy.exc import DataError

from pipeline import store
from pipeline.errors import StoreProblem
from pipeline.settings import Settings
from pipeline.store import dialect, tables
from tests.postgres import Cluster


@pytest.fixture
def settings(server: Cluster, tmp_path: Path) -> Settings:
    """Settings of an office whose database is empty."""
    return Settings(data=tmp_path / "data", database=server.database())


def test_a_server_without_tables_is_not_filled_by_asking(settings: Settings) -> None:
    """Asking is refused with exit code 5; taking in makes the tables, and no file of SQLite beside them."""
    with pytest.raises(StoreProblem, match="store-missing"):
        store.open(settings)
    store.open(settings, create=True).close()
    with store.open(settings) as opened:
        assert opened.counts().files == 0
    assert list(settings.data.glob("*.sqlite*")) == []


def test_migrations_end_at_the_tables_of_the_code_there_too(settings: Settings) -> None:
    """What the migrations make on the server is what the code expects."""
    store.migrate(settings)
    with store.open(settings) as opened, opened.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []


@pytest.mark.parametrize(("version", "code"), [("0000", "store-old"), ("9999", "store-newer")])
def test_other_versions_are_refused_there_too(settings: Settings, version: str, code: str) -> None:
    """A store of another version is left alone."""
    with store.open(settings, create=True) as opened, opened.writing() as change:
        change.connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})
    with pytest.raises(StoreProblem, match=code):
        store.open(settings, create=True)


def test_a_server_that_does_not_answer_is_refused(settings: Settings) -> None:
    """Nobody listens there: exit code 5, and the password is told to nobody."""
    away = settings.model_copy(update={"database": "postgresql://office:geheim@127.0.0.1:1/none"})
    with pytest.raises(StoreProblem, match="store-unreachable") as refused:
        store.open(away)
    assert "geheim" not in str(refused.value) + away.shown_database


def test_a_silent_server_is_not_waited_for_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that takes a connection and never answers is a problem in a sentence, not a program that hangs."""
    monkeypatch.setattr(dialect, "IMPATIENT", {"connect_timeout": "2"})
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://someone@127.0.0.1:{silent.getsockname()[1]}/office"
        with pytest.raises(StoreProblem, match="store-unreachable"), store.open(Settings(data=tmp_path, database=url)):
            pass


@pytest.mark.parametrize("kind", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_server_is_named_as_people_write_it(settings: Settings, kind: str) -> None:
    """The driver need not be named."""
    url = kind + str(settings.database).removeprefix("postgresql")
    store.open(settings.model_copy(update={"database": url}), create=True).close()


def test_an_error_tells_no_values(settings: Settings) -> None:
    """What the server refuses is named by its statement, without what was to be written."""
    values: dict[str, Any] = {"name": "試験 花子" * 100, "created": "2026", "actor": None}
    with store.open(settings, create=True) as opened, pytest.raises(DataError) as refused, opened.writing() as change:
        change.connection.execute(tables.batch.insert().values(**values))
    assert "花子" not in str(refused.value)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_what_the_office_says_of_waiting_is_kept(scheme: str) -> None:
    """However the URL begins, it is completed; its own words, and a password with odd letters, stay."""
    url = make_url(dialect.server_url(f"{scheme}://me:p%40%2F@db:5433/office?connect_timeout=3&sslmode=require"))
    assert (url.drivername, url.host, url.port, url.password) == ("postgresql", "db", 5433, "p@/")
    assert dict(url.query) == dialect.IMPATIENT | {"connect_timeout": "3", "sslmode": "require"}
