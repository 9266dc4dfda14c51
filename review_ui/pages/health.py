"""Whether the program is well, for whatever watches over it on this very machine: no sign-in, nothing about anybody."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse, Response

from pipeline.errors import StoreProblem
from pipeline.store import room
from review_ui import desk, gate

router = APIRouter()


@router.get(gate.HEALTH)
def health(request: Request) -> Response:
    """`{"store": "ok", "disk": "ok"}`; 503 where the database cannot be asked, 404 for who asks from elsewhere."""
    if request.client is None or not gate.is_loopback(request.client.host):
        raise HTTPException(404)
    at = desk.of(request)
    try:
        store = "ok" if at.store.answers() else "failed"
    except StoreProblem as problem:
        store = problem.code
    disk = "low" if room.low(at.settings) else "ok"
    return JSONResponse({"store": store, "disk": disk}, 200 if store == "ok" else 503)
