"""Guessing at a password; `python -m tests.trust.guessing` prints how many guesses a day holds, and how alike times are."""

from __future__ import annotations

import argparse
import datetime as dt
import statistics
import tempfile
import time
from pathlib import Path
from unittest import mock

import argon2

from pipeline import store
from pipeline.settings import Settings
from pipeline.store import Store, accounts, moments
from tests.ui.conftest import Clock

DAY = 24 * 3600.0
SAMPLES = 200
CHEAP = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # counting guesses asks for no more


def attack(opened: Store, clock: Clock, name: str, seconds: float) -> list[float]:
    """Guess whenever a guess is looked at; the seconds since the beginning at which one was."""
    looked, begin = [], clock.offset
    while (passed := (clock.offset - begin).total_seconds()) < seconds:
        guess = accounts.look(opened, name, "guess")
        looked += [] if guess.wait else [passed]
        # A little more than it says: the time that this program takes itself passes too.
        clock.passes(seconds=guess.wait or 0.001)
    return looked


def times(opened: Store, names: list[str], samples: int = SAMPLES) -> dict[str, list[float]]:
    """Seconds that a look takes, by name, one after the other in turns; throttles are let pass."""
    clock = Clock()
    taken: dict[str, list[float]] = {name: [] for name in names}
    with mock.patch.object(moments, "clock", clock):
        for turn in range(samples):
            for name in names if turn % 2 else names[::-1]:  # whoever comes first finds caches colder
                begin = time.perf_counter()
                accounts.look(opened, name, "not the password at all")
                taken[name].append(time.perf_counter() - begin)
            clock.passes(minutes=16)
    return taken


def _told(taken: list[float]) -> str:
    ranked = sorted(taken)
    low, middle, high = (1000 * ranked[round(share * (len(ranked) - 1))] for share in (0.1, 0.5, 0.9))
    return f"median {middle:.1f} ms, tenth to ninetieth percentile {low:.1f} to {high:.1f} ms"


def main() -> None:
    """Print both figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=SAMPLES, help="sign-ins of each kind that are timed")
    samples = parser.parse_args().samples
    with tempfile.TemporaryDirectory() as folder, store.open(Settings(data=Path(folder)), create=True) as opened:
        accounts.add(opened, "known")
        found = times(opened, ["known", "unknown"], samples)
        for name, taken in found.items():
            print(f"{len(taken)} wrong sign-ins as {name}: {_told(taken)}")
        both = [a - b for a, b in zip(found["known"], found["unknown"], strict=True)]
        spread = 1000 * statistics.stdev(both) / len(both) ** 0.5
        print(f"difference in mean {1000 * statistics.mean(both):+.2f} ms, its standard error {spread:.2f} ms")
        clock = Clock()
        clock.passes(days=9)
        hasher = mock.patch.object(accounts.passwords, "_hasher", CHEAP)
        with mock.patch.object(moments, "clock", clock), hasher:
            looked = attack(opened, clock, "known", 3 * DAY)
        most = max(sum(begin <= at < begin + DAY for at in looked) for begin in looked)
        print(f"{dt.timedelta(seconds=3 * DAY)} of guessing: at most {most} guesses looked at in any 24 hours")


if __name__ == "__main__":
    main()
