"""Forms onto paper: the blank that goes with a form file, and issued sheets with their serials."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pipeline.forms import draw, schema
from pipeline.forms.pen import Pen

Progress = Callable[[int, int], None]


def blank(form: schema.Form, path: Path, tables: Mapping[str, draw.Rows] | None = None) -> None:
    """Write the empty form as a PDF: page n is side n, code boxes empty. The same form gives the same bytes."""
    pen = Pen(path, f"{form.title} {form.version}")
    for side in form.sides:
        draw.side(pen, form, side, draw.Sheet(tables=tables or {}))
    pen.close()


def sheets(
    form: schema.Form,
    path: Path,
    serials: Sequence[str],
    rows: Sequence[Mapping[str, str]] | None = None,
    tables: Mapping[str, draw.Rows] | None = None,
    progress: Progress | None = None,
) -> None:
    """Write one PDF ready for the printer: all sides of the first serial, then of the second, and so on.

    A side with `printed_for` is left out unless the row says so.

    Args:
        form: what to print.
        path: the PDF to write.
        serials: one per sheet of paper.
        rows: per serial what the office's list says, column → value.
        tables: imported lists that a side shows, name → rows.
        progress: called with (done, of) after each sheet.

    Raises:
        ValueError: as many rows as serials are needed.
    """
    pen = Pen(path, f"{form.title} {form.version}")
    people = rows if rows is not None else [{} for _ in serials]
    for n, (serial, row) in enumerate(zip(serials, people, strict=True), 1):
        for side in form.sides:
            if all(row.get(column) == value for column, value in side.printed_for.items()):
                draw.side(pen, form, side, draw.Sheet(serial, row, tables or {}))
        if progress:
            progress(n, len(serials))
    pen.close()
