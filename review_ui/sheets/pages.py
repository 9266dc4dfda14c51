"""One sheet put right: what a person says about it, and reading it again at once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from pipeline import model, review, run
from pipeline import records as station
from pipeline.errors import Problem, StaleWrite
from pipeline.store import batches
from review_ui import desk, gate
from review_ui import words as common
from review_ui.intake import uploads
from review_ui.pages import home
from review_ui.pages import record as records
from review_ui.roles import Permission
from review_ui.sheets import words

router = APIRouter(dependencies=[Depends(gate.needs(Permission.REVIEW))])
SMALL = 360  # px
AROUND = 12  # records on each side among which the other half is looked for
ACTIONS: tuple[review.Action, ...] = ("form", "turn", "join", "part", "swap", "duplicate", "undo")


@dataclass(frozen=True)
class Neighbour:
    """Another record that may belong to the same sheet."""

    id: str
    text: str
    page: int


def page(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    """A page of this area, with its wording."""
    return desk.page(request, f"sheets/{template}.html", status, x=words, **context)


@router.get("/records/{record_id}/sheet")
def sheet(request: Request, record_id: str, done: str = "") -> Response:
    """All that can be put right on a sheet."""
    notices = {"saved": words.SAVED, "read": words.READ_NOW, "lost": words.NOT_FOUND_AGAIN, "stopped": words.STOPPED}
    return show(request, records.found(request, record_id), notice=notices.get(done, ""))


def show(request: Request, shown: records.Shown, wrong: str = "", notice: str = "", status: int = 200) -> Response:
    """The page, with what went wrong just now."""
    at, record = desk.of(request), shown.record
    again = [one.other for one in review.rescans.proposed(at.store, record.id)]
    partner = [one for one in _partner(at, record) if one not in again]
    near = [one for one in batches.neighbours(at.store, record.id) if one not in (*again, *partner)]
    found = [
        *(_neighbour(at, one, words.partner) for one in partner),
        *(_neighbour(at, one, words.again) for one in again),
        *(_neighbour(at, one) for one in near),
    ]
    return page(
        request,
        "sheet",
        status,
        record=record,
        title=_title(at, record),
        held_by=shown.held_by,
        forms=records.choices(request, record),
        again=len(again),
        neighbours=[one for one in found if one is not None],
        lone=len(at.store.on_page(record.pages[0].sha256, record.pages[0].page or 0)) == 1,
        said=[_said(one) for one in model.whole(record)],
        batch=shown.filed.scan.batch,
        position=batches.position(at.store, record.id),
        wrong=wrong,
        notice=notice,
    )


def _partner(at: desk.Desk, record: model.Record) -> list[str]:
    """The record that seems to be the rest of the same sheet, where part of it is missing.

    Nothing where a run of halves goes on beyond what is looked at: pairs are counted from its ends.
    """
    if not _lacks(record):
        return []
    stack = [one for one in map(functools.partial(_record, at), batches.around(at.store, record.id, AROUND)) if one]
    here = next((n for n, one in enumerate(stack) if one.id == record.id), 0)
    sides = stack[:here], stack[here + 1 :]
    if any(len(side) >= AROUND and all(_lacks(one) for one in side) for side in sides):
        return []
    pairs = station.proposed(stack, at.forms)
    return [pairs[record.id]] if record.id in pairs else []


def _lacks(record: model.Record) -> bool:
    return any(finding.code == "panel-missing" for finding in record.findings)


def _record(at: desk.Desk, record_id: str) -> model.Record | None:
    try:
        return at.store.record(record_id)
    except KeyError:  # taken out at this moment
        return None


def _neighbour(at: desk.Desk, record_id: str, said: Callable[[str], str] = str) -> Neighbour | None:
    record = _record(at, record_id)
    if record is None:
        return None
    first = record.pages[0]
    text = words.neighbour(first.file, first.page or 0, _title(at, record))
    return Neighbour(record.id, said(text), first.n)


def _title(at: desk.Desk, record: model.Record) -> str:
    form = at.forms.get(record.form) if record.form is not None else None
    return form.title if form is not None else common.NO_FORM


def _said(decision: model.Decision) -> str:
    return f"{home.stamp(decision.at)} {decision.by} {common.ACTIONS.get(decision.action, decision.action)}"


@router.get("/records/{record_id}/sheet/small/{n}.jpg")
def small(request: Request, record_id: str, n: gate.Number) -> Response:
    """A page of a record, small, to tell it from others."""
    store = desk.of(request).store
    try:
        at = {one.n: one for one in store.record(record_id).pages}[n]
        picture = run.page_picture(store, at.sha256, at.page or 0, at.rotation or 0, SMALL)
    except KeyError as error:
        raise HTTPException(404) from error
    desk.viewed(request, record_id)
    return Response(picture, media_type="image/jpeg")


@router.post("/records/{record_id}/sheet")
def put_right(request: Request, record_id: str, posted: gate.Posted) -> Response:
    """Keep what a person says about the sheet, and read it again where that changes what is seen."""
    shown = records.found(request, record_id)
    action = next((one for one in ACTIONS if one == gate.text(posted, "action")), None)
    if action is None:
        raise HTTPException(400)
    undone = model.whole(shown.record)[-1:] if action == "undo" else []
    reads = action if not undone else undone[0].action
    return settle(request, shown, action, _raw(posted), gate.text(posted, "version"), reads=reads)


def _raw(posted: FormData) -> str | tuple[str, ...]:
    values = tuple(one for one in posted.getlist("raw") if isinstance(one, str))
    return values[0] if len(values) == 1 else values


def settle(
    request: Request, shown: records.Shown, action: review.Action, raw: str | tuple[str, ...], version: str, reads: str
) -> Response:
    """Decide, then read again; back to the page with what came of it."""
    if shown.held_by is not None:
        return desk.problem(request, 409, "held", common.held(shown.held_by), common.HELD_TODO)
    if not (version.isascii() and version.isdigit() and len(version) < 10):
        raise HTTPException(400)
    at, by = desk.of(request), desk.actor(request).name
    raw = (raw,) if action == "part" and isinstance(raw, str) else raw
    change = review.Change(shown.record.id, None, action, int(version), by, raw)
    try:
        record = run.settle(at.store, at.forms, change)
    except StaleWrite as stale:
        return desk.problem(request, 409, "stale", common.whole_stale(stale.by), common.RELOAD)
    except review.NotUnderstood as refused:
        return show(request, shown, wrong=refused.what + refused.todo, status=422)
    except KeyError as error:
        raise HTTPException(400) from error
    done = read_again(request, record) if reads in review.sheets.READ_AFTER else "saved"
    return RedirectResponse(f"/records/{record.id}/sheet?done={done}", 303)


def read_again(request: Request, record: model.Record) -> str:
    """Read the record's pages with what was said about them; whether a form was found on them."""
    at = desk.of(request)
    wanted = {(one.sha256, one.page) for one in record.pages}
    tasks = [one for sha256 in {sha256 for sha256, _ in wanted} for one in at.store.pages(sha256)]
    again = [run.again(at.store, one.page_id) for one in tasks if (one.sha256, one.number) in wanted]
    try:
        parts = uploads.works(request).read(again)
    except Problem:
        return "stopped"
    for part in parts:
        run.save(part, at.store, at.forms, again=True)
    return "read" if any(one.form is not None for part in parts for one in part.records) else "lost"
