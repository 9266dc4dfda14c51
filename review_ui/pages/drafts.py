"""The form editor: a draft begun from blank paper or from a form, changed step by step, tried, and saved as a version."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import cv2
from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from pipeline import trial
from pipeline.errors import Problem
from pipeline.forms import drafts, keep, mistakes
from review_ui import desk, gate
from review_ui.drawing import words
from review_ui.pages import own_forms
from review_ui.roles import Permission

router = APIRouter(dependencies=[Depends(gate.needs(Permission.FORMS))])
PATH = f"{own_forms.PATH}/drafts"
FORM_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SAID = (
    "CERTAINTY",
    "ERROR",
    "WARNING",
    "CHECKED",
    "KEPT",
    "TRYING",
    "TRY_NONE",
    "TRY_RESIDUAL",
    "NO_SIDE",
    "OPTION_NEW",
    "ERA",
    "KINDS",
    "HINT_SELECT",
    "HINT_PEN",
)
PAGE_SHARE = 2 / 3  # of the 300 dpi of a blank: 200 dpi are enough to draw on
QUALITY = 75  # of its JPEG
ENDINGS = {b"%PDF": ".pdf", b"\x89PNG": ".png", b"\xff\xd8": ".jpg", b"II": ".tif", b"MM": ".tif"}


def one(request: Request, draft: str) -> drafts.Draft:
    """The draft of an address; 404 when there is none."""
    try:
        return own_forms.kept(request).open(draft)
    except KeyError as error:
        raise HTTPException(404) from error


def refused(problem: Problem, status: int = 422) -> Response:
    """What went wrong, for the page's script."""
    return JSONResponse({"wrong": problem.what + problem.todo, "code": problem.code}, status)


# ── Beginning


@router.post(f"{PATH}/blank")
def from_blank(request: Request, paper: gate.Uploaded, form_id: str = "") -> Response:
    """Begin with a scan of blank paper: whatever is found on it is proposed."""
    if not FORM_ID.fullmatch(form_id) or not paper:
        wrong = words.BAD_ID if paper else words.NO_FILE
        return JSONResponse({"wrong": wrong, "code": "draft-unfit"}, 422)
    room = own_forms.kept(request).room()
    try:
        made = _proposed(request, room, paper, form_id)
    except Problem as problem:
        shutil.rmtree(room)
        return refused(problem)
    draft = own_forms.kept(request).begin(room, made.values, made.certainty, made.shapes)
    return JSONResponse({"to": f"{PATH}/{draft.id}"})


def _proposed(request: Request, room: Path, paper: bytes, form_id: str) -> trial.Beginning:
    source = room / f"source{next((end for head, end in ENDINGS.items() if head in paper[:1024]), '')}"
    source.write_bytes(paper)
    made = own_forms.workbench(request).ask(trial.proposed_for, (source, form_id, room), source.name)
    source.unlink()
    return made


@router.post(PATH)
def from_form(request: Request, posted: gate.Posted) -> Response:
    """Begin with a form at hand, to become its next version."""
    at = desk.of(request)
    form = own_forms.found(request, gate.text(posted, "form_id"), gate.text(posted, "version"))
    path = at.forms.file(form.key) if form is not None else None
    if form is None or path is None:
        return own_forms.gone(request)
    room = own_forms.kept(request).room()
    if path.with_name("blank.pdf").is_file() and not any(side.print_ for side in form.sides):
        shutil.copyfile(path.with_name("blank.pdf"), room / "blank.pdf")
    values = {key: value for key, value in mistakes.read(path).values.items() if key != "retired"}
    draft = own_forms.kept(request).begin(room, values, {}, _shapes(request, room, values))
    return RedirectResponse(f"{PATH}/{draft.id}", 303)


def _shapes(request: Request, room: Path, values: dict[str, Any]) -> list[list[list[float]]]:
    blank = room / "blank.pdf"
    paper = _paper(request, values, blank if blank.is_file() else None)
    return own_forms.workbench(request).ask(trial.shapes, paper, blank.name)


def _paper(request: Request, values: dict[str, Any], blank: Path | None) -> trial.Paper:
    at = desk.of(request)
    return trial.Paper(values, blank, at.settings.blanks, at.forms.list_folders)


# ── The draft itself


@router.get(PATH + "/{draft}")
def shown(request: Request, draft: str) -> Response:
    """The editor."""
    at, made = desk.of(request), one(request, draft)
    return own_forms.page(
        request,
        "form_draft.html",
        draft=made,
        content=_content(made),
        said=_said(),
        lists=_lists(at.forms.list_folders),
        version=_next_version(at, made),
        has_print=any(side.get("print") for side in made.form.get("sides", [])),
    )


def _content(made: drafts.Draft) -> dict[str, Any]:
    about = {"step": made.step, "first": made.first, "last": made.last}
    return about | {"form": made.form, "certainty": made.certainty, "shapes": made.shapes}


def _said() -> dict[str, Any]:
    """The sentences that the page's script needs."""
    return {name: getattr(words, name) for name in SAID}


def _lists(folders: tuple[Path, ...]) -> list[str]:
    return sorted({path.stem for folder in folders for path in folder.glob("*.csv")})


def _next_version(at: desk.Desk, made: drafts.Draft) -> str:
    """The draft's version, its last figure counted up past those that exist."""
    version, name = str(made.form.get("version", "1")), made.form.get("id")
    while (name, version) in at.forms:
        head, figures = re.fullmatch(r"(.*?)(\d*)", version, re.DOTALL).groups()  # type: ignore[union-attr]  # fits any
        version = f"{head}{int(figures) + 1}" if figures else f"{head}-2"
    return version


@router.get(PATH + "/{draft}/sides/{n}.jpg")
def side(request: Request, draft: str, n: gate.Number) -> Response:
    """The blank of the n-th side (from 0)."""
    made = one(request, draft)
    try:
        form = trial.form_of(_paper(request, made.form, made.blank))
        blank = form.sides[n].blank
    except (Problem, IndexError) as error:
        raise HTTPException(404) from error
    small = cv2.resize(blank, None, fx=PAGE_SHARE, fy=PAGE_SHARE, interpolation=cv2.INTER_AREA)
    jpeg = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()
    return Response(jpeg, media_type="image/jpeg")


@router.post(PATH + "/{draft}/steps")
def add(request: Request, draft: str, posted: gate.Posted) -> Response:
    """Keep the draft as it is now."""
    try:
        after, content = int(gate.text(posted, "after")), json.loads(gate.text(posted, "content"))
        form, certainty = dict(content["form"]), dict(content["certainty"])
    except (ValueError, KeyError, TypeError):
        return JSONResponse({"wrong": words.NOT_READABLE + words.NOT_READABLE_TODO, "code": "draft-unreadable"}, 422)
    one(request, draft)
    try:
        return JSONResponse({"step": own_forms.kept(request).add(draft, after, form, certainty)})
    except drafts.MovedOnError:
        return JSONResponse({"wrong": words.MOVED_ON, "code": "draft-moved-on"}, 409)


@router.post(PATH + "/{draft}/at")
def go(request: Request, draft: str, posted: gate.Posted) -> Response:
    """Undo or redo."""
    one(request, draft)
    after, to = gate.text(posted, "after"), gate.text(posted, "to")
    try:
        made = own_forms.kept(request).go(draft, int(after), int(to))
    except drafts.MovedOnError:
        return JSONResponse({"wrong": words.MOVED_ON, "code": "draft-moved-on"}, 409)
    except (KeyError, ValueError) as error:
        raise HTTPException(404) from error
    return JSONResponse(_content(made) | {"shapes": None})


@router.post(PATH + "/{draft}/drop")
def drop(request: Request, draft: str, posted: gate.Posted) -> Response:
    """Throw a draft away."""
    own_forms.kept(request).drop(one(request, draft).id)
    return RedirectResponse(own_forms.PATH, 303)


@router.post(PATH + "/{draft}/try")
def try_(request: Request, draft: str, scan: gate.Uploaded, name: str = "scan", number: int = 1) -> Response:
    """Read a page of a filled scan with the draft as it is now; nothing of the scan is kept."""
    made = one(request, draft)
    return own_forms.tried(request, trial.Scan(name, scan, number, _paper(request, made.form, made.blank)))


# ── Saving


@router.post(PATH + "/{draft}/check")
def check(request: Request, draft: str, posted: gate.Posted) -> Response:
    """What is wrong with the draft."""
    made = one(request, draft)
    return JSONResponse({"mistakes": [_told(found) for found in _checked(request, made, made.form)]})


def _checked(request: Request, made: drafts.Draft, values: dict[str, Any]) -> list[mistakes.Mistake]:
    return keep.prepared(values, made.blank, _out(made), desk.of(request).forms.list_folders)


def _out(made: drafts.Draft) -> Path:
    return made.folder / "out"


def _told(found: mistakes.Mistake) -> dict[str, str]:
    return {"key": found.key, "message": found.message, "code": found.code, "level": found.level}


@router.post(PATH + "/{draft}/save")
def save(request: Request, draft: str, posted: gate.Posted) -> Response:
    """Put the draft among the office's forms as a new version; with a mistake it stays a draft."""
    at, made = desk.of(request), one(request, draft)
    values = keep.reprinted(made.form, gate.text(posted, "version").strip())
    key = (str(values.get("id")), values["version"])
    if key in at.forms.refreshed(at_once=True):
        return JSONResponse({"mistakes": [_taken()]}, 422)
    found = _checked(request, made, values)
    if any(mistake.level == "error" for mistake in found):
        return JSONResponse({"mistakes": [_told(mistake) for mistake in found]}, 422)
    keep.put(_out(made), at.settings.own_forms, "-".join(key))
    own_forms.kept(request).drop(made.id)
    at.forms.refreshed(at_once=True)
    return JSONResponse({"to": f"{own_forms.PATH}?done=saved"})


def _taken() -> dict[str, str]:
    return {"key": "version", "message": words.TAKEN, "code": "version-taken", "level": "error"}
