"""A field of a form as columns of 個票: which they are, and how one answer fills them.

Every kind ends with a state column. Several answers become one 0/1 column per option: a cell holds one datum, and
each option can be counted, filtered and joined without taking texts apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipeline import model
from pipeline.forms import schema
from pipeline.workbook import clean, values
from pipeline.workbook.columns import HELD, STATE_CODES, STATES, VALID, YES_NO, Cell, Codes, Column, Facts, Row
from pipeline.workbook.lists import Lists

Fill = Callable[[model.Value, clean.Cleaner], Row]  # cells of all columns but the state, for a valid value


@dataclass(frozen=True)
class Item:
    """One field as columns, the last of which is its state."""

    field: str
    columns: tuple[Column, ...]
    fill: Fill

    def cells(self, _: model.Record, answers: Mapping[str, model.Answer], cleaner: clean.Cleaner) -> Row:
        """The cells of one record's answer: values only when they count and are valid, always the state."""
        answer = answers.get(self.field)
        nothing: Row = [None] * (len(self.columns) - 1)
        if answer is None or not answer.counts:
            return [*nothing, HELD]
        if answer.state != "valid":
            return [*nothing, STATE_CODES[answer.state]]
        if answer.value is None:
            return [*nothing, VALID]
        return [*self.fill(answer.value, cleaner), VALID]


def of_form(form: schema.Form, lists: Lists, identified: bool) -> Iterator[Item]:
    """Every field that may go out, in paper order."""
    for field in form.fields.values():
        if identified or not field.personal:
            yield _with_state(field, form, KINDS[field.kind](field, lists))


def _with_state(field: schema.Field, form: schema.Form, found: tuple[Sequence[Column], Fill]) -> Item:
    facts = Facts(field.id, field.name, field.kind, field.role or "", field.required, field.personal, (form.version,))
    name = field.name
    state = Column(
        f"{field.id}_state", f"{name}_状態", "whole", f"「{name}」の回答の状態。値が空の理由が分かる", STATES
    )
    columns = (replace(_homed(column, form), facts=facts) for column in (*found[0], state))
    return Item(field.id, tuple(columns), found[1])


def _homed(column: Column, form: schema.Form) -> Column:
    """The column with its own codes marked as this form's."""
    if column.codes is None or column.codes.name:
        return column
    codes = replace(column.codes, name=f"{form.id}.{column.name}", form=form.id, version=form.version)
    return replace(column, codes=codes)


def _choice(field: schema.Choice, lists: Lists) -> tuple[Sequence[Column], Fill]:
    return _several(field) if field.multiple else _one_of(field, lists)


def _entries(options: Sequence[schema.Option]) -> tuple[tuple[int | str, str], ...]:
    whole = all(isinstance(option.value, int) for option in options)
    codes = [int(option.value) if whole else clean.clean(values.shown(option.value)) for option in options]
    return tuple((code, clean.clean(option.label) or str(code)) for code, option in zip(codes, options, strict=True))


def _one_of(field: schema.Choice, lists: Lists) -> tuple[Sequence[Column], Fill]:
    codes = Codes("", _entries(field.options))
    whole = all(isinstance(code, int) for code, _ in codes.entries)
    columns = [Column(field.id, field.name, "whole" if whole else "text", field.name, codes, main=True, tally=True)]
    names = {code: label for code, label in codes.entries if label != str(code)}
    areas = {} if whole else lists.holding(str(code) for code, _ in codes.entries)
    if names:
        columns.append(Column(f"{field.id}_name", f"{field.name}_名称", "text", f"「{field.name}」のコードの意味"))
    if areas:
        columns.append(_code_column(field, {str(code): areas[str(code)] for code, _ in codes.entries}))

    def fill(value: model.Value, cleaner: clean.Cleaner) -> Row:
        code = _whole(value, field.id, cleaner) if whole else cleaner.text(values.shown(value), field.id)
        more: list[Cell] = [codes.meanings.get(code)] if names else []
        return [code, *more, *([areas.get(str(code))] if areas else [])]

    return columns, fill


def _code_column(field: schema.Field, known: Mapping[str, str]) -> Column:
    codes = Codes("", tuple((code, value) for value, code in known.items() if code))
    return Column(f"{field.id}_code", f"{field.name}_コード", "text", f"「{field.name}」のリストにあるコード", codes)


def _several(field: schema.Choice) -> tuple[Sequence[Column], Fill]:
    columns = [
        Column(
            _option_name(field.id, n, code),
            f"{field.name}_{label}",
            "whole",
            f"「{field.name}」で「{label}」を選んだか",
            YES_NO,
            main=True,
            tally=True,
        )
        for n, (code, label) in enumerate(_entries(field.options), 1)
    ]

    offered = [values.shown(option.value) for option in field.options]

    def fill(value: model.Value, cleaner: clean.Cleaner) -> Row:
        chosen = {values.shown(one) for one in (value if isinstance(value, (tuple, list)) else [value])}
        if not chosen <= set(offered):
            cleaner.lost(field.id, "型不一致", value)
        return [int(option in chosen) for option in offered]

    return columns, fill


def _option_name(field: str, place: int, code: int | str) -> str:
    """Field and code; the place stands for codes that are no plain letters or digits."""
    return f"{field}__{code}" if re.fullmatch(r"\w+", str(code), re.ASCII) else f"{field}__{place}"


def _score(field: schema.Score, _: Lists) -> tuple[Sequence[Column], Fill]:
    entries = _entries(field.options) or tuple((value, str(value)) for value in field.values)
    column = Column(field.id, field.name, "whole", field.name, Codes("", entries), main=True, tally=True)
    return [column], lambda value, cleaner: [_whole(value, field.id, cleaner)]


def _whole(value: model.Value, item: str, cleaner: clean.Cleaner) -> int | None:
    found = values.whole(value)
    if found is None:
        cleaner.lost(item, "型不一致", value)
    return found


def _digits(field: schema.Digits, _: Lists) -> tuple[Sequence[Column], Fill]:
    rule = field.number
    if rule is None:
        return _words(field, f"{field.name}（数字の並び。先頭の0を保つため文字）")
    unit = clean.clean(rule.unit)
    header = f"{field.name}（{unit}）" if unit else field.name
    about = f"{field.name}。{_range(rule)}"
    column = Column(field.id, header, "number" if rule.decimals else "whole", about, unit=unit or "なし", main=True)

    def fill(value: model.Value, cleaner: clean.Cleaner) -> Row:
        found = values.number(value)
        if found is None:
            cleaner.lost(field.id, "型不一致", value)
        return [found]

    return [column], fill


def _range(rule: schema.Number) -> str:
    low, high = ("" if limit is None else f"{limit:g}" for limit in (rule.min, rule.max))
    limits = f"{low}から{high}まで。" if low or high else ""
    return f"{limits}小数点以下{rule.decimals}桁" if rule.decimals else f"{limits}整数"


def _date(field: schema.Date, _: Lists) -> tuple[Sequence[Column], Fill]:
    counted = bool(field.role) and not field.personal
    columns = [
        Column(field.id, field.name, "date", f"{field.name}（西暦）", main=True, tally=counted),
        Column(f"{field.id}_wareki", f"{field.name}_和暦", "text", f"「{field.name}」の和暦。最初の年は元年"),
    ]

    def fill(value: model.Value, cleaner: clean.Cleaner) -> Row:
        found = values.day(value)
        if found is None:
            cleaner.lost(field.id, "型不一致", value)
        return [found, values.wareki(found) if found else None]

    return columns, fill


def _text(field: schema.Text, lists: Lists) -> tuple[Sequence[Column], Fill]:
    known = lists.named(field.list_)
    columns, fill = _words(
        field, f"{field.name}（リスト {field.list_}）" if field.list_ else f"{field.name}（自由記述）"
    )
    if not known:
        return columns, fill
    listed = replace(columns[0], classes=tuple(known), tally=not field.personal)
    if not any(known.values()):
        return [listed], fill

    def coded(value: model.Value, cleaner: clean.Cleaner) -> Row:
        (name,) = fill(value, cleaner)
        return [name, known.get(str(name)) or None]

    return [listed, _code_column(field, known)], coded


def _words(field: schema.Field, about: str) -> tuple[Sequence[Column], Fill]:
    """A text as it is written; names keep their rare characters."""
    column = Column(field.id, field.name, "text", about, main=True)
    return [column], lambda value, cleaner: [cleaner.text(values.shown(value), field.id, name=field.personal)]


def _presence(field: schema.Presence, _: Lists) -> tuple[Sequence[Column], Fill]:
    column = Column(field.id, field.name, "whole", f"「{field.name}」があるか", YES_NO, main=True, tally=True)
    return [column], lambda value, _: [int(bool(value))]


def _code(field: schema.Code, _: Lists) -> tuple[Sequence[Column], Fill]:
    return _words(field, f"{field.name}（コードの内容）")


# A field's kind names its class, so each function gets the class it asks for.
KINDS: dict[str, Callable[[Any, Lists], tuple[Sequence[Column], Fill]]] = {
    "choice": _choice,
    "score": _score,
    "digits": _digits,
    "date": _date,
    "text": _text,
    "presence": _presence,
    "code": _code,
}
