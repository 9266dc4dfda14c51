"""From raw scores to calibrated probabilities, and the line above which nobody needs to look."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import numpy as np

from pipeline import settings

CARD = Path(__file__).resolve().parent / "weights" / "calibration.json"
UNKNOWN = 0.5  # what a score of a reader without calibration is worth, at most


@lru_cache(maxsize=1)
def card() -> dict[str, dict[str, list[float]]]:
    """The fitted curves and lines by reader: the office's own, else the shipped ones; none: everything goes to review."""
    own = settings.load().calibration
    return shipped() if not own.is_file() else json.loads(own.read_text("utf-8"))


def shipped() -> dict[str, dict[str, list[float]]]:
    """The curves and lines that came with the program."""
    return json.loads(CARD.read_text("utf-8")) if CARD.is_file() else {}


def version() -> str:
    """Version of curves and lines, stored with each reading."""
    return str(card().get("version", "0"))


def calibrated(reader: str, score: float) -> float:
    """Probability that a reading with this raw score (0 … 1) is right: isotonic curve, linear between its knots."""
    curve = card().get(reader)
    if curve is None:
        return min(score, UNKNOWN)
    return float(np.interp(score, curve["score"], curve["probability"]))


def sure(reader: str, score: float) -> bool:
    """Whether the raw score reaches the reader's line."""
    curve = card().get(reader)
    return curve is not None and score >= curve["line"][0]
