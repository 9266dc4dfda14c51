"""What came in by whatever way, and what could not be opened: its reason, and the way back."""

from __future__ import annotations

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from pipeline import run
from pipeline.errors import Problem
from pipeline.store import batches
from review_ui import desk, gate
from review_ui.intake import pages, scope, uploads, words
from review_ui.roles import Permission

router = APIRouter(dependencies=[Depends(gate.needs(Permission.INTAKE))])
SHOWN = 200


@router.get("/arrivals")
def arrivals(request: Request, watched: bool = False) -> Response:
    """The last files that came in, newest first; those of the watched folder too."""
    store, mine = desk.of(request).store, scope.of(request)
    if watched:
        mine = batches.Scope(office=desk.actor(request).office)
    found = batches.files(store, mine, by=batches.WATCHED if watched else None, limit=SHOWN)
    return pages.page(request, "arrivals", files=found, only=watched)


@router.get("/quarantine")
def quarantine(request: Request, opened: bool = False) -> Response:
    """Files that could not be opened and wait for a person."""
    return _quarantine(request, notice=words.OPENED_AGAIN if opened else "")


def _quarantine(request: Request, notice: str = "", wrong: str = "", status: int = 200) -> Response:
    found = batches.files(desk.of(request).store, scope.of(request), refused=True, limit=SHOWN)
    return pages.page(request, "quarantine", status, files=found, notice=notice, wrong=wrong)


@router.post("/quarantine/{scan_id}")
def open_again(request: Request, scan_id: gate.Number, posted: gate.Posted) -> Response:
    """Try one of them once more; when it opens, its pages are read."""
    at, works = desk.of(request), uploads.works(request)
    waiting = batches.files(at.store, scope.of(request), refused=True, limit=10**6)
    file = next((one for one in waiting if one.id == scan_id), None)
    if file is None:
        raise HTTPException(404)
    if file.record is not None and at.store.record(file.record).decisions:
        return _quarantine(request, wrong=words.BEGUN, status=409)
    try:
        arrival = run.open_again(file.sha256, at.store, works.count, desk.actor(request).name)
    except Problem as problem:
        return _quarantine(request, wrong=problem.what + problem.todo, status=409)
    if arrival.kind == "refused":
        return _quarantine(request, wrong=words.STILL_SHUT + arrival.message, status=422)
    works.wake()
    return RedirectResponse("/quarantine?opened=1", 303)
