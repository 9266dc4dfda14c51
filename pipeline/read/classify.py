"""The learned option classifiers, and what stands in for them where their weights are missing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.programs import models
from pipeline.read import ink
from pipeline.read import options as option

NETWORKS = {"marks-a": option.SIDE, "marks-b": option.FINE, "marks-c": option.FINE}  # px of the picture that each sees


def options(crops: Sequence[ink.Seen]) -> NDArray[np.float64]:
    """Two opinions (2, n, 3) on each option's crop: likelihoods of unmarked, marked, struck, all three equally common.

    Where there is ink, two networks of different build look closely, one opinion each; elsewhere one with a coarse view
    is enough for both. Where weights are missing ink is all there is to go by, and the second opinion knows nothing: so
    nothing is certain.
    """
    opinions = np.full((2, len(crops), len(option.CLASSES)), 1 / len(option.CLASSES))
    if any(models.trouble(models.own_model(name)) for name in NETWORKS):
        opinions[0] = np.reshape([_by_ink(option.measure(crop)) for crop in crops], opinions[0].shape)
        return opinions
    coarse, *fine = NETWORKS
    inked = np.array([crop.inked for crop in crops], bool)
    opinions[:, ~inked] = _ask(coarse, crops, ~inked)
    for opinion, name in zip(opinions, fine, strict=True):
        opinion[inked] = _ask(name, crops, inked)
    return opinions


def _ask(name: str, crops: Sequence[ink.Seen], which: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Likelihoods (k, 3) that a network gives to the k crops marked in `which` (n,)."""
    if not which.any():
        return np.empty((0, len(option.CLASSES)))
    session = models.session(models.own_model(name))
    batch = np.stack([option.prepare(crops[int(n)], NETWORKS[name]) for n in np.flatnonzero(which)]).astype(np.float32)
    logits = session.run(None, {session.get_inputs()[0].name: batch})[0]
    scaled = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(scaled / scaled.sum(axis=1, keepdims=True), dtype=np.float64)


def _by_ink(measured: option.Ink) -> NDArray[np.float64]:
    """A logistic guess from the area of strokes: knows nothing of struck-out marks."""
    marked = 1 / (1 + np.exp(-(measured.own_mm2() - 0.6) / 0.12))
    return np.array([1 - marked, marked, 0.0])
