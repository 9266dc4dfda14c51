"""Native Excel charts, told apart by pattern and not by colour alone, with a number on every bar."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.marker import Marker
from openpyxl.chart.series_factory import SeriesFactory
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.drawing.colors import ColorChoice
from openpyxl.drawing.fill import PatternFillProperties
from openpyxl.drawing.line import LineProperties
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.pagebreak import Break

from pipeline.workbook.report.made import Block, Drawn

INK, SOFT, PAPER = "1F3864", "5B7DB1", "FFFFFF"  # outlines, patterns, ground
PATTERNS: tuple[Any, ...] = (  # as DrawingML names them; light, so that numbers can be read on them
    "ltUpDiag",
    "pct10",
    "ltHorz",
    "dotGrid",
    "ltVert",
    "ltDnDiag",
    "smGrid",
    "dashHorz",
    "pct25",
    "divot",
)
MARKERS: tuple[Any, ...] = ("circle", "square", "triangle", "diamond", "x", "star")
DASHES: tuple[Any, ...] = ("solid", "dash", "sysDot", "dashDot")
WIDTH, HEIGHT, GAP = 15.5, 7.5, 0.6  # cm
ROW_POINTS = 13.5
ROW_CM, CM_PER_PX = ROW_POINTS / 72 * 2.54, 2.54 / 96
BAR_CM = 0.62
PAGE_ROWS, PAGE_WIDTH = 36, 27.0  # of a page in A4 landscape: rows, cm
REPEATED = 4  # rows at the top of every page
ACROSS = 2
LEGIBLE = 14  # bars on which numbers do not run into one another, standing


def place(sheet: Any, placed: Sequence[tuple[Block, int]], row: int) -> None:
    """Draw the charts of some blocks below everything, two beside each other, never across the end of a page.

    Args:
        sheet: of openpyxl, its columns already as wide as they will be.
        placed: blocks, and the row of the sheet on which the first row of each stands.
        row: the first free one.
    """
    drawn = [(block, chart, first) for block, first in placed for chart in block.charts]
    second, page = get_column_letter(_column_after(sheet, WIDTH + GAP)), _page_rows(sheet, len(drawn) > 1)
    used = row + len(placed)  # a heading is as high as two rows
    for start in range(0, len(drawn), ACROSS):
        pair = drawn[start : start + ACROSS]
        tall = math.ceil((max(_height(chart) for _, chart, _ in pair) + GAP) / ROW_CM)
        if used + tall > page:
            sheet.row_breaks.append(Break(id=row - 1))
            row, used = row + 1, REPEATED
        for (block, chart, first), letter in zip(pair, ("A", second), strict=False):
            sheet.add_chart(_chart(sheet, block, chart, first), f"{letter}{row}")
        row, used = row + tall, used + tall


def _page_rows(sheet: Any, two: bool) -> int:
    """How many rows a page takes: more, the wider the sheet, since its width is made to fit."""
    letters = [one.width for one in sheet.column_dimensions.values()]
    width = max(sum((one * 7 + 5) * CM_PER_PX for one in letters), ACROSS * WIDTH + GAP if two else WIDTH)
    return int(PAGE_ROWS * max(1.0, width / PAGE_WIDTH))


def _height(drawn: Drawn) -> float:
    """Lying bars need room each."""
    bars = drawn.last - drawn.first + 1
    return max(HEIGHT, BAR_CM * bars * len(drawn.columns) + 2.5) if drawn.kind == "bar" else HEIGHT


def _column_after(sheet: Any, cm: float) -> int:
    """The first column that begins at least that far from the left."""
    left, column = 0.0, 1
    while left < cm:
        left += ((sheet.column_dimensions[get_column_letter(column)].width or 9) * 7 + 5) * CM_PER_PX
        column += 1
    return column


def _chart(sheet: Any, block: Block, drawn: Drawn, first: int) -> Any:
    made = KINDS[drawn.kind]()
    top, bottom = first + drawn.first, first + drawn.last
    for column in drawn.columns:
        made.series.append(_series(sheet, block, column, (top, bottom)))
    made.set_categories(Reference(sheet, min_col=drawn.labels + 1, min_row=top, max_row=bottom))
    for n, series in enumerate(made.series):
        (_lined if drawn.kind == "line" else _filled)(series, n)
    made.title = drawn.title
    made.width, made.height = WIDTH, _height(drawn)
    made.legend = made.legend if len(drawn.columns) > 1 else None
    if made.legend is not None:
        made.legend.position = "b"
    _labelled(made, drawn, bottom - top + 1)
    # openpyxl hides both axes in newer Excel unless it is told not to.
    made.x_axis.delete = made.y_axis.delete = False
    made.x_axis.tickLblSkip = 1
    made.y_axis.majorGridlines = None
    made.y_axis.scaling.min = 0
    return made


def _series(sheet: Any, block: Block, column: int, rows: tuple[int, int]) -> Any:
    figures = Reference(sheet, min_col=column + 1, min_row=rows[0], max_row=rows[1])
    return SeriesFactory(figures, title=block.heads[column].label)


def _bar() -> Any:
    made = BarChart()
    made.type, made.gapWidth = "bar", 40
    made.x_axis.scaling.orientation = "maxMin"  # the first class on top, as in the table
    return made


def _column() -> Any:
    made = BarChart()
    made.type, made.gapWidth = "col", 40
    return made


def _stacked() -> Any:
    made = _column()
    made.grouping, made.overlap = "stacked", 100
    return made


KINDS: dict[str, Callable[[], Any]] = {"bar": _bar, "column": _column, "stacked": _stacked, "line": LineChart}


def _filled(series: Any, n: int) -> None:
    """Each series has a pattern of its own, so that it is told apart in black and white too."""
    fill = PatternFillProperties(prst=PATTERNS[n % len(PATTERNS)])
    fill.foreground, fill.background = _colour(SOFT), _colour(PAPER)
    series.graphicalProperties = GraphicalProperties(pattFill=fill, ln=LineProperties(solidFill=INK, w=9525))


def _colour(rgb: str) -> ColorChoice:
    made = ColorChoice()
    made.srgbClr = rgb
    return made


def _lined(series: Any, n: int) -> None:
    line = LineProperties(solidFill=INK, w=19050, prstDash=DASHES[n % len(DASHES)])
    series.graphicalProperties = GraphicalProperties(ln=line)
    series.marker = Marker(MARKERS[n % len(MARKERS)], 7)
    series.marker.graphicalProperties = GraphicalProperties(solidFill=INK)
    series.smooth = False


def _labelled(made: Any, drawn: Drawn, bars: int) -> None:
    """A number at every bar; not where dozens of standing bars leave no room."""
    if drawn.kind != "bar" and bars * len(drawn.columns) > LEGIBLE * 2:
        return
    made.dataLabels = DataLabelList()
    made.dataLabels.showVal = True
    for name in ("showSerName", "showCatName", "showLegendKey", "showPercent"):
        setattr(made.dataLabels, name, False)
