"""The office's lists: which there are, what stands in them, a new one looked at first, taken, and taken back."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
import secrets
from typing import Any, cast

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import UploadFile

from pipeline.errors import FileRefused, Problem
from pipeline.forms.list_changes import Comparison, Some, differences, doubts
from pipeline.forms.lists import Listing
from pipeline.forms.own_lists import MovedOnError, OwnLists
from pipeline.store import moments
from pipeline.workbook import About, one_list
from pipeline.workers import foreign
from review_ui import bodies, desk, gate
from review_ui.listing import view, words
from review_ui.listing.staged import Staged, Staging
from review_ui.pages import export, own_forms
from review_ui.roles import Permission

router = APIRouter(dependencies=[Depends(gate.needs(Permission.FORMS))])
PATH = gate.LISTS
ENTRIES = 300  # rows that a page shows
NAMED = 200  # entries named of each kind of change
CELLS = 100  # differences shown
PLAIN = re.compile(r"\w{1,60}", re.ASCII)


def staging(request: Request) -> Staging:
    """What was uploaded and not decided yet."""
    return cast("Staging", request.app.state.staging)


def _page(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    return desk.page(request, f"listing/{template}", status, x=words, **context)


def _logged(name: str) -> str:
    """How the log names a list: a name of figures and letters as it is, any other by its hash."""
    return name if PLAIN.fullmatch(name) else f"sha256:{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def _entries(kept: OwnLists, name: str) -> tuple[Listing, str]:
    """The list that holds, or an empty one and why it cannot be opened."""
    try:
        return kept.listing(name), ""
    except FileRefused as refused:
        return Listing(name), _sentence(refused)


def _sentence(problem: Problem) -> str:
    return words.wrong(problem.what, problem.todo, problem.code)


# ── Looking


@router.get(PATH)
def listed(request: Request) -> Response:
    """All lists."""
    return _listed(request)


def _listed(request: Request, wrong: str = "", status: int = 200) -> Response:
    return _page(request, "lists.html", status, rows=view.rows(desk.of(request)), wrong=wrong)


@router.get(PATH + "/{name}")
def shown(request: Request, name: str, done: str = "") -> Response:
    """What stands in a list."""
    said = {"taken": words.TAKEN, "undone": words.UNDONE}.get(done, "")
    return _shown(request, name, said=said)


def _shown(request: Request, name: str, wrong: str = "", status: int = 200, said: str = "") -> Response:
    at = desk.of(request)
    row = next((one for one in view.rows(at) if one.name == name), None)
    if row is None:
        return desk.problem(request, 404, "list-gone", words.GONE, words.GONE_TODO)
    listing, broken = _entries(view.kept(at), name)
    if listing.rows:
        _noted(request, name)
    columns = list(dict.fromkeys(head for entry in listing.rows for head in entry))
    return _page(
        request,
        "list.html",
        status,
        row=row,
        columns=[(head, one_list.HEADS.get(head, head)) for head in columns],
        entries=listing.rows[:ENTRIES],
        rest=words.more_rows(ENTRIES, len(listing.rows) - ENTRIES) if len(listing.rows) > ENTRIES else "",
        doubts=_some(doubts(listing)),
        wrong=wrong or broken,
        said=said,
    )


def _noted(request: Request, name: str) -> None:
    """Write down that somebody saw the entries: a roster names people."""
    at, signed = desk.of(request), desk.session(request)
    if signed is not None:
        at.traces.saw_list(at.store, signed, _logged(name))


def _some(found: list[Some]) -> list[tuple[Some, str]]:
    """Each kind of entries as far as a page names them, and how many more there are."""
    return [(Some(one.title, one.entries[:NAMED]), _more(len(one.entries) - NAMED)) for one in found]


def _more(rest: int) -> str:
    return words.more(rest) if rest > 0 else ""


@router.post(PATH + "/{name}/file")
def download(request: Request, name: str, posted: gate.Posted) -> Response:
    """The list as a workbook, to be edited and brought in again."""
    at = desk.of(request)
    kept = view.kept(at)
    listing, _ = _entries(kept, name) if name in kept else (Listing(name), "")
    if not listing.rows:
        return desk.problem(request, 404, "list-gone", words.GONE, words.GONE_TODO)
    by, now = desk.actor(request).name, dt.datetime.now(moments.TOKYO).replace(tzinfo=None)
    folder = at.settings.private
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    out = folder / f"{os.getpid()}-list-{secrets.token_hex(8)}.xlsx"
    try:
        one_list.write(out, listing.rows, About(now.date(), now, by))
        data = out.read_bytes()
    finally:
        out.unlink(missing_ok=True)
    at.store.audit(by, "list-file", f"list={_logged(name)} entries={len(listing.values)}")
    called = name if PLAIN.fullmatch(name) else "list"
    headers = {"Content-Disposition": f'attachment; filename="{called}-{now:%Y%m%d-%H%M}.xlsx"'}
    return Response(data, 200, headers, export.MEDIA[".xlsx"])


# ── Bringing in


@router.post(PATH)
def upload(request: Request, posted: gate.Posted) -> Response:
    """A file is read, and kept aside until somebody saw what it would change."""
    name, given = gate.text(posted, "name").strip(), bodies.files(posted, "file")
    if not given:
        return _refused(request, name, words.NO_FILE + words.NO_FILE_TODO)
    try:
        staged = _staged(request, name, given[0])
    except Problem as problem:
        return _refused(request, name, _sentence(problem))
    return RedirectResponse(_address(staged), 303)


def _staged(request: Request, name: str, file: UploadFile) -> Staged:
    bench = own_forms.workbench(request)
    by = desk.actor(request).name
    return staging(request).put(name, by, file, lambda path: bench.ask(foreign.listed, (path, name), path.name))


def _refused(request: Request, name: str, wrong: str) -> Response:
    known = any(row.name == name for row in view.rows(desk.of(request)))
    return _shown(request, name, wrong, 422) if known else _listed(request, wrong, 422)


def _address(staged: Staged) -> str:
    return f"{PATH}/{staged.name}/staged/{staged.id}"


def _own(request: Request, name: str, stage: str) -> Staged | None:
    return staging(request).get(desk.actor(request).name, name, stage)


def _gone(request: Request) -> Response:
    return desk.problem(request, 404, "list-upload-gone", words.STAGED_GONE, words.STAGED_GONE_TODO)


@router.get(PATH + "/{name}/staged/{stage}")
def preview(request: Request, name: str, stage: str) -> Response:
    """What an upload would change."""
    staged = _own(request, name, stage)
    return _preview(request, staged) if staged is not None else _gone(request)


def _preview(request: Request, staged: Staged, wrong: str = "", status: int = 200) -> Response:
    kept = view.kept(desk.of(request))
    stands = kept.standing(staged.name)
    try:
        found = _compared(kept, staged)
    except FileNotFoundError:
        return _gone(request)
    _noted(request, staged.name)
    every = list(differences(found.before, found.after))
    return _page(
        request,
        "staged.html",
        status,
        staged=staged,
        action=_address(staged),
        seen=stands.mark,
        found=found,
        kinds=_some(found.kinds()),
        doubts=_some(doubts(found.after)),
        cells=[(one, one_list.HEADS.get(one.column, one.column)) for one in every[:CELLS]],
        rest=_more(len(every) - CELLS),
        wrong=wrong,
    )


def _compared(kept: OwnLists, staged: Staged) -> Comparison:
    """The upload beside what holds; raises FileNotFoundError when it is gone."""
    stands = kept.standing(staged.name)
    before, _ = _entries(kept, staged.name)
    return Comparison(before, staged.listing(), first=stands.path is not None and not stands.own)


@router.post(PATH + "/{name}/staged/{stage}/take")
def take(request: Request, name: str, stage: str, posted: gate.Posted) -> Response:
    """Put the upload into the place of the list, unless that is another by now than the person saw."""
    staged = _own(request, name, stage)
    if staged is None:
        return _gone(request)
    try:
        _taken(request, staged, gate.text(posted, "seen"))
    except FileNotFoundError:
        return _gone(request)
    except MovedOnError:
        return _preview(request, staged, words.STALE + words.STALE_TODO, 409)
    except Problem as problem:
        return _preview(request, staged, _sentence(problem), 503)
    staging(request).drop(staged)
    return RedirectResponse(f"{PATH}/{name}?done=taken", 303)


def _taken(request: Request, staged: Staged, seen: str) -> None:
    """In one transaction with the line that tells of it."""
    at = desk.of(request)
    kept = view.kept(at)
    found = _compared(kept, staged)
    one = found.changes
    counts = f"added={len(one.added)} removed={len(one.removed)} changed={len(one.changed)}"
    with at.store.writing() as change:
        change.audit(desk.actor(request).name, "list-replace", f"list={_logged(staged.name)} {counts}")
        kept.replace(staged.name, found.after.rows, seen)


@router.post(PATH + "/{name}/staged/{stage}/drop")
def drop(request: Request, name: str, stage: str, posted: gate.Posted) -> Response:
    """Leave everything as it is."""
    staged = _own(request, name, stage)
    if staged is not None:
        staging(request).drop(staged)
    known = any(row.name == name for row in view.rows(desk.of(request)))
    return RedirectResponse(f"{PATH}/{name}" if known else PATH, 303)


@router.post(PATH + "/{name}/undo")
def undo(request: Request, name: str, posted: gate.Posted) -> Response:
    """Back to what held before the last change."""
    at = desk.of(request)
    kept = view.kept(at)
    if name not in kept:
        return desk.problem(request, 404, "list-gone", words.GONE, words.GONE_TODO)
    try:
        with at.store.writing() as change:
            change.audit(desk.actor(request).name, "list-undo", f"list={_logged(name)}")
            kept.undo(name, gate.text(posted, "seen"))
    except MovedOnError:
        return _shown(request, name, words.STALE + words.STALE_UNDO_TODO, 409)
    except Problem as problem:
        return _shown(request, name, _sentence(problem), 503)
    return RedirectResponse(f"{PATH}/{name}?done=undone", 303)
