"""The learned option classifier, and what stands in for it where its weights are missing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.programs import models
from pipeline.read import ink
from pipeline.read import options as option

NAME = "marks"


def options(crops: Sequence[ink.Seen]) -> NDArray[np.float64]:
    """Likelihoods (n, 3) of unmarked, marked, struck for each option's crop, as shares of 1: all three equally common."""
    if not crops:
        return np.empty((0, 3))
    network = models.own_model(NAME)
    if models.trouble(network):
        return np.array([_by_ink(option.measure(crop)) for crop in crops])
    session = models.session(network)
    batch = np.stack([option.prepare(crop) for crop in crops]).astype(np.float32)
    logits = session.run(None, {session.get_inputs()[0].name: batch})[0]
    scaled = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(scaled / scaled.sum(axis=1, keepdims=True), dtype=np.float64)


def _by_ink(measured: option.Ink) -> NDArray[np.float64]:
    """A logistic guess from the area of strokes: knows nothing of struck-out marks."""
    marked = 1 / (1 + np.exp(-(measured.own_mm2() - 0.6) / 0.12))
    return np.array([1 - marked, marked, 0.0])
