"""The pages of cases: finding one, what belongs to it, entering by hand with its history."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from pipeline.errors import StaleWrite, UsageProblem
from pipeline.forms import reports
from pipeline.returns import cases as naming
from pipeline.returns import entries
from review_ui import desk, gate
from review_ui.cases import view, words
from review_ui.reporting import kept
from review_ui.roles import Permission

router = APIRouter(dependencies=[Depends(gate.needs(Permission.REVIEW))])
PATH = "/cases"
SCREENFUL = 50


@router.get(PATH)
def contents(request: Request) -> Response:
    """What waits, and a way to find a case."""
    return _contents(request)


def _contents(request: Request, wrong: str = "", status: int = 200, choices: Sequence[view.Row] = ()) -> Response:
    at, loop = desk.of(request), kept.of(request).loop()
    lists = {
        "outstanding": view.outstanding(at, loop),
        "tickets": view.to_hand_over(at, loop),
        "visits": view.to_visit(at, kept.of(request).account()),
    }
    shown = {name: list(itertools.islice(rows, SCREENFUL + 1)) for name, rows in lists.items()}
    shown["choices"] = list(choices)
    return desk.page(request, "cases/contents.html", status, x=words, lists=shown, most=SCREENFUL, wrong=wrong)


@router.post(PATH)
def find(request: Request, posted: gate.Posted) -> Response:
    """The case of a number; a post, so that the number stands in no address."""
    at, loop = desk.of(request), kept.of(request).loop()
    names = view.named(loop, gate.text(posted, "number"))
    if not names:
        return _contents(request, words.NOT_FOUND, 404)
    found = view.choices(at, loop, names)
    return RedirectResponse(f"{PATH}/{found[0].key}", 303) if len(found) == 1 else _contents(request, choices=found)


def found(request: Request, key: str) -> view.Case:
    """The case of that key; raises 404."""
    case = view.found(desk.of(request), kept.of(request).loop(), key)
    if case is None:
        raise HTTPException(404)
    return case


@router.get(PATH + "/{key}")
def shown(request: Request, key: str, saved: bool = False) -> Response:
    """Everything that belongs to one person."""
    case = found(request, key)
    desk.viewed(request, *(sheet.record for sheet in case.sheets))
    return page(request, case, saved=saved)


def page(request: Request, case: view.Case, wrong: str = "", status: int = 200, saved: bool = False) -> Response:
    """The page of a case."""
    at = desk.of(request)
    kinds = at.forms.reports.entries
    histories = {line.thread: view.history(at, line.thread) for line in case.entries}
    purposes = {form.purpose for form in at.forms.values() if not form.retired}
    return desk.page(
        request,
        "cases/case.html",
        status,
        x=words,
        case=case,
        kinds=[kind for kind in kinds if case.targets(kind)],
        listing=lambda name: at.forms.listing(name).values,
        activities=at.forms.listing(view.activities(at)).values,
        histories=histories,
        purposes=purposes,
        wrong=wrong,
        saved=saved,
    )


@router.post(PATH + "/{key}/entries")
def enter(request: Request, key: str, posted: gate.Posted) -> Response:
    """Add an entry."""
    case = found(request, key)
    kind = desk.of(request).forms.reports.kinds.get(gate.text(posted, "kind"))
    if kind is None or gate.text(posted, "target") not in dict(case.targets(kind)):
        raise HTTPException(404)
    at = desk.of(request)
    try:
        entries.enter(at.store, at.forms.reports.kinds, _draft(request, kind, posted))
    except UsageProblem as refused:
        return page(request, case, refused.what + refused.todo, 422)
    return _back(request, case)


def _draft(request: Request, kind: reports.Kind, posted: FormData) -> entries.Draft:
    """What was posted; raises UsageProblem for a match with something that there is not."""
    said = {part.name: gate.text(posted, f"part-{part.name}") for part in kind.parts}
    if kind.kind == naming.MATCH:
        names = view.named(kept.of(request).loop(), said.get(naming.OTHER, ""))
        if len(names) != 1:
            raise UsageProblem("match-unknown", words.SEVERAL if names else words.NOT_FOUND)
        said[naming.OTHER] = names[0]
    actor = desk.actor(request).name
    return entries.Draft(kind.kind, gate.text(posted, "target"), gate.text(posted, "day"), said, actor)


def _back(request: Request, case: view.Case) -> Response:
    """To the case as it is now: a match may have made it part of another."""
    loop = kept.of(request).loop()
    return RedirectResponse(f"{PATH}/{view.key(desk.of(request), loop.cases.of(case.target))}?saved=1", 303)


@router.post(PATH + "/{key}/entries/{thread}")
def change(request: Request, key: str, thread: str, posted: gate.Posted) -> Response:
    """Correct an entry, or take it back; what stood before stays in its history."""
    case = found(request, key)
    line = next((one for one in case.entries if one.thread == thread), None)
    version = gate.text(posted, "version")
    if line is None or not (version.isascii() and version.isdigit() and len(version) < 10):
        raise HTTPException(404)
    at = desk.of(request)
    try:
        if gate.text(posted, "withdraw"):
            entries.withdraw(at.store, thread, int(version), desk.actor(request).name)
        else:
            draft = _draft(request, line.kind, posted)
            entries.correct(at.store, at.forms.reports.kinds, thread, int(version), draft)
    except StaleWrite:
        return page(request, found(request, key), words.STALE, 409)
    except UsageProblem as refused:
        return page(request, case, refused.what + refused.todo, 422)
    return _back(request, case)
