"""How good the shipped networks are: right per kind, and how many are wrong among those accepted."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]


def softmax(logits: Scores, temperature: float = 1.0) -> Scores:
    """Probabilities, shape (n, classes)."""
    scaled = logits / temperature
    raised = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def temperature(logits: Scores, labels: NDArray[np.int64]) -> float:
    """The temperature under which the labels are likeliest (Guo et al. 2017)."""
    rows = np.arange(len(labels))
    tried = np.exp(np.linspace(math.log(0.3), math.log(3), 200))
    losses = [-float(np.log(softmax(logits, float(t))[rows, labels] + 1e-12).mean()) for t in tried]
    return float(tried[int(np.argmin(losses))])


def together(parts: list[Scores]) -> tuple[NDArray[np.int64], Scores]:
    """What several networks say: the class of their mean, shape (n,), and how sure the least sure is of it, (n,)."""
    mean = np.mean(parts, axis=0)
    best = mean.argmax(axis=1).astype(np.int64)
    rows = np.arange(len(best))
    return best, np.asarray(np.min([part[rows, best] for part in parts], axis=0))


def upper_bound(wrong: int, n: int, level: float = 0.95) -> float:
    """Largest share of errors that still fits `wrong` of `n` at this level, one-sided (Clopper and Pearson 1934)."""
    if n == 0 or wrong >= n:
        return 1.0
    low, high = wrong / n, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(wrong, n, middle) > 1 - level else (low, middle)
    return high


def _at_most(k: int, n: int, p: float) -> float:
    """Probability of at most `k` of `n` with probability `p` each."""
    logs = (
        math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) + i * math.log(p) + (n - i) * math.log1p(-p)
        for i in range(k + 1)
    )
    return math.fsum(math.exp(value) for value in logs)


@dataclass(frozen=True)
class Line:
    """A line above which readings are accepted, and what that costs."""

    confidence: float
    coverage: float  # share of all that is accepted
    wrong: int  # among the accepted
    bound: float  # 95 % upper bound of their share


def line_for(right: NDArray[np.bool_], sure: Scores, allowed: float) -> Line | None:
    """The lowest line that keeps the upper bound of errors among the accepted below `allowed`; None: there is none."""
    order = np.argsort(-sure, kind="stable")
    wrongs = np.cumsum(~right[order])
    # From the most permissive line down; equal confidences are accepted together.
    last = np.flatnonzero(np.append(np.diff(sure[order]) != 0, True))
    few = last[wrongs[last] <= allowed * (last + 1)]  # the bound is never below the share itself
    for n in few[::-1]:
        bound = upper_bound(int(wrongs[n]), int(n) + 1)
        if bound <= allowed:
            return Line(float(sure[order][n]), float((n + 1) / len(right)), int(wrongs[n]), bound)
    return None


def ece(right: NDArray[np.bool_], sure: Scores, bins: int = 15) -> float:
    """Expected calibration error over equal bins."""
    place = np.minimum((sure * bins).astype(int), bins - 1)
    gaps = [
        abs(float(right[place == b].mean() - sure[place == b].mean())) * int((place == b).sum()) for b in set(place)
    ]
    return float(sum(gaps) / len(right))
