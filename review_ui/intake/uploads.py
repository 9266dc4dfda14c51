"""Files from the browser: one after the other with progress from the page's script, or many in a plain form."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, cast

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from pipeline import run
from pipeline.errors import Problem
from pipeline.store import NewScan, batches
from review_ui import bodies, desk, gate
from review_ui.intake import pages, scope, taking, words
from review_ui.intake.works import Works
from review_ui.roles import Permission

router = APIRouter(dependencies=[Depends(gate.needs(Permission.INTAKE))])
NAME = "x-file-name"  # percent-encoded: a file's name may say who is on the paper, so it stands in no address
EVERY_S = 1.0
LIFE_S = 50.0  # of one stream; the browser asks again, so that a server can stop and a session can end


def works(request: Request) -> Works:
    """What reads behind the screen of the running application."""
    return cast("Works", request.app.state.works)


@router.post("/batches/{batch_id}/file")
async def one(request: Request, batch_id: gate.Number) -> Response:
    """One file as the body of a request; answered when it is safe in the store."""
    at = desk.of(request)
    batch = await run_in_threadpool(scope.batch, request, batch_id)
    try:
        name = taking.from_header(request.headers.get(NAME, ""))
        with taking.place(at) as path:
            await taking.received(path, bodies.raw(request))
            new = NewScan("", name, 0, 0, batch.name, desk.actor(request).name, batch_id=batch.id)
            arrival = await run_in_threadpool(taking.taken, at, works(request), path, new)
    except ClientDisconnect:
        return Response(status_code=400)
    except Problem as problem:
        return JSONResponse({"kind": "failed", "message": problem.what + problem.todo, "code": problem.code}, 422)
    return JSONResponse({"kind": arrival.kind, "pages": arrival.pages, "message": arrival.message})


@router.post("/batches/{batch_id}/files")
def many(request: Request, batch_id: gate.Number, posted: gate.Posted) -> Response:
    """Files of a plain form, without a script; the page then says what became of each."""
    batch = scope.batch(request, batch_id)
    given = bodies.files(posted, "files")
    if not given:
        return pages.show(request, batch_id, 422, words.NO_FILE + words.NO_FILE_TODO)
    came = []
    for file in given:
        try:
            arrival = plain(request, file.file, file.filename or "", batch.id)
            came.append(arrival.message or words.came_in(arrival.name, arrival.kind, arrival.pages))
        except Problem as problem:
            came.append(problem.what + problem.todo)
    return pages.show(request, batch_id, came=tuple(came))


def plain(request: Request, source: Any, name: str, batch_id: int | None) -> run.Arrival:
    """Take one uploaded file in, into a batch; raises Problem."""
    at = desk.of(request)
    with taking.place(at) as path:
        taking.copied(path, source)
        new = NewScan("", taking.named(name), 0, 0, actor=desk.actor(request).name, batch_id=batch_id)
        return taking.taken(at, works(request), path, new)


@router.get("/batches/{batch_id}/events")
async def events(request: Request, batch_id: gate.Number) -> Response:
    """How far reading is, as it changes; ends by itself when nothing waits any more."""
    await run_in_threadpool(scope.batch, request, batch_id)
    return StreamingResponse(_events(request, batch_id), media_type="text/event-stream")


async def _events(request: Request, batch_id: int) -> AsyncIterator[str]:
    yield f"retry: {round(1000 * EVERY_S)}\n\n"
    before = ""
    for _ in range(round(LIFE_S / EVERY_S)):
        batch = await run_in_threadpool(batches.find, desk.of(request).store, batch_id)
        told = json.dumps(state(batch), ensure_ascii=False)
        if told != before:
            yield f"data: {told}\n\n"
        before = told
        if not batch.waiting or await request.is_disconnected():
            return
        await asyncio.sleep(EVERY_S)


def state(batch: batches.Batch) -> dict[str, Any]:
    """What the page shows of a batch while it is read."""
    return {
        "files": words.count(batch.files, words.FILE_UNIT),
        "sheets": words.count(batch.sheets),
        "open": words.count(batch.open),
        "progress": words.progress(batch.pages - batch.waiting, batch.pages),
        "read": batch.pages - batch.waiting,
        "pages": batch.pages,
        "waiting": batch.waiting,
        "done": batch.done,
    }
