"""What comes from outside a record: a better scan of its paper; and what leaves for good: a picture never meant to be here."""

from __future__ import annotations

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response

from pipeline import run
from pipeline.errors import Problem
from review_ui import bodies, desk, gate
from review_ui import words as common
from review_ui.intake import scope, uploads
from review_ui.pages import record as records
from review_ui.roles import Permission
from review_ui.sheets import pages, words

rescans = APIRouter(dependencies=[Depends(gate.needs(Permission.REVIEW))])
removals = APIRouter(dependencies=[Depends(gate.needs(Permission.REMOVE))])


@rescans.post("/records/{record_id}/sheet/rescan")
def rescan(request: Request, record_id: str, posted: gate.Posted) -> Response:
    """Take a new scan of the same paper in, read it, and put it in the place of the bad one."""
    shown = records.found(request, record_id)
    given = bodies.files(posted, "file")
    if len(given) != 1:
        return pages.show(request, shown, wrong=words.NO_FILE, status=422)
    if shown.held_by is not None:
        return desk.problem(request, 409, "held", common.held(shown.held_by), common.HELD_TODO)
    try:
        arrival = uploads.plain(request, given[0].file, given[0].filename or "", shown.filed.scan.batch_id)
        better = _sheets(request, arrival) if arrival.kind == "accepted" else []
    except Problem as problem:
        return pages.show(request, shown, wrong=problem.what + problem.todo, status=422)
    if len(better) != 1:
        return pages.show(request, shown, wrong=_why(arrival), status=422)
    if better[0] in {record_id, *shown.record.aliases}:
        return pages.show(request, records.found(request, record_id), notice=words.READ_NOW)
    version = str(desk.of(request).store.record(record_id).version)
    return pages.settle(request, shown, "duplicate", better[0], version, reads="")


def _why(arrival: run.Arrival) -> str:
    if arrival.kind == "duplicate":
        return words.RESCAN_KNOWN
    return arrival.message or words.RESCAN_MANY


def _sheets(request: Request, arrival: run.Arrival) -> list[str]:
    """The records on a file that just came in, read at once; blank pages are none."""
    at = desk.of(request)
    tasks = at.store.pages(arrival.sha256)
    for part in uploads.works(request).read(tasks):
        run.save(part, at.store, at.forms)
    found = [one for task in tasks for one in at.store.on_page(task.sha256, task.number)]
    return list(dict.fromkeys(one.id for one in found if one.status != "blank"))


@removals.post("/records/{record_id}/sheet/remove")
def remove(request: Request, record_id: str, posted: gate.Posted) -> Response:
    """Take a picture that should never have been scanned out for good, with all that was read from it."""
    at = desk.of(request)
    _within_reach(request, record_id)
    if not gate.text(posted, "sure"):
        return desk.problem(request, 422, "not-sure", words.REMOVE_NOT_SURE)
    try:
        run.remove(at.store, record_id, desk.actor(request).name)
    except Problem as problem:
        return desk.problem(request, 409, problem.code, problem.what, problem.todo)
    at.pictures.forget()
    return pages.page(request, "removed")


def _within_reach(request: Request, record_id: str) -> None:
    """Raise 404 for what is not in a batch that this person may see."""
    at = desk.of(request)
    try:
        filed = at.store.filed(record_id)
    except KeyError as error:
        raise HTTPException(404) from error
    if not scope.reaches(request, filed.scan.batch_id):
        raise HTTPException(404)
