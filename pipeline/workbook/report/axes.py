"""What a row of facts belongs to: filters, and the classes of an axis."""

from __future__ import annotations

import bisect
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline import model
from pipeline.forms import reports
from pipeline.workbook.report import figures

OPEN = "保留"  # the class of what nobody vouched for yet
UNLISTED = "一覧にないもの"
YES, NO = "はい", "いいえ"


@dataclass(frozen=True)
class Words:
    """What the forms behind a table call things, and how days and numbers are classed."""

    forms: tuple[model.Spoken, ...]
    classes: Mapping[str, reports.Classes]
    begins: int  # month of the fiscal year
    as_of: dt.date
    years: tuple[int, ...] = ()  # fiscal years that have a target, so that they are there whatever happened in them

    def name(self, role: str) -> str:
        """The label of a role on the first form that has it; "" when none has."""
        return next((form.names[role] for form in self.forms if role in form.names), "")

    def numbered(self, role: str) -> list[str]:
        """role.1, role.2 …, as many as some form has; the role itself where there is but one."""
        most = max((sum(name.startswith(f"{role}.") for name in form.names) for form in self.forms), default=0)
        return [f"{role}.{n}" for n in range(1, most + 1)] or ([role] if self.name(role) else [])

    def options(self, role: str) -> dict[object, str]:
        """Value → label of all forms, in their order; empty where nothing is chosen from a list."""
        found: dict[object, str] = {}
        for form in self.forms:
            found |= {value: label for value, label in form.classes.get(role, {}).items() if value not in found}
        return found


def fits(row: model.Facts, where: reports.Where) -> bool:
    """Whether a row meets every condition: true asks that something is said, null that nothing is."""
    return all(_meets(row.get(key), wanted) for key, wanted in where.items())


def _meets(value: object, wanted: object) -> bool:
    if isinstance(wanted, list):
        return any(_meets(value, one) for one in wanted)
    if wanted is True:
        return value is not None and value is not False and value is not model.HELD
    if isinstance(value, tuple):
        return wanted in value
    return value is wanted if wanted is None or isinstance(wanted, bool) else value == wanted


class Axis:
    """The classes of one axis over some rows."""

    def __init__(self, asked: reports.Axis, words: Words, rows: Sequence[model.Facts]) -> None:
        self.asked = asked
        self._words = words
        self._star = asked.of.removesuffix(".*") if asked.of.endswith(".*") else ""
        self._options = words.options(asked.like or asked.of)
        self.label = asked.label or words.name(asked.of) or words.name(self._star) or asked.of
        self.several = bool(self._star) or any(isinstance(row.get(asked.of), tuple) for row in rows)
        self.classes = self._every(rows)

    def of(self, row: model.Facts) -> list[str]:
        """The classes of a row; none when it is left out."""
        if self._star:
            up = [name for name in self._words.numbered(self._star) if row.get(name) is True]
            return [self._words.name(name) for name in up]
        value = row.get(self.asked.of)
        if value is model.HELD:
            return [OPEN]
        if value is None:
            return [self.asked.missing] if self.asked.missing else []
        parts = value if isinstance(value, tuple) else (value,)
        return [label for label in map(self._label, parts) if label]

    def year(self, label: str) -> int | None:
        """The fiscal year that a class of days lies in; None for other classes."""
        return self._years.get(label)

    def _label(self, value: object) -> str:
        named = self.asked.labels.get(_plain(value))
        if named is not None:
            return named
        if self.asked.classes is not None:
            return self._classed(value)
        if isinstance(value, bool):
            return YES if value else NO
        if self._options:
            return self._options.get(value, UNLISTED)
        return _plain(value)

    def _classed(self, value: object) -> str:
        if isinstance(value, dt.date):
            return self._day(value)
        known = self._words.classes.get(self.asked.classes or "")
        if known is None or not isinstance(value, (int, float)):
            return _plain(value)
        return known.labels[bisect.bisect_right(known.at, value)]

    def _day(self, day: dt.date) -> str:
        year = figures.fiscal_year(day, self._words.begins)
        if self.asked.classes == "fiscal-year":
            return figures.year_label(year)
        own = figures.fiscal_year(self._words.as_of, self._words.begins)
        return figures.month_label(day) if self.asked.classes != "fiscal-month" or year == own else ""

    def _every(self, rows: Sequence[model.Facts]) -> list[str]:
        """All classes in order: listed ones, others as met, what has no value, what is open."""
        self._years: dict[str, int] = {}
        met = dict.fromkeys(label for row in rows for label in self.of(row))
        tail = [OPEN] if OPEN in met else []
        if self.asked.missing and not self._star and (self.asked.always or self.asked.missing in met):
            tail.insert(0, self.asked.missing)
        listed = dict.fromkeys(self._listed(rows))
        rest = [label for label in met if label not in listed and label not in tail and label != UNLISTED]
        ordered = rest if self._options or self.asked.labels else sorted(rest, key=lambda label: (len(label), label))
        more = [UNLISTED] if UNLISTED in met else []
        return [*listed, *ordered, *more, *tail]

    def _listed(self, rows: Sequence[model.Facts]) -> Iterable[str]:
        if self._star:
            return [self._words.name(name) for name in self._words.numbered(self._star)]
        if self.asked.listed:
            return self.asked.listed
        if self.asked.classes in self._words.classes:
            return self._words.classes[self.asked.classes or ""].labels
        if self.asked.classes:
            return list(self._days([row.get(self.asked.of) for row in rows]))
        return [*self._options.values(), *(self.asked.labels.values() if not self._options else ())]

    def _days(self, met: Sequence[object]) -> Iterator[str]:
        """Months or years from the first that there is to the day of the report; none is left out in between."""
        days = [day for day in met if isinstance(day, dt.date)]
        begins, as_of = self._words.begins, self._words.as_of
        if self.asked.classes == "fiscal-year":
            days += [dt.date(year, begins, 1) for year in self._words.years]
        if self.asked.classes == "fiscal-month":
            first = dt.date(figures.fiscal_year(as_of, begins), begins, 1)
        else:
            first = min(days, default=as_of)
        for month in figures.months(first, max([as_of, *days])):
            label, year = self._day(month), figures.fiscal_year(month, begins)
            self._years.setdefault(label, year)
            yield label


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
