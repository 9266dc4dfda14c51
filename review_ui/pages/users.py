"""Accounts, for the admin: added, locked out, given another role, a new one-time password."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast, get_args

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from pipeline.errors import UsageProblem
from pipeline.store import Store, accounts
from review_ui import desk, gate
from review_ui.people import words as said
from review_ui.roles import Permission

router = APIRouter(dependencies=[Depends(gate.needs(Permission.USERS))])
Does = Callable[
    [Store, accounts.Actor, str, FormData], str
]  # store, whom, by whom, what was posted → a password, or ""


@router.get("/users")
def users(request: Request) -> Response:
    """Everybody who may sign in."""
    return _page(request)


def _page(request: Request, status: int = 200, wrong: str = "", notice: str = "", password: str = "") -> Response:
    store = desk.of(request).store
    return desk.page(
        request,
        "users.html",
        status,
        rows=accounts.everyone(store),
        offices=accounts.offices(store),
        roles=get_args(accounts.Role),
        wrong=wrong,
        notice=notice,
        password=password,
    )


@router.post("/users")
def add(request: Request, posted: gate.Posted) -> Response:
    """A new account; its one-time password is shown once."""
    name, by = gate.text(posted, "name"), desk.actor(request).name
    try:
        password = accounts.add(desk.of(request).store, name, _role(posted), _office(posted), by)
    except UsageProblem as refused:
        return _page(request, 422, refused.what + refused.todo)
    return _page(request, notice=said.new_password(name), password=password)


def _role(posted: FormData) -> accounts.Role:
    return cast("accounts.Role", gate.text(posted, "role"))  # the store refuses what is none


def _office(posted: FormData) -> str | None:
    return gate.text(posted, "office")[:100].strip() or None


def _assign(store: Store, whom: accounts.Actor, by: str, posted: FormData) -> str:
    accounts.assign(store, whom.name, _role(posted), _office(posted), by)
    return ""


def _reset(store: Store, whom: accounts.Actor, by: str, posted: FormData) -> str:
    return accounts.reset(store, whom.name, by)


def _disable(store: Store, whom: accounts.Actor, by: str, posted: FormData) -> str:
    accounts.disable(store, whom.name, by=by)
    return ""


def _enable(store: Store, whom: accounts.Actor, by: str, posted: FormData) -> str:
    accounts.disable(store, whom.name, disabled=False, by=by)
    return ""


def _drop_factor(store: Store, whom: accounts.Actor, by: str, posted: FormData) -> str:
    accounts.drop_factor(store, whom.name, by)
    return ""


DOES: Mapping[str, Does] = {
    "assign": _assign,
    "reset": _reset,
    "disable": _disable,
    "enable": _enable,
    "drop-factor": _drop_factor,
}


@router.post("/users/{user_id}/{does}")
def change(request: Request, user_id: gate.Number, does: str, posted: gate.Posted) -> Response:
    """Change an account that is not one's own, so that there is always an admin left."""
    store = desk.of(request).store
    whom = next((one for one in accounts.everyone(store) if one.id == user_id), None)
    if whom is None or does not in DOES:
        raise HTTPException(404)
    by = desk.actor(request)
    if whom.id == by.id:
        return _page(request, 422, said.NOT_YOURSELF + said.NOT_YOURSELF_TODO)
    try:
        password = DOES[does](store, whom, by.name, posted)
    except UsageProblem as refused:
        return _page(request, 422, refused.what + refused.todo)
    return _page(request, notice=said.new_password(whom.name) if password else said.CHANGED, password=password)
