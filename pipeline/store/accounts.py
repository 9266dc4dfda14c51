"""Accounts and sessions: Argon2id, and tokens of which only the SHA-256 is stored."""

from __future__ import annotations

import functools
import hashlib
import secrets
import threading
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast, get_args

import argon2
from sqlalchemy import ColumnElement, Connection, delete, insert, select, update
from sqlalchemy.engine import RowMapping

from pipeline.errors import UsageProblem
from pipeline.store import moments
from pipeline.store import tables as t
from pipeline.store.opened import Store

Role: TypeAlias = Literal["operator", "reviewer", "analyst", "admin", "auditor"]

IDLE_MINUTES = 30
ABSOLUTE_HOURS = 10
SHORTEST, LONGEST = 12, 128  # characters of a password
# Read aloud and typed from paper: nothing that looks like something else.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"

_hasher = argon2.PasswordHasher()  # Argon2id, RFC 9106's profile for little memory
# A hash costs 64 MiB, so that many at once would bring a small PC down.
_two_at_a_time = threading.BoundedSemaphore(2)


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
        UsageProblem: the name is taken, empty, longer than 64 characters, or the role is unknown.
    """
    name = name.strip()
    if not 0 < len(name) <= 64 or not name.isprintable():
        raise UsageProblem("account-name", "利用者名は 1〜64 文字で入れてください。")
    if role not in get_args(Role):
        raise UsageProblem(
            "account-role", f"役割「{role}」はありません。", f"{'・'.join(get_args(Role))} から選びます。"
        )
    password = _one_time()
    row = {"name": name, "role": role, "password": _hash(password), "disabled": False, "must_change": True}
    with store.writing() as change:
        if _find(change.connection, name):
            raise UsageProblem("account-taken", f"利用者「{name}」はもういます。", "別の名前にしてください。")
        office_id = _office(change.connection, office)
        change.connection.execute(insert(t.actor).values(**row, office_id=office_id, created=change.at))
    return password


def _office(connection: Connection, name: str | None) -> int | None:
    if name is None:
        return None
    if connection.execute(select(t.office.c.id).where(t.office.c.name == name)).first() is None:
        connection.execute(insert(t.office).values(name=name))
    return int(connection.execute(select(t.office.c.id).where(t.office.c.name == name)).scalar_one())


def reset(store: Store, name: str) -> str:
    """Give an account a new one-time password and end its sessions; UsageProblem when there is no such account."""
    password = _one_time()
    _set(store, name, password=_hash(password), must_change=True)
    return password


def change_password(store: Store, name: str, old: str, new: str) -> None:
    """Replace a password and end all sessions; UsageProblem in Japanese when refused."""
    if verify(store, name, old) is None:
        raise UsageProblem("password-wrong", "今のパスワードが違います。", "もう一度入れてください。")
    if not SHORTEST <= len(new) <= LONGEST or new == old:
        raise UsageProblem("password-unfit", f"新しいパスワードは、今と違う {SHORTEST}〜{LONGEST} 文字にしてください。")
    _set(store, name, password=_hash(new), must_change=False)


def disable(store: Store, name: str, disabled: bool = True) -> None:
    """Lock an account out at once, or let it in again; UsageProblem when there is no such account."""
    _set(store, name, disabled=disabled)


def _set(store: Store, name: str, **values: str | bool) -> None:
    with store.writing() as change:
        found = _find(change.connection, name)
        if found is None:
            raise UsageProblem("account-unknown", f"利用者「{name}」はいません。", "名前を確かめてください。")
        change.connection.execute(update(t.actor).where(t.actor.c.id == found["id"]).values(**values))
        change.connection.execute(delete(t.session).where(t.session.c.actor_id == found["id"]))


def everyone(store: Store) -> list[Actor]:
    """All accounts by name."""
    with store.reading() as connection:
        asked = select(*t.actor.c, t.office.c.name.label("office")).outerjoin(t.office).order_by(t.actor.c.name)
        return [_actor(row) for row in connection.execute(asked).mappings()]


def verify(store: Store, name: str, password: str) -> Actor | None:
    """The actor, if name and password are right and the account is not disabled; takes as long for unknown names."""
    with store.reading() as connection:
        found = _find(connection, name.strip())
    nobody = _nobody()  # asked for either way, so that the first unknown name takes no longer than a known one
    right = _matches(found["password"] if found else nobody, password[: LONGEST + 1])
    return _actor(found) if found and right and not found["disabled"] else None


def sign_in(store: Store, actor: Actor) -> tuple[str, Session]:
    """A new session and its token (256 random bits, URL-safe): for the cookie, it cannot be had again."""
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    with store.writing() as change:
        row = {"csrf": csrf, "actor_id": actor.id, "created": change.at, "last_seen": change.at}
        change.connection.execute(delete(t.session).where(_dead()))
        change.connection.execute(insert(t.session).values(token_sha256=_digest(token), **row))
    return token, Session(actor, csrf, change.at, change.at)


def session(store: Store, token: str) -> Session | None:
    """The live session of a token, marked as seen now; None when unknown, ended, idle 30 min, 10 h old, or disabled."""
    columns = [t.session.c.csrf, t.session.c.created.label("since"), t.session.c.last_seen]
    asked = (
        select(*t.actor.c, *columns, t.office.c.name.label("office"))
        .join(t.session, t.session.c.actor_id == t.actor.c.id)
        .outerjoin(t.office, t.office.c.id == t.actor.c.office_id)
        .where(t.session.c.token_sha256 == _digest(token), ~_dead(), ~t.actor.c.disabled)
    )
    with store.reading() as connection:
        row = connection.execute(asked).mappings().first()
    if row is None:
        return None
    _seen(store, token, row["last_seen"])
    return Session(_actor(row), row["csrf"], row["since"], row["last_seen"])


def _seen(store: Store, token: str, last: str) -> None:
    # Once a minute is enough, and spares a write for every picture that a page shows.
    if last < moments.ago(minutes=1):
        with store.writing() as change:
            mine = t.session.c.token_sha256 == _digest(token)
            change.connection.execute(update(t.session).where(mine).values(last_seen=change.at))


def sign_out(store: Store, token: str) -> None:
    """End a session; nothing happens when there is none."""
    with store.writing() as change:
        change.connection.execute(delete(t.session).where(t.session.c.token_sha256 == _digest(token)))


def _dead() -> ColumnElement[bool]:
    idle = t.session.c.last_seen < moments.ago(minutes=IDLE_MINUTES)
    return idle | (t.session.c.created < moments.ago(hours=ABSOLUTE_HOURS))


def _find(connection: Connection, name: str) -> RowMapping | None:
    asked = select(*t.actor.c, t.office.c.name.label("office")).outerjoin(t.office).where(t.actor.c.name == name)
    return connection.execute(asked).mappings().first()


def _actor(row: RowMapping) -> Actor:
    role = cast("Role", row["role"])
    return Actor(row["id"], row["name"], role, row["office"], row["disabled"], row["must_change"])


def _one_time() -> str:
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _hash(password: str) -> str:
    with _two_at_a_time:
        return _hasher.hash(password)


def _matches(hashed: str, password: str) -> bool:
    with _two_at_a_time:
        try:
            return _hasher.verify(hashed, password)
        except (argon2.exceptions.VerifyMismatchError, argon2.exceptions.InvalidHashError):
            return False


@functools.cache
def _nobody() -> str:
    """A hash that no password meets, made with the same cost as everybody's."""
    return _hash(secrets.token_urlsafe(32))
