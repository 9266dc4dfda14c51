"""The first rows of each sheet, kept instead of written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.workbook.columns import Row, Table
from pipeline.workbook.order import Head

ROWS = 5  # enough to see whether it is what one wants


class Glance:
    """Where rows go when nothing is to be written."""

    def __init__(self) -> None:
        self._tables: dict[str, tuple[Table, list[Row]]] = {}

    def open(self, table: Table) -> list[Row]:
        """Know the table even if no row ever comes."""
        return self._tables.setdefault(table.name, (table, []))[1]

    def add(self, table: Table, row: Row) -> None:
        """Keep the row when it is one of the first."""
        kept = self.open(table)
        if len(kept) < ROWS:
            kept.append(row)

    def heads(self, names: Sequence[str]) -> dict[str, Head]:
        """The beginnings of the sheets, in the order of `names`."""
        return {name: _head(*self._tables[name]) for name in names if name in self._tables}

    def finish(self, names: Sequence[str], codes: Mapping[str, str]) -> dict[Path, Path]:
        """There is nothing to complete."""
        return {}

    def close(self) -> None:
        """There is nothing to end."""


def _head(table: Table, rows: Sequence[Row]) -> Head:
    shown = (tuple("" if cell is None else str(cell) for cell in row) for row in rows)
    return Head(tuple(column.header for column in table.columns), tuple(shown))
