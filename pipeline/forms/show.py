"""What the machine sees: boxes, residuals and readings drawn on the picture of a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from pipeline import geometry
from pipeline.forms import pen, schema

Colour: TypeAlias = tuple[int, int, int]
Colours = NDArray[np.uint8]  # (height, width, 3), red green blue

PANEL: Colour = (0, 90, 200)
SURE: Colour = (0, 130, 60)
DOUBT: Colour = (214, 90, 0)
UNREAD: Colour = (120, 60, 160)
NAMED = 12  # letters of a field's name beside its box


@dataclass(frozen=True)
class Lain:
    """A panel as it lies on the page."""

    mm_to_px: geometry.Matrix  # (3, 3)
    residual_mm: float | None = None
    anchors: geometry.Points | None = None  # (n, 4): mm x, y and weights of the smooth correction in px; None: rigid

    def to_px(self, mm: geometry.Points) -> geometry.Points:
        """Points in mm, shape (n, 2), to px of the page."""
        px = geometry.project(self.mm_to_px, mm)
        return px if self.anchors is None else px + geometry.smooth_shift(self.anchors, mm)


@dataclass(frozen=True)
class Read:
    """What was read in a field."""

    words: str  # the value as people write it, or its state
    sure: bool = False


def side(
    image: geometry.Grey | Colours,
    page: schema.Side,
    panels: Mapping[str, Lain],
    readings: Mapping[str, Read] | None = None,
) -> Colours:
    """The page in colour with everything drawn on it; green: sure, orange: doubtful, violet: not read.

    Args:
        image: the page in grey, shape (height, width), or what this function made of it for another sheet on it.
        page: the side that lies on it.
        panels: where its panels lie, by id; fields of panels that are not here are left out.
        readings: by field id.
    """
    canvas = Image.fromarray(image).convert("RGB")
    brush = ImageDraw.Draw(canvas)
    for panel in page.panels:
        if panel.id in panels:
            _panel(brush, panel, panels[panel.id])
    for field in page.fields:
        _field(brush, page, field, panels, (readings or {}).get(field.id))
    return np.asarray(canvas, dtype=np.uint8)


def _panel(brush: ImageDraw.ImageDraw, panel: schema.Panel, lain: Lain) -> None:
    quad = lain.to_px(panel.box.corners())
    px = _px_per_mm(lain, panel.box)
    _outline(brush, quad, PANEL, max(2, round(px * 0.3)))
    residual = "" if lain.residual_mm is None else f"　ずれ {lain.residual_mm:.2f} mm"
    inside = lain.to_px(np.array([[panel.box.x + 15, panel.box.y + 2]]))[0]
    _words(brush, f"{panel.id}{residual}", inside, round(px * 3), PANEL)


def _field(
    brush: ImageDraw.ImageDraw,
    page: schema.Side,
    field: schema.Field,
    panels: Mapping[str, Lain],
    read: Read | None,
) -> None:
    colour = UNREAD if read is None else SURE if read.sure else DOUBT
    boxes = [box for box in field.boxes().values() if page.panel_of(box).id in panels]
    for box in boxes:
        lain = panels[page.panel_of(box).id]
        quad = lain.to_px(box.corners())
        _outline(brush, quad, colour, max(1, round(_px_per_mm(lain, box) * 0.2)))
    if boxes:
        first = boxes[0]
        lain = panels[page.panel_of(first).id]
        above = lain.to_px(np.array([[first.x, first.y - 2.6]]))[0]
        name = _name(field)
        words = name if read is None else f"{name} = {read.words}"
        _words(brush, words, above, round(_px_per_mm(lain, first) * 2.3), colour)


def _name(field: schema.Field) -> str:
    """What people call the field: their words, as far as there is room for them."""
    name = field.label or field.id
    return name if len(name) <= NAMED else f"{name[:NAMED]}…"


def _px_per_mm(lain: Lain, box: geometry.Box) -> float:
    top_left, top_right = lain.to_px(box.corners())[:2]
    return float(np.linalg.norm(top_right - top_left)) / box.w


def _outline(brush: ImageDraw.ImageDraw, quad: geometry.Points, colour: Colour, width: int) -> None:
    corners = [(float(x), float(y)) for x, y in quad]
    brush.line([*corners, corners[0]], fill=colour, width=width, joint="curve")


def _words(brush: ImageDraw.ImageDraw, words: str, at: geometry.Points, size: int, colour: Colour) -> None:
    """Letters on a white ground, `size` px high, from the top-left corner `at`."""
    font = _font(max(size, 8))
    place = (float(at[0]), float(at[1]))
    brush.rectangle(brush.textbbox(place, words, font=font), fill=(255, 255, 255))
    brush.text(place, words, fill=colour, font=font)


@lru_cache(maxsize=16)
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(pen.FONTS / "BIZUDPGothic-Regular.ttf", size)
