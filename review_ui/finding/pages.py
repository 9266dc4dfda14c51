"""Looking for a record; a post, so that no name stands in an address."""

from __future__ import annotations

import datetime as dt

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from pipeline.review import search
from pipeline.store import batches
from review_ui import desk, gate, roles
from review_ui.finding import words
from review_ui.pages import home
from review_ui.roles import Permission

router = APIRouter(dependencies=[Depends(gate.needs(Permission.REVIEW))])
TEXTS = ("serial", "form", "status", "office", "batch", "district", "name")


@router.get("/search")
def form(request: Request) -> Response:
    """The form."""
    return _page(request, FormData(), None, "")


def _page(
    request: Request, given: FormData, found: list[search.Found] | None, wrong: str, status: int = 200
) -> Response:
    at = desk.of(request)
    titles = {key: form.title for key, form in at.forms.items()}
    return desk.page(
        request,
        "finding/search.html",
        status,
        x=words,
        stamp=home.stamp,
        given=given,
        found=found,
        wrong=wrong,
        titles=titles,
        forms={key[0]: title for key, title in titles.items()},
        offices=batches.offices(at.store),
        may_name=_may_name(request),
    )


def _may_name(request: Request) -> bool:
    return roles.may(desk.actor(request).role, Permission.NAMES)


@router.post("/search")
def find(request: Request, posted: gate.Posted) -> Response:
    """What fits."""
    if gate.text(posted, "name") and not _may_name(request):
        raise HTTPException(403, "role")
    try:
        asked = _asked(posted)
    except ValueError:
        return _page(request, posted, None, words.BAD_DATE, 422)
    if asked == search.Asked():
        return _page(request, posted, None, words.NOTHING_ASKED, 422)
    at = desk.of(request)
    found = search.find(at.store, at.forms, asked)
    if asked.name:
        search.noted(at.store, desk.actor(request).name, len(found))
    return _page(request, posted, found, "")


def _asked(posted: FormData) -> search.Asked:
    """Raises ValueError for a day that is none."""
    texts = {name: gate.text(posted, name).strip() for name in TEXTS}
    since, until = (_day(gate.text(posted, name)) for name in ("since", "until"))
    return search.Asked(since=since, until=until, **texts)


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
