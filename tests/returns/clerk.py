"""What a clerk does with the sheets of a file that was read: what waits is settled as it stands on the paper."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pipeline import model, review, run
from pipeline.forms import Forms
from pipeline.store import Part, Store
from tests.returns.scanners import Lain, Paper, Said

NAME = "year-clerk"
MANY = 100_000  # as many as wait
Tie = Callable[[str, Paper], None]  # record and paper whose number it does not say


@dataclass
class _Sheet:
    """A sheet of paper, and what was made of its pages, each page alone."""

    paper: Paper
    found: list[model.Record] = field(default_factory=list)
    truth: dict[str, Said] = field(default_factory=dict)


class Clerk:
    """A person at the review desk.

    Args:
        opened: the store.
        forms: all forms.
        tie: told of each sheet that does not say its number.
    """

    def __init__(self, opened: Store, forms: Forms, tie: Tie) -> None:
        self.store, self.forms, self.tie, self.decisions = opened, forms, tie, 0
        self._before: dict[tuple[str, str | None], str] = {}  # issued sheet and side → page that came first

    def settle(self, parts: Iterable[Part], pages: Sequence[Lain | None]) -> None:
        """Everything on a file that waits for a person.

        Args:
            parts: what was read, page by page.
            pages: what lies on the pages.
        """
        sheets = _sheets(parts, pages)
        for sheet in sheets:
            if any(None in {one.form, one.serial} for one in sheet.found):
                self.tie(self._whole(sheet), sheet.paper)
            for one in sheet.found:
                self._same(sheet.paper, one)
        truths = {one.id: sheet.truth for sheet in sheets for one in sheet.found if sheet.paper.again != "open"}
        for item in review.queue(self.store, limit=MANY):
            if item.record in truths:  # others came twice, and nobody has said yet which of them to keep
                self._fields(item.record, truths[item.record])

    def _same(self, paper: Paper, page: model.Record) -> None:
        """A page that shows what another showed before goes behind it, where somebody says so."""
        key = paper.name, page.pages[0].side
        first = self._before.setdefault(key, page.id)
        if first != page.id and paper.again == "settled":
            self._said(self.store.record(page.id), "duplicate", first)

    def _whole(self, sheet: _Sheet) -> str:
        """Pages without a form, or without the number that ties them, become one sheet of the paper's form; its id."""
        record = self.store.record(sheet.found[0].id)
        for other in sheet.found[1:]:
            if other.id not in record.own_ids:
                record = self._said(record, "join", other.id)
        if record.form is None:
            record = self._said(record, "form", "/".join(sheet.paper.form.key))
        return record.id

    def _said(self, record: model.Record, action: Literal["join", "form", "duplicate"], what: str) -> model.Record:
        return self._settled(review.Change(record.id, None, action, record.version, NAME, what))

    def _fields(self, record_id: str, true: Mapping[str, Said]) -> None:
        """Every open field of a record as it stands on the paper."""
        record = self.store.record(record_id)
        for name in review.open_fields(record):
            answer = record.answers()[name]
            if not answer.counts:
                value, state = true[name]
                change = review.Change(record.id, name, "enter", answer.version, NAME, raw(value), state)
                record = self._settled(change)

    def _settled(self, change: review.Change) -> model.Record:
        self.decisions += 1
        return run.settle(self.store, self.forms, change)


def _sheets(parts: Iterable[Part], pages: Sequence[Lain | None]) -> Sequence[_Sheet]:
    found: dict[int, _Sheet] = {}
    for part, lain in zip(parts, pages, strict=True):
        if lain is not None:
            sheet = found.setdefault(id(lain.paper), _Sheet(lain.paper))
            sheet.found += part.records
            sheet.truth |= lain.truth
    return list(found.values())


def raw(value: model.Value) -> str | tuple[str, ...]:
    """A value as a person types it."""
    if isinstance(value, tuple):
        return tuple(str(one) for one in value)
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
