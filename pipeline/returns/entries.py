"""What people enter by hand, since no paper carries it: every version stays, the last one stands."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import insert, select
from sqlalchemy.engine import Row
from sqlalchemy.exc import IntegrityError

from pipeline import model
from pipeline.errors import StaleWrite, UsageProblem
from pipeline.forms import reports
from pipeline.store import Store, moments, tables
from pipeline.store.parcels import Since

LONGEST = 200  # characters of one answer
EARLIEST = dt.date(2019, 5, 1)  # a day before it is a slip of the pen


@dataclass(frozen=True)
class Draft:
    """What a person wants to enter."""

    kind: str
    target: str  # the name of a case: see cases.py
    day: str  # YYYY-MM-DD, "" for none
    said: Mapping[str, str]
    by: str  # name of an account


def enter(store: Store, kinds: Mapping[str, reports.Kind], draft: Draft) -> model.Entry:
    """Add an entry.

    Raises:
        UsageProblem: it does not fit its kind (Japanese sentence).
    """
    draft = understood(kinds, draft)
    return _add(store, draft, secrets.token_hex(8), 1, "enter")


def correct(store: Store, kinds: Mapping[str, reports.Kind], thread: str, version: int, draft: Draft) -> model.Entry:
    """Put another version in place of `version`, which stays in the history.

    Raises:
        UsageProblem: it does not fit its kind.
        StaleWrite: somebody changed it first.
        KeyError: no such entry.
    """
    old = _fresh(store, thread, version)
    draft = understood(kinds, replace(draft, kind=old.kind))
    return _add(store, draft, thread, version + 1, "correct")


def withdraw(store: Store, thread: str, version: int, by: str) -> model.Entry:
    """Take an entry back; it stays in the history. Raises as `correct`."""
    old = _fresh(store, thread, version)
    draft = Draft(old.kind, old.target, old.day or "", old.said, by)
    return _add(store, draft, thread, version + 1, "withdraw")


def _fresh(store: Store, thread: str, version: int) -> model.Entry:
    versions = history(store, thread)
    if not versions:
        raise KeyError(thread)
    if versions[-1].version != version:
        raise _stale()
    return versions[-1]


def _stale() -> StaleWrite:
    return StaleWrite("stale", "ほかの人が先に直しました。", "今の内容を確かめて、必要ならもう一度入れてください。")


def _add(store: Store, draft: Draft, thread: str, version: int, action: str) -> model.Entry:
    row = {"thread": thread, "version": version, "kind": draft.kind, "target": draft.target}
    row |= {"day": draft.day or None, "said": dict(draft.said), "action": action, "by": draft.by}
    try:
        with store.writing() as change:
            change.connection.execute(insert(tables.entry).values(**row, at=change.at))
            change.audit(draft.by, f"entry-{action}", f"entry={thread} version={version}")
            at = change.at
    except IntegrityError as error:  # two people at the same moment
        raise _stale() from error
    return model.Entry(thread, version, draft.kind, draft.target, draft.day or None, draft.said, action, draft.by, at)


def understood(kinds: Mapping[str, reports.Kind], draft: Draft) -> Draft:
    """The draft as it may be stored: nothing but what its kind asks for, spaces trimmed."""
    kind = kinds.get(draft.kind)
    if kind is None:
        raise UsageProblem("entry-kind", "その種類の入力はありません。", "一覧から選んでください。")
    if kind.day != "none" and not (draft.day == "" and kind.day == "optional"):
        _day(kind, draft.day)
    said = {part.name: _said(part, draft.said.get(part.name, "").strip()) for part in kind.parts}
    return replace(draft, day=draft.day if kind.day != "none" else "", said={k: v for k, v in said.items() if v})


def _day(kind: reports.Kind, text: str) -> None:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError as error:
        raise UsageProblem(
            "entry-day", f"「{kind.label}」の日付を読めません。", "年-月-日 で入れてください。"
        ) from error
    if not EARLIEST <= day <= dt.datetime.now(moments.TOKYO).date():
        todo = "今日までの日付を入れてください。"
        raise UsageProblem("entry-day", f"「{kind.label}」の日付 {text} は範囲の外です。", todo)


def _said(part: reports.Asked, text: str) -> str:
    if part.required and not text:
        raise UsageProblem("entry-missing", f"「{part.label}」が空です。", "入れてから保存してください。")
    if part.options and text and text not in part.options:
        raise UsageProblem("entry-option", f"「{part.label}」に「{text}」はありません。", "一覧から選んでください。")
    if len(text) > LONGEST or not text.isprintable():
        raise UsageProblem(
            "entry-text", f"「{part.label}」を保存できません。", f"一行、{LONGEST} 文字までにしてください。"
        )
    return text


def every(store: Store, as_of: Since | None = None) -> tuple[model.Entry, ...]:
    """The entries that stand (as they stood at the end of that day), oldest first; withdrawn ones are left out."""
    last: dict[str, model.Entry] = {}
    for entry in _entries(store, as_of):
        last[entry.thread] = entry
    return tuple(entry for entry in last.values() if entry.action != "withdraw")


def history(store: Store, thread: str) -> tuple[model.Entry, ...]:
    """All versions of an entry, oldest first; empty when there is none."""
    return tuple(entry for entry in _entries(store, None, thread))


def _entries(store: Store, as_of: Since | None, thread: str | None = None) -> Iterator[model.Entry]:
    asked = select(tables.entry).order_by(tables.entry.c.id)
    if as_of is not None:
        asked = asked.where(tables.entry.c.at < moments.end(as_of))
    if thread is not None:
        asked = asked.where(tables.entry.c.thread == thread)
    with store.reading() as connection:
        yield from (_entry(row) for row in connection.execute(asked))


def _entry(row: Row[tuple[object, ...]]) -> model.Entry:
    named = ("thread", "version", "kind", "target", "day", "said", "action", "by", "at")
    return model.Entry(**{name: getattr(row, name) for name in named})
