"""What came of a save, told as a page, or as JSON to the page's script."""

from __future__ import annotations

from collections.abc import Callable
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
Fields: TypeAlias = Callable[[Request, model.Record, schema.Form | None], list[view.FieldView]]


@dataclass(frozen=True)
class Way:
    """How fields are settled: each by one person, or by a second one who does not see what the first did."""

    base: str  # of the addresses
    fields: Fields  # what there is to settle
    render: Callable[..., Response]  # the page, with a sentence per field that was refused


ORDINARY = Way("/records", records.fields_of, records.render)


def respond(
    request: Request, shown: records.Shown, field: schema.Field, came: Outcome, way: Way = ORDINARY
) -> Response:
    """Answer in the form that was asked for."""
    if "application/json" in request.headers.get("accept", ""):
        return _json(request, shown, field, came, way)
    return _page(request, shown, field, came, way)


def _json(request: Request, shown: records.Shown, field: schema.Field, came: Outcome, way: Way) -> Response:
    match came:
        case Saved(record):
            fields = way.fields(request, record, shown.form)
            return JSONResponse(_saved(record, field, fields) | {"until": records.yours(shown)})
        case Check(_, stored, _):
            return JSONResponse({"check": stored, "message": words.CHECK_AGAIN_LEAD})
        case Wrong(sentence):
            return JSONResponse({"wrong": sentence}, 422)
        case Held(by):
            return JSONResponse({"wrong": words.held(by) + words.HELD_TODO}, 409)
        case Stale():
            both = {"theirs": came.theirs, "yours": came.yours, "version": came.version, "who": came.who}
            return JSONResponse(both, 409)


def _saved(record: model.Record, field: schema.Field, fields: list[view.FieldView]) -> dict[str, Any]:
    """What the page's script needs to know after a save."""
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


def _page(request: Request, shown: records.Shown, field: schema.Field, came: Outcome, way: Way) -> Response:
    base = f"{way.base}/{shown.record.id}"
    match came:
        case Saved(record):
            return _next(record, way.fields(request, record, shown.form), way)
        case Check():
            return desk.page(request, "check.html", base=base, field=field, came=came)
        case Wrong(sentence):
            return way.render(request, shown, at=field.id, wrong={field.id: sentence})
        case Held(by):
            return desk.problem(request, 409, "held", words.held(by), words.HELD_TODO)
        case Stale():
            raws = (came.what.raw,) if isinstance(came.what.raw, str) else came.what.raw
            control = view.control(field)
            return desk.page(request, "stale.html", 409, base=base, field=field, came=came, control=control, raws=raws)


def _next(record: model.Record, fields: list[view.FieldView], way: Way) -> Response:
    """Back to the record, at the next field that needs a look."""
    needing = [field.id for field in fields if field.needs]
    where = {"saved": "1"} | ({"at": needing[0]} if needing else {})
    return RedirectResponse(f"{way.base}/{record.id}?{urlencode(where)}", 303)
