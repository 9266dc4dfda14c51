"""What is printed from a case: the reply with what is known, a ticket for an activity, the list for a clinic."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response

from pipeline import printing, returns
from pipeline.errors import UsageProblem
from pipeline.forms import schema
from pipeline.returns.loop import NOTICE, REPLY, TICKET
from pipeline.returns.sheets import Sheet
from review_ui import desk, gate
from review_ui.cases import pages, view, words
from review_ui.reporting import kept
from review_ui.roles import Permission

router = APIRouter(dependencies=[Depends(gate.needs(Permission.REVIEW))])
CLINIC, EXAMINED, TOTAL = "clinic", "examined-on", "score-total"  # roles


@router.post(pages.PATH + "/{key}/reply")
def reply(request: Request, key: str, posted: gate.Posted) -> Response:
    """A reply to the notice of this case, with a serial of its own."""
    case = pages.found(request, key)
    notice = case.first(NOTICE)
    if notice is None or notice.form is None:
        raise HTTPException(404)
    known = printing.reply_to(notice.form, notice.serial or "", case.name)
    return _issued(request, case, REPLY, known if notice.serial else {"name": case.name})


@router.post(pages.PATH + "/{key}/ticket")
def ticket(request: Request, key: str, posted: gate.Posted) -> Response:
    """A ticket for an activity out of the list, with a serial of its own."""
    case = pages.found(request, key)
    try:
        known = printing.ticket_for(
            desk.of(request).forms, view.activities(desk.of(request)), gate.text(posted, "activity"), case.name
        )
    except UsageProblem as refused:
        return pages.page(request, case, refused.what + refused.todo, 422)
    return _issued(request, case, TICKET, known)


def _form(request: Request, purpose: str) -> schema.Form:
    """The newest form in use of a purpose; raises 404."""
    found = [form for form in desk.of(request).forms.values() if form.purpose == purpose and not form.retired]
    if not found:
        raise HTTPException(404)
    return max(found, key=lambda form: form.version)


def _issued(request: Request, case: view.Case, purpose: str, known: Mapping[str, str]) -> Response:
    at, name = desk.of(request), desk.actor(request).name
    form = _form(request, purpose)
    district = next((str(one) for sheet in case.sheets if (one := sheet.one("district")) is not None), "")
    to = returns.Addressed(district=district, office=desk.actor(request).office or "", about=case.target)
    wanted = [printing.Wanted(printing.row(form, known), to)]

    def make(out: Path) -> str:
        return printing.issue(form, out, printing.Office(at.store, at.forms, name), wanted).first

    serial, data = _made(request, make)
    return _pdf(data, f"{purpose}-{serial}")


def _made(request: Request, make: Callable[[Path], str]) -> tuple[str, bytes]:
    """A PDF in the private folder, read and gone again."""
    folder = desk.of(request).settings.private
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    out = folder / f"print-{secrets.token_hex(8)}.pdf"
    try:
        told = make(out)
        return told, out.read_bytes()
    finally:
        out.unlink(missing_ok=True)


def _pdf(data: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.pdf"'}
    return Response(data, 200, headers, "application/pdf")


# ── lists for clinics


def _returned(request: Request) -> dict[str, list[Sheet]]:
    """Returned sheets by clinic, as far as somebody vouched for it."""
    found: dict[str, list[Sheet]] = {}
    for sheet in kept.of(request).loop().sheets:
        clinic = sheet.one(CLINIC)
        if isinstance(clinic, str):
            found.setdefault(clinic, []).append(sheet)
    return dict(sorted(found.items()))


@router.get("/clinics")
def clinics(request: Request) -> Response:
    """How many paths came back from each clinic."""
    counts = [(name, len(sheets)) for name, sheets in _returned(request).items()]
    return desk.page(request, "cases/clinics.html", x=words, counts=counts)


@router.post("/clinics")
def clinic_list(request: Request, posted: gate.Posted) -> Response:
    """The list of one clinic as PDF."""
    name = gate.text(posted, "clinic")
    sheets = _returned(request).get(name)
    if sheets is None:
        raise HTTPException(404)
    loop = kept.of(request).loop()
    today = loop.as_of.isoformat()
    rows = [_row(n, loop.who(sheet), sheet) for n, sheet in enumerate(sheets, 1)]
    told = printing.Listed(words.list_title(name), words.list_about(len(rows), today), words.LIST_HEADS, rows)

    def make(out: Path) -> str:
        printing.listing(out, told)
        return ""

    desk.viewed(request, *(sheet.record for sheet in sheets))
    desk.of(request).store.audit(desk.actor(request).name, "print-list", f"sheets={len(rows)}")
    return _pdf(_made(request, make)[1], f"list-{today}")


def _row(n: int, who: str, sheet: Sheet) -> list[str]:
    cells = [who, sheet.form.title if sheet.form else "", sheet.day(EXAMINED), sheet.arrived]
    return [str(n), *(_text(cell) for cell in [*cells, sheet.one(TOTAL)])]


def _text(cell: object) -> str:
    return cell.isoformat() if isinstance(cell, dt.date) else "" if cell is None else str(cell)
