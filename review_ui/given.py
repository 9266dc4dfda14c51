"""What a person gave for a field, and what that amounts to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.datastructures import FormData

from pipeline import model, review
from pipeline.forms import schema
from review_ui import view, words

STATES: Mapping[str, model.State] = {
    "empty": "empty",
    "multiple": "multiple",
    "illegible": "illegible",
    "not_applicable": "not_applicable",
}
ACTIONS: Mapping[str, review.Action] = {
    "confirm": "confirm",
    "correct": "correct",
    "enter": "enter",
    "second": "second",
    "undo": "undo",
}


@dataclass(frozen=True)
class Given:
    """A value as posted, or a state without one."""

    raw: str | tuple[str, ...]
    state: model.State


def of(field: schema.Field, form: FormData) -> Given:
    """Value and state from a post: radios carry either, boxes and text stand beside a radio for the state.

    Raises:
        NotUnderstood: nothing was given.
    """
    if _text(form, "take"):
        return Given(_text(form, "take"), "valid")
    control = view.control(field)
    if control == "radio":
        kind, _, raw = _text(form, "answer").partition(":")
        return Given(raw, "valid") if kind == "value" else without(raw)
    if control == "boxes":
        picked = tuple(one for one in form.getlist("picked") if isinstance(one, str))
        return Given(picked, "valid") if picked else without(_text(form, "state"))
    return _written(_text(form, "written").strip(), _text(form, "shown").strip(), _text(form, "state"))


def _written(text: str, shown: str, state: str) -> Given:
    """Text counts when the state beside it says so, or when it was typed just now."""
    if text and (state in {"", "valid"} or text != shown):
        return Given(text, "valid")
    return without(state)


def without(state: str) -> Given:
    """A state that stands instead of a value; raises NotUnderstood when there is no such state."""
    if state not in STATES:
        raise review.NotUnderstood("no-value", words.NO_VALUE, words.NO_VALUE_TODO)
    return Given("", STATES[state])


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""


def action(field: schema.Field, answer: model.Answer, what: Given) -> review.Action:
    """Confirmed when it is what stood there, keyed in when nothing could be read, else corrected.

    Raises:
        NotUnderstood: the value does not fit the field.
    """
    value = review.understood(field, what.raw) if what.state == "valid" else None
    unread = answer.reading is None or answer.reading.state == "illegible"
    if (value, what.state) == (answer.value, answer.state) and not unread:
        return "confirm"
    return "enter" if unread else "correct"


def undone(record: model.Record, field: schema.Field) -> tuple[Given, str] | None:
    """The decision on a field that was taken back last, to be made again."""
    taken: list[model.Decision] = []
    stack: list[model.Decision] = []
    for decision in (one for one in record.decisions if one.field == field.id):
        if decision.action != "undo":
            stack.append(decision)
            taken = []
        elif stack:
            taken.append(stack.pop())
    if not taken or taken[-1].now is None:
        return None
    value, state = taken[-1].now
    return Given(view.raws(field, value), state), taken[-1].action
