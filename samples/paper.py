"""How a sheet lies under the scanner: folded, curled, askew; one map, from which the exact truth comes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline import geometry
from pipeline.forms import schema
from samples.ink import Canvas, Picture
from samples.levels import Level, Rng, around_zero

GRID = 8  # px between the points where the map is worked out; between them it is interpolated
STRIPE = 512  # rows carried at a time, so that memory stays small
ONE_RIGHT, ONE_DOWN = np.array([1.0, 0.0]), np.array([0.0, 1.0])
SAMPLES = 9  # points along each edge of a panel for its best homography


@dataclass(frozen=True, eq=False)
class Pose:
    """A panel's own small motion, about the middle of its panel's fold edge."""

    id: str
    box: geometry.Box  # mm
    matrix: geometry.Matrix  # (3, 3): flat paper mm → mm as printed


@dataclass(frozen=True, eq=False)
class Lay:
    """Where every point of a page comes from; `to_mm` is the truth, everything else follows from it."""

    poses: tuple[Pose, ...]  # in order along the axis
    axis: int  # 0: panels side by side, 1: one below the other
    soft: tuple[float, ...]  # width of each fold's bend in mm
    glass: geometry.Matrix  # (3, 3): px of the page → flat paper mm
    waves: NDArray[np.float64]  # (n, 5) of the curl: wave vector x, y, phase, amplitude x, y (mm)

    def to_mm(self, px: geometry.Points) -> geometry.Points:
        """Where on the printed side (mm) the pixels (n, 2) come from."""
        flat = geometry.project(self.glass, px)
        flat = np.asarray(flat + self._curl(flat), dtype=np.float64)
        mm = geometry.project(self.poses[0].matrix, flat)
        for (before, after), soft in zip(pairwise(self.poses), self.soft, strict=True):
            at = after.box[self.axis]
            t = np.clip((flat[:, self.axis] - at) / soft + 0.5, 0.0, 1.0)[:, None]
            bend = t * t * (3 - 2 * t)
            mm = mm + bend * (geometry.project(after.matrix, flat) - geometry.project(before.matrix, flat))
        return mm

    def _curl(self, flat: geometry.Points) -> geometry.Points:
        shift = np.zeros_like(flat)
        for kx, ky, phase, ax, ay in self.waves:
            wave = np.sin(kx * flat[:, 0] + ky * flat[:, 1] + phase)
            shift += wave[:, None] * [ax, ay]
        return shift

    def to_px(self, mm: geometry.Points) -> geometry.Points:
        """Where points of the side (mm) lie on the page, by Newton's method on `to_mm`."""
        mm = np.asarray(mm, dtype=np.float64).reshape(-1, 2)
        px = geometry.project(np.asarray(np.linalg.inv(self.glass), dtype=np.float64), mm)
        for _ in range(8):
            here = self.to_mm(px)
            right, down = self.to_mm(px + ONE_RIGHT) - here, self.to_mm(px + ONE_DOWN) - here
            slope = np.stack([right, down], axis=2)
            px = px + np.linalg.solve(slope, (mm - here)[..., None])[..., 0]
        return px

    def homography(self, box: geometry.Box) -> tuple[geometry.Matrix, float]:
        """The best single homography mm → px of a panel, and the root mean square it leaves, in mm."""
        x, y = np.meshgrid(np.linspace(box.x, box.x + box.w, SAMPLES), np.linspace(box.y, box.y + box.h, SAMPLES))
        mm = np.stack([x.ravel(), y.ravel()], axis=1)
        px = self.to_px(mm)
        matrix = geometry.fit_homography(mm, px)
        gap = np.hypot(*(geometry.project(matrix, mm) - px).T)
        return matrix, float(np.sqrt((gap**2).mean())) / geometry.px_per_mm(matrix, box.center())


def lay(panels: list[schema.Panel], level: Level, rng: Rng, glass: geometry.Matrix) -> tuple[Lay, dict[str, float]]:
    """A sheet of `panels` laid down within a level's bounds, and the figures drawn."""
    axis = 0 if len({panel.box.x for panel in panels}) > 1 else 1
    ordered = sorted(panels, key=lambda panel: panel.box[axis])
    angle = around_zero(rng, level.halves_deg) if len(ordered) > 1 else 0.0
    poses = tuple(_pose(panel, n, angle, level, (axis, rng)) for n, panel in enumerate(ordered))
    across = max(panel.box[3 - axis] for panel in ordered)
    # Wide enough that paper is neither torn nor folded over itself by the angle between the panels.
    least = 4.0 * (abs(np.radians(angle)) * across / 2 + 2 * level.panel_shift_mm)
    soft = tuple(float(least + rng.uniform(2.0, 8.0)) for _ in ordered[1:])
    curl = float(rng.uniform(0.0, level.curl_mm) * rng.uniform(0.3, 1.0))
    return Lay(poses, axis, soft, glass, _waves(curl, rng)), {"halves_deg": abs(angle), "curl_mm": curl}


def _pose(panel: schema.Panel, n: int, angle: float, level: Level, how: tuple[int, Rng]) -> Pose:
    axis, rng = how
    middle = panel.box.center()
    middle[axis] = panel.box[axis] if n else panel.box[axis] + panel.box[axis + 2]
    turn = np.radians(angle / 2 if n % 2 else -angle / 2)
    shift = rng.uniform(-0.5, 0.5, 2) * level.panel_shift_mm if n else np.zeros(2)
    move = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    matrix = np.eye(3)
    matrix[:2, :2] = move
    matrix[:2, 2] = middle - move @ middle + shift
    return Pose(panel.id, panel.box, matrix)


def _waves(curl: float, rng: Rng) -> NDArray[np.float64]:
    shares = rng.dirichlet([1.0, 1.0, 1.0]) * curl
    rows = []
    for share in shares:
        length, way = rng.uniform(160, 420), rng.uniform(0, np.pi)
        aim = rng.uniform(0, 2 * np.pi)
        k = 2 * np.pi / length
        rows.append([k * np.cos(way), k * np.sin(way), rng.uniform(0, 6.3), share * np.cos(aim), share * np.sin(aim)])
    return np.array(rows)


def glass(
    px_per_mm: tuple[float, float], middle_px: tuple[float, float], middle_mm: geometry.Points, skew: float
) -> geometry.Matrix:
    """Px of a page → flat paper mm: a sheet whose `middle_mm` lies at `middle_px`, turned clockwise by `skew` degrees."""
    turn = np.radians(skew)
    spin = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    onto = np.array([[px_per_mm[0], 0, middle_px[0]], [0, px_per_mm[1], middle_px[1]], [0, 0, 1]])
    home = np.array([[1, 0, -middle_mm[0]], [0, 1, -middle_mm[1]], [0, 0, 1]])
    return np.asarray(np.linalg.inv(onto @ spin @ home), dtype=np.float64)


def stripes(sheet: Lay, canvas: Canvas, window: tuple[int, int, int, int], rim: int) -> Iterator[tuple[int, Picture]]:
    """The page's window (x, y, w, h px) as the scanner sees the sheet, a stripe of rows at a time: (row, pixels)."""
    x0, y0, w, h = window
    fill = (float(rim),) * 3
    for top in range(y0, y0 + h, STRIPE):
        x, y = _dense_map(sheet, canvas.px_per_mm, (x0, top, w, min(STRIPE, y0 + h - top)))
        seen = cv2.remap(canvas.image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=fill)
        yield top, np.asarray(seen, dtype=np.uint8)


def _dense_map(
    sheet: Lay, px_per_mm: float, window: tuple[int, int, int, int]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where every pixel of a window comes from, in px of the sheet's picture: x and y, each (h, w)."""
    x0, y0, w, h = window
    nx, ny = -(-w // GRID) + 4, -(-h // GRID) + 4
    # Where cv2.resize puts coarse samples: in the middle of GRID fine pixels; two more on every side for the cubic.
    xs = x0 + (np.arange(nx) - 2 + 0.5) * GRID - 0.5
    ys = y0 + (np.arange(ny) - 2 + 0.5) * GRID - 0.5
    grid = np.stack(np.meshgrid(xs, ys), axis=2).reshape(-1, 2)
    coarse = (sheet.to_mm(grid) * px_per_mm - 0.5).reshape(ny, nx, 2).astype(np.float32)
    return _fine(coarse[..., 0], w, h), _fine(coarse[..., 1], w, h)


def _fine(coarse: NDArray[np.float32], w: int, h: int) -> NDArray[np.float32]:
    ny, nx = coarse.shape
    fine = cv2.resize(coarse, (nx * GRID, ny * GRID), interpolation=cv2.INTER_CUBIC)
    return np.asarray(fine[2 * GRID : 2 * GRID + h, 2 * GRID : 2 * GRID + w], dtype=np.float32)
