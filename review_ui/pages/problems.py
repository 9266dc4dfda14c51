"""Errors as sentences."""

from __future__ import annotations

import re

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from review_ui import desk, words

SENTENCES = {
    403: (words.FORBIDDEN, words.FORBIDDEN_TODO),
    404: (words.NOT_FOUND, words.NOT_FOUND_TODO),
}


def install(app: FastAPI) -> None:
    """Answer every refused request with a page."""
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _unfit)


def _refused(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 400
    if status == 403:
        _noted(request)
    what, todo = SENTENCES.get(status, (words.BAD_REQUEST, words.BAD_REQUEST_TODO))
    return desk.problem(request, status, f"http-{status}", what, todo)


def _unfit(request: Request, error: Exception) -> Response:
    return desk.problem(request, 422, "http-422", words.BAD_REQUEST, words.BAD_REQUEST_TODO)


def _noted(request: Request) -> None:
    """Somebody asked for what their role does not allow, or without the token of their session."""
    signed, route = desk.session(request), request.scope.get("route")
    if signed is not None:
        path = re.sub(r"[^\w/.-]", "", getattr(route, "path", ""), flags=re.ASCII)
        desk.of(request).store.audit(signed.actor.name, "refused", f"method={request.method} route={path[:120]}")
