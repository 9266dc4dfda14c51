"""Which batches a person may see: an operator their own, others those of their office; the headquarters all."""

from __future__ import annotations

from fastapi import HTTPException, Request

from pipeline.store import batches
from review_ui import desk, roles
from review_ui.roles import Permission


def of(request: Request) -> batches.Scope:
    """The signed-in person's."""
    actor = desk.actor(request)
    if not roles.may(actor.role, Permission.REVIEW):
        return batches.Scope(actor=actor.name)
    return batches.Scope(office=actor.office)


def batch(request: Request, batch_id: int) -> batches.Batch:
    """A batch that this person may see; 404 for any other."""
    try:
        return batches.find(desk.of(request).store, batch_id, of(request))
    except KeyError as error:
        raise HTTPException(404) from error


def reaches(request: Request, batch_id: int | None) -> bool:
    """Whether what lies in that batch (None: in none) is within this person's reach."""
    mine = of(request)
    if mine == batches.EVERYBODY or batch_id is None:
        return mine == batches.EVERYBODY
    try:
        batches.find(desk.of(request).store, batch_id, mine)
    except KeyError:
        return False
    return True
