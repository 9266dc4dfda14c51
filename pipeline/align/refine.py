"""Registration on the printed page itself: patches of the blank found again near where they should be."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline import geometry, model
from pipeline.align.scan import Scan
from pipeline.align.template import PATCH_PX, PX_PER_MM, Patches, SideKey, patches
from pipeline.geometry import Grey, Matrix, Points

NEAR_MM = 0.8  # how far a patch is looked for where fiducials have laid the panel
FINE_MM = 1.6  # how far a patch is looked for once the panel lies nearly right: under half a row of any form
GOOD_MATCH = 0.55  # normalised correlation from which a patch counts as found
MIN_FOUND = 6
STRAY_MM = 0.30  # a patch this far from where all the others put it is not the patch
CURL_MM = 0.6  # standard deviation of what a homography leaves over on paper that curls
NOISE_MM = 0.06  # … and of where one patch is found
THIN = 0.01  # breadth to length of patches that stand on one line


@dataclass(frozen=True, eq=False)
class Matches:
    """Patches found on the page."""

    which: np.ndarray  # (n,) numbers of the patches
    mm: Points  # (n, 2)
    px: Points  # (n, 2)
    score: np.ndarray  # (n,) correlation

    def only(self, keep: np.ndarray) -> Matches:
        """Those for which `keep` (n,) is true."""
        return Matches(self.which[keep], self.mm[keep], self.px[keep], self.score[keep])

    def joined(self, other: Matches) -> Matches:
        """These and the other's."""
        pairs = zip(
            (self.which, self.mm, self.px, self.score), (other.which, other.mm, other.px, other.score), strict=True
        )
        return Matches(*(np.concatenate(pair) for pair in pairs))


@dataclass(frozen=True, eq=False)
class Fit:
    """A panel laid on the page, and how well."""

    panel: model.Panel
    matched: float  # share of the patches on the page that were found where they belong, 0 … 1
    seen: int  # patches that lie on the page
    lost: np.ndarray  # numbers of those that were not


def panel(
    scan: Scan, side: SideKey, panel_id: str, start: Matrix, reach_mm: tuple[float, ...] = (FINE_MM,)
) -> Fit | None:
    """The panel registered from a rough `start` (mm → px), searching in steps of `reach_mm`; None: not found.

    A homography by robust fit first, then the smooth rest (curl, crease) as a Gaussian process over the patches.
    """
    marks = patches(side, panel_id)
    lay = model.Panel(panel_id, start, 9.9)
    for reach in reach_mm:
        here = _here(scan, marks, lay)
        matches = find(scan, marks, lay, here, reach)
        if len(matches.mm) < MIN_FOUND or in_line(matches.mm):
            return None
        lay = model.Panel(panel_id, _robust(matches, tolerance_mm=max(0.5, reach / 3)), 9.9)
    lay, off = _bent(lay, matches)
    good = matches.only(off < STRAY_MM)
    again = find(scan, marks, lay, np.setdiff1d(here, good.which), FINE_MM)  # where curl had carried them away
    return _fit(lay, good.joined(again), here) if len(good.mm) + len(again.mm) >= MIN_FOUND else None


def in_line(mm: Points) -> bool:
    """Whether points (n, 2) stand on one line, which lays no panel: it could still turn about that line."""
    spread = np.linalg.svd(mm - mm.mean(axis=0), compute_uv=False)
    return bool(spread[-1] < THIN * spread[0])


def _here(scan: Scan, marks: Patches, lay: model.Panel) -> np.ndarray:
    """Numbers of the patches that lie on the page at all."""
    px = lay.to_px(marks.centers)
    h, w = scan.full.shape
    return np.flatnonzero((px > 0).all(axis=1) & (px < (w, h)).all(axis=1))


def find(scan: Scan, marks: Patches, lay: model.Panel, which: np.ndarray, reach_mm: float) -> Matches:
    """The patches `which`, each looked for near where `lay` has it."""
    reach = round(reach_mm * PX_PER_MM)
    moved = lay.to_px(marks.centers) - geometry.project(lay.mm_to_px, marks.centers)
    found = [_one(scan, marks.images[n], marks.centers[n], _moved(lay.mm_to_px, moved[n]), reach) for n in which]
    hits = np.array(found).reshape(-1, 3)
    good = hits[:, 2] >= GOOD_MATCH
    mm = marks.centers[which[good]]
    px = geometry.project(lay.mm_to_px, mm + hits[good, :2]) + moved[which[good]]
    return Matches(which[good], mm, px, hits[good, 2])


def _moved(matrix: Matrix, px: Points) -> Matrix:
    """The homography followed by a shift of `px`."""
    return np.array([[1, 0, px[0]], [0, 1, px[1]], [0, 0, 1]]) @ matrix


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


def _robust(matches: Matches, tolerance_mm: float) -> Matrix:
    """Homography by MAGSAC++ (Barath et al. 2020), then reweighted least squares (Cauchy)."""
    scale = _scale(matches)
    cv2.setRNGSeed(1)
    rough, _ = cv2.findHomography(matches.mm, matches.px, cv2.USAC_MAGSAC, tolerance_mm * scale, maxIters=2000)
    matrix = np.asarray(rough, dtype=np.float64)
    if matrix.shape != (3, 3):  # OpenCV's way to say that there is none
        matrix = geometry.fit_homography(matches.mm, matches.px)
    for _ in range(5):
        off = np.linalg.norm(geometry.project(matrix, matches.mm) - matches.px, axis=1) / scale
        matrix = geometry.fit_homography(matches.mm, matches.px, matches.score / (1 + (off / tolerance_mm) ** 4))
    return matrix


def _scale(matches: Matches) -> float:
    """Px per mm, from the spread of the points."""
    spread = [np.linalg.norm(p - p.mean(axis=0), axis=1).mean() for p in (matches.mm, matches.px)]
    return float(spread[1] / max(spread[0], 1e-9))


def _bent(lay: model.Panel, matches: Matches) -> tuple[model.Panel, np.ndarray]:
    """The panel with what its homography leaves over, and how far each patch (n,) is from where the others put it, mm.

    Gaussian process regression, reweighted by leave-one-out residuals (Rasmussen & Williams 2006, 5.4.2), so that
    a patch found in the wrong place cannot vouch for itself.
    """
    scale = _scale(matches)
    rest = (matches.px - geometry.project(lay.mm_to_px, matches.mm)) / scale
    alike = CURL_MM**2 * geometry.kernel(matches.mm, matches.mm)
    weight, off = np.ones(len(rest)), np.zeros(len(rest))
    alpha = np.zeros_like(rest)
    for _ in range(5):
        inverse = np.linalg.inv(alike + np.diag(NOISE_MM**2 / weight))
        alpha = inverse @ rest
        off = np.linalg.norm(alpha / np.diag(inverse)[:, None], axis=1)
        weight = np.maximum(1 / (1 + (off / STRAY_MM) ** 4), 1e-4)
    anchors = np.column_stack([matches.mm, CURL_MM**2 * alpha * scale])
    return model.Panel(lay.id, lay.mm_to_px, 9.9, {"px_per_mm": scale}, anchors), off


def _fit(lay: model.Panel, matches: Matches, here: np.ndarray) -> Fit:
    """The final fit: best single homography, the smooth rest, and an honest residual."""
    _, off = _bent(lay, matches)
    good = off < STRAY_MM
    if good.sum() >= MIN_FOUND:
        matches = matches.only(good)
    flat = model.Panel(lay.id, geometry.fit_homography(matches.mm, matches.px, matches.score), 9.9)
    bent, off = _bent(flat, matches)
    scale = bent.quality["px_per_mm"]
    kept = matches.which[off < STRAY_MM]
    matched = len(kept) / max(len(here), 1)
    quality = {
        "px_per_mm": scale,
        "matched": matched,
        "patches": float(len(here)),
        "correlation": float(matches.score.mean()),
    }
    residual = float(np.sqrt((off**2).mean()))
    bent = model.Panel(lay.id, flat.mm_to_px, residual, quality, bent.anchors)
    return Fit(bent, matched, len(here), np.setdiff1d(here, kept))
