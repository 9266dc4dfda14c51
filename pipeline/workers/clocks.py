"""What an item costs a process: processor time, its own time on a machine that others use as well, and memory."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

PROC = Path("/proc")


@dataclass(eq=False)
class Clock:
    """Started when a process is given an item.

    A process that could run and got no processor is not the one that takes long: on a machine with more work than
    cores the same page needs many times as long by the wall clock. Linux counts that waiting for every process.
    """

    pid: int
    since: float = field(init=False)
    _cpu: float = field(init=False)
    _waited: dict[int, float] = field(init=False)  # seconds, by process; those that ended since included
    _before: float = field(init=False)

    def __post_init__(self) -> None:
        self.since = time.monotonic()
        self._cpu = cpu(self.pid)
        self._waited = {self.pid: waited(self.pid)}
        self._before = sum(self._waited.values())

    @property
    def wall_s(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.since

    @property
    def cpu_s(self) -> float:
        """Processor seconds since the start, programs that it started and that ended included."""
        return cpu(self.pid) - self._cpu

    def own_s(self) -> float:
        """Seconds since the start, without those in which it or a program it started waited for a processor.

        To be asked several times a second: of a program that ended, what was seen last is what counts.
        """
        for pid in family(self.pid):
            self._waited[pid] = max(waited(pid), self._waited.get(pid, 0.0))
        return self.wall_s - (sum(self._waited.values()) - self._before)


def address_space(pid: int) -> int:
    """Bytes that a process has mapped, which is what its limit counts; 0 when it is gone."""
    try:
        return int((PROC / str(pid) / "statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def cpu(pid: int) -> float:
    """Seconds of processor time of a process and of those it started that ended; 0 when it is gone."""
    try:
        after_name = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, after_name[11:15])) / os.sysconf("SC_CLK_TCK")


def waited(pid: int) -> float:
    """Seconds for which a process could run and waited for a processor; 0 where the system does not say."""
    try:
        return int((PROC / str(pid) / "schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


def family(pid: int) -> list[int]:
    """A process and all that it started and that still run."""
    try:
        children = (PROC / str(pid) / "task" / str(pid) / "children").read_text().split()
    except OSError:
        children = []
    return [pid, *(one for child in children for one in family(int(child)))]
