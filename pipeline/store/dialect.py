"""Everything that SQLite and PostgreSQL do each in its own way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, select

from pipeline.errors import StoreProblem

BUSY_SECONDS = 30
SERVERS = ("postgresql",)


def engine(url: str) -> Engine:
    """An engine whose transactions are durable once committed.

    Method: SQLite with write-ahead log, synchronous=FULL (NORMAL loses acknowledged work in a power cut) and
    BEGIN IMMEDIATE for every transaction that writes (a deferred one fails when two people save at once).
    """
    made = create_engine(url, json_serializer=_json, pool_pre_ping=is_server(url))
    if made.dialect.name == "sqlite":
        event.listen(made, "connect", _on_connect)
        event.listen(made, "begin", _on_begin)
    return made


def is_server(url: str) -> bool:
    """Whether the store is a database server rather than a file."""
    return url.partition(":")[0].partition("+")[0] in SERVERS


def writing(connection: Connection) -> Connection:
    """The connection, set so that its next transaction takes the right to write at once."""
    return connection.execution_options(writes=True)


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
