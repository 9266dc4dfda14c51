"""The forms in use: what there is, a scan seen through one of them, versions retired."""

from __future__ import annotations

import base64
import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from pipeline import trial
from pipeline.errors import Problem
from pipeline.forms import Forms, drafts, keep, mistakes, schema
from review_ui import desk, gate
from review_ui.drawing import bench, words
from review_ui.pages import home
from review_ui.roles import Permission

router = APIRouter(dependencies=[Depends(gate.needs(Permission.FORMS))])
PATH = "/forms"


@dataclass(frozen=True)
class Row:
    """One version of a form, as the list shows it."""

    form: schema.Form
    own: bool  # among the office's own, not shipped
    renewed: bool  # a newer version stands on the same paper


def page(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    """A page of this area."""
    return desk.page(request, template, status, x=words, **context)


def kept(request: Request) -> drafts.Drafts:
    """The office's drafts."""
    return cast("drafts.Drafts", request.app.state.drafts)


def workbench(request: Request) -> bench.Bench:
    """Where uploads are opened."""
    return cast("bench.Bench", request.app.state.bench)


def rows(at: desk.Desk) -> list[Row]:
    """Every version, newest first within a form."""
    ordered = sorted(at.forms.values(), key=lambda form: form.newness, reverse=True)
    ordered.sort(key=lambda form: form.id)
    return [Row(form, _is_own(at, form), _renewed(at.forms, form)) for form in ordered]


def _is_own(at: desk.Desk, form: schema.Form) -> bool:
    path = at.forms.file(form.key)
    return path is not None and at.settings.own_forms in path.parents


def _renewed(forms: Forms, form: schema.Form) -> bool:
    newer = [one for one in forms.values() if one.id == form.id and one.newness > form.newness]
    return any(side.printed_like(other) for one in newer for side in one.sides for other in form.sides)


@router.get(PATH)
def listed(request: Request, done: str = "") -> Response:
    """All forms and drafts."""
    said = {"saved": words.SAVED, "retired": words.RETIRED_NOW}.get(done, "")
    made = [(one, _stamp(one.changed)) for one in kept(request).everything()]
    return page(request, "forms.html", rows=rows(desk.of(request)), drafts=made, said=said)


def _stamp(seconds: float) -> str:
    return home.stamp(dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat())


def found(request: Request, form_id: str, version: str) -> schema.Form | None:
    """The form of that id and version, if there is one."""
    return desk.of(request).forms.get((form_id, version))


def gone(request: Request) -> Response:
    """There is no such form or draft."""
    return desk.problem(request, 404, "form-gone", words.GONE, words.GONE_TODO)


@router.get(PATH + "/{form_id}/{version}/look")
def look(request: Request, form_id: str, version: str) -> Response:
    """Where a scan is chosen to be seen through a form."""
    form = found(request, form_id, version)
    return page(request, "form_look.html", form=form) if form is not None else gone(request)


@router.post(PATH + "/{form_id}/{version}/look")
def seen(
    request: Request, form_id: str, version: str, scan: gate.Uploaded, name: str = "scan", number: int = 1
) -> Response:
    """Boxes, residuals and readings on a scan, as `yomitori forms show` draws them."""
    path = desk.of(request).forms.file((form_id, version))
    if path is None:
        return gone(request)
    return tried(request, trial.Scan(name, scan, number, paper(request, path)))


def paper(request: Request, path: Path) -> trial.Paper:
    """The form file at `path` and its blank, as they are."""
    at, blank = desk.of(request), path.with_name("blank.pdf")
    values = mistakes.read(path).values
    return trial.Paper(values, blank if blank.is_file() else None, at.settings.blanks, at.forms.list_folders)


def tried(request: Request, scan: trial.Scan) -> Response:
    """What came of a scan, for the page's script; a sentence where nothing did."""
    try:
        made = workbench(request).ask(trial.read, scan, scan.name)
    except Problem as problem:
        return JSONResponse({"wrong": problem.what + problem.todo, "code": problem.code}, 422)
    seen_ = [
        {
            "side": one.side,
            "jpeg": _data_url(one.jpeg),
            "readings": one.readings,
            "residual": round(one.residual_mm, 2),
            "findings": one.findings,
        }
        for one in made.seen
    ]
    why = "、".join(words.REASONS.get(reason, reason) for reason in made.words.split("、") if reason)
    return JSONResponse({"pages": made.pages, "seen": seen_, "drawn": _data_url(made.drawn), "why": why})


def _data_url(jpeg: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode('ascii')}"


@router.post(PATH + "/{form_id}/{version}/retire")
def retire(request: Request, form_id: str, version: str, posted: gate.Posted) -> Response:
    """Mark a version as no longer in use, or as in use again."""
    at, form = desk.of(request), found(request, form_id, version)
    path = at.forms.file(form.key) if form is not None else None
    if form is None or path is None:
        return gone(request)
    keep.retire(path, at.settings.own_forms, not form.retired)
    at.forms.refreshed(at_once=True)
    return RedirectResponse(PATH if form.retired else f"{PATH}?done=retired", 303)
