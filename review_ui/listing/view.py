"""What the pages say of each list: who uses it, whose it is, what taking back would bring."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from pipeline.errors import FileRefused
from pipeline.forms import list_changes
from pipeline.forms.list_uses import Use, uses
from pipeline.forms.lists import Listing
from pipeline.forms.load import SHIPPED
from pipeline.forms.own_lists import OwnLists, Standing
from review_ui import desk
from review_ui.listing import words
from review_ui.pages import home


@dataclass(frozen=True)
class Row:
    """One list, as the pages show it."""

    name: str
    uses: tuple[str, ...]
    entries: int
    state: str
    samples: bool  # made-up entries that ship hold
    mark: str  # of what holds
    back: str  # what taking back would bring; "" where there is nothing to take back


def kept(at: desk.Desk) -> OwnLists:
    """The lists that the forms at hand are read with."""
    return OwnLists(at.forms.list_folders, at.settings.own_lists)


def rows(at: desk.Desk) -> list[Row]:
    """Every list that a form names or that lies in a folder, those in use first."""
    named, cabinet = uses(at.forms), kept(at)
    gone = {name for name in cabinet.kept_names() if cabinet.before(name) is not None}
    names = [*sorted(named), *sorted({*cabinet.names(), *gone} - set(named))]
    return [_row(cabinet, name, tuple(_used(named, name))) for name in names]


def _used(named: dict[str, list[Use]], name: str) -> list[str]:
    return [words.used(one.kind, one.where, one.what) for one in named.get(name, [])]


def _row(cabinet: OwnLists, name: str, used: tuple[str, ...]) -> Row:
    stands = cabinet.standing(name)
    try:
        found, readable = cabinet.listing(name), True
    except FileRefused:
        found, readable = Listing(name), False
    samples = bool(list_changes.samples(found))
    state = _state(stands, samples) if readable else words.UNREADABLE
    return Row(name, used, len(found.values), state, samples and not stands.own, stands.mark, _back(cabinet, name))


def _state(stands: Standing, samples: bool) -> str:
    if stands.path is None:
        return words.MISSING
    if stands.own:
        return words.OWN + words.changed(_stamp(stands))
    if SHIPPED not in stands.path.parents:
        return words.BESIDE
    return words.SAMPLE if samples else words.SHIPPED


def _stamp(stands: Standing) -> str:
    return home.stamp(dt.datetime.fromtimestamp(stands.changed, dt.UTC).isoformat())


def _back(cabinet: OwnLists, name: str) -> str:
    before = cabinet.before(name)
    if before is None:
        return ""
    try:
        entries = cabinet.earlier(name)
    except FileRefused:
        return ""
    whose = _whose(before, bool(list_changes.samples(entries)))
    return words.brings(whose, len(entries.values), _stamp(before) if before.own else "")


def _whose(stands: Standing, samples: bool) -> str:
    return words.OWN if stands.own else _state(stands, samples)
