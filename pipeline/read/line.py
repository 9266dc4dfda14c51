"""One line of writing, read by PP-OCRv6 small (Apache-2.0): text, certainty, and how likely given words are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.geometry import Grey
from pipeline.programs import models
from pipeline.read import ink

HEIGHT = 48  # px, what the network was trained on
WIDEST = 1600
PAD_MM = 0.8  # paper left around the ink
BLANK = 0  # the network's class for "no character"
UNKNOWN = float(np.log(1e-4))  # log-probability of a character that the network does not know


@dataclass(frozen=True, eq=False)
class Line:
    """What the recogniser saw."""

    text: str
    confidence: float  # smallest probability of any of its characters, 1 for no text
    steps: NDArray[np.float32]  # (time, class) probabilities


def trimmed(seen: ink.Seen) -> Grey | None:
    """The writing of a crop on clean paper, cut to its ink; None when nothing is written."""
    crop = seen.crop
    keep = seen.strokes & ink.inside(crop, grow_mm=crop.margin_mm * 0.6)
    if ink.area_mm2(crop, keep & ink.inside(crop, grow_mm=0.3)) < 0.25:
        return None
    ys, xs = np.flatnonzero(keep.any(axis=1)), np.flatnonzero(keep.any(axis=0))
    pad = round(PAD_MM * crop.px_per_mm)
    top, low, left, right = max(ys[0] - pad, 0), ys[-1] + pad + 1, max(xs[0] - pad, 0), xs[-1] + pad + 1
    return np.ascontiguousarray(clean(seen)[top:low, left:right])


def clean(seen: ink.Seen) -> Grey:
    """The crop with the form's own print taken out: ruled lines disturb the recogniser."""
    left = np.clip(seen.dark - ink.spread(seen.printed, 1), 0, 1)
    return np.asarray(255 * (1 - left), dtype=np.uint8)


def read(picture: Grey, alphabet: frozenset[str] | None = None) -> Line:
    """Read one line; with an `alphabet` only those characters are possible (and certainty means little)."""
    steps = _steps(picture)
    allowed = _mask() if alphabet is None else _alphabet_mask(alphabet)
    probabilities = steps * allowed
    path = probabilities.argmax(axis=1)
    letters, certainty = [], [1.0]
    for at, label in enumerate(path):
        if label != BLANK and (at == 0 or path[at - 1] != label):
            letters.append(characters()[label])
            certainty.append(float(_best_in_run(probabilities, path, at)))
    return Line("".join(letters), min(certainty), steps)


def _best_in_run(probabilities: NDArray[np.float32], path: NDArray[np.intp], at: int) -> float:
    end = at
    while end + 1 < len(path) and path[end + 1] == path[at]:
        end += 1
    return float(probabilities[at : end + 1, path[at]].max())


def _steps(picture: Grey) -> NDArray[np.float32]:
    h, w = picture.shape
    width = int(np.clip(round(w * HEIGHT / h), 16, WIDEST))
    method = cv2.INTER_AREA if h > HEIGHT else cv2.INTER_CUBIC
    small = cv2.resize(picture, (width, HEIGHT), interpolation=method).astype(np.float32) / 127.5 - 1
    batch = np.repeat(small[None, None], 3, axis=1)
    session = models.session(models.line_model())
    out = session.run(None, {session.get_inputs()[0].name: batch})[0][0]
    return np.asarray(out, dtype=np.float32)


@lru_cache(maxsize=1)
def characters() -> tuple[str, ...]:
    """Class → character; class 0 is none, the last is the space."""
    meta = models.session(models.line_model()).get_modelmeta().custom_metadata_map
    return ("", *meta["character"].split("\n"), " ")


def _in_jis(character: str) -> bool:
    try:
        character.encode("euc_jisx0213")
    except UnicodeEncodeError:
        return False
    return True


@lru_cache(maxsize=1)
def _mask() -> NDArray[np.float32]:
    """1 for characters of JIS X 0208/0213, 0 for the others the network knows."""
    return np.array([c == "" or _in_jis(c) for c in characters()], dtype=np.float32)


@lru_cache(maxsize=16)
def _alphabet_mask(alphabet: frozenset[str]) -> NDArray[np.float32]:
    return np.array([c == "" or c in alphabet for c in characters()], dtype=np.float32)


@lru_cache(maxsize=1)
def _index() -> dict[str, int]:
    return {c: n for n, c in reversed(list(enumerate(characters()))) if c}


def likelihoods(line: Line, words: Sequence[str]) -> NDArray[np.float64]:
    """Log-likelihood (n,) of each word given the picture (CTC forward algorithm, Graves et al. 2006), all at once."""
    if not words:
        return np.empty(0)
    logs = np.log(np.maximum(line.steps, 1e-9)).astype(np.float64)
    labels, states = _extended(words)
    emit = np.where(labels[None] < 0, UNKNOWN, logs[:, np.maximum(labels, 0)])
    skip = np.zeros(labels.shape, bool)
    skip[:, 2:] = (labels[:, 2:] != BLANK) & (labels[:, 2:] != labels[:, :-2])
    state = np.full(labels.shape, -np.inf)
    state[:, :2] = emit[0][:, :2]
    for step in emit[1:]:
        one = _shifted(state, 1)
        two = np.where(skip, _shifted(state, 2), -np.inf)
        state = np.logaddexp(np.logaddexp(state, one), two) + step
    rows = np.arange(len(words))
    return np.asarray(np.logaddexp(state[rows, states - 1], state[rows, states - 2]), dtype=np.float64)


def _extended(words: Sequence[str]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Labels with blanks between, shape (words, longest); -1 for characters that the network lacks; and their lengths."""
    lengths = np.array([2 * len(word) + 1 for word in words])
    labels = np.zeros((len(words), max(int(lengths.max()), 2)), np.intp)
    for row, word in zip(labels, words, strict=True):
        row[1 : 2 * len(word) : 2] = [_index().get(c, -1) for c in word]
    return labels, np.maximum(lengths, 2)


def _shifted(state: NDArray[np.float64], by: int) -> NDArray[np.float64]:
    out = np.full(state.shape, -np.inf)
    out[:, by:] = state[:, :-by]
    return out


def best(line: Line) -> float:
    """Log-likelihood of the best path: what the picture would give to its own favourite."""
    return float(np.log(np.maximum(line.steps.max(axis=1), 1e-9)).sum())
