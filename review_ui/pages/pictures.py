"""Pages and crops, re-encoded, by id only."""

from __future__ import annotations

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response

from review_ui import desk, gate
from review_ui.roles import Permission

router = APIRouter(dependencies=[Depends(gate.needs(Permission.REVIEW))])


@router.get("/records/{record_id}/pages/{n}.jpg")
def page(request: Request, record_id: str, n: gate.Number) -> Response:
    """A page of a record, upright."""
    at = desk.of(request)
    try:
        record = at.store.record(record_id)
        jpeg = at.pictures.page(at.store, record, n)
    except KeyError as error:
        raise HTTPException(404) from error
    desk.viewed(request, record.id)
    return Response(jpeg, media_type="image/jpeg")


@router.get("/records/{record_id}/crops/{field}")
def crop(request: Request, record_id: str, field: str, wide: bool = False) -> Response:
    """What the reader saw of a field; `wide` with its surroundings."""
    at = desk.of(request)
    try:
        jpeg = at.pictures.crop(at.store, record_id, field, wide)
    except KeyError as error:
        raise HTTPException(404) from error
    desk.viewed(request, record_id)
    return Response(jpeg, media_type="image/jpeg")
