"""Reading again: what to read, what it would change, and the word to do it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from pipeline import review
from review_ui import desk, gate, view
from review_ui.again import words
from review_ui.again.job import Busy, Jobs
from review_ui.roles import Permission

router = APIRouter(dependencies=[Depends(gate.needs(Permission.REVIEW))])
PATH = "/again"
SHOWN = 500
UNKNOWN = "-"


@dataclass(frozen=True)
class Row:
    """A difference as a person reads it."""

    record: str
    field: str
    kind: str
    before: str
    after: str


def jobs(request: Request) -> Jobs:
    """The reading again of the running application."""
    return cast("Jobs", request.app.state.again)


@router.get(PATH)
def page(request: Request) -> Response:
    """What to read again; or how far it is, and what it would change."""
    return _page(request, "")


def _page(request: Request, wrong: str, status: int = 200) -> Response:
    at, job = desk.of(request), jobs(request).job
    found = job.differences if job is not None else []
    return desk.page(
        request,
        "again/again.html",
        status,
        x=words,
        job=job,
        forms=[("/".join(key), f"{form.title} {form.version}") for key, form in at.forms.items()],
        unknown=UNKNOWN,
        rows=[_row(at, one) for one in found[:SHOWN]],
        more=len(found) > SHOWN,
        changed=sum(one.kind != "kept" for one in found),
        kept=sum(one.kind == "kept" for one in found),
        wrong=wrong,
    )


def _row(at: desk.Desk, one: review.Difference) -> Row:
    form = at.forms.get(one.form) if one.form is not None else None
    field = form.fields.get(one.field or "") if form is not None else None
    texts = [view.readable(field, *stand) if stand is not None else words.NONE for stand in (one.before, one.after)]
    name = field.name if field is not None else one.field or words.WHOLE
    return Row(one.record, name, words.KINDS[one.kind], *texts)


@router.post(PATH)
def look(request: Request, posted: gate.Posted) -> Response:
    """Find out what would change."""
    raw = gate.text(posted, "form")
    form = next((key for key in desk.of(request).forms if "/".join(key) == raw), None)
    if form is None and raw != UNKNOWN:
        return _page(request, words.FORM_UNKNOWN, 422)
    try:
        jobs(request).look(form, desk.actor(request).name)
    except Busy:
        return desk.problem(request, 409, "again-busy", words.BUSY, words.BUSY_TODO)
    return RedirectResponse(PATH, 303)


@router.post(PATH + "/apply")
def apply(request: Request, posted: gate.Posted) -> Response:
    """Save what was read."""
    running = jobs(request)
    if running.job is not None:
        running.apply(running.job)
    return RedirectResponse(PATH, 303)


@router.post(PATH + "/drop")
def drop(request: Request, posted: gate.Posted) -> Response:
    """Leave everything as it is."""
    jobs(request).drop()
    return RedirectResponse(PATH, 303)
