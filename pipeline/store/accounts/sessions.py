"""Signed-in browsers: tokens of which only the SHA-256 is stored."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select, update

from pipeline.store import moments
from pipeline.store import tables as t
from pipeline.store.accounts import people
from pipeline.store.accounts.people import Actor
from pipeline.store.opened import Store

IDLE_MINUTES = 30
ABSOLUTE_HOURS = 10


@dataclass(frozen=True)
class Session:
    """A signed-in browser."""

    actor: Actor
    csrf: str  # goes into every form
    created: str  # UTC, ISO 8601
    last_seen: str
    id: int = 0
    locked: bool = False  # the screen is covered until the password comes
    browser: str = ""  # for the list of sessions


def sign_in(store: Store, actor: Actor, browser: str = "") -> tuple[str, Session]:
    """A new session and its token (256 random bits, URL-safe): for the cookie, it cannot be had again."""
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    with store.writing() as change:
        row = {"csrf": csrf, "actor_id": actor.id, "created": change.at, "last_seen": change.at}
        change.connection.execute(delete(t.session).where(_dead()))
        new = insert(t.session).values(token_sha256=people.digest(token), locked=False, browser=browser[:60], **row)
        key = change.connection.execute(new).inserted_primary_key
        number = int(key[0]) if key else 0
        change.audit(actor.name, "sign-in", f"user={actor.id} session={number}")
    return token, Session(actor, csrf, change.at, change.at, number, browser=browser[:60])


def known_browser(store: Store, actor: Actor, token: str) -> str:
    """Remember that this browser signed in to the account; the token for its cookie, the one it had where it fits."""
    token = token if len(token) == len(secrets.token_urlsafe(32)) else secrets.token_urlsafe(32)
    row = {"actor_id": actor.id, "token_sha256": people.digest(token)}
    with store.writing() as change:
        same = [t.browser.c[name] == value for name, value in row.items()]
        if change.connection.execute(select(t.browser.c.id).where(*same)).first() is None:
            change.connection.execute(insert(t.browser).values(created=change.at, **row))
    return token


def session(store: Store, token: str) -> Session | None:
    """The live session of a token, marked as seen now; None when unknown, ended, idle 30 min, 10 h old, or disabled."""
    with store.reading() as connection:
        found = _live(connection, t.session.c.token_sha256 == people.digest(token))
    if not found:
        return None
    _seen(store, token, found[0].last_seen)
    return found[0]


def of_actor(store: Store, actor: Actor) -> list[Session]:
    """A person's live sessions, the newest first."""
    with store.reading() as connection:
        return _live(connection, t.session.c.actor_id == actor.id)


def _live(connection: Connection, *where: ColumnElement[bool]) -> list[Session]:
    own = [column.label(f"session_{column.name}") for column in t.session.c]
    asked = (
        select(*t.actor.c, *own, t.office.c.name.label("office"))
        .join(t.session, t.session.c.actor_id == t.actor.c.id)
        .outerjoin(t.office, t.office.c.id == t.actor.c.office_id)
        .where(*where, ~_dead(), ~t.actor.c.disabled)
        .order_by(t.session.c.id.desc())
    )
    names = ("csrf", "created", "last_seen", "id", "locked", "browser")
    rows = connection.execute(asked).mappings()
    return [Session(people.of_row(row), *(row[f"session_{name}"] for name in names)) for row in rows]


def _seen(store: Store, token: str, last: str) -> None:
    # Once a minute is enough, and spares a write for every picture that a page shows.
    if last < moments.ago(minutes=1):
        with store.writing() as change:
            mine = t.session.c.token_sha256 == people.digest(token)
            change.connection.execute(update(t.session).where(mine).values(last_seen=change.at))


def sign_out(store: Store, token: str) -> None:
    """End a session; nothing happens when there is none."""
    _end(store, None, t.session.c.token_sha256 == people.digest(token))


def end(store: Store, actor: Actor, session_id: int) -> bool:
    """End one of a person's own sessions; False when it is not theirs or has ended."""
    return _end(store, actor.name, t.session.c.id == session_id, t.session.c.actor_id == actor.id)


def _end(store: Store, by: str | None, *where: ColumnElement[bool]) -> bool:
    whose = select(t.session.c.id, t.session.c.actor_id, t.actor.c.name).join(t.actor).where(*where)
    with store.writing() as change:
        found = change.connection.execute(whose).first()
        if found is None:
            return False
        change.connection.execute(delete(t.session).where(t.session.c.id == found.id))
        change.audit(by or found.name, "sign-out", f"user={found.actor_id} session={found.id}")
    return True


def lock(store: Store, held: Session) -> None:
    """Cover the screen: the session lets nothing through until `unlock`."""
    with store.writing() as change:
        change.connection.execute(update(t.session).where(t.session.c.id == held.id).values(locked=True))
        change.audit(held.actor.name, "lock", f"session={held.id}")


def unlock(store: Store, held: Session) -> str:
    """Uncover the screen, once the password was right; the session goes on under a new token."""
    token = secrets.token_urlsafe(32)
    with store.writing() as change:
        values = {"token_sha256": people.digest(token), "locked": False, "last_seen": change.at}
        change.connection.execute(update(t.session).where(t.session.c.id == held.id).values(**values))
        change.audit(held.actor.name, "unlock", f"session={held.id}")
    return token


def _dead() -> ColumnElement[bool]:
    idle = t.session.c.last_seen < moments.ago(minutes=IDLE_MINUTES)
    future = or_(t.session.c.created > moments.impossible(), t.session.c.last_seen > moments.impossible())
    return idle | future | (t.session.c.created < moments.ago(hours=ABSOLUTE_HOURS))
