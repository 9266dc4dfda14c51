"""Faults by the thousand: `make faults`. Nothing lost, nothing twice, nothing acknowledged and then lost.

The job is killed, or told that the disk is full or broken, at every call that it makes to the disk; the power is cut at
random moments. Each time the job then runs again, and must end with the rows of an undisturbed run.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline import store
from pipeline.settings import Settings
from tests.faults import job, power, strike
from tests.faults.strike import Fault

HOWS = ("KILL", "ENOSPC", "EIO")
STEP = 50  # faults between two words
MEMORY = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else None  # the order of writes is what matters


def every(counts: Counter[str]) -> Iterator[Fault]:
    """Every fault at every call: changes of the disk can be killed, find it full or broken; readings find it broken."""
    for call, number in sorted(counts.items()):
        for n in range(1, number + 1):
            yield from (Fault(call, n, how) for how in (HOWS if call in strike.CALLS else ("EIO",)))


class Ground:
    """Where the faults happen: the office before the job, and what an undisturbed job makes of it.

    Args:
        folder: empty; disposable.
        made: whether the store is there already, so that only the day's work is disturbed and not its making.
    """

    def __init__(self, folder: Path, made: bool = False) -> None:
        self.folder, self.start = folder, folder / "start"
        if made:
            store.open(Settings(data=self.start / "data"), create=True).close()
        job.fill(self.start / "inbox")
        quiet = folder / "quiet"
        shutil.copytree(self.start, quiet)
        began = time.monotonic()
        job.work(quiet)
        self.takes_s = time.monotonic() - began
        self.quiet: dict[str, Any] = job.seen(quiet)
        shutil.rmtree(quiet)

    def faults(self) -> list[Fault]:
        """All there are."""
        place = self.folder / "counted"
        shutil.copytree(self.start, place)
        counts = strike.counted(place, job.work, strike.CALLS + strike.READS)
        shutil.rmtree(place)
        return list(every(counts))

    def strike(self, fault: Fault) -> list[str]:
        """What is wrong after one of them."""
        return list(strike.strike(fault, self.start, self.folder / "struck", self.quiet))

    def cuts(self, number: int, dice: random.Random) -> Iterator[list[str]]:
        """What is wrong after each of some power cuts."""
        if not number:
            return
        image = self.folder / "base.img"
        power.disk(image)
        with power.mounted(image, self.folder / "base") as root:
            shutil.copytree(self.start, root, dirs_exist_ok=True)
        for _ in range(number):
            moment = dice.uniform(0.02, self.takes_s)
            told = power.cut(image, moment, self.folder)
            yield [f"power cut after {moment:.2f} s: {said}" for said in power.aftermath(self.folder, told, self.quiet)]


def part(text: str) -> tuple[int, int]:
    """`2/3` as numbers: a long run in pieces."""
    one, of = map(int, text.split("/"))
    if not 1 <= one <= of:
        raise ValueError(text)
    return one, of


def main() -> None:
    """All faults; figures, and 1 where a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--place", type=Path, default=MEMORY, help="folder to work in (default: in memory)")
    parser.add_argument(
        "--made", action="store_true", help="only the day's work is disturbed, not the making of the store"
    )
    parser.add_argument("--faults", type=int, help="at system calls, drawn at random (default: all there are)")
    parser.add_argument(
        "--part", type=part, default=(1, 1), help="K/N: every N-th of them and of the cuts, from the K-th"
    )
    parser.add_argument("--cuts", type=int, default=200, help="power cuts")
    parser.add_argument("--seed", type=int, default=8)
    asked = parser.parse_args()
    job.prepare()
    dice, began = random.Random(asked.seed), time.monotonic()
    with tempfile.TemporaryDirectory(dir=asked.place) as name:
        ground = Ground(Path(name), asked.made)
        faults = ground.faults() if strike.works() else []
        first, step = asked.part
        faults = sorted(dice.sample(faults, min(asked.faults or len(faults), len(faults))), key=str)[first - 1 :: step]
        wrong = [said for fault in _counted(faults) for said in _shown(ground.strike(fault))]
        cuts = len(range(first - 1, asked.cuts, step)) if power.works(Path(name)) else 0
        moments = random.Random(f"{asked.seed}/{first}")  # other ones in every piece
        wrong += [said for found in ground.cuts(cuts, moments) for said in _shown(found)]
    kinds = Counter(fault.how for fault in faults)
    print(f"{len(faults)} faults at system calls ({dict(kinds)}), {cuts} power cuts; {len(wrong)} things wrong")
    print(f"an undisturbed job takes {ground.takes_s:.1f} s; all of it took {time.monotonic() - began:.0f} s")
    sys.exit(1 if wrong or not faults else 0)


def _counted(faults: list[Fault]) -> Iterator[Fault]:
    """The faults, with a word on stderr now and then: a long run that is ended has told how far it came."""
    for done, fault in enumerate(faults):
        if done % STEP == 0:
            print(f"{done} of {len(faults)} faults", file=sys.stderr, flush=True)
        yield fault


def _shown(found: list[str]) -> list[str]:
    for said in found:
        print(said, flush=True)
    return found


if __name__ == "__main__":
    main()
