"""The second factor: time-based codes and recovery codes.

Method: RFC 6238 (TOTP) over RFC 4226 (HOTP) with HMAC-SHA-1, 30 seconds and six digits, as every authenticator app knows
it; a code is taken once, and one step early or late. The shared secret is drawn from the store's secret and a random
text in the database, so that neither alone gives it away.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import unicodedata
from urllib.parse import quote, urlencode

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.engine import RowMapping

from pipeline.errors import UsageProblem
from pipeline.store import moments
from pipeline.store import tables as t
from pipeline.store.accounts import passwords
from pipeline.store.opened import Store

STEP_SECONDS, DIGITS, SLACK = 30, 6, 1
RECOVERY_CODES = 10
ISSUER = "Yomitori"


def shared(secret: bytes, random: str) -> bytes:
    """The secret that the app and we share, 160 bits.

    Args:
        secret: the store's.
        random: the text in the database.
    """
    return hmac.digest(secret, f"yomitori totp 1 {random}".encode(), hashlib.sha256)[:20]


def code(key: bytes, step: int) -> str:
    """The code of a time step."""
    digest = hmac.digest(key, step.to_bytes(8), hashlib.sha1)
    place = digest[-1] & 15
    number = int.from_bytes(digest[place : place + 4]) & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def matching(key: bytes, given: str, after: int, step: int) -> int | None:
    """The time step whose code was given, around `step` and later than `after`; None when none is."""
    found = None
    for one in range(step - SLACK, step + SLACK + 1):
        if hmac.compare_digest(code(key, one).encode(), given.encode("utf-8", "replace")) and one > after:
            found = one
    return found


def step_now() -> int:
    """The running time step."""
    return int(moments.clock().timestamp()) // STEP_SECONDS


def begin(store: Store, actor_id: int, name: str) -> str:
    """Set a new factor that does not count before its first code came; the address for the app (otpauth://)."""
    random = secrets.token_hex(20)
    with store.writing() as change:
        mine = update(t.actor).where(t.actor.c.id == actor_id)
        change.connection.execute(mine.values(totp=random, totp_used=None))
        change.connection.execute(delete(t.recovery).where(t.recovery.c.actor_id == actor_id))
        change.audit(name, "factor-begin", f"user={actor_id}")
    return address(shared(store.settings.secret(), random), name)


def address(key: bytes, name: str) -> str:
    """What an authenticator app reads from the QR code."""
    asked = {"secret": base64.b32encode(key).decode(), "issuer": ISSUER}
    return f"otpauth://totp/{ISSUER}:{quote(name)}?{urlencode(asked)}"


def waiting(store: Store, actor_id: int, name: str) -> str | None:
    """The address of a factor whose first code has not come yet; None when there is none to wait for."""
    with store.reading() as connection:
        asked = select(t.actor.c.totp, t.actor.c.totp_used).where(t.actor.c.id == actor_id)
        row = connection.execute(asked).one()
    if row.totp is None or row.totp_used is not None:
        return None
    return address(shared(store.settings.secret(), row.totp), name)


def confirm(store: Store, actor_id: int, name: str, given: str) -> list[str]:
    """Take the first code; from now on the factor is asked for. Recovery codes, which cannot be had again.

    Raises:
        UsageProblem: the code is wrong, or there is no factor that waits for one.
    """
    with store.writing() as change:
        asked = select(t.actor.c.totp).where(t.actor.c.id == actor_id, t.actor.c.totp_used.is_(None))
        random = change.connection.execute(asked).scalar()
        key = shared(store.settings.secret(), random or "")
        step = matching(key, _plain(given), -1, step_now()) if random else None
        if step is None:
            raise UsageProblem("factor-wrong", "確認コードが違います。", "アプリに今出ている6桁を入れてください。")
        change.connection.execute(update(t.actor).where(t.actor.c.id == actor_id).values(totp_used=step))
        codes = [passwords.one_time(3) for _ in range(RECOVERY_CODES)]
        rows = [{"actor_id": actor_id, "digest": _digest(store, one)} for one in codes]
        change.connection.execute(insert(t.recovery), rows)
        change.audit(name, "factor-set", f"user={actor_id}")
    return codes


def accept(store: Store, connection: Connection, row: RowMapping, given: str) -> bool:
    """Take a code or a recovery code of an account (its row) in the caller's transaction; each only once."""
    given = _plain(given)
    key = shared(store.settings.secret(), row["totp"])
    step = matching(key, given, row["totp_used"], step_now())
    if step is not None:
        # The condition makes the second of two who came at once with the same code fail.
        fresh = (t.actor.c.id == row["id"]) & (t.actor.c.totp_used < step)
        return connection.execute(update(t.actor).where(fresh).values(totp_used=step)).rowcount == 1
    mine = (t.recovery.c.actor_id == row["id"]) & (t.recovery.c.digest == _digest(store, given))
    return connection.execute(delete(t.recovery).where(mine)).rowcount == 1


def left(store: Store, actor_id: int) -> int:
    """How many recovery codes are left."""
    with store.reading() as connection:
        asked = select(t.recovery.c.id).where(t.recovery.c.actor_id == actor_id)
        return len(connection.execute(asked).all())


def _plain(given: str) -> str:
    """Narrow and without the space that apps show; hyphens belong to recovery codes."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", given[:40])).lower()


def _digest(store: Store, given: str) -> str:
    told = f"yomitori recovery 1 {given}".encode("utf-8", "replace")
    return hmac.new(store.settings.secret(), told, hashlib.sha256).hexdigest()
