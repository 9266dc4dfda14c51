"""Finding a form by its looks: key points matched against every known blank, then verified; never a guess."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from pipeline import geometry
from pipeline.align import refine
from pipeline.align.scan import LOOK_PX, Scan, halved
from pipeline.align.template import Features, SideKey, features
from pipeline.forms import schema
from pipeline.geometry import Box, Grey, Matrix, Points

RATIO = 0.82  # Lowe's ratio test
MIN_INLIERS = 14
SCREEN = 300  # strongest key points of a blank, by which the likeliest sides are chosen
MIN_SCREENED = 4
RIVAL = 0.5  # a side with so many of the best one's strongest key points is compared by all of them
MOST_LIKELY = 12
SLIDE_PX_PER_MM = 1.6  # scale of the test for a second placement
SLIDE_MM = 16.0
SLIDE_MARGIN = 0.08  # by how much the placement must explain the page better than any other


@dataclass(frozen=True, eq=False)
class Rough:
    """A side laid roughly on the page as one plane."""

    form: schema.Form
    side: schema.Side
    matrix: Matrix  # mm → px
    inliers: int


def rough(scan: Scan, sides: Iterable[tuple[schema.Form, schema.Side]], most: int = 6) -> list[Rough]:
    """Where each of the likeliest sides might lie, best first; a side may lie on the page several times.

    All sides are compared by their strongest key points first, and only the likeliest by all of them.
    """
    scores = screened(scan, sides)
    best = max((score for score, _, _ in scores), default=0)
    likely = [(form, side) for score, form, side in scores if score >= RIVAL * best][:MOST_LIKELY]
    found = [hit for form, side in likely for hit in _of_side(form, side, scan.features, _px_step(scan))]
    return sorted(found, key=lambda hit: -hit.inliers)[:most]


def _px_step(scan: Scan) -> float:
    """Px of the page per px of the picture whose key points are matched, about."""
    h, w = scan.full.shape
    return float(max(h, w)) / LOOK_PX


Screened = tuple[int, schema.Form, schema.Side]


def screened(scan: Scan, sides: Iterable[tuple[schema.Form, schema.Side]]) -> list[Screened]:
    """Every side with how many of its strongest key points lie on the page as one flat sheet would, most first."""
    scores = [(_flat(scan, features(SideKey(side))), form, side) for form, side in sides]
    return sorted(scores, key=lambda one: -one[0])


def _flat(scan: Scan, known: Features) -> int:
    px, descriptors = scan.features
    pairs = _pairs(Features(known.points[:SCREEN], known.descriptors[:SCREEN]), descriptors[: 4 * SCREEN])
    if len(pairs) < MIN_SCREENED:
        return 0
    cv2.setRNGSeed(1)
    _, inside = cv2.estimateAffinePartial2D(
        known.points[pairs[:, 0]], px[pairs[:, 1]], ransacReprojThreshold=6.0 * _px_step(scan), maxIters=1000
    )
    return 0 if inside is None else int(inside.sum())


def _of_side(form: schema.Form, side: schema.Side, page: tuple[Points, np.ndarray], px_step: float) -> list[Rough]:
    known, (px, descriptors) = features(SideKey(side)), page
    pairs = _pairs(known, descriptors)
    found: list[Rough] = []
    while len(pairs) >= MIN_INLIERS and len(found) < 8:
        mm, at = known.points[pairs[:, 0]], px[pairs[:, 1]]
        cv2.setRNGSeed(1)
        matrix, mask = cv2.findHomography(mm, at, cv2.USAC_MAGSAC, 3.0 * px_step, maxIters=3000)
        inside = np.zeros(len(pairs), bool) if matrix is None else mask.ravel().astype(bool)
        if inside.sum() < MIN_INLIERS or not _plausible(matrix, side.paper):
            break
        found.append(Rough(form, side, np.asarray(matrix, dtype=np.float64), int(inside.sum())))
        pairs = pairs[~inside]
    return found


def _pairs(known: Features, descriptors: np.ndarray) -> np.ndarray:
    """Indices (n, 2) of key points of the blank and of the page that look alike and like no other."""
    if len(known.descriptors) < 2 or len(descriptors) < 2:
        return np.empty((0, 2), int)
    likeness = known.descriptors @ descriptors.T  # root-SIFT rows have length 1
    rows, first = np.arange(len(likeness)), likeness.argmax(axis=1)
    best = likeness[rows, first]
    likeness[rows, first] = -1
    good = np.sqrt(np.maximum(2 - 2 * best, 0)) < RATIO * np.sqrt(np.maximum(2 - 2 * likeness.max(axis=1), 0))
    return np.column_stack([rows[good], first[good]])


def _plausible(matrix: Matrix, paper: schema.Paper) -> bool:
    """Not mirrored, and of nearly one scale all over the paper."""
    corners = Box(0, 0, paper.width, paper.height).corners()
    px = geometry.project(matrix, corners)
    edges = np.roll(px, -1, axis=0) - px
    turns = edges[:, 0] * np.roll(edges[:, 1], -1) - edges[:, 1] * np.roll(edges[:, 0], -1)
    lengths = np.linalg.norm(edges, axis=1) / np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    return bool((turns > 0).all() and lengths.max() < 1.6 * lengths.min() and lengths.min() > 1)


def stands_alone(scan: Scan, side: schema.Side, fit: refine.Fit) -> bool:
    """Whether no placement a few rows away explains the page nearly as well as this one.

    The blank's panel is correlated with the page laid on it, over shifts up to `SLIDE_MM`; a grid of equal rows
    gives a second peak as high as the first.
    """
    panel = next(panel for panel in side.panels if panel.id == fit.panel.id)
    inner = panel.box.grown(-SLIDE_MM)
    if min(inner.w, inner.h) < SLIDE_MM:
        return True
    blank = _low(SideKey(side), inner)
    shrink = geometry.px_per_mm(fit.panel.mm_to_px, inner.center()) / SLIDE_PX_PER_MM
    wide = panel.box
    page = refine.sample(scan, fit.panel.mm_to_px @ _window(wide), _size(wide), shrink)
    response = cv2.matchTemplate(_soft(page), blank, cv2.TM_CCOEFF_NORMED)
    _, best, _, (x, y) = cv2.minMaxLoc(response)
    middle, near = SLIDE_MM * SLIDE_PX_PER_MM, round(2.5 * SLIDE_PX_PER_MM)
    if max(abs(x - middle), abs(y - middle)) > near:
        return False
    response[max(y - near, 0) : y + near + 1, max(x - near, 0) : x + near + 1] = -1
    return bool(best - float(response.max()) >= SLIDE_MARGIN)


def _window(box: Box) -> Matrix:
    """Px of a window over `box` → mm."""
    s = SLIDE_PX_PER_MM
    return np.array([[1, 0, box.x * s + 0.5], [0, 1, box.y * s + 0.5], [0, 0, s]]) / s


def _size(box: Box) -> tuple[int, int]:
    return round(box.w * SLIDE_PX_PER_MM), round(box.h * SLIDE_PX_PER_MM)


@lru_cache(maxsize=256)
def _low(key: SideKey, box: Box) -> Grey:
    """A box of the blank at the scale of the test."""
    blurred = np.asarray(cv2.blur(halved(key.side.blank), (4, 4)), dtype=np.uint8)
    mm_to_px = geometry.mm_to_blank_px(geometry.BLANK_PX_PER_MM / 2)
    return _soft(geometry.warp(blurred, mm_to_px @ _window(box), _size(box)))


def _soft(image: Grey) -> Grey:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 0.8), dtype=np.uint8)
