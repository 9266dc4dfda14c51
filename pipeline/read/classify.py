"""The learned option classifiers, and what stands in for them where their weights are missing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.programs import models
from pipeline.read import ink
from pipeline.read import options as option

NETWORKS = {"marks-a": option.SIDE, "marks-b": option.FINE}  # px of the picture that each looks at


def options(crops: Sequence[ink.Seen]) -> NDArray[np.float64]:
    """Likelihoods (2, n, 3) of unmarked, marked, struck for each option's crop by two networks of different build and view.

    As shares of 1: all three equally common. The second is asked only where there is ink; elsewhere it says what the
    first does. Where weights are missing ink is all there is to go by, and the second opinion knows nothing: so nothing
    is certain.
    """
    if not crops:
        return np.empty((len(NETWORKS), 0, 3))
    if any(models.trouble(models.own_model(name)) for name in NETWORKS):
        return np.array([[_by_ink(option.measure(crop)) for crop in crops], [[1 / 3] * 3] * len(crops)])
    first, second = NETWORKS
    coarse = _ask(first, crops)
    fine, inked = coarse.copy(), [n for n, crop in enumerate(crops) if crop.inked]
    if inked:
        fine[inked] = _ask(second, [crops[n] for n in inked])
    return np.stack([coarse, fine])


def _ask(name: str, crops: Sequence[ink.Seen]) -> NDArray[np.float64]:
    session = models.session(models.own_model(name))
    batch = np.stack([option.prepare(crop, NETWORKS[name]) for crop in crops]).astype(np.float32)
    logits = session.run(None, {session.get_inputs()[0].name: batch})[0]
    scaled = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(scaled / scaled.sum(axis=1, keepdims=True), dtype=np.float64)


def _by_ink(measured: option.Ink) -> NDArray[np.float64]:
    """A logistic guess from the area of strokes: knows nothing of struck-out marks."""
    marked = 1 / (1 + np.exp(-(measured.own_mm2() - 0.6) / 0.12))
    return np.array([1 - marked, marked, 0.0])
