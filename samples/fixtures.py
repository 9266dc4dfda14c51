"""The small pages that are committed for tests: every form once, light enough for a repository.

`python -m samples.fixtures tests/fixtures/pages` draws them anew, which is needed after a form has changed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from pipeline import forms as form_files
from pipeline import settings
from pipeline.forms import Forms
from pipeline.forms.load import SHIPPED
from samples import sheets, stacks

SEED = 20260401
TURNS = (0, 180, 0, 90, 0, 270)
LIGHT = {"dpi": (200.0, 200.0), "quality": 60, "noise": 0.5, "show_through": 0.0, "streak": False, "white": 1.0}


def draw(forms: Forms, out: Path) -> Path:
    """One sheet of every form, every second in black and white, a file each; returns the truth's path."""
    order = sheets.Order(forms, SEED, len(forms), "office", "test", {}, per_file=1)
    return stacks.write(out, order, ([sheet] for sheet in _sheets(order)))


def _sheets(order: sheets.Order) -> Iterator[sheets.Sheet]:
    for number, form in enumerate(order.forms.values()):
        look = LIGHT | {"mode": "bilevel" if number % 2 else "grey", "turn": TURNS[number % len(TURNS)]}
        sheet = sheets.of(number, form, "plain", np.random.default_rng([SEED, number]))
        yield replace(sheet, look=look)


if __name__ == "__main__":
    cv2.setNumThreads(1)
    print(draw(form_files.load([SHIPPED], settings.load().blanks), Path(sys.argv[1])))
