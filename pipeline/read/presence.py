"""Whether something is there: a seal, a signature."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline import model
from pipeline.read import answers, ink
from pipeline.read.answers import Groups

READER = "presence/1"
THERE_MM2 = 1.5  # a seal or a signature leaves many times this; dust and show-through less


def read(groups: Groups) -> list[model.Reading]:
    """Readings of all presence fields on a sheet: absent is a valid answer, false."""
    return [_field(group) for group in groups.values()]


def _field(crops: Sequence[model.FieldCrop]) -> model.Reading:
    crop, seen = crops[0], ink.Seen(crops[0])
    if crop.off_page > 0.1:
        return answers.reading(crops, READER, None, "illegible", "off-page", 0.0)
    if seen.fits < 0.5:
        return answers.reading(crops, READER, None, "illegible", "print-not-found", 0.0)
    area = ink.area_mm2(crop, seen.pen_strokes & ink.inside(crop))
    there = area >= THERE_MM2
    score = float(1 / (1 + np.exp(-abs(np.log((area + 0.05) / THERE_MM2)) * 3)))
    return answers.reading(crops, READER, there, "valid", None, score)
