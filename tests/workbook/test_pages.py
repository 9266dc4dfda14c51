"""Where the pages of the report end: no chart and no short table is cut, nothing is wider than the paper."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.workbook import report
from pipeline.workbook.report import pages
from pipeline.workbook.report.made import Block, Drawn, Head
from tests.workbook import sample

POINTS_PER_EMU = pages.POINTS_PER_INCH / 914_400
HEADS = (Head("区分"), Head("件数", "whole"), Head("基準日", "date"))


def _block(title: str, rows: int, kind: Any = None) -> Block:
    cells = tuple((f"区分{n}", n, dt.date(2026, 10, 31)) for n in range(rows))
    charts = (Drawn(kind, title, 0, rows - 1, 0, (1,)),) if kind else ()
    return Block(title, HEADS, cells, charts)


def _sheet(tmp_path: Path, *blocks: Block) -> Any:
    made = report.Made("T1", "試験", "註", blocks)
    (out,) = report.write(tmp_path / "r.xlsx", [made], report.Cover("報告", sample.ABOUT, []))
    return openpyxl.load_workbook(out)["T1"]


def _tops(sheet: Any) -> list[float]:
    """Where each row begins, in points from the top; the last is the end of all."""
    tops = [0.0]
    for row in range(1, sheet.max_row + 200):
        tops.append(tops[-1] + (sheet.row_dimensions[row].height or pages.ROW))
    return tops


@pytest.mark.parametrize("rows", range(1, 40, 3))
def test_no_page_ends_within_a_chart_or_a_short_table(tmp_path: Path, rows: int) -> None:
    """However long what stands before them is, charts and tables that fit on a page are on one."""
    sheet = _sheet(tmp_path, _block("一", rows, "bar"), _block("二", 9, "column"), _block("三", 5))
    tops, breaks = _tops(sheet), [one.id for one in sheet.row_breaks.brk]
    ends = [tops[row] for row in breaks]
    for chart in sheet._charts:  # openpyxl has no other way to ask
        begins = tops[chart.anchor._from.row] + chart.anchor._from.rowOff * POINTS_PER_EMU
        assert not [end for end in ends if begins < end < begins + chart.anchor.ext.height * POINTS_PER_EMU]
    titles = [row for row in range(1, sheet.max_row + 1) if sheet.cell(row, 1).value == "二"]
    assert not [row for row in breaks if titles[0] <= row < titles[0] + 10]


@pytest.mark.parametrize("rows", [3, 30, 90])
def test_every_page_holds_what_is_laid_on_it(tmp_path: Path, rows: int) -> None:
    """Between two breaks lies no more than the paper's height, the repeated rows included."""
    sheet = _sheet(tmp_path, _block("一", rows, "line"), _block("二", 12, "stacked"))
    tops = _tops(sheet)
    last = max(chart.anchor._from.row for chart in sheet._charts)
    starts = [0, *(one.id for one in sheet.row_breaks.brk)]
    for n, start in enumerate(starts):
        end = starts[n + 1] if n + 1 < len(starts) else last
        assert tops[end] - tops[start] + (tops[1] if n else 0) <= pages.ROOM
    assert len(starts) > rows // 35


def test_two_charts_fill_the_width_of_a_page(tmp_path: Path) -> None:
    """Charts beside each other end with the last column, which ends with the page."""
    sheet = _sheet(tmp_path, _block("一", 3, "bar"), _block("二", 3, "bar"))
    left, right = sorted(sheet._charts, key=lambda chart: int(chart.anchor._from.col))
    begins = sum(pages.column_cm(sheet, n) for n in range(1, right.anchor._from.col + 1))
    ends = begins + (right.anchor._from.colOff + right.anchor.ext.width) / 360_000
    whole = sum(pages.column_cm(sheet, n) for n in range(1, len(HEADS) + 2))
    assert left.anchor.ext.width / 360_000 < begins + right.anchor._from.colOff / 360_000
    assert whole - 1 < ends <= whole
    assert whole == pytest.approx(pages.WIDTH_CM, abs=0.01)


def test_a_long_text_gets_the_lines_that_it_takes(tmp_path: Path) -> None:
    """A text wider than the widest column is given a row high enough to be read."""
    long = Block("", (Head("内容"),), (("短い",), ("長い文" * 20,)))
    sheet = _sheet(tmp_path, long)
    heights = [sheet.row_dimensions[row].height for row in (5, 6)]
    assert heights == [pages.ROW, 3 * pages.ROW]


def test_parts_that_are_not_there_have_no_number(tmp_path: Path) -> None:
    """In stacked bars a nought would lie on its neighbour: its label has a format of its own that leaves it out."""
    sheet = _sheet(tmp_path, _block("一", 3, "stacked"))
    assert sheet._charts[0].dataLabels.numFmt == "#,##0;;;"


@given(st.floats(0.5, 60))
def test_widths_go_there_and_back(cm: float) -> None:
    """Letters of a width are the letters that make that width."""
    assert pages.to_cm(pages.to_letters(cm)) == pytest.approx(cm)
