"""A pen that draws in millimetres from the top-left corner on the pages of one PDF."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from pipeline import geometry

MM_PER_POINT = 25.4 / 72
LEADING = 1.45  # of the letter size
_MIDDLE = 0.36  # of the letter size: from the baseline up to the middle of a kanji
FONTS = Path(__file__).with_name("fonts")
_NEVER_FIRST = "、。，．・：；！？）」』】〕々ーぁぃぅぇぉっゃゅょァィゥェォッャュョ,.!?)]"


@cache
def _fonts() -> tuple[str, str]:
    names = ("YomitoriGothic", "YomitoriGothicBold")
    for name, file in zip(names, ("BIZUDPGothic-Regular.ttf", "BIZUDPGothic-Bold.ttf"), strict=True):
        pdfmetrics.registerFont(TTFont(name, FONTS / file))
    return names


def text_width(words: str, size: float, bold: bool = False) -> float:
    """Width in mm of one line of `size` points."""
    return float(pdfmetrics.stringWidth(words, _fonts()[bold], size)) * MM_PER_POINT


def wrapped(words: str, size: float, width: float | None, bold: bool = False) -> list[str]:
    """Lines no wider than `width` mm; a line never starts with a closing mark."""
    lines = []
    for paragraph in words.split("\n"):
        line = ""
        for letter in paragraph:
            full = width is not None and text_width(line + letter, size, bold) > width
            if full and letter not in _NEVER_FIRST:
                lines.append(line)
                line = ""
            line += letter
        lines.append(line)
    return lines


def _runs(dark: NDArray[np.bool_]) -> list[tuple[int, int, int]]:
    """Stretches of dark cells: row, first column, column after the last."""
    edges = np.diff(np.pad(dark.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    starts, stops = np.argwhere(edges == 1), np.argwhere(edges == -1)
    return [(int(row), int(start), int(stop)) for (row, start), (_, stop) in zip(starts, stops, strict=True)]


class Pen:
    """Draws on the current page; `page` starts the next one, `close` writes the file.

    The same strokes give the same bytes: no dates, no random names in the PDF.
    """

    def __init__(self, path: Path, title: str) -> None:
        self._canvas = Canvas(str(path), invariant=1, pageCompression=1)
        self._canvas.setTitle(title)
        self._height = 0.0

    def page(self, width: float, height: float) -> None:
        """Start a page of that size in mm."""
        if self._height:
            self._canvas.showPage()
        self._height = height
        self._canvas.setPageSize((width * mm, height * mm))

    def stamp(self, name: str, width: float, height: float, paint: Callable[[], None]) -> None:
        """What is the same on many pages: painted into the file once, then only referred to."""
        if not self._canvas.hasForm(name):
            self._canvas.beginForm(name, 0, 0, width * mm, height * mm)
            paint()
            self._canvas.endForm()
        self._canvas.doForm(name)

    def close(self) -> None:
        """Finish the last page and write the file."""
        self._canvas.showPage()
        self._canvas.save()

    def text(
        self, words: str, at: tuple[float, float], size: float = 10, *, bold: bool = False, align: str = "left"
    ) -> None:
        """One line whose letters' middle lies at `at`; `align` says which end is meant."""
        self._canvas.setFont(_fonts()[bold], size)
        self._canvas.setFillGray(0)
        baseline = (self._height - at[1]) * mm - _MIDDLE * size
        draw = {"left": self._canvas.drawString, "center": self._canvas.drawCentredString}
        draw.get(align, self._canvas.drawRightString)(at[0] * mm, baseline, words)

    def lines(self, points: Sequence[tuple[float, float]], width: float = 0.2, dash: bool = False) -> None:
        """A line through all points."""
        self._stroke(width, dash)
        for (x0, y0), (x1, y1) in itertools.pairwise(points):
            self._canvas.line(x0 * mm, (self._height - y0) * mm, x1 * mm, (self._height - y1) * mm)

    def rect(self, box: geometry.Box, width: float = 0.2, fill: float | None = None, round_: float = 0) -> None:
        """A rectangle with an outline (`width` mm, 0: none) on a ground (`fill`, 0 white … 1 black, None: none)."""
        self._stroke(width or 0.1, dash=False)
        self._canvas.setFillGray(1 - (fill or 0))
        x, y = box.x * mm, (self._height - box.y - box.h) * mm
        self._canvas.roundRect(
            x, y, box.w * mm, box.h * mm, round_ * mm, stroke=int(width > 0), fill=int(fill is not None)
        )

    def oval(self, box: geometry.Box, width: float = 0.25) -> None:
        """An oval that fills the box."""
        self._stroke(width, dash=False)
        x, y = box.x * mm, (self._height - box.y - box.h) * mm
        self._canvas.ellipse(x, y, x + box.w * mm, y + box.h * mm, stroke=1, fill=0)

    def modules(self, dark: NDArray[np.bool_], box: geometry.Box) -> None:
        """The dark cells of a grid, shape (rows, columns), filling the box; one path, so that no seams show."""
        rows, columns = dark.shape
        w, h = box.w / columns, box.h / rows
        path = self._canvas.beginPath()
        for row, start, stop in _runs(dark):
            low = self._height - box.y - (row + 1) * h
            path.rect((box.x + start * w) * mm, low * mm, (stop - start) * w * mm, h * mm)
        self._canvas.setFillGray(0)
        self._canvas.drawPath(path, stroke=0, fill=1)

    def _stroke(self, width: float, dash: bool) -> None:
        self._canvas.setStrokeGray(0)
        self._canvas.setLineWidth(width * mm)
        self._canvas.setDash([1.5 * mm, 1 * mm] if dash else [])
