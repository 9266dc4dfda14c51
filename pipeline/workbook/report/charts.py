"""Native Excel charts, told apart by pattern and not by colour alone, with a number on every bar."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.chart.data_source import NumFmt
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.marker import Marker
from openpyxl.chart.series_factory import SeriesFactory
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText
from openpyxl.chart.title import title_maker
from openpyxl.descriptors import Typed
from openpyxl.drawing.colors import ColorChoice
from openpyxl.drawing.fill import PatternFillProperties
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, OneCellAnchor
from openpyxl.drawing.text import CharacterProperties, Font, Paragraph, ParagraphProperties, RichTextProperties
from openpyxl.drawing.xdr import XDRPositiveSize2D

from pipeline.workbook.report import pages
from pipeline.workbook.report.made import Block, Drawn

FONT = "BIZ UDPゴシック"
ROW_CM = pages.ROW / pages.POINTS_PER_INCH * pages.CM_PER_INCH
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
GAP = 0.6  # cm
WIDTH, HEIGHT = (pages.WIDTH_CM - GAP) / 2 - 0.1, 6.2  # cm; two fill the width of a page
BAR_CM, AXES_CM, TALLEST = 0.62, 2.5, 13.0  # cm
EMU_PER_CM = 360_000
ACROSS = 2
LEGIBLE = 14  # bars on which numbers do not run into one another, standing
CROWDED = 8  # standing bars whose names would run into one another, were they not turned
TURNED = -2_700_000  # 45°, in 60,000ths of a degree
SHOWN = ("showLegendKey", "showVal", "showCatName", "showSerName", "showPercent")  # in the order of the file
TITLE, SMALL = 1200, 900  # hundredths of a point


def place(sheet: Any, placed: Sequence[tuple[Block, int]], flow: pages.Flow) -> None:
    """Draw the charts of some blocks below everything, two beside each other, never across the end of a page.

    Args:
        sheet: of openpyxl, its columns already as wide as they will be.
        placed: blocks, and the row of the sheet on which the first row of each stands.
        flow: where the rows before it end.
    """
    drawn = [(block, chart, first) for block, first in placed for chart in block.charts]
    for start in range(0, len(drawn), ACROSS):
        pair = drawn[start : start + ACROSS]
        row = flow.row
        flow.together([pages.ROW] * math.ceil((max(_height(chart) for _, chart, _ in pair) + GAP) / ROW_CM))
        for n, (block, chart, first) in enumerate(pair):
            made = _chart(sheet, block, chart, first)
            made.anchor = _anchor(sheet, n * (WIDTH + GAP), row, (made.width, made.height))
            sheet.add_chart(made)


def _anchor(sheet: Any, left: float, row: int, size: tuple[float, float]) -> OneCellAnchor:
    """A place so far from the left, in cm: in the column in which it lies, and the rest of the way within that."""
    column = 1
    while left >= pages.column_cm(sheet, column):
        left -= pages.column_cm(sheet, column)
        column += 1
    corner = AnchorMarker(col=column - 1, colOff=_emu(left), row=row - 1, rowOff=_emu(GAP / 2))
    return OneCellAnchor(_from=corner, ext=XDRPositiveSize2D(*(_emu(cm) for cm in size)))


def _emu(cm: float) -> int:
    return round(cm * EMU_PER_CM)


def _height(drawn: Drawn) -> float:
    """Lying bars need room each, as far as a page has it."""
    bars = (drawn.last - drawn.first + 1) * len(drawn.columns)
    return min(max(HEIGHT, BAR_CM * bars + AXES_CM), TALLEST) if drawn.kind == "bar" else HEIGHT


def _chart(sheet: Any, block: Block, drawn: Drawn, first: int) -> Any:
    made = KINDS[drawn.kind]()
    top, bottom = first + drawn.first, first + drawn.last
    for column in drawn.columns:
        made.series.append(_series(sheet, block, column, (top, bottom)))
    made.set_categories(Reference(sheet, min_col=drawn.labels + 1, min_row=top, max_row=bottom))
    for n, series in enumerate(made.series):
        (_lined if drawn.kind == "line" else _filled)(series, n)
    made.title = _title(drawn.title)
    made.width, made.height = WIDTH, _height(drawn)
    made.legend = made.legend if len(drawn.columns) > 1 else None
    if made.legend is not None:
        made.legend.position, made.legend.txPr = "b", _text()
    bars = bottom - top + 1
    _labelled(made, drawn, bars)
    made.x_axis.txPr = _text(TURNED if drawn.kind != "bar" and bars > CROWDED else 0)
    made.y_axis.txPr, made.y_axis.numFmt = _text(), NumFmt("#,##0", sourceLinked=False)
    # openpyxl hides both axes in newer Excel unless it is told not to.
    made.x_axis.delete = made.y_axis.delete = False
    made.x_axis.tickLblSkip = 1
    made.y_axis.majorGridlines = None
    made.y_axis.scaling.min = 0
    return made


class Labels(DataLabelList):
    """Numbers at the bars; their format is their own, where openpyxl would leave it to the cells."""

    tagname = "dLbls"
    numFmt: Any = Typed(expected_type=NumFmt, allow_none=True)  # noqa: N815 - the name in the file
    # openpyxl wants what a class inherits said again.
    txPr, showLegendKey, showVal, showCatName, showSerName, showPercent = (  # noqa: N815 - names in the file
        vars(DataLabelList)[name] for name in ("txPr", *SHOWN)
    )
    __elements__ = ("numFmt", "txPr", *SHOWN)


def _title(text: str) -> Any:
    made: Any = title_maker(text)
    for paragraph in made.tx.rich.p:
        paragraph.pPr = ParagraphProperties(defRPr=_letters(TITLE))
        for run in paragraph.r:
            run.rPr = _letters(TITLE)
    made.overlay = False
    return made


def _letters(size: int) -> CharacterProperties:
    face = Font(typeface=FONT)
    return CharacterProperties(sz=size, b=size == TITLE, latin=face, ea=face)


def _text(turned: int = 0) -> RichText:
    letters = ParagraphProperties(defRPr=_letters(SMALL))
    return RichText(RichTextProperties(rot=turned), p=[Paragraph(pPr=letters, endParaRPr=_letters(SMALL))])


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
    made.dataLabels = Labels(txPr=_text())
    if drawn.kind == "stacked":
        made.dataLabels.numFmt = NumFmt("#,##0;;;", sourceLinked=False)  # no number where a part is not there
    for name in SHOWN:
        setattr(made.dataLabels, name, name == "showVal")
