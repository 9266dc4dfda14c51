"""Filled sides on the scanner's glass: one page's picture, and the truth in its pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from pipeline import geometry
from pipeline.forms import schema
from samples import fill, paper, scan, typed
from samples.ink import Canvas, Picture
from samples.levels import Level, Rng

GAP_MM = 18.0  # between sheets on one glass, so that even askew they do not touch


@dataclass(frozen=True, eq=False)
class Filled:
    """One side of one sheet of paper, filled in, before it meets a scanner."""

    form: schema.Form
    side: schema.Side
    serial: str | None
    canvas: Canvas
    truths: Mapping[str, fill.Truth]
    number: int  # of the sheet of paper, from 0


@dataclass(frozen=True, eq=False)
class Page:
    """A scanned page."""

    image: Picture  # grey, colour (blue, green, red) or black and white (0 and 255)
    dpi: tuple[float, float]  # across and down, of this picture
    mode: str  # grey, colour, bilevel
    quality: int  # for a JPEG
    status: str  # form, blank, unidentified
    sheets: list[dict[str, Any]] = field(default_factory=list)  # truth, as in truth.jsonl
    scan: dict[str, Any] = field(default_factory=dict)  # figures drawn for this page
    kind: str = "sheet"  # sheet, layered, typed
    typed: typed.Typed | None = None  # what to draw instead of the image


def single(filled: Filled, how: scan.Conditions, level: Level, rng: Rng, panel: str | None = None) -> Page:
    """A page that shows one side, or only one `panel` of it."""
    panels = [part for part in filled.side.panels if panel in {None, part.id}]
    around = geometry.union([part.box for part in panels])
    size = (around.w, around.h)
    cut = rng.choice([-1, 1], 2) * rng.uniform(0, how.edge_cut_mm, 2) if how.edge_cut_mm else np.zeros(2)
    slip = rng.normal(0, 0.4, 2) + cut if not how.edge_cut_mm else cut
    return _page([(filled, panels, around, np.array(size) / 2 + slip, how.skew_deg)], size, (how, level, rng))


def glass(sheets: list[Filled], how: scan.Conditions, level: Level, rng: Rng) -> Page:
    """Several small sheets on one glass, one below the other, each askew in its own way."""
    boxes = [geometry.union([panel.box for panel in filled.side.panels]) for filled in sheets]
    size = (max(max(box.w for box in boxes) + 2 * GAP_MM, 210.0), sum(box.h + GAP_MM for box in boxes) + GAP_MM)
    places, top = [], GAP_MM
    for filled, box in zip(sheets, boxes, strict=True):
        middle = np.array([size[0] / 2, top + box.h / 2]) + rng.uniform(-0.2, 0.2, 2) * GAP_MM
        most = np.degrees(0.25 * GAP_MM / box.w)
        skew = float(np.clip(rng.triangular(-level.skew_deg, 0, level.skew_deg), -most, most))
        places.append((filled, filled.side.panels, box, middle, skew))
        top += box.h + GAP_MM
    return _page(places, size, (how, level, rng))


Place = tuple[Filled, list[schema.Panel], geometry.Box, geometry.Points, float]


def _page(places: list[Place], size: tuple[float, float], how: tuple[scan.Conditions, Level, Rng]) -> Page:
    conditions, _level, rng = how
    w, h = (round(mm * scale) for mm, scale in zip(size, conditions.px_per_mm, strict=True))
    colour = conditions.mode == "colour"
    image = np.full((h, w, 3) if colour else (h, w), conditions.lid, np.uint8)
    lays = [_lay_down(image, place, how) for place in places]
    image = scan.expose(image, conditions, rng)
    if conditions.streak:
        scan.streak(image, rng)
    if conditions.mode == "bilevel":
        image = scan.bilevel(image, rng)
    turn = geometry.quarter_turn(w, h, conditions.turn)
    truth = [_truth(place, lay, turn, conditions) for place, lay in zip(places, lays, strict=True)]
    figures = asdict(conditions) | _worst([drawn for _, drawn in lays]) | {"skew_deg": max(abs(p[4]) for p in places)}
    dpi = conditions.dpi if conditions.turn % 180 == 0 else conditions.dpi[::-1]
    return Page(
        geometry.turned(image, conditions.turn), dpi, conditions.mode, conditions.quality, "form", truth, figures
    )


def _worst(drawn: list[dict[str, float]]) -> dict[str, float]:
    return {name: max(figures[name] for figures in drawn) for name in drawn[0]}


def _lay_down(
    image: Picture, place: Place, how: tuple[scan.Conditions, Level, Rng]
) -> tuple[paper.Lay, dict[str, float]]:
    filled, panels, around, middle, skew = place
    conditions, level, rng = how
    stretch = 1 + rng.uniform(-1, 1, 2) * level.scale
    scale = (conditions.px_per_mm[0] * stretch[0], conditions.px_per_mm[1] * stretch[1])
    at = middle * np.array(conditions.px_per_mm) - 0.5
    glass_ = paper.glass(scale, (float(at[0]), float(at[1])), around.center(), skew)
    lay, drawn = paper.lay(panels, level, rng, glass_)
    canvas = _worn(filled, panels, around, how)
    corners = lay.to_px(around.corners())
    low = np.maximum(np.floor(corners.min(axis=0)).astype(int) - 40, 0)
    high = np.minimum(np.ceil(corners.max(axis=0)).astype(int) + 40, image.shape[1::-1])
    window = (int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1]))
    for top, rows in paper.stripes(lay, canvas, window, conditions.lid):
        image[top : top + len(rows), low[0] : high[0]] = rows
    return lay, drawn


def _worn(
    filled: Filled, panels: list[schema.Panel], around: geometry.Box, how: tuple[scan.Conditions, Level, Rng]
) -> Canvas:
    """The sheet with what happened to it; the side itself stays as it was, since its other half may follow."""
    conditions, _, rng = how
    canvas = Canvas(scan.toned(filled.canvas.image, conditions), filled.canvas.px_per_mm)
    if canvas.image.ndim == 3 and conditions.mode != "colour":
        raise ValueError("a coloured sheet cannot be scanned in grey: draw it in grey")
    others = [side for side in filled.form.sides if side is not filled.side]
    if conditions.show_through and others and others[0].paper == filled.side.paper:
        scan.shine(canvas, others[0].blank, conditions.show_through)
    scan.age(canvas, conditions, _folds(filled.side, panels, around), rng)
    scan.dog_ear(canvas, conditions, rng)
    _mask(canvas, around, conditions.lid)
    _edges(canvas, around, rng)
    return canvas


def _folds(side: schema.Side, panels: list[schema.Panel], around: geometry.Box) -> list[tuple[int, float]]:
    """Where the paper is folded, as (axis, mm): every panel edge inside what is shown, or at its rim."""
    if len(side.panels) < 2:
        return []
    axis = 0 if len({panel.box.x for panel in side.panels}) > 1 else 1
    starts = sorted(panel.box[axis] for panel in side.panels)[1:]
    return [(axis, at) for at in starts if len(panels) > 1 and around[axis] <= at <= around[axis] + around[axis + 2]]


def _mask(canvas: Canvas, around: geometry.Box, lid: int) -> None:
    """Nothing but `around` (mm) is on the glass."""
    scale = canvas.px_per_mm
    left, top, right, bottom = (
        round(n * scale) for n in (around.x, around.y, around.x + around.w, around.y + around.h)
    )
    canvas.image[:top], canvas.image[bottom:] = lid, lid
    canvas.image[:, :left], canvas.image[:, right:] = lid, lid


def _edges(canvas: Canvas, around: geometry.Box, rng: Rng) -> None:
    """The paper's own shadow along one or two of its edges."""
    scale = canvas.px_per_mm
    left, top, right, bottom = (
        round(n * scale) for n in (around.x, around.y, around.x + around.w, around.y + around.h)
    )
    thick, image = int(rng.integers(1, 4)), canvas.image
    rims = [
        image[top : top + thick, left:right],
        image[bottom - thick : bottom, left:right],
        image[top:bottom, left : left + thick],
        image[top:bottom, right - thick : right],
    ]
    for n in rng.permutation(4)[: int(rng.integers(0, 3))]:
        rims[n][...] = int(rng.integers(140, 225))


# ── the truth

ToPx = Callable[[geometry.Points], geometry.Points]


def _truth(
    place: Place, laid: tuple[paper.Lay, dict[str, float]], turn: geometry.Matrix, how: scan.Conditions
) -> dict[str, Any]:
    filled, panels, _, _, _ = place
    lay = laid[0]

    def to_px(mm: geometry.Points) -> geometry.Points:
        return geometry.project(turn, lay.to_px(mm))

    shown = [_panel_truth(panel, lay, turn) for panel in panels]
    return sheet_truth(filled, shown, to_px, -how.turn % 360)


def sheet_truth(filled: Filled, shown: list[dict[str, Any]], to_px: ToPx, rotation: int) -> dict[str, Any]:
    """What is true about one side on a page: its panels as `shown`, and its fields that lie on them."""
    names = {panel["id"] for panel in shown}
    truths = {name: truth for name, truth in filled.truths.items() if _panel_of(filled.side, truth) in names}
    # All boxes in one go, since every call works out the map anew.
    boxes = [
        box for truth in truths.values() for box in (*truth.boxes.values(), geometry.union([*truth.boxes.values()]))
    ]
    px = to_px(np.vstack([box.corners() for box in boxes])).round(3).reshape(-1, 4, 2).tolist() if boxes else []
    quads = iter(px)
    return {
        "sheet": filled.number, "form": filled.form.id, "version": filled.form.version, "side": filled.side.id,
        "serial": filled.serial, "rotation": rotation, "panels": shown,
        "missing": [panel.id for panel in filled.side.panels if panel.id not in names],
        "fields": {name: _field_truth(truth, quads) for name, truth in truths.items()},
    }  # fmt: skip


def _panel_of(side: schema.Side, truth: fill.Truth) -> str:
    return side.panel_of(geometry.union(list(truth.boxes.values()))).id


def _panel_truth(panel: schema.Panel, lay: paper.Lay, turn: geometry.Matrix) -> dict[str, Any]:
    matrix, left = lay.homography(panel.box)
    return panel_line(panel, turn @ matrix, left)


def panel_line(panel: schema.Panel, matrix: geometry.Matrix, left: float) -> dict[str, Any]:
    """A panel as it stands in the truth: its best homography and what that leaves, in mm."""
    flat = [round(float(n), 9) for n in (matrix / matrix[2, 2]).ravel()]
    return {"id": panel.id, "mm_to_px": flat, "residual_mm": round(left, 4), "box": list(panel.box)}


def _field_truth(truth: fill.Truth, quads: Iterator[list[list[float]]]) -> dict[str, Any]:
    parts = {name: next(quads) for name in truth.boxes}
    return {
        "kind": truth.kind, "value": truth.value, "state": truth.state, "reason": truth.reason, "text": truth.text,
        "mark": truth.mark, "styles": truth.styles, "marked": truth.marked, "struck": truth.struck,
        "stray": truth.stray, "pen": truth.pen, "writer": truth.writer, "quad_px": next(quads), "parts": parts,
    }  # fmt: skip
