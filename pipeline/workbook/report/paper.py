"""The report as a workbook for people: a cover, a sheet per table, work lists, ready for A4 landscape."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from pipeline.workbook import clean, files, values
from pipeline.workbook.order import About
from pipeline.workbook.report import charts, pages
from pipeline.workbook.report.made import Block, Cell, Head, Made

FONT = charts.FONT
FORMATS = {"whole": "#,##0", "tenth": "#,##0.0", "date": "yyyy-mm-dd"}
COVER, LIST = "表紙", "一覧"
CARE = "取扱注意"
WIDEST, NARROWEST, DATE, AROUND = 44.0, 9.0, 12.0, 3.0  # widths of columns, in letters
SMALL = 8  # points
HEAD, TITLE = 2 * pages.ROW, 28.0  # heights in points
_THIN = Side(style="thin", color="808080")
_GRID = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_HEAD = PatternFill("solid", fgColor="E6E6E6")
# Words and figures of neighbouring columns keep their distance.
_WORDS = Alignment(horizontal="left", vertical="center", wrap_text=True, indent=1)
_FIGURE = Alignment(horizontal="right", vertical="center", indent=1)
_MARK = Alignment(horizontal="center", vertical="center")
_DANGEROUS = tuple("=+-@#")


@dataclass(frozen=True)
class Cover:
    """What the first sheet says."""

    title: str
    about: About
    lines: Sequence[tuple[str, Cell]]  # name and value


def write(out: Path, made: Sequence[Made], cover: Cover) -> tuple[Path, ...]:
    """Write the report; the old file stays whole until the new one is.

    Raises:
        UsageProblem: the folder cannot be written.
        Problem: writing failed.
    """
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    book.properties.creator = cover.about.exported_by or "yomitori"
    book.properties.title = cover.title
    book.properties.created = book.properties.modified = cover.about.exported_at
    _cover(book, made, cover)
    for table in made:
        _table(book, table, cover.about)
    with files.beside(out) as folder:
        path = folder / "made.xlsx"
        book.save(path)
        return files.publish({path: out})


# ── the cover


def _cover(book: openpyxl.Workbook, made: Sequence[Made], cover: Cover) -> None:
    sheet = _page(book, COVER, cover.about)
    _put(sheet, 1, 1, cover.title, Font(name=FONT, size=20, bold=True))
    day = cover.about.as_of
    lines: list[tuple[str, Cell]] = [
        ("基準日", f"{day.isoformat()}（{values.wareki(day)}）"),
        ("作成", f"{cover.about.exported_at:%Y-%m-%d %H:%M}　{cover.about.exported_by}"),
        *cover.lines,
    ]
    for row, (name, value) in enumerate(lines, 3):
        _put(sheet, row, 2, name, Font(name=FONT, size=10, bold=True))
        _put(sheet, row, 3, value).alignment = Alignment(horizontal="left")
    top = len(lines) + 4
    for place, head in enumerate(("表", "題名", "状態"), 1):
        _head(sheet, top, place, Head(head))
    for row, table in enumerate(made, top + 1):
        for place, cell in enumerate((table.id, table.title, table.missing or "あり"), 1):
            _cell(sheet, row, place, cell)
    for letter, width in (("A", 9.0), ("B", 60.0), ("C", 60.0)):
        sheet.column_dimensions[letter].width = width
    sheet.print_title_rows = f"{top}:{top}"


# ── tables


def _table(book: openpyxl.Workbook, table: Made, about: About) -> None:
    figures = [block for block in table.blocks if not block.listing]
    if figures or table.missing or not table.blocks:
        _figures(book, table, figures, about)
    lists = [block for block in table.blocks if block.listing]
    for n, block in enumerate(lists, 1):
        name = f"{table.id}_{LIST}" + (str(n) if len(lists) > 1 else "")
        _listing(book, (name, table), block, about)


def _figures(book: openpyxl.Workbook, table: Made, blocks: Sequence[Block], about: About) -> None:
    sheet = _page(book, table.id, about)
    row = _titled(sheet, table)
    if table.missing:
        _put(sheet, row, 1, table.missing)
    alone = len(blocks) == 1 and not blocks[0].title
    last = row if alone else 1
    flow = pages.Flow(sheet, _widths(sheet, blocks), TITLE + (last - 1) * pages.ROW + (HEAD - pages.ROW) * alone)
    flow.lay([TITLE, *[pages.ROW] * (row - 2)])
    placed = []
    for block in blocks:
        placed.append((block, row + 1 + bool(block.title)))
        row = _block(sheet, block, row)
        flow.together(_heights(sheet, block))
    charts.place(sheet, placed, flow)
    sheet.print_title_rows = f"1:{last}"


def _titled(sheet: Any, table: Made) -> int:
    """The title and what the figures rest on; the first row after it."""
    _title(sheet, f"{table.id}　{table.title}")
    row = 2
    for line in table.note.splitlines():
        _put(sheet, row, 1, line, Font(name=FONT, size=9))
        row += 1
    return row + 1 if row > 2 else row


def _title(sheet: Any, text: str) -> None:
    _put(sheet, 1, 1, text, Font(name=FONT, size=14, bold=True)).alignment = Alignment(vertical="top")
    sheet.row_dimensions[1].height = TITLE


def _heights(sheet: Any, block: Block) -> list[float]:
    """How high a block's rows are, down to the empty one below it: title, heading, figures, notes."""
    rows = [_tall(sheet, cells) for cells in block.rows]
    return [pages.ROW] * bool(block.title) + [HEAD, *rows] + [pages.ROW] * (len(_notes(block)) + 1)


def _tall(sheet: Any, cells: Sequence[Cell]) -> float:
    """As many lines as its longest text takes."""
    widths = (sheet.column_dimensions[get_column_letter(place)].width for place in range(1, len(cells) + 1))
    lines = (_wide(cell) / (width - AROUND) for cell, width in zip(cells, widths, strict=True) if isinstance(cell, str))
    return pages.ROW * max(1, math.ceil(max(lines, default=1)))


def _notes(block: Block) -> list[str]:
    return (["該当する行はありません。"] if not block.rows else []) + block.note.splitlines()


def _block(sheet: Any, block: Block, row: int) -> int:
    """One block from that row on; the row after it and a gap."""
    if block.title:
        _put(sheet, row, 1, block.title, Font(name=FONT, size=11, bold=True))
        row += 1
    for place, head in enumerate(block.heads, 1):
        _head(sheet, row, place, head)
    sheet.row_dimensions[row].height = HEAD
    for n, cells in enumerate(block.rows, row + 1):
        sheet.row_dimensions[n].height = _tall(sheet, cells)
        for place, cell in enumerate(cells, 1):
            _cell(sheet, n, place, cell)
    row += len(block.rows) + 1
    for line in _notes(block):
        _put(sheet, row, 1, line, Font(name=FONT, size=9))
        row += 1
    return row + 1


def _listing(book: openpyxl.Workbook, named: tuple[str, Made], block: Block, about: About) -> None:
    """A work list: one line per case, its heading on every page."""
    name, table = named
    sheet = _page(book, name, about)
    _title(sheet, f"{table.id}　{table.title}　{block.title}")
    _widths(sheet, [block])
    untitled = Block("", block.heads, block.rows, (), block.note, True)
    _block(sheet, untitled, 2)
    sheet.freeze_panes = "A3"
    if block.rows:
        sheet.auto_filter.ref = f"A2:{get_column_letter(len(block.heads))}{len(block.rows) + 2}"
    sheet.print_title_rows = "1:2"


# ── cells


def _page(book: openpyxl.Workbook, name: str, about: About) -> Any:
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\']", "", name)[:31])
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9  # A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins = pages.MARGINS
    sheet.sheet_format.defaultRowHeight, sheet.sheet_format.customHeight = pages.ROW, True
    sheet.oddHeader.right.text = CARE
    sheet.oddHeader.left.text = f"基準日 {about.as_of.isoformat()}"
    sheet.oddFooter.center.text = "&P / &N"
    sheet.oddFooter.left.text = "&A"
    sheet.oddFooter.left.size = SMALL  # programs cut off what is higher than the footer
    sheet.sheet_view.showGridLines = False
    return sheet


def _put(sheet: Any, row: int, place: int, value: Cell, font: Font | None = None) -> Any:
    """A value as a value: what looks like a formula stays text."""
    cell = sheet.cell(row, place)
    cell.value = clean.clean(value, name=True) if isinstance(value, str) else value
    if isinstance(value, str):
        cell.data_type = "s"
        if value.startswith(_DANGEROUS):
            cell.quotePrefix = True
    cell.font = font or Font(name=FONT, size=10)
    return cell


def _head(sheet: Any, row: int, place: int, head: Head) -> None:
    cell = _put(sheet, row, place, head.label, Font(name=FONT, size=10, bold=True))
    cell.fill, cell.border = _HEAD, _GRID
    cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)


def _cell(sheet: Any, row: int, place: int, value: Cell) -> None:
    cell = _put(sheet, row, place, value)
    cell.border = _GRID
    if isinstance(value, str):
        cell.alignment = _MARK if len(value) == 1 and not value.isalnum() else _WORDS
    elif isinstance(value, dt.date):
        cell.number_format = FORMATS["date"]
        cell.alignment = _MARK
    else:
        cell.alignment = _FIGURE
        cell.number_format = FORMATS["tenth" if isinstance(value, float) else "whole"]


def _widths(sheet: Any, blocks: Sequence[Block]) -> float:
    """Wide enough for every cell of a column, and for half of its heading; how wide all of them are, in cm.

    One more column fills the page, so that charts beside the table do not make it wider.
    """
    columns = max((len(block.heads) for block in blocks), default=0)
    for place in range(columns):
        cells = [width for block in blocks if place < len(block.heads) for width in _letters(block, place)]
        sheet.column_dimensions[get_column_letter(place + 1)].width = min(max([NARROWEST, *cells]) + AROUND, WIDEST)
    width = sum(pages.column_cm(sheet, column) for column in range(1, columns + 1))
    if width < pages.WIDTH_CM - 1:
        sheet.column_dimensions[get_column_letter(columns + 1)].width = pages.to_letters(pages.WIDTH_CM - width)
    return max(width, pages.WIDTH_CM)


def _letters(block: Block, place: int) -> Iterator[float]:
    yield _wide(block.heads[place].label) * (0.5 if len(block.heads) > 6 else 1)
    yield from (DATE if isinstance(row[place], dt.date) else _wide(str(row[place] or "")) for row in block.rows)


def _wide(text: str) -> float:
    return sum(1.1 if ord(letter) < 0x300 else 2.0 for letter in text)
