"""Handwritten figures from our own strokes; each writer keeps to one variant of each figure."""

from __future__ import annotations

from functools import cache
from typing import TypeAlias

import numpy as np
import yaml

from pipeline import geometry
from samples import shapes
from samples.ink import Curve
from samples.levels import FOLDER, Rng

Variant: TypeAlias = list[list[Curve]]  # strokes of smooth pieces
WIDTH = 0.62  # of a figure one unit high


@cache
def variants() -> dict[str, list[Variant]]:
    """Every figure's variants, in units of its height."""
    raw = yaml.safe_load((FOLDER / "digits.yaml").read_text("utf-8"))
    return {
        name: [[[np.array(piece) for piece in stroke] for stroke in variant] for variant in known]
        for name, known in raw.items()
    }


def habits(rng: Rng) -> dict[str, int]:
    """Which variant of each figure a writer uses."""
    return {name: int(rng.integers(len(known))) for name, known in variants().items()}


def figure(name: str, habit: dict[str, int], slant: float, rng: Rng) -> list[Curve]:
    """The strokes of one figure, one unit high with its top left at 0, 0, no two ever the same."""
    known = variants()[name]
    variant = known[habit[name]] if rng.random() < 0.92 else known[int(rng.integers(len(known)))]
    matrix = _hand(slant, rng)
    return [_stroke(stroke, matrix, rng) for stroke in variant]


def _hand(slant: float, rng: Rng) -> Curve:
    turn = np.radians(rng.normal(0, 3.0))
    shape = np.array([[rng.normal(1, 0.08), -slant + rng.normal(0, 0.04)], [0.0, rng.normal(1, 0.05)]])
    return np.asarray(np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ shape)


def _stroke(pieces: list[Curve], matrix: Curve, rng: Rng) -> Curve:
    curves: list[Curve] = []
    for piece in pieces:
        moved = piece + rng.normal(0, 0.018, piece.shape)
        if curves:
            moved[0] = curves[-1][-1]
        curves.append(_smooth(moved))
    middle = np.array([WIDTH / 2, 0.5])
    return shapes.shaken(np.asarray((np.vstack(curves) - middle) @ matrix.T + middle), 0.02, rng)


def _smooth(points: Curve) -> Curve:
    # The spline spaces its points in mm; a figure one unit high is drawn as if 8 mm high.
    return shapes.spline(points * 8.0) / 8.0


def place(strokes: list[Curve], box: geometry.Box, height: float, at: tuple[float, float]) -> list[Curve]:
    """A unit figure brought into `box` (mm), `height` mm high, its middle `at` (shares of the box)."""
    origin = np.array([box.x + box.w * at[0] - WIDTH * height / 2, box.y + box.h * at[1] - height / 2])
    return [origin + stroke * height for stroke in strokes]
