"""One line of writing, read by PP-OCRv6 small (Apache-2.0): text, certainty, and how likely given words are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline import model
from pipeline.geometry import Grey
from pipeline.programs import models
from pipeline.read import ink

HEIGHT = 48  # px, what the network was trained on
WIDEST = 1600
PAD_MM = 0.8  # paper left around the ink
BLANK = 0  # the network's class for "no character"


@dataclass(frozen=True, eq=False)
class Line:
    """What the recogniser saw."""

    text: str
    confidence: float  # smallest probability of any of its characters, 1 for no text
    steps: NDArray[np.float32]  # (time, class) probabilities


def trimmed(crop: model.FieldCrop) -> Grey | None:
    """The writing of a crop on clean paper, cut to its ink; None when nothing is written."""
    mask = ink.strokes(crop)
    keep = mask & ink.inside(crop, grow_mm=crop.margin_mm * 0.6)
    ys, xs = np.nonzero(keep)
    if ink.area_mm2(crop, keep & ink.inside(crop, grow_mm=0.3)) < 0.25:
        return None
    pad = round(PAD_MM * crop.px_per_mm)
    top, low, left, right = max(ys.min() - pad, 0), ys.max() + pad + 1, max(xs.min() - pad, 0), xs.max() + pad + 1
    return np.ascontiguousarray(clean(crop)[top:low, left:right])


def clean(crop: model.FieldCrop) -> Grey:
    """The crop with the form's own print taken out: ruled lines disturb the recogniser."""
    expected = cv2.dilate(ink.darkness(crop.blank), np.ones((3, 3), np.uint8))
    left = np.clip(ink.darkness(crop.image) - expected, 0, 1)
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


def likelihoods(line: Line, words: Collection[str]) -> dict[str, float]:
    """Log-likelihood of each word given the picture, per character (CTC forward algorithm, Graves et al. 2006)."""
    logs = np.log(np.maximum(line.steps, 1e-9))
    return {word: _forward(logs, _labels(word)) / max(len(word), 1) for word in words}


def _labels(word: str) -> Sequence[int]:
    return [_index().get(c, -1) for c in word]


def _forward(logs: NDArray[np.float32], labels: Sequence[int]) -> float:
    extended = np.zeros(2 * len(labels) + 1, int)
    extended[1::2] = labels
    unknown = extended < 0
    emit = np.where(unknown, np.log(1e-4), logs[:, np.maximum(extended, 0)])
    skip = np.zeros(len(extended), bool)
    skip[2:] = (extended[2:] != BLANK) & (extended[2:] != extended[:-2])
    state = np.full(len(extended), -np.inf)
    state[:2] = emit[0, :2]
    for step in emit[1:]:
        one = np.concatenate([[-np.inf], state[:-1]])
        two = np.where(skip, np.concatenate([[-np.inf, -np.inf], state[:-2]]), -np.inf)
        state = np.logaddexp(np.logaddexp(state, one), two) + step
    return float(np.logaddexp(state[-1], state[-2])) if len(state) > 1 else float(state[-1])
