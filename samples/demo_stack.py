"""The demo's stack: about forty sheets as the handful of PDFs that an office scanner would deliver."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import count, cycle
from pathlib import Path

import numpy as np

from pipeline.forms import Forms, schema
from samples import sheets, stacks
from samples.sheets import Order, Sheet

# One file each: what the sheets in it come as, and how many of them.
DELIVERIES: tuple[tuple[tuple[str, int], ...], ...] = (
    (("pdf", 12), ("foreign", 1), ("pdf", 3)),  # the morning's mixed stack
    (("pdf", 8),),
    (("pdf", 5), ("halves", 2)),  # folded sheets, some as two halves
    (("glass", 2),),  # four small sheets, two on one glass
    (("layered", 3),),  # 高圧縮PDF
    (("typed", 2),),  # filled in on a PC
)
DPI = (200.0, 300.0, 200.0)  # as most office scanners are set
UPSIDE_DOWN, BLANK_BACK = 7, 5  # every so many sheets


def draw(
    forms: Forms, out: Path, seed: int, blanks: Mapping[tuple[str, str], Path], progress: stacks.Progress | None = None
) -> Path:
    """Write the demo's files and `truth.jsonl` into `out`; returns the truth's path.

    Args:
        forms: what is filled in, one form after the other.
        out: folder, made if missing.
        seed: any number from 0; the same gives the same bytes.
        blanks: `blank.pdf` by form key, for the sheets typed on a PC.
        progress: called with (sheets done, of).
    """
    total = sum(number for delivery in DELIVERIES for _, number in delivery)
    order = Order(forms, seed, total, "office", "test", {}, per_file=10_000, blanks=blanks)
    return stacks.write(out, order, _batches(order), progress)


def _batches(order: Order) -> Iterator[Iterator[Sheet]]:
    numbers = count()
    turns = {kind: cycle(_forms(kind, order)) for delivery in DELIVERIES for kind, _ in delivery}
    for delivery in DELIVERIES:
        kinds = [kind for kind, number in delivery for _ in range(number)]
        yield (_sheet(next(numbers), kind, next(turns[kind]), order) for kind in kinds)


def _forms(kind: str, order: Order) -> list[schema.Form]:
    able = [form for form in order.forms.values() if sheets.possible(kind, form, order)]
    return able or list(order.forms.values())


def _sheet(number: int, kind: str, form: schema.Form, order: Order) -> Sheet:
    wish = {"upside-down"} if number % UPSIDE_DOWN == 3 else set()
    if number % BLANK_BACK == 2 and kind == "pdf" and len(form.sides) == 1:
        wish.add("blank-back")
    asked = kind if sheets.possible(kind, form, order) else "pdf"
    sheet = sheets.of(number, form, asked, np.random.default_rng([order.seed, number]), frozenset(wish))
    return replace(sheet, look={"dpi": (DPI[number % len(DPI)],) * 2})
