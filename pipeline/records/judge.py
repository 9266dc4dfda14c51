"""What counts and what a person must see: applicability, findings, acceptance, derived values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pipeline import model
from pipeline.forms import schema
from pipeline.records import checks, derive


def judge(record: model.Record, form: schema.Form) -> model.Record:
    """The record with `inapplicable`, `findings`, `accepted`, `derived` and `status` worked out from readings and decisions."""
    record = replace(record, inapplicable=_inapplicable(form, record.answers()))
    record = replace(record, findings=checks.findings(form, record, record.answers()))
    record = replace(record, accepted=_accepted(form, record))
    answers = record.answers()
    counting = {name: a.value for name, a in answers.items() if a.counts and a.state == "valid"}
    open_fields = any(not answer.counts for answer in answers.values())
    return replace(
        record,
        derived=derive.derived(form, counting),
        status="needs_review" if open_fields or record.loose else "accepted",
    )


def _inapplicable(form: schema.Form, answers: Mapping[str, model.Answer]) -> frozenset[str]:
    return frozenset(name for name, field in form.fields.items() if field.only_if and _unmet(field.only_if, answers))


def _unmet(condition: schema.Condition, answers: Mapping[str, model.Answer]) -> bool:
    asked = answers.get(condition.field)
    if asked is None or asked.state in ("multiple", "illegible"):
        return False
    return asked.value is None or not derive.holds(condition, asked.value)


def _accepted(form: schema.Form, record: model.Record) -> frozenset[str]:
    named = {name for finding in record.findings for name in finding.fields}
    answers = record.answers()
    return frozenset(
        name
        for name, reading in record.readings.items()
        if reading.sure and name not in named and _settles(form.fields[name], answers)
    )


def _settles(field: schema.Field, answers: Mapping[str, model.Answer]) -> bool:
    """An empty required field needs a look; one asked only under a condition needs that condition sure."""
    answer = answers[field.id]
    if field.required and answer.state == "empty":
        return False
    if field.only_if is None or answer.state not in ("empty", "not_applicable"):
        return True
    asked = answers.get(field.only_if.field)
    return asked is None or asked.counts or bool(asked.reading and asked.reading.sure)
