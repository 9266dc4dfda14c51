"""Excel: one sheet per table, written row by row; no formula, no object, no colour, nothing merged or hidden."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
from lxml import etree
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils import get_column_letter
from openpyxl.worksheet import _writer
from openpyxl.worksheet.datavalidation import DataValidation

from pipeline.workbook import clean, columns
from pipeline.workbook.columns import Cell, Column, Row, Table
from pipeline.workbook.order import About

ROW_LIMIT = 1_000_000  # rows of data in a sheet; Excel's own limit is 1,048,576
FIRST_DAY = dt.date(1900, 3, 1)  # Excel counts a 29 February 1900 that never was
_DANGEROUS = tuple("=+-@#")  # a formula or an error, where a program guesses
_FORMATS = {"date": "yyyy-mm-dd", "moment": "yyyy-mm-dd hh:mm:ss"}


class Book:
    """A workbook under way."""

    per_sheet = ROW_LIMIT

    def __init__(self, folder: Path, out: Path, about: About) -> None:
        self._folder = folder
        self._out = out
        self._book = openpyxl.Workbook(write_only=True)
        self._book.properties.creator = about.exported_by or "yomitori"
        self._book.properties.created = self._book.properties.modified = about.exported_at
        self._sheets: dict[str, list[_Sheet]] = {}

    def add(self, table: Table, row: Row) -> None:
        """Add one row; the sheet goes on in a further one when it is full."""
        parts = self._sheets.get(table.name) or self.open(table)
        if parts[-1].rows >= self.per_sheet:
            parts.append(self._part(table, len(parts) + 1))
        parts[-1].add(row)

    def open(self, table: Table) -> list[_Sheet]:
        """Make the sheet even if no row ever comes."""
        return self._sheets.setdefault(table.name, [self._part(table, 1)])

    def _part(self, table: Table, number: int) -> _Sheet:
        name = table.name if number == 1 else f"{table.name}_{number}"
        return _Sheet(self._book, Table(name, table.columns), self._folder)

    def finish(self, names: Sequence[str], codes: Mapping[str, str]) -> dict[Path, Path]:
        """Bring the sheets into order, add the lists of allowed codes, save; made → target."""
        ordered = [part for name in names for part in self._sheets.get(name, [])]
        for part in ordered:
            part.finish(codes)
        # openpyxl itself moves sheets by name only, one at a time.
        self._book._sheets = [part.sheet for part in ordered]  # type: ignore[attr-defined]  # its own list, not in the stubs
        made = self._folder / "made.xlsx"
        self._book.save(made)
        return {made: self._out}

    def close(self) -> None:
        """End what is still open, after a failure too."""
        for part in (part for parts in self._sheets.values() for part in parts):
            with contextlib.suppress(OSError, etree.LxmlError):
                part.close()


class _Sheet:
    """One sheet under way."""

    def __init__(self, book: openpyxl.Workbook, table: Table, folder: Path) -> None:
        self.sheet: Any = book.create_sheet(table.name)  # the stubs know no write-only sheet
        self.table = table
        self.rows = 0
        self._write_in(folder)
        self._dated = {
            place: _styled(self.sheet, _FORMATS[column.type])
            for place, column in enumerate(table.columns)
            if column.type in _FORMATS
        }
        self._guard = WriteOnlyCell(self.sheet)
        self._guard.quotePrefix = True
        self._lay_out(table.columns)
        self.sheet.append(self._cells([column.header for column in table.columns]))

    def _write_in(self, folder: Path) -> None:
        """Let the sheet grow in the private folder; openpyxl would put answers into the system's temporary one."""
        part = folder / f"sheet-{len(self.sheet.parent.worksheets)}.xml"
        part.touch()
        _writer.ALL_TEMP_FILES.append(str(part))
        self._writer = _writer.WorksheetWriter(self.sheet, out=str(part))

    def _lay_out(self, found: Sequence[Column]) -> None:
        self.sheet.freeze_panes = "B2"
        for place, column in enumerate(found, 1):
            self.sheet.column_dimensions[get_column_letter(place)].width = columns.width(column)
        self._writer.write_top()
        self.sheet._writer = self._writer

    def add(self, row: Row) -> None:
        """Write one row."""
        self.sheet.append(self._cells(row))
        self.rows += 1

    def _cells(self, row: Sequence[Cell]) -> Iterator[object]:
        """The row's cells, texts as texts whatever they look like. openpyxl takes each before it asks for the next."""
        for place, cell in enumerate(row):
            if isinstance(cell, str):
                yield self._quoted(cell) if cell.startswith(_DANGEROUS) or "_x" in cell else cell
            elif isinstance(cell, dt.date):
                yield self._date(place, cell)
            else:
                yield cell

    def _quoted(self, text: str) -> object:
        self._guard.value = clean.EXCEL_ESCAPE.sub("_x005F_", text)
        self._guard.data_type = "s"
        return self._guard

    def _date(self, place: int, day: dt.date) -> object:
        """A real date; what lies before Excel's calendar stays text."""
        if (day.date() if isinstance(day, dt.datetime) else day) < FIRST_DAY or place not in self._dated:
            return self._quoted(day.isoformat())
        self._dated[place].value = day
        return self._dated[place]

    def close(self) -> None:
        """End the sheet's own file."""
        if not self.sheet.closed:
            self.sheet.close()

    def finish(self, codes: Mapping[str, str]) -> None:
        """The filter over everything, and the lists of allowed codes."""
        last = self.rows + 1
        self.sheet.auto_filter.ref = f"A1:{get_column_letter(len(self.table.columns))}{last}"
        for rule in _allowed(self.table.columns, codes, last):
            self.sheet.data_validations.append(rule)


def _styled(sheet: Any, number_format: str) -> Any:
    cell = WriteOnlyCell(sheet)
    cell.number_format = number_format
    return cell


def _allowed(found: Sequence[Column], codes: Mapping[str, str], last: int) -> Iterator[DataValidation]:
    """One rule per code list over all columns that use it."""
    rules: dict[str, DataValidation] = {}
    for place, column in enumerate(found, 1):
        known = codes.get(column.codes.name) if column.codes else None
        if known is not None and last > 1:
            letter = get_column_letter(place)
            rules.setdefault(known, _rule(known)).add(f"{letter}2:{letter}{last}")
    yield from rules.values()


def _rule(known: str) -> DataValidation:
    rule = DataValidation("list", known, showErrorMessage=True, allow_blank=True)
    rule.errorTitle, rule.error = "コード表にない値", "コード表にある値を入れてください。"
    return rule
