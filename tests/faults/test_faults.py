"""A few of the faults of `make faults`: whatever call fails, nothing is lost, nothing is there twice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults import strike

PATIENCE_S = 280  # never waited for unless something is broken

pytestmark = pytest.mark.skipif(not strike.works(), reason="strace may not look at other processes here")


def harness(*words: str) -> tuple[int, str]:
    """How a harness of its own process ends, and what it says."""
    command = [sys.executable, "-m", *words]
    house = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=house, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    return done.returncode, done.stdout + done.stderr


def test_faults_at_system_calls_and_power_cuts() -> None:
    """Killed, out of space, on a broken disk or cut from power at moments drawn at random, the job ends in a sentence or not at all, and the next run does it."""
    code, said = harness("tests.faults", "--made", "--faults", "30", "--cuts", "3")
    assert (code, "; 0 things wrong" in said) == (0, True), said


def test_a_wrong_order_would_be_found() -> None:
    """A folder that moves a file first and makes it safe afterwards loses it to a kill in between."""
    _, said = harness("tests.faults.broken", "order")
    assert "lost" in said or "differs" in said, said


def test_a_defect_is_not_taken_for_a_sentence() -> None:
    """A job that ends in a traceback is named, with the traceback."""
    _, said = harness("tests.faults.broken", "defect")
    assert "ZeroDivisionError" in said
    assert "does not start again" in said
