"""Sides and halves of one sheet, joined by their serial or by a person; never by guess."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from pipeline import model
from pipeline.records import build, judge
from pipeline.records.build import FormsByKey

Bound = Mapping[str, model.Bound]  # by the id of a page alone
NOBODY: Bound = MappingProxyType({})
Kept = defaultdict[str, list[model.Record]]  # pages that were replaced, by the page that took their place


def join(records: Sequence[model.Record], forms: FormsByKey, bound: Bound = NOBODY) -> tuple[model.Record, ...]:
    """Records that belong to one sheet become one; the result does not depend on the order they came in.

    By serial, when no panel appears twice; a side without fields also joins the other page of its duplex pair.
    The same panel twice under one serial stays apart, with a finding on each. What a person put together or apart
    (`bound`) goes before all of that.
    """
    every = sorted((part for record in records for part in _parts(record, forms)), key=_first)
    here = {part.id for part in every}
    behind = {part.id: better for part in every if (better := _better(part.id, bound, here)) is not None}
    parts = [part for part in every if part.id not in behind]
    groups: dict[tuple[object, ...], list[model.Record]] = defaultdict(list)
    for part in parts:
        hand = bound[part.id].hand if part.id in bound else None
        groups[_key(part, parts, forms) if hand is None else ("hand", hand)].append(part)
    kept: Kept = defaultdict(list)
    for part in (part for part in every if part.id in behind):
        kept[behind[part.id]].append(_silent(part))
    joined = [record for key, group in groups.items() for record in _group(key, group, forms, bound, kept)]
    return tuple(sorted(joined, key=_first))


def _better(page: str, bound: Bound, here: set[str]) -> str | None:
    """The page that took the place of another, and of that one in turn; None when none that is here did."""
    found, seen = page, {page}
    while (put := bound.get(found)) is not None and put.behind in here - seen:
        found = put.behind
        seen.add(found)
    return found if found != page else None


def _group(
    key: tuple[object, ...], group: list[model.Record], forms: FormsByKey, bound: Bound, kept: Kept
) -> list[model.Record]:
    if key[0] != "hand":
        return _one(group, forms, kept)
    return [_by_hand(sorted(group, key=lambda part: bound[part.id].n), forms, kept)]


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


def _one(group: list[model.Record], forms: FormsByKey, kept: Kept) -> list[model.Record]:
    seen = [(page.side, panel.id) for part in group for page in part.pages for panel in page.panels]
    if len(set(seen)) < len(seen):
        return [_judged(_whole([_twice(part)], kept), forms) for part in group]
    return [_judged(_whole(group, kept), forms)]


def _whole(group: list[model.Record], kept: Kept) -> model.Record:
    """One record of some pages, what was replaced behind them."""
    every = [*group, *(old for part in group for old in kept[part.id])]
    return _merged(every) if len(every) > 1 else every[0]


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


def _by_hand(group: list[model.Record], forms: FormsByKey, kept: Kept) -> model.Record:
    """One record of what a person put together, in their order; what is of another form says nothing."""
    named = next((part for part in group if part.form is not None), group[0])
    same = [part if part.form == named.form else _silent(part) for part in group]
    form = forms.get(named.form) if named.form else None
    if form is not None and not any(part.readings for part in same):
        same = [replace(p, readings=build.all_fields(form, ())) if p.id == named.id else p for p in same]
    return _judged(_whole(same, kept), forms)


def _silent(part: model.Record) -> model.Record:
    return replace(part, pages=tuple(replace(page, panels=()) for page in part.pages), form=None, readings={})


def _merged(group: list[model.Record]) -> model.Record:
    """One record of several pages, in this order."""
    pages, readings, serial = [], dict[str, model.Reading](), None
    for number, part in enumerate(group, 1):
        pages += [replace(page, n=number) for page in part.pages]
        serial = serial or part.serial
        for name, reading in part.readings.items():
            if reading.page is not None:
                readings[name] = replace(reading, page=number)
            else:
                readings.setdefault(name, reading)
    order = max((part.readings for part in group), key=len)  # all have the same fields, but for sides without any
    first = min(group, key=_first)
    named = next((part for part in group if part.form is not None), group[0])
    return replace(
        named,
        id=first.id,
        pages=tuple(pages),
        serial=serial,
        readings={name: readings[name] for name in order},
        decisions=tuple(sorted((d for part in group for d in part.decisions), key=lambda d: d.at)),
        findings=(),
        aliases=tuple(sorted({name for part in group for name in (part.id, *part.aliases)} - {first.id})),
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
