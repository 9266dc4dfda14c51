"""From measured readings to calibrated probabilities and acceptance lines: pure arithmetic, here and in training."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

KNOTS = 60
LEAST = 60  # readings from which a reader gets a curve at all
LOWEST = 0.75  # readers halve their score where a second opinion disagrees: no line lies that low
SURE = {"marks": 0.95}  # readers whose score is a probability already: what they doubt themselves is not accepted
LEAST_DOUBT = 0.25  # of a pool's usual chance of error, which its surest readings are granted at most
SAFETY = 1.0  # how far beyond the lowest clean score the line is put, in log-odds: the next scanner is another one


def curve(
    rows: NDArray[np.float64], rate: float, reader: str = "", every: NDArray[np.float64] | None = None
) -> dict[str, Any]:
    """Isotonic curve and line of one reader from (score, right, acceptable) rows of shape (n, 3).

    The curve is of `every` row of that reader, whatever the kind of field (these rows alone when None); the line only
    of those rows that could be accepted at all.
    """
    rows = rows[np.argsort(rows[:, 0])]
    every = rows if every is None else every[np.argsort(every[:, 0])]
    scores = knots(every[:, 0])
    chances = np.interp(scores, every[:, 0], graded(every[:, 0], every[:, 1]))
    lowest = max(line(rows[rows[:, 2] > 0], rate), SURE.get(reader.split("/", maxsplit=1)[0], LOWEST))
    accepted = (rows[:, 0] >= lowest) & (rows[:, 2] > 0)
    return {
        "score": [round(float(s), 5) for s in scores],
        "probability": [round(float(c), 5) for c in chances],
        "line": [round(lowest, 6)],
        "n": len(rows),
        "accepted": round(float(accepted.mean()), 4),
        "wrong_accepted": int((accepted & (rows[:, 1] < 1)).sum()),
    }


def knots(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """At most KNOTS scores from the lowest to the highest, evenly apart in log-odds: there are few where it is steep."""
    low, high = float(scores.min()), float(scores.max())
    between = 1 / (1 + np.exp(-np.linspace(_log_odds(low), _log_odds(high), KNOTS)))
    return np.asarray(np.unique(np.round(np.clip(between, low, high), 5)), dtype=np.float64)


def graded(scores: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """The isotonic fit of right (n,) on sorted scores (n,), graded within each pool by the reader's own doubt.

    A reader that was hardly ever wrong has one pool for nearly all its scores; without a grade its least sure reading
    would count as much as its surest. The pool's mean chance of error stays as measured.
    """
    table = _pools(scores, right)
    parts = np.split(1 - scores, np.cumsum(table[:-1, 1]).astype(int))
    shares = [np.maximum(doubt / max(float(doubt.mean()), 1e-9), LEAST_DOUBT) for doubt in parts]
    errors = [(1 - chance) * share for chance, share in zip(_chances(table), shares, strict=True)]
    return np.maximum.accumulate(np.clip(1 - np.concatenate(errors), 0.01, 1 - 1e-6))


def _log_odds(chance: float) -> float:
    held = min(max(chance, 1e-5), 1 - 1e-5)
    return math.log(held / (1 - held))


def isotonic(
    scores: NDArray[np.float64], right: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Non-decreasing fit of right (n,) on sorted scores (n,) by pooling adjacent violators (Barlow et al. 1972).

    Every pool is drawn towards the readers' usual success by one right and half a wrong reading, so that no
    probability is 0 or 1.
    """
    table = _pools(scores, right)
    return table[:, 2] / table[:, 1], _chances(table)


def _pools(scores: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pools (k, 3) of sum of right, count and sum of scores, in rising order."""
    pools: list[list[float]] = []
    for score, hit in zip(scores, right, strict=True):
        pools.append([hit, 1.0, score])
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] >= pools[-1][0] / pools[-1][1]:
            last = pools.pop()
            pools[-1] = [a + b for a, b in zip(pools[-1], last, strict=True)]
    return np.array(pools)


def _chances(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each pool's chance of being right."""
    drawn = (table[:, 0] + 1) / (table[:, 1] + 1.5)  # small pools are drawn further: keep the order
    return np.asarray(np.maximum.accumulate(drawn), dtype=np.float64)


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
