"""Digits as Japanese people write them, as strokes: a unit of 1 is the digit's height, y downwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Stroke: TypeAlias = NDArray[np.float64]  # (n, 2) points x, y
Strokes: TypeAlias = list[Stroke]
Rng: TypeAlias = np.random.Generator
Shape: TypeAlias = Callable[[Rng], Strokes]


def curve(*points: tuple[float, float], steps: int = 8) -> Stroke:
    """A smooth line through the points (Catmull-Rom)."""
    knots = np.array([points[0], *points, points[-1]], dtype=np.float64)
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    parts = []
    for a, b, c, d in zip(knots[:-3], knots[1:-2], knots[2:-1], knots[3:], strict=True):
        parts.append(b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a))))
    return np.concatenate([*parts, knots[-1:]])


def line(*points: tuple[float, float]) -> Stroke:
    """A line with sharp corners."""
    return np.array(points, dtype=np.float64)


def arc(center: tuple[float, float], radius: tuple[float, float], start: float, end: float) -> Stroke:
    """Part of an ellipse; degrees clockwise from three o'clock."""
    angle = np.radians(np.linspace(start, end, 28))
    return np.column_stack([center[0] + radius[0] * np.cos(angle), center[1] + radius[1] * np.sin(angle)])


def _zero(rng: Rng) -> Strokes:
    start = rng.uniform(-130, -50)
    turn = 360 + rng.uniform(-25, 30)  # open at the top … overlapping
    ring = arc((0.3, 0.5), (rng.uniform(0.2, 0.38), 0.5), start, start - turn)
    return [ring, line((0.45, 0.22), (0.15, 0.78))] if rng.random() < 0.12 else [ring]


def _one_plain(rng: Rng) -> Strokes:
    lean = rng.uniform(-0.08, 0.16)
    return [curve((0.3 + lean, 0.0), (0.3 + lean * rng.uniform(0.2, 0.6), 0.5), (0.3 - lean, 1.0))]


def _one_flag(rng: Rng) -> Strokes:
    flag = rng.uniform(0.1, 0.28)
    strokes = [line((0.35 - flag, flag * rng.uniform(0.5, 1.1)), (0.35, 0.0), (0.33, 1.0))]
    if rng.random() < 0.35:
        strokes.append(line((0.33 - rng.uniform(0.12, 0.25), 1.0), (0.33 + rng.uniform(0.12, 0.25), 0.99)))
    return strokes


def _two(rng: Rng) -> Strokes:
    bow = [(0.04, 0.24), (0.14, 0.04), (0.34, 0.0), (0.52, 0.12), (0.5, 0.34), (0.3, 0.64)]
    if rng.random() < 0.4:  # a loop at the foot
        lift = rng.uniform(0.02, 0.1)
        return [curve(*bow, (0.08, 0.96), (0.0, 0.94), (0.08, 0.85 - lift), (0.26, 0.92), (0.6, rng.uniform(0.9, 1.0)))]
    return [
        curve(*bow, (0.02, 0.98)),
        curve((0.02, 0.98), (0.3, rng.uniform(0.93, 0.99)), (0.62, rng.uniform(0.9, 1.0))),
    ]


def _three(rng: Rng) -> Strokes:
    waist = (rng.uniform(0.18, 0.3), rng.uniform(0.42, 0.5))
    low = [(0.46, 0.54), (0.56, 0.74), (0.4, 0.98), (0.16, 1.0), (0.0, rng.uniform(0.82, 0.92))]
    if rng.random() < 0.15:  # flat roof
        return [line((0.04, 0.02), (0.54, 0.0), waist), curve(waist, *low)]
    top = [(0.02, rng.uniform(0.1, 0.2)), (0.2, 0.0), (0.44, 0.03), (0.5, 0.2), (0.42, 0.38)]
    return [curve(*top, waist), curve(waist, *low)]


def _four_open(rng: Rng) -> Strokes:
    bar = rng.uniform(0.56, 0.72)
    corner = (rng.uniform(0.0, 0.1), bar)
    foot = (rng.uniform(0.34, 0.5), rng.uniform(0.96, 1.0))
    upright = line((rng.uniform(0.4, 0.55), rng.uniform(0.02, 0.4)), foot)
    return [line((rng.uniform(0.12, 0.28), 0.0), corner, (rng.uniform(0.6, 0.75), bar - 0.03)), upright]


def _four_closed(rng: Rng) -> Strokes:
    bar = rng.uniform(0.58, 0.74)
    top = (rng.uniform(0.38, 0.48), 0.0)
    right = (rng.uniform(0.56, 0.72), bar - rng.uniform(-0.02, 0.05))
    return [line(top, (0.0, bar), right), line((top[0], rng.uniform(0.0, 0.06)), (top[0] - 0.02, 1.0))]


def _five(rng: Rng) -> Strokes:
    x = rng.uniform(0.06, 0.16)
    neck = rng.uniform(0.34, 0.46)
    belly = [
        (x, neck + 0.04),
        (0.3, neck - 0.02),
        (0.54, 0.58),
        (0.5, 0.86),
        (0.24, 1.0),
        (0.0, rng.uniform(0.84, 0.94)),
    ]
    bar_at = x + rng.uniform(-0.02, 0.1)
    bar = line((bar_at, rng.uniform(-0.03, 0.06)), (rng.uniform(0.46, 0.64), rng.uniform(-0.05, 0.04)))
    return [line((x + rng.uniform(0.0, 0.06), 0.0), (x, neck + 0.04)), curve(*belly), bar]


def _five_in_one(rng: Rng) -> Strokes:
    top = [(rng.uniform(0.46, 0.6), 0.0), (0.3, 0.02), (0.14, 0.04)]
    return [curve(*top), curve((0.14, 0.04), (0.08, 0.42), (0.34, 0.38), (0.54, 0.6), (0.4, 0.94), (0.0, 0.94))]


def _six(rng: Rng) -> Strokes:
    size = rng.uniform(0.18, 0.28)
    stem = (rng.uniform(0.26, 0.5), 0.0)
    loop = [(0.2, 1.0 - size * 2), (0.44, 1.0 - size * 1.8), (0.52, 1.0 - size), (0.34, 1.0), (0.1, 0.92)]
    return [curve(stem, (0.12, 0.36), (0.02, 0.7), (0.14, 0.97), (0.34, 1.0), *reversed(loop[:-1]), (0.06, 0.8))]


def _seven(rng: Rng) -> Strokes:
    left = rng.uniform(0.0, 0.08)
    corner = (rng.uniform(0.46, 0.6), rng.uniform(0.0, 0.05))
    foot = (rng.uniform(0.12, 0.4), 1.0)
    strokes = [
        line((left, 0.02), corner),
        curve(corner, ((corner[0] + foot[0]) / 2 + rng.uniform(-0.08, 0.04), 0.5), foot),
    ]
    if rng.random() < 0.65:  # the Japanese hook
        strokes.insert(0, line((left, rng.uniform(0.16, 0.36)), (left, 0.02)))
    elif rng.random() < 0.45:
        strokes.append(line((rng.uniform(0.1, 0.22), 0.52), (rng.uniform(0.46, 0.6), rng.uniform(0.45, 0.52))))
    return strokes


def _eight(rng: Rng) -> Strokes:
    gap = rng.uniform(-0.06, 0.08)  # closed … open at the top
    start = (0.42 + gap / 2, 0.06 + abs(gap) / 2)
    path = [(0.26, 0.0), (0.08, 0.14), (0.14, 0.36), (0.34, 0.5), (0.52, 0.7), (0.44, 0.94), (0.26, 1.0)]
    back = [(0.06, 0.92), (0.02, 0.72), (0.2, 0.52), (0.42, 0.34), (0.48, 0.16), (0.42 - gap / 2, 0.05)]
    return [curve(start, *path, *back)]


def _eight_rings(rng: Rng) -> Strokes:
    low = rng.uniform(0.24, 0.32)
    top = arc((0.3, 0.5 - low), (rng.uniform(0.15, 0.24), 0.5 - low), 90, 450)
    return [top, arc((0.3, 1.0 - low), (rng.uniform(0.2, 0.3), low), -90, 270)]


def _nine(rng: Rng) -> Strokes:
    ring = arc((0.26, 0.26), (rng.uniform(0.2, 0.28), 0.26), rng.uniform(-60, -20), rng.uniform(-400, -360))
    right = float(ring[:, 0].max())
    if rng.random() < 0.6:
        tail = line((right, rng.uniform(0.05, 0.28)), (right - rng.uniform(-0.02, 0.12), 1.0))
    else:
        tail = curve(
            (right, 0.2), (right - 0.02, 0.6), (right - 0.14, 0.92), (rng.uniform(0.0, 0.16), rng.uniform(0.88, 1.0))
        )
    return [ring, tail]


DIGITS: dict[int, tuple[Shape, ...]] = {
    0: (_zero,),
    1: (_one_plain, _one_plain, _one_flag),
    2: (_two,),
    3: (_three,),
    4: (_four_open, _four_closed),
    5: (_five, _five, _five_in_one),
    6: (_six,),
    7: (_seven,),
    8: (_eight, _eight, _eight_rings),
    9: (_nine,),
}


def digit(value: int, rng: Rng) -> Strokes:
    """One way of writing `value` (0 … 9), its points a little off as hands are."""
    shapes = DIGITS[value]
    strokes = shapes[int(rng.integers(len(shapes)))](rng)
    return [stroke + rng.normal(0, 0.006, stroke.shape) for stroke in strokes]


def tick(rng: Rng) -> Strokes:
    """レ, ✓ or a cross."""
    if rng.random() < 0.35:
        return [line((0, 0), (0.8, 1)), line((0.8, 0.05), (0.0, 0.95))]
    turn = rng.uniform(0.1, 0.4)
    return [line((0, rng.uniform(0.1, 0.6)), (turn, 1.0), (turn + rng.uniform(0.3, 0.9), rng.uniform(0.0, 0.3)))]


def scribble(rng: Rng) -> Strokes:
    """Wild lines: a zigzag, a curl or a tangle."""
    count = int(rng.integers(6, 22))
    if rng.random() < 0.5:
        x = np.linspace(0, rng.uniform(0.5, 1.2), count) + rng.normal(0, 0.04, count)
        y = np.where(np.arange(count) % 2, 0.1, 0.9) + rng.normal(0, 0.1, count)
        return [np.column_stack([x, y])]
    walk = rng.uniform(0, 1, (count, 2))
    return [curve(*((float(x), float(y)) for x, y in walk))]


def dash(rng: Rng) -> Strokes:
    """What people write for none: one or two level strokes, or a long slanting one."""
    if rng.random() < 0.4:
        return [line((0, 1), (rng.uniform(1.1, 1.8), 0))]  # flatter than any 1
    bar = line((0, 0.5), (rng.uniform(0.6, 1.4), 0.5 + rng.uniform(-0.08, 0.08)))
    return [bar, bar + np.array([0, rng.uniform(0.15, 0.3)])] if rng.random() < 0.4 else [bar]
