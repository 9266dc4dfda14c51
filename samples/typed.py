"""A form filled in on a PC: drawn content over the form's own blank.pdf, with a text layer, with or without form fields."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
from pikepdf import Array, Dictionary, Name, String
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen import canvas as reportlab

from pipeline import geometry
from pipeline.forms import draw, schema
from samples import fill, lettering, values
from samples.levels import Rng, font_file

POINTS_PER_MM = 72.0 / geometry.MM_PER_INCH
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
MARKS = {"circle": "oval", "check": "tick", "fill": "square"}


@dataclass(frozen=True)
class Item:
    """One thing on the page: words, or a mark, in a box (mm)."""

    kind: str  # words, oval, tick, square, symbol
    box: geometry.Box
    words: str = ""
    rows: int = 1
    name: str = ""  # of the form field


@dataclass(frozen=True, eq=False)
class Typed:
    """A typed page before it is put into a PDF."""

    blank: Path
    number: int  # page of blank.pdf, from 0
    height_mm: float
    items: list[Item]
    as_fields: bool


def side(
    form: schema.Form, wanted: schema.Side, blank: Path, sheet: values.Sheet
) -> tuple[Typed, dict[str, fill.Truth]]:
    """Fill in one side on a PC; the truth as for a side filled in by hand."""
    items: list[Item] = []
    truths = {}
    wide = bool(sheet.rng.random() < 0.2)
    for entry in wanted.fields:
        content = _clean(entry, sheet)
        drawn = DRAWERS[entry.kind](entry, content, sheet.rng)
        items += [replace(item, words=item.words.translate(WIDE)) for item in drawn] if wide else drawn
        truths[entry.id] = _truth(entry, content)
    return Typed(
        blank,
        [one.id for one in form.sides].index(wanted.id),
        wanted.paper.height,
        items,
        bool(sheet.rng.random() < 0.5),
    ), truths


def _clean(entry: schema.Field, sheet: values.Sheet) -> values.Content:
    """Nobody strikes out or scribbles on a PC."""
    for _ in range(50):
        content = values.fill(entry, sheet)
        if not (content.struck or content.old or content.state == "illegible"):
            return content
    raise ValueError(f"field {entry.id} comes out struck every time")


def _truth(entry: schema.Field, content: values.Content) -> fill.Truth:
    asked = getattr(entry, "mark", None) if getattr(entry, "options", None) else None
    return fill.Truth(
        entry.kind, content.value, content.state, content.reason, content.text, asked, (), content.marked, (), (),
        "printer", -1, entry.boxes(),
    )  # fmt: skip


# ── what stands where


def _options(entry: Any, content: values.Content, rng: Rng) -> list[Item]:
    if not entry.options:
        return _written(entry, content, rng)
    return [Item(MARKS[entry.mark], entry.options[place].box) for place in content.marked]


def _written(entry: Any, content: values.Content, _rng: Rng) -> list[Item]:
    if content.state != "valid":
        return []
    boxes = [(part, box) for part, box in entry.boxes().items() if not part.startswith("era-")]
    if len(boxes) == 1 and not getattr(entry, "cells", None):
        return [Item("words", boxes[0][1], content.text, name=entry.id)]
    pairs = zip(content.cells, boxes, strict=False)
    return [Item("words", box, text, name=f"{entry.id}.{part}") for text, (part, box) in pairs if text.strip()]


def _date(entry: schema.Date, content: values.Content, rng: Rng) -> list[Item]:
    era = entry.era_boxes.get(content.era) if content.state == "valid" else None
    return _written(entry, content, rng) + ([Item("oval", era)] if era else [])


def _text(entry: schema.Text, content: values.Content, _rng: Rng) -> list[Item]:
    return [Item("words", entry.box, content.text, entry.lines or 1, entry.id)] if content.text else []


def _presence(entry: schema.Presence, content: values.Content, rng: Rng) -> list[Item]:
    side_mm = 0.8 * min(entry.box.w, entry.box.h)
    x, y = entry.box.center() - side_mm / 2 + rng.normal(0, 0.2, 2)
    return [Item("oval", geometry.Box(x, y, side_mm, side_mm)), Item("words", entry.box, "印")] if content.value else []


def _code(entry: schema.Code, content: values.Content, _rng: Rng) -> list[Item]:
    return [Item("symbol", entry.box, content.text)] if content.text else []


DRAWERS: dict[str, Callable[[Any, values.Content, Rng], list[Item]]] = {
    "choice": _options,
    "score": _options,
    "digits": _written,
    "date": _date,
    "text": _text,
    "presence": _presence,
    "code": _code,
}


# ── into a PDF


def add(out: pikepdf.Pdf, typed: Typed) -> None:
    """Append the page to `out`."""
    with pikepdf.open(typed.blank) as source:
        out.pages.append(source.pages[typed.number])
    page = out.pages[-1]
    fields = [item for item in typed.items if item.kind == "words" and item.name] if typed.as_fields else []
    drawn = [item for item in typed.items if item not in fields]
    with pikepdf.open(io.BytesIO(_overlay(drawn, page, typed.height_mm))) as over:
        look = out.copy_foreign(over.pages[0].as_form_xobject())
    page.add_resource(look, Name.XObject, Name.Typed)  # a name of our own: pikepdf would make up a new one every time
    page.contents_add(b"q", prepend=True)
    page.contents_add(b"Q /Typed Do")
    for item in fields:
        _field(out, page, item, typed.height_mm)


def _overlay(items: list[Item], page: pikepdf.Page, height_mm: float) -> bytes:
    pen, data = _pen((float(page.mediabox[2]), float(page.mediabox[3])))
    pen.translate(0, height_mm * POINTS_PER_MM)
    for item in items:
        _draw(pen, item)
    pen.save()
    return data.getvalue()


def _pen(size: tuple[float, float]) -> tuple[reportlab.Canvas, io.BytesIO]:
    if lettering.TYPED not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(lettering.TYPED, str(font_file(lettering.TYPED))))
    data = io.BytesIO()
    return reportlab.Canvas(data, pagesize=size, invariant=1), data


def _draw(pen: reportlab.Canvas, item: Item) -> None:
    """Draw an item; the pen's origin is the top left corner of the paper, y upwards."""
    x, y, w, h = (n * POINTS_PER_MM for n in item.box)
    if item.kind == "words":
        _words(pen, item, (x, -y, w, h))
    elif item.kind == "oval":
        pen.setLineWidth(1.1)
        pen.ellipse(x, -y - h, x + w, -y)
    elif item.kind == "symbol":
        _symbol(pen, item.words, (x, -y, min(w, h)))
    elif item.kind == "tick":
        pen.setLineWidth(1.4)
        pen.lines(
            [
                (x + 0.15 * w, -y - 0.5 * h, x + 0.42 * w, -y - 0.82 * h),
                (x + 0.42 * w, -y - 0.82 * h, x + 0.9 * w, -y - 0.12 * h),
            ]
        )
    else:
        pen.rect(x + 0.1 * w, -y - 0.9 * h, 0.8 * w, 0.8 * h, stroke=0, fill=1)


def _symbol(pen: reportlab.Canvas, words: str, place: tuple[float, float, float]) -> None:
    dark = draw.symbol(words)
    step = place[2] / (len(dark) + 8)
    for row, column in np.argwhere(dark):
        pen.rect(place[0] + (column + 4) * step, place[1] - (row + 5) * step, step, step, stroke=0, fill=1)


def _words(pen: reportlab.Canvas, item: Item, place: tuple[float, float, float, float]) -> None:
    x, top, w, h = place
    pitch = h / item.rows
    size = min(pitch * 0.62, 15.0, 0.92 * w * item.rows / max(len(item.words), 1) if len(item.words) > 1 else 15.0)
    per_line = max(int(0.95 * w / size), 1)
    for n, line in enumerate(lettering.lines_of(item.words, per_line, item.rows)):
        left = x + (w - size * (0.6 if line.isascii() else 1.0)) / 2 if len(item.words) == 1 else x + 3
        pen.setFont(lettering.TYPED, size)
        pen.drawString(left, top - pitch * (n + 0.5) - 0.36 * size, line)


def _field(out: pikepdf.Pdf, page: pikepdf.Page, item: Item, height_mm: float) -> None:
    """A filled text field (AcroForm) with its own appearance."""
    x, y, w, h = (n * POINTS_PER_MM for n in item.box)
    pen, data = _pen((w, h))
    pen.translate(-x, h + y)
    _draw(pen, item)
    pen.save()
    with pikepdf.open(io.BytesIO(data.getvalue())) as one:
        look = out.copy_foreign(one.pages[0].as_form_xobject())
    top = height_mm * POINTS_PER_MM - y
    rect = Array([round(n, 3) for n in (x, top - h, x + w, top)])
    widget = out.make_indirect(
        Dictionary(
            Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=String(f"p{len(out.pages)}.{item.name}"),
            V=String(item.words), F=4, Rect=rect, AP=Dictionary(N=look), P=page.obj,
        )
    )  # fmt: skip
    if Name.Annots not in page.obj:
        page.obj.Annots = Array()
    page.obj.Annots.append(widget)
    if Name.AcroForm not in out.Root:
        out.Root.AcroForm = Dictionary(Fields=Array(), DA=String("/Helv 0 Tf 0 g"))
    out.Root.AcroForm.Fields.append(widget)


# ── the truth


def size_px(paper: schema.Paper) -> tuple[int, int]:
    """Width and height of a rendering at 300 dpi, which rounds up."""
    across, down = (math.ceil(n * geometry.BLANK_PX_PER_MM - 1e-3) for n in (paper.width, paper.height))
    return across, down
