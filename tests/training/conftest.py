"""Cells drawn by hand for the tests: a frame, a stroke, a neighbour."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from pipeline.geometry import Grey
from training import strokes

WIDTH, HEIGHT, MARGIN = 76, 96, 26  # px of the box and its margin at 300 dpi: about 6.4 by 8.1 mm


class Sheet:
    """One cell: what is printed and what is written, both at 300 dpi."""

    def __init__(self, dark: int = 140, width: int = 3) -> None:
        size = (HEIGHT + 2 * MARGIN, WIDTH + 2 * MARGIN)
        self.blank: Grey = np.full(size, 255, np.uint8)
        corner = (MARGIN + WIDTH, MARGIN + HEIGHT)
        cv2.rectangle(self.blank, (MARGIN, MARGIN), corner, 255 - dark, width)
        self.crop: Grey = self.blank.copy()

    def write(self, value: int, pen: int = 4, grey: int = 40, at: tuple[float, float] = (0.5, 0.5)) -> Sheet:
        """Write a digit 48 px high with its middle at a share of the box."""
        for stroke in strokes.digit(value, np.random.default_rng(value)):
            points = stroke * 48 + [MARGIN + at[0] * WIDTH - 15, MARGIN + at[1] * HEIGHT - 24]
            cv2.polylines(self.crop, [np.round(points).astype(np.int32)], False, grey, pen, cv2.LINE_AA)
        return self

    def move_print(self, dx: int, dy: int) -> Sheet:
        """Let the scan lie off the blank; what is written moves along."""
        self.crop = np.roll(self.crop, (dy, dx), axis=(0, 1))
        return self


@pytest.fixture
def sheet() -> Callable[..., Sheet]:
    """A new empty cell with a frame."""
    return Sheet
