"""From what a reader saw to a Reading: place, calibrated confidence, acceptance line."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from pipeline import model
from pipeline.read import confidence

Groups: TypeAlias = Mapping[str, Sequence[model.FieldCrop]]  # the crops of each field, by its id


def reading(
    crops: Sequence[model.FieldCrop],
    reader: str,
    value: model.Value,
    state: model.State,
    reason: str | None,
    score: float,
) -> model.Reading:
    """A Reading whose confidence is the calibrated `score` (raw, 0 … 1) of its reader and kind."""
    curve = f"{reader}:{crops[0].field.kind}"
    score = score if math.isfinite(score) else 0.0  # what cannot be reckoned is not known
    return model.Reading(
        field=crops[0].field.id,
        value=value,
        state=state,
        reason=reason,
        confidence=confidence.calibrated(curve, score),
        alternatives=(),
        reader=reader,
        sure=state != "illegible" and confidence.sure(curve, score),
        score=score,
        threshold=confidence.version(),
        quad_px=quad_of(crops),
    )


def doubted(found: model.Reading, kind: str) -> model.Reading:
    """The same where the kind's own condition is not met (a second reader, a rule): half the score, never accepted."""
    score = found.score / 2
    return replace(found, sure=False, score=score, confidence=confidence.calibrated(f"{found.reader}:{kind}", score))


def with_alternatives(found: model.Reading, others: Sequence[tuple[model.Scalar, float]]) -> model.Reading:
    """The same with what else it might be, best first."""
    return replace(found, alternatives=tuple(others))


def quad_of(crops: Sequence[model.FieldCrop]) -> model.Quad:
    """The rectangle around all boxes of a field on the page, turned as the paper lies: top-left corner first."""
    quads = np.array([crop.quad_px for crop in crops])
    along = quads[0, 1] - quads[0, 0]
    axis = along / max(float(np.linalg.norm(along)), 1e-9)
    frame = np.array([axis, [-axis[1], axis[0]]])  # rows: along the line of writing, down the paper
    turned = quads.reshape(-1, 2) @ frame.T
    (left, top), (right, low) = turned.min(axis=0), turned.max(axis=0)
    corners = np.array([[left, top], [right, top], [right, low], [left, low]]) @ frame
    return tuple((round(float(x), 2), round(float(y), 2)) for x, y in corners)
