"""Choices and scores: every option judged, then the question decided as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline import geometry, model
from pipeline.forms import schema
from pipeline.read import answers, classify, options
from pipeline.read.answers import Groups

READER = "marks/1"
UNMARKED, MARKED, STRUCK = range(3)
MISPLACED = 0.55  # less of a box's own print than this found where it should be: the box is not where we look
INK_MARKED = 0.55  # mm² of own strokes from which plain measurement calls an option marked
INK_EMPTY = 0.30  # mm² up to which it calls it empty
RINGED = 0.5  # share of directions with strokes from which something runs around an option, though cut by the picture
INK_STRAY = 0.8  # mm² of strokes beside an unmarked option that somebody must have meant
NEIGHBOUR_MM = 9.0  # how far a mark reaches into its neighbours' pictures


@dataclass(frozen=True, eq=False)
class Judged:
    """One question with its options judged."""

    field: schema.Choice | schema.Score
    crops: Sequence[model.FieldCrop]
    chances: NDArray[np.float64]  # (options, 3): unmarked, marked, struck
    inks: Sequence[options.Ink]
    marked: Sequence[geometry.Box]  # boxes of every option on the sheet that bears a mark, struck out or not


def read(groups: Groups) -> list[model.Reading]:
    """Readings of all choices and scores with options on a sheet."""
    crops = [crop for group in groups.values() for crop in group]
    chances = _by_habit(classify.options(crops), crops)
    inks = [options.measure(crop) for crop in crops]
    marked = [crop.box for crop, chance in zip(crops, chances, strict=True) if chance.argmax() != UNMARKED]
    readings, at = [], 0
    for group in groups.values():
        upto = at + len(group)
        field = group[0].field
        if isinstance(field, (schema.Choice, schema.Score)):
            readings.append(_decide(Judged(field, group, chances[at:upto], inks[at:upto], marked)))
        at = upto
    return readings


def _by_habit(chances: NDArray[np.float64], crops: Sequence[model.FieldCrop]) -> NDArray[np.float64]:
    """Nobody strikes out most of what he marks: where most ticks of a sheet look struck out, they are scribbled full.

    They count as marked then, but no surer than even, so that a person looks.
    """
    ticked = np.array([getattr(crop.field, "mark", "") in {"check", "fill"} for crop in crops], bool)
    state = chances.argmax(axis=1)
    struck, inked = ticked & (state == STRUCK), ticked & (state != UNMARKED)
    if struck.sum() < 2 or 2 * struck.sum() <= inked.sum():
        return chances
    return np.where(struck[:, None], np.array([0.0, 0.5, 0.49]), chances)


def _decide(question: Judged) -> model.Reading:
    """None, one or several marks; the second mark is never dropped in silence."""
    trouble = _trouble(question)
    if trouble:
        return answers.reading(question.crops, READER, None, "illegible", trouble, 0.0)
    state = question.chances.argmax(axis=1)
    marked = np.flatnonzero(state == MARKED)
    reason = "struck-out" if (state == STRUCK).any() else None
    several = len(marked) > 1 and not _may_be_several(question.field)
    value = None if several else _value(question.field, marked)
    label: model.State = "multiple" if several else "empty" if not len(marked) else "valid"
    if isinstance(question.field, schema.Choice) and question.field.multiple and label == "empty":
        value = None
    score = _certainty(question, state)
    found = answers.reading(question.crops, READER, value if label == "valid" else None, label, reason, score)
    if several:  # two honest marks, or one that was changed: a person sees which
        found = answers.doubted(found, question.field.kind)
    return answers.with_alternatives(found, _alternatives(question, marked, several))


def _trouble(question: Judged) -> str | None:
    if max(crop.off_page for crop in question.crops) > 0.1:
        return "off-page"
    fits = [measured.fits for measured in question.inks]
    return "print-not-found" if float(np.median(fits)) < MISPLACED else None


def _may_be_several(field: schema.Choice | schema.Score) -> bool:
    return isinstance(field, schema.Choice) and field.multiple


def _value(field: schema.Choice | schema.Score, marked: NDArray[np.intp]) -> model.Value:
    values = [field.options[int(n)].value for n in marked]
    if _may_be_several(field):
        return tuple(values)
    return values[0] if values else None


def _certainty(question: Judged, state: NDArray[np.intp]) -> float:
    """Probability of the least certain option, halved where plain measurement of ink says something else."""
    best = question.chances.max(axis=1)
    agreed = all(_agree(int(s), measured) for s, measured in zip(state, question.inks, strict=True))
    agreed = agreed and not _unexplained(question, state)
    return float(best.min()) * (1.0 if agreed and not (state == STRUCK).any() else 0.5)


def _unexplained(question: Judged, state: NDArray[np.intp]) -> bool:
    """Whether strokes beside an unmarked option belong to no marked one near it: perhaps a mark that ran wide."""
    taken = [box.grown(NEIGHBOUR_MM) for box in question.marked]
    loose = (n for n in np.flatnonzero(state == UNMARKED) if question.inks[int(n)].stray_mm2 > INK_STRAY)
    return any(not any(box.overlap(question.crops[int(n)].box) for box in taken) for n in loose)


def _agree(state: int, measured: options.Ink) -> bool:
    if measured.fits < MISPLACED:
        return False
    if state == UNMARKED:
        return measured.own_mm2 <= INK_EMPTY and measured.around < RINGED
    return measured.own_mm2 >= INK_MARKED or measured.around >= RINGED


def _alternatives(question: Judged, marked: NDArray[np.intp], several: bool) -> list[tuple[model.Scalar, float]]:
    """Marked options when there are too many, else the others by their chance of being meant."""
    chance = question.chances[:, MARKED]
    order = marked if several else [n for n in np.argsort(-chance) if n not in marked and chance[n] > 1e-4]
    return [(question.field.options[int(n)].value, round(float(chance[n]), 4)) for n in order][:5]
