"""The vault keeps every byte under its own hash."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import StoreProblem
from pipeline.store import vault


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty vault."""
    made = tmp_path / "vault"
    made.mkdir()
    return made


@given(data=st.lists(st.binary(max_size=50), max_size=4))
def test_bytes_come_out_as_they_went_in(tmp_path_factory: pytest.TempPathFactory, data: list[bytes]) -> None:
    """Whatever the chunks, the file is their sum under its SHA-256, and nothing else is left behind."""
    folder = tmp_path_factory.mktemp("vault")
    whole = b"".join(data)
    assert vault.keep(folder, data) == (hashlib.sha256(whole).hexdigest(), len(whole))
    assert vault.keep(folder, [whole]) == (hashlib.sha256(whole).hexdigest(), len(whole))
    (only,) = vault.everything(folder)
    assert vault.read(folder, only.name) == whole
    assert only.stat().st_mode & 0o777 == 0o600


def test_a_full_disk_is_said_and_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk is full the caller is told, and no half of a file stays."""

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreProblem, match="vault-full"):
        vault.keep(folder, [b"scan"])
    assert list(folder.iterdir()) == []


def test_the_disk_has_it_before_the_name_does(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes are forced to disk under another name first, then renamed, then the folders are forced too."""
    steps: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda handle: steps.append("folder" if _is_folder(handle) else "bytes"))
    rename = Path.replace

    def replace(self: Path, target: Path) -> Path:
        steps.append("rename")
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    vault.keep(folder, [b"scan"])
    assert steps == ["bytes", "rename", "folder", "folder"]


def _is_folder(handle: int) -> bool:
    return Path(f"/proc/self/fd/{handle}").resolve().is_dir()


def test_what_a_killed_run_left_is_swept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A half-written part goes at the next start, unless somebody is writing it at that moment."""
    (folder / "dead.part").write_bytes(b"half")
    monkeypatch.setattr(vault, "FRESH_S", -1.0)

    def source() -> Iterator[bytes]:
        yield b"whole"
        vault.sweep(folder)

    sha256, _ = vault.keep(folder, source())
    assert vault.read(folder, sha256) == b"whole"
    assert list(folder.glob("*.part")) == []


def test_keeping_again_mends_what_was_damaged(folder: Path) -> None:
    """The same file coming in again makes a damaged original whole."""
    sha256, _ = vault.keep(folder, [b"scan"])
    vault.place(folder, sha256).write_bytes(b"scam")
    vault.keep(folder, [b"scan"])
    assert vault.read(folder, sha256) == b"scan"


def test_a_source_that_breaks_off_leaves_nothing(folder: Path) -> None:
    """When the source fails half-way its error comes through, and no part of it is kept."""

    def source() -> Iterator[bytes]:
        yield b"half"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        vault.keep(folder, source())
    assert list(vault.everything(folder)) == []


def test_damaged_bytes_are_never_handed_out(folder: Path) -> None:
    """An original that is gone or changed is an error, never a picture."""
    sha256, _ = vault.keep(folder, [b"scan"])
    vault.place(folder, sha256).write_bytes(b"scam")
    with pytest.raises(StoreProblem, match="壊れています"):
        vault.read(folder, sha256)
    vault.place(folder, sha256).unlink()
    with pytest.raises(StoreProblem, match="見つかりません"):
        vault.read(folder, sha256)
