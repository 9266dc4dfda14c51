"""Figures and numbers, and scores written as a figure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline import model
from pipeline.forms import schema
from pipeline.read import answers, figures
from pipeline.read.answers import Groups

READER = "digits/1"


def read(groups: Groups) -> list[model.Reading]:
    """Readings of all digits fields on a sheet."""
    return [_field(group[0].field, group) for group in groups.values() if isinstance(group[0].field, schema.Digits)]


def _field(field: schema.Digits, crops: Sequence[model.FieldCrop]) -> model.Reading:
    if max(crop.off_page for crop in crops) > 0.1:
        return answers.reading(crops, READER, None, "illegible", "off-page", 0.0)
    celled = field.cells is not None
    figure = figures.in_cells(crops) if celled else figures.free(crops[0])
    value, reason = value_of(field, figure.text, celled) if figure.state == "valid" else (None, figure.reason)
    state: model.State = "illegible" if figure.state == "valid" and value is None else figure.state
    agreed = figure.state == "empty" or (celled and figure.agreed)
    found = answers.reading(crops, READER, value, state, reason, figure.score)
    found = found if agreed else answers.doubted(found, field.kind)
    return answers.with_alternatives(found, _alternatives(field, figure, celled))


def _alternatives(field: schema.Digits, figure: figures.Figure, celled: bool) -> list[tuple[model.Scalar, float]]:
    values = [(value_of(field, text, celled)[0], chance) for text, chance in figure.others]
    return [(value, chance) for value, chance in values if isinstance(value, (int, float, str))]


def value_of(field: schema.Digits, text: str, celled: bool) -> tuple[model.Value, str | None]:
    """The value a string stands for, or why it stands for none."""
    if field.number is not None:
        return _number(field.number, text, celled)
    if field.pattern is None or re.fullmatch(field.pattern, text):
        return text, None
    loose = re.sub(r"\D", "", text)
    if re.fullmatch(field.pattern, loose):
        return loose, None
    return None, "pattern-mismatch"


def _number(rule: schema.Number, text: str, celled: bool) -> tuple[model.Value, str | None]:
    if celled and rule.decimals and text.isdigit():
        text = text.zfill(rule.decimals + 1)
        text = f"{text[: -rule.decimals]}.{text[-rule.decimals :]}"
    if not re.fullmatch(r"\d+(\.\d+)?", text):
        return None, "not-a-number"
    value = round(float(text), rule.decimals) if rule.decimals else float(text)
    low, high = rule.min, rule.max
    if (low is not None and value < low) or (high is not None and value > high):
        return None, "out-of-range"
    return (int(value) if value == int(value) and not rule.decimals else value), None


def scores(groups: Groups) -> list[model.Reading]:
    """Readings of scores that are written as a figure in one box."""
    return [_score(group[0].field, group) for group in groups.values() if isinstance(group[0].field, schema.Score)]


def _score(field: schema.Score, crops: Sequence[model.FieldCrop]) -> model.Reading:
    figure = figures.in_cells(crops)
    ok = figure.state == "valid" and figure.text.isdigit() and int(figure.text) in field.values
    state: model.State = "illegible" if figure.state == "valid" and not ok else figure.state
    value = int(figure.text) if ok else None
    reason = "out-of-range" if figure.state == "valid" and not ok else figure.reason
    found = answers.reading(crops, READER, value, state, reason, figure.score)
    return found if figure.agreed else answers.doubted(found, crops[0].field.kind)
