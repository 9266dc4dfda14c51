"""Many crops that were read as the same value, settled at one look."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from pipeline import model, review, run
from pipeline.errors import StaleWrite
from pipeline.forms import schema
from pipeline.review import alike
from review_ui import desk, gate, given, view, words
from review_ui.roles import Permission

router = APIRouter(dependencies=[Depends(gate.needs(Permission.REVIEW))])
CELLS = 24  # on one screen, besides the known one
LATER = "later"


@dataclass(frozen=True)
class Row:
    """A group in the list."""

    key: str
    form: str
    field: str
    value: str
    count: int


@dataclass
class Sum:
    """What became of a screenful."""

    saved: int = 0
    later: int = 0
    failed: int = 0


@router.get("/alike")
def groups(request: Request, saved: int = 0, later: int = 0, failed: int = 0) -> Response:
    """What can be settled together."""
    at = desk.of(request)
    actor = desk.actor(request).name
    rows = [_row(at, group, actor) for group in _all(at)]
    missed, shown = alike.misses(at.store, actor)
    notice = words.grid_result(saved, later, failed) if saved or later or failed else ""
    return desk.page(
        request, "alike.html", rows=[row for row in rows if row.count > 0], missed=missed, shown=shown, notice=notice
    )


def _row(at: desk.Desk, group: alike.Group, actor: str) -> Row:
    form = at.forms[group.form]
    field = form.fields[group.field]
    left = group.count - len(at.postponed.get((actor, group.key), ()))
    return Row(group.key, form.title, field.name, view.readable(field, group.value, group.state), left)


def _all(at: desk.Desk) -> list[alike.Group]:
    """Every group as it stands now; which one a key names never changes, so that is kept."""
    found = alike.groups(at.store, at.forms)
    at.groups.update({group.key: group for group in found})
    return found


def _group(at: desk.Desk, key: str) -> alike.Group | None:
    """The group of that key, its count as it was when last counted."""
    if key not in at.groups:
        _all(at)
    return at.groups.get(key)


@router.get("/alike/{key}")
def grid(request: Request, key: str, saved: int = 0, later: int = 0, failed: int = 0) -> Response:
    """A screenful of one group, with one crop of known answer among them where there is one."""
    at, group = desk.of(request), _group(desk.of(request), key)
    cells = _cells(at, group, desk.actor(request).name) if group is not None else []
    if group is None or not cells:
        query = urlencode({"saved": saved, "later": later, "failed": failed})
        return RedirectResponse(f"/alike?{query}", 303)
    group = replace(group, count=alike.left(at.store, group))
    desk.viewed(request, *(cell.record for cell in cells))
    field = at.forms[group.form].fields[group.field]
    notice = words.grid_result(saved, later, failed) if saved or later or failed else ""
    return desk.page(
        request,
        "grid.html",
        row=_row(at, group, desk.actor(request).name),
        cells=cells,
        field=field,
        options=_corrections(field),
        notice=notice,
    )


def _cells(at: desk.Desk, group: alike.Group, actor: str) -> list[alike.Member]:
    later = at.postponed.get((actor, group.key), set())
    found = alike.members(at.store, group, actor, CELLS + len(later))
    cells = [cell for cell in found if cell.record not in later][:CELLS]
    if cells:
        for probe in alike.known(at.store, group, 1):
            cells.insert(secrets.randbelow(len(cells) + 1), probe)
    return cells


def _corrections(field: schema.Field) -> list[tuple[str, str, str]]:
    """What a crop can be corrected to here, as posted, wording, key; what needs typing is left for later."""
    if view.control(field) != "radio":
        return []
    offered = view.choices(field)
    keyed = zip(offered, view.keys(field, offered), strict=True)
    names = ("illegible",) if isinstance(field, schema.Presence) else ("empty", "multiple", "illegible")
    states = [(f"state:{name}", words.STATES[name], words.STATE_KEYS[name]) for name in names]
    return [(f"value:{view.raw(value)}", text, key) for (value, text), key in keyed] + states


@router.post("/alike/{key}")
def settle(request: Request, key: str, posted: gate.Posted) -> Response:
    """Confirm what was left as it is, correct what was changed, leave the rest for later."""
    group, total = _group(desk.of(request), key), Sum()
    cells = [cell for cell in posted.getlist("cell") if isinstance(cell, str)]
    if len(cells) > 2 * CELLS:
        raise HTTPException(400)
    for cell in cells:
        _settle(request, group, cell, posted, total) if group is not None else _failed(total)
    query = urlencode({"saved": total.saved, "later": total.later, "failed": total.failed})
    return RedirectResponse(f"/alike/{key}?{query}" if group is not None else f"/alike?{query}", 303)


def _failed(total: Sum) -> None:
    total.failed += 1


def _settle(request: Request, group: alike.Group, cell: str, posted: FormData, total: Sum) -> None:
    at, actor = desk.of(request), desk.actor(request).name
    record_id, _, version = cell.rpartition(":")
    what = gate.text(posted, f"give:{record_id}")
    if what == LATER:
        total.later += 1
        at.postponed.setdefault((actor, group.key), set()).add(record_id)
        return
    try:
        answer = at.store.record(record_id).answers()[group.field]
    except KeyError as error:
        raise HTTPException(400) from error
    if str(answer.version) != version:
        _failed(total)
    elif answer.counts:
        _probed(request, group, record_id, answer, what)
    elif _saved(at, group, _change(at, group, record_id, actor, answer, what)):
        total.saved += 1
    else:
        _failed(total)


def _probed(request: Request, group: alike.Group, record_id: str, answer: model.Answer, what: str) -> None:
    """A crop of known answer was among them: nothing is saved but whether its difference was seen."""
    if answer.decision is not None and (answer.value, answer.state) != (group.value, group.state):
        at, actor = desk.of(request), desk.actor(request).name
        alike.seen(at.store, actor, record_id, group.field, caught=bool(what))


def _change(
    at: desk.Desk, group: alike.Group, record_id: str, actor: str, answer: model.Answer, what: str
) -> review.Change | None:
    """What to save of a cell; None when it is no longer what the person saw."""
    if answer.counts or (answer.value, answer.state) != (group.value, group.state):
        return None
    kind, _, raw = what.partition(":")
    wanted = given.Given(raw, "valid") if kind == "value" else given.without(raw) if kind == "state" else None
    if wanted is None:
        return review.Change(record_id, group.field, "confirm", answer.version, actor)
    return review.Change(record_id, group.field, "correct", answer.version, actor, wanted.raw, wanted.state)


def _saved(at: desk.Desk, group: alike.Group, change: review.Change | None) -> bool:
    if change is None:
        return False
    try:
        run.settle(at.store, at.forms, change)
    except (StaleWrite, review.NotUnderstood):
        return False
    return True
