"""The words of a drawn PDF page, in px of its rendering: its text layer and what was typed into form fields."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pikepdf

from pipeline import model
from pipeline.acquire.pdf_content import HIDDEN, Corners
from pipeline.programs import poppler

POINTS_PER_INCH = 72
MAX_PARENTS = 16


def of(page: pikepdf.Page, path: Path, number: int, sheet: Corners, dpi: int) -> tuple[model.Word, ...]:
    """Words of page `number` of the file at `path`, with boxes in px of its rendering at `dpi`.

    Args:
        page: the same page.
        path: where Poppler finds the file.
        number: from 1.
        sheet: the page's MediaBox in points.
        dpi: of the rendering.
    """
    scale = dpi / POINTS_PER_INCH
    typed = [_word(text, box, scale) for text, box in _typed(page, sheet)]
    printed = [_word(word.text, word[1:], scale) for word in poppler.words(path, number)]
    return (*(word for word in printed if not any(_inside(word, field) for field in typed)), *typed)


def _word(text: str, box: Corners, scale: float) -> model.Word:
    """Left, top, right, bottom in points → x, y, w, h in px, pixel centres being whole numbers."""
    left, top, right, bottom = (edge * scale for edge in box)
    return model.Word(text, (left - 0.5, top - 0.5, right - left, bottom - top))


def _inside(word: model.Word, field: model.Word) -> bool:
    x, y, w, h = field.box
    middle_x, middle_y = word.box[0] + word.box[2] / 2, word.box[1] + word.box[3] / 2
    return x <= middle_x <= x + w and y <= middle_y <= y + h


def _typed(page: pikepdf.Page, sheet: Corners) -> Iterator[tuple[str, Corners]]:
    """Text and choice fields of an AcroForm with what was entered; boxes as the page is drawn."""
    turn = int(page.obj.get("/Rotate", 0)) % 360
    for widget in page.obj.get("/Annots", pikepdf.Array()):
        if not isinstance(widget, pikepdf.Dictionary) or widget.get("/Subtype") != "/Widget":
            continue
        value = _inherited(widget, "/V")
        entered = isinstance(value, pikepdf.String) and _inherited(widget, "/FT") in {"/Tx", "/Ch"}
        if entered and str(value).strip() and not int(widget.get("/F", 0)) & HIDDEN:
            yield str(value).strip(), _as_drawn(_rectangle(widget), sheet, turn)


def _inherited(widget: pikepdf.Dictionary, key: str) -> pikepdf.Object | None:
    node: pikepdf.Object = widget
    for _ in range(MAX_PARENTS):
        if key in node:
            return node[key]
        if not isinstance(node.get("/Parent"), pikepdf.Dictionary):
            break
        node = node.Parent
    return None


def _rectangle(widget: pikepdf.Dictionary) -> Corners:
    """Left, bottom, right, top in user space."""
    x0, y0, x1, y1 = (float(number) for number in widget.Rect)
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _as_drawn(rect: Corners, sheet: Corners, turn: int) -> Corners:
    """User space (y up) → left, top, right, bottom in points of the page turned clockwise by `turn`."""
    left, bottom, right, top = sheet
    x0, y0, x1, y1 = rect
    return {
        0: (x0 - left, top - y1, x1 - left, top - y0),
        90: (y0 - bottom, x0 - left, y1 - bottom, x1 - left),
        180: (right - x1, y0 - bottom, right - x0, y1 - bottom),
        270: (top - y1, right - x1, top - y0, right - x0),
    }.get(turn, (x0 - left, top - y1, x1 - left, top - y0))
