"""One option of a choice or a score: is it marked? By a small learned classifier, and by ink as a second opinion."""

from __future__ import annotations

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


def prepare(crop: model.FieldCrop) -> NDArray[np.float32]:
    """The classifier's input, shape (3, SIDE, SIDE), 0 … 1: darkness, the blank's darkness, the pen, strengthened.

    The box takes BOX by BOX px in the middle whatever its shape (less across, when it is long and slender), so that
    "in", "around" and "beside" look alike for all forms.
    """
    scale = _scale(crop)
    reach = np.maximum(np.rint(0.7 / scale), 1).astype(int)
    strong = np.minimum(FAINT * cv2.dilate(ink.pen(crop), np.ones(reach[::-1], np.uint8)), 1).astype(np.float32)
    planes = [ink.darkness(crop.image), ink.darkness(crop.blank), strong]
    return np.stack([_framed(plane, scale) for plane in planes])


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


def measure(crop: model.FieldCrop) -> Ink:
    """Ink of one option, its neighbours' left out."""
    mask = ink.pen_strokes(crop)
    own = _own(mask, crop)
    every_y, every_x = np.nonzero(mask)
    ys, xs = np.nonzero(own)
    extent = float(max(np.ptp(xs), np.ptp(ys)) + 1) / crop.px_per_mm if len(xs) else 0.0
    stray = ink.area_mm2(crop, mask & ~own)
    return Ink(ink.area_mm2(crop, own), extent, _around(every_x, every_y, mask.shape), ink.fits(crop), stray)


def _own(mask: NDArray[np.bool_], crop: model.FieldCrop) -> NDArray[np.bool_]:
    """Strokes that belong to this option: partly in its box, or around its middle."""
    box = ink.inside(crop, grow_mm=0.2)
    middle = np.array(mask.shape[::-1]) / 2
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    own = np.zeros(count, bool)
    for n in range(1, count):
        x, y, w, h, area = stats[n]
        share = float((box & (labels == n)).sum()) / area
        around = x < middle[0] < x + w and y < middle[1] < y + h
        own[n] = share > 0.25 or around
    return np.asarray(own[labels], dtype=np.bool_)


def _around(xs: NDArray[np.intp], ys: NDArray[np.intp], shape: tuple[int, ...]) -> float:
    if not len(xs):
        return 0.0
    angle = np.arctan2((ys - shape[0] / 2) / shape[0], (xs - shape[1] / 2) / shape[1])
    sectors = np.bincount(((angle + np.pi) / (2 * np.pi) * 12).astype(int) % 12, minlength=12)
    return float((sectors > 4).mean())
