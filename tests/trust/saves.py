"""Saves from screens of every age, 5,000 steps beside a plain model: `make trust-saves`. A stale one is refused every time."""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from pipeline import review
from tests.review.test_decisions import Desk
from tests.run import papers

STEPS = 50  # of one story


class Counted(Desk):
    """The same, counting what happened."""

    seen: ClassVar[Counter[str]] = Counter()

    def _save(self, change: review.Change) -> bool:
        saved = super()._save(change)
        self.seen["saved" if saved else "refused as stale"] += 1
        return saved

    @invariant()
    def stands(self) -> None:
        """What stands is asked after every step."""
        self.seen["steps"] += 1
        super().stands()


def main() -> None:
    """Run so many stories; an AssertionError with the shortest one where a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stories", type=int, default=100)
    asked = parser.parse_args()
    patch = pytest.MonkeyPatch()
    papers.believe(patch)
    papers.cheap_passwords(patch)
    with tempfile.TemporaryDirectory() as name:
        machine = type("DeskHere", (Counted,), {"where": Path(name)})
        many = settings(max_examples=asked.stories, stateful_step_count=STEPS, deadline=None, database=None)
        run_state_machine_as_test(machine, settings=many)
    print(dict(Counted.seen), "0 lost, 0 wrongly refused")


if __name__ == "__main__":
    main()
