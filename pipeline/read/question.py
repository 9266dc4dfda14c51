"""A question decided as a whole: which of its options are meant, weighing every way it may have been answered."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

UNMARKED, MARKED, STRUCK = range(3)
# How often people answer a question of one answer so: (options marked, options struck out) → share. Rough on purpose:
# a clear mark outweighs all of it; it decides between "struck out" and "scribbled full", and what a faint mark is worth.
ANSWERED = {(1, 0): 0.85, (0, 0): 0.07, (2, 0): 0.03, (1, 1): 0.03, (0, 1): 0.008}
ODD = 0.003  # any other way
SEVERAL = np.log(np.array([0.74, 0.25, 0.01]))  # states of an option where several may be marked, each for itself
DOUBTFUL = 3e-4  # chance of a mark from which an option's states are weighed against the others'
MOST = 6  # so many options at most, the likeliest ones


@dataclass(frozen=True, eq=False)
class Verdict:
    """The likeliest answer to a question."""

    states: NDArray[np.intp]  # (options,)
    certainty: float  # probability of just these marks, whatever else is struck out
    chances: NDArray[np.float64]  # (options,) probability that the option is meant

    @property
    def marked(self) -> NDArray[np.intp]:
        """Which options are meant."""
        return np.flatnonzero(self.states == MARKED)

    @property
    def struck(self) -> bool:
        """Whether something is struck out."""
        return bool((self.states == STRUCK).any())


def decide(opinions: NDArray[np.float64], several: bool) -> Verdict:
    """From the likelihoods (networks, options, 3) of unmarked, marked, struck to the likeliest answer.

    `several`: more than one option may be marked. Bayes over all combinations of the doubtful options' states, by the
    networks' geometric mean; an option that bears no trace of a mark is unmarked in all of them. Certain of it is as
    certain as the network that believes it least.
    """
    logs = np.log(np.maximum(opinions, 1e-12))
    states = _ways(opinions)
    prior = _prior(states, several)
    options = np.arange(states.shape[1])
    each = [_posterior(one[options, states].sum(axis=1) + prior) for one in (logs.mean(axis=0), *logs)]
    best = states[each[0].argmax()]
    same = ((states == MARKED) == (best == MARKED)).all(axis=1)
    return Verdict(best, min(float(one[same].sum()) for one in each), each[0] @ (states == MARKED))


def _ways(opinions: NDArray[np.float64]) -> NDArray[np.intp]:
    """All combinations (ways, options) of states that are worth weighing."""
    marked = (opinions[:, :, MARKED:].sum(axis=2) / opinions.sum(axis=2)).max(axis=0)
    weighed = np.sort(np.argsort(-marked)[: min(MOST, int((marked > DOUBTFUL).sum()))])
    states = np.zeros((3 ** len(weighed), len(marked)), np.intp)
    states[:, weighed] = np.array(list(itertools.product(range(3), repeat=len(weighed)))).reshape(len(states), -1)
    return states


def _posterior(logs: NDArray[np.float64]) -> NDArray[np.float64]:
    chances = np.exp(logs - logs.max())
    return np.asarray(chances / chances.sum(), dtype=np.float64)


def _prior(states: NDArray[np.intp], several: bool) -> NDArray[np.float64]:
    """Logarithm of how common each way (ways, options) to answer is."""
    if several:
        return np.asarray(SEVERAL[states].sum(axis=1))
    return np.fromiter(_single(states), dtype=np.float64, count=len(states))


def _single(states: NDArray[np.intp]) -> Iterator[float]:
    n = states.shape[1]
    for marked, struck in zip((states == MARKED).sum(axis=1), (states == STRUCK).sum(axis=1), strict=True):
        k, s = int(marked), int(struck)
        yield math.log(ANSWERED.get((k, s), ODD) / (math.comb(n, k) * math.comb(n - k, s)))
