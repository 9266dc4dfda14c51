"""What is printed on blank paper, by shape alone: rules, cells, small boxes, circles, and stretches of letters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from pipeline import geometry
from pipeline.geometry import Box, Grey

PX = geometry.BLANK_PX_PER_MM
INK = 0.75  # darker than this share of the paper around it
FAINT = 0.1  # a fine line is darker than its surroundings by this share of the paper, at least
FRAYED_PX = 2.5  # of a contour's width and height
FINE_PX = 7  # wider than a fine line
SHADED = 0.955  # a ground darker than this share of the paper is a heading
RULE_MM = 4.0  # the shortest rule; letters have no straight strokes as long
RULE_THICK_MM = 1.5
SEAL_PX = 2  # gaps between rules that are closed
LINE_MM = 0.2  # an ordinary rule
WORD_GAP_MM = 2.2  # letters nearer than this belong to one word
SPECK_MM = 1.15  # points and commas are smaller
DASH_MM = 0.6
DIVIDER_MM = 4.0  # the shortest dashed rule between two figures
TURNED = 225  # the ground of such a heading, once turned round: shaded
SOLID_MM = (8.0, 2.5)  # least width and height of a heading in white on black
BENT = 0.006  # of its length a straight printed edge may stray on a scan
SMALL_MM = (1.8, 9.0)  # tick boxes and bubbles
LETTER_MM = 3.3  # so small a box may be 口
STAMP_MM = (8.0, 25.0)
NEAR_MM = 0.9  # letters of a word are nearer


@dataclass(frozen=True)
class Cell:
    """A rectangle with rules on all four sides."""

    box: Box
    shaded: bool


@dataclass(frozen=True)
class Shape:
    """A small printed box or ring."""

    box: Box
    round: bool
    empty: bool
    edge: float = 0.1  # half the width of its line, mm; the box runs along the middle of the line


@dataclass(frozen=True)
class Ink:
    """Everything found on a side, in mm."""

    black: Grey  # 255 where there is ink
    cells: list[Cell]
    shapes: list[Shape]
    rules: list[Box]  # level ones
    dashes: list[Box]
    dividers: list[Box]  # upright dotted and dashed rules
    words: list[Box]
    dots: list[Box]  # specks: points, commas


def black(image: Grey) -> Grey:
    """Ink as 255 on 0; a grey ground is paper, and a fine line that fades here and there goes on."""
    small = cv2.resize(image, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    ground = cv2.blur(cv2.dilate(small, np.ones((25, 25), np.uint8)), (25, 25))
    ground = cv2.resize(ground, image.shape[::-1], interpolation=cv2.INTER_LINEAR)
    strong = np.where(image < INK * ground.astype(np.float32), 255, 0).astype(np.uint8)
    thin = cv2.morphologyEx(image, cv2.MORPH_BLACKHAT, np.ones((FINE_PX, FINE_PX), np.uint8))
    faint = np.where(thin > FAINT * ground.astype(np.float32), 255, 0).astype(np.uint8)
    return _joined(strong, faint)


def dark_on_light(image: Grey) -> Grey:
    """The picture with headings in white on black turned round, so that their words are words."""
    dark = np.where(image < 0.5 * float(np.median(image)), 255, 0).astype(np.uint8)
    kernel = np.ones((round(SOLID_MM[1] * PX * 0.4), round(SOLID_MM[0] * PX * 0.3)), np.uint8)
    solid = np.asarray(cv2.morphologyEx(dark, cv2.MORPH_OPEN, kernel), np.uint8)
    joined = np.asarray(cv2.morphologyEx(solid, cv2.MORPH_CLOSE, _bar(SOLID_MM[0] * 2)), np.uint8)
    turned = image.copy()
    for box in _boxes(joined):
        part = cut(turned, box.grown(0.4))
        if box.w >= SOLID_MM[0] and box.h >= SOLID_MM[1] and (part < 128).mean() > 0.5:
            level = cv2.threshold(part, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[0]  # Otsu 1979
            part[:] = np.where(part > level, 255 - part, TURNED)
    return turned


def _joined(strong: Grey, faint: Grey) -> Grey:
    """Hysteresis (Canny 1986): what is only a little darker than its surroundings counts where it touches ink.

    Rules thinner than a pixel of the scanner fade where they fall between two. What is wider than a fine line (a
    shaded ground) is not darker than what surrounds it; the soft flanks of strong strokes are left out.
    """
    near = np.ones((3, 3), np.uint8)
    apart = faint & ~np.asarray(cv2.dilate(strong, near), np.uint8)
    both = strong | (np.asarray(cv2.dilate(apart, near), np.uint8) & faint)
    both |= np.asarray(cv2.morphologyEx(both, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)), np.uint8) & faint
    labels = cv2.connectedComponents(both, connectivity=8)[1]
    kept = np.zeros(int(labels.max()) + 1, np.bool_)
    kept[np.unique(labels[strong > 0])] = True
    kept[0] = False
    return np.where(kept[labels], 255, 0).astype(np.uint8)


def look(image: Grey) -> Ink:
    """Take a picture of a side (300 dpi) apart."""
    ink = black(image)
    level, upright = _opened(ink, across=True), _opened(ink, across=False)
    cells = list(_cells(image, level | upright))
    ruled = _without_letters(level | upright, cells)
    dashes, dashed = _dashes(ink)
    dividers, divided = _dividers(ink, cells)
    lines = np.asarray(cv2.dilate(ruled | dashed | divided, np.ones((3, 3), np.uint8)), dtype=np.uint8)
    shapes, taken = _standing(_shapes(ink), ink & ~lines)
    words, dots = _words(ink & ~(lines | taken))
    rules = [box for box in _boxes(level & ruled) if box.h < RULE_THICK_MM]
    return Ink(ink, cells, shapes, rules, dashes, dividers, words, dots)


def is_empty(ink: Ink, box: Box) -> bool:
    """Whether nothing is printed in a box (mm)."""
    return not bool(cut(ink.black, box).any())


def cut(image: Grey, box: Box) -> Grey:
    """The part of a picture within a box (mm)."""
    x0, y0 = max(round(box.x * PX), 0), max(round(box.y * PX), 0)
    return image[y0 : max(round((box.y + box.h) * PX), y0), x0 : max(round((box.x + box.w) * PX), x0)]


def _opened(ink: Grey, across: bool) -> Grey:
    """Straight strokes of at least a rule's length, level or upright."""
    long, thick = round(RULE_MM * PX), np.ones((3, 1), np.uint8)
    line = np.ones((1, long), np.uint8)
    wide = cv2.dilate(ink, thick if across else thick.T)
    return np.asarray(cv2.morphologyEx(wide, cv2.MORPH_OPEN, line if across else line.T), dtype=np.uint8)


def _without_letters(barrier: Grey, cells: list[Cell]) -> Grey:
    """Straight strokes of large letters are no rules: they are short and enclose no cell."""
    labels, stats = cv2.connectedComponentsWithStats(barrier, connectivity=8)[1:3]
    keep = stats[:, :4][:, 2:].max(axis=1) >= 2.2 * RULE_MM * PX
    for cell in cells:
        across = labels[round((cell.box.y + cell.box.h / 2) * PX), :]
        keep[across[max(round(cell.box.x * PX) - 4, 0) : round(cell.box.x * PX) + 5]] = True
    keep[0] = False
    return np.where(keep[labels], 255, 0).astype(np.uint8)


def _boxes(mask: Grey) -> list[Box]:
    stats = cv2.connectedComponentsWithStats(mask, connectivity=8)[2][1:]
    return [Box(*(float(n) / PX for n in row[:4])) for row in stats]


def _dividers(ink: Grey, cells: list[Cell]) -> tuple[list[Box], Grey]:
    """Dotted and dashed upright rules from edge to edge of a cell, and their ink."""
    boxes, dashed = _dashes(np.ascontiguousarray(ink.T), DIVIDER_MM)
    kept, mask = [], np.zeros_like(ink)
    for box in (Box(y, x, h, w) for x, y, w, h in boxes):
        if any(cell.box.contains(box, 0.6) and _crosses(box, cell.box) for cell in cells):
            kept.append(box)
            cut(mask, box)[:] = 255
    return kept, mask & np.asarray(cv2.dilate(dashed.T, np.ones((3, 3), np.uint8)), np.uint8)


def _crosses(rule: Box, cell: Box) -> bool:
    """Whether an upright rule goes from edge to edge; its ends may be one with the frame."""
    return rule.h > 0.5 * cell.h and bool(abs(rule.center()[1] - cell.center()[1]) < 0.15 * cell.h)


def _dashes(ink: Grey, least: float = 15.0) -> tuple[list[Box], Grey]:
    """Dotted and dashed level rules of at least that length in mm, and their ink."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    low = (stats[:, cv2.CC_STAT_HEIGHT] < DASH_MM * PX) & (stats[:, cv2.CC_STAT_WIDTH] < 2 * RULE_MM * PX)
    low[0] = False
    thin = np.where(low[labels], 255, 0).astype(np.uint8) if count > 1 else np.zeros_like(ink)
    closed = cv2.morphologyEx(cv2.dilate(thin, np.ones((3, 1), np.uint8)), cv2.MORPH_CLOSE, _bar(2.5))
    runs = np.asarray(cv2.morphologyEx(closed, cv2.MORPH_OPEN, _bar(least)), dtype=np.uint8)
    return [box for box in _boxes(runs) if box.h < 2 * DASH_MM], runs


def _bar(mm: float) -> Grey:
    return np.ones((1, round(mm * PX)), np.uint8)


# ── cells


def _cells(image: Grey, barrier: Grey) -> Iterator[Cell]:
    sealed = cv2.dilate(barrier, np.ones((2 * SEAL_PX + 1, 2 * SEAL_PX + 1), np.uint8))
    labels, stats = cv2.connectedComponentsWithStats(255 - sealed, connectivity=4)[1:3]
    paper = float(np.median(image))
    for number, (x, y, w, h, _) in enumerate(stats[1:], 1):
        if min(w, h) < SMALL_MM[0] * PX or w * h > 0.9 * image.size:
            continue
        mask = labels[y : y + h, x : x + w] == number
        if _has_four_sides(mask):
            inside = image[y : y + h, x : x + w][mask]
            grown = SEAL_PX + 1 + LINE_MM / 2 * PX  # back to the middle of the rules
            yield Cell(_grown(*_edges(mask, x, y), grown), bool(np.median(inside) < SHADED * paper))


def _has_four_sides(mask: NDArray[np.bool_]) -> bool:
    """Whether it fills its rectangle up to the edges; long edges may lean or bend a little, as paper does."""
    inner = mask[1:-1, 1:-1]
    if not inner.size:
        return False
    down, across = (max(1, min(round(BENT * n), round(PX))) for n in (inner.shape[1], inner.shape[0]))
    bands = (inner[:down].any(0), inner[-down:].any(0), inner[:, :across].any(1), inner[:, -across:].any(1))
    return all(band.mean() > 0.9 for band in bands)


def _edges(mask: NDArray[np.bool_], x: int, y: int) -> tuple[float, float, float, float]:
    """Left, top, width and height in px: where most of each edge lies."""
    columns, rows = mask[:, mask.any(0)], mask[mask.any(1)]
    top, low = np.median(columns.argmax(0)), mask.shape[0] - np.median(columns[::-1].argmax(0))
    left, right = np.median(rows.argmax(1)), mask.shape[1] - np.median(rows[:, ::-1].argmax(1))
    return float(x + left), float(y + top), float(right - left), float(low - top)


def _grown(x: float, y: float, w: float, h: float, by: float) -> Box:
    return Box(*(float(n) / PX for n in (x - by, y - by, w + 2 * by, h + 2 * by)))


# ── small boxes and rings


def _shapes(ink: Grey) -> list[Shape]:
    """Small boxes and rings, wherever they are; some are letters."""
    contours, tree = cv2.findContours(ink, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return []
    widest: dict[int, int] = {}  # of an outline its largest hole: 自 has three
    for n, (*_, parent) in enumerate(tree[0]):
        if parent >= 0 and cv2.contourArea(contours[n]) > cv2.contourArea(contours[widest.get(parent, n)]) - 1:
            widest[int(parent)] = n
    found = [_shape(contours[parent], contours[hole], ink) for parent, hole in widest.items()]
    return [shape for shape in found if shape]


def _standing(shapes: list[Shape], letters: Grey) -> tuple[list[Shape], Grey]:
    """The shapes that are no letters, and a mask of all they cover."""
    taken, found = np.zeros_like(letters), []
    for shape in shapes:
        if _is_meant(shape, shapes, letters):
            found.append(shape)
            cut(taken, shape.box.grown(shape.edge + LINE_MM / 2))[:] = 255
    return found, taken


def _is_meant(shape: Shape, shapes: list[Shape], letters: Grey) -> bool:
    """A stamp's circle, one of several equal rings in a row or column, or an empty box; never tight between letters."""
    box, outer = shape.box, shape.box.grown(shape.edge + LINE_MM / 2)
    near = NEAR_MM - LINE_MM
    sides = (Box(outer.x - near, box.y, near, box.h), Box(outer.x + outer.w, box.y, near, box.h))
    tight = [bool(cut(letters, side).any()) for side in sides]
    if all(tight) or (any(tight) and max(box.w, box.h) < LETTER_MM):
        return False
    equals = [other for other in shapes if _equal(shape, other)]
    if shape.round:
        is_stamp = box.w >= STAMP_MM[0] and 0.9 < box.w / box.h < 1.1
        beside = [other for other in equals if abs(other.box.y - box.y) < 1]
        below = [other for other in equals if abs(other.box.x - box.x) < 1 and other.empty and shape.empty]
        return is_stamp or len(beside) >= 2 or len(below) >= 3
    return shape.empty and max(box.w, box.h) <= SMALL_MM[1] and (0.85 < box.w / box.h < 1.18 or len(equals) >= 4)


def _equal(a: Shape, b: Shape) -> bool:
    return a.round == b.round and abs(a.box.w - b.box.w) < 0.1 * a.box.w and abs(a.box.h - b.box.h) < 0.1 * a.box.h


def _shape(outer: MatLike, hole: MatLike, ink: Grey) -> Shape | None:
    x, y, w, h = cv2.boundingRect(outer)
    inner = cv2.boundingRect(hole)
    if not SMALL_MM[0] * PX <= min(w, h) <= max(w, h) <= STAMP_MM[1] * PX or _is_divided((w, h), inner[2:]):
        return None
    filled = cv2.contourArea(outer) / (w * h), cv2.contourArea(hole) / (inner[2] * inner[3])
    ring = (w - inner[2]) / 4
    kind = _kind(filled, (_ragged(w, h, 0.93), _ragged(inner[2], inner[3], 0.9)), w / h)
    if kind is None:
        return None
    inset = 0.17 if kind == "ring" else 0.08  # of the hole: what lies inside the ring everywhere
    dx, dy = round(inset * inner[2]) + 1, round(inset * inner[3]) + 1
    empty = not ink[inner[1] + dy : inner[1] + inner[3] - dy, inner[0] + dx : inner[0] + inner[2] - dx].any()
    return Shape(_grown(x, y, w, h, -ring), kind == "ring", empty, ring / PX)


def _is_divided(outer: Sequence[int], hole: Sequence[int]) -> bool:
    """Whether the largest hole leaves much of the shape, as those of 日 do."""
    return any(whole - part > 0.3 * whole for whole, part in zip(outer, hole, strict=True))


def _ragged(w: int, h: int, share: float) -> float:
    """The share of its rectangle that a printed box fills at least: of a small one the scanner frays away more."""
    return min(share, (w - FRAYED_PX) * (h - FRAYED_PX) / (w * h))


def _kind(filled: tuple[float, float], least: tuple[float, float], ratio: float) -> str | None:
    outer, hole = filled
    if outer > least[0] and hole > least[1] and 0.4 < ratio < 2.4:
        return "box"
    if 0.7 < outer < 0.86 and 0.66 < hole < 0.88 and 0.75 < ratio < 2.4:
        return "ring"
    return None


# ── letters


def _words(rest: Grey) -> tuple[list[Box], list[Box]]:
    """Stretches of letters on one line, and specks."""
    kernel = np.ones((round(0.5 * PX), round(WORD_GAP_MM * PX)), np.uint8)
    boxes = _boxes(np.asarray(cv2.morphologyEx(_despeckled(rest), cv2.MORPH_CLOSE, kernel), dtype=np.uint8))
    words = [box for box in boxes if max(box.w, box.h) >= SPECK_MM and box.h < 15]
    return words, [box for box in boxes if max(box.w, box.h) < SPECK_MM]


def _despeckled(rest: Grey) -> Grey:
    labels, stats = cv2.connectedComponentsWithStats(rest, connectivity=8)[1:3]
    keep = stats[:, cv2.CC_STAT_AREA] >= 6
    keep[0] = False
    return np.where(keep[labels], 255, 0).astype(np.uint8)
