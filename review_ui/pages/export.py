"""Exports: what goes out, a look at it first, the file made in the background and handed out once."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, cast

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse
from starlette.datastructures import FormData

from pipeline import exports, model, workbook
from pipeline.errors import UsageProblem
from pipeline.store import moments
from review_ui import desk, gate, roles
from review_ui.exporting import jobs, words
from review_ui.pages import account
from review_ui.roles import Permission

router = APIRouter(dependencies=[Depends(gate.needs(Permission.EXPORT))])
PATH = "/export"
CHUNK = 1024 * 1024  # bytes
MEDIA = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".csv": "text/csv",
    ".parquet": "application/vnd.apache.parquet",
    ".zip": "application/zip",
}


def running(request: Request) -> jobs.Jobs:
    """The exports of the running application."""
    return cast("jobs.Jobs", request.app.state.exports)


@router.get(PATH)
def form(request: Request) -> Response:
    """What to export."""
    return _form(request, FormData(), "")


def _form(request: Request, given: FormData, wrong: str, status: int = 200) -> Response:
    at = desk.of(request)
    return _page(
        request,
        "export.html",
        status,
        given=given,
        wrong=wrong,
        offered=exports.offered(at.store, at.forms),
        statuses=exports.STATUSES,
        sheets=workbook.SHEETS,
        may_identify=_may_identify(request),
    )


def _page(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    return desk.page(request, template, status, x=words, **context)


def _may_identify(request: Request) -> bool:
    return roles.may(desk.actor(request).role, Permission.IDENTIFIED)


@router.post(PATH)
def look_first(request: Request, posted: gate.Posted) -> Response:
    """Begin to work out what the export would hold."""
    at = desk.of(request)
    try:
        asked = _asked(request, posted)
        exports.check(at.store, at.forms, asked)
    except UsageProblem as refused:
        return _form(request, posted, refused.what + refused.todo, 422)
    refusal = _unproved(request, posted, asked) if asked.identified else ""
    if refusal:
        return _form(request, posted, refusal, 403)
    return _begun(request, "preview", asked, _suffix(posted))


def _unproved(request: Request, posted: FormData, asked: exports.Asked) -> str:
    """Why names do not go out: without a second factor set, password and code once more; "" when they do."""
    if not desk.actor(request).factor:
        return words.FACTOR_NEEDED
    guess = account.proved(request, posted)
    if guess.actor is not None:
        return ""
    desk.of(request).store.audit(desk.actor(request).name, "export-refused", f"export={asked.id} for=password")
    return account.refusal(guess) if guess.wait else words.PASSWORD_WRONG


def _begun(request: Request, what: jobs.What, asked: exports.Asked, suffix: str) -> Response:
    try:
        job = running(request).start(what, asked, suffix)
    except jobs.Busy:
        return desk.problem(request, 409, "export-busy", words.BUSY, words.BUSY_TODO)
    return RedirectResponse(f"{PATH}/{job.id}", 303)


def _asked(request: Request, posted: FormData) -> exports.Asked:
    """The posted form as an order; raises UsageProblem for a day that is none, 403 without the permission."""
    identified = bool(gate.text(posted, "identified"))
    if identified and not _may_identify(request):
        raise HTTPException(403, "role")
    sheets = tuple(name for name in workbook.SHEETS if name in posted.getlist("sheets"))
    return exports.Asked(
        form=gate.text(posted, "form") or None,
        as_of=_day(posted, "as_of"),
        since=_day(posted, "since"),
        arrived_from=_day(posted, "arrived_from"),
        arrived_until=_day(posted, "arrived_until"),
        district=gate.text(posted, "district") or None,
        office=desk.actor(request).office or gate.text(posted, "office") or None,
        sheets=sheets or None,
        status=_statuses(posted),
        identified=identified,
        purpose=gate.text(posted, "purpose").strip() if identified else "",
        encoding="cp932" if gate.text(posted, "suffix").endswith("cp932") else "utf-8-sig",
        by=desk.actor(request).name,
    )


def _statuses(posted: FormData) -> tuple[model.Status, ...]:
    return tuple(one for one in exports.STATUSES if one in posted.getlist("status"))


def _day(posted: FormData, name: str) -> dt.date | None:
    text = gate.text(posted, name)
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise UsageProblem("export-date", words.BAD_DATE) from error


def _suffix(posted: FormData) -> str:
    name = gate.text(posted, "suffix")
    return f".{name.partition('-')[0]}" if name in words.SUFFIXES else ".xlsx"


def _own(request: Request, job_id: str) -> jobs.Job | None:
    return running(request).get(desk.actor(request).name, job_id)


def _gone(request: Request) -> Response:
    return desk.problem(request, 404, "export-gone", words.GONE, words.GONE_TODO)


@router.get(PATH + "/{job_id}")
def shown(request: Request, job_id: str) -> Response:
    """How far it is, and what came of it."""
    job = _own(request, job_id)
    return _shown(request, job) if job is not None else _gone(request)


def _shown(request: Request, job: jobs.Job, status: int = 200) -> Response:
    return _page(request, "export_job.html", status, job=job, doubts=_doubts(request, job), unsure=status != 200)


def _doubts(request: Request, job: jobs.Job) -> list[str]:
    return exports.doubts(desk.of(request).store, job.asked, job.preview) if job.preview is not None else []


@router.post(PATH + "/{job_id}/write")
def write(request: Request, job_id: str, posted: gate.Posted) -> Response:
    """Write what was looked at."""
    job = _own(request, job_id)
    if job is None or job.preview is None:
        return _gone(request)
    if _doubts(request, job) and not gate.text(posted, "sure"):
        return _shown(request, job, 422)
    return _begun(request, "write", exports.again(job.asked), job.suffix)


@router.post(PATH + "/{job_id}/drop")
def drop(request: Request, job_id: str, posted: gate.Posted) -> Response:
    """End it; nothing of it stays."""
    job = _own(request, job_id)
    if job is not None:
        running(request).drop(job)
    return RedirectResponse(PATH, 303)


@router.post(PATH + "/{job_id}/file")
def take(request: Request, job_id: str, posted: gate.Posted) -> Response:
    """The file, once; then it is gone from this machine. A post, so that nothing takes it ahead of the person."""
    job = _own(request, job_id)
    if job is None:
        return _gone(request)
    if job.under_way:
        return desk.problem(request, 409, "export-not-ready", words.NOT_READY, words.NOT_READY_TODO)
    try:
        opened = job.file.open("rb") if job.file is not None else None
    except FileNotFoundError:  # somebody took it a moment ago
        opened = None
    if job.file is None or opened is None:
        return _gone(request)
    size = os.fstat(opened.fileno()).st_size
    desk.of(request).store.audit(job.asked.by, "export-taken", f"export={job.id} bytes={size}")
    return _attached(_chunks(opened, lambda: running(request).drop(job)), job.file.suffix, size)


def _attached(chunks: Iterator[bytes], suffix: str, size: int) -> Response:
    name = f"yomitori-{dt.datetime.now(moments.TOKYO):%Y%m%d-%H%M%S}{suffix}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Length": str(size)}
    return StreamingResponse(chunks, 200, headers, MEDIA[suffix])


def _chunks(opened: BinaryIO, sent: Callable[[], None]) -> Iterator[bytes]:
    """The file; `sent` is called when all of it went out, so that a broken download can be tried again."""
    with opened:
        while chunk := opened.read(CHUNK):
            yield chunk
    sent()
