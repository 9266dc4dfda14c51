"""How far the work is, by batch and by person."""

from __future__ import annotations

import datetime

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from pipeline.review import progress
from review_ui import desk, gate
from review_ui.pages import home
from review_ui.roles import Permission

router = APIRouter(dependencies=[Depends(gate.needs(Permission.REVIEW))])


@router.get("/progress")
def page(request: Request) -> Response:
    """What remains, what was confirmed, held and corrected; people by name, which is no ranking."""
    at, now = desk.of(request), datetime.datetime.now(datetime.UTC)
    today = {one.name: one.settled for one in progress.by_person(at.store, home.ages(now)[0])}
    people = [(one, today.get(one.name, 0)) for one in progress.by_person(at.store)]
    stacks = progress.by_batch(at.store)
    return desk.page(request, "progress.html", batches=stacks, people=people, own_office=at.store.office)
