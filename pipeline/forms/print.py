"""Forms onto paper: the blank that goes with a form file, and issued sheets with their serials."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pipeline.forms import draw, items, lists, schema
from pipeline.forms.pen import Pen

Progress = Callable[[int, int], None]


def tables(form: schema.Form, folders: Sequence[Path]) -> dict[str, draw.Rows]:
    """The rows of every list that the form prints as a table."""
    printed = (item for side in form.sides for item in side.print_ if isinstance(item, items.PrintedTable))
    return {item.table: [dict(row) for row in lists.load(item.table, folders).rows] for item in printed}


def blank(form: schema.Form, path: Path, shown: Mapping[str, draw.Rows] | None = None) -> None:
    """Write the empty form as a PDF: page n is side n, code boxes empty. The same form and lists give the same bytes."""
    pen = Pen(path, f"{form.title} {form.version}")
    for side in form.sides:
        draw.side(pen, form, side, draw.Sheet(tables=shown or {}))
    pen.close()


def sheets(
    form: schema.Form,
    path: Path,
    serials: Sequence[str],
    rows: Sequence[Mapping[str, str]] | None = None,
    shown: Mapping[str, draw.Rows] | None = None,
    progress: Progress | None = None,
) -> None:
    """Write one PDF ready for the printer: all sides of the first serial, then of the second, and so on.

    A side with `printed_for` is left out unless the row says so.

    Args:
        form: what to print.
        path: the PDF to write.
        serials: one per sheet of paper.
        rows: per serial what the office's list says, column → value.
        shown: lists that the form prints as tables; see `tables`.
        progress: called with (done, of) after each sheet.

    Raises:
        ValueError: as many rows as serials are needed.
    """
    pen = Pen(path, f"{form.title} {form.version}")
    people = rows if rows is not None else [{} for _ in serials]
    for n, (serial, row) in enumerate(zip(serials, people, strict=True), 1):
        for side in form.sides:
            if all(row.get(column) == value for column, value in side.printed_for.items()):
                draw.side(pen, form, side, draw.Sheet(serial, row, shown or {}))
        if progress:
            progress(n, len(serials))
    pen.close()
