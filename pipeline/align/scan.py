"""What can be seen on a page before any form is laid on it: a pyramid, key points, codes and fiducials."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from pipeline.geometry import Grey, Points

DETECT_PX = 1100  # long side, at least, of the picture on which fiducials are first looked for
LOOK_PX = 1400  # long side, at most, of the picture whose key points are matched
Levels = tuple[Grey, ...]  # full, half, quarter …


@dataclass(frozen=True, eq=False)
class FoundMarker:
    """A fiducial seen on the page."""

    id: int
    corners: Points  # (4, 2) px: top-left, top-right, bottom-right, bottom-left of the marker as printed


@dataclass(frozen=True, eq=False)
class FoundCode:
    """A QR of ours seen on the page."""

    form: tuple[str, str]  # id, version
    side: str
    serial: str | None
    corners: Points  # (4, 2) px, in the symbol's own order


@dataclass(frozen=True, eq=False)
class Scan:
    """A page's pyramid by exact halvings, and the codes on it."""

    levels: Levels
    codes: tuple[FoundCode, ...]

    @property
    def full(self) -> Grey:
        """The page's picture."""
        return self.levels[0]

    @cached_property
    def features(self) -> tuple[Points, np.ndarray]:
        """Key points (n, 2) in px and their descriptors (n, 128), strongest first, worked out when first asked for."""
        level, small = len(self.levels) - 1, self.levels[-1]
        while max(small.shape) > LOOK_PX:
            level, small = level + 1, halved(small)
        points, descriptors = describe(small)
        return to_full(points, level), descriptors


def pyramid(image: Grey) -> Levels:
    """The picture, its half, and so on down to the size on which fiducials are looked for."""
    levels = [image]
    while max(levels[-1].shape) >= 2 * DETECT_PX or len(levels) < 2:
        levels.append(halved(levels[-1]))
    return tuple(levels)


def halved(image: Grey) -> Grey:
    """Exactly half the size; an odd last row or column is left out. Full px = 2 · half px + 0.5."""
    h, w = image.shape[0] // 2, image.shape[1] // 2
    if h == 0 or w == 0:
        return image
    even = image[: 2 * h, : 2 * w]
    return np.asarray(cv2.resize(even, (w, h), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def to_full(points: Points, level: int) -> Points:
    """Px of a pyramid level → px of the full picture."""
    step = float(2**level)
    return points * step + (step - 1) / 2


@dataclass(frozen=True)
class Part:
    """A part of a pyramid level: left, top, right, bottom in its px."""

    level: int
    span: tuple[int, int, int, int]

    def of(self, levels: Levels) -> Grey:
        """The picture of it."""
        left, top, right, low = self.span
        return levels[self.level][top:low, left:right]

    def to_full(self, points: Points) -> Points:
        """Px of the part → px of the full picture."""
        return to_full(points + np.array(self.span[:2]), self.level)


def part(levels: Levels, level: int, around: Points) -> Part:
    """The part of a level that holds points (n, 2) of the full picture, as far as it lies on the page."""
    h, w = levels[level].shape
    low, high = (around.min(axis=0) / 2**level, around.max(axis=0) / 2**level)
    left, top = (int(np.clip(v, 0, most)) for v, most in zip(low, (w, h), strict=True))
    right, bottom = (int(np.clip(np.ceil(v), 0, most)) for v, most in zip(high, (w, h), strict=True))
    return Part(level, (left, top, right, bottom))


def whole(levels: Levels, level: int) -> Part:
    """All of a level."""
    h, w = levels[level].shape
    return Part(level, (0, 0, w, h))


def describe(image: Grey, most: int = 2500) -> tuple[Points, np.ndarray]:
    """SIFT key points (n, 2) in px, strongest first (Lowe 2004), and root-normalised descriptors (n, 128).

    Root normalisation: Arandjelović & Zisserman 2012.
    """
    found, descriptors = cv2.SIFT.create(nfeatures=most, contrastThreshold=0.03).detectAndCompute(image, None)
    if not found:
        return np.empty((0, 2)), np.empty((0, 128), np.float32)
    order = np.argsort([-point.response for point in found], kind="stable")
    rooted = np.sqrt(descriptors / np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-6)).astype(np.float32)
    return np.array([point.pt for point in found], dtype=np.float64)[order], rooted[order]


def is_blank(scan: Scan) -> bool:
    """Whether the page is an empty back: nothing on it but paper, edges, punch holes and faint show-through.

    On a picture of about 25 px per inch grey is compared with the paper around it; print and writing are dark
    against it in many separate places, a hole or a shadow at the edge in few.
    """
    small = scan.levels[-1]
    while max(small.shape) > 700:
        small = halved(small)
    border = max(3, round(max(small.shape) * 0.03))
    kernel = np.ones((9, 9), np.uint8)
    paper = cv2.medianBlur(cv2.dilate(small, kernel), 9).astype(np.float32)
    dark = (small / np.maximum(paper, 1) < 0.80)[border:-border, border:-border]
    return float(dark.mean()) < 4e-4
