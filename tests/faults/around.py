"""What goes wrong around the job: `make faults-around`. Tesseract, folders that vanish, clocks that jump.

`ARGS="--part 1/4"` is a piece of it; `ARGS=--quick` the few of `make test`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from tests.faults import clocks, job, ocr, vanish
from tests.faults.__main__ import MEMORY, STEP
from tests.faults.__main__ import part as piece_of

QUICK = 8  # of each kind that can be struck at many moments
Strike = tuple[str, Callable[[], Iterator[str]]]


def _tesseract(folder: Path, quick: bool) -> Iterator[Strike]:
    ground = ocr.Ground(folder / "ocr", 0 if quick else 1)
    quiet = ground.prepare()
    for name in ocr.QUICK if quick else ocr.FAKES:
        yield f"Tesseract {name}", partial(ground.strike, name, quiet)


def _folders(folder: Path, quick: bool) -> Iterator[Strike]:
    ground = vanish.Ground(folder / "vanish")
    quiet = ground.prepare()
    for root in vanish.ROOTS:
        uses = ground.uses(root)
        for way in vanish.WAYS:
            for at in _some(uses, QUICK // 4 if quick else uses):
                yield f"{root} {way} at use {at}", partial(ground.strike, root, way, at, quiet)


def _clocks(folder: Path, quick: bool) -> Iterator[Strike]:
    ground = clocks.Ground(folder / "clocks")
    quiet = ground.prepare()
    looks = ground.looks()
    for jump in clocks.JUMPS:
        for at in _some(looks, QUICK // 6 if quick else looks):
            yield f"clock {jump} at look {at}", partial(ground.strike, jump, at, quiet)


def _some(of: int, number: int) -> list[int]:
    """So many of 1 … of, evenly spread."""
    return sorted({1 + n * of // number for n in range(number)})


def struck(strikes: Iterator[Strike], piece: tuple[int, int]) -> tuple[int, int]:
    """Every N-th from the K-th: how many there were, and how many things were wrong."""
    done = wrong = 0
    for number, (name, strike) in enumerate(strikes):
        if number % piece[1] != piece[0] - 1:
            continue
        if done % STEP == 0:
            print(f"{done} done, now: {name}", file=sys.stderr, flush=True)
        for said in strike():
            print(f"{name}: {said}", flush=True)
            wrong += 1
        done += 1
    return done, wrong


def main() -> None:
    """All of them; figures, and 1 where a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", type=piece_of, default=(1, 1), help="K/N: every N-th of them, from the K-th")
    parser.add_argument("--quick", action="store_true", help="a few of each, in this process")
    parser.add_argument("--kinds", default="tesseract,folders,clocks", help="which, with commas between")
    asked = parser.parse_args()
    began, wrong, total = time.monotonic(), 0, 0
    kinds = {"tesseract": _tesseract, "folders": _folders, "clocks": _clocks}
    for kind in asked.kinds.split(","):  # Tesseract first: the others put stand-ins in the readers' place for good
        with tempfile.TemporaryDirectory(dir=MEMORY) as name:
            if kind != "tesseract":
                job.prepare()
            done, found = struck(kinds[kind](Path(name), asked.quick), asked.part)
        print(f"{kind}: {done} faults, {found} things wrong", flush=True)
        wrong, total = wrong + found, total + done
    print(f"{total} faults in all, {wrong} things wrong; {time.monotonic() - began:.0f} s")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
