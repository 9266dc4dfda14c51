"""Tables that are ticked in their empty cells: a question at the left of each row, its answers over the columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pipeline.forms.propose import labels
from pipeline.forms.propose.circles import KNOWN
from pipeline.forms.propose.draft import Draft
from pipeline.forms.propose.marks import distinct_options
from pipeline.forms.propose.page import Page, plain
from pipeline.geometry import Box, union

LEAST = 2  # cells of a row
SAME = 1.2  # mm that the cells of a row may differ in height
EQUAL = 1.35  # the widest cell of a row against its narrowest
HIGHEST_MM = 20.0  # people write, not tick, in higher cells
ASKS = re.compile("[○◯〇レ✓✔]|印|チェック|[付つ]けて|該当")


def find(page: Page) -> list[Draft]:
    """A choice for each row of empty cells whose columns are headed by answers."""
    empty = [cell for cell in page.cells if _is_empty(page, cell)]
    rows = [(row, _heads(page, row)) for row in _rows(page, empty)]
    asked = [(row, heads) for row, heads in rows if all(heads) and (_known(heads) or _asked(page, row))]
    return [_draft(page, row, heads) for row, heads in asked]


def _is_empty(page: Page, cell: Box) -> bool:
    return cell not in page.shaded and cell.h <= HIGHEST_MM and not page.words_in(cell) and page.is_blank(cell)


def _rows(page: Page, cells: Sequence[Box]) -> list[list[Box]]:
    """Cells side by side, of nearly one width, behind a cell with words."""
    rows: dict[Box, list[Box]] = {}  # by their last cell
    for cell in sorted(cells, key=lambda cell: cell.x):
        left = page.left_of(cell)
        before = rows.pop(left, []) if left is not None and abs(cell.h - left.h) < SAME else []
        rows[cell] = [*before, cell]
    return [row for row in rows.values() if len(row) >= LEAST and _is_headed(page, row)]


def _is_headed(page: Page, row: Sequence[Box]) -> bool:
    widths = [cell.w for cell in row]
    left = page.left_of(row[0])
    return max(widths) < EQUAL * min(widths) and left is not None and bool(page.words_in(left))


def _heads(page: Page, row: Sequence[Box]) -> list[str]:
    """What stands over each column."""
    return [_head(page, cell) for cell in row]


def _head(page: Page, cell: Box) -> str:
    above = page.above(cell)
    while above is not None:
        words = page.words_in(above)
        if words:
            return "".join(plain(word.text) for word in words)
        above = page.above(above)
    return ""


def _known(heads: Sequence[str]) -> bool:
    said = {head.lower() for head in heads}
    opposite = any(head + "ない" in said or head.replace("る", "ない") in said - {head} for head in said)
    return opposite or any(len(said & names) > 1 for names in KNOWN)


def _asked(page: Page, row: Sequence[Box]) -> bool:
    """Whether the paper asks for marks: over the table, in its corner, or in its heads."""
    top, corner = row[0], page.left_of(row[0])
    while page.above(top) is not None:
        top = page.above(top) or top
    while corner is not None and page.above(corner) is not None:
        corner = page.above(corner)
    near = labels.heading_line(page, corner or top) + (page.words_in(corner) if corner else [])
    return bool(ASKS.search("".join(word.text for word in near)))


def _draft(page: Page, row: Sequence[Box], heads: Sequence[str]) -> Draft:
    left = page.left_of(row[0])
    label = labels.joined(page.words_in(left)) if left else ""
    extra: dict[str, Any] = {
        "mark": "check",
        "options": distinct_options(list(zip(row, heads, strict=True))),
    }
    if labels.many(page, union(list(row))):
        extra["multiple"] = True
    return Draft("choice", label, 0.8, list(row), extra)
