"""Derived values of a form as columns: the value, for sums how many items were answered, the state."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline import model
from pipeline.forms import schema
from pipeline.workbook import clean, values
from pipeline.workbook.columns import HELD, STATE_CODES, STATES, VALID, YES_NO, Column, Facts, Row, Type

_WORDS = {"is_": "が{}", "in_": "が{}のどれか", "at_least": "が{}以上", "at_most": "が{}以下", "includes": "に{}を含む"}


@dataclass(frozen=True)
class Worked:
    """One derived value as columns, the last of which is its state."""

    rule: schema.Derived
    columns: tuple[Column, ...]
    fields: tuple[str, ...]  # fields it rests on, whatever stands between

    def cells(self, record: model.Record, answers: Mapping[str, model.Answer], _: clean.Cleaner) -> Row:
        """The cells of one record; the value only when everything it rests on counts."""
        state = self._state(answers)
        value = values.number(record.derived.get(self.rule.id)) if state == VALID else None
        if value is None and state == VALID:
            state = STATE_CODES["empty"]
        if self.rule.sum is None:
            return [value, state]
        return [value, sum(_valid(answers.get(name)) for name in self.fields), state]

    def _state(self, answers: Mapping[str, model.Answer]) -> int:
        """Valid, held as soon as one field is, else why the first of them has no value."""
        resting = [answers.get(name) for name in self.fields]
        if any(answer is None or not answer.counts for answer in resting):
            return HELD
        states = (STATE_CODES[answer.state] for answer in resting if answer is not None)
        return next((state for state in states if state != VALID), VALID)


def _valid(answer: model.Answer | None) -> bool:
    return answer is not None and answer.counts and answer.state == "valid"


def of_form(form: schema.Form, identified: bool) -> Iterator[Worked]:
    """Every derived value that may go out: a sum with a personal part may not."""
    for rule in form.derived:
        fields = resting_on(form, rule)
        personal = rule.sum is not None and any(form.fields[name].personal for name in fields)
        if identified or not personal:
            yield Worked(rule, tuple(_columns(form, rule, personal)), fields)


def resting_on(form: schema.Form, rule: schema.Derived) -> tuple[str, ...]:
    """The fields that a derived value needs, through the derived values before it too, each once."""
    others = {other.id: other for other in itertools.takewhile(lambda other: other is not rule, form.derived)}
    found: dict[str, None] = {}
    for name in _parts(rule):
        found.update(dict.fromkeys(resting_on(form, others[name]) if name in others else [name]))
    return tuple(name for name in found if name in form.fields)


def _parts(rule: schema.Derived) -> list[str]:
    return rule.sum or [condition.field for condition in rule.all or rule.any or []]


def _columns(form: schema.Form, rule: schema.Derived, personal: bool) -> Iterator[Column]:
    label = rule.label or rule.id
    facts = Facts(rule.id, label, "derived", rule.role or "", personal=personal, versions=(form.version,))
    for column in _plain_columns(form, rule, label):
        yield replace(column, facts=facts)


def _plain_columns(form: schema.Form, rule: schema.Derived, label: str) -> Iterator[Column]:
    about = explained(rule)
    if rule.sum is None:
        yield Column(rule.id, label, "whole", about, YES_NO, main=True, tally=True)
    else:
        numbers = [_number(form.fields[name]) for name in resting_on(form, rule)]
        kind: Type = "number" if any(number.decimals for number in numbers) else "whole"
        yield Column(rule.id, label, kind, about, unit=_unit(numbers), main=True, tally=True)
        yield Column(f"{rule.id}_answered", f"{label}_回答数", "whole", f"「{label}」の有効な回答の数", unit="項目")
    yield Column(f"{rule.id}_state", f"{label}_状態", "whole", f"「{label}」の状態。元の項目の状態による", STATES)


def _number(field: schema.Field) -> schema.Number:
    """What a field's figure obeys; figures on a scale count points."""
    asked = field.number if isinstance(field, schema.Digits) else None
    return asked or schema.Number(unit="点")


def _unit(numbers: Sequence[schema.Number]) -> str:
    units = {number.unit for number in numbers}
    return units.pop() or "なし" if len(units) == 1 else "なし"


def explained(rule: schema.Derived) -> str:
    """The rule in words."""
    if rule.sum is not None:
        return f"{'と'.join(rule.sum)}の合計。すべてが有効な場合だけ"
    said = [condition_words(condition) for condition in rule.all or rule.any or []]
    return f"{('かつ' if rule.all else 'または').join(said)}なら1、それ以外は0。元の項目がすべて有効な場合だけ"


def condition_words(condition: schema.Condition) -> str:
    """A condition in words."""
    asked = ((words, getattr(condition, key)) for key, words in _WORDS.items())
    tests = [words.format(_spoken(wanted)) for words, wanted in asked if wanted is not None]
    return condition.field + "、".join([*tests[:1], *(test.removeprefix("が") for test in tests[1:])])


def _spoken(wanted: object) -> str:
    if isinstance(wanted, list):
        return "・".join(_spoken(one) for one in wanted)
    return str(int(wanted)) if isinstance(wanted, bool) else f"{wanted:g}" if isinstance(wanted, float) else str(wanted)
