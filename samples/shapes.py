"""The lines people draw as marks: pure geometry in mm, one curve per stroke."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np

from pipeline import geometry
from samples.ink import Curve
from samples.levels import Rng, Style, around_zero, between

STEP = 0.12  # mm between the points of a curve


def mark(box: geometry.Box, style: Style, rng: Rng) -> list[Curve]:
    """The strokes of one mark at `box` (mm), in the writer's style."""
    center = box.center() + np.array([around_zero(rng, style.stray) * box.w, around_zero(rng, style.stray) * box.h])
    return FAMILIES[style.family](box, center, style, rng)


def spline(points: Curve) -> Curve:
    """A smooth curve through points (n, 2), n ≥ 2 (Catmull-Rom), a point every 0.12 mm."""
    if len(points) < 3:
        return _dense(points)
    padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    t = np.linspace(0.0, 1.0, 9)[:-1, None]
    pieces = [_segment(padded[i : i + 4], t) for i in range(len(points) - 1)]
    return _dense(np.vstack([*pieces, points[-1:]]))


def _segment(p: Curve, t: Curve) -> Curve:
    a, b = 2 * p[1], p[2] - p[0]
    c, d = 2 * p[0] - 5 * p[1] + 4 * p[2] - p[3], -p[0] + 3 * p[1] - 3 * p[2] + p[3]
    return np.asarray(0.5 * (a + b * t + c * t**2 + d * t**3))


def _dense(points: Curve) -> Curve:
    gaps = np.hypot(*np.diff(points, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(gaps)])
    at = np.linspace(0.0, along[-1], max(int(along[-1] / STEP), 2) + 1)
    return np.stack([np.interp(at, along, points[:, 0]), np.interp(at, along, points[:, 1])], axis=1)


def shaken(curve: Curve, amount: float, rng: Rng) -> Curve:
    """The curve with a slow tremble of about `amount` mm."""
    along = np.linspace(0.0, 1.0, len(curve))[:, None]
    waves = [(rng.uniform(0.4, 1.0), n + rng.uniform(), rng.uniform(size=2)) for n in (1, 2, 4)]
    shift = sum(a / n * np.sin(2 * np.pi * (n * along + phase)) for a, n, phase in waves)
    return np.asarray(curve + amount * shift)


def _circle(box: geometry.Box, center: Curve, style: Style, rng: Rng) -> list[Curve]:
    across = between(rng, style.size) * (box.w + box.h) / 2
    # A word gets an ellipse as long as the word; a figure gets a round one.
    stretch = min(max(box.w / box.h, 0.5), 4.0) ** 0.85
    aspect = between(rng, style.aspect) * stretch
    radii = np.array([across * aspect**0.5, across / aspect**0.5]) / 2
    turn = 2 * np.pi * (1.0 - between(rng, style.gap))
    start = rng.normal(-np.pi / 2, 0.7)
    angle = np.linspace(
        start, start + turn * rng.choice([1.0, -1.0], p=[0.4, 0.6]), max(int(np.pi * across / STEP), 24)
    )
    wave = sum(style.wobble / n * np.cos(n * angle + rng.uniform(0, 6.3)) for n in (2, 3, 4))
    drift = 1.0 + np.linspace(0.0, 1.0, len(angle)) * rng.normal(0, 0.07)
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=1) * ((1.0 + wave) * drift)[:, None] * radii
    return [center + ring @ _rotation(rng.normal(0, 7.0)).T]


def _tick(box: geometry.Box, center: Curve, style: Style, rng: Rng) -> list[Curve]:
    height = between(rng, style.size) * min(box.h, box.w * 1.5)
    width = height * between(rng, style.aspect)
    out = between(rng, style.gap)
    corner = center + np.array([-0.12 * width, 0.30 * height * (1 - out)])
    start = corner + np.array([-0.32 * width, -0.42 * height]) * rng.uniform(0.6, 1.2)
    end = corner + np.array([0.75 * width, -height]) * rng.uniform(0.85, 1.15)
    return [_bent([start, corner, end], style.wobble * height, rng)]


def _bent(points: list[Curve], amount: float, rng: Rng) -> Curve:
    """Straight-ish pieces between corners, each bulging by about `amount` mm."""
    pieces = [_bow(a, b, rng.normal(0, 0.6) * amount) for a, b in itertools.pairwise(points)]
    return np.vstack(pieces)


def _bow(a: Curve, b: Curve, bulge: float) -> Curve:
    way = b - a
    side = np.array([-way[1], way[0]]) / (np.hypot(*way) or 1.0)
    return spline(np.stack([a, (a + b) / 2 + side * bulge, b]))


def _line(center: Curve, half: Curve, bulge: float, rng: Rng) -> Curve:
    return _bow(
        center - half * rng.uniform(0.85, 1.15), center + half * rng.uniform(0.85, 1.15), rng.normal(0, 0.7) * bulge
    )


def _cross(box: geometry.Box, center: Curve, style: Style, rng: Rng) -> list[Curve]:
    height = between(rng, style.size) * min(box.h, box.w)
    half = np.array([height * between(rng, style.aspect), height]) / 2
    amount = style.wobble * height
    jitter = rng.normal(0, 0.05 * height, size=(2, 2))
    return [
        _line(center + jitter[0], half * [1, 1], amount, rng),
        _line(center + jitter[1], half * [-1, 1], amount, rng),
    ]


def _fill(box: geometry.Box, center: Curve, style: Style, rng: Rng) -> list[Curve]:
    side = between(rng, style.size) * min(box.w, box.h)
    half = np.array([side * between(rng, style.aspect), side]) / 2
    if style.loops:
        return [center + _coil(half, style, rng)]
    pitch = 0.45 * between(rng, style.gap)
    rows = max(int(2 * half[1] / pitch), 3)
    y = np.linspace(-half[1], half[1], rows)
    x = np.where(np.arange(rows) % 2, half[0], -half[0]) * rng.uniform(0.88, 1.08, rows)
    zigzag = (
        np.stack([x, y + rng.normal(0, 0.1 * pitch, rows)], axis=1)
        @ _rotation(rng.choice([0, 20, 45, 90]) + rng.normal(0, 6)).T
    )
    return [shaken(center + _dense(zigzag), 0.3 * style.wobble * side, rng)]


def _coil(half: Curve, style: Style, rng: Rng) -> Curve:
    """Loops of all sizes whose middle wanders: a box scribbled over without lifting the pen."""
    turns = int(rng.integers(max(style.loops // 2, 2), style.loops + 1))
    angle = np.linspace(0, 2 * np.pi * turns, 14 * turns) * rng.choice([-1.0, 1.0])
    radius = np.interp(np.arange(len(angle)), np.arange(0, len(angle), 7), rng.uniform(0.3, 1.0, 2 * turns))
    knots = rng.uniform(-0.5, 0.5, (turns + 1, 2))
    drift = spline(knots)
    middle = drift[np.linspace(0, len(drift) - 1, len(angle)).astype(int)]
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=1) * radius[:, None] * rng.uniform(0.4, 0.8)
    return _dense((ring + middle) * half @ _rotation(float(rng.uniform(-40, 40))))


def _slash(box: geometry.Box, center: Curve, style: Style, rng: Rng) -> list[Curve]:
    height = between(rng, style.size) * min(box.h, box.w * 1.5)
    half = np.array([height * between(rng, style.aspect) / 2, -height / 2])
    return [_line(center, half, style.wobble * height, rng)]


def _stroke(box: geometry.Box, center: Curve, style: Style, rng: Rng) -> list[Curve]:
    length = between(rng, style.size) * min(box.w, box.h * 2)
    half = np.array([length / 2, rng.normal(0, 0.08) * length])
    return [_line(center, half, 2 * style.wobble * length, rng)]


def _dot(box: geometry.Box, center: Curve, style: Style, rng: Rng) -> list[Curve]:
    side = between(rng, style.size) * min(box.w, box.h)
    angle = np.linspace(0, 2 * np.pi * rng.uniform(2.2, 3.6), 60)
    radius = side / 2 * np.linspace(0.15, 1.0, 60) * (1 + style.wobble * np.sin(3 * angle + rng.uniform(0, 6)))
    spiral = np.stack([np.cos(angle) * between(rng, style.aspect), np.sin(angle)], axis=1) * radius[:, None]
    return [center + _dense(spiral)]


def double_line(box: geometry.Box, rng: Rng) -> list[Curve]:
    """Two lines through what was at `box`, as wide apart and as far beyond it as a person needs to see them (二重線)."""
    reach = np.array([box.w * rng.uniform(0.5, 0.65) + rng.uniform(0.7, 1.3), rng.normal(0, 0.08) * box.h])
    if rng.random() < 0.25:  # aslant
        reach[1] = rng.choice([-1, 1]) * box.h * rng.uniform(0.25, 0.5)
    apart = np.array([0.0, rng.uniform(0.5, 0.9) * min(1.0, max(box.h / 4, 0.55))])
    middle = box.center() + rng.normal(0, 0.05, 2) * [box.w, box.h]
    return [_line(middle - apart, reach, 0.25, rng), _line(middle + apart, reach, 0.25, rng)]


def _rotation(degrees: float) -> Curve:
    a = np.radians(degrees)
    return np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])


FAMILIES: dict[str, Callable[[geometry.Box, Curve, Style, Rng], list[Curve]]] = {
    "circle": _circle,
    "tick": _tick,
    "cross": _cross,
    "fill": _fill,
    "slash": _slash,
    "stroke": _stroke,
    "dot": _dot,
}
