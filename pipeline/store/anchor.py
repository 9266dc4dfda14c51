"""The anchor of the audit log: its length and last HMAC, in a file outside the database.

One line of fixed width, written over in place: it lies within one sector of the disk, so that after a power cut the old
one or the new one is there, without waiting for the disk at every line of the log. An old one is no fault.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import StoreProblem
from pipeline.store.chain import Head

LINE = re.compile(rb"(\d{12}) ([0-9a-f]{64})\n")
WIDTH = 12 + 1 + 64 + 1  # bytes


def read(path: Path) -> Head | None:
    """What the file says; None when there is none. StoreProblem when it cannot be understood."""
    try:
        with _held(path, os.O_RDONLY, fcntl.LOCK_SH) as handle:
            return _understood(path, os.pread(handle, WIDTH + 1, 0))
    except FileNotFoundError:
        return None


def put(path: Path, head: Head) -> None:
    """Write the anchor; one that lies further on stays. Raises OSError, and StoreProblem as `read`."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _held(path, os.O_RDWR | os.O_CREAT, fcntl.LOCK_EX) as handle:
        before = os.pread(handle, WIDTH + 1, 0)
        if not before:
            _write(handle, head)
            os.fsync(handle)
        elif _understood(path, before).length < head.length:
            _write(handle, head)


def replace(path: Path, head: Head) -> None:
    """Write the anchor even when it goes back: after a restore."""
    with _held(path, os.O_RDWR | os.O_CREAT, fcntl.LOCK_EX) as handle:
        _write(handle, head)
        os.fsync(handle)


def _write(handle: int, head: Head) -> None:
    os.pwrite(handle, b"%012d %b\n" % (head.length, head.mac.encode()), 0)


def _understood(path: Path, line: bytes) -> Head:
    found = LINE.fullmatch(line)
    if found is None:
        raise StoreProblem(
            "anchor-damaged",
            f"監査ログの控え {path} を読めません。",
            "バックアップの控えと比べ、ログが揃っていることを管理者が確かめてから、控えを戻してください。",
        )
    return Head(int(found[1]), found[2].decode())


@contextmanager
def _held(path: Path, flags: int, lock: int) -> Iterator[int]:
    """The open file, locked: several processes write to one store."""
    handle = os.open(path, flags, 0o600)
    try:
        fcntl.flock(handle, lock)
        yield handle
    finally:
        os.close(handle)
