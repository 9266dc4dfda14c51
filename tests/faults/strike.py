"""One fault at one system call of the job, through strace; then the job again, undisturbed, and what became of it.

The job runs in a fork of a process that has everything loaded; strace is attached before it begins.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import Problem
from tests.faults import job

# Whatever changes a disk, or opens what may.
CALLS = ("openat", "write", "pwrite64", "fsync", "fdatasync", "rename", "unlink", "ftruncate", "mkdir", "chmod")
READS = ("read", "pread64")
RESTART_S = 10.0  # processor seconds
LONG_S = 120.0  # never waited for unless something is broken
FINISHED, TOLD, DEFECT = 0, 3, 4  # how the job ends: done, with a sentence, with a traceback


@dataclass(frozen=True)
class Fault:
    """The n-th call (from 1) of that name fails so."""

    call: str
    n: int
    how: str  # KILL, or the name of an error

    @property
    def injection(self) -> str:
        """As strace takes it."""
        what = "signal=KILL" if self.how == "KILL" else f"error={self.how}"
        return f"inject={self.call}:{what}:when={self.n}"

    def __str__(self) -> str:
        return f"{self.how} at {self.call} {self.n}"


def works() -> bool:
    """Whether strace is here and may look at other processes."""
    if shutil.which("strace") is None:
        return False
    return subprocess.run(["strace", "-qq", "-o", os.devnull, "true"], check=False, capture_output=True).returncode == 0


def forked(place: Path, work: Callable[[Path], None], start: int) -> int:
    """A process that does the work as soon as a byte can be read from `start`."""
    pid = os.fork()
    if pid:
        return pid
    code = DEFECT
    try:
        os.read(start, 1)
        work(place)
        code = FINISHED
    except (Problem, OSError):
        code = TOLD
    except BaseException:  # noqa: BLE001 - reported by the parent
        (place / "traceback").write_text(traceback.format_exc())
    finally:
        sys.stdout.flush()
        os._exit(code)


def traced(place: Path, work: Callable[[Path], None], *options: str) -> int:
    """Do the work under strace; the exit code, or minus the signal that ended it."""
    ours, theirs = os.pipe()
    pid = forked(place, work, ours)
    watcher = subprocess.Popen(["strace", "-f", "-qq", "-p", str(pid), *options], stderr=subprocess.DEVNULL)
    try:
        _attached(pid, watcher)
        os.write(theirs, b"x")
        status = os.waitpid(pid, 0)[1]
    finally:
        for end in (ours, theirs):
            os.close(end)
        watcher.wait(LONG_S)
    return os.waitstatus_to_exitcode(status)


def _attached(pid: int, watcher: subprocess.Popen[bytes]) -> None:
    status = Path(f"/proc/{pid}/status")
    while "TracerPid:\t0\n" in status.read_text():
        if watcher.poll() is not None:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            raise RuntimeError("strace cannot attach")
        time.sleep(0.002)


def counted(place: Path, work: Callable[[Path], None], calls: tuple[str, ...]) -> Counter[str]:
    """How often the work makes each call."""
    log = place / "calls"
    traced(place, work, "-o", str(log), "-e", f"trace={','.join(calls)}")
    return Counter(re.findall(r"^\d+ +(\w+)\(", log.read_text("utf-8", "replace"), re.MULTILINE))


def strike(fault: Fault, start: Path, place: Path, quiet: dict[str, Any]) -> Iterator[str]:
    """Let a fault happen to a copy of `start`; whatever is wrong afterwards, before and after the job ran again.

    Args:
        fault: what happens.
        start: the place as it was before the job.
        place: a new folder, removed in the end.
        quiet: what `job.seen` says of an undisturbed run.
    """
    shutil.copytree(start, place)
    try:
        code = traced(place, job.work, "-o", os.devnull, "-e", f"trace={fault.call}", "-e", fault.injection)
        if code == DEFECT:
            yield f"{fault}: a defect, not a sentence: {(place / 'traceback').read_text()}"
        yield from (f"{fault}: {said}" for said in aftermath(place, quiet))
    finally:
        shutil.rmtree(place, ignore_errors=True)


def aftermath(place: Path, quiet: dict[str, Any], settings: job.Place = job.alone) -> Iterator[str]:
    """What is wrong with a place to which something happened, now and once the job ran again without a fault."""
    yield from (f"{name} was acknowledged and is lost" for name in job.lost(place, settings))
    began = time.process_time()  # whatever else the machine does meanwhile
    try:
        again(place, settings)
    except Exception:  # noqa: BLE001 - any is a failure to be reported
        yield f"does not start again: {traceback.format_exc()}"
        return
    if time.process_time() - began > RESTART_S:
        yield f"usable only after {time.process_time() - began:.0f} processor seconds"
    now = job.seen(place, settings)
    yield from (f"{key} differs after a restart" for key in quiet if now[key] != quiet[key])
    left = [path.name for path in (place / "inbox").iterdir() if path.is_file()]
    if left:
        yield f"still in the folder: {left}"


def again(place: Path, settings: job.Place = job.alone) -> None:
    """The job once more, here."""
    with contextlib.suppress(FileNotFoundError):
        (place / "traceback").unlink()
    job.work(place, settings)
