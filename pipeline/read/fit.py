"""From measured readings to calibrated probabilities and acceptance lines: pure arithmetic, here and in training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

KNOTS = 24
LEAST = 60  # readings from which a reader gets a curve at all
LOWEST = 0.75  # readers halve their score where a second opinion disagrees: no line lies that low
SURE = {"marks": 0.99}  # readers whose score is a probability already: what they doubt themselves is not accepted
SAFETY = 1.0  # how far beyond the lowest clean score the line is put, in log-odds: the next scanner is another one


def curve(rows: NDArray[np.float64], rate: float, reader: str = "") -> dict[str, Any]:
    """Isotonic curve and line of one reader from (score, right, acceptable) rows of shape (n, 3).

    The curve is of all rows; the line only of those that could be accepted at all.
    """
    rows = rows[np.argsort(rows[:, 0])]
    scores, chances = isotonic(rows[:, 0], rows[:, 1])
    keep = np.unique(np.linspace(0, len(scores) - 1, KNOTS).astype(int))
    lowest = max(line(rows[rows[:, 2] > 0], rate), SURE.get(reader.split("/", maxsplit=1)[0], LOWEST))
    accepted = (rows[:, 0] >= lowest) & (rows[:, 2] > 0)
    return {
        "score": [round(float(s), 5) for s in scores[keep]],
        "probability": [round(float(c), 5) for c in chances[keep]],
        "line": [round(lowest, 6)],
        "n": len(rows),
        "accepted": round(float(accepted.mean()), 4),
        "wrong_accepted": int((accepted & (rows[:, 1] < 1)).sum()),
    }


def isotonic(
    scores: NDArray[np.float64], right: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Non-decreasing fit of right (n,) on sorted scores (n,) by pooling adjacent violators (Barlow et al. 1972).

    Every pool is drawn towards the readers' usual success by one right and half a wrong reading, so that no
    probability is 0 or 1.
    """
    pools: list[list[float]] = []  # sum of right, count, sum of scores
    for score, hit in zip(scores, right, strict=True):
        pools.append([hit, 1.0, score])
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] >= pools[-1][0] / pools[-1][1]:
            last = pools.pop()
            pools[-1] = [a + b for a, b in zip(pools[-1], last, strict=True)]
    table = np.array(pools)
    drawn = (table[:, 0] + 1) / (table[:, 1] + 1.5)  # small pools are drawn further: keep the order
    return table[:, 2] / table[:, 1], np.maximum.accumulate(drawn)


def line(rows: NDArray[np.float64], rate: float) -> float:
    """The score from which on at most `rate` of the readings are wrong, moved up by SAFETY log-odds; above 1: never."""
    wrong = np.cumsum(rows[::-1, 1] < 1)[::-1]
    count = np.arange(len(rows), 0, -1)
    good = np.flatnonzero(wrong <= rate * count)
    if not len(good):
        return 1.01
    start = float(np.clip(rows[good[0], 0], 1e-6, 1 - 1e-9))
    odds = np.log(start / (1 - start)) + SAFETY
    return float(1 / (1 + np.exp(-odds)))


def more_careful(shipped: Mapping[str, Any], here: Mapping[str, Any]) -> dict[str, Any]:
    """A curve as careful as the more careful of two, and the higher of their lines.

    An office settles mostly what was doubtful, so what it measured can take confidence away, never add any.
    """
    knots = np.unique([*shipped["score"], *(s for s in here["score"])])
    known = np.interp(knots, shipped["score"], shipped["probability"])
    seen = np.interp(knots, here["score"], here["probability"], right=1.0)
    return {
        "score": [round(float(s), 5) for s in knots],
        "probability": [round(float(p), 5) for p in np.minimum(known, seen)],
        "line": [max(shipped["line"][0], here["line"][0])],
        "n": here["n"],
    }
