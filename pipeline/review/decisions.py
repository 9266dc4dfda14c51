"""A decision: added beside the reading, never in its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from pipeline import model
from pipeline.errors import FormProblem, StaleWrite
from pipeline.forms import schema
from pipeline.review import double_entry, sheets, values
from pipeline.review.change import Change
from pipeline.review.values import NotUnderstood

Forms: TypeAlias = Mapping[model.FormKey, schema.Form]
Settled: TypeAlias = tuple[model.Value, model.State]

WHOLE = ("confirm", "form", *model.ASIDE)
BY_HAND = "by-hand/1"  # the reader of a field that nobody read: a person keys it in


def decide(record: model.Record, forms: Forms, change: Change, at: str) -> model.Decision:
    """The decision that a change amounts to.

    Args:
        record: as stored.
        forms: all forms.
        change: what the person wants.
        at: UTC, ISO 8601.

    Raises:
        StaleWrite: somebody saved first; carries `yours`, `theirs`, `version`, `by` and `at`.
        NotUnderstood: the value does not fit the field (Japanese sentence).
        FormProblem: the record's form is not at hand.
        KeyError: the record's form has no such field.
    """
    if record.form is not None and record.form not in forms:
        name = "/".join(record.form)
        raise FormProblem(
            "form-not-loaded", f"様式 {name} がありません。", "様式ファイルを戻してから、もう一度保存してください。"
        )
    was, now, action = _whole(record, forms, change) if change.field is None else _of_field(record, forms, change)
    version, double = change.version + 1, action in model.ORIGINS and _double(record, forms, change.field)
    return model.Decision(record.id, change.field, version, was, now, action, change.by, at, change.why, double)


def _double(record: model.Record, forms: Forms, name: str | None) -> bool:
    """Whether a second person must enter the field too; what settles the difference between two entries stands."""
    if name is None or model.waiting(record.entries(name)) == "third":
        return False
    return double_entry.asked(forms[record.form or ("", "")].fields[name], record.id)


def _of_field(record: model.Record, forms: Forms, change: Change) -> tuple[Settled | None, Settled | None, str]:
    field = forms[record.form or ("", "")].fields[change.field or ""]
    answer = record.answers().get(field.id) or model.Answer(field.id, None, "empty", False, None, None)
    hidden = change.action == "second" or double_entry.is_blind(answer, change.by)
    _fresh(record, change, answer.version, "" if hidden else values.shown(field, answer.value) or answer.state)
    double_entry.guard(field, answer, record.entries(field.id), change)
    was = (answer.value, answer.state)
    if change.action == "undo":
        return was, None, _undo(record, change)
    if change.action == "confirm":
        return was, was, "confirm"
    if change.action not in {"correct", "enter", "second"}:
        raise NotUnderstood("action", f"「{field.name}」にその操作はできません。")
    now = (values.understood(field, change.raw), change.state) if change.state == "valid" else (None, change.state)
    _fits(field, change.state)
    if change.action == "second":
        return None, now, "second"
    read = answer.reading and (answer.reading.value, answer.reading.state)
    return was, now, "confirm" if now == read else change.action


def _fits(field: schema.Field, state: model.State) -> None:
    if state == "multiple" and not isinstance(field, (schema.Choice, schema.Score)):
        raise NotUnderstood(
            "state", f"「{field.name}」は複数回答にできません。", "値を入れるか、判読不能にしてください。"
        )


def _whole(record: model.Record, forms: Forms, change: Change) -> tuple[None, Settled | None, str]:
    _fresh(record, change, record.version, "、".join(one.action for one in model.whole(record)) or record.status)
    if change.action == "undo":
        return None, None, _undo(record, change)
    if change.action in sheets.ACTIONS or (change.action == "duplicate" and change.raw):
        return None, (sheets.meant(record, forms, change.action, change.raw), "valid"), change.action
    if change.action not in WHOLE:
        raise NotUnderstood("action", "帳票の全体にその操作はできません。")
    if change.action == "form":
        return None, (_form(forms, change.raw), "valid"), "form"
    return None, None, change.action


def _form(forms: Forms, raw: str | Sequence[str]) -> str:
    name = raw if isinstance(raw, str) else "".join(raw[:1])
    if name not in {"/".join(key) for key in forms}:
        raise NotUnderstood("form-unknown", f"様式「{name}」はありません。", "一覧から選んでください。")
    return name


def _undo(record: model.Record, change: Change) -> str:
    stands = model.whole(record) if change.field is None else record.entries(change.field)
    if not stands:
        raise NotUnderstood("nothing-to-undo", "取り消すものがありません。")
    return "undo"


def _fresh(record: model.Record, change: Change, version: int, theirs: str) -> None:
    """Raise StaleWrite unless the person saw what stands now."""
    if change.version == version:
        return
    stale = StaleWrite("stale", "ほかの人が先に保存しました。", "今の値を確かめて、必要ならもう一度直してください。")
    last = next((one for one in reversed(record.decisions) if one.field == change.field), None)
    stale.yours = (change.raw if isinstance(change.raw, str) else values.SEVERAL.join(change.raw)) or change.state
    stale.theirs, stale.version = theirs, version
    stale.by, stale.at = (last.by, last.at) if last else ("", "")
    raise stale


def placed(record: model.Record, forms: Forms) -> model.Record:
    """The record under the form that a person gave it by hand, every field waiting to be keyed in."""
    chosen = next((one for one in reversed(model.whole(record)) if one.action == "form"), None)
    if chosen is None or chosen.now is None:
        return record
    name = str(chosen.now[0])
    form = next((form for key, form in forms.items() if "/".join(key) == name), None)
    if form is None or form.key == record.form:
        return record
    readings = {field: _unread(field, name) for field in form.fields}
    return replace(record, form=form.key, status="needs_review", reason=None, readings=readings)


def _unread(field: str, form: str) -> model.Reading:
    return model.Reading(field, None, "illegible", "by-hand", 0.0, (), BY_HAND, sure=False, form=form)


Judge: TypeAlias = Callable[[model.Record, schema.Form], model.Record]


def judged(record: model.Record, forms: Forms, judge: Judge) -> model.Record:
    """The record with its decisions taken into account.

    Args:
        record: of its pages, with its decisions.
        forms: all forms.
        judge: works out what counts, derived values, findings and status of a record with a form.
    """
    record = placed(record, forms)
    form = forms.get(record.form) if record.form else None
    if form is not None and record.readings:
        record = judge(record, form)
    return replace(record, status="blank") if model.aside(record) == "blank" else record
