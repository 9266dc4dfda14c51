"""A store moved into another database, row by row; the originals stay where they are."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, Table, func, select
from sqlalchemy.exc import SQLAlchemyError

from pipeline.errors import StoreProblem
from pipeline.settings import Settings
from pipeline.store import database, dialect
from pipeline.store.ledger import verify
from pipeline.store.opened import Store
from pipeline.store.parcels import Imbalance
from pipeline.store.tables import metadata

CHUNK = 500  # rows


def move(settings: Settings, url: str) -> list[Imbalance]:
    """Copy every row into the empty database at `url`; what its ledger says of it then.

    Nobody can write into the old one meanwhile. It is left as it is, but for a file of SQLite, which is called `….moved`
    when all went well, so that nobody goes on with it by mistake.

    Raises:
        StoreProblem: either cannot be opened, the new one is not empty, or a row does not fit; then it is empty again.
    """
    target = settings.model_copy(update={"database": url})
    with Store(settings) as source:
        engine = database.opened(target, create=True)
        try:
            with source.writing() as held:
                _copy(held.connection, engine, target)
        finally:
            engine.dispose()
    with Store(target) as moved:
        found = verify(moved)
    if not found and not dialect.is_server(settings.database_url):
        old = database.file_of(settings)
        old.rename(Path(f"{old}.moved"))
    return found


def _copy(source: Connection, engine: Engine, target: Settings) -> None:
    try:
        with dialect.writing(engine.connect()) as connection, connection.begin():
            if any(_rows(table, connection) for table in metadata.sorted_tables):
                raise _not_empty(target)
            for table in metadata.sorted_tables:
                _copy_table(table, source, connection)
    except SQLAlchemyError as error:
        raise StoreProblem(
            "move-failed",
            f"{target.shown_database} に写せませんでした（{type(error).__name__}）。元のデータベースはそのままです。",
            "接続先と空きを確かめて、もう一度実行してください。",
        ) from error


def _copy_table(table: Table, source: Connection, target: Connection) -> None:
    rows = source.execution_options(yield_per=CHUNK).execute(select(table).order_by(*table.primary_key)).mappings()
    for some in rows.partitions(CHUNK):
        target.execute(table.insert(), [dict(row) for row in some])
    dialect.number_on(target, table)
    if _rows(table, source) != _rows(table, target):
        raise StoreProblem("move-failed", f"表 {table.name} の行数が合いません。", "もう一度実行してください。")


def _rows(table: Table, connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _not_empty(target: Settings) -> StoreProblem:
    return StoreProblem(
        "move-not-empty",
        f"移す先 {target.shown_database} には、もうデータがあります。",
        "空のデータベースを指定してください。",
    )
