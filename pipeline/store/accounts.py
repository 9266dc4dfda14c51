"""Accounts and sessions: Argon2id, tokens of which only the SHA-256 is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from pipeline.store.opened import Store

Role: TypeAlias = Literal["operator", "reviewer", "analyst", "admin", "auditor"]
IDLE_MINUTES = 30
ABSOLUTE_HOURS = 10


@dataclass(frozen=True)
class Actor:
    """A person who may sign in."""

    id: int
    name: str  # what they sign in with
    role: Role
    office: str | None
    disabled: bool
    must_change: bool  # the password is a one-time one


@dataclass(frozen=True)
class Session:
    """A signed-in browser."""

    actor: Actor
    csrf: str  # goes into every form
    created: str  # UTC, ISO 8601
    last_seen: str


def add(store: Store, name: str, role: Role = "reviewer", office: str | None = None) -> str:
    """Make an account and return its random one-time password, which is stored nowhere.

    Raises:
        UsageProblem: the name is taken or not fit for a name.
    """
    raise NotImplementedError


def reset(store: Store, name: str) -> str:
    """Give an account a new one-time password and end its sessions; UsageProblem when there is no such account."""
    raise NotImplementedError


def change_password(store: Store, name: str, old: str, new: str) -> None:
    """Replace a password (12–128 characters) and end all sessions; UsageProblem in Japanese when refused."""
    raise NotImplementedError


def disable(store: Store, name: str, disabled: bool = True) -> None:
    """Lock an account out at once, or let it in again."""
    raise NotImplementedError


def everyone(store: Store) -> list[Actor]:
    """All accounts by name."""
    raise NotImplementedError


def verify(store: Store, name: str, password: str) -> Actor | None:
    """The actor, if name and password are right and the account is not disabled; takes as long for unknown names."""
    raise NotImplementedError


def sign_in(store: Store, actor: Actor) -> tuple[str, Session]:
    """A new session and its token (256 random bits, URL-safe): for the cookie, it cannot be had again."""
    raise NotImplementedError


def session(store: Store, token: str) -> Session | None:
    """The live session of a token, marked as seen now; None when unknown, ended, idle 30 min, 10 h old, or disabled."""
    raise NotImplementedError


def sign_out(store: Store, token: str) -> None:
    """End a session; nothing happens when there is none."""
    raise NotImplementedError
