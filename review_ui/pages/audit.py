"""The audit log, for the auditor."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from pipeline.errors import StoreProblem
from pipeline.store import audit
from review_ui import desk, gate
from review_ui.pages import home
from review_ui.people import words as said
from review_ui.roles import Permission

router = APIRouter(dependencies=[Depends(gate.needs(Permission.AUDIT))])
SCREENFUL = 100
FILTERS = ("actor", "action", "target", "since", "until")
LONGEST = 200  # characters of a filter


@router.get("/audit")
def log(request: Request) -> Response:
    """The newest lines, narrowed by what was asked for."""
    return _page(request)


def _page(request: Request, verdict: str = "", faults: tuple[str, ...] = ()) -> Response:
    store = desk.of(request).store
    given = {name: request.query_params.get(name, "")[:LONGEST] for name in FILTERS}
    before = request.query_params.get("before", "")
    rows = audit.entries(store, _asked(given, before), SCREENFUL)
    return desk.page(
        request,
        "audit.html",
        rows=[(one, home.stamp(one.at)) for one in rows],
        given=given,
        actions=audit.actions(store),
        more=rows[-1].id if len(rows) == SCREENFUL else 0,
        length=audit.length(store),
        verdict=verdict,
        faults=faults,
    )


def _asked(given: Mapping[str, str], before: str) -> audit.Asked:
    return audit.Asked(
        actor=given["actor"] or None,
        action=given["action"] or None,
        target=given["target"] or None,
        since=_day(given["since"]),
        until=_day(given["until"]),
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 16 else None,
    )


def _day(text: str) -> dt.date | None:
    """A day; what is none narrows nothing, and the page shows what was typed."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1900 < day.year < 9000 else None


@router.post("/audit/verify")
def verify(request: Request, posted: gate.Posted) -> Response:
    """Walk the whole log."""
    store = desk.of(request).store
    try:
        faults = tuple(one.message for one in audit.verify(store))
    except StoreProblem as problem:
        faults = (problem.what + problem.todo,)
    store.audit(desk.actor(request).name, "audit-verify", f"faults={len(faults)}")
    return _page(request, said.AUDIT_BROKEN if faults else said.AUDIT_CLEAN, faults)
