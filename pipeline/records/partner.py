"""Which two scans seem to be one sheet of paper where no serial says so: proposed to a person, never joined."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from pipeline import model
from pipeline.forms import schema
from pipeline.records.build import FormsByKey

Piece = tuple[str | None, str]  # side and panel


def proposed(stack: Sequence[model.Record], forms: FormsByKey) -> Mapping[str, str]:
    """The other half or side by record id, both ways, from records in the order of the paper.

    Two that follow each other are one sheet when each shows what the other lacks and their serials say nothing against
    it. A page that could not be named may be anybody's rest: a run of halves that it leaves odd is paired from its
    other end, and where such pages stand at both ends nothing is said.
    """
    pairs: dict[str, str] = {}
    for before, run, after in _runs(stack, forms):
        pairs |= {} if before and after else _paired(run[len(run) % 2 :] if before else run, forms)
    return pairs


def _runs(stack: Sequence[model.Record], forms: FormsByKey) -> list[tuple[bool, list[model.Record], bool]]:
    """Records that follow each other and lack a part, each run with whether a page without a form ends it on either side."""
    kinds = [(_lost(one), bool(_missing(one, forms)), one) for one in stack]
    groups = [(key, [one for *_, one in some]) for key, some in itertools.groupby(kinds, lambda kind: kind[:2])]
    around = [(False, False), *(key for key, _ in groups), (False, False)]
    return [
        (around[n][0], run, around[n + 2][0]) for n, ((lost, open_), run) in enumerate(groups) if open_ and not lost
    ]


def _paired(run: Sequence[model.Record], forms: FormsByKey) -> dict[str, str]:
    """Pairs from the beginning; a half that was lost leaves its fellow alone where the next one shows the same panel."""
    pairs: dict[str, str] = {}
    waiting: model.Record | None = None
    for record in run:
        if waiting is not None and _fits(waiting, record, forms):
            pairs |= {waiting.id: record.id, record.id: waiting.id}
            waiting = None
        else:
            waiting = record
    return pairs


def _lost(record: model.Record) -> bool:
    """Whether a page could not be named, and may be part of any sheet."""
    return record.form is None and record.status != "blank"


def _fits(one: model.Record, other: model.Record, forms: FormsByKey) -> bool:
    named = one.serial is not None and other.serial is not None and one.serial != other.serial
    same = one.form == other.form and not _pieces(one) & _pieces(other)
    return same and not named and bool(_missing(one, forms) & _pieces(other))


def _missing(record: model.Record, forms: FormsByKey) -> set[Piece]:
    """The panels with fields that a sheet of this form has and the record does not show."""
    form = forms.get(record.form) if record.form is not None else None
    return set() if form is None else _asked(form) - _pieces(record)


def _asked(form: schema.Form) -> set[Piece]:
    boxes = ((side, box) for side in form.sides for field in side.fields for box in field.boxes().values())
    return {(side.id, side.panel_of(box).id) for side, box in boxes}


def _pieces(record: model.Record) -> set[Piece]:
    return {(page.side, panel.id) for page in record.pages for panel in page.panels}
