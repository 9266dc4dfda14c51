"""Codes that are fields: what they hold, letter for letter."""

from __future__ import annotations

from collections.abc import Sequence

import zxingcpp

from pipeline import model
from pipeline.read import answers, ink
from pipeline.read.answers import Groups

READER = "code/1"


def read(groups: Groups) -> list[model.Reading]:
    """Readings of all code fields on a sheet; a code's own error correction vouches for it."""
    return [_field(group) for group in groups.values()]


def _field(crops: Sequence[model.FieldCrop]) -> model.Reading:
    crop = crops[0]
    if crop.off_page > 0.1:
        return answers.reading(crops, READER, None, "illegible", "off-page", 0.0)
    found = [result.text for result in zxingcpp.read_barcodes(crop.image) if result.valid]
    if len(set(found)) == 1:
        return answers.reading(crops, READER, found[0], "valid", None, 1.0)
    if found:
        return answers.reading(crops, READER, None, "multiple", None, 0.5)
    area = ink.Seen(crop).written_mm2
    if area < 2:
        return answers.reading(crops, READER, None, "empty", None, 1.0 if area < 0.5 else 0.5)
    return answers.reading(crops, READER, None, "illegible", "code-not-read", 0.0)
