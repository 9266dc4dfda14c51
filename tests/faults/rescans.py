"""The same sheet scanned again without a serial: `make faults-rescans`. Proposed in 99 of 100 cases, and hardly ever wrongly.

Sheets of every form at hand are filled in once and laid on two scanners, which differ in all that a scanner does: colour,
resolution, light, noise, skew, turn. Both stacks are taken in and read as an office would.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np

from pipeline import forms as form_files
from pipeline import review, store
from pipeline.bench import figures
from pipeline.cli import intake
from pipeline.forms import Forms, schema
from pipeline.forms.load import SHIPPED
from pipeline.settings import Settings
from pipeline.store import Store
from samples import files, ink, levels, pages, people, scan, sheets, values

PER_FILE = 12
SPLIT = "test"
PROMISED = 0.99


@dataclass(frozen=True)
class Stack:
    """Which sheets are drawn."""

    forms: Forms
    seed: int
    count: int
    level: str = "office"

    def form_of(self, number: int) -> schema.Form:
        """Forms take turns."""
        every = list(self.forms.values())
        return every[number % len(every)]

    def twice(self, number: int) -> Iterator[tuple[pages.Page, pages.Page]]:
        """Every side with fields of one sheet, under one scanner and under another."""
        form, bounds = self.form_of(number), levels.load().levels[self.level]
        paper = np.random.default_rng([self.seed, number])
        lamps = [np.random.default_rng([self.seed, number, which]) for which in (1, 2)]
        passes = [scan.conditions(bounds, SPLIT, lamp) for lamp in lamps]
        coloured = replace(passes[0], mode="colour")
        sheet = sheets.Sheet(number, form, None, "pdf", paper)
        content = values.sheet_for(form, paper, self.forms.list_folders)
        hands = people.writer(SPLIT, paper), people.writer(SPLIT, paper)
        for side in [side for side in form.sides if side.fields]:
            filled = sheets.draw(sheet, side, coloured, (hands, content))
            one, other = (
                pages.single(_as_seen(filled, how.mode), how, bounds, lamp)
                for how, lamp in zip(passes, lamps, strict=True)
            )
            yield one, other


def _as_seen(filled: pages.Filled, mode: str) -> pages.Filled:
    """The side as a scanner without colours sees it, where it has none."""
    if mode == "colour":
        return filled
    grey = np.asarray(cv2.cvtColor(filled.canvas.image, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
    return replace(filled, canvas=ink.Canvas(grey, filled.canvas.px_per_mm))


def draw(stack: Stack, folder: Path) -> dict[tuple[str, int], int]:
    """Both scans of every sheet as PDF; the sheet's number by file and page."""
    truth: dict[tuple[str, int], int] = {}
    trays: tuple[list[tuple[int, pages.Page]], ...] = ([], [])
    for number in range(stack.count):
        for both in stack.twice(number):
            for tray, page in zip(trays, both, strict=True):
                tray.append((number, page))
        last = number + 1 == stack.count
        for which, tray in enumerate(trays, 1):
            if len(tray) >= PER_FILE or last:
                name = f"{which}-{number:05d}.pdf"
                files.pdf([page for _, page in tray], folder / name)
                truth |= {(name, n): one for n, (one, _) in enumerate(tray, 1)}
                tray.clear()
    return truth


@dataclass
class Found:
    """What was proposed."""

    sheets: Counter[str] = field(default_factory=Counter)  # by form
    proposed: Counter[str] = field(default_factory=Counter)  # sheets whose two scans were proposed
    wrong: list[tuple[str, str]] = field(default_factory=list)  # pairs of different sheets
    missed: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """A table by form, and the whole."""
        for name in sorted(self.sheets):
            yield _line(name, self.proposed[name], self.sheets[name])
        yield _line("all", self.proposed.total(), self.sheets.total())
        yield f"pairs of different sheets proposed: {len(self.wrong)}"

    @property
    def kept(self) -> bool:
        """Whether as many are proposed as promised."""
        return self.proposed.total() >= PROMISED * self.sheets.total()


def _line(name: str, right: int, n: int) -> str:
    low, high = figures.lower(right, n, 0.975), figures.upper(right, n, 0.975)
    return f"{name}: {right} of {n} proposed ({right / max(n, 1):.2%}; 95 % interval {low:.2%} – {high:.2%})"


def counted(opened: Store, stack: Stack, truth: dict[tuple[str, int], int]) -> Found:
    """What the store proposes, beside what is true."""
    lie: dict[str, set[int]] = defaultdict(set)  # sheets by record
    for filed in opened.records():
        lie[filed.record.id] |= {truth[page.file, page.page or 0] for page in filed.record.pages}
    found, hit = Found(), set[int]()
    for pair in review.rescans.every(opened):
        both = lie[pair.one] & lie[pair.other]
        hit |= both
        if not both:
            found.wrong.append((pair.one, pair.other))
    for number in range(stack.count):
        name = stack.form_of(number).id
        found.sheets[name] += 1
        found.proposed[name] += number in hit
        found.missed += [] if number in hit else [f"{name} {number}"]
    return found


def taken_in(own: Settings, folder: Path, workers: int) -> None:
    """The files into a new store, and read."""
    with store.open(own, create=True) as opened, intake.opened(own, opened, count=workers) as office:
        list(office.accept(sorted(folder.glob("*.pdf"))))
        for done, _ in enumerate(office.read(), 1):
            if done % 50 == 0:
                print(f"{done} pages read", file=sys.stderr, flush=True)


def main() -> None:
    """Draw, take in, ask; figures, and 1 where less is proposed than promised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sheets", type=int, default=300)
    parser.add_argument("--seed", type=int, default=8)
    parser.add_argument("--level", default="office", choices=sorted(levels.load().levels))
    parser.add_argument("--only", default="", help="this form (id)")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, help="keep pages and store here (and use what lies there already)")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        out = asked.out or Path(name)
        found = measured(asked, out)
    print("\n".join(found.lines()))
    print(f"missed: {', '.join(found.missed[:30]) or '-'}; {time.monotonic() - began:.0f} s")
    sys.exit(0 if found.kept else 1)


def measured(asked: argparse.Namespace, out: Path) -> Found:
    """Everything below one folder."""
    own = Settings(data=out / "data")
    known = form_files.load([SHIPPED], own.blanks)
    wanted = {key: form for key, form in known.items() if asked.only in ("", form.id)}
    stack = Stack(Forms(wanted, known.list_folders), asked.seed, asked.sheets, asked.level)
    scans = out / "scans"
    scans.mkdir(parents=True, exist_ok=True)
    truth = draw(stack, scans)
    taken_in(own, scans, asked.workers)
    with store.open(own) as opened:
        return counted(opened, stack, truth)


if __name__ == "__main__":
    main()
