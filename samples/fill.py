"""A side of a form filled in: values made up, drawn on the canvas, and the truth about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from pipeline import geometry
from pipeline.forms import draw, schema
from pipeline.model import State, Value
from samples import figures, lettering, people, scribe, values
from samples.ink import Canvas
from samples.levels import Rng, Style

DARK = 128  # grey level below which the blank carries print
STRAYS = 1.1  # accidents per side, on the average


@dataclass(frozen=True)
class Truth:
    """What is true about a filled field."""

    kind: str
    value: Value
    state: State
    reason: str | None
    text: str  # as it stands on the paper
    mark: str | None  # what the form asks for: circle, check, fill
    styles: tuple[str, ...]  # of the marks drawn
    marked: tuple[int, ...]  # places of the options that carry a mark
    struck: tuple[int, ...]  # places whose mark is struck out
    stray: tuple[tuple[int, str], ...]  # option and accident
    pen: str
    writer: int
    boxes: Mapping[str, geometry.Box]  # mm


@dataclass(eq=False)
class Desk:
    """Everything at hand while one side is filled in."""

    side: schema.Side
    sheet: values.Sheet
    writers: Mapping[str, people.Writer]  # by panel
    canvas: Canvas
    rng: Rng
    real: figures.Figures | None = None

    def scribe_at(self, box: geometry.Box) -> scribe.Scribe:
        """Whoever fills in the panel that carries `box`."""
        return scribe.Scribe(self.canvas, self.writers[self.side.panel_of(box).id], self.rng, self.real)


def side(desk: Desk) -> dict[str, Truth]:
    """Fill in every field of the side and scatter a few accidents; returns the truth by field id."""
    truths = {entry.id: _field(entry, desk) for entry in desk.side.fields}
    return _accidents(truths, desk) if desk.side.fields else truths


def _field(entry: schema.Field, desk: Desk) -> Truth:
    content = values.fill(entry, desk.sheet)
    boxes = entry.boxes()
    hand = desk.scribe_at(geometry.union(list(boxes.values())))
    styles = DRAWERS[entry.kind](entry, content, hand, desk)
    asked = getattr(entry, "mark", None) if getattr(entry, "options", None) else None
    typed = isinstance(entry, schema.Text) and entry.script == "printed"
    pen = "printer" if typed else hand.writer.tool.name
    return Truth(
        entry.kind, content.value, content.state, content.reason, content.text, asked, styles,
        content.marked, content.struck, (), pen, hand.writer.number, boxes,
    )  # fmt: skip


def _options(entry: Any, content: values.Content, hand: scribe.Scribe, desk: Desk) -> tuple[str, ...]:
    if not entry.options:
        return _written(entry, content, hand, desk)
    used: list[str] = []
    for place in (*content.struck, *content.marked):
        name, style = hand.writer.style(entry.mark, desk.rng)
        around = hand.mark(aim(entry.options[place].box, style, desk.side.blank, desk.rng), style)
        used.append(name)
        if place in content.struck:
            hand.strike(around)
    return tuple(used)


def aim(box: geometry.Box, style: Style, blank: geometry.Grey, rng: Rng) -> geometry.Box:
    """What somebody circles: between the printed word in the box, with some air, and the whole box."""
    if style.family != "circle":
        return box
    scale = geometry.BLANK_PX_PER_MM
    x, y = int((box.x + 0.4) * scale), int((box.y + 0.4) * scale)
    dark = (blank[y : y + int((box.h - 0.8) * scale), x : x + int((box.w - 0.8) * scale)] < DARK).view(np.uint8)
    if cv2.countNonZero(dark) == 0:  # an empty frame: people circle it from outside
        return box.grown(float(rng.uniform(0.0, 1.2)))
    left, top, w, h = (float(n) / scale for n in cv2.boundingRect(dark))
    word = geometry.Box(box.x + 0.4 + left, box.y + 0.4 + top, w, h).grown(1.1)
    share = float(rng.uniform(0.0, 1.0))
    mixed = [a + (b - a) * share for a, b in zip(word, box, strict=True)]
    return geometry.Box(*mixed)


def _written(entry: Any, content: values.Content, hand: scribe.Scribe, _desk: Desk) -> tuple[str, ...]:
    """Figures in cells or in one box; a scribble where nothing can be read."""
    boxes = [box for part, box in entry.boxes().items() if not part.startswith("era-")]
    whole = geometry.union(boxes)
    if content.old:
        left = geometry.Box(whole.x, whole.y, whole.w * (0.5 if content.text else 1.0), whole.h)
        hand.strike(hand.figures(content.old, left, 0.6), seal=0.25)
    if content.state == "illegible":
        hand.mark(whole, _SCRIBBLE)
    if content.state != "valid":
        return ()
    if len(boxes) == 1 and not getattr(entry, "cells", None):
        right = geometry.Box(whole.x + whole.w * 0.5, whole.y, whole.w * 0.5, whole.h)
        hand.figures(content.text, right if content.old else whole)
    else:
        _into_cells(content, boxes, hand)
    return ()


_SCRIBBLE = Style(family="fill", size=(0.7, 1.0), stray=0.05, gap=(0.6, 0.9), wobble=0.25, aspect=(0.9, 1.3))


def _into_cells(content: values.Content, boxes: list[geometry.Box], hand: scribe.Scribe) -> None:
    for text, box in zip(content.cells, boxes, strict=False):
        if len(text) == 1:
            hand.cell(text, box)
        elif text.strip():
            hand.figures(text, box)


def _date(entry: schema.Date, content: values.Content, hand: scribe.Scribe, desk: Desk) -> tuple[str, ...]:
    _written(entry, content, hand, desk)
    if content.state != "valid" or not content.era or not entry.era_boxes:
        return ()
    if content.era in entry.era_boxes:
        name, style = hand.writer.style("circle", desk.rng)
        hand.mark(aim(entry.era_boxes[content.era], style, desk.side.blank, desk.rng), style)
        return (name,)
    old = next(iter(entry.era_boxes.values()))
    hand.strike(old, seal=0.0)
    hand.stamp(content.era, old)
    return ("stamp",)


def _text(entry: schema.Text, content: values.Content, hand: scribe.Scribe, _desk: Desk) -> tuple[str, ...]:
    hand.words(content.text, entry.box, entry.lines or 1, entry.script == "printed")
    return ()


def _presence(entry: schema.Presence, content: values.Content, hand: scribe.Scribe, desk: Desk) -> tuple[str, ...]:
    if not content.value:
        return ()
    middle = entry.box.center() + desk.rng.normal(0, 0.08, 2) * [entry.box.w, entry.box.h]
    if desk.rng.random() < 0.75 or min(entry.box.w, entry.box.h) < 6:
        side_mm = float(min(desk.rng.uniform(9.0, 12.0), 0.9 * min(entry.box.w, entry.box.h)))
        hand.seal(geometry.Box(middle[0] - side_mm / 2, middle[1] - side_mm / 2, side_mm, side_mm))
        return ("seal",)
    hand.words(people.person(desk.rng).name.split("　")[0], entry.box, 1)
    return ("signature",)


def _code(entry: schema.Code, content: values.Content, hand: scribe.Scribe, _desk: Desk) -> tuple[str, ...]:
    if content.text:
        symbol(hand.canvas, entry.box, content.text)
    return ()


DRAWERS: dict[str, Callable[[Any, values.Content, scribe.Scribe, Desk], tuple[str, ...]]] = {
    "choice": _options,
    "score": _options,
    "digits": _written,
    "date": _date,
    "text": _text,
    "presence": _presence,
    "code": _code,
}


def _accidents(truths: dict[str, Truth], desk: Desk) -> dict[str, Truth]:
    fields = [entry for entry in desk.side.fields if getattr(entry, "options", None)]
    for _ in range(int(desk.rng.poisson(STRAYS)) if fields else 0):
        entry: Any = fields[int(desk.rng.integers(len(fields)))]
        place = int(desk.rng.integers(len(entry.options)))
        truth = truths[entry.id]
        taken = {*truth.marked, *truth.struck, *(n for n, _ in truth.stray)}
        if place not in taken:
            box = entry.options[place].box
            kind = accident(box, desk.scribe_at(box), desk.side.blank)
            truths[entry.id] = replace(truth, stray=(*truth.stray, (place, kind)))
    return truths


def accident(box: geometry.Box, hand: scribe.Scribe, blank: geometry.Grey) -> str:
    """Leave ink at an option that is no answer; returns what it was."""
    kind = str(hand.rng.choice(["dots", "smudge", "half-erased", "line-by"], p=[0.38, 0.27, 0.27, 0.08]))
    if kind == "half-erased":
        style = hand.writer.style("circle", hand.rng)[1]
        hand.half_erased(aim(box, style, blank, hand.rng), style)
        return kind
    {"dots": hand.dots, "smudge": hand.smudge, "line-by": hand.line_by}[kind](box)
    return kind


# ── what is printed on issued sheets


def serial(canvas: Canvas, form: schema.Form, side_: schema.Side, serial_: str) -> None:
    """Print the sheet's serial and its codes, as `forms print` does."""
    for code in side_.code:
        symbol(canvas, code.box, f"YT1/{form.id}/{form.version}/{side_.id}/{serial_}")
        at = (code.box.x + code.box.w / 2 - 6.5, code.box.y + code.box.h + 3.2)
        pen = (people.typist(), scribe.PRINTER, np.random.default_rng(0))
        lettering.write(canvas, f"No. {serial_}", at, 2.8, pen)


def symbol(canvas: Canvas, box: geometry.Box, words: str) -> None:
    """Print a QR symbol with its quiet zone into `box` (mm)."""
    dark = np.pad(draw.symbol(words), 4)
    side_px = min(box.w, box.h) * canvas.px_per_mm
    corner = np.array(box.center()) * canvas.px_per_mm - side_px / 2
    scale = side_px / len(dark)
    start = 4 * (corner % 1) + 2 * scale - 0.5
    matrix = np.array([[4 * scale, 0, start[0]], [0, 4 * scale, start[1]]])
    size = int(np.ceil(side_px)) + 2
    # Twice as fine and then halved, so that the modules' edges are as soft as print.
    fine = cv2.warpAffine(dark.astype(np.float32), matrix, (size * 4, size * 4), flags=cv2.INTER_NEAREST)
    alpha = cv2.resize(fine, (size, size), interpolation=cv2.INTER_AREA)
    canvas.take(np.asarray(alpha * 0.97, dtype=np.float32), (int(corner[0]), int(corner[1])), scribe.PRINTER.colour)
