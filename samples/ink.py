"""Ink on paper: strokes and letters drawn finely, then laid over a picture as light they take away."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline import geometry
from samples.levels import Colour, Rng

Picture: TypeAlias = NDArray[np.uint8]  # (h, w) grey, or (h, w, 3) blue, green, red
Curve: TypeAlias = NDArray[np.float64]  # (n, 2) mm
FINE = 4  # strokes are drawn this many times finer than the picture: 1,200 dpi on 300
SHIFT = 4  # bits below the pixel
GRAIN_SIDE = 512


@dataclass(frozen=True)
class Tool:
    """A pen in somebody's hand."""

    name: str
    colour: Colour  # red, green, blue
    width: float  # mm
    density: float  # share of light taken
    grain: float  # how uneven
    pressure: float = 0.2  # how much the width varies along a stroke, as a share


@dataclass(frozen=True, eq=False)
class Canvas:
    """A picture that is being drawn on, and its scale."""

    image: Picture
    px_per_mm: float

    def stroke(self, curve: Curve, tool: Tool, rng: Rng) -> None:
        """Draw one line with the pressure of a hand; `curve` in mm."""
        fine = self.px_per_mm * FINE
        widths = np.maximum(tool.width * fine * _pressure(len(curve), tool.pressure, rng), 1.5)
        x0, y0, w, h = self._frame(curve, tool.width)
        if w <= 0 or h <= 0:
            return
        cover = np.zeros((h * FINE, w * FINE), np.uint8)
        points = curve * fine - np.array([x0, y0]) * FINE - 0.5
        _draw(cover, points, widths)
        self.lay(cover, (x0, y0), tool, rng)

    def lay(self, cover: Picture, at: tuple[int, int], tool: Tool, rng: Rng) -> None:
        """Lay a cover (0 … 255, a whole number of times finer than the picture) with its corner at pixel `at`."""
        box = self._clip(at, cover.shape, FINE)
        if box is None:
            return
        (x, y, w, h), cut = box
        part = cv2.resize(
            cover[cut[1] : cut[1] + h * FINE, cut[0] : cut[0] + w * FINE], (w, h), interpolation=cv2.INTER_AREA
        )
        alpha = part.astype(np.float32) / 255.0
        alpha *= np.clip(tool.density + tool.grain * _grain(rng, (h, w)), 0.0, 1.0)
        self.take(alpha, (x, y), tool.colour)

    def take(self, alpha: NDArray[np.float32], at: tuple[int, int], colour: Colour) -> None:
        """Take away light: `alpha` (h, w), 0 … 1, where ink of `colour` lies, with its corner at pixel `at`."""
        h, w = alpha.shape
        view = self.image[at[1] : at[1] + h, at[0] : at[0] + w]
        tint = 1.0 - np.array(colour[::-1], np.float32) / 255.0
        if self.image.ndim == 2:
            np.rint(view * (1.0 - alpha * (1.0 - grey(colour) / 255.0)), out=view, casting="unsafe")
        else:
            np.rint(view * (1.0 - alpha[..., None] * tint), out=view, casting="unsafe")

    def _frame(self, curve: Curve, width: float) -> tuple[int, int, int, int]:
        low = np.floor((curve.min(axis=0) - width) * self.px_per_mm).astype(int) - 1
        high = np.ceil((curve.max(axis=0) + width) * self.px_per_mm).astype(int) + 1
        low, high = np.maximum(low, 0), np.minimum(high, np.array(self.image.shape[1::-1]))
        return int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1])

    def _clip(
        self, at: tuple[int, int], shape: tuple[int, ...], fine: int
    ) -> tuple[tuple[int, int, int, int], tuple[int, int]] | None:
        x, y = max(at[0], 0), max(at[1], 0)
        w = min(at[0] + shape[1] // fine, self.image.shape[1]) - x
        h = min(at[1] + shape[0] // fine, self.image.shape[0]) - y
        return None if w <= 0 or h <= 0 else ((x, y, w, h), ((x - at[0]) * fine, (y - at[1]) * fine))


def grey(colour: Colour) -> float:
    """How bright a colour is to a grey scanner, 0 … 255."""
    return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]


def canvas_of(blank: geometry.Grey, px_per_mm: float, coloured: bool) -> Canvas:
    """A fresh copy of a blank (300 dpi) to draw on, at `px_per_mm`."""
    size = tuple(round(n * px_per_mm / geometry.BLANK_PX_PER_MM) for n in blank.shape[::-1])
    image = blank.copy() if size == blank.shape[::-1] else cv2.resize(blank, size, interpolation=cv2.INTER_CUBIC)
    return Canvas(np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR) if coloured else image, dtype=np.uint8), px_per_mm)


def _draw(cover: Picture, points: Curve, widths: NDArray[np.float64]) -> None:
    whole = np.rint(points * (1 << SHIFT)).astype(int).tolist()
    thick = np.rint(widths).astype(int).tolist()
    for a, b, width in zip(whole, whole[1:], thick, strict=False):
        cv2.line(cover, a, b, 255, max(width, 1), cv2.LINE_AA, SHIFT)


def _pressure(count: int, strength: float, rng: Rng) -> NDArray[np.float64]:
    """Width along a stroke as a share: a slow wave, and lighter where the pen leaves the paper."""
    along = np.linspace(0.0, 1.0, count)
    wave = np.sin(2 * np.pi * (along * rng.uniform(0.5, 2.0) + rng.uniform()))
    lift = 0.7 + 0.3 * np.clip((1.0 - along) / 0.1, 0.0, 1.0)
    return np.asarray((1.0 + strength * wave) * lift)


@cache
def _grain_tile() -> NDArray[np.float32]:
    raw = np.random.default_rng(7).normal(size=(GRAIN_SIDE, GRAIN_SIDE)).astype(np.float32)
    fine, coarse = cv2.GaussianBlur(raw, (0, 0), 0.7), cv2.GaussianBlur(raw, (0, 0), 2.2)
    tile = fine / fine.std() + 0.7 * coarse / coarse.std()
    return np.asarray(tile / tile.std(), dtype=np.float32)


def _grain(rng: Rng, shape: tuple[int, int]) -> NDArray[np.float32]:
    tile = _grain_tile()
    rows = (np.arange(shape[0]) + int(rng.integers(GRAIN_SIDE))) % GRAIN_SIDE
    columns = (np.arange(shape[1]) + int(rng.integers(GRAIN_SIDE))) % GRAIN_SIDE
    return np.asarray(tile[rows[:, None], columns[None, :]])
