"""The report's tables as pages, and the way to its file."""

from __future__ import annotations

import datetime as dt

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from pipeline import exports
from pipeline.store import moments
from review_ui import desk, gate, roles
from review_ui.exporting import jobs
from review_ui.exporting import words as export_words
from review_ui.pages import export
from review_ui.reporting import kept, words
from review_ui.roles import Permission

router = APIRouter(dependencies=[Depends(gate.needs(Permission.REPORT))])
writing = APIRouter(dependencies=[Depends(gate.needs(Permission.EXPORT))])
PATH = "/report"


def _day(text: str) -> dt.date | None:
    """A day from the address; raises 422 when it is none, or has yet to come."""
    try:
        day = dt.date.fromisoformat(text) if text else None
    except ValueError as error:
        raise HTTPException(422, words.BAD_DATE) from error
    if day is not None and day > dt.datetime.now(moments.TOKYO).date():
        raise HTTPException(422, words.BAD_DATE)
    return day


@router.get(PATH)
def contents(request: Request, as_of: str = "") -> Response:
    """Which tables there are, and where every sheet is."""
    counted = kept.of(request).counted(_day(as_of))
    may_export = roles.may(desk.actor(request).role, Permission.EXPORT)
    return desk.page(request, "reporting/contents.html", x=words, counted=counted, as_of=as_of, may_export=may_export)


@router.get(PATH + "/{table_id}")
def table(request: Request, table_id: str, as_of: str = "") -> Response:
    """One table, with the way to those before and after it."""
    made = kept.of(request).counted(_day(as_of)).tables
    place = next((n for n, one in enumerate(made) if one.id == table_id), None)
    if place is None:
        raise HTTPException(404)
    around = (made[place - 1] if place else None, made[place + 1] if place + 1 < len(made) else None)
    return desk.page(request, "reporting/table.html", x=words, made=made[place], around=around, as_of=as_of)


@writing.post(PATH)
def file(request: Request, posted: gate.Posted) -> Response:
    """Begin to write the report's file; it is handed out where other exports are."""
    day, actor = _day(gate.text(posted, "as_of")), desk.actor(request)
    asked = exports.Asked(kind=exports.REPORT, as_of=day, office=actor.office, by=actor.name)
    try:
        job = export.running(request).start("write", asked, ".xlsx")
    except jobs.Busy:
        return desk.problem(request, 409, "export-busy", export_words.BUSY, export_words.BUSY_TODO)
    return RedirectResponse(f"{export.PATH}/{job.id}", 303)
