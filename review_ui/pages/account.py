"""One's own account: password, second factor, sessions, the screen lock, and how the screen looks."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from pipeline.errors import UsageProblem
from pipeline.store import accounts
from review_ui import desk, gate, roles, words
from review_ui.pages import home
from review_ui.people import qr
from review_ui.people import words as said
from review_ui.roles import Permission

router = APIRouter(dependencies=[Depends(gate.needs(Permission.OWN))])
YEAR = 365 * 24 * 3600


def _page(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    return desk.page(request, template, status, **context)


def held(request: Request) -> accounts.Session:
    """The session of this browser; for pages behind the door."""
    found = desk.session(request)
    if found is None:
        raise LookupError("nobody is signed in")
    return found


def proved(request: Request, posted: FormData, code: bool = True) -> accounts.Guess:
    """Whether it is the person at the keyboard who wants it: the password once more, and the code where one is set."""
    given = gate.text(posted, "code") if code else None
    name, password = desk.actor(request).name, gate.text(posted, "password")
    return accounts.look(desk.of(request).store, name, password, gate.known_browser(request), given)


def refusal(guess: accounts.Guess) -> str:
    """The sentence after a wrong guess."""
    return said.wait(guess.wait) if guess.wait else words.SIGN_IN_WRONG + words.SIGN_IN_WRONG_TODO


@router.get("/account")
def account(request: Request, ended: bool = False) -> Response:
    """Who one is, where one is signed in, and what can be changed."""
    store, own = desk.of(request).store, held(request)
    rows = [(one, home.stamp(one.created), home.stamp(one.last_seen)) for one in accounts.of_actor(store, own.actor)]
    codes = accounts.factors.left(store, own.actor.id)
    return _page(request, "own.html", rows=rows, codes=codes, notice=said.ENDED if ended else "")


@router.post("/account/sessions/{session_id}/end")
def end(request: Request, session_id: gate.Number, posted: gate.Posted) -> Response:
    """End one of one's own sessions."""
    if not accounts.end(desk.of(request).store, desk.actor(request), session_id):
        return desk.problem(request, 404, "http-404", words.NOT_FOUND, words.NOT_FOUND_TODO)
    return RedirectResponse("/account?ended=1", 303)


@router.get(gate.PASSWORD)
def password_page(request: Request) -> Response:
    """Where a password is replaced."""
    return desk.page(request, "password.html", wrong="")


@router.post(gate.PASSWORD)
def password(request: Request, posted: gate.Posted) -> Response:
    """A new password ends all sessions, so one signs in with it."""
    old, new, again = (gate.text(posted, name) for name in ("old", "new", "again"))
    if new != again:
        return desk.page(request, "password.html", 422, wrong=words.PHRASES_DIFFER)
    store, name = desk.of(request).store, desk.actor(request).name
    try:
        accounts.change_password(store, name, old, new, gate.known_browser(request))
    except UsageProblem as refused:
        return desk.page(request, "password.html", 422, wrong=refused.what + refused.todo)
    return RedirectResponse(f"{gate.SIGN_IN}?why=changed", 303)


@router.get(gate.FACTOR)
def factor_page(request: Request) -> Response:
    """Where the second factor is set."""
    return _factor(request)


def _factor(request: Request, status: int = 200, wrong: str = "") -> Response:
    actor = desk.actor(request)
    waiting = accounts.factors.waiting(desk.of(request).store, actor.id, actor.name)
    shared = parse_qs(urlsplit(waiting).query)["secret"][0] if waiting else ""
    groups = re.findall(".{1,4}", shared)
    picture = qr.picture(waiting) if waiting else ""
    return _page(request, "factor.html", status, picture=picture, groups=groups, codes=(), wrong=wrong)


@router.post(f"{gate.FACTOR}/begin")
def factor_begin(request: Request, posted: gate.Posted) -> Response:
    """Show a new secret to whoever knows the password, and the old factor's code where one is set."""
    guess = proved(request, posted)
    if guess.actor is None:
        return _factor(request, 403, refusal(guess))
    accounts.factors.begin(desk.of(request).store, guess.actor.id, guess.actor.name)
    return RedirectResponse(gate.FACTOR, 303)


@router.post(f"{gate.FACTOR}/confirm")
def factor_confirm(request: Request, posted: gate.Posted) -> Response:
    """Take the first code and show the recovery codes, once."""
    actor = desk.actor(request)
    try:
        codes = accounts.factors.confirm(desk.of(request).store, actor.id, actor.name, gate.text(posted, "code"))
    except UsageProblem as refused:
        return _factor(request, 422, refused.what + refused.todo)
    return _page(request, "factor.html", picture="", groups=(), codes=codes, wrong="")


@router.post("/lock")
def lock(request: Request, posted: gate.Posted) -> Response:
    """Cover the screen."""
    accounts.lock(desk.of(request).store, held(request))
    return RedirectResponse(gate.UNLOCK, 303)


@router.get(gate.UNLOCK)
def unlock_page(request: Request) -> Response:
    """The covered screen."""
    if not held(request).locked:
        return RedirectResponse(roles.home(desk.actor(request).role), 303)
    return _page(request, "unlock.html", wrong="")


@router.post(gate.UNLOCK)
def unlock(request: Request, posted: gate.Posted) -> Response:
    """Go on under a new token, for whoever knows the password."""
    guess = proved(request, posted, code=False)
    if guess.actor is None:
        status, wrong = (429, said.wait(guess.wait)) if guess.wait else (403, said.UNLOCK_WRONG)
        return _page(request, "unlock.html", status, wrong=wrong)
    answer = RedirectResponse(roles.home(guess.actor.role), 303)
    gate.set_cookie(request, answer, accounts.unlock(desk.of(request).store, held(request)))
    return answer


@router.post("/look")
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
