"""Sheets of paper on their way: which form, which kind of scan, filled in and laid under the scanner."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import geometry
from pipeline.forms import Forms, schema
from pipeline.forms import serial as serials
from pipeline.model import Value
from samples import figures, fill, foreign, ink, levels, pages, people, scan, typed, values
from samples.levels import Level, Rng

# What a sheet may become, and how often where nothing else is asked for.
KINDS: dict[str, float] = {
    "pdf": 0.61,  # one image per page
    "layered": 0.05,  # 高圧縮PDF
    "glass": 0.05,  # two small sheets on one glass
    "halves": 0.06,  # a folded sheet as one page per half
    "typed": 0.05,  # filled in on a PC: drawn content with a text layer
    "tiff": 0.06,
    "jpg": 0.06,
    "png": 0.03,
    "foreign": 0.03,  # a page that is no form
}
BLANK_BACK = 0.12
OUTSIDE = 0.25  # how often a side without fields is scanned along
NO_SERIAL = 0.15
SMALL_MM = 220.0  # the longer edge of what may share a glass
RASTER_DPI = 300


@dataclass(frozen=True)
class Order:
    """What is wanted."""

    forms: Forms
    seed: int
    count: int  # sheets of paper
    level: str
    split: str
    kinds: Mapping[str, float]
    per_file: int = 12  # pages, at most about
    blanks: Mapping[tuple[str, str], Path] | None = None  # blank.pdf by form, for typed sheets
    real: figures.Figures | None = None  # real figures instead of our own strokes

    @property
    def bounds(self) -> Level:
        """The level's bounds."""
        return levels.load().levels[self.level]


@dataclass(frozen=True, eq=False)
class Sheet:
    """A sheet of paper on its way: what, in which hands, with which chance."""

    number: int
    form: schema.Form
    serial: str | None
    kind: str
    rng: Rng
    wish: frozenset[str] = frozenset()  # upside-down, blank-back: for sure, not by chance
    look: Mapping[str, Any] = field(default_factory=dict)  # conditions of the scan that are given, not drawn
    given: Mapping[str, Value] = field(default_factory=dict)  # what stands in some fields for sure, by id


def drawn(order: Order) -> Iterator[Sheet]:
    """The sheets of an order: form and kind by chance."""
    for number in range(order.count):
        rng = np.random.default_rng([order.seed, number])
        names = sorted(order.kinds)
        shares = np.array([order.kinds[name] for name in names])
        forms = list(order.forms.values())
        form = forms[int(rng.integers(len(forms)))]
        kind = str(rng.choice(names, p=shares / shares.sum()))
        yield of(number, form, kind if possible(kind, form, order) else "pdf", rng)


def of(number: int, form: schema.Form, kind: str, rng: Rng, wish: frozenset[str] = frozenset()) -> Sheet:
    """A sheet with a serial, or without one as now and then."""
    serial = None if rng.random() < NO_SERIAL else serials.make(int(rng.integers(10**6)))
    return Sheet(number, form, serial, kind, rng, wish)


def possible(kind: str, form: schema.Form, order: Order) -> bool:
    """Whether a form can come as this kind."""
    side = form.sides[0]
    if kind == "glass":
        return max(side.paper.width, side.paper.height) <= SMALL_MM
    if kind == "typed":
        return order.blanks is not None and form.key in order.blanks
    return kind != "halves" or len(side.panels) > 1


def scanned(sheet: Sheet, order: Order) -> Iterator[pages.Page]:
    """The pages that one sheet becomes."""
    how = _conditions(sheet, order)
    content = values.sheet_for(sheet.form, sheet.rng, order.forms.list_folders)
    content.given = sheet.given
    if sheet.kind == "foreign":
        yield foreign.page(how, order.bounds, order.split, sheet.rng)
    elif sheet.kind == "typed":
        yield from _typed(sheet, content, order)
    else:
        yield from _by_hand(sheet, content, (how, order))


def _by_hand(sheet: Sheet, content: values.Sheet, how: tuple[scan.Conditions, Order]) -> Iterator[pages.Page]:
    conditions, order = how
    writers = people.writer(order.split, sheet.rng), people.writer(order.split, sheet.rng)
    for n, side in enumerate(_sides(sheet)):
        turn = 180 if n and sheet.rng.random() < 0.3 else 0
        here = replace(conditions, turn=(conditions.turn + turn) % 360)
        filled = draw(sheet, side, here, (writers, content), order.real)
        yield from _scan(sheet, filled, (here, order))
    by_chance = len(sheet.form.sides) == 1 and sheet.kind == "pdf" and sheet.rng.random() < BLANK_BACK
    if by_chance or "blank-back" in sheet.wish:
        yield foreign.blank_back(sheet.form.sides[0], conditions, order.bounds, sheet.rng)


def _typed(sheet: Sheet, content: values.Sheet, order: Order) -> Iterator[pages.Page]:
    """Every side with fields, filled in on a PC; the truth is that of a rendering at 300 dpi."""
    blank = (order.blanks or {})[sheet.form.key]
    matrix = geometry.mm_to_blank_px()
    for side in [side for side in sheet.form.sides if side.fields]:
        letter, truths = typed.side(sheet.form, side, blank, content)
        width, height = typed.size_px(side.paper)
        white = np.broadcast_to(np.uint8(255), (height, width))
        filled = pages.Filled(sheet.form, side, None, ink.Canvas(white, geometry.BLANK_PX_PER_MM), truths, sheet.number)
        shown = [pages.panel_line(panel, matrix, 0.0) for panel in side.panels]
        truth = pages.sheet_truth(filled, shown, lambda mm: geometry.project(matrix, mm), 0)
        yield pages.Page(white, (300.0, 300.0), "drawn", 0, "form", [truth], {}, "typed", letter)


def _scan(sheet: Sheet, filled: pages.Filled, how: tuple[scan.Conditions, Order]) -> Iterator[pages.Page]:
    conditions, order = how
    if sheet.kind == "halves" and filled.side.fields:
        names = [panel.id for panel in filled.side.panels]
        for name in names if sheet.rng.random() < 0.6 else names[::-1]:
            yield pages.single(
                filled,
                replace(conditions, skew_deg=conditions.skew_deg * sheet.rng.uniform(-1, 1)),
                order.bounds,
                sheet.rng,
                name,
            )
    elif sheet.kind == "glass":
        other = _neighbour(sheet, order)
        yield pages.glass([filled, _another(other, conditions, order)], conditions, order.bounds, sheet.rng)
    else:
        kind = "layered" if sheet.kind == "layered" else "sheet"
        yield replace(pages.single(filled, conditions, order.bounds, sheet.rng), kind=kind)


def _neighbour(sheet: Sheet, order: Order) -> Sheet:
    """The second sheet on the glass: of the same form, with a number beyond the stack's own."""
    return replace(sheet, number=order.count + sheet.number, serial=serials.make(int(sheet.rng.integers(10**6))))


def _another(sheet: Sheet, how: scan.Conditions, order: Order) -> pages.Filled:
    writers = people.writer(order.split, sheet.rng), people.writer(order.split, sheet.rng)
    content = values.sheet_for(sheet.form, sheet.rng, order.forms.list_folders)
    return draw(sheet, sheet.form.sides[0], how, (writers, content), order.real)


def draw(
    sheet: Sheet,
    side: schema.Side,
    how: scan.Conditions,
    who: tuple[tuple[people.Writer, people.Writer], values.Sheet],
    real: figures.Figures | None = None,
) -> pages.Filled:
    """One side of the sheet, filled in by its first writer on the first panel and the second beyond."""
    writers, content = who
    scale = max(*how.dpi, RASTER_DPI) / geometry.MM_PER_INCH
    canvas = ink.canvas_of(side.blank, scale, how.mode == "colour")
    if sheet.serial:
        fill.serial(canvas, sheet.form, side, sheet.serial)
    hands = {panel.id: writers[min(n, 1)] for n, panel in enumerate(side.panels)}
    truths = fill.side(fill.Desk(side, content, hands, canvas, sheet.rng, real))
    return pages.Filled(sheet.form, side, sheet.serial, canvas, truths, sheet.number)


def _sides(sheet: Sheet) -> list[schema.Side]:
    """The sides that are scanned: all with fields; now and then one without."""
    if sheet.kind == "glass":
        return sheet.form.sides[:1]
    bare = [side for side in sheet.form.sides if not side.fields]
    wanted = (
        [bare[int(sheet.rng.integers(len(bare)))]]
        if bare and sheet.rng.random() < OUTSIDE and sheet.kind == "pdf"
        else []
    )
    return [side for side in sheet.form.sides if side.fields or any(side is one for one in wanted)]


def _conditions(sheet: Sheet, order: Order) -> scan.Conditions:
    how = scan.conditions(order.bounds, order.split, sheet.rng)
    how = replace(how, **sheet.look)
    if "upside-down" in sheet.wish:
        how = replace(how, turn=180)
    if sheet.kind == "layered":  # measured in a rendering at 300 dpi
        return replace(how, dpi=(300.0, 300.0), mode="colour")
    if sheet.kind == "jpg" and how.mode == "bilevel":
        return replace(how, dpi=(300.0, 300.0), mode="grey")
    return how
