"""Where pages end: A4 landscape, the width of the sheet made to fit, rows of known height."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.pagebreak import Break

POINTS_PER_INCH, CM_PER_INCH = 72, 2.54
PAPER = 29.7 / CM_PER_INCH, 21.0 / CM_PER_INCH  # inches
MARGINS = PageMargins(left=0.5, right=0.5, top=0.7, bottom=0.6, header=0.3, footer=0.2)
WIDTH_CM = (PAPER[0] - MARGINS.left - MARGINS.right) * CM_PER_INCH
ROOM = (PAPER[1] - MARGINS.top - MARGINS.bottom) * POINTS_PER_INCH
SLACK = 0.97  # programs round the heights of rows, each its own way
ROW = 15.0  # points: a line of 10 points with the leading of any Japanese font
USUAL_LETTERS = 9.0  # width of a column that nobody set


def to_cm(letters: float) -> float:
    """The width of a column of so many letters, as spreadsheets reckon it: 7 px each and 5 px around, at 96 dpi."""
    return (letters * 7 + 5) * CM_PER_INCH / 96


def column_cm(sheet: Any, column: int) -> float:
    """The width of a column, counted from 1."""
    return to_cm(sheet.column_dimensions[get_column_letter(column)].width or USUAL_LETTERS)


def to_letters(cm: float) -> float:
    """The other way round."""
    return (cm * 96 / CM_PER_INCH - 5) / 7


class Flow:
    """Rows laid one after the other; every page ends where this says, not where a program would end it by itself.

    Args:
        sheet: of openpyxl.
        width: of everything on it, in cm.
        repeated: height of the rows at the top of every page, points.
    """

    def __init__(self, sheet: Any, width: float, repeated: float) -> None:
        self.sheet, self.repeated, self.row = sheet, repeated, 1
        self.room = ROOM * SLACK * max(1.0, width / WIDTH_CM)
        self.left = self.room

    def lay(self, heights: Iterable[float]) -> None:
        """Rows that may be parted anywhere."""
        for height in heights:
            if height > self.left:
                self._turn()
            self.left -= height
            self.row += 1

    def together(self, heights: Sequence[float]) -> None:
        """Rows that begin a page where they do not fit any more, but would on a page of their own."""
        if self.left < sum(heights) <= self.room - self.repeated:
            self._turn()
        self.lay(heights)

    def _turn(self) -> None:
        self.sheet.row_breaks.append(Break(id=self.row - 1))
        self.left = self.room - self.repeated
