"""CSV and Parquet: one file per table."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

import polars as pl

from pipeline.workbook import clean
from pipeline.workbook.columns import Cell, Column, Row, Table, Type
from pipeline.workbook.order import Encoding

# Spreadsheets take a CSV field that starts so for a formula; the Japanese ones also when it is full-width.
FORMULA_STARTS = tuple("=+-@＝＋－＠")
# The same letter under two code points: CP932 has the right-hand one.
TWINS = str.maketrans("〜—−‖¢£¬", "～―－∥￠￡￢")
UNWRITABLE = Table(
    "書けなかった文字",
    (
        Column("sheet", "表", "text", "シートの名前"),
        Column("row", "行", "whole", "ファイルの行（見出しが1行目）", unit="番"),
        Column("header", "項目名", "text", "見出し"),
        Column("code_point", "符号位置", "text", "CP932にない文字のUnicode符号位置"),
    ),
)


def csv_text(text: str) -> str:
    """A text as it stands in a CSV file: an apostrophe goes before what a spreadsheet would take for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def csv_cell(cell: Cell) -> Cell:
    """Any cell as it stands in a CSV file: dates in ISO form, texts guarded."""
    if isinstance(cell, dt.datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}"
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return csv_text(cell) if isinstance(cell, str) else cell


class Csv:
    """CSV files under way: UTF-8 with BOM, or CP932 with a list of what could not be written."""

    def __init__(self, folder: Path, out: Path, encoding: Encoding) -> None:
        self._folder, self._out, self._encoding = folder, out, encoding
        self._files: dict[str, _File] = {}
        self.unwritable = 0

    def open(self, table: Table) -> None:
        """Make the file even if no row ever comes."""
        if table.name not in self._files:
            path = self._folder / f"{len(self._files)}.csv"
            self._files[table.name] = _File(path, table, self._encoding)

    def add(self, table: Table, row: Row) -> None:
        """Add one row."""
        self.open(table)
        self._files[table.name].add([csv_cell(cell) for cell in row])

    def finish(self, names: Sequence[str], _: Mapping[str, str]) -> dict[Path, Path]:
        """Close all files; made → target, the first under the very name asked for."""
        lost = [row for name in names if name in self._files for row in self._files[name].close()]
        self.unwritable = len(lost)
        made = [name for name in names if name in self._files]
        targets = {self._files[name].path: target(self._out, name, first=name == made[0]) for name in made}
        if lost:
            report = _File(self._folder / "lost.csv", UNWRITABLE, "utf-8-sig")
            for row in lost:
                report.add(row)
            report.close()
            targets[report.path] = target(self._out, UNWRITABLE.name, first=False)
        return targets

    def close(self) -> None:
        """End what is still open, after a failure too."""
        for file in self._files.values():
            file.close()


def target(out: Path, name: str, first: bool) -> Path:
    """The first file has the name asked for, the others the sheet's name behind it."""
    return out if first else out.with_name(f"{out.stem}_{name}{out.suffix}")


class _File:
    """One CSV file under way."""

    def __init__(self, path: Path, table: Table, encoding: Encoding) -> None:
        self.path, self._table, self._encoding = path, table, encoding
        self._lost: list[Row] = []
        self._line = 1
        self._file: TextIO = path.open("w", encoding=encoding, newline="")
        self._writer = csv.writer(self._file, lineterminator="\r\n")
        self.add([csv_text(column.header) for column in table.columns])

    def add(self, row: Sequence[Cell]) -> None:
        """Write one row; characters that the encoding lacks become 〓 and are listed."""
        self._writer.writerow(row if self._encoding != "cp932" else list(self._fitting(row)))
        self._line += 1

    def _fitting(self, row: Sequence[Cell]) -> Iterator[Cell]:
        for column, cell in zip(self._table.columns, row, strict=True):
            yield self._fit(cell.translate(TWINS), column) if isinstance(cell, str) else cell

    def _fit(self, text: str, column: Column) -> str:
        try:
            text.encode("cp932")
        except UnicodeEncodeError:
            return "".join(self._known(char, column) for char in text)
        return text

    def _known(self, char: str, column: Column) -> str:
        try:
            char.encode("cp932")
        except UnicodeEncodeError:
            self._lost.append([self._table.name, self._line, column.header, f"U+{ord(char):04X}"])
            return clean.GETA
        return char

    def close(self) -> list[Row]:
        """Close the file; what could not be written."""
        self._file.close()
        return self._lost


_POLARS: dict[Type, Any] = {
    "text": pl.String,
    "whole": pl.Int64,
    "number": pl.Float64,
    "date": pl.Date,
    "moment": pl.Datetime("ms"),
}
_BATCH = 20_000  # rows held in memory


class Parquet:
    """Parquet files under way, with the physical names as columns."""

    def __init__(self, folder: Path, out: Path) -> None:
        self._folder, self._out = folder, out
        self._parts: dict[str, _Parts] = {}

    def open(self, table: Table) -> None:
        """Make the file even if no row ever comes."""
        if table.name not in self._parts:
            self._parts[table.name] = _Parts(self._folder, len(self._parts), table)

    def add(self, table: Table, row: Row) -> None:
        """Add one row."""
        self.open(table)
        self._parts[table.name].add(row)

    def finish(self, names: Sequence[str], _: Mapping[str, str]) -> dict[Path, Path]:
        """Close all files; made → target, the first under the very name asked for."""
        made = [name for name in names if name in self._parts]
        return {self._parts[name].joined(): target(self._out, name, first=name == made[0]) for name in made}

    def close(self) -> None:
        """Nothing stays open between batches."""


class _Parts:
    """One Parquet file under way: batches beside each other, joined in the end as a stream."""

    def __init__(self, folder: Path, number: int, table: Table) -> None:
        self._stem = folder / str(number)
        self._schema = {column.name: _POLARS[column.type] for column in table.columns}
        self._rows: list[Row] = []
        self._written: list[Path] = []

    def add(self, row: Row) -> None:
        """Keep one row, and write a batch when there are enough."""
        self._rows.append(row)
        if len(self._rows) >= _BATCH:
            self._flush()

    def _flush(self) -> None:
        part = self._stem.with_name(f"{self._stem.name}-{len(self._written)}.batch")
        pl.DataFrame(self._rows, schema=self._schema, orient="row").write_parquet(part)
        self._written.append(part)
        self._rows = []

    def joined(self) -> Path:
        """The whole file."""
        if self._rows or not self._written:
            self._flush()
        made = self._stem.with_suffix(".parquet")
        pl.scan_parquet(self._written).sink_parquet(made)
        return made
