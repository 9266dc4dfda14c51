"""Choices and scores: every option judged, then the question decided as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline import geometry, model
from pipeline.forms import schema
from pipeline.read import answers, classify, ink, options, question
from pipeline.read.answers import Groups
from pipeline.read.question import STRUCK, UNMARKED

READER = "marks/4"
MISPLACED = 0.55  # less of a box's own print than this found where it should be: the box is not where we look
INK_MARKED = 0.55  # mm² of own strokes from which plain measurement calls an option marked
INK_EMPTY = 0.30  # mm² up to which it calls it empty
RINGED = 0.5  # share of directions with strokes from which something runs around an option, though cut by the picture
SLIGHT = 0.2  # share of the ink of the question's own mark up to which an accident beside it is none
INK_STRAY = 0.8  # mm² of strokes beside an unmarked option that somebody must have meant
PALE = 0.5  # of the strength of the question's own marks up to which what is beside them is what an eraser left
FAINT = 0.75  # of the strength of the sheet's faintest other mark, from which a mark is what an eraser left
HABIT = 3  # other marks from which a person's pen is known
OVERSHOT_MM = 1.0  # how far writing runs out of its box
NEIGHBOUR_MM = 9.0  # how far a mark reaches into its neighbours' pictures


@dataclass(frozen=True, eq=False)
class Judged:
    """One question with its options judged."""

    field: schema.Choice | schema.Score
    crops: Sequence[model.FieldCrop]
    verdict: question.Verdict
    inks: Sequence[options.Ink]
    taken: Sequence[geometry.Box]  # mm: other fields' boxes, whose writing is no mark
    by_habit: bool  # whether the person's way to mark on this sheet had to say what a mark means


@dataclass(frozen=True, eq=False)
class Bearing:
    """The options of a sheet, and those of them that bear a mark, struck out or not."""

    boxes: Sequence[geometry.Box]
    strokes: Sequence[tuple[str, geometry.Box]]  # around each of their strokes, with the field's id
    options: Sequence[tuple[str, geometry.Box]]  # of all, marked or not, with the field's id
    strengths: Sequence[float] = ()  # of each mark, 0 … 1


def read(groups: Groups, elsewhere: Sequence[geometry.Box] = ()) -> list[model.Reading]:
    """Readings of all choices and scores with options on a sheet; `elsewhere` people write other things (mm)."""
    crops = [crop for group in groups.values() for crop in group]
    seen = [ink.Seen(crop) for crop in crops]
    opinions = classify.options(seen)
    scribbled = _scribbled(opinions, crops)
    opinions = np.where(scribbled[:, None], np.array([0.0, 0.5, 0.5]), opinions)
    judged, at = [], 0
    for group in groups.values():
        upto = at + len(group)
        field = group[0].field
        if isinstance(field, (schema.Choice, schema.Score)):
            verdict = question.decide(opinions[:, at:upto], _may_be_several(field))
            inks = [options.measure(one) for one in seen[at:upto]]
            judged.append(Judged(field, group, verdict, inks, elsewhere, bool(scribbled[at:upto].any())))
        at = upto
    bearing = _bearing(judged)
    return [_reading(one, bearing) for one in judged]


def _bearing(judged: Sequence[Judged]) -> Bearing:
    marked = [
        (crop.box, [(one.field.id, box) for box in measured.reach()])
        for one in judged
        for crop, measured, state in zip(one.crops, one.inks, one.verdict.states, strict=True)
        if state != UNMARKED
    ]
    options_ = [(one.field.id, crop.box) for one in judged for crop in one.crops]
    strengths = [
        measured.strength
        for one in judged
        for measured, state in zip(one.inks, one.verdict.states, strict=True)
        if state != UNMARKED and measured.strength > 0
    ]
    return Bearing([box for box, _ in marked], [stroke for _, reach in marked for stroke in reach], options_, strengths)


def _scribbled(opinions: NDArray[np.float64], crops: Sequence[model.FieldCrop]) -> NDArray[np.bool_]:
    """Which options were scribbled full: nobody strikes out most of what he marks, so where most ticks look so, they are.

    They count as marked then, but a person looks.
    """
    ticked = np.array([getattr(crop.field, "mark", "") in {"check", "fill"} for crop in crops], bool)
    state = opinions.prod(axis=0).argmax(axis=1)
    struck, inked = ticked & (state == STRUCK), ticked & (state != UNMARKED)
    usual = struck.sum() >= 2 and 2 * struck.sum() > inked.sum()
    return np.asarray(struck & usual)


def _reading(judged: Judged, bearing: Bearing) -> model.Reading:
    """None, one or several marks; the second mark is never dropped in silence."""
    trouble = _trouble(judged)
    if trouble:
        return answers.reading(judged.crops, READER, None, "illegible", trouble, 0.0)
    marked = judged.verdict.marked
    several = len(marked) > 1 and not _may_be_several(judged.field)
    label: model.State = "multiple" if several else "valid" if len(marked) else "empty"
    value = _value(judged.field, marked) if label == "valid" else None
    reason = "struck-out" if judged.verdict.struck else None
    found = answers.reading(judged.crops, READER, value, label, reason, _certainty(judged, bearing))
    return answers.with_alternatives(found, _alternatives(judged, several))


def _trouble(judged: Judged) -> str | None:
    if max(crop.off_page for crop in judged.crops) > 0.1:
        return "off-page"
    fits = [measured.fits for measured in judged.inks]
    return "print-not-found" if float(np.median(fits)) < MISPLACED else None


def _may_be_several(field: schema.Choice | schema.Score) -> bool:
    return isinstance(field, schema.Choice) and field.multiple


def _value(field: schema.Choice | schema.Score, marked: NDArray[np.intp]) -> model.Value:
    values = [field.options[int(n)].value for n in marked]
    if _may_be_several(field):
        return tuple(values)
    return values[0] if values else None


def _certainty(judged: Judged, bearing: Bearing) -> float:
    """Probability of the answer, halved where plain measurement of ink says something else."""
    own = [judged.inks[int(n)] for n in judged.verdict.marked]
    agreed = all(
        _blank(measured, own, judged, bearing) if s == UNMARKED else _inked(measured)
        for s, measured in zip(judged.verdict.states, judged.inks, strict=True)
    )
    agreed = agreed and min(measured.fits for measured in judged.inks) >= MISPLACED
    agreed = agreed and not (judged.by_habit or _unexplained(judged, bearing))
    agreed = agreed and not any(_faint(measured.strength, bearing) for measured in own)
    return judged.verdict.certainty * (1.0 if agreed else 0.5)


def _faint(strength: float, bearing: Bearing) -> bool:
    """Whether a mark is much fainter than every other on the sheet: half erased, perhaps, or another pen's."""
    others = sorted(bearing.strengths)
    if strength in others:
        others.remove(strength)
    return len(others) >= HABIT and 0 < strength < FAINT * others[0]


def _unexplained(judged: Judged, bearing: Bearing) -> bool:
    """Whether strokes beside an unmarked option belong to no marked one near it: perhaps a mark that ran wide.

    In an answered question a stroke that reaches into another field's box, the ring around an era below, is that
    field's to judge. Where nothing is marked it may be all there is.
    """
    near = [box.grown(NEIGHBOUR_MM) for box in bearing.boxes]
    others = [*judged.taken, *(box for name, box in bearing.options if name != judged.field.id)]
    written = [*others, *(box for _, box in bearing.strokes)]
    reached = [box.grown(OVERSHOT_MM) for box in written] if len(judged.verdict.marked) else []
    unmarked = np.flatnonzero(judged.verdict.states == UNMARKED)
    loose = (n for n in unmarked if judged.inks[int(n)].stray_mm2(judged.taken, reached) > INK_STRAY)
    return any(not any(box.overlap(judged.crops[int(n)].box) for box in near) for n in loose)


def _inked(measured: options.Ink) -> bool:
    """Whether an option bears enough ink for a mark."""
    return measured.own_mm2() >= INK_MARKED or measured.around() >= RINGED


def _blank(measured: options.Ink, own: Sequence[options.Ink], judged: Judged, bearing: Bearing) -> bool:
    """Whether an unmarked option bears no more ink than an accident beside the question's `own` marks, and no ring.

    A mark of another question, a tick that flies into this one's boxes, is none of it; one of the same question may
    be meant for two options. What is much paler than the question's own marks was rubbed out.
    """
    if measured.strength < PALE * min((mark.strength for mark in own), default=0.0):
        return True
    others = [box for name, box in bearing.strokes if name != judged.field.id]
    clean = max(INK_EMPTY, SLIGHT * min((mark.own_mm2() for mark in own), default=0.0))
    marks = [*judged.taken, *(box for _, box in bearing.strokes)]
    return measured.own_mm2([*judged.taken, *others]) <= clean and measured.around(marks) < RINGED


def _alternatives(judged: Judged, several: bool) -> list[tuple[model.Scalar, float]]:
    """Marked options when there are too many, else the others by their chance of being meant."""
    chance, marked = judged.verdict.chances, judged.verdict.marked
    order = marked if several else [n for n in np.argsort(-chance) if n not in marked and chance[n] > 1e-4]
    return [(judged.field.options[int(n)].value, round(float(chance[n]), 4)) for n in order][:5]
