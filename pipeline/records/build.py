"""The record of one sheet on one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipeline import model
from pipeline.forms import schema
from pipeline.records import checks, judge

FormsByKey = Mapping[model.FormKey, schema.Form]


def record_id(placements: Sequence[model.Placement]) -> str:
    """Stable id from the smallest (file SHA-256, page, place) among `placements`."""
    return min(placements, key=triple).own_id


def triple(placement: model.Placement) -> tuple[str, int, int]:
    """File, page and place on it, for ordering."""
    return placement.sha256, placement.page or 0, placement.place


def of_page(
    pairs: Sequence[tuple[model.Sheet, Sequence[model.Reading]]], forms: FormsByKey
) -> tuple[model.Record, ...]:
    """A record for every sheet of one page, in place order."""
    return tuple(_of_sheet(sheet, readings, place, forms) for place, (sheet, readings) in enumerate(pairs))


def refused(refusal: model.Refusal) -> model.Record:
    """The record of a file or page that could not be opened."""
    page = model.Placement(1, refusal.file, refusal.sha256, refusal.page, None, None, None, ())
    return model.Record(record_id([page]), (page,), None, None, "unreadable", refusal.code)


def _of_sheet(sheet: model.Sheet, readings: Sequence[model.Reading], place: int, forms: FormsByKey) -> model.Record:
    page = _placement(sheet, place)
    form = sheet.form
    if form is None or sheet.side is None or sheet.status != "accepted":
        about = checks.unplaced(forms, sheet)
        named = (sheet.status, sheet.reason, sheet.candidates)
        return model.Record(record_id([page]), (page,), None, None, *named, findings=about)
    record = model.Record(record_id([page]), (page,), form.key, sheet.serial, "accepted", None, sheet.candidates)
    if not sheet.side.fields:
        return record
    if sheet.found_by == "hand":  # the print does not confirm where a person put it, so a person reads along
        readings = [replace(reading, sure=False) for reading in readings]
    return judge.judge(replace(record, readings=all_fields(form, readings)), forms[form.key])


def _placement(sheet: model.Sheet, place: int) -> model.Placement:
    page, side = sheet.page, sheet.side
    return model.Placement(
        n=1,
        file=page.file,
        sha256=page.sha256,
        page=page.number,
        side=side.id if side else None,
        rotation=sheet.rotation,
        found_by=sheet.found_by,
        panels=sheet.panels,
        missing=sheet.missing,
        place=place,
    )


def all_fields(form: schema.Form, readings: Sequence[model.Reading]) -> dict[str, model.Reading]:
    """Every field of the form; those that lie on no page in hand are illegible with a reason."""
    version = "/".join(form.key)
    had = {reading.field: replace(reading, page=1, form=version) for reading in readings}
    return {name: had.get(name) or unseen(name, version) for name in form.fields}


def unseen(name: str, version: str) -> model.Reading:
    """What stands for a field that is on no page in hand."""
    return model.Reading(name, None, "illegible", "not-on-page", 0.0, (), "none/1", sure=False, form=version)
