"""Signing in and out, and the very first account."""

from __future__ import annotations

import hashlib
import secrets

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from pipeline.errors import UsageProblem
from pipeline.store import accounts
from review_ui import desk, gate, roles, words
from review_ui.people import browsers
from review_ui.people import words as said
from review_ui.roles import Permission

router = APIRouter()
own = Depends(gate.needs(Permission.OWN))
YEAR = 365 * 24 * 3600


@router.get(gate.SIGN_IN)
def sign_in_page(request: Request, why: str = "") -> Response:
    """The form."""
    if _first_secret(request) is not None:
        return RedirectResponse(gate.FIRST, 303)
    notices = {"idle": words.IDLE_OUT, "out": words.SIGNED_OUT, "changed": words.PHRASE_CHANGED}
    return _form(request, 200, notices.get(why, ""), "")


def _form(request: Request, status: int, notice: str, wrong: str) -> Response:
    return desk.page(request, "sign_in.html", status, notice=notice, wrong=wrong)


@router.post(gate.SIGN_IN)
def sign_in(request: Request, posted: gate.Posted) -> Response:
    """A new session; an older one of this browser ends."""
    name, password, code = (gate.text(posted, field) for field in ("name", "password", "code"))
    guess = accounts.look(desk.of(request).store, name, password, gate.known_browser(request), code)
    if guess.wait:
        return _form(request, 429, "", said.wait(guess.wait) + said.WAIT_TODO)
    if guess.actor is None:
        return _form(request, 403, "", words.SIGN_IN_WRONG + words.SIGN_IN_WRONG_TODO)
    return signed_in(request, guess.actor)


def signed_in(request: Request, actor: accounts.Actor) -> Response:
    """A new session for whoever proved who they are, and to where their work begins."""
    store = desk.of(request).store
    accounts.sign_out(store, request.cookies.get(gate.cookie_name(request), ""))
    token, _ = accounts.sign_in(store, actor, browsers.name(request.headers.get("user-agent", "")))
    answer = RedirectResponse(roles.home(actor.role), 303)
    gate.set_cookie(request, answer, token)
    gate.set_cookie(
        request, answer, accounts.known_browser(store, actor, gate.known_browser(request)), gate.KNOWN, YEAR
    )
    return answer


@router.post("/sign-out", dependencies=[own])
def sign_out(request: Request, posted: gate.Posted) -> Response:
    """End the session."""
    name = gate.cookie_name(request)
    accounts.sign_out(desk.of(request).store, request.cookies.get(name, ""))
    answer = RedirectResponse(f"{gate.SIGN_IN}?why=out", 303)
    answer.delete_cookie(name, secure=request.url.scheme == "https", httponly=True, samesite="strict")
    # A shared PC keeps nothing of what was seen, and no other tab goes on showing it.
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


def _first_secret(request: Request) -> str | None:
    """The digest of the secret on the console, while there is no account at all."""
    digest: str | None = request.app.state.first
    if digest is not None and accounts.everyone(desk.of(request).store):
        request.app.state.first = digest = None
    return digest


def _first_form(request: Request, status: int, wrong: str) -> Response:
    return desk.page(request, "first.html", status, wrong=wrong)


@router.get(gate.FIRST)
def first_page(request: Request) -> Response:
    """Where the first admin is made, while there is no account."""
    if _first_secret(request) is None:
        raise HTTPException(404)
    return _first_form(request, 200, "")


@router.post(gate.FIRST)
def first(request: Request, posted: gate.Posted) -> Response:
    """Make the first admin for whoever knows the secret on the console."""
    digest = _first_secret(request)
    if digest is None:
        raise HTTPException(404)
    names = ("secret", "name", "new", "again")
    secret, name, new, again = (gate.text(posted, field) for field in names)
    if not secrets.compare_digest(hashlib.sha256(secret.strip().encode("utf-8", "replace")).hexdigest(), digest):
        return _first_form(request, 403, said.FIRST_WRONG)
    if new != again:
        return _first_form(request, 422, words.PHRASES_DIFFER)
    try:
        return signed_in(request, accounts.first(desk.of(request).store, name, new))
    except UsageProblem as refused:
        return _first_form(request, 422, refused.what + refused.todo)
