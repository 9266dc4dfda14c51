"""The power is cut: the job runs on a small disk of its own, and what the disk held at some moment is all that is left.

A disk is a file, mounted as a loop device; the job is stopped, the file is copied, and the job is killed. What only the
system's memory held is not in the copy.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline import store
from pipeline.acquire import inbox
from pipeline.settings import Settings
from tests.faults import job, strike

SIZE = 48 * 1024 * 1024  # bytes
TRIES = 5


def works(folder: Path) -> bool:
    """Whether disks can be made and mounted here."""
    try:
        disk(folder / "probe.img")
        with mounted(folder / "probe.img", folder / "probe"):
            return True
    except (OSError, subprocess.SubprocessError):
        return False


def disk(image: Path) -> None:
    """A disk with the scanner's files on it and nothing else."""
    with image.open("wb") as file:
        file.truncate(SIZE)
    _run("mkfs.ext4", "-q", "-F", image)


@contextmanager
def mounted(image: Path, at: Path) -> Iterator[Path]:
    """The disk's root folder."""
    at.mkdir(exist_ok=True)
    for left in reversed(range(TRIES)):  # of two that ask for a free loop device at once only one gets it
        try:
            _run("mount", "-o", "loop", image, at)
            break
        except subprocess.CalledProcessError:
            if not left:
                raise
            time.sleep(1)
    try:
        yield at
    finally:
        _run("umount", at)


def _run(*command: str | Path) -> None:
    subprocess.run([str(word) for word in command], check=True, capture_output=True, timeout=strike.LONG_S)


def cut(image: Path, after_s: float, folder: Path) -> list[str]:
    """Run the job on a copy of the disk, cut the power after so many seconds; files seen in `done` by then, by SHA-256."""
    live = folder / "live.img"
    shutil.copyfile(image, live)
    with mounted(live, folder / "live") as place:
        ours, theirs = os.pipe()
        pid = strike.forked(place, job.work, ours)
        os.write(theirs, b"x")
        time.sleep(after_s)
        os.kill(pid, signal.SIGSTOP)
        told = [_hash(path) for path in (place / "inbox" / inbox.DONE).rglob("*") if path.is_file()]
        shutil.copyfile(live, folder / "cut.img")
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        for end in (ours, theirs):
            os.close(end)
    return told


def aftermath(folder: Path, told: list[str], quiet: dict[str, object]) -> Iterator[str]:
    """What is wrong with the disk whose power was cut: what it holds as it is, and after the job ran again on it."""
    with mounted(folder / "cut.img", folder / "after") as place:
        yield from (f"{name[:8]} was moved away before the cut and is lost" for name in _missing(place, told))
        yield from strike.aftermath(place, quiet)


def _missing(place: Path, told: list[str]) -> list[str]:
    if not told:
        return []
    with contextlib.closing(store.open(Settings(data=place / "data"))) as opened:
        return [name for name in told if not opened.knows(name) or _hash(opened.original(name)) != name]


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
