"""Values worked out from others, as the form file declares them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pipeline import model
from pipeline.forms import schema

Values = Mapping[str, model.Value]  # of the fields that have one


def derived(form: schema.Form, values: Values) -> dict[str, model.Value]:
    """Every derived value of the form; None unless every field it needs is among `values`."""
    found: dict[str, model.Value] = {}
    for rule in form.derived:
        found[rule.id] = _one(rule, {**values, **{k: v for k, v in found.items() if v is not None}})
    return found


def _one(rule: schema.Derived, values: Values) -> model.Value:
    if rule.sum is not None:
        parts = [values.get(name) for name in rule.sum]
        numbers = [part for part in parts if isinstance(part, (int, float))]
        return sum(numbers) if len(numbers) == len(parts) else None
    conditions = rule.all if rule.all is not None else rule.any or []
    if any(values.get(condition.field) is None for condition in conditions):
        return None
    met = [holds(condition, values[condition.field]) for condition in conditions]
    return all(met) if rule.all is not None else any(met)


def holds(condition: schema.Condition, value: model.Value) -> bool:
    """Whether a value (not None) meets every key of a condition."""
    asked = ((test, getattr(condition, key)) for key, test in TESTS.items())
    return all(test(value, wanted) for test, wanted in asked if wanted is not None)


def _many(value: model.Value) -> tuple[model.Scalar, ...]:
    if isinstance(value, tuple):
        return value
    return () if value is None else (value,)


def _number(value: model.Value) -> float:
    return float(value) if isinstance(value, (int, float)) else float("nan")


TESTS: dict[str, Callable[[model.Value, object], bool]] = {
    "is_": lambda value, wanted: value == wanted,
    "in_": lambda value, wanted: isinstance(wanted, list) and value in wanted,
    "includes": lambda value, wanted: wanted in _many(value),
    "at_least": lambda value, wanted: isinstance(wanted, (int, float)) and _number(value) >= wanted,
    "at_most": lambda value, wanted: isinstance(wanted, (int, float)) and _number(value) <= wanted,
}
