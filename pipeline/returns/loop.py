"""The loop: what became of every sheet that went out, which reply answers which notice, what became of each ticket."""

from __future__ import annotations

import datetime as dt
import functools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from pipeline import model
from pipeline.forms import Forms
from pipeline.forms import serial as serials
from pipeline.returns import cases as naming
from pipeline.returns import sheets as back
from pipeline.returns.cases import Cases
from pipeline.returns.sheets import Sheet

NOTICE, REPLY, TICKET = "notice", "reply", "ticket"  # purposes
VOID, HAND_OVER = "void", "hand-over"  # kinds of entry that the loop itself goes by
Fate: TypeAlias = Literal["returned", "outstanding", "void"]


@dataclass(frozen=True)
class Sent:
    """A sheet that went out, and what became of it."""

    issued: model.Issued
    purpose: str  # "" when the form is not loaded
    title: str
    on: dt.date  # when it went out
    fate: Fate
    sheet: Sheet | None  # what came back
    reason: str = ""  # of a void one

    @property
    def name(self) -> str:
        """Its name, as cases have it."""
        return naming.of_serial(self.issued.form[0], self.issued.serial)


@dataclass(frozen=True)
class Notice:
    """A notice and the reply to it; either may be missing."""

    notice: Sheet | None
    reply: Sheet | None
    replies: int  # how many answer it

    @property
    def sent_on(self) -> dt.date | None:
        """The day that the notice says, else the day it came in."""
        return (self.notice.day("sent-on") or self.notice.arrived) if self.notice else None


@dataclass(frozen=True)
class Ticket:
    """A ticket: printed, perhaps handed over, perhaps come back."""

    sent: Sent | None  # None: it came back without having been printed here
    sheet: Sheet | None
    handed: model.Entry | None  # with date and person

    @property
    def first_visit(self) -> dt.date | None:
        """The day that the group wrote."""
        return self.sheet.day("first-visit-on") if self.sheet else None


@dataclass(frozen=True)
class Loop:
    """Everything that went out, came back or was entered, as it stood on a day."""

    as_of: dt.date
    sheets: tuple[Sheet, ...]  # each sheet of paper once
    doubled: int  # numbers that came in more than once, and nobody has said yet what to keep
    sent: tuple[Sent, ...]
    notices: tuple[Notice, ...]
    tickets: tuple[Ticket, ...]
    entries: tuple[model.Entry, ...]
    cases: Cases

    def who(self, sheet: Sheet) -> str:
        """How a sheet is named in lists: its number, read or matched by a person, else the id of its record."""
        return sheet.serial or self._matched.get(sheet.record) or sheet.record

    @functools.cached_property
    def _matched(self) -> Mapping[str, str]:
        return {one.sheet.record: one.issued.serial for one in self.sent if one.sheet and not one.sheet.serial}


def closed(
    found: Iterable[Sheet],
    issued: Sequence[model.Issued],
    entries: Sequence[model.Entry],
    forms: Forms,
    as_of: dt.date,
) -> Loop:
    """Everything put together.

    Args:
        found: sheets in order of arrival.
        issued: what went out, oldest first.
        entries: those that stand.
        forms: all forms.
        as_of: the day on which it is counted.
    """
    every = tuple(found)
    once = tuple(_once(every))
    answered = _answered(once, issued, forms)
    cases = naming.joined(once, issued, entries, answered)
    sent = tuple(_sent(once, issued, entries, forms))
    return Loop(
        as_of,
        once,
        _doubled(every),
        sent,
        tuple(_notices(once, answered, cases)),
        tuple(_tickets(once, sent, entries)),
        tuple(entries),
        cases,
    )


def of_office(whole: Loop, office: str, forms: Forms) -> Loop:
    """What one office may see: its own papers, what it handed out or what came back to it, and what was entered for those.

    Args:
        whole: of an office's papers, and of everything that was issued and entered.
        office: its name.
        forms: all forms.
    """
    here = {whole.cases.of(naming.of_record(sheet.record)) for sheet in whole.sheets}
    here |= {whole.cases.of(sent.name) for sent in whole.sent if sent.issued.office == office}
    issued = [sent.issued for sent in whole.sent if whole.cases.of(sent.name) in here]
    entries = [entry for entry in whole.entries if whole.cases.of(entry.target) in here]
    return replace(closed(whole.sheets, issued, entries, forms, whole.as_of), doubled=whole.doubled)


def _once(every: Iterable[Sheet]) -> Iterator[Sheet]:
    """Of sheets with one number, the first that came in: the others wait for a person to decide."""
    seen: set[tuple[str, str]] = set()
    for sheet in every:
        key = (sheet.form_id, sheet.serial or sheet.record)
        if key not in seen:
            seen.add(key)
            yield sheet


def _doubled(every: Iterable[Sheet]) -> int:
    """Numbers under which something lies twice: a sheet of two sides scanned again makes four, for they stay apart."""
    met = Counter((sheet.form_id, sheet.serial) for sheet in every if sheet.serial)
    return sum(times > 1 for times in met.values())


# ── what went out


def _sent(
    sheets: Iterable[Sheet], issued: Iterable[model.Issued], entries: Iterable[model.Entry], forms: Forms
) -> Iterator[Sent]:
    """What became of each: come back (by its number, or by a match), void, or outstanding."""
    returned = {naming.of_serial(s.form_id, s.serial): s for s in sheets if s.serial}
    returned = {**_matched(sheets, entries), **returned}
    void = {entry.target: entry.said.get("reason", "") for entry in entries if entry.kind == VOID}
    by_id = {form.id: form for form in forms.values()}
    for one in issued:
        name = naming.of_serial(one.form[0], one.serial)
        sheet, form = returned.get(name), forms.get(one.form) or by_id.get(one.form[0])
        fate: Fate = "returned" if sheet else "void" if name in void else "outstanding"
        told = (form.purpose, form.title) if form else ("", one.form[0])
        yield Sent(one, *told, back.local_day(one.at), fate, sheet, void.get(name, ""))


def _matched(sheets: Iterable[Sheet], entries: Iterable[model.Entry]) -> dict[str, Sheet]:
    """Name of an issued sheet → what came back without a number and was matched with it, whichever was named first.

    A sheet with a number of its own is matched with another's as the same person's: it is not the other.
    """
    bare = {naming.of_record(sheet.record): sheet for sheet in sheets if not sheet.serial}
    found: dict[str, Sheet] = {}
    for entry in (one for one in entries if one.kind == naming.MATCH):
        other = entry.said.get(naming.OTHER, "")
        for record, number in ((entry.target, other), (other, entry.target)):
            if record in bare and number.startswith(f"serial/{bare[record].form_id}/"):
                found.setdefault(number, bare[record])
    return found


# ── notices and replies


def _answered(sheets: Sequence[Sheet], issued: Iterable[model.Issued], forms: Forms) -> dict[str, str]:
    """Record of each reply → name of the notice that it answers, where its code or its number names just one."""
    purposes = {form.id: form.purpose for form in forms.values()}
    known = {(one.form[0], one.serial) for one in issued if purposes.get(one.form[0]) == NOTICE}
    known |= {(sheet.form_id, sheet.serial) for sheet in sheets if sheet.purpose == NOTICE and sheet.serial}
    by_number: dict[int, set[tuple[str, str]]] = {}
    for key in known:
        if serials.valid(key[1]):
            by_number.setdefault(serials.number(key[1]), set()).add(key)
    found: dict[str, str] = {}
    for sheet in (one for one in sheets if one.purpose == REPLY):
        named = _coded(sheet.one("answers-code"), known) or by_number.get(_number(sheet.one("answers")), set())
        if len(named) == 1:
            found[sheet.record] = naming.of_serial(*next(iter(named)))
    return found


def _coded(payload: object, known: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """What the code copied from a notice names: a whole payload, or a bare serial."""
    if not isinstance(payload, str):
        return set()
    parts = payload.split("/")
    if len(parts) == 5:
        return {(parts[1], parts[4])} & known
    return {key for key in known if key[1] == payload}


def _number(value: object) -> int:
    text = str(value or "")
    return int(text) if text.isascii() and text.isdecimal() else -1


def _notices(sheets: Sequence[Sheet], answered: Mapping[str, str], cases: Cases) -> Iterator[Notice]:
    """A line per notice with its last reply; replies to a notice that is not at hand come after."""
    replies: dict[str, list[Sheet]] = {}
    for sheet in (one for one in sheets if one.purpose == REPLY):
        replies.setdefault(_answers(sheet, answered, cases), []).append(sheet)
    for sheet in (one for one in sheets if one.purpose == NOTICE):
        own = _replies_to(sheet, replies, cases)
        yield Notice(sheet, own[-1] if own else None, len(own))
    for rest in replies.values():
        yield Notice(None, rest[-1], len(rest))


def _answers(sheet: Sheet, answered: Mapping[str, str], cases: Cases) -> str:
    """What a reply is filed under: the notice that it names, else its case."""
    return answered.get(sheet.record) or cases.of(naming.of_record(sheet.record))


def _replies_to(sheet: Sheet, replies: dict[str, list[Sheet]], cases: Cases) -> list[Sheet]:
    """The replies that name this notice, else those that a person matched with it."""
    by_name = replies.pop(naming.of_serial(sheet.form_id, sheet.serial), []) if sheet.serial else []
    return by_name or replies.pop(cases.of(naming.of_record(sheet.record)), [])


# ── tickets


def _tickets(sheets: Sequence[Sheet], sent: Sequence[Sent], entries: Iterable[model.Entry]) -> Iterator[Ticket]:
    handed = {entry.target: entry for entry in entries if entry.kind == HAND_OVER and entry.day}
    printed = [one for one in sent if one.purpose == TICKET]
    for one in printed:
        yield Ticket(one, one.sheet, handed.get(one.name))
    known = {one.sheet.record for one in printed if one.sheet}
    for sheet in sheets:
        if sheet.purpose == TICKET and sheet.record not in known:
            yield Ticket(None, sheet, handed.get(naming.of_record(sheet.record)))
