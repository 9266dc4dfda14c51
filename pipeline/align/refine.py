"""Registration on the printed page itself: patches of the blank found again near where they should be."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline import geometry, model
from pipeline.align.scan import Scan
from pipeline.align.template import PATCH_PX, PX_PER_MM, Patches, SideKey, patches
from pipeline.geometry import Grey, Matrix, Points

FINE_MM = 1.6  # how far a patch is looked for once the panel lies nearly right: under half a row of any form
GOOD_MATCH = 0.55  # normalised correlation from which a patch counts as found
MIN_FOUND = 6
STRAY_MM = 0.35  # a patch whose shift differs from its neighbours' by more is an outlier


@dataclass(frozen=True, eq=False)
class Matches:
    """Patches found on the page."""

    mm: Points  # (n, 2)
    px: Points  # (n, 2)
    score: np.ndarray  # (n,) correlation


@dataclass(frozen=True, eq=False)
class Fit:
    """A panel laid on the page, and how well."""

    panel: model.Panel
    matched: float  # share of the patches on the page that were found where they belong, 0 … 1
    seen: int  # patches that lie on the page


def panel(
    scan: Scan, side: SideKey, panel_id: str, start: Matrix, reach_mm: tuple[float, ...] = (FINE_MM,)
) -> Fit | None:
    """The panel registered from a rough `start` (mm → px), searching in steps of `reach_mm`; None: not found."""
    marks = patches(side, panel_id)
    matrix = start
    for reach in reach_mm:
        matches, seen = _find(scan, marks, matrix, reach)
        if len(matches.mm) < MIN_FOUND:
            return None
        matrix, inliers = _robust(matches, tolerance_mm=max(0.5, reach / 3))
    return _fit(scan, panel_id, matrix, (matches, inliers), seen)


def _find(scan: Scan, marks: Patches, matrix: Matrix, reach_mm: float) -> tuple[Matches, int]:
    """Every patch near its place under `matrix`; and how many lie on the page at all."""
    reach = round(reach_mm * PX_PER_MM)
    on_page = _on_page(scan.full, geometry.project(matrix, marks.centers))
    found = [_one(scan, marks.images[n], marks.centers[n], matrix, reach) for n in np.flatnonzero(on_page)]
    hits = [(n, hit) for n, hit in zip(np.flatnonzero(on_page), found, strict=True) if hit[2] >= GOOD_MATCH]
    mm = np.array([marks.centers[n] for n, _ in hits]).reshape(-1, 2)
    shifted = np.array([hit[:2] for _, hit in hits]).reshape(-1, 2)
    px = geometry.project(matrix, mm + shifted) if hits else shifted
    return Matches(mm, px, np.array([hit[2] for _, hit in hits])), len(found)


def _on_page(image: Grey, px: Points) -> np.ndarray:
    h, w = image.shape
    return np.asarray((px > 0).all(axis=1) & (px < (w, h)).all(axis=1))


def _one(scan: Scan, patch: Grey, center: Points, matrix: Matrix, reach: int) -> tuple[float, float, float]:
    """Shift of one patch in mm and its correlation."""
    size = PATCH_PX + 2 * reach
    corner = center * PX_PER_MM - size / 2  # of the search window, in px of the blank at 150 dpi
    to_mm = np.array([[1, 0, corner[0] + 0.5], [0, 1, corner[1] + 0.5], [0, 0, PX_PER_MM]]) / PX_PER_MM
    window = sample(scan, matrix @ to_mm, (size, size), geometry.px_per_mm(matrix, center) / PX_PER_MM)
    response = cv2.matchTemplate(window, patch, cv2.TM_CCOEFF_NORMED)
    _, best, _, (x, y) = cv2.minMaxLoc(response)
    dx, dy = x + _peak(response[y, :], x) - reach, y + _peak(response[:, x], y) - reach
    if not np.isfinite(best) or min(x, y) == 0 or max(x, y) == 2 * reach:
        return 0.0, 0.0, 0.0  # the true peak may lie outside the window
    return dx / PX_PER_MM, dy / PX_PER_MM, float(best)


def sample(scan: Scan, to_full: Matrix, size: tuple[int, int], shrink: float) -> Grey:
    """A window of the page, from the pyramid level that is next finer than asked for (`shrink`: page px per window px)."""
    level = int(np.clip(np.floor(np.log2(max(shrink, 1e-3)) + 0.25), 0, len(scan.levels) - 1))
    offset = (2**level - 1) / 2
    down = np.array([[1, 0, -offset], [0, 1, -offset], [0, 0, 2**level]]) / 2**level
    return geometry.warp(scan.levels[level], down @ to_full, size)


def _peak(line: np.ndarray, at: int) -> float:
    """Sub-pixel offset of a peak by a parabola through three values."""
    if not 0 < at < len(line) - 1:
        return 0.0
    low, mid, high = (float(v) for v in line[at - 1 : at + 2])
    bend = low - 2 * mid + high
    return 0.0 if bend >= -1e-9 else float(np.clip((low - high) / (2 * bend), -0.5, 0.5))


def _robust(matches: Matches, tolerance_mm: float) -> tuple[Matrix, np.ndarray]:
    """Homography and inliers (n,), by MAGSAC++ (Barath et al. 2020), then reweighted least squares (Cauchy)."""
    scale = _scale(matches)
    cv2.setRNGSeed(1)
    rough, _ = cv2.findHomography(matches.mm, matches.px, cv2.USAC_MAGSAC, tolerance_mm * scale, maxIters=2000)
    matrix = np.asarray(rough, dtype=np.float64)
    if matrix.shape != (3, 3):  # OpenCV's way to say that there is none
        matrix = geometry.fit_homography(matches.mm, matches.px)
    for _ in range(5):
        off = np.linalg.norm(geometry.project(matrix, matches.mm) - matches.px, axis=1) / scale
        inliers = off < tolerance_mm * 2
        if inliers.sum() < MIN_FOUND:
            break
        weights = matches.score[inliers] / (1 + (off[inliers] / 0.1) ** 2)
        matrix = geometry.fit_homography(matches.mm[inliers], matches.px[inliers], weights)
    off = np.linalg.norm(geometry.project(matrix, matches.mm) - matches.px, axis=1) / scale
    return matrix, off < tolerance_mm * 2


def _scale(matches: Matches) -> float:
    """Px per mm, from the spread of the points."""
    spread = [np.linalg.norm(p - p.mean(axis=0), axis=1).mean() for p in (matches.mm, matches.px)]
    return float(spread[1] / max(spread[0], 1e-9))


def _fit(scan: Scan, panel_id: str, matrix: Matrix, found: tuple[Matches, np.ndarray], seen: int) -> Fit:
    matches, inliers = found
    mm, shift = matches.mm[inliers], matches.px[inliers] - geometry.project(matrix, matches.mm[inliers])
    scale = _scale(matches)
    steady = _steady(mm, shift, STRAY_MM * scale)
    anchors = np.column_stack([mm[steady], shift[steady]])
    residual = float(np.sqrt((shift[steady] ** 2).sum(axis=1).mean()) / scale) if steady.any() else 9.9
    matched = float(steady.sum()) / max(seen, 1)
    quality = {
        "px_per_mm": scale,
        "matched": matched,
        "patches": float(seen),
        "correlation": float(matches.score.mean()),
    }
    return Fit(model.Panel(panel_id, matrix, residual, quality, anchors), matched, seen)


def _steady(mm: Points, shift: Points, tolerance_px: float) -> np.ndarray:
    """Which shifts agree with the median of their five nearest neighbours'."""
    gap = np.linalg.norm(mm[:, None] - mm[None], axis=2)
    near = np.argsort(gap, axis=1)[:, 1:6]
    middle = np.median(shift[near], axis=1) if len(mm) > 1 else shift
    return np.asarray(np.linalg.norm(shift - middle, axis=1) <= tolerance_px)
