"""集計_縦持ち: how often each answer was given, over kinds and roles only.

Every class is printed, 0 included, and so is every reason for having no value: the counts add up to the base.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.workbook import columns
from pipeline.workbook.columns import STATES, VALID, Column, Row, Table
from pipeline.workbook.sheet import Answered, Spot

CROSS_ROLES = ("sex", "district")  # what every other answer is also broken down by, where a form has it

TABLE = Table(
    "集計_縦持ち",
    (
        Column("table_name", "集計", "text", "様式IDと項目の物理名。軸が二つなら二つの項目"),
        Column("as_of", "基準日", "date", "この日までの確定を数えた"),
        Column("axis_1", "軸1", "text", "一つ目の項目の名前"),
        Column("class_1", "区分1", "text", "一つ目の項目の区分。値がないものは状態の名前"),
        Column("axis_2", "軸2", "text", "二つ目の項目の名前。無ければ空"),
        Column("class_2", "区分2", "text", "二つ目の項目の区分。無ければ空"),
        Column("n", "件数", "whole", "区分1（と区分2）に当たる記録の数", unit="件"),
        Column("base", "母数", "whole", "割合の分母。軸が二つなら区分2の記録の数", unit="件"),
        Column("pct", "割合", "number", "件数を母数で割った値（小数第1位まで）", unit="%"),
    ),
)


@dataclass
class _Axis:
    """One item: its heading and classes, listed ones first, others as they turn up."""

    column: Column
    classes: dict[str, None] = field(default_factory=dict)


class Tally:
    """The counts of one form."""

    def __init__(self, form_id: str) -> None:
        self.form_id = form_id
        self._axes: dict[str, _Axis] = {}
        self._counts: Counter[tuple[str, str]] = Counter()
        self._crossed: Counter[tuple[str, str, str, str]] = Counter()

    def add(self, found: Answered) -> None:
        """Count one record."""
        told = {spot.column.name: self._class(spot, found.row) for spot in found.version.spots if spot.column.tally}
        crossing = [(name, told[name]) for name in told if _role(self._axes[name].column) in CROSS_ROLES]
        self._counts.update(told.items())
        self._crossed.update((*one, *by) for one in told.items() for by in crossing if one[0] != by[0])

    def _class(self, spot: Spot, row: Row) -> str:
        axis = self._axes.setdefault(spot.column.name, _Axis(spot.column))
        if not axis.classes:
            axis.classes.update(dict.fromkeys(spot.codes.meanings.values() if spot.codes else spot.column.classes))
        state, value = row[spot.state], row[spot.place]
        name = _named(spot, value) if state == VALID and value is not None else STATES.meanings[state]
        if state == VALID:
            axis.classes.setdefault(name)
        return name

    def rows(self, as_of: dt.date) -> Iterator[Row]:
        """All counts, simple tables first."""
        for name, axis in self._axes.items():
            yield from self._simple(name, axis, as_of)
        crossing = [name for name, axis in self._axes.items() if _role(axis.column) in CROSS_ROLES]
        for name in self._axes:
            for by in crossing:
                if by != name:
                    yield from self._cross(name, by, as_of)

    def _simple(self, name: str, axis: _Axis, as_of: dt.date) -> Iterator[Row]:
        base = sum(self._counts[name, one] for one in _classes(axis))
        for one in _classes(axis):
            n = self._counts[name, one]
            yield [f"{self.form_id}.{name}", as_of, axis.column.header, one, None, None, n, base, _pct(n, base)]

    def _cross(self, name: str, by: str, as_of: dt.date) -> Iterator[Row]:
        one_axis, two_axis = self._axes[name], self._axes[by]
        for two in _classes(two_axis):
            base = sum(self._crossed[name, one, by, two] for one in _classes(one_axis))
            for one in _classes(one_axis):
                n = self._crossed[name, one, by, two]
                head: Row = [
                    f"{self.form_id}.{name}.{by}",
                    as_of,
                    one_axis.column.header,
                    one,
                    two_axis.column.header,
                    two,
                ]
                yield [*head, n, base, _pct(n, base)]


def _classes(axis: _Axis) -> list[str]:
    """Listed and met classes (numbers and months in order), then the reasons for having none."""
    listed = axis.column.codes or axis.column.classes
    met = list(axis.classes) if listed else sorted(axis.classes, key=lambda name: (len(name), name))
    states = [name for code, name in STATES.entries if code != VALID]
    return [*(name for name in met if name not in states), *states]


def _named(spot: Spot, value: columns.Cell) -> str:
    """The class of a valid value: its code's meaning, its month, the value itself where it is on its list."""
    if spot.codes:
        return spot.codes.meanings.get(value) or str(value)
    if spot.column.classes and value not in spot.column.classes:
        return "リスト外"
    return f"{value:%Y-%m}" if isinstance(value, dt.date) else str(value)


def _role(column: Column) -> str:
    return column.facts.role if column.facts else ""


def _pct(n: int, base: int) -> float | None:
    return round(100 * n / base, 1) if base else None
