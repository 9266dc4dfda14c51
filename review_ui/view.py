"""A record as the screen shows it: one view per field, in paper order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from pipeline import geometry, model, review
from pipeline.forms import schema
from pipeline.review import double_entry, pictures
from review_ui import together, words

Control: TypeAlias = Literal["radio", "boxes", "line", "area"]
Status: TypeAlias = Literal["auto", "look", "clash", "confirmed", "corrected", "held"]

WORTH_SAYING = 0.01
TALLEST = 220  # CSS px: what is taller is shown smaller, F2 enlarges it


@dataclass(frozen=True)
class Option:
    """Something to pick."""

    raw: str  # what is posted
    text: str
    key: str  # the key that picks it, "" for none
    picked: bool
    share: str = ""  # how likely the reader held it, when it was not its first choice


@dataclass(frozen=True)
class FieldView:
    """One field of the form."""

    id: str
    number: int  # in paper order, from 1
    name: str
    status: Status
    needs: bool  # somebody must look
    version: int
    control: Control
    options: tuple[Option, ...]
    states: tuple[Option, ...]
    written: str  # the text box
    now: str  # what stands, to read
    others: tuple[Option, ...]  # the reader's alternatives for a text box
    why: tuple[str, ...]  # findings that name this field
    unit: str  # beside the text box
    page: int | None  # n of the record's pages
    width: int  # CSS px of the crop at twice its size; 0: lies on no page
    height: int
    settled_by: str
    history: tuple[str, ...] = ()  # who decided what, newest first
    hidden: bool = False  # between two entries: neither value nor control

    @property
    def proposed(self) -> bool:
        """Whether some option or state is picked beforehand."""
        return any(option.picked for option in (*self.options, *self.states))


@dataclass(frozen=True)
class Told:
    """What is told beside the fields, and to whom."""

    viewer: str  # name of an account
    questions: Mapping[str, str] = field(default_factory=dict)  # those that wait, by field
    history: Mapping[str, Sequence[str]] = field(default_factory=dict)  # who decided what, newest first, by field


def fields(record: model.Record, form: schema.Form, told: Told) -> list[FieldView]:
    """Every field of the form as it stands now."""
    answers = record.answers()
    return [
        _shown(n, field, answers.get(field.id, _nothing(field.id)), _why(record, field.id, told), told)
        for n, field in enumerate(form.fields.values(), 1)
    ]


def _shown(number: int, field: schema.Field, answer: model.Answer, why: Why, told: Told) -> FieldView:
    if is_hidden(answer, told.viewer):
        return replace(_view(number, field, _unseen(answer), why), status="held", needs=False, hidden=True)
    return replace(_view(number, field, answer, why), history=tuple(told.history.get(field.id, ())))


def is_hidden(answer: model.Answer, viewer: str) -> bool:
    """Whether what stands is kept from `viewer`: between two entries only the first person sees theirs."""
    return answer.waits == "third" or double_entry.is_blind(answer, viewer)


def blind(record: model.Record, form: schema.Form, viewer: str) -> list[FieldView]:
    """The fields that `viewer` is to enter as the second person: nothing shows what the machine or the first one made of them."""
    answers = record.answers()
    numbered = [(n, field, answers[field.id]) for n, field in enumerate(form.fields.values(), 1) if field.id in answers]
    return [
        _view(n, field, replace(_unseen(answer), waits=None), Why((), ""))
        for n, field, answer in numbered
        if double_entry.is_blind(answer, viewer)
    ]


def entered(field: schema.Field, decision: model.Decision) -> FieldView:
    """What a second person has entered, as theirs; not whether it agrees."""
    value, state = decision.now or (None, "empty")
    answer = model.Answer(field.id, value, state, True, model.CONFIRMED, None, decision, decision.version)
    return _view(0, field, answer, Why((), ""))


def empty(field: schema.Field, answer: model.Answer) -> FieldView:
    """The field's control with nothing in it."""
    return _view(0, field, replace(_unseen(answer), waits=None), Why((), ""))


def _unseen(answer: model.Answer) -> model.Answer:
    """The answer without value, state and alternatives; where it lies on the page stays."""
    reading = answer.reading and replace(answer.reading, value=None, state="illegible", alternatives=())
    return model.Answer(answer.field, None, "illegible", False, None, reading, None, answer.version, answer.waits)


def _nothing(field: str) -> model.Answer:
    return model.Answer(field, None, "empty", counts=False, origin=None, reading=None)


@dataclass(frozen=True)
class Why:
    """Why somebody should look at a field."""

    findings: tuple[str, ...]
    question: str  # that waits for a supervisor


def _why(record: model.Record, field: str, told: Told) -> Why:
    found = dict.fromkeys(finding.message for finding in record.findings if field in finding.fields)
    return Why(tuple(found), told.questions.get(field, ""))


def _view(number: int, field: schema.Field, answer: model.Answer, why: Why) -> FieldView:
    reading = answer.reading
    held = not answer.counts and bool(why.question or answer.waits)
    waits = (together.words.WAITS[answer.waits],) if answer.waits is not None else ()
    width, height = _crop_size(field) if reading is not None and reading.quad_px is not None else (0, 0)
    return FieldView(
        id=field.id,
        number=number,
        name=field.name,
        status="held" if held else status(answer, bool(why.findings)),
        needs=not answer.counts and not held,
        version=answer.version,
        control=control(field),
        options=_options(field, answer),
        states=_states(field, answer),
        written=_written(field, answer),
        now=readable(field, answer.value, answer.state),
        others=_others(field, reading),
        why=(*why.findings, *waits, *([why.question] if held and why.question else [])),
        unit=field.number.unit if isinstance(field, schema.Digits) and field.number is not None else "",
        page=reading.page if reading is not None else None,
        width=width,
        height=height,
        settled_by=answer.decision.by if answer.decision is not None else "",
    )


def status(answer: model.Answer, clash: bool) -> Status:
    """The chip of a field."""
    if not answer.counts:
        return "clash" if clash else "look"
    if answer.decision is None:
        return "auto"
    return "confirmed" if answer.origin == model.CONFIRMED else "corrected"


def control(field: schema.Field) -> Control:
    """How a value is given: never a text box for what is ticked."""
    if isinstance(field, schema.Choice) and field.multiple:
        return "boxes"
    if choices(field):
        return "radio"
    return "area" if isinstance(field, schema.Text) and (field.lines or 1) > 1 else "line"


def choices(field: schema.Field) -> list[tuple[model.Scalar, str]]:
    """The values one can choose from with their wording, in paper order; none where the value is written."""
    if isinstance(field, schema.Score) and not field.options:
        return [(value, str(value)) for value in field.values]
    if isinstance(field, schema.Choice | schema.Score):
        return [(option.value, option.label or raw(option.value)) for option in field.options]
    if isinstance(field, schema.Presence):
        return [(True, words.PRESENT), (False, words.ABSENT)]
    return []


def raw(value: model.Scalar) -> str:
    """An option's value as it is posted."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def raws(field: schema.Field, value: model.Value) -> str | tuple[str, ...]:
    """A value as it is posted: one text, or several for boxes."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return tuple(raw(one) for one in value)
    return raw(value) if choices(field) else review.shown(field, value)


def keys(field: schema.Field, offered: list[tuple[model.Scalar, str]]) -> list[str]:
    """A score's key is its printed value, a choice's its place from 1 to 9."""
    if isinstance(field, schema.Score):
        return [str(value) if value in range(10) else "" for value, _ in offered]
    return [str(place) if place < 10 else "" for place in range(1, len(offered) + 1)]


def _options(field: schema.Field, answer: model.Answer) -> tuple[Option, ...]:
    offered = choices(field)
    held = answer.value if isinstance(answer.value, tuple) else (answer.value,)
    shares = dict(answer.reading.alternatives) if answer.reading is not None and answer.origin is None else {}
    return tuple(
        Option(raw(value), text, key, value in held, _share(shares.get(value, 0.0)))
        for (value, text), key in zip(offered, keys(field, offered), strict=True)
    )


def _share(share: float) -> str:
    """How likely the reader held it; what it held for nearly impossible is not worth a word."""
    return words.percent(share) if share >= WORTH_SAYING else ""


def _states(field: schema.Field, answer: model.Answer) -> tuple[Option, ...]:
    """The states that can be given instead of a value; written answers also offer that there is one."""
    radio = control(field) == "radio"
    names: list[model.State] = ["empty", "multiple", "illegible"] if radio else ["empty", "illegible"]
    if isinstance(field, schema.Presence):
        names = ["illegible"]
    if field.only_if is not None:
        names.append("not_applicable")
    if not radio:
        names.insert(0, "valid")
    held = None if _unread(answer) else answer.state
    return tuple(
        Option(name, words.STATES[name], words.STATE_KEYS.get(name, "") if radio else "", name == held)
        for name in names
    )


def _unread(answer: model.Answer) -> bool:
    """Nothing is proposed: a person must find the value, so no state is picked beforehand either."""
    return not answer.counts and (answer.reading is None or answer.state == "illegible")


def _written(field: schema.Field, answer: model.Answer) -> str:
    if control(field) not in {"line", "area"} or answer.value is None:
        return ""
    return review.shown(field, answer.value)


def _others(field: schema.Field, reading: model.Reading | None) -> tuple[Option, ...]:
    if reading is None or control(field) not in {"line", "area"}:
        return ()
    texts = {review.shown(field, value): share for value, share in reading.alternatives}
    return tuple(Option(text, text, "", False, _share(share)) for text, share in texts.items() if text)


def readable(field: schema.Field | None, value: model.Value, state: model.State) -> str:
    """A value as a person reads it: the wording of options, the name of a state."""
    if state != "valid" or value is None:
        return words.STATES[state] if state != "valid" else words.EMPTY_VALUE
    if field is None:
        return (words.NO, words.YES)[value] if isinstance(value, bool) else str(value)
    labels: Mapping[model.Scalar, str] = dict(choices(field))
    if isinstance(value, tuple):
        return words.several([labels.get(one, str(one)) for one in value])
    return labels.get(value) or review.shown(field, value)


def _crop_size(field: schema.Field) -> tuple[int, int]:
    box = geometry.union(list(field.boxes().values()))
    around = box.grown(max(pictures.LEAST_MARGIN_MM, pictures.NEAR * min(box.w, box.h)))
    scale = min(pictures.ENLARGED * pictures.CSS_PX_PER_MM, TALLEST / around.h)
    return round(around.w * scale), round(around.h * scale)


def points(quad: model.Quad) -> str:
    """A quadrilateral as SVG points, in px of the page picture."""
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in quad)
