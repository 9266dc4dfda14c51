"""Odd files through the guarded pool: `make faults-files`. Exactly one verdict each, and the program goes on.

Mutants are cut, flipped, doubled and lied-about copies of every odd file at hand, of this project's own scans and of one
good file of each kind; the same seed gives the same bytes.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pipeline import workers
from pipeline.settings import Settings
from tests.acquire.test_bad_inputs import CONTROL_CODES, FOLDER, GOOD_KINDS, look_and_read
from tests.acquire.test_mutants import WAYS
from tests.acquire.test_refusals import GOOD
from tests.faults.__main__ import part

OWN = Path(__file__).parents[1] / "fixtures"
LARGEST = 3_000_000  # bytes of a file that is mutated
DIED = {"crashed", "timeout", "out-of-memory"}
HALVES = 200
STEP = 100  # files between two words


@dataclass
class Figures:
    """What became of some files."""

    codes: Counter[str] = field(default_factory=Counter)
    files: int = 0
    verdicts: int = 0  # files that got one
    died: list[str] = field(default_factory=list)
    slowest_s: float = 0.0

    def __str__(self) -> str:
        said = ", ".join(f"{code} {number}" for code, number in self.codes.most_common())
        worst = f"; slowest {self.slowest_s:.1f} s" if self.slowest_s else ""
        return f"{self.files} files, {self.verdicts} with one verdict ({said}){worst}"


def timed(path: Path) -> tuple[list[str], float]:
    """In a guarded child: the verdict of each page, and the seconds they took."""
    began = time.monotonic()
    return look_and_read(path), time.monotonic() - began


def sources() -> dict[str, bytes]:
    """What is mutated, by name."""
    found = {f"made/{name}": data for name, data in GOOD.items()}
    for root, path in [(OWN, one) for one in sorted(OWN.rglob("*.pdf"))] + [(FOLDER, one) for one in odd_files()]:
        if path.stat().st_size <= LARGEST:
            found[str(path.relative_to(root))] = path.read_bytes()
    return found


def odd_files() -> list[Path]:
    """Every odd file, where they are at hand."""
    listing = FOLDER / "manifest.json"
    return [FOLDER / one["file"] for one in json.loads(listing.read_text("utf-8"))] if listing.exists() else []


def mutants(number: int, seed: int, piece: tuple[int, int] = (1, 1)) -> Iterator[tuple[str, bytes]]:
    """So many damaged files, or a piece (k, of) of them: every way, every source, in turn."""
    every = list(sources().items())
    for n in range(piece[0] - 1, number, piece[1]):
        name, data = every[n % len(every)]
        if len(data) > 10:
            yield f"{n} {name}", WAYS[(n // len(every)) % len(WAYS)](data, random.Random(f"{seed}/{n}"))


def halves(number: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Good files cut off anywhere but in the white space at their end."""
    whole = {**GOOD, **{path.name: path.read_bytes() for path in sorted(OWN.rglob("*.pdf"))}}
    for n in range(number):
        name, data = list(whole.items())[n % len(whole)]
        yield f"{n} {name}", data[: random.Random(f"{seed}/half/{n}").randrange(1, len(data.rstrip()) - 8)]


def swept(pool: workers.Pool, folder: Path, files: Iterator[tuple[str, bytes]], of: int = 0) -> Figures:
    """Each file through the pool, with a word on stderr now and then; `of` about how many there are."""
    figures = Figures()

    def written() -> Iterator[Path]:
        for n, (name, data) in enumerate(files):
            path = folder / f"{n}"
            path.write_bytes(data)
            names[path] = name
            yield path

    names: dict[Path, str] = {}
    for path, outcome in pool.map(timed, written(), ordered=False):
        path.unlink()
        _count(figures, names.pop(path), outcome)
        if figures.files % STEP == 0:
            print(f"{figures.files} files{f' of {of}' if of else ''}", file=sys.stderr, flush=True)
    return figures


def _count(figures: Figures, name: str, outcome: tuple[list[str], float] | workers.Failure) -> None:
    codes, seconds = ([outcome.code], 0.0) if isinstance(outcome, workers.Failure) else outcome
    figures.files += 1
    figures.verdicts += bool(codes)
    figures.codes.update({"page" if "page" in codes else codes[0]: 1} if codes else {})
    figures.slowest_s = max(figures.slowest_s, seconds)
    if set(codes) & DIED:
        figures.died.append(f"{name}: {outcome}")


def refused_controls(pool: workers.Pool) -> list[str]:
    """Good scans among the odd files that were refused, but for what is smaller or larger than any form."""
    good = [path for path in odd_files() if str(path.relative_to(FOLDER)).startswith(GOOD_KINDS)]
    outcomes = ((path, [o.code] if isinstance(o, workers.Failure) else o) for path, o in pool.map(look_and_read, good))
    return [path.name for path, codes in outcomes if set(codes) - {"page"} - CONTROL_CODES]


def main() -> None:
    """Sweep, print the figures, end with 1 where a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutants", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=8)
    parser.add_argument("--part", type=part, default=(1, 1), help="K/N: every N-th mutant, from the K-th")
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, workers.pool(Settings(data=Path(name)), workers=asked.workers) as pool:
        good = list(swept(pool, Path(name), halves(20, asked.seed)).codes)  # so that everything is loaded
        before, began = _rss_mb(), time.monotonic()
        odd = swept(pool, Path(name), ((path.name, path.read_bytes()) for path in odd_files()))
        damaged = swept(
            pool, Path(name), mutants(asked.mutants, asked.seed, asked.part), asked.mutants // asked.part[1]
        )
        half = swept(pool, Path(name), halves(HALVES, asked.seed))
        refused = refused_controls(pool)
        grown = _rss_mb() - before
    print(f"odd files: {odd}\nmutants:   {damaged}\nhalf-copied: {half}")
    print(f"controls refused: {len(refused)} {refused}\nthis process grew by {grown:.0f} MiB")
    print(f"largest worker {_largest_mb():.0f} MiB; {time.monotonic() - began:.0f} s; warmed up with {len(good)} codes")
    for line in [*odd.died, *damaged.died, *half.died]:
        print("worker ended:", line)
    kept = all(one.verdicts == one.files for one in (odd, damaged, half))
    sys.exit(0 if kept and not half.codes["page"] and not refused and not odd.died and grown <= 50 else 1)


def _rss_mb() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def _largest_mb() -> float:
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


if __name__ == "__main__":
    main()
