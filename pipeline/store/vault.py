"""The vault: original files, untouched, each under the SHA-256 of its bytes."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from pipeline.errors import StoreProblem


def place(vault: Path, sha256: str) -> Path:
    """Where the file of that SHA-256 lies."""
    return vault / sha256[:2] / sha256


def keep(vault: Path, data: bytes) -> str:
    """Put bytes into the vault so that they survive a power cut once this returns; their SHA-256.

    Order: part → fsync → rename → fsync of the folder. Raises StoreProblem when the disk refuses.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    kept = place(vault, sha256)
    try:
        if not kept.exists():
            _write(kept, data)
        _sync_folders(kept, vault)
    except OSError as error:
        raise StoreProblem(
            "vault-full" if error.errno == 28 else "vault-unwritable",
            f"スキャンを保管できませんでした（{error.strerror}）。",
            "ディスクの空きとデータフォルダーの権限を確かめて、もう一度取り込んでください。",
        ) from error
    return sha256


def _write(kept: Path, data: bytes) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = kept.with_name(f"{kept.name}.{secrets.token_hex(4)}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(kept)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def _sync_folders(kept: Path, vault: Path) -> None:
    # A file found there may come from a run that was killed before it could do this.
    for folder in (kept.parent, vault):
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
    """Every file that lies in the vault, half-written ones too, sorted."""
    return iter(sorted(path for path in vault.glob("??/*") if path.is_file()))
