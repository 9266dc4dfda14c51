"""Draws one side of a form with a pen: what is printed, the fields, the markers, the codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from pipeline import geometry
from pipeline.forms import items, schema
from pipeline.forms.pen import LEADING, MM_PER_POINT, Pen, text_width, wrapped

Rows = list[dict[str, str]]
QUIET = 4  # modules of white around a QR symbol


@dataclass(frozen=True)
class Sheet:
    """What differs from sheet to sheet; `tables` are the same for all sheets of a file."""

    serial: str | None = None
    row: Mapping[str, str] = field(default_factory=dict)  # of the office's list: column → what it says
    tables: Mapping[str, Rows] = field(default_factory=dict)  # list name → its rows


def side(pen: Pen, form: schema.Form, page: schema.Side, sheet: Sheet) -> None:
    """Draw the whole side on a page of its own: what all sheets share once, then what is this sheet's own."""
    size = (page.paper.width, page.paper.height)
    pen.page(*size)
    pen.stamp(page.id, *size, lambda: _shared(pen, page, sheet.tables))
    for item in page.print_:
        if isinstance(item, items.PrintedColumn):
            _words(pen, sheet.row.get(item.column, ""), item)
    for entry in page.fields:
        _filled_in(pen, entry, sheet.row)
    if sheet.serial:
        words = payload(form, page, sheet.serial)
        for code in page.code:
            _code(pen, code, words, sheet.serial)


def _shared(pen: Pen, page: schema.Side, tables: Mapping[str, Rows]) -> None:
    for item in page.print_:
        _item(pen, item, tables)
    for entry in page.fields:
        _field(pen, entry)
    if page.markers:
        _markers(pen, page.markers)
    for code in page.code:
        pen.rect(code.box, 0.1, fill=0)


def payload(form: schema.Form, page: schema.Side, serial: str) -> str:
    """What the QR of an issued sheet says."""
    return f"YT1/{form.id}/{form.version}/{page.id}/{serial}"


# ── what is printed besides fields


def _item(pen: Pen, item: items.Item, tables: Mapping[str, Rows]) -> None:
    if isinstance(item, items.PrintedText):
        _words(pen, item.text, item, underline=item.underline)
    elif isinstance(item, items.PrintedLine):
        pen.lines(item.line, item.width, item.dash)
    elif isinstance(item, items.PrintedRect):
        pen.rect(item.rect, item.width, item.fill, item.round)
    elif isinstance(item, items.PrintedTable):
        _table(pen, item, tables.get(item.table, []))


def _words(pen: Pen, words: str, style: items.Lettering, underline: bool = False) -> None:
    x, y = style.at
    for line in wrapped(words, style.size, style.width, style.bold):
        pen.text(line, (x, y), style.size, bold=style.bold, align=style.align)
        if underline:
            _underline(pen, (x, y), text_width(line, style.size, style.bold), style)
        y += style.size * MM_PER_POINT * style.leading


def _underline(pen: Pen, at: tuple[float, float], width: float, style: items.Lettering) -> None:
    left = at[0] - {"left": 0.0, "center": width / 2, "right": width}[style.align]
    y = at[1] + style.size * MM_PER_POINT * 0.62
    pen.lines([(left, y), (left + width, y)], 0.25)


def _table(pen: Pen, table: items.PrintedTable, rows: Rows) -> None:
    chosen = [row for row in rows if all(row.get(column) == value for column, value in table.where.items())]
    heads = {name: table.heads.get(name, name) for name in table.columns}
    space = int(table.box.h // table.row) - 1
    pen.rect(geometry.Box(table.box.x, table.box.y, sum(table.columns.values()), table.row), fill=0.1)
    for n, row in enumerate([heads, *chosen[:space]]):
        _table_row(pen, table, row, table.box.y + n * table.row)


def _table_row(pen: Pen, table: items.PrintedTable, row: Mapping[str, str], top: float) -> None:
    x = table.box.x
    for name, width in table.columns.items():
        pen.rect(geometry.Box(x, top, width, table.row), 0.15)
        fitted(pen, row.get(name, ""), geometry.Box(x, top, width, table.row), table.size)
        x += width


def fitted(pen: Pen, words: str, box: geometry.Box, size: float) -> None:
    """Words in a box, smaller and on more lines where they would not fit."""
    lines = wrapped(words, size, box.w - 3)
    while len(lines) * size * MM_PER_POINT * 1.25 > box.h - 0.6 and size > 4:
        size -= 0.5
        lines = wrapped(words, size, box.w - 3)
    step = size * MM_PER_POINT * 1.25
    top = box.y + box.h / 2 - step * (len(lines) - 1) / 2
    for n, line in enumerate(lines):
        pen.text(line, (box.x + 1.5, top + n * step), size)


# ── fields


def _field(pen: Pen, entry: schema.Field) -> None:
    _label(pen, entry)
    DRAWERS[entry.kind](pen, entry)
    boxes = list(entry.boxes().values())
    if entry.print_.after:
        last = boxes[-1]
        pen.text(entry.print_.after, (last.x + last.w + 1.5, last.y + last.h / 2), entry.print_.size)


def _filled_in(pen: Pen, entry: schema.Field, row: Mapping[str, str]) -> None:
    """What the office already knows: a QR, words in the field's one box, or a figure a cell."""
    words = row.get(entry.print_.column or "", "")
    boxes = list(entry.boxes().values())
    if words and entry.kind == "code":
        _qr(pen, words, boxes[0])
    elif len(boxes) == 1:
        fitted(pen, words, boxes[0], 12)
    elif entry.kind == "digits" and len(words) <= len(boxes):
        for letter, box in zip(words, boxes[len(boxes) - len(words) :], strict=True):
            _centred(pen, letter, box, 12)


def _label(pen: Pen, entry: schema.Field) -> None:
    style = entry.print_
    if style.label == "none" or not entry.label:
        return
    if style.label is None:
        first = next(iter(entry.boxes().values()))
        at, align = (first.x - 2, first.y + first.h / 2), "right"
    else:
        at, align = style.label, "left"
    lines = wrapped(entry.label, style.size, style.width, style.bold)
    step = style.size * MM_PER_POINT * LEADING
    for n, line in enumerate(lines):
        middle = at[1] + (n - (len(lines) - 1) / 2) * step
        pen.text(line, (at[0], middle), style.size, bold=style.bold, align=align)


def _options(pen: Pen, entry: schema.Field) -> None:
    if not isinstance(entry, (schema.Choice, schema.Score)):
        return
    for option in entry.options:
        words, box, size = option.label or str(option.value), option.box, entry.print_.options
        if entry.mark == "circle":
            _centred(pen, words, box, size)
            continue
        pen.rect(box, 0.3) if entry.mark == "check" else pen.oval(box)
        pen.text(words, (box.x + box.w + 1.8, box.y + box.h / 2), size)
    if isinstance(entry, schema.Score) and entry.box:
        pen.rect(entry.box, 0.3)


def _centred(pen: Pen, words: str, box: geometry.Box, size: float) -> None:
    size = min(size, size * (box.w - 1) / max(text_width(words, size), 0.1))
    pen.text(words, (box.x + box.w / 2, box.y + box.h / 2), size, align="center")


def _digits(pen: Pen, entry: schema.Field) -> None:
    if not isinstance(entry, schema.Digits):
        return
    boxes = list(entry.boxes().values())
    _cells(pen, boxes, entry.print_.frame)
    decimals = entry.number.decimals if entry.number else 0
    if decimals and len(boxes) > decimals:
        left, right = boxes[-decimals - 1], boxes[-decimals]
        gap = (left.x + left.w + right.x) / 2
        pen.text(
            "．" if right.x - left.x - left.w > 1 else ".",
            (gap, right.y + right.h * 0.72),
            14,
            bold=True,
            align="center",
        )


def _cells(pen: Pen, boxes: list[geometry.Box], frame: str) -> None:
    if frame == "box":
        for box in boxes:
            pen.rect(box, 0.25)
    elif frame == "line":
        for box in boxes:
            pen.lines([(box.x, box.y + box.h), (box.x + box.w, box.y + box.h)], 0.25)


def _date(pen: Pen, entry: schema.Field) -> None:
    if not isinstance(entry, schema.Date):
        return
    boxes = entry.boxes()
    _cells(pen, [box for name, box in boxes.items() if not name.startswith("era-")], entry.print_.frame)
    for name, box in entry.era_boxes.items():
        _centred(pen, name, box, entry.print_.options)
    for part, word in ((entry.year, "年"), (entry.month, "月"), (entry.day, "日")):
        if part:
            pen.text(word, (part.box.x + part.box.w + 1.2, part.box.y + part.box.h / 2), entry.print_.options)
    if entry.year and entry.eras and not entry.era_boxes:
        middle = entry.year.box.y + entry.year.box.h / 2
        pen.text(entry.eras[0], (entry.year.box.x - 1.5, middle), entry.print_.options, align="right")


def _text(pen: Pen, entry: schema.Field) -> None:
    box = next(iter(entry.boxes().values()))
    _cells(pen, [box], entry.print_.frame)
    rows = entry.lines if isinstance(entry, schema.Text) and entry.lines else 1
    for n in range(1, rows):
        y = box.y + box.h * n / rows
        pen.lines([(box.x + 2, y), (box.x + box.w - 2, y)], 0.12, dash=True)


def _presence(pen: Pen, entry: schema.Field) -> None:
    box = next(iter(entry.boxes().values()))
    if entry.print_.frame != "none":
        pen.oval(box, 0.15)


DRAWERS: dict[str, Callable[[Pen, schema.Field], None]] = {
    "choice": _options,
    "score": _options,
    "digits": _digits,
    "date": _date,
    "text": _text,
    "presence": _presence,
    "code": _text,
}


# ── markers and codes


def _markers(pen: Pen, markers: schema.Markers) -> None:
    names = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, markers.dictionary))
    across = names.markerSize + 2
    for marker in markers.at:
        dark = np.asarray(cv2.aruco.generateImageMarker(names, marker.id, across)) == 0
        x, y = marker.center
        box = geometry.Box(x - markers.size / 2, y - markers.size / 2, markers.size, markers.size)
        pen.rect(box.grown(markers.size / across), 0, fill=0)
        pen.modules(dark, box)


@lru_cache(maxsize=8)
def symbol(words: str) -> NDArray[np.bool_]:
    """The dark modules of a QR symbol, shape (n, n); level Q where that needs no larger symbol, else M."""
    return min((_symbol(words, level) for level in ("Q", "M")), key=len)


def _symbol(words: str, level: str) -> NDArray[np.bool_]:
    code = zxingcpp.create_barcode(words, zxingcpp.BarcodeFormat.QRCode, ec_level=level)
    return np.asarray(np.array(zxingcpp.write_barcode_to_image(code, scale=1, add_quiet_zones=False)) == 0)


def _code(pen: Pen, code: schema.PrintedCode, words: str, serial: str) -> None:
    """The symbol, and the serial in figures."""
    _qr(pen, words, code.box)
    at = code.serial or (code.box.x + code.box.w / 2, code.box.y + code.box.h + 2.2)
    pen.text(f"No. {serial}", at, 8, align="center")


def _qr(pen: Pen, words: str, box: geometry.Box) -> None:
    """The largest symbol that fits the box with its quiet zone."""
    dark = symbol(words)
    side_mm = min(box.w, box.h)
    x, y = box.center()
    square = geometry.Box(float(x) - side_mm / 2, float(y) - side_mm / 2, side_mm, side_mm)
    pen.modules(dark, square.grown(-side_mm * QUIET / (len(dark) + 2 * QUIET)))
