"""A case as its page shows it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline import model
from pipeline.forms import reports, schema
from pipeline.returns import cases, entries
from pipeline.returns.loop import TICKET, Loop, Sent
from pipeline.returns.sheets import Sheet
from review_ui import desk
from review_ui.cases import words
from review_ui.pages import home

NAME, ACTIVITY = "name", "activity"  # roles


@dataclass(frozen=True)
class Line:
    """An entry that stands, or stood, as a person reads it."""

    thread: str
    version: int
    kind: reports.Kind
    target: str
    day: str
    said: Mapping[str, str]
    words: tuple[str, ...]
    action: str
    by: str
    at: str


@dataclass(frozen=True)
class Case:
    """Everything that belongs to one person."""

    key: str  # in addresses: says nothing of whom it is
    names: Sequence[str]
    sheets: Sequence[Sheet]
    sent: Sequence[Sent]
    entries: Sequence[Line]

    def first(self, purpose: str) -> Sheet | None:
        """The first sheet of a purpose that came back."""
        return next((sheet for sheet in self.sheets if sheet.purpose == purpose), None)

    @property
    def target(self) -> str:
        """The name that new entries about the person go by."""
        return self.names[0]

    @property
    def name(self) -> str:
        """The person's name, as far as somebody vouched for it on one of the sheets."""
        found = (sheet.one(NAME) for sheet in self.sheets)
        return next((one for one in found if isinstance(one, str)), "")

    def targets(self, kind: reports.Kind) -> list[tuple[str, str]]:
        """What a kind of entry may be entered for: name and number."""
        if kind.target == "case":
            return [(self.target, "")]
        wanted = [one for one in self.sent if kind.purpose in {None, one.purpose}]
        return [(one.name, one.issued.serial) for one in wanted]


def key(at: desk.Desk, name: str) -> str:
    """A case in an address: keyed, so that no number stands in a log."""
    return hmac.digest(at.settings.secret(), f"case:{name}".encode(), hashlib.sha256).hex()[:24]


def found(at: desk.Desk, loop: Loop, wanted: str) -> Case | None:
    """The case of that key."""
    members = loop.cases.members()
    root = next((name for name in members if key(at, name) == wanted), None)
    return _case(at, loop, root, members[root]) if root is not None else None


def _case(at: desk.Desk, loop: Loop, root: str, names: Sequence[str]) -> Case:
    known = set(names)
    kinds = at.forms.reports.kinds
    standing = [one for one in loop.entries if one.target in known and one.kind in kinds]
    return Case(
        key(at, root),
        names,
        [sheet for sheet in loop.sheets if cases.of_record(sheet.record) in known],
        [one for one in loop.sent if one.name in known],
        [_line(one, kinds[one.kind]) for one in standing],
    )


def _line(one: model.Entry, kind: reports.Kind) -> Line:
    told = tuple(words.said(part.label, one.said[part.name]) for part in kind.parts if one.said.get(part.name))
    action, at = words.ACTIONS[one.action], home.stamp(one.at)
    return Line(one.thread, one.version, kind, one.target, one.day or "", one.said, told, action, one.by, at)


def history(at: desk.Desk, thread: str) -> list[Line]:
    """All versions of an entry, oldest first."""
    kinds = at.forms.reports.kinds
    return [_line(one, kinds[one.kind]) for one in entries.history(at.store, thread) if one.kind in kinds]


def named(loop: Loop, number: str) -> list[str]:
    """The names of what somebody typed, one per case: a serial, a number of the roster, or the id of a record.

    Forms number their sheets each on its own, so several may have one serial; `form/serial` is one of them.
    """
    plain = number.strip().casefold()
    every = [name for names in loop.cases.members().values() for name in names]
    met = [name for name in every if plain and f"/{name.casefold()}".endswith(f"/{plain}")]
    return list({loop.cases.of(name): name for name in reversed(met)}.values())[::-1]


def choices(at: desk.Desk, loop: Loop, names: Sequence[str]) -> list[Row]:
    """Cases to choose from, each with what its number stands on."""
    titles = {form.id: form.title for form in at.forms.values()}
    shown = [(name, name.split("/")) for name in names]
    return [
        Row(key(at, loop.cases.of(name)), (titles.get(parts[1], "") if len(parts) > 2 else "", parts[-1]))
        for name, parts in shown
    ]


def activities(at: desk.Desk) -> str:
    """The name of the list that a ticket's activity comes from; "" where no ticket has one."""
    tickets = [form for form in at.forms.values() if form.purpose == TICKET and not form.retired]
    fields = [one for form in tickets for one in form.fields.values() if one.role == ACTIVITY]
    return next((one.list_ for one in fields if isinstance(one, schema.Text) and one.list_), "")


# ── what waits


@dataclass(frozen=True)
class Row:
    """A line of a work list."""

    key: str
    cells: tuple[str, ...]


def outstanding(at: desk.Desk, loop: Loop) -> Iterator[Row]:
    """Notices that nobody has answered, oldest first."""
    waiting = [one for one in loop.notices if one.notice is not None and one.reply is None and one.sent_on]
    for one in sorted(waiting, key=lambda one: one.sent_on or loop.as_of):
        if one.notice is not None and one.sent_on is not None:
            name = loop.cases.of(cases.of_record(one.notice.record))
            number = one.notice.serial or one.notice.record
            yield Row(key(at, name), (number, one.sent_on.isoformat(), str((loop.as_of - one.sent_on).days)))


def to_hand_over(at: desk.Desk, loop: Loop) -> Iterator[Row]:
    """Tickets that were printed, and of which nobody has said that they were handed over."""
    for one in loop.tickets:
        if one.sent is not None and one.handed is None and one.sent.fate != "void":
            name = loop.cases.of(one.sent.name)
            yield Row(key(at, name), (one.sent.issued.serial, one.sent.on.isoformat()))


def to_visit(at: desk.Desk, account: model.Account) -> Iterator[Row]:
    """People to be visited, by district and person in charge."""
    rows = [row for row in account.rows["people"] if row.get("_why")]
    shown = [(str(row["_case"]), _told(row)) for row in rows]
    for name, cells in sorted(shown, key=lambda pair: pair[1]):
        yield Row(key(at, name), cells)


def _told(row: model.Facts) -> tuple[str, ...]:
    return tuple(str(row.get(one) or "") for one in ("district", "plan.charge", "_who", "_last_visit"))
