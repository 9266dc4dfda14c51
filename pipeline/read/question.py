"""A question decided as a whole: which of its options are meant, weighing every way it may have been answered."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

UNMARKED, MARKED, STRUCK = range(3)
# How often people answer a question of one answer so: (options marked, options struck out) → share. Rough on purpose:
# a clear mark outweighs all of it; it decides between "struck out" and "scribbled full", and what a faint mark is worth.
ANSWERED = {(1, 0): 0.85, (0, 0): 0.07, (2, 0): 0.03, (1, 1): 0.03, (0, 1): 0.008}
ODD = 0.003  # any other way
TICKED = 0.25  # share of the options that are marked where several may be, each for itself
CORRECTED = {0: 0.96, 1: 0.035}  # options struck out in such a question → share
DOUBTFUL = 3e-4  # doubt about an option's state from which its states are weighed against the others'
MOST = 7  # so many options at most, the most doubtful ones


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
    networks' geometric mean; what is plain stays as it is in all of them. Certain of it is as certain as the network that
    believes it least, and no more than of the options that were too many to weigh.
    """
    logs = np.log(np.maximum(opinions / opinions.sum(axis=2, keepdims=True), 1e-12))
    plain = logs.mean(axis=0).argmax(axis=1)
    options = np.arange(len(plain))
    belief = np.exp(logs[:, options, plain]).min(axis=0)
    doubtful = np.flatnonzero(belief < 1 - DOUBTFUL)
    weighed = doubtful[np.argsort(belief[doubtful])[:MOST]]
    states = _ways(plain, weighed)
    prior = _prior(states, several)
    each = [_posterior(one[options, states].sum(axis=1) + prior) for one in (logs.mean(axis=0), *logs)]
    best = states[each[0].argmax()]
    same = ((states == MARKED) == (best == MARKED)).all(axis=1)
    certainty = min(float(one[same].sum()) for one in each) * float(np.delete(belief, weighed).prod())
    return Verdict(best, certainty, each[0] @ (states == MARKED))


def _ways(plain: NDArray[np.intp], weighed: NDArray[np.intp]) -> NDArray[np.intp]:
    """All combinations (ways, options) of the `weighed` options' states; the others keep their `plain` one."""
    states = np.tile(plain, (3 ** len(weighed), 1))
    states[:, weighed] = np.indices((3,) * len(weighed)).reshape(len(weighed), len(states)).T
    return states


def _posterior(logs: NDArray[np.float64]) -> NDArray[np.float64]:
    chances = np.exp(logs - logs.max())
    return np.asarray(chances / chances.sum(), dtype=np.float64)


def _prior(states: NDArray[np.intp], several: bool) -> NDArray[np.float64]:
    """Logarithm of how common each way (ways, options) to answer is."""
    n = states.shape[1]
    counts = (states == MARKED).sum(axis=1) * (n + 1) + (states == STRUCK).sum(axis=1)
    kinds, kind = np.unique(counts, return_inverse=True)  # only how many count, not which
    share = _share_of_several if several else _share_of_one
    return np.asarray(np.log([share(n, *divmod(int(one), n + 1)) for one in kinds])[kind], dtype=np.float64)


def _share_of_several(n: int, marked: int, struck: int) -> float:
    """How often `n` options, of which several may be marked, are answered in one particular way."""
    free = n - struck
    return TICKED**marked * (1 - TICKED) ** (free - marked) * CORRECTED.get(struck, ODD) / math.comb(n, struck)


def _share_of_one(n: int, marked: int, struck: int) -> float:
    """The same where one answer is asked."""
    return ANSWERED.get((marked, struck), ODD) / (math.comb(n, marked) * math.comb(n - marked, struck))
