"""Shares with their intervals, calibration error, and tables of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, exp, log

import numpy as np
from numpy.typing import NDArray


def upper(wrong: int, n: int, level: float = 0.95) -> float:
    """One-sided upper bound of a share (Clopper & Pearson 1934); 1 for no trials."""
    if n == 0 or wrong >= n:
        return 1.0
    low, high = wrong / n, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(wrong, n, middle) > 1 - level else (low, middle)
    return high


def lower(right: int, n: int, level: float = 0.95) -> float:
    """One-sided lower bound of a share."""
    return 1 - upper(n - right, n, level)


def _at_most(k: int, n: int, p: float) -> float:
    """Chance of at most k of n."""
    return float(sum(exp(log(comb(n, i)) + i * log(p) + (n - i) * log(1 - p)) for i in range(k + 1)))


@dataclass(frozen=True, eq=False)
class Answers:
    """Many readings of one kind against the truth."""

    right: NDArray[np.bool_]
    accepted: NDArray[np.bool_]
    confidence: NDArray[np.float64]

    @classmethod
    def of(cls, rows: Sequence[tuple[bool, bool, float]]) -> Answers:
        """From (right, accepted, confidence) triples."""
        table = np.array(rows, dtype=np.float64).reshape(-1, 3)
        return cls(table[:, 0] > 0, table[:, 1] > 0, table[:, 2])

    def row(self) -> dict[str, float]:
        """The figures of one line of the table."""
        n, right, accepted = len(self.right), int(self.right.sum()), int(self.accepted.sum())
        wrong = int((self.accepted & ~self.right).sum())
        return {
            "n": n,
            "exact": right / max(n, 1),
            "exact_low": lower(right, n),
            "accepted": accepted / max(n, 1),
            "wrong_accepted": wrong,
            "wrong_share": wrong / max(accepted, 1),
            "wrong_upper": upper(wrong, accepted),
            "ece": self.ece(),
            "brier": float(((self.confidence - self.right) ** 2).mean()) if n else 0.0,
            "errors_in_least_sure": self.caught(0.03),
            "errors_in_twice": self.caught(2 * (n - right) / max(n, 1)),
        }

    def ece(self, bins: int = 15) -> float:
        """Expected calibration error over equally filled bins (Naeini et al. 2015)."""
        if not len(self.right):
            return 0.0
        parts = np.array_split(np.argsort(self.confidence), bins)
        gaps = [len(p) * abs(self.confidence[p].mean() - self.right[p].mean()) for p in parts if len(p)]
        return float(sum(gaps) / len(self.right))

    def caught(self, share: float) -> float:
        """Share of the errors that lie among the least certain `share` of the fields; 1 where there are none."""
        errors = ~self.right
        if not errors.any():
            return 1.0
        first = np.argsort(self.confidence, kind="stable")[: int(np.ceil(share * len(self.right)))]
        return float(errors[first].sum() / errors.sum())
