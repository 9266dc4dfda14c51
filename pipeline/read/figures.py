"""Written figures: each cell by our own network, the whole string by the line recogniser, and what both say together."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline import model
from pipeline.geometry import Grey
from pipeline.programs import models
from pipeline.read import cells, ink, line

NETWORKS = ("digits-a", "digits-b")
DIGITS = "0123456789"
OTHER = 10  # the networks' class for whatever is no single digit
CONTESTED = 1e-4  # odds of another figure in one cell from which a person looks
AT_LINE_MM, BEYOND_MM = (-0.6, 0.3), (0.6, 1.3)  # below a cell's lower line: where a stroke ends on it or goes on
FOOT_MM2 = 0.06  # ink there that counts
INK, PIECE_PX, BESIDE_PX = 0.3, 4, 3.0  # of a prepared cell: ink, what of it is a piece, how far off a stroke
ENTERED = 0.3  # of a cell's height that a line from beyond runs through it before it may be taken for a 1
STREAK_MM, THROUGH = 0.25, 0.93  # how far a line may lean on its way through a cell, and how whole it is
# What a reader free to read anything makes of a plain figure. Strokes (|, l, /) are not here: they also part figures.
ALIKE = str.maketrans("Oo〇○◯ZzSs", "000002255")
DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−ーｰ－", "-"))


@dataclass(frozen=True)
class Figure:
    """A string of figures as read."""

    text: str  # digits; "" when nothing is written
    state: model.State  # valid, empty or illegible
    reason: str | None
    score: float  # raw, 0 … 1
    agreed: bool  # whether the line recogniser, free to read anything, saw the same
    others: tuple[tuple[str, float], ...] = ()  # next best strings
    seen: str = ""  # what the line recogniser read


def normal(text: str) -> str:
    """Full-width and variant figures as plain ones (NFKC), every dash as a hyphen, no spaces."""
    return unicodedata.normalize("NFKC", text.translate(DASHES)).replace(" ", "")


def available() -> bool:
    """Whether our networks are installed; without them every figure goes to review."""
    return not any(models.trouble(models.own_model(name)) for name in NETWORKS)


def chances(pictures: NDArray[np.float32]) -> NDArray[np.float64]:
    """Class probabilities (n, 11) of prepared cells (n, 1, 32, 32): the geometric mean of both networks."""
    logs = []
    for name in NETWORKS:
        session = models.session(models.own_model(name))
        logits = session.run(None, {session.get_inputs()[0].name: pictures})[0].astype(np.float64)
        logs.append(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True))
    mean = np.exp(np.mean(logs, axis=0))
    return np.asarray(mean, dtype=np.float64)  # not summing to 1 where they disagree: that is the doubt


def in_cells(crops: Sequence[model.FieldCrop], possible: Callable[[str], bool] = bool) -> Figure:
    """Figures written one to a cell; a gap between figures is illegible.

    Args:
        crops: the cells, from left to right.
        possible: whether a string means anything here: what cannot be meant leaves no doubt about what is read.
    """
    pictures = [cells.prepare(crop.image, crop.blank, crop.margin_mm * crop.px_per_mm) for crop in crops]
    written = [n for n, picture in enumerate(pictures) if picture.any()]
    if not written:
        return Figure("", "empty", None, _emptiness(crops), agreed=True)
    whole = line.read(joined([crops[n] for n in written]))
    seen = normal(whole.text)
    if not available():
        return Figure(_only_digits(seen), "illegible", "no-model", 0.0, agreed=False)
    chance = chances(np.stack([pictures[n] for n in written]))
    figure = _figure(chance, seen, gap=written[-1] - written[0] + 1 != len(written))
    if figure.agreed and (
        _contested(chance, figure.text, whole, possible)
        or _footless(figure.text, [crops[n] for n in written])
        or _broken(figure.text, [pictures[n] for n in written])
        or any(_streaked(crops[n]) for n in written)
        or _passing(figure.text, [crops[n] for n in written])
    ):
        return replace(figure, agreed=False)
    return figure


def _figure(chance: NDArray[np.float64], seen: str, gap: bool) -> Figure:
    best = chance[:, :OTHER].argmax(axis=1)
    text = "".join(DIGITS[int(n)] for n in best)
    certain = float(np.prod(chance.max(axis=1)))
    others = _others(chance, text)
    if gap:
        return Figure(text, "illegible", "gap-between-figures", certain, agreed=False, others=others)
    if (chance.argmax(axis=1) == OTHER).any():
        others = ((text, certain), *others)
        return Figure(text, "illegible", "not-a-figure", certain, agreed=False, others=others, seen=seen)
    return Figure(text, "valid", None, certain, agreed=seen.translate(ALIKE) == text, others=others)


def _contested(chance: NDArray[np.float64], text: str, whole: line.Line, possible: Callable[[str], bool]) -> bool:
    """Whether the odds that both readers together leave to another figure in some cell are too good to be passed over.

    Their mistakes count as independent, so their odds are multiplied.
    """
    rivals = [rival for n in range(len(text)) if (rival := _rival(chance[n], text, n, possible))]
    if not rivals:
        return False
    likely = line.likelihoods(whole, [text, *(word for word, _ in rivals)])
    odds = np.array([odds for _, odds in rivals])
    return bool((np.log(np.maximum(odds, 1e-12)) + likely[1:] - likely[0] > np.log(CONTESTED)).any())


def _rival(
    chance: NDArray[np.float64], text: str, cell: int, possible: Callable[[str], bool]
) -> tuple[str, float] | None:
    """The likeliest other string that differs in one cell and can be meant, and its odds by the networks."""
    best, *others = np.argsort(-chance[:OTHER])
    words = ((text[:cell] + DIGITS[int(n)] + text[cell + 1 :], float(chance[n] / chance[best])) for n in others)
    return next((one for one in words if possible(one[0])), None)


def _footless(text: str, crops: Sequence[model.FieldCrop]) -> bool:
    """Whether a 7 ends on the cell's lower line: the foot of a 2 may lie along that line, unseen."""
    return any(figure == "7" and _ends_on_line(crop) for figure, crop in zip(text, crops, strict=True))


def _ends_on_line(crop: model.FieldCrop) -> bool:
    strokes, px = ink.Seen(crop).strokes, crop.px_per_mm
    edge, low = round(crop.margin_mm * px), crop.image.shape[0] - crop.margin_mm * px
    own = strokes[:, edge : crop.image.shape[1] - edge]
    reached, beyond = (own[round(low + a * px) : round(low + b * px)].sum() / px**2 for a, b in (AT_LINE_MM, BEYOND_MM))
    return bool(reached > FOOT_MM2 and beyond < FOOT_MM2)


def _broken(text: str, pictures: Sequence[cells.Picture]) -> bool:
    """Whether ink lies beside the stroke of a 1: what is left of a 7 whose bar the pen or the scanner lost."""
    return any(figure == "1" and _beside(picture) for figure, picture in zip(text, pictures, strict=True))


def _beside(picture: cells.Picture) -> bool:
    """Whether a piece of a prepared cell lies off the line along which its largest piece runs."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats((picture[0] > INK).astype(np.uint8), connectivity=8)
    if count < 3:
        return False
    largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    stroke = np.argwhere(labels == largest).astype(np.float64)
    middle = stroke.mean(axis=0)
    across = np.linalg.eigh(np.cov((stroke - middle).T))[1][:, 0]
    pieces = [n for n in range(1, count) if n != largest and stats[n, cv2.CC_STAT_AREA] >= PIECE_PX]
    return any(abs(float(((np.argwhere(labels == n) - middle) @ across).mean())) > BESIDE_PX for n in pieces)


def _streaked(crop: model.FieldCrop) -> bool:
    """Whether a line runs straight through the cell and on beyond it: a feeder's dust or a crease looks like a 1."""
    dark, frame = cells.written(crop.image, crop.blank)
    edge, reach = round(crop.margin_mm * crop.px_per_mm), 2 * round(STREAK_MM * crop.px_per_mm) + 1
    return any(
        _runs_through(*one, edge, reach) for one in ((dark > cells.FLOOR, frame), ((dark > cells.FLOOR).T, frame.T))
    )


def _passing(text: str, crops: Sequence[model.FieldCrop]) -> bool:
    """Whether the stroke of a 1 comes from above or below the cell's margin: a line drawn past it, not a figure in it."""
    return any(figure == "1" and _enters(crop) for figure, crop in zip(text, crops, strict=True))


def _enters(crop: model.FieldCrop) -> bool:
    dark, edge = cells.written(crop.image, crop.blank)[0] > cells.FLOOR, round(crop.margin_mm * crop.px_per_mm)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(dark.astype(np.uint8), connectivity=8)
    rows = [set(np.unique(row)) - {0} for row in labels[edge:-edge, edge:-edge]]
    ends = stats[:, cv2.CC_STAT_TOP], stats[:, cv2.CC_STAT_TOP] + stats[:, cv2.CC_STAT_HEIGHT]
    from_beyond = set(np.flatnonzero((ends[0] <= 1) | (ends[1] >= len(dark) - 1)))
    return any(sum(n in row for row in rows) > ENTERED * len(rows) for n in from_beyond)


def _runs_through(dark: cells.Mask, frame: cells.Mask, edge: int, reach: int) -> bool:
    """Whether some upright line of the box is dark all the way down, margins included; printed lines do not count."""
    near = cv2.dilate(np.ascontiguousarray(dark, np.uint8), np.ones((1, reach), np.uint8)) > 0
    bare = ~frame[:, edge:-edge]
    inked = (near[:, edge:-edge] & bare).sum(axis=0)
    return bool(((inked > THROUGH * bare.sum(axis=0)) & (2 * bare.sum(axis=0) > len(dark))).any())


def _others(chance: NDArray[np.float64], text: str) -> tuple[tuple[str, float], ...]:
    """The strings that differ in the least certain cell."""
    weak = int(chance.max(axis=1).argmin())
    order = np.argsort(-chance[weak, :OTHER])[1:3]
    return tuple((text[:weak] + DIGITS[int(n)] + text[weak + 1 :], round(float(chance[weak, n]), 4)) for n in order)


def _emptiness(crops: Sequence[model.FieldCrop]) -> float:
    """How sure it is that nothing is written: 1 without any stroke in the boxes, 0 from one square mm on."""
    return float(np.clip(1 - max(ink.Seen(crop).written_mm2 for crop in crops), 0, 1))


def free(crop: model.FieldCrop) -> Figure:
    """Figures written anywhere in one box: a draft by the line recogniser alone."""
    picture = line.trimmed(ink.Seen(crop))
    if picture is None:
        return Figure("", "empty", None, _emptiness([crop]), agreed=True)
    read = line.read(picture)
    return Figure(normal(read.text), "valid", None, read.confidence, agreed=False)


def joined(crops: Sequence[model.FieldCrop]) -> Grey:
    """Several cells side by side as one line of writing, the form's print taken out."""
    parts = [_inner(crop) for crop in crops]
    height = max(part.shape[0] for part in parts)
    padded = [cv2.copyMakeBorder(p, 0, height - p.shape[0], 0, 0, cv2.BORDER_CONSTANT, value=(255,)) for p in parts]
    row = np.asarray(np.hstack(padded), dtype=np.uint8)
    return np.asarray(cv2.copyMakeBorder(row, 6, 6, 12, 12, cv2.BORDER_CONSTANT, value=(255,)), dtype=np.uint8)


def _inner(crop: model.FieldCrop) -> Grey:
    h, w = crop.image.shape
    edge = round(crop.margin_mm * crop.px_per_mm)
    return np.ascontiguousarray(line.clean(ink.Seen(crop))[edge : h - edge, edge : w - edge])


def _only_digits(text: str) -> str:
    return "".join(c for c in text if c in DIGITS)
