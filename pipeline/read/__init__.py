"""Station 4: the pictures of a sheet → readings, each with a calibrated confidence."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pipeline import model
from pipeline.forms import schema
from pipeline.read import code, date, digits, layer, marks, presence, text
from pipeline.read.answers import Groups

__all__ = ["READERS", "sheet"]

READERS: dict[str, Callable[[Groups], list[model.Reading]]] = {
    "choice": marks.read,
    "score": marks.read,
    "written-score": digits.scores,
    "digits": digits.read,
    "date": date.read,
    "text": text.read,
    "presence": presence.read,
    "code": code.read,
}


def sheet(crops: Sequence[model.FieldCrop]) -> tuple[model.Reading, ...]:
    """A reading for every field that has crops, in the order of the crops."""
    fields: dict[str, list[model.FieldCrop]] = {}
    for crop in crops:
        fields.setdefault(crop.field.id, []).append(crop)
    typed = {name: layer.read(own) for name, own in fields.items() if layer.reads(own[0].field)}
    found = {name: reading for name, reading in typed.items() if reading is not None}
    kinds: dict[str, dict[str, list[model.FieldCrop]]] = {}
    for name, own in fields.items():
        if name not in found:
            kinds.setdefault(kind_of(own[0].field), {})[name] = own
    found |= {reading.field: reading for kind, groups in kinds.items() for reading in READERS[kind](groups)}
    return tuple(found[name] for name in fields)


def kind_of(field: schema.Field) -> str:
    """The reader's name: the field's kind, but a score without options is written as a figure."""
    written = isinstance(field, schema.Score) and not field.options
    return "written-score" if written else field.kind
