"""Station 4: the pictures of a sheet → readings, each with a calibrated confidence."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Sequence

from pipeline import model
from pipeline.forms import schema
from pipeline.read import code, date, digits, layer, marks, presence, text
from pipeline.read.answers import Groups

__all__ = ["MARKS", "READERS", "sheet"]

MARKS = "marks"
READERS: dict[str, Callable[[Groups], list[model.Reading]]] = {
    MARKS: marks.read,
    "written-score": digits.scores,
    "digits": digits.read,
    "date": date.read,
    "text": text.read,
    "presence": presence.read,
    "code": code.read,
}


def sheet(crops: Sequence[model.FieldCrop], readers: Collection[str] = READERS) -> tuple[model.Reading, ...]:
    """A reading for every field that has crops and one of `readers` to read it, in the order of the crops."""
    fields: dict[str, list[model.FieldCrop]] = {}
    for crop in crops:
        if kind_of(crop.field) in readers:
            fields.setdefault(crop.field.id, []).append(crop)
    typed = {name: layer.read(own) for name, own in fields.items() if layer.reads(own[0].field)}
    found = {name: reading for name, reading in typed.items() if reading is not None}
    kinds: dict[str, dict[str, list[model.FieldCrop]]] = {}
    for name, own in fields.items():
        if name not in found:
            kinds.setdefault(kind_of(own[0].field), {})[name] = own
    # What is written in another field's box is no mark beside an option.
    elsewhere = [crop.box for crop in crops if kind_of(crop.field) != MARKS]
    reading = READERS | {MARKS: functools.partial(marks.read, elsewhere=elsewhere)}
    found |= {one.field: one for kind, groups in kinds.items() for one in reading[kind](groups)}
    return tuple(found[name] for name in fields)


def kind_of(field: schema.Field) -> str:
    """The reader's name: the field's kind, but marks are judged together, and a score without options is a figure."""
    if isinstance(field, schema.Choice | schema.Score):
        return MARKS if field.options else "written-score"
    return field.kind
