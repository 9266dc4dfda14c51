"""A few of the faults of `make faults`: whatever call fails, nothing is lost, nothing is there twice."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.acquire import inbox
from tests.faults import power, strike
from tests.faults.__main__ import Ground
from tests.faults.strike import Fault
from tests.run import papers

FAULTS, CUTS = 30, 3
MEMORY = Path("/dev/shm")

pytestmark = pytest.mark.skipif(not strike.works(), reason="strace may not look at other processes here")


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    """An office with a store and an inbox, in memory where that is possible: the order of writes is what matters."""
    memory = MEMORY if MEMORY.is_dir() else None
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory(dir=memory) as name:
        papers.believe(patch)
        yield Ground(Path(name), made=True)


def test_faults_at_system_calls(ground: Ground) -> None:
    """Killed, out of space or on a broken disk at calls drawn at random, the job ends in a sentence and is done by the next run."""
    every = ground.faults()
    assert {fault.how for fault in every} == {"KILL", "ENOSPC", "EIO"}
    assert len(every) > 300
    drawn = random.Random(8).sample(every, FAULTS)
    assert [said for fault in drawn for said in ground.strike(fault)] == []


def test_power_cuts(ground: Ground, tmp_path: Path) -> None:
    """What was moved away as safe is there after the power was cut, and the rest is done by the next run."""
    if not power.works(tmp_path):
        pytest.skip("no disk can be mounted here")
    assert [said for found in ground.cuts(CUTS, random.Random(8)) for said in found] == []


def test_a_wrong_order_would_be_found(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that moves a file first and makes it safe afterwards loses it to a kill in between."""

    def careless(box: inbox.Inbox, path: Path) -> bool:
        target = path.parent / inbox.DONE / path.name
        target.parent.mkdir(exist_ok=True)
        path.rename(target)
        box._accept(target)
        return False

    monkeypatch.setattr(inbox.Inbox, "_take", careless)
    found = [said for n in (2, 3) for said in ground.strike(Fault("fsync", n, "KILL"))]
    assert any("lost" in said or "differs" in said for said in found)


def test_a_defect_is_not_taken_for_a_sentence(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that ends in a traceback is named, with the traceback."""
    monkeypatch.setattr(inbox.Inbox, "poll", lambda _: 1 / 0)
    found = ground.strike(Fault("fsync", 999, "KILL"))
    assert "ZeroDivisionError" in found[0]
    assert any("does not start again" in said for said in found)
