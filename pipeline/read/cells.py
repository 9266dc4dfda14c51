"""One written cell → the small picture that the digit networks see.

Training and reading both go through `prepare`, so the networks only ever see what this file makes. Crops come
at 300 dpi (about 11.8 px per mm); every length below is in pixels of that scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.geometry import Grey

Ink: TypeAlias = NDArray[np.float32]  # (h, w), 0 paper … 255 black
Labels: TypeAlias = NDArray[np.int32]
Mask: TypeAlias = NDArray[np.bool_]  # (h, w)
Picture: TypeAlias = NDArray[np.float32]  # (1, 32, 32), 0 paper … 1 ink

SIDE = 32
WRITTEN = 22.0  # px of the picture that the longer side of the ink fills
SHIFT = 4  # the blank may lie this far off (0.34 mm)
HALO = 5  # printed lines are taken out this much wider than they are on the blank (odd kernel)
FLOOR = 26.0  # grey levels below the paper that can still be noise or show-through
LINE = 60.0  # a blank's pixel darker than this is printed line, lighter is shading
STROKE_SHARE = 0.006  # of the box: the darkest pixels that tell how dark the pen is
SPECK_SHARE = 0.0022  # of the box: less connected ink is dust
STRONG, FAINT = 0.4, 0.2  # of the pen's darkness: what makes a stroke, and what belongs to it where it fades
FAINT_GAMMA = 0.7  # faint parts are shown darker than they are
MEND, MEND_GAIN = 3.0, 3.5  # px of blur, and how much darker then, to close the gaps of a broken stroke
CORE = 0.22  # of the box, on every side: ink that reaches further in is looked at, whoever wrote it
SWELL = 2.0  # px that a line must be wider than it mostly is, before something was written along it
THIN = 0.12  # of the box's shorter side: thinner ink along a printed line is what is left of that line
SMALLEST = 0.30  # of the box's shorter side: smaller ink is not blown up any further


def prepare(crop: Grey, blank: Grey, margin_px: float) -> Picture:
    """The written ink of one cell, cleaned, centred and scaled.

    Args:
        crop: the cell's box plus margin, shape (h, w), at 300 dpi.
        blank: the empty printed form at the very same place, same shape.
        margin_px: width of the margin around the box on every side, in px of the crop.

    Returns:
        Picture of shape (1, 32, 32), 0 … 1; all zero exactly when nothing is written in the cell.

    Raises:
        ValueError: crop and blank differ in shape.
    """
    if crop.shape != blank.shape:
        raise ValueError(f"crop {crop.shape} and blank {blank.shape} differ in shape")
    ink, frame = written(crop, blank)
    inside = _inside(ink.shape, margin_px)
    level, grain = _pen(ink, inside)
    if level <= 0:
        return _nothing()
    if _in_pieces(ink > max(STRONG * level, 0.7 * FLOOR), inside, frame):
        ink = _mended(ink, frame)
        level, grain = _pen(ink, inside)
        level = max(level, FLOOR)
    floor = max(0.7 * FLOOR, 2.5 * grain)
    strong, faint = ink > max(STRONG * level, 0.7 * FLOOR), ink > max(FAINT * level, floor)
    keep = _own_ink(strong, faint, inside, frame)
    if not keep.any():
        return _nothing()
    soft = cv2.dilate(keep.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(np.float32)
    shown = np.minimum(ink / np.float32(level), 1.0) ** FAINT_GAMMA * soft
    return placed(shown.astype(np.float32), keep, min(cv2.boundingRect(inside.astype(np.uint8))[2:]))


def written(crop: Grey, blank: Grey) -> tuple[Ink, Mask]:
    """What is darker than the empty printed form, in grey levels, and where lines are printed; both (h, w).

    Strokes that cross a printed line stay whole; a stroke along it stays where it is darker or wider than the line.
    """
    dark, printed = darkness(crop), darkness(blank)
    printed = _moved(printed, _offset(dark, printed))
    lines = cv2.dilate(printed, np.ones((HALO, HALO), np.uint8))
    ink = np.maximum(dark - lines, 0)
    frame = lines > LINE
    if frame.any():
        # A scan may show a grey line in full black (1-bit): how dark it is here is measured, not taken from the blank.
        line = _quantile(dark[printed > LINE], 0.8)
        ink = np.where(frame, 0, ink).astype(np.float32)
        mine = (dark > 1.25 * line + FLOOR) | _swollen(dark > max(0.25 * line, FLOOR), frame, ink > FLOOR)
        bridge = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((2 * HALO + 5, 2 * HALO + 5), np.uint8))
        ink = np.where(frame, np.where(mine, dark, np.minimum(bridge, dark)), ink)
    return ink.astype(np.float32), frame


def _swollen(dark: Mask, frame: Mask, ink: Mask) -> Mask:
    """Where `ink` touches a printed line that is wider there than elsewhere: a stroke runs along, as the foot of a 2."""
    found = np.zeros_like(frame)
    _swell_along(dark, frame, ink, found)
    _swell_along(dark.T, frame.T, ink.T, found.T)
    return found


def _swell_along(dark: Mask, frame: Mask, ink: Mask, found: Mask) -> None:
    """Mark in `found` where level printed lines are swollen."""
    long = cv2.morphologyEx(np.ascontiguousarray(frame, dtype=np.uint8), cv2.MORPH_OPEN, np.ones((1, 31), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(long, connectivity=8)
    for x, y, w, h, _ in stats[1:count].tolist():
        here = np.s_[max(y - 2, 0) : y + h + 2, x : x + w]
        if not ink[here].any():
            continue
        width = dark[here].sum(axis=0)
        crossed = (frame[here] & (long[here] == 0)).any(axis=0)
        wide = ((width > _quantile(width, 0.25) + SWELL) & ~crossed).astype(np.uint8)[None]
        found[here] |= dark[here] & (cv2.morphologyEx(wide, cv2.MORPH_CLOSE, np.ones((1, 15), np.uint8)) > 0)


def _quantile(values: NDArray[Any], share: float) -> float:
    """The value below which `share` of all lie; `np.percentile` takes longer than all else in this file."""
    place = int(share * (values.size - 1))
    return float(np.partition(values, place, axis=None)[place])


def darkness(image: Grey) -> Ink:
    """Grey levels below the local paper, shape (h, w), as if the paper were evenly lit and white."""
    smooth = cv2.blur(image, (3, 3)).astype(np.float32)
    small = cv2.resize(smooth, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    paper = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    # A cell filled in black must not pass for its own paper.
    paper = np.maximum(cv2.blur(paper, (5, 5)), 0.7 * _quantile(small, 0.9))
    wide = cv2.resize(paper, (image.shape[1], image.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.clip(255.0 - 255.0 * image.astype(np.float32) / np.maximum(wide, 1), 0, 255).astype(np.float32)


def _offset(dark: Ink, printed: Ink) -> tuple[int, int]:
    """How far (dx, dy) the scan's printed lines lie from the blank's; (0, 0) where the blank has none."""
    core = np.where(printed > LINE, printed, 0)[SHIFT:-SHIFT, SHIFT:-SHIFT]
    if min(core.shape, default=0) < 4 or float(core.max()) <= 0:
        return 0, 0
    score = cv2.matchTemplate(dark, np.ascontiguousarray(core, dtype=np.float32), cv2.TM_CCORR)
    # Among equals the smallest shift wins: along a lone line nothing tells the place.
    far = np.hypot(*np.mgrid[-SHIFT : SHIFT + 1, -SHIFT : SHIFT + 1])
    y, x = np.unravel_index(int(np.argmax(score * (1 - 0.01 * far))), score.shape)
    return int(x) - SHIFT, int(y) - SHIFT


def _moved(image: Ink, offset: tuple[int, int]) -> Ink:
    if offset == (0, 0):
        return image
    dx, dy = offset
    shift = np.array([[1, 0, dx], [0, 1, dy]], dtype=np.float64)
    size = (image.shape[1], image.shape[0])
    return np.asarray(cv2.warpAffine(image, shift, size, borderMode=cv2.BORDER_REPLICATE), dtype=np.float32)


def _inside(shape: tuple[int, ...], margin_px: float) -> Mask:
    edge = max(round(margin_px), 0)
    inside = np.zeros(shape, dtype=np.bool_)
    inside[edge : shape[0] - edge, edge : shape[1] - edge] = True
    return inside


def _pen(ink: Ink, inside: Mask) -> tuple[float, float]:
    """How dark the pen writes in this cell (0: nothing is dark enough to be writing) and the paper's grain, in grey levels."""
    values = np.sort(cv2.blur(ink, (3, 3))[inside])
    count = max(int(STROKE_SHARE * values.size), 8)
    if values.size <= 2 * count:
        return 0.0, 0.0
    level = float(values[-count:].mean())
    noise = min(float(values[values.size // 4]), FLOOR / 2)  # a quarter of any cell is paper, but for a blot
    grain = min(2.0 * float(values[7 * values.size // 10]), FLOOR / 2)  # most of a cell is paper
    return (level if level > FLOOR + 4 * noise else 0.0), grain


def _in_pieces(strong: Mask, inside: Mask, frame: Mask) -> bool:
    """Whether the writing is mostly rows of dots: a faint pencil that the scanner's threshold broke up."""
    mine = np.asarray(strong & inside & ~frame, dtype=np.bool_)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mine.astype(np.uint8), connectivity=8)
    speck = SPECK_SHARE * float(inside.sum())
    small = np.asarray(mine & (stats[labels, cv2.CC_STAT_AREA] < 3 * speck), dtype=np.bool_)
    return bool(_broken(small, 1.2 * speck).sum() >= 0.4 * max(float(mine.sum()), 1.0))


def _mended(ink: Ink, frame: Mask) -> Ink:
    """Rows of dots run together into strokes, with the faint trace between them."""
    smooth = np.asarray(cv2.GaussianBlur(ink, (0, 0), MEND), dtype=np.float32)
    return np.where(frame, ink, np.minimum(MEND_GAIN * smooth, 255)).astype(np.float32)


def _own_ink(strong: Mask, faint: Mask, inside: Mask, frame: Mask) -> Mask:
    """The connected strokes that belong to this cell: not dust, not the neighbour's, not a rest of the frame."""
    joined = cv2.morphologyEx(faint.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    count, found, measured, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    labels, stats = np.asarray(found, dtype=np.int32), np.asarray(measured, dtype=np.int32)
    box = cv2.boundingRect(inside.astype(np.uint8))
    within = np.bincount(_part(labels, box, 0.0).ravel(), minlength=count)
    core = np.bincount(_part(labels, box, CORE).ravel(), minlength=count)
    speck = SPECK_SHARE * box[2] * box[3]
    here = (within >= 0.5 * stats[:, cv2.CC_STAT_AREA]) | (core >= speck) | _centred(stats, box)
    drawn = np.bincount(labels[strong], minlength=count) > 0
    ours = (within >= speck) & here & drawn & ~_of_frame(labels, stats, frame, THIN * min(box[2:]))
    ours[0] = False
    whole = _cut(np.asarray(ours[labels], dtype=np.bool_), labels, stats, inside)
    dust = np.asarray((stats[labels, cv2.CC_STAT_AREA] < speck) & strong & inside & ~frame, dtype=np.bool_)
    return whole | _broken(dust, 1.2 * speck)


def _broken(dust: Mask, least: float) -> Mask:
    """Specks so close together that they are a faint stroke which a 1-bit scan broke up."""
    if dust.sum() < least:
        return np.zeros_like(dust)
    near = cv2.dilate(dust.astype(np.uint8), np.ones((11, 11), np.uint8))
    count, groups = cv2.connectedComponents(near, connectivity=8)
    dense = np.bincount(groups[dust], minlength=count) >= least
    return np.asarray(dust & dense[groups], dtype=np.bool_)


def _centred(stats: Labels, box: Sequence[int]) -> Mask:
    """Which components have their middle in the core of the box, as a large 0 that runs along the frame."""
    x, y = stats[:, 0] + stats[:, 2] / 2, stats[:, 1] + stats[:, 3] / 2
    off_x, off_y = abs(x - box[0] - box[2] / 2), abs(y - box[1] - box[3] / 2)
    return np.asarray((off_x < (0.5 - CORE) * box[2]) & (off_y < (0.5 - CORE) * box[3]), dtype=np.bool_)


def _of_frame(labels: Labels, stats: Labels, frame: Mask, thin: float) -> Mask:
    """Which components lie along printed lines and nowhere else: what is left of those lines."""
    near = cv2.dilate(frame.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    along = np.bincount(labels[near], minlength=len(stats)) / np.maximum(stats[:, cv2.CC_STAT_AREA], 1)
    slim = np.minimum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]) < thin
    return np.asarray((along > 0.9) | (slim & (along > 0.7)), dtype=np.bool_)


def _part(labels: Labels, box: Sequence[int], shrink: float) -> Labels:
    """The labels inside the box, without `shrink` of it on every side."""
    x, y, w, h = box
    dx, dy = int(shrink * w), int(shrink * h)
    return labels[y + dy : y + h - dy, x + dx : x + w - dx]


def _cut(keep: Mask, labels: Labels, stats: Labels, inside: Mask) -> Mask:
    """What runs on to the crop's border is tied to a neighbour: only its part in the box, and a little more, is ours."""
    height, width = keep.shape
    runs = (stats[:, 0] <= 0) | (stats[:, 1] <= 0)
    runs |= (stats[:, 0] + stats[:, 2] >= width) | (stats[:, 1] + stats[:, 3] >= height)
    reach = cv2.dilate(inside.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    return np.asarray(keep & (~runs[labels] | reach), dtype=np.bool_)


def placed(ink: Ink, keep: Mask, unit: float) -> Picture:
    """The kept ink (0 … 1) scaled to fill the picture's middle, its centre of mass in the picture's centre.

    Ink smaller than `SMALLEST` of `unit`, the shorter side of the cell in px, stays small.
    """
    x, y, w, h = cv2.boundingRect(keep.astype(np.uint8))
    scale = WRITTEN / max(w, h, SMALLEST * unit)
    part = np.ascontiguousarray(ink[y : y + h, x : x + w])
    size = (max(round(w * scale), 1), max(round(h * scale), 1))
    small = np.asarray(
        cv2.resize(part, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR), np.float32
    )
    shown = small[small > 0.1]
    peak = _quantile(shown, 0.9) if shown.size else 1.0
    picture = np.zeros((SIDE, SIDE), dtype=np.float32)
    top, left = _corner(small, 0), _corner(small, 1)
    picture[top : top + small.shape[0], left : left + small.shape[1]] = np.clip(small / max(peak, 0.25), 0, 1)
    return picture[None]


def _corner(small: Ink, axis: int) -> int:
    """Where the ink starts along `axis` so that its mass is in the middle and all of it in the picture."""
    weight = small.sum(axis=1 - axis)
    middle = float((weight * np.arange(weight.size)).sum() / max(float(weight.sum()), 1e-6))
    start = round((SIDE - 1) / 2 - middle)
    return min(max(start, 1), SIDE - 1 - int(weight.size))


def _nothing() -> Picture:
    return np.zeros((1, SIDE, SIDE), dtype=np.float32)
