"""How lines of the audit log are chained: each carries an HMAC over itself and the line before.

Method: B. Schneier and J. Kelsey, "Secure audit logs to support computer forensics", ACM TISSEC 2(2), 1999, without the
evolving key: whoever has the key file could write a new log, which the anchor outside the database then shows.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

START = "0" * 64  # what the first line is chained to
PURPOSE = b"yomitori audit chain 1"


@dataclass(frozen=True)
class Entry:
    """One line of the audit log."""

    id: int  # from 1, without a gap
    at: str  # UTC, ISO 8601
    actor: str | None  # name of an account; None: nobody was signed in
    action: str  # kebab-case English
    target: str  # ids and counts, never values
    why: str  # what the actor said it is for; "" mostly
    mac: str = ""  # HMAC-SHA256 in hex


@dataclass(frozen=True)
class Head:
    """Where the log ended at some moment."""

    length: int
    mac: str


@dataclass(frozen=True)
class Fault:
    """Something in the log is not as it was written."""

    code: str  # stable English: changed · gap · short · swapped · anchor
    line: int  # where it shows first
    message: str  # Japanese: what is wrong and what to do


TODO = "ログを書き換えた人がいるか、ディスクの故障です。データフォルダーの写しを取り、管理者に知らせてください。"


def key(secret: bytes) -> bytes:
    """The chain's own key, drawn from the store's secret."""
    return hmac.digest(secret, PURPOSE, hashlib.sha256)


def seal(own_key: bytes, previous: str, entry: Entry) -> str:
    """The HMAC of a line that follows the one with `previous`."""
    told = [previous, entry.id, entry.at, entry.actor, entry.action, entry.target, entry.why]
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return hmac.new(own_key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def check(own_key: bytes, entries: Iterable[Entry], anchor: Head | None) -> Iterator[Fault]:
    """Walk the log from its first line; the first break ends the walk, since what follows hangs on it.

    Args:
        own_key: see `key`.
        entries: all lines in order of their id.
        anchor: where the log ended when it was last written, kept outside the database; None: there is none.
    """
    last, seen = Head(0, START), anchor is None or anchor.length == 0
    for entry in entries:
        if entry.id != last.length + 1:
            yield Fault("gap", last.length + 1, f"監査ログの {last.length + 1} 行目がありません。{TODO}")
            return
        if not hmac.compare_digest(seal(own_key, last.mac, entry).encode(), entry.mac.encode("utf-8", "replace")):
            yield Fault("changed", entry.id, f"監査ログの {entry.id} 行目が、書いたときのままではありません。{TODO}")
            return
        last = Head(entry.id, entry.mac)
        seen = seen or last == anchor
    if not seen and anchor is not None:
        yield _off(last, anchor)


def _off(last: Head, anchor: Head) -> Fault:
    if last.length < anchor.length:
        told = f"監査ログは {anchor.length} 行あったはずですが、{last.length} 行しかありません。{TODO}"
        return Fault("short", last.length, told)
    return Fault("anchor", anchor.length, f"監査ログの {anchor.length} 行目が、控えと合いません。{TODO}")
