"""A field as it is proposed, before it has an id."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pipeline.geometry import Box, union

CLEAR_MM = 0.3  # between a box and the rules around it


@dataclass
class Draft:
    """A proposed field; `extra` holds what its kind needs, as in the form file."""

    kind: str
    label: str
    certainty: float  # 0–1
    boxes: list[Box]  # every box, in reading order
    extra: dict[str, Any] = field(default_factory=dict)
    other: tuple[str, Draft] | None = None  # the option whose wording stands in that text field

    @property
    def place(self) -> Box:
        """Around all boxes."""
        return union(self.boxes)


def clipped(box: Box, within: Box) -> Box:
    """The part of `box` inside another; at least 1 mm each way."""
    x, y = max(box.x, within.x), max(box.y, within.y)
    right, low = min(box.x + box.w, within.x + within.w), min(box.y + box.h, within.y + within.h)
    return Box(x, y, max(right - x, 1.0), max(low - y, 1.0))


def inside(cell: Box) -> Box:
    """Where people write in a cell: its rules and a little white left out."""
    return cell.grown(-min(1.0, 0.07 * min(cell.w, cell.h)))
