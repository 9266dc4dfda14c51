"""The door: nothing behind it without a session, no write without token and origin, the same headers on all."""

from __future__ import annotations

import ipaddress
import logging
import re
import secrets
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, HTTPException, Path, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.forms import lists
from pipeline.store import accounts
from review_ui import bodies, desk, roles, words
from review_ui.people import words as said

LOG = logging.getLogger(__name__)
SIGN_IN, FIRST, PASSWORD, FACTOR, UNLOCK, STATIC = "/sign-in", "/first", "/password", "/factor", "/unlock", "/static/"
HEALTH = "/healthz"
ALWAYS = frozenset({"/sign-out", "/look"})
MUST_HAVE_FACTOR = frozenset({"admin"})  # roles that do nothing before a second factor is set
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
KNOWN = "-known"  # the cookie that marks a browser
LARGEST_BODY = 1_000_000  # bytes; a form of this screen has a few thousand
LARGEST_FILE = 100_000_000  # bytes of an uploaded file, which comes as it is and stays in memory
FILE = "application/octet-stream"
TOKEN = "x-yomitori-token"  # noqa: S105  # the header that carries the token where the body is a file
LARGEST_SCAN = 1_000_000_000  # bytes of one that goes to the private folder as it comes
LISTS = "/lists"
LARGEST_LIST = lists.MAX_BYTES + LARGEST_BODY  # bytes of a form with a list
WITH_SCANS = re.compile(r"/batches/\d+/(file|files)|/records/[^/]+/sheet/rescan")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: with that a browser sends `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}


HSTS = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")


def cookie_name(request: Request, what: str = "") -> str:
    """`__Host-` binds the cookie to this host over TLS; browsers refuse the prefix on plain loopback."""
    return ("__Host-yomitori" if request.url.scheme == "https" else "yomitori") + what


def set_cookie(request: Request, answer: Response, value: str, what: str = "", max_age: int | None = None) -> None:
    """Set one of our cookies: out of reach for scripts and other sites."""
    secure = request.url.scheme == "https"
    name = cookie_name(request, what)
    answer.set_cookie(name, value, max_age=max_age, secure=secure, httponly=True, samesite="strict")


def known_browser(request: Request) -> str:
    """The token of a browser that somebody signed in with before; "" for none."""
    return request.cookies.get(cookie_name(request, KNOWN), "")


def is_public(path: str) -> bool:
    """What may be seen before signing in: the sign-in page, the first account's, their looks; on this machine its health."""
    return path in {SIGN_IN, FIRST, HEALTH} or path.startswith(STATIC)


def still_open(found: accounts.Session) -> tuple[str, ...]:
    """Where a session has to go first, and what else is open to it meanwhile; () when everything is."""
    if found.locked:
        return (UNLOCK,)
    if found.actor.must_change:
        return (PASSWORD,)
    if found.actor.role in MUST_HAVE_FACTOR and not found.actor.factor:
        return (FACTOR, f"{FACTOR}/begin", f"{FACTOR}/confirm", PASSWORD)
    return ()


def is_loopback(host: str | None) -> bool:
    """Whether a host name means this very machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


class Gate:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, at: desk.Desk) -> None:
        self.app = app
        self.at = at

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, _with_headers(send, scope.get("scheme") == "https"))

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            refusal = self._unfit(request) or await self._unknown(request)
            await (refusal or self.app)(scope, receive, send)
        except Exception as error:  # noqa: BLE001  # the last line: a sentence for the person, no values in the log
            LOG.log(logging.ERROR, "%s\n%s", type(error).__name__, _where(error))
            await desk.problem(request, 500, "defect", words.DEFECT, words.DEFECT_TODO)(scope, receive, send)

    def _unfit(self, request: Request) -> Response | None:
        """Requests that are refused whoever sends them."""
        host = request.url.hostname
        ours = {self.at.settings.host, self.at.settings.public_host}
        if not is_loopback(host) and (request.url.scheme != "https" or host not in ours):
            return Response("", 421)
        if request.method in SAFE:
            return None
        length = request.headers.get("content-length", "")
        if not (length.isascii() and length.isdigit() and len(length) < 20) or int(length) > _largest(request):
            return desk.problem(request, 413, "too-large", words.BAD_REQUEST, words.BAD_REQUEST_TODO)
        if not same_origin(request):
            return desk.problem(request, 403, "origin", words.FORBIDDEN, words.FORBIDDEN_TODO)
        return None

    async def _unknown(self, request: Request) -> Response | None:
        """Without a session everything but the sign-in page leads there."""
        path = request.url.path
        if is_public(path):
            return None
        token = request.cookies.get(cookie_name(request), "")
        found = await run_in_threadpool(accounts.session, self.at.store, token) if token else None
        request.state.session = found
        if found is None:
            return _to_sign_in(request, "?why=idle" if token else "")
        first = still_open(found)
        if first and path not in {*first, *ALWAYS}:
            return _elsewhere(request, first[0], said.LOCKED_OUT if found.locked else words.FORBIDDEN)
        return None


def _largest(request: Request) -> int:
    """How many bytes a body may have."""
    if WITH_SCANS.fullmatch(request.url.path):
        return LARGEST_SCAN
    if request.url.path == LISTS:
        return LARGEST_LIST
    return LARGEST_FILE if request.headers.get("content-type") == FILE else LARGEST_BODY


def _where(error: BaseException) -> str:
    """Where in our own code it happened: no message, since that may hold a value."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/pipeline/" in frame.filename or "/review_ui/" in frame.filename]
    return "".join(traceback.format_list(ours))


def _to_sign_in(request: Request, why: str) -> Response:
    return _elsewhere(request, SIGN_IN + why, words.IDLE_OUT)


def _elsewhere(request: Request, where: str, sentence: str) -> Response:
    """To a page that comes first; what is no page load of a person is refused instead."""
    if request.method in SAFE and "text/html" in request.headers.get("accept", "text/html"):
        return RedirectResponse(where, 303)
    return desk.problem(request, 401, "signed-out", sentence)


def same_origin(request: Request) -> bool:
    """Whether a write comes from one of our own pages; browsers name the origin with every POST."""
    parts = urlsplit(request.headers.get("origin", ""))
    return (parts.scheme, parts.netloc) == (request.url.scheme, request.url.netloc)


def _with_headers(send: Send, tls: bool) -> Send:
    every = [*HEADERS.items(), *([HSTS] if tls else [])]

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in every:
                headers[name] = value
        await send(message)

    return sending


async def checked(request: Request) -> AsyncIterator[FormData]:
    """The posted form, its token compared with the session's; for every route of the application."""
    if request.method in SAFE:
        yield FormData()
        return
    form = await bodies.posted(request, desk.of(request).settings.private)
    try:
        _vouched(request, form)
        yield form
    finally:
        await form.close()


def _vouched(request: Request, form: FormData) -> None:
    """Raise 403 unless the token of the session came along: in the form, or beside a body that is none."""
    session = desk.session(request)
    given = form.get("csrf") or request.headers.get(TOKEN)
    if session is not None and not secrets.compare_digest(session.csrf, given if isinstance(given, str) else ""):
        raise HTTPException(403, "token")
    if session is None and not is_public(request.url.path):
        raise HTTPException(403, "session")


Posted = Annotated[FormData, Depends(checked)]
# Of a row or a page, in an address: no database has larger ones.
Number = Annotated[int, Path(ge=0, lt=1 << 63)]


async def body(request: Request) -> bytes:
    """An uploaded file, in memory only; raises 400 for a form."""
    return b"".join([chunk async for chunk in bodies.raw(request)])


Uploaded = Annotated[bytes, Depends(body)]


def needs(permission: roles.Permission) -> Callable[[Request], Awaitable[None]]:
    """A dependency that lets in whoever has `permission`; every route behind the door has one."""

    async def allowed(request: Request) -> None:
        if not roles.may(desk.actor(request).role, permission):
            raise HTTPException(403, "role")

    allowed.__dict__["permission"] = permission
    return allowed


def text(form: FormData, name: str) -> str:
    """A posted field as text; "" when it is missing or a file."""
    value = form.get(name)
    return value if isinstance(value, str) else ""
