"""Everything that SQLite and PostgreSQL do each in its own way."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Integer, Table, create_engine, event, func, make_url, select
from sqlalchemy.exc import DatabaseError, OperationalError

from pipeline.errors import StoreProblem

BUSY_SECONDS = 30
# How long a silent server is waited for: to connect, and seconds without a sign before its machine counts as gone.
IMPATIENT = {"connect_timeout": "10", "keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3"}
SERVERS = ("postgresql", "postgres")
DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
FAILED = (
    "store-failed",
    "データベースに書き込めないか、データベースから読み出せません。",
    "ディスクとデータベースを確かめて、もう一度実行してください。続きから進みます。",
)
FAILURES = {
    sqlite3.SQLITE_FULL: (
        "store-full",
        "ディスクがいっぱいで、データベースに書き込めません。",
        "空きを作って、もう一度実行してください。続きから進みます。",
    ),
    sqlite3.SQLITE_BUSY: (
        "store-busy",
        "データベースが、ほかの処理に長く使われています。",
        "しばらく待って、もう一度実行してください。続きから進みます。",
    ),
    sqlite3.SQLITE_IOERR: (
        "store-disk",
        "ディスクが、データベースの読み書きを断りました（空きがないか、故障しています）。",
        "空きとディスクを確かめて、もう一度実行してください。続きから進みます。",
    ),
    **dict.fromkeys(
        DAMAGED,
        ("store-damaged", "データベースが壊れています。", "バックアップから戻してください（yomitori store restore）。"),
    ),
}


def engine(url: str) -> Engine:
    """An engine whose transactions are durable once committed.

    Method: SQLite with write-ahead log, synchronous=FULL (NORMAL loses acknowledged work in a power cut) and
    BEGIN IMMEDIATE for every transaction that writes (a deferred one fails when two people save at once).
    """
    # What people wrote on a form must not get into the text of an error.
    made = create_engine(_with_driver(url), json_serializer=_json, pool_pre_ping=is_server(url), hide_parameters=True)
    if made.dialect.name == "sqlite":
        event.listen(made, "connect", _on_connect)
        event.listen(made, "begin", _on_begin)
    return made


@contextmanager
def told() -> Iterator[None]:
    """A database that fails becomes a StoreProblem; a statement that it refuses stays the defect it is."""
    try:
        yield
    except (DatabaseError, sqlite3.DatabaseError) as error:
        failure = problem(error)
        if failure is None:
            raise
        raise failure from error


def problem(error: Exception) -> StoreProblem | None:
    """What a database's error comes to; None where the database is well and refuses a statement, or has no part in it."""
    raw = error.orig if isinstance(error, DatabaseError) else error
    code = getattr(raw, "sqlite_errorcode", 0) & 0xFF
    if code in DAMAGED or isinstance(error, OperationalError | sqlite3.OperationalError):
        return StoreProblem(*FAILURES.get(code, FAILED))
    return None


def copy(database: Path, target: Path) -> None:
    """Copy an SQLite file as it stands at one moment, while others write to it; readable for its owner only."""
    os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o600))
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(target)) as made:
        source.backup(made)


def scrub(engine: Engine, whole: bool) -> None:
    """Let nothing of removed rows stay in an SQLite file or its log; `whole` writes the file anew. A server does so itself."""
    if engine.dialect.name != "sqlite":
        return
    # The rows are gone already; where somebody reads for long, the next call does it.
    with suppress(sqlite3.OperationalError), closing(engine.raw_connection()) as connection:
        if whole:
            connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def is_server(url: str) -> bool:
    """Whether the store is a database server rather than a file."""
    return url.partition(":")[0].partition("+")[0] in SERVERS


def turn(url: str) -> AbstractContextManager[object]:
    """What threads of one process wait for before they write.

    SQLite has one writer, and those that wait for it sleep and look again: of six people some wait for seconds. Here
    the next one is woken at once. Other processes still meet at the database.
    """
    return nullcontext() if is_server(url) else threading.RLock()


def server_url(url: str, driver: str = "") -> str:
    """A server's URL as libpq takes it, or with a driver for SQLAlchemy; what it says of waiting is kept.

    A server that goes down takes connections and answers none, and one whose machine is gone closes none: nobody may
    wait for them for ever.
    """
    given = make_url(url.replace(url.partition(":")[0], "postgresql", 1))
    made = given.set(drivername=f"postgresql{driver}", query=IMPATIENT | dict(given.query))
    return made.render_as_string(hide_password=False)


def _with_driver(url: str) -> str:
    """The URL with the driver that is installed, where it names none."""
    return server_url(url, "+psycopg") if is_server(url) else url


def writing(connection: Connection) -> Connection:
    """The connection, set so that its next transaction takes the right to write at once."""
    return connection.execution_options(writes=True)


@contextmanager
def rebuilding(connection: Connection) -> Iterator[Connection]:
    """The same for migrations: SQLite changes a table by making it anew, while others still refer to it."""
    with writing(connection):
        _references(connection, "OFF")
        try:
            yield connection
        finally:
            _references(connection, "ON")


def _references(connection: Connection, state: str) -> None:
    # Past SQLAlchemy, since inside a transaction SQLite ignores it.
    raw: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        raw.execute(f"PRAGMA foreign_keys={state}").close()


def check_references(connection: Connection) -> None:
    """Raise StoreProblem when a row refers to one that is not there; a server sees to that all the time."""
    if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise StoreProblem(
            "store-damaged",
            "データベースの中のつながりが合わないので、新しい版にしませんでした（前のままです）。",
            "バックアップから戻すか、開発元に知らせてください。",
        )


def reading(connection: Connection) -> Connection:
    """The connection, set so that its next transaction sees one moment throughout; in SQLite every one does."""
    if connection.dialect.name != "postgresql":
        return connection
    return connection.execution_options(isolation_level="REPEATABLE READ")


def lock(connection: Connection, names: Iterable[str]) -> None:
    """Keep others from changing what goes by these names until this transaction ends; SQLite has one writer anyway."""
    if connection.dialect.name != "postgresql":
        return
    for key in sorted(_key(name) for name in names):
        connection.execute(select(func.pg_advisory_xact_lock(key)))


def number_on(connection: Connection, table: Table) -> None:
    """Have new rows numbered after those that were copied in; SQLite does so by itself."""
    if connection.dialect.name != "postgresql" or "id" not in table.c or not isinstance(table.c.id.type, Integer):
        return
    last = select(func.max(table.c.id)).scalar_subquery()
    connection.execute(
        select(func.setval(func.pg_get_serial_sequence(table.name, "id"), func.coalesce(last, 1), last.is_not(None)))
    )


def append_only(connection: Connection, table: str) -> None:
    """Make the database itself refuse to change or remove what stands in a table."""
    for statement in _TRIGGERS[connection.dialect.name]:
        connection.exec_driver_sql(statement.format(table=table))


_TRIGGERS = {
    "sqlite": [
        f"CREATE TRIGGER {{table}}_no_{what} BEFORE {what} ON {{table}} "
        "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for what in ("update", "delete")
    ],
    "postgresql": [
        (
            "CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
        ),
        (
            "CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()"
        ),
    ],
}


def _key(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _on_connect(connection: Any, _record: object) -> None:
    # The driver shall not begin transactions by itself: see _on_begin.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    mode = cursor.execute("PRAGMA journal_mode=WAL").fetchone()
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA secure_delete=ON")  # what is removed is overwritten, not only unlinked
    cursor.close()
    if mode and mode[0] not in {"wal", "memory"}:
        raise StoreProblem(
            "store-folder",
            "データベースを安全な方式（WAL）で開けません。",
            "データフォルダーを、ネットワーク上でなく、この機械のディスクに置いてください。",
        )


def _on_begin(connection: Connection) -> None:
    kind = "IMMEDIATE" if connection.get_execution_options().get("writes") else "DEFERRED"
    connection.exec_driver_sql(f"BEGIN {kind}")
