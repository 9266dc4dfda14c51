"""Saving: one field, or a word about the whole record; a plain form post, or the same from the page's script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from pipeline import model, review, run
from pipeline.errors import StaleWrite
from pipeline.forms import schema
from pipeline.review import notes
from review_ui import desk, gate, given, together, view, words
from review_ui.pages import outcome
from review_ui.pages import record as records
from review_ui.roles import Permission

router = APIRouter(dependencies=[Depends(gate.needs(Permission.REVIEW))])
WHOLE: tuple[review.Action, ...] = ("form", "confirm", "blank", "duplicate", "foreign", "undo")


@dataclass(frozen=True)
class Asked:
    """What a request is about."""

    shown: records.Shown
    field: schema.Field
    answer: model.Answer


def about(request: Request, record_id: str, field_id: str) -> Asked:
    """What a request is about; raises 404."""
    shown = records.found(request, record_id)
    field = shown.form.fields.get(field_id) if shown.form is not None else None
    if field is None:
        raise HTTPException(404)
    answer = shown.record.answers().get(field_id, model.Answer(field_id, None, "empty", False, None, None))
    return Asked(shown, field, answer)


@router.post("/records/{record_id}/fields/{field_id}")
def settle_field(request: Request, record_id: str, field_id: str, posted: gate.Posted) -> Response:
    """Confirm or correct one field and go to the next that needs a look."""
    asked = about(request, record_id, field_id)
    return outcome.respond(request, asked.shown, asked.field, settled(request, asked, posted))


def settled(request: Request, asked: Asked, posted: FormData, second: bool = False) -> outcome.Outcome:
    """Save what was posted for a field; `second`: as the second person's entry."""
    if asked.shown.held_by is not None:
        return outcome.Held(asked.shown.held_by)
    try:
        what = given.of(asked.field, posted)
        stored = _stored(asked.field, what)
        if stored and not gate.text(posted, "sure"):
            return outcome.Check(str(what.raw), stored, version(posted))
        does: review.Action = "second" if second else given.action(asked.field, asked.answer, what)
        return _save(request, asked, _change(request, asked, does, what, version(posted)))
    except review.NotUnderstood as refused:
        return outcome.Wrong(refused.what + refused.todo)


def _change(request: Request, asked: Asked, does: review.Action, what: given.Given, version: int) -> review.Change:
    by = desk.actor(request).name
    return review.Change(asked.shown.record.id, asked.field.id, does, version, by, what.raw, what.state)


def _save(request: Request, asked: Asked, change: review.Change) -> outcome.Outcome:
    at = desk.of(request)
    try:
        record = run.settle(at.store, at.forms, change)
        if change.action != "undo":
            notes.close(at.store, record, asked.field.id, change.by)
        return outcome.Saved(record)
    except StaleWrite as stale:
        stands = at.store.record(change.record).answers()[asked.field.id]
        mine = review.understood(asked.field, change.raw) if change.state == "valid" else None
        return outcome.Stale(
            given.Given(change.raw, change.state),
            theirs=view.readable(asked.field, stands.value, stands.state) if stale.theirs else together.words.NOT_SHOWN,
            yours=view.readable(asked.field, mine, change.state),
            version=stands.version,
            who=records.saved_by(stale.by, stale.at),
        )


def version(posted: FormData) -> int:
    """The version that the page held; raises 400."""
    text = gate.text(posted, "version")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise HTTPException(400)
    return int(text)


def _stored(field: schema.Field, what: given.Given) -> str:
    """What a typed value will be stored as, when that is something else than was typed."""
    if what.state != "valid" or not isinstance(what.raw, str) or view.control(field) not in {"line", "area"}:
        return ""
    text = review.shown(field, review.understood(field, what.raw))
    return text if text != what.raw else ""


@router.post("/records/{record_id}/fields/{field_id}/{way}")
def step(
    request: Request, record_id: str, field_id: str, way: Literal["undo", "redo"], posted: gate.Posted
) -> Response:
    """Take this person's last decision on a field back, or make it again."""
    asked = about(request, record_id, field_id)
    return outcome.respond(request, asked.shown, asked.field, stepped(request, asked, way, posted))


def stepped(request: Request, asked: Asked, way: str, posted: FormData) -> outcome.Outcome:
    """Take the last decision on a field back, or make it again."""
    seen = version(posted)
    if asked.shown.held_by is not None:
        return outcome.Held(asked.shown.held_by)
    what, does = given.Given("", asked.answer.state), "undo"
    if way == "redo":
        undone = given.undone(asked.shown.record, asked.field)
        if undone is None:
            return outcome.Wrong(words.NOTHING_TO_REDO)
        what, does = undone
    try:
        return _save(request, asked, _change(request, asked, given.ACTIONS[does], what, seen))
    except review.NotUnderstood as refused:
        return outcome.Wrong(refused.what + refused.todo)


@router.post("/records/{record_id}/hold")
def hold(request: Request, record_id: str, posted: gate.Posted) -> Response:
    """Keep the record for this person while they work on it."""
    shown = records.found(request, record_id)
    return JSONResponse({} if shown.held_by is not None else {"until": records.yours(shown)})


@router.post("/records/{record_id}")
def settle_record(request: Request, record_id: str, posted: gate.Posted) -> Response:
    """Give the record a form, or set it aside as blank, duplicate or foreign."""
    shown = records.found(request, record_id)
    does = next((one for one in WHOLE if one == gate.text(posted, "action")), None)
    if does is None:
        raise HTTPException(400)
    if shown.held_by is not None:
        return desk.problem(request, 409, "held", words.held(shown.held_by), words.HELD_TODO)
    if does == "form" and not gate.text(posted, "form"):
        return records.render(request, shown, wrong={"": words.CHOOSE_FORM})
    return _whole(request, shown, does, posted)


def _whole(request: Request, shown: records.Shown, does: review.Action, posted: FormData) -> Response:
    at, name = desk.of(request), desk.actor(request).name
    raw, why = gate.text(posted, "form"), gate.text(posted, "finding")
    change = review.Change(shown.record.id, None, does, version(posted), name, raw, why=why)
    try:
        record = run.settle(at.store, at.forms, change)
    except StaleWrite as stale:
        return desk.problem(request, 409, "stale", words.whole_stale(stale.by), words.RELOAD)
    except review.NotUnderstood as refused:
        return records.render(request, shown, wrong={"": refused.what + refused.todo})
    if does in {"form", "confirm", "undo"}:
        return RedirectResponse(f"/records/{record.id}?{urlencode({'saved': 1})}", 303)
    review.release(at.store, name, record.id)
    return RedirectResponse("/", 303)
