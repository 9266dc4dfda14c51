"""What a pen left on the paper: the crop against the empty form at the very same place."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline import model
from pipeline.geometry import Grey

Map = NDArray[np.float32]

SLACK_MM = 0.2  # how far print may lie from where the blank has it without being taken for ink
TINT = 0.07  # how much darker than the blank paper or a grey tint may be scanned
PEN = 0.06  # the same where the grain of the paper was measured and taken off
MIN_PAPER = 200  # px of bare paper needed to know its grain
STROKE = 0.10  # darkness beyond that from which a pixel counts as written on
SPECK_MM2 = 0.05  # smaller than a pen leaves on purpose
SMOOTH_MM = 0.1  # standard deviation of the blur that joins the dots of a faint pen and evens out a scanner's grain
NOISES = 4.0  # standard deviations of the paper's grain above which something is a pen's
DOT, DOT_PX = 0.35, 4  # how dark and, in px, how large the dots of a scan in black and white are
FLOOR = (0.04, 0.30)  # bounds of that, in darkness: paper too smooth to judge by, and a crop that is nearly all ink
PRINTED = 0.45  # darkness of the blank from which a pixel counts as print


def darkness(image: Grey) -> Map:
    """0 for paper … 1 for black, against the paper around: shape as given, float32."""
    paper = max(float(np.percentile(image, 88)), 40.0)
    return np.asarray(np.clip(1 - image.astype(np.float32) / paper, 0, 1), dtype=np.float32)


def written(crop: model.FieldCrop) -> Map:
    """Darkness that the blank does not explain, 0 … 1, same shape as the crop.

    Subtracting the empty form at the very same place is what separates a tick from its own box; print is spread by
    `SLACK_MM` first, so that what registration leaves over does not become ink.
    """
    size = 2 * round(SLACK_MM * crop.px_per_mm) + 1
    expected = cv2.dilate(darkness(crop.blank), np.ones((size, size), np.uint8))
    return np.asarray(np.clip(darkness(crop.image) - expected - TINT, 0, 1), dtype=np.float32)


def pen(crop: model.FieldCrop) -> Map:
    """As `written`, less the grain of this very paper instead of a fixed tint.

    Finds a hard pencil on smooth paper, and nothing in the dots of a black-and-white scan.
    """
    size = 2 * round(SLACK_MM * crop.px_per_mm) + 1
    sigma = SMOOTH_MM * crop.px_per_mm
    expected = cv2.dilate(darkness(crop.blank), np.ones((size, size), np.uint8))
    excess = cv2.GaussianBlur(darkness(crop.image), (0, 0), sigma) - cv2.GaussianBlur(expected, (0, 0), sigma)
    bare = expected < TINT
    paper = excess[bare]
    if len(paper) < MIN_PAPER:
        return np.asarray(np.clip(excess - TINT, 0, 1), dtype=np.float32)
    middle = float(np.median(paper))
    spread = 1.4826 * float(np.median(np.abs(paper - middle)))  # robust standard deviation: strokes are the outliers
    grain = max(spread, _dots((darkness(crop.image) > DOT) & bare, bare, sigma))
    return np.asarray(np.clip(excess - np.clip(middle + NOISES * grain, *FLOOR), 0, 1), dtype=np.float32)


def _dots(dark: NDArray[np.bool_], bare: NDArray[np.bool_], sigma: float) -> float:
    """Standard deviation that loose dots on `bare` paper leave after a blur of `sigma` px.

    White noise of share p has p / (4 π σ²) left of its variance after a Gaussian; the median sees nothing of few dots.
    """
    _, _, stats, _ = cv2.connectedComponentsWithStats(dark.astype(np.uint8), connectivity=8)
    areas = stats[1:, cv2.CC_STAT_AREA]
    share = float(areas[areas <= DOT_PX].sum()) / float(bare.sum())
    return float(np.sqrt(share / (4 * np.pi)) / sigma)


def strokes(crop: model.FieldCrop) -> NDArray[np.bool_]:
    """Which pixels belong to a stroke: written on, and no speck."""
    return _without_specks(written(crop) > STROKE, crop)


def pen_strokes(crop: model.FieldCrop) -> NDArray[np.bool_]:
    """As `strokes`, found by `pen`."""
    return _without_specks(pen(crop) > PEN, crop)


def _without_specks(found: NDArray[np.bool_], crop: model.FieldCrop) -> NDArray[np.bool_]:
    mask = found.astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    keep = stats[:, cv2.CC_STAT_AREA] >= SPECK_MM2 * crop.px_per_mm**2
    keep[0] = False
    return np.asarray(keep[labels]) if count > 1 else np.zeros(mask.shape, bool)


def area_mm2(crop: model.FieldCrop, mask: NDArray[np.bool_]) -> float:
    """Area of a mask in square mm."""
    return float(mask.sum()) / crop.px_per_mm**2


def inside(crop: model.FieldCrop, grow_mm: float = 0.0) -> NDArray[np.bool_]:
    """Which pixels of the crop lie in its box (grown by `grow_mm`)."""
    h, w = crop.image.shape
    edge = max(round((crop.margin_mm - grow_mm) * crop.px_per_mm), 0)
    mask = np.zeros((h, w), bool)
    mask[edge : h - edge, edge : w - edge] = True
    return mask


def fits(crop: model.FieldCrop) -> float:
    """Share of the blank's print that is found on the crop where it should be, 0 … 1; 1 where nothing is printed.

    The last check before a field is read: a placement that slid by a row, or another revision, does not show the
    print that this box should have.
    """
    print_ = darkness(crop.blank) > PRINTED
    if print_.sum() < 40:
        return 1.0
    size = 2 * round(1.5 * SLACK_MM * crop.px_per_mm) + 1
    near = cv2.dilate(darkness(crop.image), np.ones((size, size), np.uint8))
    return float((near[print_] > 0.18).mean())
