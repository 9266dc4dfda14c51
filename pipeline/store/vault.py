"""The vault: original files, untouched, each under the SHA-256 of its bytes."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from pipeline import errors
from pipeline.errors import StoreProblem

FRESH_S = 2.0  # seconds
LOCK, PATIENCE_S, PAUSE_S = "originals.lock", 5.0, 0.05


def place(vault: Path, sha256: str) -> Path:
    """Where the file of that SHA-256 lies."""
    return vault / sha256[:2] / sha256


def keep(vault: Path, chunks: Iterable[bytes]) -> tuple[str, int]:
    """Put a file into the vault so that it survives a power cut once this returns; its SHA-256 and size.

    Order: part → fsync → rename → fsync of the folders. The name is of the bytes that were really written, whatever
    happens to their source meanwhile; a damaged file of that name is made whole. Raises StoreProblem when the disk
    refuses.
    """
    with _guarded(vault), _part(vault) as (file, part):
        sha256, size = _copied(chunks, file)
        file.flush()
        os.fsync(file.fileno())
        kept = place(vault, sha256)
        kept.parent.mkdir(exist_ok=True, mode=0o700)
        part.replace(kept)
        _sync(kept.parent, vault)
    return sha256, size


@contextmanager
def _part(vault: Path) -> Iterator[tuple[IO[bytes], Path]]:
    """A new file under a name of its own, locked for as long as it is written."""
    part = vault / f"{secrets.token_hex(8)}.part"
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file, part
    finally:
        part.unlink(missing_ok=True)


def drop(vault: Path, sha256: str) -> None:
    """Remove a file for good; nothing happens when it is not there."""
    gone = place(vault, sha256)
    gone.unlink(missing_ok=True)
    if gone.parent.is_dir():
        _sync(gone.parent)


@contextmanager
def held(vault: Path) -> Iterator[None]:
    """Originals stay for as long as this lasts: for whoever copies them."""
    with (vault / LOCK).open("a") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


@contextmanager
def dropping(vault: Path) -> Iterator[bool]:
    """Whether originals may be removed: False while somebody copies them, or longer removes others than one waits."""
    with (vault / LOCK).open("a") as file:
        yield any(_lock(file) for _ in range(round(PATIENCE_S / PAUSE_S)))


def _lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        time.sleep(PAUSE_S)
        return False
    return True


def sweep(vault: Path) -> None:
    """Remove what runs that were killed left half-written: parts that nobody holds a lock on."""
    for part in vault.glob("*.part"):
        # Made this very moment it may not be locked yet.
        with suppress(OSError), part.open("rb") as file:
            if time.time() - os.fstat(file.fileno()).st_ctime > FRESH_S:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                part.unlink()


def _copied(chunks: Iterable[bytes], file: IO[bytes]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        digest.update(chunk)
        size += file.write(chunk)
    return digest.hexdigest(), size


@contextmanager
def _guarded(vault: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreProblem(
            "vault-full" if error.errno == errno.ENOSPC else "vault-unwritable",
            f"スキャンを {vault} に保管できませんでした（{errors.reason(error)}）。",
            "ディスクの空きとデータフォルダーの権限を確かめて、もう一度取り込んでください。",
        ) from error


def _sync(*folders: Path) -> None:
    for folder in folders:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def read(vault: Path, sha256: str) -> bytes:
    """The bytes as they arrived; raises StoreProblem when they are gone or damaged."""
    try:
        data = place(vault, sha256).read_bytes()
    except OSError as error:
        raise _lost(sha256, "原本が見つかりません") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise _lost(sha256, "原本が壊れています")
    return data


def _lost(sha256: str, what: str) -> StoreProblem:
    return StoreProblem(
        "original-lost", f"{what}（{sha256[:12]}…）。", "バックアップから戻すか、紙をもう一度スキャンしてください。"
    )


def everything(vault: Path) -> Iterator[Path]:
    """Every file that lies in the vault, sorted; not what is being written or was left half-written."""
    return iter(sorted(path for path in vault.glob("??/*") if path.is_file()))
