"""One record: its page, its fields, and what a person decides about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response

from pipeline import model, review, run, store
from pipeline.forms import schema
from pipeline.review import notes, progress
from review_ui import desk, gate, together, view, words
from review_ui.pages import home
from review_ui.roles import Permission

PEEK = 12  # records of the queue looked through for the next one that is free
router = APIRouter(dependencies=[Depends(gate.needs(Permission.REVIEW))])


@dataclass(frozen=True)
class Outline:
    """A field's place on the page picture."""

    field: str
    points: str  # SVG, px of the picture
    status: view.Status


@dataclass(frozen=True)
class Shown:
    """A record with its form and who has it open."""

    record: model.Record
    form: schema.Form | None
    filed: store.Filed
    held_by: str | None  # somebody else: reading only
    until: str  # until when it is that person's, or this one's, as 14:03
    cursor: str  # its place in the queue


def found(request: Request, record_id: str) -> Shown:
    """The record, held for this person unless somebody else has it; raises 404."""
    at, name = desk.of(request), desk.actor(request).name
    try:
        filed = at.store.filed(record_id)
    except KeyError as error:
        raise HTTPException(404) from error
    record = filed.record
    desk.viewed(request, record.id)
    taken = review.take(at.store, name, record=record.id)
    holder = taken.held_by if taken is not None and taken.held_by != name else None
    until = home.clock(taken.held_until) if taken is not None and taken.held_until else ""
    form = at.forms.get(record.form) if record.form is not None else None
    return Shown(record, form, filed, holder, until, taken.cursor if taken is not None else "")


@router.get("/records/{record_id}")
def record_page(request: Request, record_id: str, page: int = 1, at: str = "", saved: bool = False) -> Response:
    """The record with its page picture; `at` names the field to begin with."""
    shown = found(request, record_id)
    answer = render(request, shown, page=page, at=at, saved=saved)
    _ahead(desk.of(request), desk.actor(request).name, shown.record.id)
    return answer


def _ahead(at: desk.Desk, name: str, record_id: str) -> None:
    """Make the pictures of the record that this person will get next, while they work on this one."""
    coming = (item.record for item in review.queue(at.store, limit=PEEK) if item.held_by in {None, name})
    following = next((record for record in coming if record != record_id), None)
    if following is not None:
        at.pictures.ahead(at.store, following)


def render(
    request: Request,
    shown: Shown,
    *,
    page: int = 1,
    at: str = "",
    saved: bool = False,
    wrong: dict[str, str] | None = None,
) -> Response:
    """The record page; `wrong` holds a sentence per field that was refused (422)."""
    record, fields = shown.record, fields_of(request, shown.record, shown.form)
    more = {
        "base": f"/records/{record.id}",
        "onward": "/next",
        "blind": False,
        "derived": _derived(record, shown.form),
        "findings": record.loose,
        "history": _history(record, shown.form, fields),
        "forms": choices(request, record),
        "saved": words.saved_at(home.clock(record.decisions[-1].at)) if saved and record.decisions else "",
        "wrong": wrong or {},
    }
    return laid_out(request, shown, fields, Asked(page, at), more)


@dataclass(frozen=True)
class Asked:
    """What of a record is to be seen first."""

    page: int = 1  # n of the record's pages
    at: str = ""  # field


def laid_out(
    request: Request, shown: Shown, fields: list[view.FieldView], asked: Asked, more: dict[str, Any]
) -> Response:
    """The page with the scan on the left and `fields` on the right."""
    record, needing = shown.record, [field for field in fields if field.needs]
    current = next((field for field in fields if field.id == asked.at and not field.hidden), next(iter(needing), None))
    n = current.page if asked.at and current is not None and current.page is not None else asked.page
    picture = _picture(request, record, n)
    return desk.page(
        request,
        "record.html",
        422 if more["wrong"] else 200,
        record=record,
        form=shown.form,
        title=shown.form.title if shown.form is not None else _untitled(record),
        where=where(request, shown),
        message=shown.filed.scan.message,
        held_by=shown.held_by,
        until=shown.until,
        cursor=shown.cursor,
        fields=fields,
        needing=needing,
        current=current.id if current is not None else "",
        n=n,
        picture=picture,
        outlines=_outlines(picture, fields),
        **more,
    )


def _untitled(record: model.Record) -> str:
    """What a record without a form is: a file that could not be opened has no page to show."""
    return words.NO_FORM_STATUS.get(record.status, words.NO_FORM) if record.pages[0].page else words.NOT_OPENED


def fields_of(request: Request, record: model.Record, form: schema.Form | None) -> list[view.FieldView]:
    """The record's fields with the questions that wait about them, and who decided what."""
    if form is None:
        return []
    asked = {note.field: words.asked(note.by, note.text) for note in notes.of(desk.of(request).store, record)}
    told: dict[str, list[str]] = {}
    for one in reversed(record.decisions):
        told.setdefault(one.field or "", []).append(words.event(home.stamp(one.at), one.by, _change(one, form)))
    return view.fields(record, form, view.Told(desk.actor(request).name, asked, told))


def where(request: Request, shown: Shown) -> list[str]:
    """Where the sheet stands in its batch and how much of that is left, what it is called, where the paper lies."""
    scan, record = shown.filed.scan, shown.record
    batch = progress.in_batch(desk.of(request).store, record.id) if scan.batch else None
    stands = [words.batch(scan.batch or "", batch.place, batch.of, batch.left)] if batch is not None else []
    serial = [f"{words.SERIAL} {record.serial}"] if record.serial else []
    return [*stands, words.place(scan.name, shown.filed.position), *serial, words.record(record.id)]


def _picture(request: Request, record: model.Record, n: int) -> review.pictures.Layout | None:
    """How the page's picture lies; None where there is none, such as for a file that could not be opened."""
    try:
        return run.page_layout(desk.of(request).store, record, n)
    except KeyError:
        return None


def _outlines(picture: review.pictures.Layout | None, fields: list[view.FieldView]) -> list[Outline]:
    if picture is None:
        return []
    quads = picture.outlines
    return [Outline(field.id, view.points(quads[field.id]), field.status) for field in fields if field.id in quads]


def _derived(record: model.Record, form: schema.Form | None) -> list[tuple[str, str]]:
    """Derived values with their labels, as far as they can be worked out."""
    known = {rule.id: rule.label or rule.id for rule in form.derived} if form is not None else {}
    return [(label, view.readable(None, record.derived.get(name), "valid")) for name, label in known.items()]


def _history(record: model.Record, form: schema.Form | None, fields: list[view.FieldView]) -> list[str]:
    """Who decided what about the record and its fields, newest first; nothing of what is hidden."""
    names = {field.id: field.name for field in fields}
    hidden = {field.id for field in fields if field.hidden}
    return [
        words.event_of(home.stamp(one.at), one.by, names.get(one.field or "", words.WHOLE), _change(one, form))
        for one in reversed(record.decisions)
        if one.field not in hidden
    ]


def _change(decision: model.Decision, form: schema.Form | None) -> str:
    field = form.fields.get(decision.field or "") if form is not None else None
    was, now = (view.readable(field, *given) if given is not None else "" for given in (decision.was, decision.now))
    action = words.ACTIONS.get(decision.action, decision.action)
    return words.change(action, was, now, together.words.RIGHT.get(decision.why, decision.why))


def yours(shown: Shown) -> str:
    """Until when the record is this person's."""
    return words.yours_until(shown.until)


def saved_by(name: str, at: str) -> str:
    """Who saved what stands now, and when; nothing when nobody did."""
    return words.saved_by(name, home.stamp(at)) if name and at else ""


def choices(request: Request, record: model.Record) -> list[tuple[str, str, bool]]:
    """Forms to give a record by hand, the reader's candidates first: raw, title, whether it is the first guess."""
    forms = desk.of(request).forms
    guesses = ["/".join(name.split("/")[:2]) for name, _ in record.candidates]
    offered = {"/".join(key): form.title for key, form in forms.items() if not form.retired}
    ordered = sorted(offered, key=lambda raw: guesses.index(raw) if raw in guesses else len(guesses))
    return [(raw, f"{offered[raw]} {raw.split('/')[1]}", raw == next(iter(guesses), None)) for raw in ordered]
