"""Asking a supervisor about a field, and what waits for an answer."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from pipeline import review
from pipeline.review import notes
from review_ui import desk, gate, words
from review_ui.pages import home
from review_ui.pages import record as records
from review_ui.roles import Permission

router = APIRouter(dependencies=[Depends(gate.needs(Permission.REVIEW))])


@dataclass(frozen=True)
class Row:
    """A question in the list."""

    record: str
    field: str
    name: str
    title: str
    text: str
    by: str
    at: str


@router.get("/notes")
def waiting(request: Request) -> Response:
    """What waits for a supervisor."""
    at = desk.of(request)
    rows = [row for row in (_row(at, note) for note in notes.waiting(at.store)) if row is not None]
    desk.viewed(request, *(row.record for row in rows))
    return desk.page(request, "notes.html", rows=rows)


def _row(at: desk.Desk, note: notes.Note) -> Row | None:
    try:
        record = at.store.record(note.record)
    except KeyError:
        return None
    form = at.forms.get(record.form) if record.form is not None else None
    field = form.fields.get(note.field) if form is not None else None
    if form is None or field is None:
        return None
    return Row(record.id, field.id, field.name, form.title, note.text, note.by, home.stamp(note.at))


@router.get("/records/{record_id}/fields/{field_id}/refer")
def refer_page(request: Request, record_id: str, field_id: str) -> Response:
    """Where the question is written, with the crop."""
    return _page(request, record_id, field_id, "")


def _page(request: Request, record_id: str, field_id: str, wrong: str) -> Response:
    shown = records.found(request, record_id)
    field = shown.form.fields.get(field_id) if shown.form is not None else None
    if field is None:
        raise HTTPException(404)
    reading = shown.record.readings.get(field_id)
    pictured = reading is not None and reading.quad_px is not None
    status = 422 if wrong else 200
    return desk.page(request, "refer.html", status, record=shown.record, field=field, pictured=pictured, wrong=wrong)


@router.post("/records/{record_id}/fields/{field_id}/refer")
def refer(request: Request, record_id: str, field_id: str, posted: gate.Posted) -> Response:
    """Put the question; the field waits, and the person goes on with the next one."""
    shown = records.found(request, record_id)
    if shown.form is None or field_id not in shown.form.fields:
        raise HTTPException(404)
    if shown.held_by is not None:
        return desk.problem(request, 409, "held", words.held(shown.held_by), words.HELD_TODO)
    try:
        name = desk.actor(request).name
        notes.refer(desk.of(request).store, shown.record, field_id, gate.text(posted, "text"), name)
    except review.NotUnderstood as refused:
        return _page(request, record_id, field_id, refused.what + refused.todo)
    return RedirectResponse(f"/records/{shown.record.id}", 303)
