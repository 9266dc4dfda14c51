"""Codes that are fields: what they hold, letter for letter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import zxingcpp

from pipeline import model
from pipeline.read import answers, ink
from pipeline.read.answers import Groups

READER = "code/1"
EXACT = 0.9999
DIRT_MM2, CODE_MM2 = 0.5, 2.0  # less ink than the one is no code, more than the other must be one


def read(groups: Groups) -> list[model.Reading]:
    """Readings of all code fields on a sheet; a code's own error correction vouches for it."""
    return [_field(group) for group in groups.values()]


def _field(crops: Sequence[model.FieldCrop]) -> model.Reading:
    crop = crops[0]
    if crop.off_page > 0.1:
        return answers.reading(crops, READER, None, "illegible", "off-page", 0.0)
    found = [result.text for result in zxingcpp.read_barcodes(crop.image) if result.valid]
    if len(set(found)) == 1:
        return _certain(answers.reading(crops, READER, found[0], "valid", None, EXACT))
    if found:
        return answers.reading(crops, READER, None, "multiple", None, 0.5)
    area = ink.Seen(crop).written_mm2
    if area > CODE_MM2:
        return answers.reading(crops, READER, None, "illegible", "code-not-read", 0.0)
    nothing = answers.reading(crops, READER, None, "empty", None, EXACT if area < DIRT_MM2 else 0.5)
    return _certain(nothing) if area < DIRT_MM2 else nothing


def _certain(found: model.Reading) -> model.Reading:
    """Nothing is recognised here, so no curve of mistakes is needed: Reed–Solomon vouches, or bare paper."""
    return replace(found, confidence=EXACT, sure=True)
