"""Opening, making and migrating the database."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from pipeline import errors
from pipeline.errors import StoreProblem
from pipeline.settings import Settings
from pipeline.store import anchor, dialect, log, tables

MIGRATIONS = Path(__file__).with_name("migrations")
UNWELL = ("store-full", "store-busy", "store-disk")  # told as they are; anything else may be damage
HAS_KEY = "0005"  # from this migration on a store without its secret is refused


def opened(settings: Settings, create: bool) -> Engine:
    """An engine on an up-to-date store; raises StoreProblem."""
    if not create and not dialect.is_server(settings.database_url) and _absent(settings):
        raise _missing(settings)
    if settings.shared and not dialect.is_server(settings.database_url) and not _absent(settings):
        settings.secret()  # a share that is not mounted: nothing may be written into the empty folder in its place
    _prepared(settings)
    engine = dialect.engine(settings.database_url)
    try:
        _ready(engine, settings, create)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _ready(engine: Engine, settings: Settings, create: bool) -> None:
    found = version(engine)
    if found is None:
        if not create:
            raise _missing(settings)
        _made(engine, settings)
    elif found < tables.HEAD:
        raise StoreProblem(
            "store-old", "データベースが前の版のままです。", "yomitori store migrate を一度実行してください。"
        )
    elif found > tables.HEAD:
        raise _newer()
    settings.secret()


def _made(engine: Engine, settings: Settings) -> None:
    settings.make_secret()
    upgrade(engine, settings.secret())


def migrate(settings: Settings) -> None:
    """Bring a store up to date, or make it; raises StoreProblem."""
    _prepared(settings)
    engine = dialect.engine(settings.database_url)
    try:
        found = version(engine)
        if found is not None and found > tables.HEAD:
            raise _newer()
        fresh = found is None or found < HAS_KEY
        if fresh:
            settings.make_secret()
        upgrade(engine, settings.secret())
        if fresh:
            _anchored(engine, settings)
    finally:
        engine.dispose()


def version(engine: Engine) -> str | None:
    """The migration a store stands at; None for an empty one. Raises StoreProblem when it cannot be asked."""
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except SQLAlchemyError as error:
        if dialect.is_server(str(engine.url)):
            raise StoreProblem(
                "store-unreachable",
                f"データベースのサーバー（{engine.url.host}:{engine.url.port or 5432}）につながりません。",
                "サーバーが動いているか、YOMITORI_DATABASE の名前・ポート・権限が正しいかを確かめて、もう一度実行してください。",
            ) from error
        failure = dialect.problem(error)
        if failure is not None and failure.code in UNWELL:
            raise failure from error
        raise StoreProblem(
            "store-damaged",
            "データベースを開けません（壊れているか、権限がないか、使用中です）。",
            "データフォルダーの権限を確かめ、直らなければバックアップから戻してください。",
        ) from error


def _anchored(engine: Engine, settings: Settings) -> None:
    """A log that was chained just now has its end outside the database too."""
    with engine.connect() as connection:
        head = log.head(connection)
    if head.length:
        anchor.put(settings.anchor, head)


def upgrade(engine: Engine, secret: bytes) -> None:
    """Run the migrations that are still to be run; `secret` is the store's."""
    from alembic import command  # noqa: PLC0415  # slow to import, and an up-to-date store needs none of it
    from alembic.config import Config  # noqa: PLC0415  # as above

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with dialect.told(), dialect.rebuilding(engine.connect()) as connection, connection.begin():
        config.attributes["connection"] = connection
        config.attributes["secret"] = secret
        command.upgrade(config, "head")
        dialect.check_references(connection)


def _prepared(settings: Settings) -> None:
    """The store's folders and file are there, for their owner's eyes only."""
    try:
        for folder in (settings.data, settings.vault):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _close(folder, 0o700)
        if not dialect.is_server(settings.database_url):
            _closed_file(file_of(settings))
    except OSError as error:
        raise _unusable(settings, error) from error


def _absent(settings: Settings) -> bool:
    try:
        file_of(settings).stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError as error:
        raise _unusable(settings, error) from error
    return False


def _unusable(settings: Settings, error: OSError) -> StoreProblem:
    return StoreProblem(
        "store-folder",
        f"データフォルダー {settings.data} を使えません（{errors.reason(error)}）。",
        "権限を確かめるか、YOMITORI_DATA で別のフォルダーを指定してください。",
    )


def _newer() -> StoreProblem:
    return StoreProblem(
        "store-newer",
        "データベースは、この yomitori より新しい版で作られています。",
        "yomitori を新しい版にしてください。",
    )


def _closed_file(path: Path) -> None:
    """SQLite would make its file for everybody to read; the logs beside it take over the file's mode."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    for one in (path, *path.parent.glob(f"{path.name}-*")):
        _close(one, 0o600)


def _close(path: Path, mode: int) -> None:
    """Take away what others may do; somebody else's file is left as it is."""
    now = path.stat()
    if now.st_uid == os.geteuid() and now.st_mode & 0o077:
        path.chmod(mode)


def file_of(settings: Settings) -> Path:
    """Where the database lies, when it is a file."""
    return Path(settings.database_url.split("///", 1)[-1])


def _missing(settings: Settings) -> StoreProblem:
    return StoreProblem(
        "store-missing",
        f"データフォルダー {settings.data} にはまだ何も取り込まれていません。",
        "yomitori ingest で取り込むか、YOMITORI_DATA を確かめてください。",
    )
