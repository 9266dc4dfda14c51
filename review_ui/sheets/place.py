"""A panel dragged into place where the machine did not find it, and read there."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import Response

from pipeline import geometry, review, run
from pipeline.forms import schema
from review_ui import desk, gate
from review_ui.pages import record as records
from review_ui.roles import Permission
from review_ui.sheets import pages, words

router = APIRouter(dependencies=[Depends(gate.needs(Permission.REVIEW))])
CORNERS = 4


@dataclass(frozen=True)
class Place:
    """A panel of a side to be put on a page."""

    shown: records.Shown
    n: int  # page of the record
    form: schema.Form
    side: schema.Side
    panel: schema.Panel
    picture: review.pictures.Layout


def _asked(request: Request, record_id: str, n: int, side_id: str, panel_id: str) -> Place:
    """What is to be put where; 404 for what is not there."""
    shown = records.found(request, record_id)
    if shown.form is None:
        raise HTTPException(404)
    placed = next((one for one in shown.record.pages if one.n == n), None)
    side = _side(shown.form, side_id or (placed.side if placed is not None else None) or "")
    panel = next((one for one in side.panels if one.id == panel_id), side.panels[0])
    at = desk.of(request)
    try:
        picture = run.page_layout(at.store, shown.record, n)
    except KeyError as error:
        raise HTTPException(404) from error
    return Place(shown, n, shown.form, side, panel, picture)


def _side(form: schema.Form, side_id: str) -> schema.Side:
    found = next((side for side in form.sides if side.id == side_id), None)
    return found or next((side for side in form.sides if side.fields), form.sides[0])


@router.get("/records/{record_id}/sheet/place")
def place(request: Request, record_id: str, page: int = 1, side: str = "", panel: str = "") -> Response:
    """The page's picture with four corners to drag."""
    return _page(request, _asked(request, record_id, page, side, panel))


def _page(request: Request, asked: Place, wrong: str = "") -> Response:
    record = asked.shown.record
    return pages.page(
        request,
        "place",
        422 if wrong else 200,
        record=record,
        held_by=asked.shown.held_by,
        at=asked,
        corners=[(round(float(x)), round(float(y))) for x, y in _corners(asked)],
        guides=json.dumps(_guides(asked.side, asked.panel)),
        wrong=wrong,
    )


def _corners(asked: Place) -> geometry.Points:
    """Where the panel lies now, on the picture; where nothing is known, as if the picture were the paper."""
    box, paper = asked.panel.box, asked.side.paper
    page = next(one for one in asked.shown.record.pages if one.n == asked.n)
    laid = next((one for one in page.panels if one.id == asked.panel.id and page.side == asked.side.id), None)
    if laid is not None:
        return asked.picture.shown(laid.to_px(box.corners()))
    scale = np.array([asked.picture.width / paper.width, asked.picture.height / paper.height])
    return np.asarray(box.corners() * scale)


def _guides(side: schema.Side, panel: schema.Panel) -> list[list[float]]:
    """The boxes of the panel's fields, as shares of the panel: x, y, width, height."""
    inside = [box for field in side.fields for box in field.boxes().values() if side.panel_of(box).id == panel.id]
    own = panel.box
    return [
        [round(one, 4) for one in ((box.x - own.x) / own.w, (box.y - own.y) / own.h, box.w / own.w, box.h / own.h)]
        for box in inside
    ]


@router.post("/records/{record_id}/sheet/place")
def put(request: Request, record_id: str, posted: gate.Posted) -> Response:
    """Keep where the panel lies, and read the page there."""
    names = ("page", "side", "panel")
    n, side, panel = (gate.text(posted, name) for name in names)
    asked = _asked(request, record_id, int(n) if n.isdecimal() and len(n) < 6 else 0, side, panel)
    given = [gate.text(posted, f"{axis}{k}") for k in range(CORNERS) for axis in "xy"]
    try:
        points = asked.picture.on_page(np.array([float(one) for one in given]).reshape(CORNERS, 2))
    except ValueError:
        return _page(request, asked, words.NOT_NUMBERS)
    raw = (str(asked.n), asked.side.id, asked.panel.id, *(f"{value:.1f}" for value in points.ravel()))
    version = gate.text(posted, "version")
    try:
        review.sheets.meant(asked.shown.record, desk.of(request).forms, "place", raw)
    except review.NotUnderstood as refused:
        return _page(request, asked, refused.what + refused.todo)
    return pages.settle(request, asked.shown, "place", raw, version, reads="place")
