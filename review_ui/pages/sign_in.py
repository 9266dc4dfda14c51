"""Signing in and out, the own password, and how the screen looks."""

from __future__ import annotations

import re

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from pipeline.errors import UsageProblem
from pipeline.store import accounts
from review_ui import desk, gate, roles, words
from review_ui.roles import Permission

router = APIRouter()
own = Depends(gate.needs(Permission.OWN))
YEAR = 365 * 24 * 3600


@router.get(gate.SIGN_IN)
def sign_in_page(request: Request, why: str = "") -> Response:
    """The form."""
    notices = {"idle": words.IDLE_OUT, "out": words.SIGNED_OUT, "changed": words.PHRASE_CHANGED}
    return desk.page(request, "sign_in.html", notice=notices.get(why, ""), wrong=False)


@router.post(gate.SIGN_IN)
def sign_in(request: Request, posted: gate.Posted) -> Response:
    """A new session; an older one of this browser ends."""
    store = desk.of(request).store
    actor = accounts.verify(store, gate.text(posted, "name"), gate.text(posted, "password"))
    if actor is None:
        return desk.page(request, "sign_in.html", 403, notice="", wrong=True)
    name = gate.cookie_name(request)
    accounts.sign_out(store, request.cookies.get(name, ""))
    token, _ = accounts.sign_in(store, actor)
    answer = RedirectResponse(roles.home(actor.role), 303)
    answer.set_cookie(name, token, secure=request.url.scheme == "https", httponly=True, samesite="strict")
    return answer


@router.post("/sign-out", dependencies=[own])
def sign_out(request: Request, posted: gate.Posted) -> Response:
    """End the session."""
    name = gate.cookie_name(request)
    accounts.sign_out(desk.of(request).store, request.cookies.get(name, ""))
    answer = RedirectResponse(f"{gate.SIGN_IN}?why=out", 303)
    answer.delete_cookie(name, secure=request.url.scheme == "https", httponly=True, samesite="strict")
    return answer


@router.get(gate.PASSWORD, dependencies=[own])
def password_page(request: Request) -> Response:
    """Where a one-time password is replaced."""
    return desk.page(request, "password.html", wrong="")


@router.post(gate.PASSWORD, dependencies=[own])
def password(request: Request, posted: gate.Posted) -> Response:
    """A new password ends all sessions, so one signs in with it."""
    old, new, again = (gate.text(posted, name) for name in ("old", "new", "again"))
    if new != again:
        return desk.page(request, "password.html", 422, wrong=words.PHRASES_DIFFER)
    try:
        accounts.change_password(desk.of(request).store, desk.actor(request).name, old, new)
    except UsageProblem as refused:
        return desk.page(request, "password.html", 422, wrong=refused.what + refused.todo)
    return RedirectResponse(f"{gate.SIGN_IN}?why=changed", 303)


@router.post("/look", dependencies=[own])
def look(request: Request, posted: gate.Posted) -> Response:
    """Remember letter size and contrast on this browser; it says nothing about a person."""
    back = gate.text(posted, "back")
    answer = RedirectResponse(back if re.fullmatch(r"/([a-z0-9-]+(/[a-z0-9-]+)*)?", back) else "/", 303)
    chosen = desk.look([gate.text(posted, name) for name in desk.LOOKS])
    secure = request.url.scheme == "https"
    answer.set_cookie(
        desk.LOOK_COOKIE, ".".join(chosen.values()), max_age=YEAR, secure=secure, httponly=True, samesite="strict"
    )
    return answer
