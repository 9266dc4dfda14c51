"""Batches: the list, one of them with its stack of paper, and how many sheets were counted."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from pipeline.errors import UsageProblem
from pipeline.store import batches
from review_ui import desk, gate
from review_ui.intake import scope, words
from review_ui.pages import home
from review_ui.roles import Permission

router = APIRouter(dependencies=[Depends(gate.needs(Permission.INTAKE))])
MOST_COUNTED_DIGITS = 6


def page(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    """A page of this area, with its wording and how its times and names read."""
    return desk.page(
        request, f"intake/{template}.html", status, x=words, stamp=home.stamp, watched=batches.WATCHED, **context
    )


@router.get("/batches")
def listing(request: Request) -> Response:
    """The last batches, and a form for a new one."""
    return _listing(request, FormData(), "")


def _listing(request: Request, given: FormData, wrong: str, status: int = 200) -> Response:
    at, actor = desk.of(request), desk.actor(request)
    return page(
        request,
        "batches",
        status,
        batches=batches.newest(at.store, scope.of(request)),
        offices=batches.offices(at.store),
        own_office=actor.office,
        offered=batches.offered(at.store, actor.office or actor.name),
        given=given,
        wrong=wrong,
    )


@router.post("/batches")
def create(request: Request, posted: gate.Posted) -> Response:
    """A new batch; files go into it on its own page."""
    actor = desk.actor(request)
    in_office = actor.office or gate.text(posted, "office") or None
    try:
        counted = _counted(gate.text(posted, "counted"))
        made = batches.create(desk.of(request).store, gate.text(posted, "name"), actor.name, in_office, counted)
    except UsageProblem as refused:
        return _listing(request, posted, refused.what + refused.todo, 422)
    return RedirectResponse(f"/batches/{made}", 303)


def _counted(text: str) -> int | None:
    """Typed as figures of whatever width; nothing is not counted yet."""
    text = text.strip()
    if not text:
        return None
    if not text.isdecimal() or len(text) > MOST_COUNTED_DIGITS:
        raise UsageProblem("batch-counted", words.BAD_COUNT)
    return int(text)


@router.get("/batches/{batch_id}")
def one(request: Request, batch_id: gate.Number) -> Response:
    """A batch: where files are dropped, how far reading is, and its stack of paper."""
    return show(request, batch_id)


def show(request: Request, batch_id: int, status: int = 200, wrong: str = "", came: tuple[str, ...] = ()) -> Response:
    """The page of a batch, with what went wrong just now and what became of files that were just sent."""
    at, found = desk.of(request), scope.batch(request, batch_id)
    return page(
        request,
        "batch",
        status,
        batch=found,
        stack=batches.stack(at.store, batch_id),
        titles={"/".join(key): form.title for key, form in at.forms.items()},
        files=batches.files(at.store, scope.of(request), batch_id),
        wrong=wrong,
        came=came,
    )


@router.post("/batches/{batch_id}/counted")
def counted(request: Request, batch_id: gate.Number, posted: gate.Posted) -> Response:
    """Note how many sheets were counted by hand."""
    scope.batch(request, batch_id)
    try:
        batches.count_sheets(desk.of(request).store, batch_id, _counted(gate.text(posted, "counted")))
    except UsageProblem as refused:
        return show(request, batch_id, 422, refused.what + refused.todo)
    return RedirectResponse(f"/batches/{batch_id}", 303)
