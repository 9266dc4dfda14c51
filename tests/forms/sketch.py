"""A blank paper drawn as an office would, and noted down at the same time as the form that a person would draw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pipeline import geometry
from pipeline.forms import schema
from pipeline.geometry import Box
from samples.levels import FOLDER

FINE = 600 / 25.4  # px per mm while drawing
GOTHIC = Path("/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf")  # Debian fonts-ipaexfont-gothic
KLEE = FOLDER / "fonts" / "klee-one.ttf"


@dataclass
class Style:
    """How an office's printer and its drawing program draw."""

    font: Path
    rule: float  # mm
    frame: float  # mm
    heavy: int = 0  # by how many fine pixels letters are thicker


class Sketch:
    """A page that is drawn and, at the same time, noted down as fields, in mm."""

    def __init__(self, width: float, height: float, style: Style) -> None:
        self.size, self.style = (width, height), style
        self.fields: list[dict[str, Any]] = []
        self._image = Image.new("L", (round(width * FINE), round(height * FINE)), 255)
        self._draw = ImageDraw.Draw(self._image)

    @property
    def image(self) -> geometry.Grey:
        """The page at 300 dpi."""
        size = (round(self.size[0] * geometry.BLANK_PX_PER_MM), round(self.size[1] * geometry.BLANK_PX_PER_MM))
        return np.asarray(cv2.resize(np.asarray(self._image), size, interpolation=cv2.INTER_AREA), dtype=np.uint8)

    # ── what is printed

    def words(self, x: float, y: float, text: str, size: float = 3.6, anchor: str = "lm") -> None:
        """Words whose left end (or middle) and middle height stand at a point; size in mm."""
        font = ImageFont.truetype(str(self.style.font), round(size * FINE))
        at = (x * FINE, y * FINE)
        if anchor == "mm":  # the middle of the letters themselves, not of the room that the font gives them
            left, top, right, low = font.getbbox(text, anchor="mm")
            at = (at[0] - (left + right) / 2, at[1] - (top + low) / 2)
        self._draw.text(at, text, fill=20, font=font, anchor=anchor, stroke_width=self.style.heavy, stroke_fill=20)

    def width_of(self, text: str, size: float) -> float:
        """How wide words are, in mm."""
        return float(ImageFont.truetype(str(self.style.font), round(size * FINE)).getlength(text)) / FINE

    def line(self, x: float, y: float, to: tuple[float, float], width: float | None = None) -> None:
        """A rule."""
        thick = max(round((width or self.style.rule) * FINE), 1)
        self._draw.line([x * FINE, y * FINE, to[0] * FINE, to[1] * FINE], fill=20, width=thick)

    def box(self, box: Box, width: float | None = None) -> None:
        """A frame whose rule runs along the edges of the box."""
        x, y, right, low = box.x, box.y, box.x + box.w, box.y + box.h
        half = (width or self.style.rule) / 2
        for y_ in (y, low):
            self.line(x - half, y_, (right + half, y_), width)
        for x_ in (x, right):
            self.line(x_, y, (x_, low), width)

    def ring(self, box: Box, width: float | None = None) -> None:
        """An oval within the box."""
        thick = max(round((width or self.style.rule) * FINE), 1)
        edges = [box.x * FINE, box.y * FINE, (box.x + box.w) * FINE, (box.y + box.h) * FINE]
        self._draw.ellipse(edges, outline=20, width=thick)

    # ── what is filled in

    def note(self, kind: str, **keys: Any) -> None:
        """A field that a person would draw."""
        self.fields.append({"id": f"f{len(self.fields) + 1}", "kind": kind, **keys})

    def ticks(self, options: Sequence[tuple[float, float, str]], side: float, **keys: Any) -> None:
        """Boxes to tick, each with its words behind it; keyed `before=True`, before it."""
        before = keys.pop("before", False)
        found = []
        for x, y, word in options:
            box = Box(x, y - side / 2, side, side)
            self.box(box)
            self.words(x - 1.2 if before else x + side + 1.2, y, word, anchor="rm" if before else "lm")
            found.append({"value": word, "label": word, "box": list(box)})
        self.note("choice", mark="check", options=found, **keys)

    def circled(self, at: Sequence[tuple[float, float, str]], size: float, **keys: Any) -> None:
        """Printed figures or words to put a circle around, each centred on its point."""
        figures = all(word.isdigit() for _, _, word in at)
        found = []
        for x, y, word in at:
            self.words(x, y, word, size, "mm")
            half = max(self.width_of(word, size) / 2 + 1.5, 3.5)
            value = int(word) if figures else word
            found.append({"value": value, "label": word, "box": [x - half, y - 4, 2 * half, 8]})
        self.note("score" if figures else "choice", mark="circle", options=found, **keys)

    def bubbles(self, at: Sequence[tuple[float, float, str]], across: float) -> None:
        """Rings to fill in, with a word over each or behind it."""
        found = []
        for x, y, word in at:
            box = Box(x - across / 2, y - across / 2, across, across)
            self.ring(box)
            found.append({"value": word, "label": word, "box": list(box)})
        self.note("choice", mark="fill", options=found)

    def cells(self, box: Box, count: int) -> list[list[float]]:
        """Cells for figures, side by side."""
        wide = box.w / count
        made = [Box(box.x + n * wide, box.y, wide, box.h) for n in range(count)]
        for one in made:
            self.box(one)
        return [list(one) for one in made]

    def black_head(self, box: Box, word: str) -> None:
        """A heading in white on black."""
        self._draw.rectangle([box.x * FINE, box.y * FINE, (box.x + box.w) * FINE, (box.y + box.h) * FINE], fill=20)
        font = ImageFont.truetype(str(self.style.font), round(4.2 * FINE))
        self._draw.text(((box.x + 3) * FINE, (box.y + box.h / 2) * FINE), word, fill=255, font=font, anchor="lm")

    def rounded(self, box: Box, radius: float) -> None:
        """A frame with round corners."""
        edges = [box.x * FINE, box.y * FINE, (box.x + box.w) * FINE, (box.y + box.h) * FINE]
        thick = round(self.style.frame * FINE)
        self._draw.rounded_rectangle(edges, radius * FINE, outline=20, width=thick)

    def dotted(self, x: float, y: float, end: float) -> None:
        """A dotted rule."""
        for n in range(int(end - x)):
            self.line(x + n, y, (x + n + 0.4, y), 0.2)

    def typed(self, options: Sequence[tuple[float, float, str]], **keys: Any) -> None:
        """Boxes to tick that are letters of the font."""
        found = []
        for x, y, word in options:
            self.words(x, y, f"□{word}", 4.6)
            left, top, right, low = (n / FINE for n in self._ink_of("□", 4.6))
            box = [x + left, y + top, right - left, low - top]
            found.append({"value": word, "label": word, "box": box})
        self.note("choice", mark="check", options=found, **keys)

    def _ink_of(self, letter: str, size: float) -> tuple[int, int, int, int]:
        """Where the ink of a letter lies that is put down at its left end and middle height, in fine px."""
        canvas, middle = Image.new("L", (400, 400)), 200
        font = ImageFont.truetype(str(self.style.font), round(size * FINE))
        ImageDraw.Draw(canvas).text((middle, middle), letter, fill=255, font=font, anchor="lm")
        left, top, right, low = canvas.getbbox() or (0, 0, 0, 0)
        return left - middle, top - middle, right - middle, low - middle

    def bracketed(self, options: Sequence[tuple[float, float, str]], **keys: Any) -> None:
        """Brackets to tick between, with words behind them."""
        opened, closed = ([n / FINE for n in self._ink_of(bracket, 4.6)] for bracket in "（）")
        found = []
        for x, y, word in options:
            self.words(x + 1 - opened[2], y, "（", 4.6)
            self.words(x + 8 - closed[0], y, "）", 4.6)
            self.words(x + 12, y, word, 4)
            box = [x + 1, y + opened[1], 7, opened[3] - opened[1]]
            found.append({"value": word, "label": word, "box": box})
        self.note("choice", mark="check", options=found, **keys)

    def side(self, move: Callable[[Box], Box] = lambda box: box) -> schema.Side:
        """The page as a side of a form, each box moved."""
        width, height = self.size
        whole = {"id": "page", "box": [0, 0, width, height]}
        fields = [_moved(one, move) for one in self.fields]
        return schema.Side.model_validate(
            {"id": "front", "paper": {"width": width, "height": height}, "panels": [whole], "fields": fields}
        )


def _moved(value: Any, move: Callable[[Box], Box]) -> Any:
    """Every box of a field, moved."""
    if isinstance(value, dict):
        return {key: _moved(one, move) for key, one in value.items()}
    if isinstance(value, list) and len(value) == 4 and all(isinstance(n, int | float) for n in value):
        return list(move(Box(*value)))
    return [_moved(one, move) for one in value] if isinstance(value, list) else value
