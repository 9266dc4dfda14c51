"""Saving: one field, or a word about the whole record; as a plain form post."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from pipeline import model, review, run
from pipeline.errors import StaleWrite
from pipeline.forms import schema
from review_ui import desk, gate, view, words
from review_ui.pages import home
from review_ui.pages import record as records
from review_ui.roles import Permission

router = APIRouter(dependencies=[Depends(gate.needs(Permission.REVIEW))])
WHOLE: tuple[review.decisions.Action, ...] = ("form", "blank", "duplicate", "foreign", "undo")


class Refused(Exception):
    """What was posted is no value; the sentence stands beside the field."""


@dataclass(frozen=True)
class Given:
    """What a person gave for a field, as posted."""

    raw: str | tuple[str, ...]
    state: model.State


def given(field: schema.Field, form: FormData) -> Given:
    """Value and state from a post: radios carry either, boxes and text stand beside a radio for the state."""
    if gate.text(form, "take"):
        return Given(gate.text(form, "take"), "valid")
    control = view.control(field)
    if control == "radio":
        kind, _, raw = gate.text(form, "answer").partition(":")
        return Given(raw, "valid") if kind == "value" else Given("", _state(raw))
    if control == "boxes":
        picked = tuple(one for one in form.getlist("picked") if isinstance(one, str))
        return Given(picked, "valid") if picked else Given("", _state(gate.text(form, "state")))
    text, state = gate.text(form, "written").strip(), gate.text(form, "state")
    if text and (state in {"", "valid"} or text != gate.text(form, "shown").strip()):
        return Given(text, "valid")
    return Given("", _state(state))


def _state(name: str) -> model.State:
    known: dict[str, model.State] = {
        "empty": "empty",
        "multiple": "multiple",
        "illegible": "illegible",
        "not_applicable": "not_applicable",
    }
    if name not in known:
        raise Refused(words.NO_VALUE)
    return known[name]


def action(field: schema.Field, answer: model.Answer, what: Given) -> review.decisions.Action:
    """Confirmed when it is what stood there, keyed in when nothing could be read, else corrected."""
    value = review.understood(field, what.raw) if what.state == "valid" else None
    if (value, what.state) == (answer.value, answer.state) and answer.reading is not None:
        return "confirm"
    unread = answer.reading is None or answer.reading.state == "illegible"
    return "enter" if unread else "correct"


@router.post("/records/{record_id}/fields/{field_id}")
def settle_field(request: Request, record_id: str, field_id: str, posted: gate.Posted) -> Response:
    """Confirm or correct one field and go to the next that needs a look."""
    shown = records.found(request, record_id)
    field = shown.form.fields.get(field_id) if shown.form is not None else None
    if field is None:
        raise HTTPException(404)
    if shown.held_by is not None:
        return desk.problem(request, 409, "held", words.held(shown.held_by), words.HELD_TODO)
    try:
        return _settled(request, shown, field, posted)
    except Refused as refused:
        return records.render(request, shown, at=field_id, wrong={field_id: str(refused)})
    except review.NotUnderstood as refused:
        return records.render(request, shown, at=field_id, wrong={field_id: refused.what + refused.todo})


def _settled(request: Request, shown: records.Shown, field: schema.Field, posted: FormData) -> Response:
    at, what = desk.of(request), given(field, posted)
    answer = shown.record.answers().get(field.id, model.Answer(field.id, None, "empty", False, None, None))
    does = action(field, answer, what)
    stored = _stored(field, what)
    if stored and not gate.text(posted, "sure"):
        return desk.page(
            request,
            "check.html",
            record=shown.record,
            field=field,
            typed=what.raw,
            stored=stored,
            version=_version(posted),
        )
    change = review.Change(
        shown.record.id, field.id, does, _version(posted), desk.actor(request).name, what.raw, what.state
    )
    try:
        record = run.settle(at.store, at.forms, change)
    except StaleWrite as stale:
        return _stale(request, shown, field, what, stale)
    return _next(record, shown.form)


def _version(posted: FormData) -> int:
    text = gate.text(posted, "version")
    if not (text.isascii() and text.isdigit()):
        raise HTTPException(400)
    return int(text)


def _stored(field: schema.Field, what: Given) -> str:
    """What a typed value will be stored as, when that is something else than was typed."""
    if what.state != "valid" or not isinstance(what.raw, str) or view.control(field) not in {"line", "area"}:
        return ""
    text = review.shown(field, review.understood(field, what.raw))
    return text if text != what.raw else ""


def _stale(request: Request, shown: records.Shown, field: schema.Field, what: Given, stale: StaleWrite) -> Response:
    raws = (what.raw,) if isinstance(what.raw, str) else what.raw
    stands = desk.of(request).store.record(shown.record.id).answers()[field.id]
    mine = review.understood(field, what.raw) if what.state == "valid" else None
    return desk.page(
        request,
        "stale.html",
        409,
        record=shown.record,
        field=field,
        control=view.control(field),
        raws=raws,
        state=what.state,
        stale=stale,
        theirs=view.readable(field, stands.value, stands.state),
        yours=view.readable(field, mine, what.state),
        when=home.clock(stale.at) if stale.at else "",
    )


def _next(record: model.Record, form: schema.Form | None) -> Response:
    """Back to the record, at the next field that needs a look."""
    needing = [field.id for field in view.fields(record, form) if field.needs] if form is not None else []
    where = {"saved": "1"} | ({"at": needing[0]} if needing else {})
    return RedirectResponse(f"/records/{record.id}?{urlencode(where)}", 303)


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


def _whole(request: Request, shown: records.Shown, does: review.decisions.Action, posted: FormData) -> Response:
    at, raw = desk.of(request), gate.text(posted, "form")
    change = review.Change(shown.record.id, None, does, _version(posted), desk.actor(request).name, raw)
    try:
        record = run.settle(at.store, at.forms, change)
    except StaleWrite as stale:
        return desk.problem(request, 409, "stale", words.whole_stale(stale.by), words.RELOAD)
    except review.NotUnderstood as refused:
        return records.render(request, shown, wrong={"": refused.what + refused.todo})
    if does in {"form", "undo"}:
        return _next(record, at.forms.get(record.form) if record.form is not None else None)
    review.release(at.store, desk.actor(request).name, record.id)
    return RedirectResponse("/", 303)
