"""A busy machine is not held against an item; what burns or hangs by itself is."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from pipeline.workers import clocks


class Machine:
    """A /proc that says what a test wants."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def say(self, pid: int, waited_s: float, children: str = "") -> None:
        """How long a process waited for a processor so far, and what it started."""
        own = self.folder / str(pid) / "task" / str(pid)
        own.mkdir(parents=True, exist_ok=True)
        (own / "children").write_text(children)
        (self.folder / str(pid) / "schedstat").write_text(f"5 {int(waited_s * 1e9)} 1")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Such a machine, at second 100."""
    monkeypatch.setattr(clocks, "PROC", tmp_path)
    monkeypatch.setattr(time, "monotonic", lambda: 100.0)
    return Machine(tmp_path)


def test_waiting_for_a_processor_does_not_count(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 50 seconds, 40 in which it and a program it started got no processor leave 10; ended programs stay counted."""
    machine.say(7, 3)
    clock = clocks.Clock(7)
    monkeypatch.setattr(time, "monotonic", lambda: 150.0)
    machine.say(7, 13, "8")
    machine.say(8, 30)
    assert clock.own_s() == pytest.approx(10)
    machine.say(7, 13)
    assert clock.own_s() == pytest.approx(10)
    assert clock.wall_s == pytest.approx(50)


def test_a_machine_that_does_not_say(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the system's figures the wall clock counts."""
    clock = clocks.Clock(7)
    monkeypatch.setattr(time, "monotonic", lambda: 150.0)
    assert (clock.own_s(), clock.cpu_s) == (50, 0)


def test_the_systems_own_figures() -> None:
    """Here and now: a program that sleeps is its parent's family, waits for nothing and costs nothing."""
    with subprocess.Popen(["sleep", "60"]) as program:
        assert program.pid in clocks.family(os.getpid())
        clock = clocks.Clock(program.pid)
        assert clock.cpu_s < 1
        program.kill()
