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
FEW = 20  # patches of a panel looked for first
MOSTLY = 0.75  # share of those from which not all of the panel's are asked
CALM_MM = 0.10  # a patch this near to where the others put it needs no more patches around it
AROUND_MM = 40.0  # around one that does
SETTLED = 0.02  # weights that change no more than this
NOTHING = (0.0,) * 7
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
    Some patches are looked for first, and more only around those that are lost or that their neighbours do not explain.
    """
    marks = patches(side, panel_id)
    lay = model.Panel(panel_id, start, 9.9)
    for reach in reach_mm:
        here = _here(scan, marks, lay)
        asked, matches = _some(scan, marks, lay, here, reach)
        if len(matches.mm) < MIN_FOUND or in_line(matches.mm):
            return None
        lay = model.Panel(panel_id, _robust(matches, tolerance_mm=max(0.5, reach / 3)), 9.9)
    lay, off = _bent(lay, matches)
    more = _doubtful(marks, here, asked, matches.only(off < CALM_MM).which)
    good = matches.only(off < STRAY_MM)
    asked = np.union1d(asked, more)
    again = find(scan, marks, lay, np.setdiff1d(asked, good.which), FINE_MM)  # also where curl had carried them away
    return _fit(lay, good.joined(again), asked, len(here)) if len(good.mm) + len(again.mm) >= MIN_FOUND else None


def _some(scan: Scan, marks: Patches, lay: model.Panel, here: np.ndarray, reach: float) -> tuple[np.ndarray, Matches]:
    """Numbers of the patches looked for, and those found: a few that lie spread out, or all when many of them are lost."""
    few, rest = here[:FEW], here[FEW:]
    matches = find(scan, marks, lay, few, reach)
    if len(matches.mm) >= max(MOSTLY * len(few), MIN_FOUND):
        return few, matches
    return here, matches.joined(find(scan, marks, lay, rest, reach))


def _doubtful(marks: Patches, here: np.ndarray, asked: np.ndarray, calm: np.ndarray) -> np.ndarray:
    """Numbers of patches not asked yet around those that were, but are not where the others put them."""
    restless, rest = marks.centers[np.setdiff1d(asked, calm)], np.setdiff1d(here, asked)
    gaps = np.linalg.norm(marks.centers[rest][:, None] - restless[None], axis=2)
    return np.asarray(rest[(gaps < AROUND_MM).any(axis=1)], dtype=int)


def in_line(mm: Points) -> bool:
    """Whether points (n, 2) stand on one line, which lays no panel: it could still turn about that line."""
    spread = np.linalg.svd(mm - mm.mean(axis=0), compute_uv=False)
    return bool(spread[-1] < THIN * spread[0])


def _here(scan: Scan, marks: Patches, lay: model.Panel) -> np.ndarray:
    """Numbers of the patches that lie on the page at all."""
    px = lay.to_px(marks.centers)
    h, w = scan.full.shape
    return np.flatnonzero((px > 0).all(axis=1) & (px < (w, h)).all(axis=1))


def find(scan: Scan, marks: Patches, lay: model.Panel, which: np.ndarray, reach_mm: float, shrink: int = 1) -> Matches:
    """The patches `which`, each looked for near where `lay` has it, on pictures `shrink` times smaller than they are."""
    px_per_mm = PX_PER_MM / shrink
    reach, centers = round(reach_mm * px_per_mm), marks.centers[which]
    at = lay.to_px(centers)
    side = PATCH_PX // shrink
    level, windows = _windows(scan, lay.mm_to_px, centers, at, px_per_mm)
    windows[:, :2, 2] -= windows[:, :2, :2].sum(axis=2) * (side + 2 * reach - 1) / 2  # from the window's corner
    images = (_smaller(marks.images[n], side) for n in which)
    found = [_one(scan.levels[level], *pair, reach) for pair in zip(windows, images, strict=True)]
    hits = np.array(found).reshape(-1, 7)
    shift = np.column_stack(
        [hits[:, 1] + _peaks(hits[:, 3:5], hits[:, 0]), hits[:, 2] + _peaks(hits[:, 5:], hits[:, 0])]
    )
    good = hits[:, 0] >= GOOD_MATCH
    mm = centers[good]
    moved = at[good] - geometry.project(lay.mm_to_px, mm)
    px = geometry.project(lay.mm_to_px, mm + shift[good] / px_per_mm) + moved
    return Matches(which[good], mm, px, hits[good, 0])


def _smaller(patch: np.ndarray, side: int) -> np.ndarray:
    return patch if len(patch) == side else cv2.resize(patch, (side, side), interpolation=cv2.INTER_AREA)


def _windows(scan: Scan, matrix: Matrix, centers: Points, at: Points, px_per_mm: float) -> tuple[int, np.ndarray]:
    """The pyramid level next finer than asked for, and each window's px, counted from its middle, → px of that level.

    Shape (n, 3, 3). A window is so small that the homography `matrix` is its derivative there.
    """
    w = centers @ matrix[2, :2] + matrix[2, 2]
    flat = geometry.project(matrix, centers)
    slopes = (matrix[:2, :2] - flat[:, :, None] * matrix[2, :2]) / w[:, None, None] / px_per_mm
    level = _level(scan, float(np.sqrt(np.abs(np.linalg.det(slopes)).mean())) if len(slopes) else 1.0)
    maps = np.zeros((len(centers), 3, 3))
    maps[:, :2, :2] = slopes / 2**level
    maps[:, :2, 2] = (at - (2**level - 1) / 2) / 2**level
    maps[:, 2, 2] = 1
    return level, maps


def _one(image: Grey, to_image: Matrix, patch: np.ndarray, reach: int) -> tuple[float, ...]:
    """Best correlation of one patch, shift across and down in whole px, and what lies left, right, above and below."""
    size = len(patch) + 2 * reach
    window = geometry.warp(image, to_image, (size, size)).astype(np.float32)
    response = cv2.matchTemplate(window, patch, cv2.TM_CCOEFF_NORMED)
    _, best, _, (x, y) = cv2.minMaxLoc(response)
    if not np.isfinite(best) or min(x, y) == 0 or max(x, y) == 2 * reach:
        return NOTHING  # the true peak may lie outside the window
    beside = response[y, x - 1], response[y, x + 1], response[y - 1, x], response[y + 1, x]
    return best, x - reach, y - reach, *beside


def sample(scan: Scan, to_full: Matrix, size: tuple[int, int], shrink: float) -> Grey:
    """A window of the page, from the pyramid level that is next finer than asked for (`shrink`: page px per window px)."""
    level = _level(scan, shrink)
    offset = (2**level - 1) / 2
    down = np.array([[1, 0, -offset], [0, 1, -offset], [0, 0, 2**level]]) / 2**level
    return geometry.warp(scan.levels[level], down @ to_full, size)


def _level(scan: Scan, shrink: float) -> int:
    return int(np.clip(np.floor(np.log2(max(shrink, 1e-3)) + 0.25), 0, len(scan.levels) - 1))


def _peaks(beside: np.ndarray, best: np.ndarray) -> np.ndarray:
    """Sub-pixel offsets of peaks (n,) by a parabola through three values, given the neighbours (n, 2)."""
    bend = beside.sum(axis=1) - 2 * best
    offset = (beside[:, 0] - beside[:, 1]) / (2 * np.minimum(bend, -1e-9))
    return np.asarray(np.where(bend >= -1e-9, 0.0, np.clip(offset, -0.5, 0.5)), dtype=np.float64)


def _robust(matches: Matches, tolerance_mm: float) -> Matrix:
    """Homography by MAGSAC++ (Barath et al. 2020), then reweighted least squares (Cauchy)."""
    scale = _scale(matches)
    cv2.setRNGSeed(1)
    rough, _ = cv2.findHomography(matches.mm, matches.px, cv2.USAC_MAGSAC, tolerance_mm * scale, maxIters=2000)
    matrix = np.asarray(rough, dtype=np.float64)
    if matrix.shape != (3, 3):  # OpenCV's way to say that there is none
        matrix = geometry.fit_homography(matches.mm, matches.px)
    weight = np.zeros(len(matches.mm))
    for _ in range(5):
        off = np.linalg.norm(geometry.project(matrix, matches.mm) - matches.px, axis=1) / scale
        before, weight = weight, 1 / (1 + (off / tolerance_mm) ** 4)
        if np.abs(weight - before).max() < SETTLED:
            break
        matrix = geometry.fit_homography(matches.mm, matches.px, matches.score * weight)
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
        before, weight = weight, np.maximum(1 / (1 + (off / STRAY_MM) ** 4), 1e-4)
        if np.abs(weight - before).max() < SETTLED:
            break
    anchors = np.column_stack([matches.mm, CURL_MM**2 * alpha * scale])
    return model.Panel(lay.id, lay.mm_to_px, 9.9, {"px_per_mm": scale}, anchors), off


def _fit(lay: model.Panel, matches: Matches, asked: np.ndarray, here: int) -> Fit:
    """The final fit: best single homography, the smooth rest, and an honest residual.

    Of `here` patches on the page those not asked for count as found: all around them were, where they belong.
    """
    _, off = _bent(lay, matches)
    good = off < STRAY_MM
    if good.sum() >= MIN_FOUND:
        matches = matches.only(good)
    flat = model.Panel(lay.id, geometry.fit_homography(matches.mm, matches.px, matches.score), 9.9)
    bent, off = _bent(flat, matches)
    lost = np.setdiff1d(asked, matches.which[off < STRAY_MM])
    matched = 1 - len(lost) / max(here, 1)
    quality = {
        "px_per_mm": bent.quality["px_per_mm"],
        "matched": matched,
        "patches": float(len(asked)),
        "correlation": float(matches.score.mean()),
    }
    residual = float(np.sqrt((off**2).mean()))
    return Fit(model.Panel(lay.id, flat.mm_to_px, residual, quality, bent.anchors), matched, here, lost)
