"""The queue's own tables, beside the store's: made on first use, brought up to date by `yomitori store migrate`.

They hold nothing but jobs. Which version they are of stands as a comment on the table of jobs.
"""

from __future__ import annotations

from pathlib import Path

from procrastinate.schema import SchemaManager
from sqlalchemy import Connection, text

from pipeline.errors import StoreProblem, UsageProblem
from pipeline.store import Store, dialect

FOUND = text("SELECT to_regclass('procrastinate_jobs')")
STANDS = text("SELECT obj_description('procrastinate_jobs'::regclass)")


def ready(store: Store) -> None:
    """Make the tables where there are none.

    Raises:
        UsageProblem: the store is no PostgreSQL.
        StoreProblem: the tables are of another version.
    """
    _check(store)
    with store.writing() as change:
        if _made(change.connection) or _stands(change.connection) == _newest():
            return
    raise StoreProblem(
        "store-old",
        "仕事の待ち行列が、ほかの版のままです。",
        "ワーカーを止めて、yomitori store migrate を一度実行してください。",
    )


def migrate(store: Store) -> None:
    """Make the tables, or bring older ones up to date; no worker may be at work meanwhile."""
    _check(store)
    with store.writing() as change:
        if _made(change.connection):
            return
        stands = _stands(change.connection)
        for file in _migrations():
            if file.stem > stands:
                _run(change.connection, file.read_text(encoding="utf-8"))
        _note(change.connection)


def _check(store: Store) -> None:
    if not dialect.is_server(store.settings.database_url):
        raise UsageProblem(
            "engine-needs-server",
            "YOMITORI_ENGINE=procrastinate には、PostgreSQL の保存場所が要ります。",
            "YOMITORI_DATABASE に postgresql://… を指定するか、YOMITORI_ENGINE を外してください。",
        )


def _made(connection: Connection) -> bool:
    """Whether there were no tables, and now are."""
    dialect.lock(connection, ["queue tables"])
    if connection.execute(FOUND).scalar() is not None:
        return False
    _run(connection, SchemaManager.get_schema())
    _note(connection)
    return True


def _stands(connection: Connection) -> str:
    return connection.execute(STANDS).scalar() or ""


def _note(connection: Connection) -> None:
    _run(connection, f"COMMENT ON TABLE procrastinate_jobs IS '{_newest()}'")


def _run(connection: Connection, script: str) -> None:
    """Several statements at once, as they stand: past SQLAlchemy, in its transaction."""
    driver = connection.connection.driver_connection
    if driver is not None:
        driver.execute(script)


def _migrations() -> list[Path]:
    return sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))


def _newest() -> str:
    return _migrations()[-1].stem
