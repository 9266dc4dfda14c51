"""From strokes, scanned digits and letters to ink with a pen's width and an unsteady hand."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.sources import Alpha
from training.strokes import Rng, Strokes

SHIFT_BITS = 3  # cv2.line takes coordinates in eighths of a pixel


@dataclass(frozen=True)
class Pen:
    """What somebody writes with."""

    width: float  # mm
    dark: float  # grey levels below the paper, 0 … 255
    grain: float  # 0 even ink … 1 pencil on rough paper


def pen(rng: Rng) -> Pen:
    """A ballpoint, a pencil, a gel pen or a felt pen."""
    kind = rng.random()
    if kind < 0.4:
        return Pen(rng.uniform(0.22, 0.55), rng.uniform(120, 235), rng.uniform(0, 0.2))
    if kind < 0.7:
        return Pen(rng.uniform(0.28, 0.7), rng.uniform(60, 160), rng.uniform(0.3, 0.9))
    if kind < 0.85:
        return Pen(rng.uniform(0.35, 0.75), rng.uniform(180, 245), 0.05)
    return Pen(rng.uniform(0.7, 1.5), rng.uniform(170, 250), rng.uniform(0, 0.15))


def draw(strokes: Strokes, height: float, width: float, rng: Rng) -> Alpha:
    """Strokes drawn `height` px high with a line of `width` px, cut to the ink; hand and pressure vary."""
    bent = _by_hand(strokes, height, rng)
    least = np.min([s.min(axis=0) for s in bent], axis=0)
    most = np.max([s.max(axis=0) for s in bent], axis=0)
    pad = width / 2 + 2
    columns, rows = (int(n) for n in np.ceil(most - least + 2 * pad))
    ink = np.zeros((max(rows, 3), max(columns, 3)), dtype=np.uint8)
    for stroke in bent:
        _line(ink, stroke - least + pad, width, rng)
    return np.asarray(ink / 255, dtype=np.float32)


def trace(ink: Alpha, points: NDArray[np.float64], width: float, rng: Rng) -> None:
    """Draw one line through `points` (px) on `ink`, whose values count from 0 to 255."""
    drawn = np.zeros(ink.shape, dtype=np.uint8)
    _line(drawn, points, width, rng)
    np.maximum(ink, drawn, out=ink)


def _line(ink: NDArray[np.uint8], points: NDArray[np.float64], width: float, rng: Rng) -> None:
    at = np.round(points * 2**SHIFT_BITS).astype(np.int32)
    swell = width * (1 + 0.25 * rng.random() * np.sin(np.linspace(0, rng.uniform(2, 7), len(at)) + rng.uniform(0, 6)))
    # The whole part of the width by chance, so that 2.4 px is drawn as 2 or 3 and right on average.
    thick = np.maximum(np.floor(swell + rng.random()), 1).astype(int)
    for a, b, w in zip(at[:-1].tolist(), at[1:].tolist(), thick.tolist(), strict=False):
        cv2.line(ink, a, b, 255, w, cv2.LINE_AA, SHIFT_BITS)


def _by_hand(strokes: Strokes, height: float, rng: Rng) -> Strokes:
    """Lean, turn, stretch and wobble; the wobble is the same field for all strokes, so that they stay joined."""
    matrix = height * _affine(rng)
    phase, wave = rng.uniform(0, 6.3, (2, 2)), rng.uniform(2, 6, (2, 2))
    swing = height * rng.uniform(0, 0.035)
    bent = []
    for stroke in strokes:
        x, y = stroke[:, 0], stroke[:, 1]
        wobble = np.column_stack([np.sin(wave[0, 0] * y + phase[0, 0]), np.sin(wave[0, 1] * x + phase[0, 1])])
        wobble += 0.5 * np.column_stack(
            [np.sin(wave[1, 0] * 2 * y + phase[1, 0]), np.sin(wave[1, 1] * 2 * x + phase[1, 1])]
        )
        bent.append(stroke @ matrix.T + swing * wobble)
    return bent


def _affine(rng: Rng, lean: float = 0.14) -> NDArray[np.float64]:
    turn = np.radians(float(np.clip(rng.normal(0, 4), -12, 12)))
    leaning = float(np.clip(rng.normal(0.4 * lean, lean), -0.3, 0.45))
    rotate = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return np.asarray(rotate @ np.array([[rng.uniform(0.75, 1.3), -leaning], [0, 1.0]]))


def skeleton(digit: NDArray[np.uint8]) -> Strokes:
    """The middle line of a scanned digit (28 by 28, ink bright), height 1, as strokes."""
    large = cv2.resize(digit, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    thin = _thinned((large > 100).astype(np.uint8))
    points = np.argwhere(thin)[:, ::-1].astype(np.float64)
    if len(points) < 4:
        return []
    near = (np.abs(points[:, None] - points[None]).max(axis=2) == 1).astype(np.float64)
    degree = near.sum(axis=1, keepdims=True)
    for _ in range(2):  # takes the stairs out; ends stay where they are
        points = np.where(degree > 1, 0.5 * points + 0.5 * near @ points / np.maximum(degree, 1), points)
    points = (points - points.min(axis=0)) / max(float(np.ptp(points[:, 1])), 6.0)
    return [points[walk] for walk in _walks(near > 0)]


def _walks(near: NDArray[np.bool_]) -> list[list[int]]:
    """Every edge of a graph once, in walks that start at ends and forks where there are any."""
    left = {n: set(np.flatnonzero(row).tolist()) for n, row in enumerate(near)}
    walks = []
    for start in sorted(left, key=lambda n: len(left[n]) == 2):
        while left[start]:
            walk = [start]
            while left[walk[-1]]:
                here = walk[-1]
                walk.append(left[here].pop())
                left[walk[-1]].discard(here)
            walks.append(walk)
    return walks


def _tables() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """For each of 256 neighbourhoods whether Zhang and Suen's two half steps take the middle pixel away."""
    tables = np.zeros((2, 256), dtype=np.uint8)
    for code in range(256):
        p = [(code >> bit) & 1 for bit in range(8)]  # clockwise from north
        turns = sum(p[n] == 0 and p[(n + 1) % 8] == 1 for n in range(8))
        if 2 <= sum(p) <= 6 and turns == 1:
            n, e, s, w = p[0], p[2], p[4], p[6]
            tables[0, code] = n * e * s == 0 and e * s * w == 0
            tables[1, code] = n * e * w == 0 and n * s * w == 0
    return tables[0], tables[1]


_TABLES = _tables()
_CODES = np.array([[128, 1, 2], [64, 0, 4], [32, 16, 8]], dtype=np.float32)


def _thinned(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Zhang and Suen's thinning, Communications of the ACM 27 (1984)."""
    while True:
        before = int(ink.sum())
        for table in _TABLES:
            codes = cv2.filter2D(ink, cv2.CV_32F, _CODES, borderType=cv2.BORDER_CONSTANT).astype(np.uint8)
            ink = ink * (1 - table[codes])
        if int(ink.sum()) == before:
            return ink


def scanned(picture: Alpha, height: float, rng: Rng) -> Alpha:
    """A picture of ink enlarged to about `height` px, leaned and turned, with its own line width; cut to the ink."""
    rows, columns = np.flatnonzero((picture > 0.3).any(axis=1)), np.flatnonzero((picture > 0.3).any(axis=0))
    cut = picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    matrix = _affine(rng, lean=0.05) * height / cut.shape[0]  # real digits and fonts lean by themselves
    corners = np.array([[0, 0], [cut.shape[1], 0], [0, cut.shape[0]], cut.shape[::-1]], dtype=np.float64) @ matrix.T
    least, pad = corners.min(axis=0), 4
    size = tuple(int(n) for n in np.ceil(corners.max(axis=0) - least + 2 * pad))
    place = np.column_stack([matrix, pad - least])
    large = cv2.warpAffine(np.ascontiguousarray(cut), place, size, flags=cv2.INTER_CUBIC)
    edge = rng.uniform(0.35, 0.6)
    return np.asarray(np.clip((large - edge) * rng.uniform(3, 6) + 0.5, 0, 1), dtype=np.float32)


def smaller(ink: Alpha, scale: float) -> Alpha:
    """The same ink, `scale` (below 1) times as large."""
    return np.asarray(cv2.resize(ink, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.float32)
