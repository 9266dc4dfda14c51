"""Everything an office would miss, in one encrypted file, taken while others go on working; and back again."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, cast

from sqlalchemy import create_engine, func, select

from pipeline import errors
from pipeline.errors import StoreProblem, UsageProblem
from pipeline.settings import Settings
from pipeline.store import anchor, database, dialect, log, moments, removal, sealed, tables, vault
from pipeline.store.chain import Head
from pipeline.store.opened import Store

DATABASE, MANIFEST, SECRET, CALIBRATION = "yomitori.sqlite", "manifest.json", "secret.key", "calibration.json"
FOLDERS = ("forms", "lists", "drafts")
OF_ONE_MACHINE = (DATABASE, "drafts")  # everything else lies where all machines see it
# Nothing else is ever written when a backup is restored.
ORIGINAL = re.compile(r"vault/([0-9a-f]{2})/(\1[0-9a-f]{62})")
FILES = "|".join(map(re.escape, (DATABASE, SECRET, CALIBRATION)))
OTHERS = re.compile(rf"{FILES}|({'|'.join(FOLDERS)})(/(?!\.\.(/|$))[^/\0]+)+")


@dataclass(frozen=True)
class Backup:
    """What a backup holds."""

    at: str  # UTC, ISO 8601: as everything stood then
    version: str  # of the tables
    files: int  # originals
    bytes: int  # of them
    audit: int  # length of the audit log
    mac: str  # its last one, to which the anchor is set when the backup is restored


def backup(store: Store, out: Path, passphrase: str) -> Backup:
    """Write an encrypted backup of a store as it stands now; others may go on writing.

    The rows are copied first, in one moment: every original that they name is in the vault by then, for good.

    Raises:
        UsageProblem: the store is a server, or the passphrase is too short.
        StoreProblem: an original is missing or damaged, or the disk refuses.
    """
    own = store.settings
    if dialect.is_server(own.database_url):
        raise UsageProblem("backup-server", "PostgreSQL の保存場所は、この命令では写せません。", "pg_dump を使います。")
    with vault.held(own.vault), _snapshot(own) as (copy, made, originals), _archive(out, passphrase) as archive:
        _pack(archive, own, copy, made)
        for sha256 in originals:
            _add(archive, f"vault/{sha256[:2]}/{sha256}", vault.read(own.vault, sha256))
    removal.finish(store)  # what was removed meanwhile had to wait
    with store.writing() as change:
        change.audit(None, "backup", f"files={made.files}")
    return made


@contextmanager
def _archive(out: Path, passphrase: str) -> Iterator[tarfile.TarFile]:
    with (
        _written(out) as file,
        closing(sealed.Sealing(file, passphrase)) as stream,
        tarfile.open(fileobj=cast("IO[bytes]", stream), mode="w|", bufsize=sealed.PIECE) as archive,
    ):
        yield archive


@contextmanager
def _snapshot(own: Settings) -> Iterator[tuple[Path, Backup, list[str]]]:
    """The rows of one moment as a file of their own, what they are, and the originals they name."""
    own.private.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=own.private) as folder:
        copy = Path(folder) / DATABASE
        at = moments.now()
        dialect.copy(database.file_of(own), copy)
        engine = create_engine(f"sqlite:///{copy}")
        held = func.coalesce(tables.scan.c.kept, tables.scan.c.sha256)
        here = tables.scan.c.removed.is_(None)
        with engine.connect() as rows:
            found = rows.execute(select(held, tables.scan.c.size).where(here).order_by(tables.scan.c.id)).all()
            head = log.head(rows)
        engine.dispose()
        made = Backup(at, tables.HEAD, len(found), sum(row.size for row in found), head.length, head.mac)
        yield copy, made, [row[0] for row in found]


def _pack(archive: tarfile.TarFile, own: Settings, copy: Path, made: Backup) -> None:
    _add(archive, MANIFEST, json.dumps(asdict(made)).encode())
    own.secret()  # raises where it is gone: without it a restored store cannot be opened
    for path, name in (
        (own.secret_file, SECRET),
        (copy, DATABASE),
        (own.calibration, CALIBRATION),
        *zip((own.own_forms, own.own_lists, own.drafts), FOLDERS, strict=True),
    ):
        if path.exists():
            archive.add(path, name)


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), 0o600
    archive.addfile(entry, io.BytesIO(data))


@contextmanager
def _written(out: Path) -> Iterator[IO[bytes]]:
    """A file that is there as a whole or not at all."""
    part = out.with_name(out.name + ".part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(out)
    except OSError as error:
        what = f"バックアップを {out} に書けません（{errors.reason(error)}）。"
        raise StoreProblem("backup-unwritable", what, "空きと権限を確かめてください。") from error
    finally:
        with suppress(OSError):
            part.unlink()


def restore(settings: Settings, source: Path, passphrase: str) -> Backup:
    """Make the data folder anew from a backup; it appears as a whole, every original's bytes hashed, or not at all.

    What all machines share goes into the shared folder, where there is one. The audit log's anchor is set to its end.

    Raises:
        UsageProblem: the data folder is not empty, the passphrase is wrong, or the file is no backup.
        StoreProblem: the backup is damaged, or the disk refuses.
    """
    _check_room(settings)
    try:
        with source.open("rb") as file, _staged(settings.data) as own, _shared(settings, own) as common:
            stream = io.BufferedReader(sealed.Opening(file, passphrase), sealed.PIECE)
            made = _unpacked(stream, lambda name: own if name.split("/")[0] in OF_ONE_MACHINE else common)
        anchor.replace(settings.anchor, Head(made.audit, made.mac))
        return made
    except OSError as error:
        what = f"バックアップ {source} を {settings.data} に戻せません（{errors.reason(error)}）。"
        raise StoreProblem("restore-failed", what, "ファイルの場所と、空きと権限を確かめてください。") from error


def _check_room(settings: Settings) -> None:
    """Raise UsageProblem where a restored store would meet something, or would not be found."""
    if settings.database:
        what = "YOMITORI_DATABASE が指定されていると、バックアップからは戻せません。"
        raise UsageProblem("restore-database", what, "外して戻し、そのあと yomitori store move で移してください。")
    for folder, variable in ((settings.data, "YOMITORI_DATA"), (settings.common, "YOMITORI_SHARED")):
        if folder.exists() and any(folder.iterdir()):
            what = f"フォルダー {folder} は空ではありません。"
            raise UsageProblem("restore-not-empty", what, f"{variable} で空のフォルダーを指定してください。")


@contextmanager
def _shared(settings: Settings, own: Path) -> Iterator[Path]:
    """A folder for what machines share; it may be the root of a disk of its own, so its children move one by one."""
    if settings.shared is None:
        (own / "vault").mkdir(mode=0o700)
        yield own
        return
    settings.shared.mkdir(parents=True, exist_ok=True)
    staged = Path(tempfile.mkdtemp(prefix="restore-", dir=settings.shared))
    try:
        (staged / "vault").mkdir(mode=0o700)
        yield staged
        os.sync()
        for child in staged.iterdir():
            child.rename(settings.shared / child.name)
    finally:
        shutil.rmtree(staged, ignore_errors=True)


@contextmanager
def _staged(data: Path) -> Iterator[Path]:
    """A folder beside the data folder that takes its place when all went well."""
    data.parent.mkdir(parents=True, exist_ok=True)
    staged = Path(tempfile.mkdtemp(prefix=f"{data.name}.restore-", dir=data.parent))
    try:
        yield staged
        os.sync()
        with suppress(FileNotFoundError):
            data.rmdir()
        staged.rename(data)
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _unpacked(stream: io.BufferedReader[Any], into: Callable[[str], Path]) -> Backup:
    """Write every entry; to the end, so that a backup that was cut off is found out."""
    try:
        with tarfile.open(fileobj=stream, mode="r|", bufsize=sealed.PIECE) as archive:
            made = _entries(archive, into)
        while stream.read(sealed.PIECE):
            pass
        return Backup(**made)
    except (tarfile.TarError, ValueError, TypeError) as error:
        raise sealed.damaged() from error


def _entries(archive: tarfile.TarFile, into: Callable[[str], Path]) -> dict[str, Any]:
    """The manifest; everything else is written."""
    made: dict[str, Any] = {}
    for entry in archive:
        data = archive.extractfile(entry)
        made |= {} if data is None else _taken(entry.name, data.read(), into(entry.name))
    return made


def _taken(name: str, data: bytes, into: Path) -> dict[str, Any]:
    """Write one entry, or read the manifest; a name that no backup has, or bytes of another name, are damage."""
    if name == MANIFEST:
        return dict(json.loads(data))
    original = ORIGINAL.fullmatch(name)
    if original and hashlib.sha256(data).hexdigest() != original[2]:
        raise sealed.damaged()
    if not original and not OTHERS.fullmatch(name):
        raise sealed.damaged()
    path = into / name
    for folder in [folder for folder in reversed(path.parents) if into in folder.parents]:
        folder.mkdir(exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
    return {}
