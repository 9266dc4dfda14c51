"""What came back, as the loop and the report see it: what counts, by role, never by a form's or field's name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from pipeline import model
from pipeline.forms import Forms, schema
from pipeline.store import Filed, moments

Said: TypeAlias = Mapping[str, tuple[object, ...]]  # role → per field: the value (days as days), None, HELD


@dataclass(frozen=True)
class Sheet:
    """A sheet that came back and was not set aside."""

    record: str  # id
    form: schema.Form | None  # None: its version is not loaded
    form_id: str
    serial: str | None
    arrived: dt.date  # in Tokyo
    batch: str
    office: str
    said: Said
    shut: bool  # nothing on it waits for a person
    filled: bool  # something counts on it that is an answer

    @property
    def purpose(self) -> str:
        """What the form is for; "" when it is not loaded."""
        return self.form.purpose if self.form is not None else ""

    def one(self, role: str) -> object:
        """The first value of a role that counts, else None."""
        return next((value for value in self.said.get(role, ()) if value is not None and value is not model.HELD), None)

    def day(self, role: str) -> dt.date | None:
        """The first day of a role that counts."""
        value = self.one(role)
        return value if isinstance(value, dt.date) else None


def every(found: Iterable[Filed], forms: Forms, offices: Mapping[int, str]) -> Iterator[Sheet]:
    """The sheets of some records; pages without a form, without fields, or set aside are none.

    Args:
        found: records in order of arrival.
        forms: all forms.
        offices: by scan id, as far as known.
    """
    for filed in found:
        record = filed.record
        if record.form is not None and filed.aside is None and (record.readings or record.decisions):
            yield _sheet(filed, record, forms.get(record.form), offices.get(filed.scan.id, ""))


def _sheet(filed: Filed, record: model.Record, form: schema.Form | None, office: str) -> Sheet:
    answers = record.answers()
    said = _said(record, form, answers) if form is not None else {}
    return Sheet(
        record=record.id,
        form=form,
        form_id=(record.form or ("",))[0],
        serial=record.serial,
        arrived=local_day(filed.scan.arrived),
        batch=filed.scan.batch or "",
        office=office,
        said=said,
        shut=all(answer.counts for answer in answers.values()),
        filled=any(answer.counts and answer.state == "valid" and answer.value not in {None, False}
                   for answer in answers.values() if not isinstance(answer.value, tuple) or answer.value),
    )  # fmt: skip


def _said(
    record: model.Record, form: schema.Form, answers: Mapping[str, model.Answer]
) -> dict[str, tuple[object, ...]]:
    found: dict[str, list[object]] = {}
    for name, field in form.fields.items():
        if field.role:
            found.setdefault(field.role, []).append(_value(answers.get(name), field.kind == "date"))
    counting = {name for name, answer in answers.items() if answer.counts}
    for rule in form.derived:
        if rule.role:
            value = record.derived.get(rule.id)
            held = value is None and not resting_on(form, rule) <= counting
            found.setdefault(rule.role, []).append(model.HELD if held else value)
    return {role: tuple(values) for role, values in found.items()}


def _value(answer: model.Answer | None, dated: bool) -> object:
    if answer is None or not answer.counts:
        return model.HELD
    value = answer.value if answer.state == "valid" else None
    return dt.date.fromisoformat(value) if dated and isinstance(value, str) else value


def resting_on(form: schema.Form, rule: schema.Derived) -> set[str]:
    """The fields that a derived value needs, through other derived values too."""
    others = {other.id: other for other in form.derived if other is not rule}
    names = rule.sum or [condition.field for condition in rule.all or rule.any or []]
    deep = [resting_on(form, others[name]) if name in others else {name} for name in names]
    return set().union(*deep)


def local_day(at: str) -> dt.date:
    """A stored time (UTC, ISO 8601) as a day in Tokyo."""
    return dt.datetime.fromisoformat(at).astimezone(moments.TOKYO).date()
