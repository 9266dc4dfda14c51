"""What of a blank can be found again on a scan: small patches with structure in both directions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import cv2
import numpy as np

from pipeline import geometry
from pipeline.align.scan import describe, halved
from pipeline.forms import schema
from pipeline.geometry import BLANK_PX_PER_MM, Box, Grey, Points

PX_PER_MM = BLANK_PX_PER_MM / 2  # patches are kept at 150 dpi
PATCH_PX = 36  # about 6 mm
CELL_MM = 17.0  # at most one patch in a cell of this size
MOST = 72  # patches of one panel
MIN_STRUCTURE = 2e-4  # least smaller eigenvalue of the gradient tensor of a useful patch (grey as 0 … 1)


@dataclass(frozen=True, eq=False)
class Patches:
    """The patches of one panel."""

    centers: Points  # (n, 2) mm
    images: tuple[np.ndarray, ...]  # each PATCH_PX square, at PX_PER_MM; float32, which is correlated fastest


@dataclass(frozen=True, eq=False)
class Features:
    """Key points of a whole blank, for finding a form by its looks."""

    points: Points  # (n, 2) mm
    descriptors: np.ndarray  # (n, 128) float32


@dataclass(frozen=True)
class SideKey:
    """A side as a key of the caches: by identity, since one is loaded once."""

    side: schema.Side

    def __hash__(self) -> int:
        """Of the very object."""
        return id(self.side)

    def __eq__(self, other: object) -> bool:
        """The very same object."""
        return isinstance(other, SideKey) and other.side is self.side


@lru_cache(maxsize=256)
def patches(key: SideKey, panel_id: str) -> Patches:
    """Patches of one panel of a side, spread evenly over all of its print, best structure first within its cell."""
    picture = halved(key.side.blank)
    panel = next(panel for panel in key.side.panels if panel.id == panel_id)
    strength = cv2.cornerMinEigenVal(picture.astype(np.float32) / 255, blockSize=PATCH_PX // 2, ksize=3)
    _mute(strength, key.side)
    picked = _spread(sorted(_best_of_cells(strength, panel.box), reverse=True))
    centers = np.array([[x, y] for _, x, y in picked], dtype=np.float64).reshape(-1, 2) / PX_PER_MM
    return Patches(centers, tuple(_cut(picture, x, y) for _, x, y in picked))


def at(key: SideKey, centers: Points) -> Patches:
    """Patches around given places (n, 2) in mm, moved inside the paper."""
    picture, half = halved(key.side.blank), PATCH_PX // 2
    h, w = picture.shape
    px = np.clip(np.rint(centers * PX_PER_MM).astype(int), half, (w - half, h - half))
    return Patches(px / PX_PER_MM, tuple(_cut(picture, x, y) for x, y in px))


def _cut(picture: Grey, x: int, y: int) -> np.ndarray:
    half = PATCH_PX // 2
    return picture[y - half : y + half, x - half : x + half].astype(np.float32)


def _spread(found: list[tuple[float, int, int]]) -> list[tuple[float, int, int]]:
    """At most `MOST`, each as far as can be from those before it (Gonzalez 1985): no corner is left to guessing."""
    if len(found) <= MOST:
        return found
    at = np.array([[x, y] for _, x, y in found], dtype=np.float64)
    picked, gap = [0], np.linalg.norm(at - at[0], axis=1)
    while len(picked) < MOST:
        picked.append(int(gap.argmax()))
        gap = np.minimum(gap, np.linalg.norm(at - at[picked[-1]], axis=1))
    return [found[n] for n in picked]


def _mute(strength: np.ndarray, side: schema.Side) -> None:
    """Leave out what differs between blank and issued sheet: the codes."""
    for code in side.code:
        x, y, w, h = (round(v * PX_PER_MM) for v in code.box.grown(4))
        strength[max(y, 0) : y + h, max(x, 0) : x + w] = 0


def _best_of_cells(strength: np.ndarray, box: Box) -> list[tuple[float, int, int]]:
    half = PATCH_PX // 2 + 1
    inner = Box(*(v * PX_PER_MM for v in box)).grown(-half)
    columns, rows = (max(1, round(size / CELL_MM)) for size in (box.w, box.h))
    xs = np.linspace(inner.x, inner.x + inner.w, columns + 1).astype(int)
    ys = np.linspace(inner.y, inner.y + inner.h, rows + 1).astype(int)
    best = []
    for top, low in pairwise(ys):
        for left, right in pairwise(xs):
            best += _best_of(strength, (left, top, right, low), half)
    return best


def _best_of(strength: np.ndarray, cell: tuple[int, int, int, int], half: int) -> list[tuple[float, int, int]]:
    left, top, right, low = cell
    left, top = max(left, half), max(top, half)
    right, low = min(right, strength.shape[1] - half), min(low, strength.shape[0] - half)
    part = strength[top:low, left:right]
    if part.size == 0:
        return []
    y, x = np.unravel_index(int(part.argmax()), part.shape)
    value = float(part[y, x])
    return [(value, int(x) + left, int(y) + top)] if value > MIN_STRUCTURE else []


@lru_cache(maxsize=256)
def features(key: SideKey) -> Features:
    """Key points (SIFT, Lowe 2004) of a blank at about 75 dpi, in mm."""
    small = halved(halved(key.side.blank))
    points, descriptors = describe(small)
    return Features((points + 0.5) * 4 / BLANK_PX_PER_MM, descriptors)


def on_paper(box: Box, image: Grey, panel_to_px: geometry.Matrix) -> float:
    """Share of `box` (mm) that lies on the picture, 0 … 1."""
    steps = (np.arange(12) + 0.5) / 12
    grid = np.array([[box.x + u * box.w, box.y + v * box.h] for v in steps for u in steps])
    px = geometry.project(panel_to_px, grid)
    h, w = image.shape
    inside = (px[:, 0] >= 0) & (px[:, 0] < w) & (px[:, 1] >= 0) & (px[:, 1] < h)
    return float(inside.mean())
