"""One option of a choice or a score: is it marked? By a small learned classifier, and by ink as a second opinion."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline import geometry, model
from pipeline.read import ink

SIDE = 48  # px of the classifier's picture
BOX = 22  # px of it that the option's box takes, in the middle
FAINT = 4.0  # how much the pen is strengthened: a hard pencil must not get lost when the picture shrinks
SLENDER = 0.4  # a box's shorter side counts as at least this share of the longer: marks around long words are round
DIRECTION_PX = 4  # more than so many px in a direction are a stroke there
CLASSES = ("unmarked", "marked", "struck")


@dataclass(frozen=True, eq=False)
class Stroke:
    """One connected stroke in an option's picture."""

    box: geometry.Box  # around it, mm on the sheet
    area_mm2: float
    own: bool  # it belongs to this option: partly in its box, or around its middle
    directions: NDArray[np.int32]  # px of it in each of twelve directions around the option

    def lies_in(self, boxes: Iterable[geometry.Box]) -> bool:
        """Whether most of it lies in one of these boxes."""
        return any(box.overlap(self.box) > self.box.w * self.box.h / 2 for box in boxes)


@dataclass(frozen=True, eq=False)
class Ink:
    """What plain measurement says of one option."""

    strokes: tuple[Stroke, ...]
    fits: float  # share of the print found where it should be
    inner_mm2: float  # area of strokes in the inner half of the hull of the option's own ones
    strength: float = 0.0  # mean darkness, 0 … 1, that the pen added along the option's own strokes

    def own_mm2(self, taken: Sequence[geometry.Box] = ()) -> float:
        """Area of the strokes that belong to this option, but for those in `taken` boxes."""
        return sum(one.area_mm2 for one in self.strokes if one.own and not one.lies_in(taken))

    def around(self, taken: Sequence[geometry.Box] = ()) -> float:
        """Share of twelve directions around the option in which there is any stroke, but for those in `taken` boxes."""
        free = [one.directions for one in self.strokes if not one.lies_in(taken)]
        return float((np.sum(free, axis=0) > DIRECTION_PX).mean()) if free else 0.0

    def stray_mm2(self, taken: Sequence[geometry.Box] = (), reached: Sequence[geometry.Box] = ()) -> float:
        """Area of strokes that belong neither to this option nor into one of `taken` boxes, nor reach into `reached`."""
        loose = (one for one in self.strokes if not one.own and not one.lies_in(taken))
        return sum(one.area_mm2 for one in loose if not any(box.overlap(one.box) > 0 for box in reached))

    def reach(self) -> list[geometry.Box]:
        """Where the strokes of this option are."""
        return [one.box for one in self.strokes if one.own]


def prepare(seen: ink.Seen) -> NDArray[np.float32]:
    """The classifier's input, shape (3, SIDE, SIDE), 0 … 1: darkness, the blank's darkness, the pen, strengthened.

    The box takes BOX by BOX px in the middle whatever its shape (less across, when it is long and slender), so that
    "in", "around" and "beside" look alike for all forms.
    """
    scale = _scale(seen.crop)
    reach = np.maximum(np.rint(0.7 / scale), 1).astype(int)
    strong = np.minimum(FAINT * cv2.dilate(seen.pen, np.ones(reach[::-1], np.uint8)), 1).astype(np.float32)
    return np.stack([_framed(plane, scale) for plane in (seen.dark, seen.printed, strong)])


def _scale(crop: model.FieldCrop) -> NDArray[np.float64]:
    """Px of the classifier's picture per px of the crop, across and down."""
    h, w = crop.image.shape
    margin = crop.margin_mm * crop.px_per_mm
    box_w, box_h = max(w - 2 * margin, 1.0), max(h - 2 * margin, 1.0)
    return np.asarray(BOX / np.maximum([box_w, box_h], [SLENDER * box_h, SLENDER * box_w]), dtype=np.float64)


def _framed(plane: ink.Map, scale: NDArray[np.float64]) -> ink.Map:
    small = cv2.resize(plane, None, fx=float(scale[0]), fy=float(scale[1]), interpolation=cv2.INTER_AREA)
    out = np.zeros((SIDE, SIDE), np.float32)
    top, left = (SIDE - small.shape[0]) // 2, (SIDE - small.shape[1]) // 2
    cut = small[max(-top, 0) : max(-top, 0) + SIDE, max(-left, 0) : max(-left, 0) + SIDE]
    out[max(top, 0) : max(top, 0) + cut.shape[0], max(left, 0) : max(left, 0) + cut.shape[1]] = cut
    return out


def measure(seen: ink.Seen) -> Ink:
    """Ink of one option and of what is near it."""
    pieces, crop = seen.pieces, seen.crop
    sectors = _directions(crop.image.shape)
    counts = np.bincount((pieces.labels.astype(np.intp) * 12 + sectors).ravel(), minlength=12 * len(pieces.kept))
    directions, own = counts.reshape(-1, 12).astype(np.int32), _own(seen)
    left, top, mm = crop.box.x - crop.margin_mm, crop.box.y - crop.margin_mm, 1 / crop.px_per_mm
    strokes = []
    for n in np.flatnonzero(pieces.kept):
        x, y, w, h, area = (float(one) for one in pieces.stats[n])
        box = geometry.Box(left + x * mm, top + y * mm, w * mm, h * mm)
        strokes.append(Stroke(box, area * mm**2, bool(own[n]), directions[n]))
    return Ink(tuple(strokes), seen.fits, _inner(pieces, own) * mm**2, _strength(seen, own))


def _strength(seen: ink.Seen, own: NDArray[np.bool_]) -> float:
    mask = seen.pieces.pixels(own)
    return float((seen.dark - seen.expected)[mask].mean()) if mask.any() else 0.0


def _inner(pieces: ink.Pieces, own: NDArray[np.bool_]) -> float:
    """Area in px of all strokes in the inner half of the hull of an option's own ones."""
    mask = pieces.pixels(own)
    if not mask.any():
        return 0.0
    outline = cv2.convexHull(cv2.findNonZero(mask.view(np.uint8)))
    hull = cv2.fillConvexPoly(np.zeros(mask.shape, np.uint8), outline, (1,))
    core = cv2.distanceTransform(cv2.copyMakeBorder(hull, 1, 1, 1, 1, cv2.BORDER_CONSTANT), cv2.DIST_L2, 3)
    return float(np.count_nonzero((core[1:-1, 1:-1] > core.max() / 2) & pieces.pixels(pieces.kept)))


def _own(seen: ink.Seen) -> NDArray[np.bool_]:
    """Which strokes belong to this option: partly in its box, or around its middle."""
    pieces, box = seen.pieces, ink.inside(seen.crop, grow_mm=0.2)
    x, y, w, h, area = pieces.stats.T
    mid_y, mid_x = np.array(box.shape) / 2
    share = np.bincount(pieces.labels[box], minlength=len(area)) / area
    around = (x < mid_x) & (mid_x < x + w) & (y < mid_y) & (mid_y < y + h)
    return np.asarray(pieces.kept & ((share > 0.25) | around), dtype=np.bool_)


@functools.lru_cache(maxsize=64)
def _directions(shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Which of twelve directions from the middle each pixel of a picture lies in, as if the picture were square."""
    ys, xs = np.indices(shape)
    angle = np.arctan2((ys - shape[0] / 2) / shape[0], (xs - shape[1] / 2) / shape[1])
    return np.asarray((angle + np.pi) / (2 * np.pi) * 12, dtype=np.uint8) % np.uint8(12)
