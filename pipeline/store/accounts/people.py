"""Accounts: who may sign in, as what, for which office; and the guess at a password, throttled."""

from __future__ import annotations

import hashlib
import hmac
import math
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast, get_args

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.engine import RowMapping

from pipeline.errors import UsageProblem
from pipeline.store import moments
from pipeline.store import tables as t
from pipeline.store.accounts import factors, passwords, throttle
from pipeline.store.opened import Store
from pipeline.store.writing import Writing

ONE_TIME_DAYS = 7.0  # after which a one-time password opens nothing

Role: TypeAlias = Literal["operator", "reviewer", "analyst", "admin", "auditor"]


@dataclass(frozen=True)
class Actor:
    """A person who may sign in."""

    id: int
    name: str  # what they sign in with
    role: Role
    office: str | None  # None: the headquarters, which sees every office's papers
    disabled: bool
    must_change: bool  # the password is a one-time one
    factor: bool = False  # a code is asked for besides the password


@dataclass(frozen=True)
class Guess:
    """What came of a name and a password."""

    actor: Actor | None  # None: wrong, unknown, disabled, or not looked at
    wait: int = 0  # seconds before the next guess is looked at; this one was not


def add(store: Store, name: str, role: Role = "reviewer", office: str | None = None, by: str | None = None) -> str:
    """Make an account and return its random one-time password, which is stored nowhere.

    Args:
        store: an open store.
        name: to sign in with.
        role: what it may do.
        office: whose papers it sees; made if there is none of that name. None: everybody's.
        by: who asked, for the audit log.

    Raises:
        UsageProblem: the name is taken, empty, longer than 64 characters, or the role is unknown.
    """
    password = passwords.one_time()
    with store.writing() as change:
        _enter(change, name.strip(), role, _office(change.connection, office), (password, True), by)
    return password


def first(store: Store, name: str, password: str) -> Actor:
    """Make the first account, an admin with a password of its own; UsageProblem when there is one already."""
    passwords.check(name, password)
    with store.writing() as change:
        if change.connection.execute(select(func.count()).select_from(t.actor)).scalar_one():
            raise UsageProblem("first-taken", "最初の管理者は、もう登録されています。", "サインインしてください。")
        made = _enter(change, name.strip(), "admin", None, (password, False), None)
    return next(one for one in everyone(store) if one.id == made)


def _enter(
    change: Writing, name: str, role: Role, office_id: int | None, password: tuple[str, bool], by: str | None
) -> int:
    if not 0 < len(name) <= 64 or not name.isprintable():
        raise UsageProblem("account-name", "利用者名は 1〜64 文字で入れてください。")
    _known_role(role)
    if _find(change.connection, name):
        raise UsageProblem("account-taken", f"利用者「{name}」はもういます。", "別の名前にしてください。")
    row = {"name": name, "role": role, "password": passwords.hashed(password[0]), "must_change": password[1]}
    new = insert(t.actor).values(**row, disabled=False, office_id=office_id, created=change.at)
    key = change.connection.execute(new).inserted_primary_key
    made = int(key[0]) if key else 0
    change.audit(by, "user-add", f"user={made} role={role} office={office_id or '-'}")
    return made


def _known_role(role: str) -> None:
    if role not in get_args(Role):
        raise UsageProblem(
            "account-role", f"役割「{role}」はありません。", f"{'・'.join(get_args(Role))} から選びます。"
        )


def _office(connection: Connection, name: str | None) -> int | None:
    name = name.strip() if name is not None else None
    if not name:
        return None
    if connection.execute(select(t.office.c.id).where(t.office.c.name == name)).first() is None:
        connection.execute(insert(t.office).values(name=name))
    return int(connection.execute(select(t.office.c.id).where(t.office.c.name == name)).scalar_one())


def reset(store: Store, name: str, by: str | None = None) -> str:
    """Give an account a new one-time password and end its sessions; UsageProblem when there is no such account."""
    password = passwords.one_time()
    with store.writing() as change:
        found = _set(change, name, password=passwords.hashed(password), must_change=True)
        throttle.clear(change.connection, _by_name(store, name))
        change.audit(by, "user-reset", f"user={found}")
    return password


def change_password(store: Store, name: str, old: str, new: str, browser: str = "") -> None:
    """Replace a password and end all sessions; UsageProblem in Japanese when refused.

    Args:
        store: an open store.
        name: of the account.
        old: its password now; guesses are throttled like sign-ins.
        new: the next one.
        browser: the cookie of a browser that this person signed in with.
    """
    guess = look(store, name, old, browser)
    if guess.actor is None:
        raise UsageProblem("password-wrong", "今のパスワードが違います。", again(guess))
    if new == old:
        raise UsageProblem("password-unfit", "新しいパスワードが、今のものと同じです。", "別のものにしてください。")
    passwords.check(name, new)
    with store.writing() as change:
        found = _set(change, name, password=passwords.hashed(new), must_change=False)
        change.audit(name, "password-change", f"user={found}")


def again(guess: Guess) -> str:
    """What to do after a wrong guess, in Japanese."""
    return f"{guess.wait} 秒待ってから、もう一度入れてください。" if guess.wait else "もう一度入れてください。"


def disable(store: Store, name: str, disabled: bool = True, by: str | None = None) -> None:
    """Lock an account out at once, or let it in again; UsageProblem when there is no such account."""
    with store.writing() as change:
        found = _set(change, name, disabled=disabled)
        change.audit(by, "user-disable" if disabled else "user-enable", f"user={found}")


def assign(store: Store, name: str, role: Role, office: str | None, by: str | None = None) -> None:
    """Give an account another role and office; its sessions end, so that it goes on with a new token."""
    _known_role(role)
    with store.writing() as change:
        office_id = _office(change.connection, office)
        found = _set(change, name, role=role, office_id=office_id)
        change.audit(by, "user-assign", f"user={found} role={role} office={office_id or '-'}")


def drop_factor(store: Store, name: str, by: str | None = None) -> None:
    """Take the second factor away, for somebody who lost the phone and the recovery codes; sessions end."""
    with store.writing() as change:
        found = _set(change, name, totp=None, totp_used=None)
        change.connection.execute(delete(t.recovery).where(t.recovery.c.actor_id == found))
        change.audit(by, "factor-drop", f"user={found}")


def _set(change: Writing, name: str, **values: str | bool | int | None) -> int:
    found = _find(change.connection, name)
    if found is None:
        raise UsageProblem("account-unknown", f"利用者「{name}」はいません。", "名前を確かめてください。")
    change.connection.execute(update(t.actor).where(t.actor.c.id == found["id"]).values(**values))
    change.connection.execute(delete(t.session).where(t.session.c.actor_id == found["id"]))
    return int(found["id"])


def everyone(store: Store) -> list[Actor]:
    """All accounts by name."""
    with store.reading() as connection:
        asked = select(*t.actor.c, t.office.c.name.label("office")).outerjoin(t.office).order_by(t.actor.c.name)
        return [of_row(row) for row in connection.execute(asked).mappings()]


def offices(store: Store) -> list[str]:
    """The names of all offices."""
    with store.reading() as connection:
        return list(connection.execute(select(t.office.c.name).order_by(t.office.c.name)).scalars())


def verify(store: Store, name: str, password: str) -> Actor | None:
    """The actor, if name and password are right and the account is not disabled; takes as long for unknown names.

    Neither throttled nor with a second factor: whatever a person types goes through `look`.
    """
    with store.reading() as connection:
        found = _find(connection, name.strip())
        stale = found is not None and found["must_change"] and _stale(connection, found)
    right = passwords.matches(found["password"] if found else None, password)
    return of_row(found) if found and right and not found["disabled"] and not stale else None


def _stale(connection: Connection, row: RowMapping) -> bool:
    """Whether a one-time password was handed out too long ago; the audit log says when."""
    c, mine = t.audit.c, f"user={row['id']}"
    handed = c.action.in_(("user-add", "user-reset")) & ((c.target == mine) | c.target.startswith(f"{mine} "))
    at = connection.execute(select(func.max(c.at)).where(handed)).scalar() or row["created"]
    return bool(at < moments.ago(days=ONE_TIME_DAYS) or at > moments.impossible())


def look(store: Store, name: str, password: str, browser: str = "", code: str | None = None) -> Guess:
    """Look at a guess, unless the throttle says to wait; a wrong one leaves a line in the audit log.

    Args:
        store: an open store.
        name: as typed.
        password: as typed.
        browser: the cookie of a browser that may have signed in before, "" for none.
        code: the second factor as typed, where it is asked for too.
    """
    name = name.strip()
    with store.writing() as change:
        key, known = _throttled(store, change.connection, name, browser)
        wait = throttle.charge(change.connection, key, change.at)
    if wait:
        return Guess(None, math.ceil(wait))
    actor = verify(store, name, password)
    with store.writing() as change:
        if actor is not None and (code is None or _second(store, change.connection, actor, code)):
            throttle.refund(change.connection, key, change.at)
            if known is not None:
                throttle.clear(change.connection, key)
            return Guess(actor)
        found = _find(change.connection, name)
        change.audit(found["name"] if found else None, "sign-in-failed", f"user={found['id'] if found else 'unknown'}")
        if known is not None and throttle.failures(change.connection, key) >= throttle.FORGIVEN:
            change.connection.execute(delete(t.browser).where(t.browser.c.id == known))
    return Guess(None)


def _second(store: Store, connection: Connection, actor: Actor, code: str) -> bool:
    """Whether the second factor is right, or none is set."""
    row = _find(connection, actor.name)
    if row is None or row["totp_used"] is None:
        return row is not None
    return factors.accept(store, connection, row, code)


def _throttled(store: Store, connection: Connection, name: str, browser: str) -> tuple[str, int | None]:
    """The throttle of a guess, and the browser when it signed in before."""
    asked = (
        select(t.browser.c.id).join(t.actor).where(t.actor.c.name == name, t.browser.c.token_sha256 == digest(browser))
    )
    known = connection.execute(asked).scalar()
    return (_by_name(store, name), None) if known is None else (f"browser {known}", known)


def _by_name(store: Store, name: str) -> str:
    """A name's throttle; what was typed is kept nowhere, since it may be a password in the wrong box."""
    told = f"yomitori throttle 1 {name.strip()}".encode("utf-8", "replace")
    return "name " + hmac.new(store.settings.secret(), told, hashlib.sha256).hexdigest()


def digest(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _find(connection: Connection, name: str) -> RowMapping | None:
    asked = select(*t.actor.c, t.office.c.name.label("office")).outerjoin(t.office).where(t.actor.c.name == name)
    return connection.execute(asked).mappings().first()


def of_row(row: RowMapping) -> Actor:
    """An account from its row, joined with its office's name."""
    role, factor = cast("Role", row["role"]), row["totp_used"] is not None
    return Actor(row["id"], row["name"], role, row["office"], row["disabled"], row["must_change"], factor)
