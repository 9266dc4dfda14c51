"""What stands in a field, made up from its schema alone: kind, options, pattern; role and label as hints."""

from __future__ import annotations

import csv
import datetime
import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.forms import schema, serial
from pipeline.model import State, Value
from samples import people
from samples.levels import Rng

ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "明治": 1867}
EMPTY_SHARE, DOUBLE_SHARE, STRUCK_SHARE = 0.05, 0.025, 0.035
# A label's words → what to write; the first that fits counts.
HINTS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("フリガナ", "ふりがな", "カナ"), "kana"),
    (("続柄",), "kin"),
    (("緊急", "医師", "薬剤師", "担当", "記入者", "発行者", "署名", "職員"), "other-person"),
    (("氏名", "名前", "本人", "対象者"), "person"),
    (("医療機関", "病院", "医院", "クリニック"), "clinics"),
    (("薬局",), "pharmacies"),
    (("地区",), "districts"),
    (("住所",), "streets"),
    (("電話", "連絡先"), "phone"),
    (("活動", "資源", "団体"), "activities"),
    (("場所", "会場"), "places"),
    (("曜日",), "weekdays"),
    (("時間", "時刻", "日時"), "times"),
    (("参加費", "料金", "会費"), "fees"),
    (("年度",), "years"),
    (("その他", "困り", "心配"), "worries"),
)


@dataclass(frozen=True)
class Content:
    """What is true about a field, and what has to be drawn for it."""

    value: Value
    state: State
    reason: str | None = None
    marked: tuple[int, ...] = ()  # places of the options that carry a mark
    struck: tuple[int, ...] = ()  # places whose mark is struck out
    text: str = ""  # what is written, as it stands on the paper
    old: str = ""  # what was written before and is struck out
    cells: tuple[str, ...] = ()  # what stands in each cell
    era: str = ""


@dataclass
class Sheet:
    """What one sheet of paper agrees on: its people, its values so far, the lists at hand."""

    rng: Rng
    list_folders: tuple[Path, ...] = ()
    person: people.Person = field(init=False)
    known: dict[str, Value] = field(default_factory=dict)
    others: dict[str, tuple[str, schema.Scalar]] = field(default_factory=dict)  # text field → choice and its option
    totals: dict[str, list[str]] = field(default_factory=dict)  # figure → items whose sum it is
    given: Mapping[str, Value] = field(default_factory=dict)  # what stands in some fields for sure; None: nothing

    def __post_init__(self) -> None:
        self.person = people.person(self.rng)


def sheet_for(form: schema.Form, rng: Rng, list_folders: tuple[Path, ...]) -> Sheet:
    """An empty sheet of a form, with what its own checks say about totals."""
    sums = {rule.id: rule.sum for rule in form.derived if rule.sum}
    pairs = [
        (one, sums[two])
        for check in form.checks
        for one in check.equal or ()
        for two in check.equal or ()
        if two in sums
    ]
    return Sheet(rng, list_folders, totals={one: items for one, items in pairs if one not in sums})


def fill(form_field: schema.Field, sheet: Sheet) -> Content:
    """Make up what stands in a field and remember its value on the sheet."""
    if form_field.id in sheet.given:
        content = certain(form_field, sheet.given[form_field.id])
    elif not _wanted(form_field, sheet):
        content = Content(None, "not_applicable" if form_field.only_if else "empty")
    elif sheet.rng.random() < _empty_share(form_field):
        content = Content(False, "valid") if isinstance(form_field, schema.Presence) else Content(None, "empty")
    else:
        content = MAKERS[form_field.kind](form_field, sheet)
    sheet.known[form_field.id] = content.value
    if isinstance(form_field, schema.Choice) and form_field.other:
        sheet.others[form_field.other.field] = (form_field.id, form_field.other.option)
    return content


def certain(form_field: schema.Field, value: Value) -> Content:
    """That very value, written cleanly; None leaves the field empty."""
    if value is None:
        return Content(None, "empty")
    options = [option.value for option in getattr(form_field, "options", [])]
    if options:
        return Content(value, "valid", marked=tuple(options.index(one) for one in _many(value)))
    if isinstance(form_field, schema.Date):
        day = datetime.date.fromisoformat(str(value))
        era, year = era_of(day)
        cells = _date_cells(form_field, (str(year), str(day.month), str(day.day)), day)
        return Content(value, "valid", text=f"{era}{year}年{day.month}月{day.day}日", cells=cells, era=era)
    cells = _right(str(value), _cell_count(form_field.cells)) if isinstance(form_field, schema.Digits) else ()
    return Content(value, "valid", text=str(value), cells=cells)


def _empty_share(form_field: schema.Field) -> float:
    if isinstance(form_field, schema.Choice | schema.Score):
        return EMPTY_SHARE
    return 0.3 if isinstance(form_field, schema.Presence) else 0.08


def _wanted(form_field: schema.Field, sheet: Sheet) -> bool:
    if form_field.only_if and not _holds(form_field.only_if, sheet):
        return False
    if form_field.id in sheet.others:
        choice, option = sheet.others[form_field.id]
        return option in _many(sheet.known.get(choice))
    return True


def _many(value: Value) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _holds(condition: schema.Condition, sheet: Sheet) -> bool:
    value = sheet.known.get(condition.field)
    tests = [
        condition.is_ is None or value == condition.is_,
        condition.in_ is None or value in condition.in_,
        condition.includes is None or condition.includes in _many(value),
        condition.at_least is None or (isinstance(value, int | float) and value >= condition.at_least),
        condition.at_most is None or (isinstance(value, int | float) and value <= condition.at_most),
    ]
    return all(tests)


def _choice(form_field: schema.Choice, sheet: Sheet) -> Content:
    values = [option.value for option in form_field.options]
    if form_field.multiple:
        return _several(values, sheet.rng)
    return _one(values, sheet.rng)


def _several(values: Sequence[Any], rng: Rng) -> Content:
    picked = sorted(int(n) for n in rng.permutation(len(values))[: 1 + rng.binomial(len(values), 0.25)])
    rest = [n for n in range(len(values)) if n not in picked]
    if rest and rng.random() < STRUCK_SHARE:
        return Content(tuple(values[n] for n in picked), "valid", "struck-out", tuple(picked), (int(rng.choice(rest)),))
    return Content(tuple(values[n] for n in picked), "valid", None, tuple(picked))


def _one(values: Sequence[Any], rng: Rng) -> Content:
    order = [int(n) for n in rng.permutation(len(values))]
    first, draw = order[0], rng.random()
    if len(values) > 1 and draw < DOUBLE_SHARE:
        count = 2 if len(values) == 2 or rng.random() < 0.9 else 3
        return Content(None, "multiple", None, tuple(sorted(order[:count])))
    if len(values) > 1 and draw < DOUBLE_SHARE + STRUCK_SHARE:
        if rng.random() < 0.25:
            return Content(None, "empty", "struck-out", (), (first,))
        return Content(values[first], "valid", "struck-out", (first,), (order[1],))
    return Content(values[first], "valid", None, (first,))


def _score(form_field: schema.Score, sheet: Sheet) -> Content:
    if form_field.box is None:
        return _one([option.value for option in form_field.options], sheet.rng)
    value, old = (form_field.values[int(n)] for n in sheet.rng.integers(len(form_field.values), size=2))
    draw = sheet.rng.random()
    if draw < STRUCK_SHARE / 4:
        return Content(None, "empty", "struck-out", old=str(old))
    struck = draw < STRUCK_SHARE and old != value
    return Content(value, "valid", "struck-out" if struck else None, text=str(value), old=str(old) if struck else "")


def _digits(form_field: schema.Digits, sheet: Sheet) -> Content:
    count, number = _cell_count(form_field.cells), form_field.number
    if number is None:
        text = _matching(form_field.pattern, count, sheet.rng)
        return _spoilt(Content(text, "valid", text=text, cells=tuple(text)), sheet.rng)
    value = _total(form_field, sheet)
    value = _number(number, count, sheet.rng) if value is None else value
    text = f"{value:.{number.decimals}f}"
    cells = _right(text.replace(".", ""), count)
    return _spoilt(Content(value if number.decimals else int(value), "valid", text=text, cells=cells), sheet.rng)


def _spoilt(content: Content, rng: Rng) -> Content:
    """Now and then somebody strikes the whole figure out, or scribbles over it."""
    draw = rng.random()
    if draw < 0.008:
        return Content(None, "empty", "struck-out", old=content.text)
    return Content(None, "illegible", "scribble") if draw < 0.014 else content


def _total(form_field: schema.Digits, sheet: Sheet) -> float | None:
    """The sum that people would write here, where the form checks it against one; mostly right."""
    items = [sheet.known.get(item) for item in sheet.totals.get(form_field.id, ())]
    figures = [item for item in items if isinstance(item, int)]
    if not items or len(figures) < len(items) or sheet.rng.random() < 0.08:
        return None
    return float(sum(figures))


def _cell_count(cells: object) -> int:
    return len(cells) if isinstance(cells, list) else int(str(cells or 0))


def _right(text: str, count: int) -> tuple[str, ...]:
    return tuple(text.rjust(count)) if count else tuple(text)


def _number(number: schema.Number, count: int, rng: Rng) -> float:
    low = number.min if number.min is not None else 0.0
    most = (10**count - 1) / 10**number.decimals if count else 999.0
    high = min(number.max, most) if number.max is not None else most
    middle = low + (high - low) * 0.4
    drawn = rng.normal(middle, (high - low) / 7)
    return round(float(min(max(drawn, low), high)), number.decimals)


def _matching(pattern: str | None, count: int, rng: Rng) -> str:
    """A text that the pattern allows; at most `count` letters where there are cells."""
    if pattern is None:
        return "".join(str(n) for n in rng.integers(0, 10, count or 4))
    parser: Any = importlib.import_module("re._parser")
    for _ in range(200):
        text = "".join(_expand(item, rng) for item in parser.parse(pattern))
        if not count or len(text) <= count:
            return text
    return text[:count]


def _expand(item: tuple[Any, Any], rng: Rng) -> str:
    kind, detail = str(item[0]), item[1]
    if kind == "LITERAL":
        return chr(detail)
    if kind == "IN":
        return _expand(detail[int(rng.integers(len(detail)))], rng)
    if kind == "RANGE":
        return chr(int(rng.integers(detail[0], detail[1] + 1)))
    if kind == "CATEGORY":
        return str(rng.integers(10))
    if kind in {"MAX_REPEAT", "MIN_REPEAT"}:
        times = int(rng.integers(detail[0], min(int(detail[1]), detail[0] + 4) + 1))
        return "".join(_expand(part, rng) for _ in range(times) for part in detail[2])
    if kind == "SUBPATTERN":
        return "".join(_expand(part, rng) for part in detail[-1])
    if kind == "BRANCH":
        return "".join(_expand(part, rng) for part in detail[1][int(rng.integers(len(detail[1])))])
    return ""


def _day(form_field: schema.Date, sheet: Sheet) -> datetime.date:
    born = any(word in f"{form_field.label}{form_field.role}" for word in ("生年", "生まれ", "birth", "born"))
    start, days = (datetime.date(1926, 12, 25), 14000) if born else (datetime.date(2024, 1, 1), 900)
    if "令和" in form_field.eras and not born and sheet.rng.random() < 0.05:
        start, days = datetime.date(2019, 5, 1), 240  # a first year: 元年
    return start + datetime.timedelta(days=int(sheet.rng.integers(days)))


def era_of(day: datetime.date) -> tuple[str, int]:
    """Era and year of a day (令和 from 2019-05-01, 平成 from 1989-01-08, 昭和 from 1926-12-25)."""
    starts = (("令和", (2019, 5, 1)), ("平成", (1989, 1, 8)), ("昭和", (1926, 12, 25)), ("大正", (1912, 7, 30)))
    for name, start in starts:
        if day >= datetime.date(*start):
            return name, day.year - ERAS[name]
    return "明治", day.year - ERAS["明治"]


def _date(form_field: schema.Date, sheet: Sheet) -> Content:
    day, rng = _day(form_field, sheet), sheet.rng
    era, year = era_of(day)
    western = not form_field.eras and not form_field.era_boxes and _year_cells(form_field) in {0, 4}
    shown = str(day.year) if western else ("元" if year == 1 and rng.random() < 0.7 else str(year))
    text = _free_date(day, (era, shown), western, rng)
    cells = _date_cells(form_field, (shown, str(day.month), str(day.day)), day)
    return Content(day.isoformat(), "valid", text=text, cells=cells, era="" if western else era)


def _year_cells(form_field: schema.Date) -> int:
    return _cell_count(form_field.year.cells) if form_field.year else 0


def _free_date(day: datetime.date, shown: tuple[str, str], western: bool, rng: Rng) -> str:
    year = str(day.year) if western else shown[1]
    letter = "" if western else {"令和": "R", "平成": "H", "昭和": "S", "大正": "T", "明治": "M"}[shown[0]]
    ways = [
        f"{letter}{year}.{day.month}.{day.day}",
        f"{letter}{year}/{day.month}/{day.day}",
        f"{'' if western else shown[0]}{year}年{day.month}月{day.day}日",
    ]
    return ways[2] if year == "元" else ways[int(rng.integers(3))]


def _date_cells(form_field: schema.Date, shown: tuple[str, str, str], day: datetime.date) -> tuple[str, ...]:
    """What stands in each box of `form_field.boxes()` that is not an era, in that order."""
    parts = (form_field.year, form_field.month, form_field.day)
    if any(part is None for part in parts):
        count = _cell_count(form_field.cells)
        return tuple(f"{day.year:04d}{day.month:02d}{day.day:02d}"[-count:]) if count else ()
    cells: list[str] = []
    for part, text in zip(parts, shown, strict=True):
        count = _cell_count(part.cells) if part else 0
        cells += list(text.rjust(count)) if count else [text]
    return tuple(cells)


def _text(form_field: schema.Text, sheet: Sheet) -> Content:
    entry = _listed(form_field, sheet)
    if entry is None:
        text = _hinted(form_field, sheet)
        return Content(text, "valid", text=text)
    value, ways = entry
    plain = [way for way in ways if "（" not in way] or [value]
    written = plain[0] if sheet.rng.random() < 0.85 else plain[int(sheet.rng.integers(len(plain)))]
    return Content(value, "valid", text=written)


def _listed(form_field: schema.Text, sheet: Sheet) -> tuple[str, list[str]] | None:
    """An entry of the field's own list and the ways to write it, the usual one first; None without a list."""
    for folder in sheet.list_folders if form_field.list_ else ():
        path = folder / f"{form_field.list_}.csv"
        if path.is_file():
            with path.open(encoding="utf-8-sig", newline="") as lines:
                rows = list(csv.DictReader(lines))
            row = rows[int(sheet.rng.integers(len(rows)))]
            return row["value"], [row["value"], *filter(None, (row.get("aliases") or "").split("|"))]
    return None


def _hinted(form_field: schema.Text, sheet: Sheet) -> str:
    label = f"{form_field.label}{form_field.list_ or ''}"
    kind = next((kind for words, kind in HINTS if any(word in label for word in words)), "notes")
    if kind in {"kana", "person"}:
        return sheet.person.kana if kind == "kana" else sheet.person.name
    if kind == "other-person":
        return people.person(sheet.rng).name
    if kind == "phone":
        return _matching(r"0193-\d\d-\d\d\d\d", 0, sheet.rng)
    count = 1 if kind != "notes" or not form_field.lines else int(sheet.rng.integers(1, form_field.lines + 1))
    return "".join(people.pick(kind, sheet.rng) for _ in range(count))


def _presence(_form_field: schema.Presence, _sheet: Sheet) -> Content:
    return Content(True, "valid")


def _code(form_field: schema.Code, sheet: Sheet) -> Content:
    text = serial.make(int(sheet.rng.integers(10**6)))
    return Content(text, "valid", text=text)


MAKERS: dict[str, Any] = {
    "choice": _choice,
    "score": _score,
    "digits": _digits,
    "date": _date,
    "text": _text,
    "presence": _presence,
    "code": _code,
}
