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
FINE = 72  # px of the two classifiers' that look closely: two lines through a long word must not become one
BOX = 22 / 48  # share of it that the option's box takes, in the middle
FAINT = 4.0  # how much the pen is strengthened: a hard pencil must not get lost when the picture shrinks
SLENDER = 0.4  # a box's shorter side counts as at least this share of the longer: marks around long words are round
STRAIGHT_MM = 0.4  # standard deviation across a line up to which it is straight
LONG_MM = 1.5  # length from which it is a line
UNBROKEN = 0.8  # of its way to the picture's edge that is ink or print
EDGE_MM = 0.5  # what lies so near the picture's edge altogether is print beyond it, a little off, or nothing of ours
JOINED_MM = 1.0  # so near a mark's own strokes lie others of it, which print cut off
BEYOND_MM = 5.0  # how far a stroke may go on beyond the picture
EDGE_PX = 2  # so near its picture's edge a stroke goes on beyond it
DIRECTION_PX = 4  # more than so many px in a direction are a stroke there
CLASSES = ("unmarked", "marked", "struck")


@dataclass(frozen=True, eq=False)
class Stroke:
    """One connected stroke in an option's picture."""

    box: geometry.Box  # around it, mm on the sheet
    area_mm2: float
    own: bool  # it belongs to this option: partly in its box, or around its middle
    directions: NDArray[np.int32]  # px of it in each of twelve directions around the option
    passing: bool = False  # a straight line that goes on beyond the picture: through it, or from elsewhere up to it
    cut: tuple[bool, bool, bool, bool] = (False, False, False, False)  # left, top, right, bottom: it goes on there

    def lies_in(self, boxes: Iterable[geometry.Box]) -> bool:
        """Whether most of it lies in one of these boxes."""
        return any(box.overlap(self.box) > self.box.w * self.box.h / 2 for box in boxes)


@dataclass(frozen=True, eq=False)
class Ink:
    """What plain measurement says of one option."""

    strokes: tuple[Stroke, ...]
    fits: float  # share of the print found where it should be
    strength: float = 0.0  # mean darkness, 0 … 1, that the pen added along the option's own strokes

    def own_mm2(self, taken: Sequence[geometry.Box] = ()) -> float:
        """Area of the strokes that belong to this option, but for those in `taken` boxes and lines that pass."""
        return sum(one.area_mm2 for one in self.strokes if one.own and not one.passing and not one.lies_in(taken))

    def around(self, taken: Sequence[geometry.Box] = ()) -> float:
        """Share of twelve directions around the option with any stroke, but for those in `taken` boxes and lines that pass."""
        free = [one.directions for one in self.strokes if not one.passing and not one.lies_in(taken)]
        return float((np.sum(free, axis=0) > DIRECTION_PX).mean()) if free else 0.0

    def stray_mm2(self, taken: Sequence[geometry.Box] = (), reached: Sequence[geometry.Box] = ()) -> float:
        """Area of strokes that belong neither to this option nor into one of `taken` boxes, nor reach into `reached`."""
        loose = (one for one in self.strokes if not (one.own or one.passing or one.lies_in(taken)))
        return sum(one.area_mm2 for one in loose if not any(box.overlap(one.box) > 0 for box in reached))

    def reach(self) -> list[geometry.Box]:
        """Where the strokes of this option are, those that print cut off too, and may be where the picture ends."""
        drawn = [one for one in self.strokes if not one.passing]
        own = [one.box for one in drawn if one.own]
        around = [geometry.union(own).grown(JOINED_MM)] if own else []
        return [_extended(one.box, one.cut) for one in drawn if any(box.overlap(one.box) > 0 for box in around)]


def _extended(box: geometry.Box, cut: tuple[bool, bool, bool, bool]) -> geometry.Box:
    left, top, right, bottom = (BEYOND_MM * one for one in cut)
    return geometry.Box(box.x - left, box.y - top, box.w + left + right, box.h + top + bottom)


def prepare(seen: ink.Seen, side: int = SIDE) -> NDArray[np.float32]:
    """A classifier's input, shape (3, side, side), 0 … 1: darkness, the blank's darkness, the pen, strengthened.

    The box takes the same share of it, in the middle, whatever its shape (less across, when it is long and slender), so
    that "in", "around" and "beside" look alike for all forms.
    """
    scale = _scale(seen.crop, side)
    reach = np.maximum(np.rint(0.7 / scale), 1).astype(int)
    strong = np.minimum(FAINT * cv2.dilate(seen.pen, np.ones(reach[::-1], np.uint8)), 1).astype(np.float32)
    return np.stack([_framed(plane, scale, side) for plane in (seen.dark, seen.printed, strong)])


def _scale(crop: model.FieldCrop, side: int) -> NDArray[np.float64]:
    """Px of the classifier's picture per px of the crop, across and down."""
    h, w = crop.image.shape
    margin = crop.margin_mm * crop.px_per_mm
    box_w, box_h = max(w - 2 * margin, 1.0), max(h - 2 * margin, 1.0)
    return np.asarray(BOX * side / np.maximum([box_w, box_h], [SLENDER * box_h, SLENDER * box_w]), dtype=np.float64)


def _framed(plane: ink.Map, scale: NDArray[np.float64], side: int) -> ink.Map:
    small = cv2.resize(plane, None, fx=float(scale[0]), fy=float(scale[1]), interpolation=cv2.INTER_AREA)
    out = np.zeros((side, side), np.float32)
    top, left = (side - small.shape[0]) // 2, (side - small.shape[1]) // 2
    cut = small[max(-top, 0) : max(-top, 0) + side, max(-left, 0) : max(-left, 0) + side]
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
        box, cut = geometry.Box(left + x * mm, top + y * mm, w * mm, h * mm), _cut(pieces, int(n))
        if ((cut[0] or cut[2]) and box.w < EDGE_MM) or ((cut[1] or cut[3]) and box.h < EDGE_MM):
            continue
        passing = _passes(seen, int(n), bool(own[n]))
        strokes.append(Stroke(box, area * mm**2, bool(own[n]), directions[n], passing, cut))
    return Ink(tuple(strokes), seen.fits, _strength(seen, own))


def _cut(pieces: ink.Pieces, n: int) -> tuple[bool, bool, bool, bool]:
    """At which edges of the picture, left, top, right, bottom, a piece goes on beyond it."""
    x, y, w, h, _ = (int(one) for one in pieces.stats[n])
    rows, columns = pieces.labels.shape
    return x <= EDGE_PX, y <= EDGE_PX, x + w >= columns - EDGE_PX, y + h >= rows - EDGE_PX


def _passes(seen: ink.Seen, n: int, own: bool) -> bool:
    """Whether a piece is part of a straight line that goes on beyond the picture: on both sides, where it is the option's own."""
    x, y, w, h, _ = (int(one) for one in seen.pieces.stats[n])
    if np.hypot(w, h) * 3**0.5 < LONG_MM * seen.crop.px_per_mm:  # no spread of px can make it long; one px has none
        return False
    ys, xs = np.nonzero(seen.pieces.labels[y : y + h, x : x + w] == n)
    at = np.stack([xs + x, ys + y]).astype(np.float64)
    variances, axes = np.linalg.eigh(np.cov(at))
    thin, long = np.maximum(variances, 0) ** 0.5 / seen.crop.px_per_mm
    if thin > STRAIGHT_MM or long * 12**0.5 < LONG_MM:
        return False
    leaves = [_leaves(seen, at.mean(axis=1), sign * axes[:, 1]) for sign in (1, -1)]
    return all(leaves) if own else any(leaves)


def _leaves(seen: ink.Seen, middle: NDArray[np.float64], way: NDArray[np.float64]) -> bool:
    """Whether a line runs on from `middle` (x, y) to the picture's edge, in ink or unseen under print."""
    rows, columns = seen.pieces.labels.shape
    steps = middle[:, None] + way[:, None] * np.arange(rows + columns)
    xs, ys = np.rint(steps).astype(int)
    here = (xs >= 0) & (xs < columns) & (ys >= 0) & (ys < rows)
    xs, ys = xs[here], ys[here]
    inked, hidden = seen.near_strokes[ys, xs], seen.expected[ys, xs] > ink.TINT
    corner = (
        slice(max(ys[-1] - EDGE_PX, 0), ys[-1] + EDGE_PX + 1),
        slice(max(xs[-1] - EDGE_PX, 0), xs[-1] + EDGE_PX + 1),
    )
    arrives = hidden[-1] or seen.pen_strokes[corner].any()
    return bool(arrives and (inked | hidden).mean() > UNBROKEN and inked.mean() > 0.5)


def _strength(seen: ink.Seen, own: NDArray[np.bool_]) -> float:
    mask = seen.pieces.pixels(own)
    return float((seen.dark - seen.expected)[mask].mean()) if mask.any() else 0.0


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
