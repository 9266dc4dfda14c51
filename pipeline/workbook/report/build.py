"""Tables of reports.yaml, counted over rows of facts."""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline import model
from pipeline.forms import reports
from pipeline.workbook.report import figures
from pipeline.workbook.report.axes import Axis, Words, fits
from pipeline.workbook.report.made import Block, Cell, Drawn, Head, Made, Type

AS_OF = Head("基準日", "date")
ITEM, CLASS, COUNT = Head("項目"), Head("区分"), Head("件数", "whole")
PERCENT, EXACT, BASE = Head("割合（%）", "whole"), Head("割合（小数）", "tenth"), Head("母数", "whole")
SEVERAL = "（複数回答）"
Targets = Mapping[tuple[str, int], float]  # name and year → target


@dataclass(frozen=True)
class Counter:
    """Everything at hand while a report is counted."""

    account: model.Account
    asked: reports.Reports
    targets: Targets
    as_of: dt.date

    @property
    def year(self) -> int:
        """The fiscal year of the report."""
        return figures.fiscal_year(self.as_of, self.asked.fiscal_year)

    def words(self, needs: Sequence[reports.Needs], measures: Sequence[reports.Measure] = ()) -> Words:
        """What the forms that meet one of the needs say; all forms where there are none."""
        forms = [form for form in self.account.forms if not needs or any(_meets(form, need) for need in needs)]
        wanted = {one.target for one in measures if one.target}
        years = sorted({year for name, year in self.targets if name in wanted})
        return Words(tuple(forms), self.asked.classes, self.asked.fiscal_year, self.as_of, tuple(years))


def tables(
    account: model.Account, asked: reports.Reports, targets: Targets, as_of: dt.date, only: Sequence[str] = ()
) -> list[Made]:
    """Every table of the report, or `only` some by id.

    Args:
        account: what is counted.
        asked: the report's file.
        targets: name and fiscal year → target.
        as_of: the day on which it is counted.
        only: ids; empty: all.
    """
    counter = Counter(account, asked, targets, as_of)
    return [_table(counter, table) for table in asked.tables if not only or table.id in only]


def _table(counter: Counter, table: reports.Table) -> Made:
    unmet = [need for need in table.needs if not any(_meets(form, need) for form in counter.account.forms)]
    if unmet:
        said = "、".join(f"用途 {need.purpose}・役割 {' と '.join(need.roles) or '（なし）'}" for need in unmet)
        return Made(table.id, table.title, table.note, (), f"この表に要る様式がありません（{said}）。")
    blocks = tuple(_block(counter, table, part) for part in table.parts)
    return Made(table.id, table.title, table.note, blocks)


def _meets(form: model.Spoken, need: reports.Needs) -> bool:
    return form.purpose == need.purpose and set(need.roles) <= set(form.names)


def _block(counter: Counter, table: reports.Table, part: reports.Part) -> Block:
    source = part.from_ or table.from_
    rows = [row for row in counter.account.rows.get(source, ()) if fits(row, part.where)]
    if source == "sheets":
        rows = [row for row in rows if any(_is_of(row, need) for need in table.needs)]
    return SHOWN[part.show](counter, table, part, rows)


def _is_of(row: model.Facts, need: reports.Needs) -> bool:
    roles = row.get("_roles")
    return row.get("_purpose") == need.purpose and isinstance(roles, frozenset) and set(need.roles) <= roles


# ── how often each answer was given


def _simple(counter: Counter, table: reports.Table, part: reports.Part, rows: list[model.Facts]) -> Block:
    words = counter.words(table.needs)
    made: list[tuple[Cell, ...]] = []
    charts: list[Drawn] = []
    for asked in part.by:
        axis = Axis(asked, words, rows)
        first = len(made)
        made += _counted(axis, rows, counter.as_of)
        if part.chart is not None and len(made) > first:
            charts.append(Drawn(part.chart.kind, axis.label, first, len(made) - 1, 1, (2,)))
    heads = (ITEM, CLASS, COUNT, PERCENT, EXACT, BASE, AS_OF)
    return Block(part.title, heads, tuple(made), tuple(charts), part.note)


def _counted(axis: Axis, rows: Sequence[model.Facts], as_of: dt.date) -> Iterator[tuple[Cell, ...]]:
    told = [axis.of(row) for row in rows]
    told = [labels for labels in told if labels] if not axis.several else told
    counts = [sum(label in labels for labels in told) for label in axis.classes]
    base = len(told)
    whole = [figures.rounded(n, base) for n in counts] if axis.several else figures.whole_percentages(counts)
    label = axis.label + (SEVERAL if axis.several else "")
    for name, n, share in zip(axis.classes, counts, whole, strict=True):
        yield label, name, n, share, figures.percentage(n, base), base, as_of


# ── figures by class


def _group(counter: Counter, table: reports.Table, part: reports.Part, rows: list[model.Facts]) -> Block:
    words = counter.words(table.needs, part.measures)
    columns = [column for asked in part.measures for column in _columns(asked, words, rows)]
    labels = [column.head.label for column in columns]
    lines = [line for asked in part.by for line in _lines(Axis(asked, words, rows), rows)]
    if part.total:
        lines.insert(0, _Line("", part.total, rows, counter.year))
    made: list[tuple[Cell, ...]] = []
    before: dict[str, Cell] = {}
    for n, line in enumerate(lines):
        begins = n == 0 or lines[n - 1].item != line.item
        before = {} if begins else before
        figures_of = _figures(columns, line, before, counter)
        before = dict(zip(labels, figures_of, strict=True))
        made.append((line.item, line.label, *figures_of, counter.as_of))
    heads = (ITEM, CLASS, *(column.head for column in columns), AS_OF)
    return _without_items(Block(part.title, heads, tuple(made), _charts(part, heads, made), part.note), part)


@dataclass(frozen=True)
class _Line:
    """A row of figures under way."""

    item: str
    label: str
    rows: Sequence[model.Facts]
    year: int | None  # whose targets hold for it; None: it has none


@dataclass(frozen=True)
class _Column:
    """A column of figures."""

    head: Head
    asked: reports.Measure
    takes: Callable[[model.Facts], bool]


def _lines(axis: Axis, rows: Sequence[model.Facts]) -> Iterator[_Line]:
    found: dict[str, list[model.Facts]] = {name: [] for name in axis.classes}
    for row in rows:
        for name in axis.of(row):
            found[name].append(row)
    for name, some in found.items():
        yield _Line(axis.label, name, some, axis.year(name))


def _columns(asked: reports.Measure, words: Words, rows: Sequence[model.Facts]) -> Iterator[_Column]:
    if asked.each is None:
        yield _Column(Head(asked.label, _type(asked)), asked, lambda row: fits(row, asked.where))
        return
    axis = Axis(asked.each, words, rows)
    for name in axis.classes:
        yield _Column(Head(f"{asked.label}{name}", "whole"), asked, _taking(axis, name, asked.where))


def _taking(axis: Axis, name: str, where: reports.Where) -> Callable[[model.Facts], bool]:
    return lambda row: name in axis.of(row) and fits(row, where)


def _type(asked: reports.Measure) -> Type:
    return "tenth" if asked.share or asked.mean or asked.median or asked.target else "whole"


def _figures(columns: Sequence[_Column], line: _Line, before: Mapping[str, Cell], counter: Counter) -> list[Cell]:
    done: dict[str, Cell] = {}
    for column in columns:
        yet = line.year is None or line.year <= counter.year or column.asked.target is not None
        done[column.head.label] = _figure(column, line, (done, before), counter) if yet else None
    return list(done.values())


def _figure(
    column: _Column, line: _Line, told: tuple[Mapping[str, Cell], Mapping[str, Cell]], counter: Counter
) -> Cell:
    asked, (left, above) = column.asked, told
    if asked.share is not None:
        one, two = (left.get(name) for name in asked.share)
        return figures.percentage(_number(one), _number(two)) if one is not None else None
    if asked.running is not None:
        return _number(above.get(asked.label)) + _number(left.get(asked.running))
    if asked.target is not None:
        return counter.targets.get((asked.target, line.year)) if line.year is not None else None
    rows = [row for row in line.rows if column.takes(row)]
    if asked.distinct is not None:
        return len({row.get(asked.distinct) for row in rows} - {None, model.HELD})
    if asked.mean or asked.median:
        return _middle(asked, rows)
    return len(rows)


def _number(cell: Cell) -> int | float:
    return cell if isinstance(cell, (int, float)) else 0


def _middle(asked: reports.Measure, rows: Sequence[model.Facts]) -> Cell:
    values = [row.get(asked.mean or asked.median or "") for row in rows]
    numbers = [value for value in values if isinstance(value, (int, float)) and not isinstance(value, bool)]
    if not numbers:
        return None
    return round(float(statistics.mean(numbers) if asked.mean else statistics.median(numbers)), 1)


def _charts(part: reports.Part, heads: Sequence[Head], made: Sequence[tuple[Cell, ...]]) -> tuple[Drawn, ...]:
    """A chart per axis; the row over everything is in none."""
    if part.chart is None:
        return ()
    labels = [head.label for head in heads]
    wanted = tuple(labels.index(name) for name in part.chart.of if name in labels) or (2,)
    items = list(dict.fromkeys(row[0] for row in made if row[0]))
    found = []
    for item in items:
        places = [n for n, row in enumerate(made) if row[0] == item]
        title = part.chart.title or (str(item) if len(items) > 1 else part.title)
        found.append(Drawn(part.chart.kind, title, places[0], places[-1], 1, wanted))
    return tuple(found)


def _without_items(block: Block, part: reports.Part) -> Block:
    """Without the column of items where there is only one: its heading names it instead."""
    items = {str(row[0]) for row in block.rows if row[0]}
    if len(part.by) != 1 or len(items) > 1:
        return block
    name = Head(next(iter(items), CLASS.label))
    charts = tuple(
        Drawn(one.kind, one.title, one.first, one.last, 0, tuple(n - 1 for n in one.columns)) for one in block.charts
    )
    return Block(block.title, (name, *block.heads[2:]), tuple(row[1:] for row in block.rows), charts, block.note)


# ── lists


def _list(counter: Counter, table: reports.Table, part: reports.Part, rows: list[model.Facts]) -> Block:
    words = counter.words(table.needs)
    columns = [one for asked in part.columns for one in _spread(asked, words)]
    used = [one for one in columns if any(row.get(one.of) not in {None, model.HELD} for row in rows) or one.label]
    made = [tuple(_shown(one, row.get(one.of), words) for one in used) for row in sorted(rows, key=_order(part.sort))]
    heads = tuple(Head(one.label or words.name(one.of) or one.of, _kind(n, made)) for n, one in enumerate(used))
    return Block(
        part.title,
        (Head("番", "whole"), *heads),
        tuple((n, *row) for n, row in enumerate(made, 1)),
        (),
        part.note,
        True,
    )


def _spread(asked: reports.Column, words: Words) -> Iterator[reports.Column]:
    if not asked.of.endswith(".*"):
        yield asked
        return
    for name in words.numbered(asked.of.removesuffix(".*")):
        yield reports.Column(of=name, label=words.name(name), mark=asked.mark)


def _order(keys: Sequence[str]) -> Callable[[model.Facts], tuple[tuple[bool, str], ...]]:
    """By some keys, days as they pass, numbers by size, what is missing last; - in front turns numbers round."""

    def of(row: model.Facts) -> tuple[tuple[bool, str], ...]:
        return tuple(_sortable(row.get(key.removeprefix("-")), key.startswith("-")) for key in keys)

    return of


def _sortable(value: object, turned: bool) -> tuple[bool, str]:
    if value is None or value is model.HELD:
        return True, ""
    if isinstance(value, (int, float)):
        return False, f"{(-value if turned else value) + 1e9:020.4f}"
    return False, str(value)


def _shown(asked: reports.Column, value: object, words: Words) -> Cell:
    if value is model.HELD:
        return "保留"
    if asked.mark:
        return asked.mark if value is True else None
    if isinstance(value, tuple):
        return "・".join(asked.labels.get(str(one), str(one)) for one in value)
    if isinstance(value, str) and value in asked.labels:
        return asked.labels[value]
    if isinstance(value, bool):
        return int(value)
    named = words.options(asked.of).get(value) if isinstance(value, (str, int)) else None
    return named or (value if isinstance(value, (str, int, float, dt.date)) else None)


def _kind(place: int, made: Sequence[tuple[Cell, ...]]) -> Type:
    cells = [row[place] for row in made if row[place] is not None]
    if cells and all(isinstance(cell, dt.date) for cell in cells):
        return "date"
    return "whole" if cells and all(isinstance(cell, int) for cell in cells) else "text"


SHOWN: dict[str, Callable[[Counter, reports.Table, reports.Part, list[model.Facts]], Block]] = {
    "simple": _simple,
    "group": _group,
    "list": _list,
}
