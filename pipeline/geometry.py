"""Boxes, millimetres and pixels.

Millimetres count from the top-left corner of a side as printed, x to the right and y down. Pixel centres
are whole numbers, so the left edge of a picture lies at -0.5 px.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

MM_PER_INCH = 25.4
BLANK_DPI = 300
BLANK_PX_PER_MM = BLANK_DPI / MM_PER_INCH

Grey = NDArray[np.uint8]
Points = NDArray[np.float64]
Matrix = NDArray[np.float64]


class Box(NamedTuple):
    """An upright rectangle in mm: left, top, width, height."""

    x: float
    y: float
    w: float
    h: float

    def corners(self) -> Points:
        """Corners in mm, shape (4, 2): top-left, top-right, bottom-right, bottom-left."""
        x, y, w, h = self
        return np.array([[x, y], [x + w, y], [x + w, y + h], [x, y + h]], dtype=np.float64)

    def center(self) -> Points:
        """Middle in mm, shape (2,)."""
        return np.array([self.x + self.w / 2, self.y + self.h / 2], dtype=np.float64)

    def grown(self, margin: float) -> Box:
        """The box with `margin` mm more on every side."""
        return Box(self.x - margin, self.y - margin, self.w + 2 * margin, self.h + 2 * margin)

    def contains(self, other: Box, slack: float = 0.0) -> bool:
        """Whether `other` lies inside, up to `slack` mm."""
        return (
            other.x >= self.x - slack
            and other.y >= self.y - slack
            and other.x + other.w <= self.x + self.w + slack
            and other.y + other.h <= self.y + self.h + slack
        )

    def overlap(self, other: Box) -> float:
        """Shared area in square mm."""
        w = min(self.x + self.w, other.x + other.w) - max(self.x, other.x)
        h = min(self.y + self.h, other.y + other.h) - max(self.y, other.y)
        return max(w, 0.0) * max(h, 0.0)


def union(boxes: Sequence[Box]) -> Box:
    """The smallest box around all of `boxes` (mm); raises ValueError when there are none."""
    x, y = min(b.x for b in boxes), min(b.y for b in boxes)
    return Box(x, y, max(b.x + b.w for b in boxes) - x, max(b.y + b.h for b in boxes) - y)


def project(matrix: Matrix, points: Points) -> Points:
    """Carry points of shape (n, 2) through a 3 by 3 homography."""
    flat = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    carried = flat @ matrix[:, :2].T + matrix[:, 2]
    return np.asarray(carried[:, :2] / carried[:, 2:], dtype=np.float64)


def mm_to_blank_px(px_per_mm: float = BLANK_PX_PER_MM) -> Matrix:
    """The homography from mm to the pixels of a picture that shows exactly the whole side."""
    return np.array([[px_per_mm, 0, -0.5], [0, px_per_mm, -0.5], [0, 0, 1]], dtype=np.float64)


def fit_homography(mm: Points, px: Points, weights: Points | None = None) -> Matrix:
    """Least-squares homography mm → px, shape (3, 3), normalised to 1 in the last cell.

    Method: normalised direct linear transform (Hartley & Zisserman, Multiple View Geometry, 4.4), points
    weighted by `weights` of shape (n,). Raises ValueError for fewer than four points.
    """
    if len(mm) < 4:
        raise ValueError("a homography needs four points")
    from_mm, from_px = _normaliser(mm), _normaliser(px)
    flat, seen = _carried(from_mm, mm), _carried(from_px, px)
    x, y = seen[:, :1], seen[:, 1:2]
    weighted = (flat if weights is None else flat * weights[:, None]).T
    normal = np.zeros((9, 9))
    normal[:3, :3] = normal[3:6, 3:6] = weighted @ flat
    normal[6:, :3] = -(weighted @ (x * flat))
    normal[6:, 3:6] = -(weighted @ (y * flat))
    normal[6:, 6:] = weighted @ ((x * x + y * y) * flat)
    core = np.linalg.eigh(normal)[1][:, 0].reshape(3, 3)  # of the lower triangle
    matrix = np.linalg.inv(from_px) @ core @ from_mm
    return np.asarray(matrix / matrix[2, 2], dtype=np.float64)


def _normaliser(points: Points) -> Matrix:
    x, y = points.sum(axis=0) / len(points)
    spread = float(np.sqrt((points[:, 0] - x) ** 2 + (points[:, 1] - y) ** 2).sum()) / len(points) or 1.0
    scale = 2**0.5 / spread
    return np.array([[scale, 0, -scale * x], [0, scale, -scale * y], [0, 0, 1]])


def _carried(similarity: Matrix, points: Points) -> Points:
    """Homogeneous points (n, 3), moved by a similarity without turn."""
    out = np.ones((len(points), 3))
    out[:, :2] = points * similarity[0, 0] + similarity[:2, 2]
    return out


def quarter_turn(width: int, height: int, degrees: int) -> Matrix:
    """Pixels of a picture of `width` by `height` → pixels of the same picture turned clockwise by 0, 90, 180 or 270."""
    w, h = width - 1.0, height - 1.0
    turns = {
        0: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        90: [[0, -1, h], [1, 0, 0], [0, 0, 1]],
        180: [[-1, 0, w], [0, -1, h], [0, 0, 1]],
        270: [[0, 1, 0], [-1, 0, w], [0, 0, 1]],
    }
    return np.array(turns[degrees % 360], dtype=np.float64)


def turned(image: Grey, degrees: int) -> Grey:
    """The picture turned clockwise by a multiple of 90 degrees."""
    return np.ascontiguousarray(np.rot90(image, k=-(degrees // 90) % 4))


def upright_turn(matrix: Matrix, at: Points) -> int:
    """The clockwise turn (0, 90, 180, 270) that brings a picture placed by `matrix` (mm → px) upright, seen at mm `at`."""
    start, end = project(matrix, np.array([at, at + np.array([1.0, 0.0])]))
    angle = np.degrees(np.arctan2(end[1] - start[1], end[0] - start[0]))
    return int(-np.rint(angle / 90)) * 90 % 360


def px_per_mm(matrix: Matrix, at: Points) -> float:
    """Mean scale of a homography at the mm point `at`, shape (2,), in px per mm."""
    x, y = float(at[0]), float(at[1])
    p = project(matrix, np.array([[x, y], [x + 1, y], [x, y + 1]]))
    u, v = p[1] - p[0], p[2] - p[0]
    return float(np.sqrt(abs(u[0] * v[1] - u[1] * v[0])))


def warp(image: Grey, target_to_source: Matrix, size: tuple[int, int], fill: int = 255) -> Grey:
    """A picture of `size` (width, height) px whose pixel p shows `image` at `target_to_source` · p."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    flat = not target_to_source[2, :2].any()  # without perspective it is a quarter faster
    turn, matrix = (cv2.warpAffine, target_to_source[:2]) if flat else (cv2.warpPerspective, target_to_source)
    out = turn(image, matrix, size, flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=(fill,))
    return np.asarray(out, dtype=np.uint8)


SMOOTH_MM = 40.0  # how far paper that curls moves together


def kernel(a: Points, b: Points) -> Matrix:
    """How alike paper at mm points `a` (n, 2) and `b` (m, 2) moves: squared exponential, shape (n, m)."""
    gap = ((a[:, None, :] - b[None, :, :2]) ** 2).sum(axis=2)
    return np.asarray(np.exp(-gap / (2 * SMOOTH_MM**2)), dtype=np.float64)


def smooth_shift(anchors: Points, mm: Points) -> Points:
    """Smooth local correction in px at `mm`, shape (n, 2), from anchors (m, 4): mm x, y and their weights in px.

    Mean of a Gaussian process (Rasmussen & Williams 2006, eq. 2.27): it fades to none far from every anchor.
    """
    return np.asarray(kernel(mm, anchors[:, :2]) @ anchors[:, 2:], dtype=np.float64)
