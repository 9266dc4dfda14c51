"""Two people, one value: the second enters blind, and where they differ somebody says which is right."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from pipeline import model, review, run
from pipeline.errors import StaleWrite
from pipeline.forms import schema
from pipeline.review import double_entry
from pipeline.store import Twice
from review_ui import desk, gate, given, together, view, words
from review_ui.pages import home, outcome, settle
from review_ui.pages import record as records
from review_ui.roles import Permission

router = APIRouter(dependencies=[Depends(gate.needs(Permission.REVIEW))])
SCREENFUL = 50


@dataclass(frozen=True)
class Row:
    """A field that two people entered differently."""

    record: str
    field: str
    name: str
    title: str
    at: str


@router.get("/double")
def overview(request: Request) -> Response:
    """What waits for this person as the second one, and where two people differ."""
    at = desk.of(request)
    seconds, thirds = double_entry.waiting(at.store, desk.actor(request).name)
    rows = [row for row in (_row(at, one) for one in double_entry.differences(at.store, SCREENFUL)) if row is not None]
    return desk.page(request, "double.html", seconds=seconds, thirds=thirds, rows=rows)


def _row(at: desk.Desk, one: Twice) -> Row | None:
    try:
        record = at.store.record(one.record)
        form = at.forms[record.form or ("", "")]
        return Row(record.id, one.field, form.fields[one.field].name, form.title, home.stamp(one.at))
    except KeyError:
        return None


@router.post("/double/next")
def take_next(request: Request, posted: gate.Posted) -> Response:
    """Hand out the next record on which this person can be the second."""
    at, name = desk.of(request), desk.actor(request).name
    if gate.text(posted, "from"):
        review.release(at.store, name, gate.text(posted, "from"))
    after = gate.text(posted, "after")
    item = review.take_second(at.store, name, after if re.fullmatch(home.CURSOR, after) else None)
    if item is None and after:  # the end: what was left open comes again
        item = review.take_second(at.store, name)
    return RedirectResponse(f"/double/{item.record}" if item is not None else "/double", 303)


@router.get("/double/{record_id}")
def record_page(request: Request, record_id: str, page: int = 1, at: str = "") -> Response:
    """The fields that wait for a second person, without what anybody made of them."""
    shown = records.found(request, record_id)
    if not _blind(request, shown.record, shown.form):
        return RedirectResponse("/double", 303)
    return _render(request, shown, page=page, at=at)


def _blind(request: Request, record: model.Record, form: schema.Form | None) -> list[view.FieldView]:
    return view.blind(record, form, desk.actor(request).name) if form is not None else []


def _with_own(request: Request, record: model.Record, form: schema.Form | None) -> list[view.FieldView]:
    """Besides what waits: what this person has entered, as if it were settled; whether it agrees is not told."""
    name = desk.actor(request).name
    fields = form.fields.values() if form is not None else ()
    entered = [(field, double_entry.entry_of(record, field.id, name)) for field in fields]
    own = [view.entered(field, decision) for field, decision in entered if decision is not None]
    return _blind(request, record, form) + own


def _render(
    request: Request, shown: records.Shown, *, page: int = 1, at: str = "", wrong: dict[str, str] | None = None
) -> Response:
    more: dict[str, Any] = {
        "derived": [],
        "findings": (),
        "history": [],
        "forms": [],
        "saved": "",
        "wrong": wrong or {},
    }
    more |= {"base": f"/double/{shown.record.id}", "onward": "/double/next", "blind": True}
    fields = _blind(request, shown.record, shown.form)
    return records.laid_out(request, shown, fields, records.Asked(page, at), more)


WAY = outcome.Way("/double", _with_own, _render)


@router.post("/double/{record_id}/fields/{field_id}")
def enter(request: Request, record_id: str, field_id: str, posted: gate.Posted) -> Response:
    """Enter a field as the second person."""
    asked = settle.about(request, record_id, field_id)
    return outcome.respond(request, asked.shown, asked.field, settle.settled(request, asked, posted, second=True), WAY)


@router.post("/double/{record_id}/fields/{field_id}/{way}")
def step(
    request: Request, record_id: str, field_id: str, way: Literal["undo", "redo"], posted: gate.Posted
) -> Response:
    """Take this person's entry back, or make it again."""
    asked = settle.about(request, record_id, field_id)
    return outcome.respond(request, asked.shown, asked.field, settle.stepped(request, asked, way, posted), WAY)


@router.get("/differ/{record_id}/{field_id}")
def differ_page(request: Request, record_id: str, field_id: str) -> Response:
    """Both entries beside the picture."""
    return _differ(request, settle.about(request, record_id, field_id), "")


def _differ(request: Request, asked: settle.Asked, wrong: str) -> Response:
    entries = asked.shown.record.entries(asked.field.id)
    first, second = model.first_entry(entries), model.second_entry(entries)
    if asked.answer.waits != "third" or first is None or second is None:
        return RedirectResponse("/double", 303)
    nothing = replace(asked.answer, value=None, state="illegible", decision=None, origin=None)
    reading = asked.answer.reading
    return desk.page(
        request,
        "differ.html",
        422 if wrong else 200,
        record=asked.shown.record,
        held_by=asked.shown.held_by,
        until=asked.shown.until,
        field=view.empty(asked.field, nothing),
        first=view.readable(asked.field, *(first.now or (None, "empty"))),
        second=view.readable(asked.field, *(second.now or (None, "empty"))),
        pictured=reading is not None and reading.quad_px is not None,
        version=asked.answer.version,
        current="",
        wrong=wrong,
    )


@router.post("/differ/{record_id}/{field_id}")
def differ(request: Request, record_id: str, field_id: str, posted: gate.Posted) -> Response:
    """Settle a difference: the first, the second, neither, illegible."""
    asked, right = settle.about(request, record_id, field_id), gate.text(posted, "right")
    if asked.shown.held_by is not None:
        return desk.problem(request, 409, "held", words.held(asked.shown.held_by), words.HELD_TODO)
    if asked.answer.waits != "third":
        return desk.problem(request, 409, "stale", together.words.DIFFER_OVER, words.RELOAD)
    try:
        _decide(request, asked, right, posted)
    except StaleWrite:
        return desk.problem(request, 409, "stale", together.words.DIFFER_OVER, words.RELOAD)
    except review.NotUnderstood as refused:
        return _differ(request, asked, refused.what + refused.todo)
    review.release(desk.of(request).store, desk.actor(request).name, record_id)
    return RedirectResponse("/double", 303)


def _decide(request: Request, asked: settle.Asked, right: str, posted: FormData) -> None:
    at, field, record = desk.of(request), asked.field, asked.shown.record
    entries = record.entries(field.id)
    both = {"first": model.first_entry(entries), "second": model.second_entry(entries)}
    one = both.get(right)
    if one is not None and one.now is not None:
        what = given.Given(view.raws(field, one.now[0]), one.now[1])
    elif right in double_entry.RIGHT:
        what = given.without("illegible") if right == "illegible" else given.of(field, posted)
    else:
        raise review.NotUnderstood("no-value", together.words.DIFFER_WHICH)
    change = review.Change(
        record.id, field.id, "correct", settle.version(posted), desk.actor(request).name, what.raw, what.state, right
    )
    run.settle(at.store, at.forms, change)
