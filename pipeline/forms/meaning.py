"""What a form file says: rules that `check` asks of ids, options, conditions, derived values and checks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from pipeline.forms import eras, schema
from pipeline.forms.mistakes import Keys, Mistake, Source

ERAS = tuple(eras.STARTS)


def form(source: Source, whole: schema.Form) -> Iterator[Mistake]:
    """Every mistake of meaning in the form."""
    yield from _twice(source, whole)
    for n, side in enumerate(whole.sides):
        for m, field in enumerate(side.fields):
            at: Keys = ("sides", n, "fields", m)
            yield from _options(source, at, field)
            yield from _only_if(source, at, whole, field)
            yield from OF_KIND.get(field.kind, _nothing)(source, at, whole, field)
    yield from _derived(source, whole)
    yield from _checks(source, whole)


def _nothing(source: Source, at: Keys, whole: schema.Form, field: schema.Field) -> Iterator[Mistake]:
    return iter(())


# ── ids


def _twice(source: Source, whole: schema.Form) -> Iterator[Mistake]:
    sides: list[tuple[Keys, str]] = [(("sides", n), side.id) for n, side in enumerate(whole.sides)]
    values: list[tuple[Keys, str]] = [
        (("sides", n, "fields", m), field.id)
        for n, side in enumerate(whole.sides)
        for m, field in enumerate(side.fields)
    ]
    values += [(("derived", n), rule.id) for n, rule in enumerate(whole.derived)]
    rules: list[tuple[Keys, str]] = [(("checks", n), rule.id) for n, rule in enumerate(whole.checks)]
    for named in (sides, values, rules):
        seen: set[str] = set()
        for at, name in named:
            if name in seen:
                yield source.mistake((*at, "id"), f"「{name}」が二つあります。別の名前にします。", "id-twice")
            seen.add(name)


# ── fields


def _options(source: Source, at: Keys, field: schema.Field) -> Iterator[Mistake]:
    if not isinstance(field, (schema.Choice, schema.Score)):
        return
    values: set[object] = set()
    labels: set[str] = set()
    for n, option in enumerate(field.options):
        here = (*at, "options", n)
        if option.value in values:
            message = f"選択肢の値「{option.value}」が二つあります。別の値にします。"
            yield source.mistake((*here, "value"), message, "option-twice")
        if option.label and option.label in labels:
            message = f"選択肢「{option.label}」が二つあります。見分けのつく言葉にします。"
            yield source.mistake((*here, "label"), message, "option-twice")
        if field.kind == "score" and not _whole(option.value):
            yield source.mistake((*here, "value"), "score の値は整数にします。例: value: 1", "score-value")
        values.add(option.value)
        labels.add(option.label)


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _only_if(source: Source, at: Keys, whole: schema.Form, field: schema.Field) -> Iterator[Mistake]:
    if field.only_if is None:
        return
    if field.only_if.field == field.id:
        yield source.mistake((*at, "only_if", "field"), "自分自身を条件にはできません。", "condition-self")
    yield from _condition(source, (*at, "only_if"), whole, field.only_if)


def _condition(source: Source, at: Keys, whole: schema.Form, asked: schema.Condition) -> Iterator[Mistake]:
    wanted = [asked.is_, asked.includes, *(asked.in_ or []), asked.at_least, asked.at_most]
    if all(value is None for value in wanted):
        yield source.mistake(
            at, "条件がありません。is・in・includes・at_least・at_most のどれかを書きます。", "condition-empty"
        )
    if asked.field not in {*whole.fields, *(rule.id for rule in whole.derived)}:
        yield _no_field(source, (*at, "field"), whole, asked.field)
        return
    target = whole.fields.get(asked.field)
    if target is None:
        return
    if (asked.at_least is not None or asked.at_most is not None) and not _numeric(whole, asked.field):
        message = f"「{asked.field}」は数ではないので at_least・at_most は使えません。is か includes にします。"
        yield source.mistake(at, message, "condition-number")
    if isinstance(target, schema.Choice):
        yield from _condition_of_choice(source, at, target, asked)


def _condition_of_choice(source: Source, at: Keys, target: schema.Choice, asked: schema.Condition) -> Iterator[Mistake]:
    known = [option.value for option in target.options]
    for value in [asked.is_, asked.includes, *(asked.in_ or [])]:
        if value is not None and value not in known:
            yield source.mistake(
                at, f"「{target.id}」に選択肢「{value}」はありません。次のどれかにします: {known}", "option-unknown"
            )
    if target.multiple and (asked.is_ is not None or asked.in_ is not None):
        message = f"「{target.id}」はいくつでも選べるので、is・in ではなく includes を使います。"
        yield source.mistake(at, message, "condition-multiple")


def _choice(source: Source, at: Keys, whole: schema.Form, field: schema.Field) -> Iterator[Mistake]:
    other = field.other if isinstance(field, schema.Choice) else None
    if other is None or not isinstance(field, schema.Choice):
        return
    if other.option not in [option.value for option in field.options]:
        yield source.mistake((*at, "other", "option"), f"選択肢に「{other.option}」がありません。", "option-unknown")
    target = whole.fields.get(other.field)
    if target is None:
        yield _no_field(source, (*at, "other", "field"), whole, other.field)
    elif target.kind != "text":
        yield source.mistake((*at, "other", "field"), f"「{other.field}」は text の項目にします。", "other-not-text")


def _digits(source: Source, at: Keys, whole: schema.Form, field: schema.Field) -> Iterator[Mistake]:
    if not isinstance(field, schema.Digits):
        return
    if field.number and field.pattern is not None:
        yield source.mistake((*at, "pattern"), "number と pattern はどちらか一方にします。", "number-and-pattern")
    if field.number and _reversed(field.number.min, field.number.max):
        yield source.mistake((*at, "number"), "min が max より大きくなっています。", "number-range")
    if field.number and field.cells and field.number.decimals >= len(field.boxes()):
        yield source.mistake((*at, "number", "decimals"), "小数の桁が枠の数より多くなっています。", "number-decimals")
    if field.pattern is not None and not _compiles(field.pattern):
        yield source.mistake((*at, "pattern"), "正規表現として読めません。例: '^0\\d{9,10}$'", "pattern-broken")


def _reversed(low: float | None, high: float | None) -> bool:
    return low is not None and high is not None and low > high


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


def _date(source: Source, at: Keys, whole: schema.Form, field: schema.Field) -> Iterator[Mistake]:
    if not isinstance(field, schema.Date):
        return
    for era in field.eras:
        if era not in ERAS:
            yield source.mistake(
                (*at, "eras"), f"元号「{era}」はありません。次のどれかにします: {', '.join(ERAS)}", "era-unknown"
            )
    for era in field.era_boxes:
        if era not in field.eras:
            yield source.mistake(
                (*at, "era_boxes", era), f"eras に「{era}」がありません。書き足します。", "era-unlisted"
            )


OF_KIND: dict[str, Callable[[Source, Keys, schema.Form, schema.Field], Iterator[Mistake]]] = {
    "choice": _choice,
    "digits": _digits,
    "date": _date,
}


# ── derived values and checks


def _derived(source: Source, whole: schema.Form) -> Iterator[Mistake]:
    earlier: set[str] = set(whole.fields)
    for n, rule in enumerate(whole.derived):
        for m, name in enumerate(rule.sum or []):
            if name not in earlier:
                yield _no_field(source, ("derived", n, "sum", m), whole, name)
            elif not _numeric(whole, name):
                yield source.mistake(("derived", n, "sum", m), f"「{name}」は数ではないので足せません。", "sum-number")
        for key, conditions in (("all", rule.all), ("any", rule.any)):
            for m, asked in enumerate(conditions or []):
                yield from _condition(source, ("derived", n, key, m), whole, asked)
        earlier.add(rule.id)


def _checks(source: Source, whole: schema.Form) -> Iterator[Mistake]:
    known = {*whole.fields, *(rule.id for rule in whole.derived)}
    for n, rule in enumerate(whole.checks):
        key, names = ("equal", rule.equal) if rule.equal is not None else ("order", rule.order or [])
        if len(names) < 2:
            yield source.mistake(("checks", n, key), "比べる項目を二つ以上書きます。", "check-one")
        for m, name in enumerate(names):
            if name not in known:
                yield _no_field(source, ("checks", n, key, m), whole, name)


def _numeric(whole: schema.Form, name: str) -> bool:
    field = whole.fields.get(name)
    if field is None:
        return any(rule.id == name and rule.sum is not None for rule in whole.derived)
    if isinstance(field, schema.Choice):
        return all(
            isinstance(option.value, (int, float)) and not isinstance(option.value, bool) for option in field.options
        )
    return isinstance(field, schema.Score) or (isinstance(field, schema.Digits) and field.number is not None)


def _no_field(source: Source, keys: Keys, whole: schema.Form, name: str) -> Mistake:
    near = [known for known in whole.fields if known.startswith(name[:3])][:3]
    hint = f"もしかして: {', '.join(near)}" if near else "項目の id を書きます。"
    return source.mistake(keys, f"「{name}」という項目はありません。{hint}", "field-unknown")
