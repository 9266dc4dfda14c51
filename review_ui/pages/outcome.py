"""What came of a save, told as a page, or as JSON to the page's script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from pipeline import model
from pipeline.forms import schema
from review_ui import desk, given, view, words
from review_ui.pages import home
from review_ui.pages import record as records


@dataclass(frozen=True)
class Saved:
    """It is in the store."""

    record: model.Record


@dataclass(frozen=True)
class Check:
    """It would be stored in another form than it was typed: a person looks at that first."""

    typed: str
    stored: str
    version: int


@dataclass(frozen=True)
class Wrong:
    """It does not fit the field."""

    sentence: str


@dataclass(frozen=True)
class Held:
    """Somebody else has the record."""

    by: str


@dataclass(frozen=True)
class Stale:
    """Somebody else saved first; both values as a person reads them."""

    what: given.Given
    theirs: str
    yours: str
    version: int
    who: str


Outcome: TypeAlias = Saved | Check | Wrong | Held | Stale


def respond(request: Request, shown: records.Shown, field: schema.Field, came: Outcome) -> Response:
    """Answer in the form that was asked for."""
    if "application/json" in request.headers.get("accept", ""):
        return _json(request, shown, field, came)
    return _page(request, shown, field, came)


def _json(request: Request, shown: records.Shown, field: schema.Field, came: Outcome) -> Response:
    match came:
        case Saved(record):
            return JSONResponse(_saved(request, record, shown.form, field))
        case Check(_, stored, _):
            return JSONResponse({"check": stored, "message": words.CHECK_AGAIN_LEAD})
        case Wrong(sentence):
            return JSONResponse({"wrong": sentence}, 422)
        case Held(by):
            return JSONResponse({"wrong": words.held(by) + words.HELD_TODO}, 409)
        case Stale():
            both = {"theirs": came.theirs, "yours": came.yours, "version": came.version, "who": came.who}
            return JSONResponse(both, 409)


def _saved(request: Request, record: model.Record, form: schema.Form | None, field: schema.Field) -> dict[str, Any]:
    fields = records.fields_of(request, record, form)
    left = sum(one.needs for one in fields)
    return {
        "saved": words.saved_at(home.clock(record.decisions[-1].at)),
        "left": words.fields_left(left) if left else "",
        "version": record.answers()[field.id].version,
        "fields": [
            {"id": one.id, "status": one.status, "version": one.version, "now": one.now, "needs": one.needs,
             "why": list(one.why)}
            for one in fields
        ],
    }  # fmt: skip


def _page(request: Request, shown: records.Shown, field: schema.Field, came: Outcome) -> Response:
    match came:
        case Saved(record):
            return _next(request, record, shown.form)
        case Check():
            return desk.page(request, "check.html", record=shown.record, field=field, came=came)
        case Wrong(sentence):
            return records.render(request, shown, at=field.id, wrong={field.id: sentence})
        case Held(by):
            return desk.problem(request, 409, "held", words.held(by), words.HELD_TODO)
        case Stale():
            raws = (came.what.raw,) if isinstance(came.what.raw, str) else came.what.raw
            control = view.control(field)
            return desk.page(
                request, "stale.html", 409, record=shown.record, field=field, came=came, control=control, raws=raws
            )


def _next(request: Request, record: model.Record, form: schema.Form | None) -> Response:
    """Back to the record, at the next field that needs a look."""
    needing = [field.id for field in records.fields_of(request, record, form) if field.needs]
    where = {"saved": "1"} | ({"at": needing[0]} if needing else {})
    return RedirectResponse(f"/records/{record.id}?{urlencode(where)}", 303)
