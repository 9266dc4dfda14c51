"""Sides and halves of one sheet, joined by their serial; never by guess."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from pipeline import model
from pipeline.records import build, judge
from pipeline.records.build import FormsByKey


def join(records: Sequence[model.Record], forms: FormsByKey) -> tuple[model.Record, ...]:
    """Records that belong to one sheet become one; the result does not depend on the order they came in.

    By serial, when no panel appears twice; a side without fields also joins the other page of its duplex pair.
    The same panel twice under one serial stays apart, with a finding on each.
    """
    parts = sorted((part for record in records for part in _parts(record, forms)), key=_first)
    groups: dict[tuple[object, ...], list[model.Record]] = defaultdict(list)
    for part in parts:
        groups[_key(part, parts, forms)].append(part)
    joined = [record for group in groups.values() for record in _one(group, forms)]
    return tuple(sorted(joined, key=_first))


def _first(record: model.Record) -> tuple[str, int, int]:
    return min(build.triple(page) for page in record.pages)


def _key(part: model.Record, parts: Sequence[model.Record], forms: FormsByKey) -> tuple[object, ...]:
    if part.form is not None and part.serial is None and not part.readings:
        front = next((other for other in parts if other.readings and _duplex(part, other)), None)
        part = front or part
    if part.form is None or part.form not in forms or part.serial is None:
        return ("alone", part.id)
    return ("serial", part.form, part.serial)


def _duplex(back: model.Record, front: model.Record) -> bool:
    (a, b) = (back.pages[0], front.pages[0])
    pair = a.page is not None and b.page is not None and (a.page - 1) // 2 == (b.page - 1) // 2
    return pair and a.sha256 == b.sha256 and back.form == front.form and a.place == b.place


def _one(group: list[model.Record], forms: FormsByKey) -> list[model.Record]:
    if len(group) == 1:
        return [_judged(group[0], forms)]
    seen = [(page.side, panel.id) for part in group for page in part.pages for panel in page.panels]
    if len(set(seen)) < len(seen):
        return [_judged(_twice(part), forms) for part in group]
    return [_judged(_merged(group), forms)]


def _judged(record: model.Record, forms: FormsByKey) -> model.Record:
    form = forms.get(record.form) if record.form else None
    return judge.judge(record, form) if form and record.readings else record


TWICE = model.Finding(
    "same-panel-twice",
    (),
    "同じ番号の用紙の同じ面が二度読み込まれています。どちらを残すか決めてください（つなげていません）。",
)


def _twice(part: model.Record) -> model.Record:
    return replace(part, findings=(*(f for f in part.findings if f.code != TWICE.code), TWICE))


def _merged(group: list[model.Record]) -> model.Record:
    pages, readings, serial = [], dict[str, model.Reading](), None
    for number, part in enumerate(group, 1):
        pages += [replace(page, n=number) for page in part.pages]
        serial = serial or part.serial
        for name, reading in part.readings.items():
            if reading.page is not None:
                readings[name] = replace(reading, page=number)
            else:
                readings.setdefault(name, reading)
    order = max((part.readings for part in group), key=len)
    first = group[0]
    return replace(
        first,
        pages=tuple(pages),
        serial=serial,
        readings={name: readings[name] for name in order},
        decisions=tuple(sorted((d for part in group for d in part.decisions), key=lambda d: d.at)),
        findings=(),
        aliases=tuple(
            sorted({part.id for part in group[1:]} | {a for part in group for a in part.aliases} - {first.id})
        ),
    )


def _parts(record: model.Record, forms: FormsByKey) -> list[model.Record]:
    """The record as it was before joining: one per page."""
    if len(record.pages) == 1:
        return [record]
    return [_part(record, page, forms) for page in record.pages]


def _part(record: model.Record, page: model.Placement, forms: FormsByKey) -> model.Record:
    version = "/".join(record.form or ())
    own = {name for name, reading in record.readings.items() if reading.page == page.n}
    readings = {
        name: replace(reading, page=1) if name in own else build.unseen(name, version)
        for name, reading in record.readings.items()
    }
    alone = replace(page, n=1)
    return replace(
        record,
        id=build.record_id([alone]),
        pages=(alone,),
        readings=readings if own else {},
        decisions=tuple(d for d in record.decisions if d.field in own),
        findings=(),
        aliases=(),
    )
