"""One option of a choice or a score: is it marked? By a small learned classifier, and by ink as a second opinion."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline import model
from pipeline.read import ink

SIDE = 48  # px of the classifier's picture
BOX = 22  # px of it that the option's box takes, in the middle
FAINT = 4.0  # how much the pen is strengthened: a hard pencil must not get lost when the picture shrinks
SLENDER = 0.4  # a box's shorter side counts as at least this share of the longer: marks around long words are round
CLASSES = ("unmarked", "marked", "struck")


@dataclass(frozen=True)
class Ink:
    """What plain measurement says of one option."""

    own_mm2: float  # area of the strokes that belong to this option
    extent_mm: float  # longest side of their bounding box
    around: float  # share of twelve directions around the option in which there is any stroke
    fits: float  # share of the print found where it should be
    stray_mm2: float  # strokes in the picture that belong to something else


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
    """Ink of one option, its neighbours' left out."""
    pieces, px2 = seen.pieces, seen.crop.px_per_mm**2
    own = _own(seen)
    x, y, w, h, area = pieces.stats[own].T
    extent = max(np.max(x + w) - np.min(x), np.max(y + h) - np.min(y)) / seen.crop.px_per_mm if own.any() else 0.0
    stray = pieces.stats[pieces.kept & ~own, cv2.CC_STAT_AREA].sum() / px2
    return Ink(float(area.sum() / px2), float(extent), _around(seen.pen_strokes), seen.fits, float(stray))


def _own(seen: ink.Seen) -> NDArray[np.bool_]:
    """Which strokes belong to this option: partly in its box, or around its middle."""
    pieces, box = seen.pieces, ink.inside(seen.crop, grow_mm=0.2)
    x, y, w, h, area = pieces.stats.T
    mid_y, mid_x = np.array(box.shape) / 2
    share = np.bincount(pieces.labels[box], minlength=len(area)) / area
    around = (x < mid_x) & (mid_x < x + w) & (y < mid_y) & (mid_y < y + h)
    return np.asarray(pieces.kept & ((share > 0.25) | around), dtype=np.bool_)


def _around(mask: NDArray[np.bool_]) -> float:
    """Share of twelve directions in which there is any stroke."""
    sectors = np.bincount(_directions(mask.shape)[mask], minlength=12)
    return float((sectors > 4).mean())


@functools.lru_cache(maxsize=64)
def _directions(shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Which of twelve directions from the middle each pixel of a picture lies in, as if the picture were square."""
    ys, xs = np.indices(shape)
    angle = np.arctan2((ys - shape[0] / 2) / shape[0], (xs - shape[1] / 2) / shape[1])
    return np.asarray((angle + np.pi) / (2 * np.pi) * 12, dtype=np.uint8) % np.uint8(12)
