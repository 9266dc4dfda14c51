"""Paper and form files as they should not be: without fiducials, with wrong ones, of another revision."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from pipeline import geometry, model
from pipeline.forms import Forms, schema
from pipeline.geometry import BLANK_PX_PER_MM, Box, Grey, Points

CLEAR_MM = 1.5  # around a fiducial or a code, painted over with it
Change = Callable[[schema.Side], schema.Side]


def changed(forms: Forms, change: Change) -> Forms:
    """The same forms with every side changed."""
    made = {k: f.model_copy(update={"sides": [change(side) for side in f.sides]}) for k, f in forms.items()}
    return Forms(made, forms.list_folders)


def instead(forms: Forms, form: schema.Form) -> Forms:
    """The same forms with one in the place of its namesake."""
    return Forms({**forms, form.key: form}, forms.list_folders)


def without(forms: Forms, form_id: str) -> Forms:
    """The same forms but every version of one."""
    return Forms({k: form for k, form in forms.items() if form.id != form_id}, forms.list_folders)


def bare(side: schema.Side) -> schema.Side:
    """The side as if nothing had been printed for a machine."""
    return _with_blank(side, functools.partial(_erased_blank, side), markers=None, code=[])


def _with_blank(side: schema.Side, blank: Callable[[], Grey], **update: Any) -> schema.Side:
    made = side.model_copy(update=update)
    made.attach(blank)
    return made


def _erased_blank(side: schema.Side) -> Grey:
    image = side.blank.copy()
    for box in fiducials(side):
        left, top, right, low = _pixels(box)
        image[top:low, left:right] = 255
    return image


def fiducials(side: schema.Side) -> list[Box]:
    """Where fiducials and codes are printed, with the white around them, in mm."""
    boxes = [code.box for code in side.code]
    if side.markers:
        size = side.markers.size
        boxes += [Box(m.center[0] - size / 2, m.center[1] - size / 2, size, size) for m in side.markers.at]
    return [box.grown(CLEAR_MM) for box in boxes]


def _pixels(box: Box) -> tuple[int, int, int, int]:
    corners = (box.x, box.y, box.x + box.w, box.y + box.h)
    left, top, right, low = (max(round(v * BLANK_PX_PER_MM), 0) for v in corners)
    return left, top, right, low


def bare_page(page: model.Page, sheets: list[dict[str, Any]], forms: Forms) -> model.Page:
    """The page with every fiducial and code of its true sheets painted over in the colour of the paper."""
    image = page.image.copy()
    for sheet in sheets:
        side = forms[(sheet["form"], sheet["version"])].side(sheet["side"])
        for panel in sheet["panels"]:
            matrix, within = np.array(panel["mm_to_px"]).reshape(3, 3), Box(*panel["box"])
            for box in (box for box in fiducials(side) if within.overlap(box) > 0):
                _paint(image, geometry.project(matrix, box.corners()))
    return dataclasses.replace(page, image=image)


def _paint(image: Grey, quad: Points) -> None:
    h, w = image.shape
    (left, top), (right, low) = quad.min(axis=0).astype(int) - 8, quad.max(axis=0).astype(int) + 9
    around = image[max(top, 0) : max(low, 0), max(left, 0) : max(right, 0)]
    if around.size and left < w and top < h:
        tone = float(np.percentile(around, 80))
        cv2.fillConvexPoly(image, np.rint(quad).astype(np.int32), (tone,))


def moved_markers(side: schema.Side, by: tuple[float, float]) -> schema.Side:
    """The side with a form file that says its fiducials stand `by` mm from where they do: a start that far off."""
    if side.markers is None:
        return side
    at = [m.model_copy(update={"center": (m.center[0] + by[0], m.center[1] + by[1])}) for m in side.markers.at]
    return side.model_copy(update={"markers": side.markers.model_copy(update={"at": at})})


def wrong_markers(side: schema.Side, step: int) -> schema.Side:
    """The side with a form file in which every fiducial has the number of one `step` further round."""
    if side.markers is None:
        return side
    ids = [m.id for m in side.markers.at]
    at = [m.model_copy(update={"id": ids[(n + step) % len(ids)]}) for n, m in enumerate(side.markers.at)]
    return side.model_copy(update={"markers": side.markers.model_copy(update={"at": at})})


def row_pitch(side: schema.Side) -> float:
    """The most common distance in mm between rows of fields; 8 where there are none."""
    tops = sorted({round(box.y, 1) for field in side.fields for box in field.boxes().values()})
    gaps = [round(gap, 1) for gap in np.diff(tops) if 3 <= gap <= 20]
    return max(set(gaps), key=gaps.count) if gaps else 8.0


def revised(side: schema.Side, by_mm: float, seed: int) -> schema.Side | None:
    """Another revision: a band of rows of one panel (its print: laying asks for nothing else) stands `by_mm` lower; None: nothing stands there.

    The band is a quarter to a half of the panel, so that its fiducials and edges stay.
    """
    rng = np.random.default_rng(seed)
    panel = side.panels[int(rng.integers(len(side.panels)))].box
    height = panel.h * rng.uniform(0.25, 0.5)
    top = panel.y + rng.uniform(0.15, 0.8 - height / panel.h) * panel.h
    band = Box(panel.x, top, panel.w, height)
    inside = [f for f in side.fields if any(band.contains(box) for box in f.boxes().values())]
    if not inside or not _printed(side, band):
        return None
    return _with_blank(side, functools.partial(_moved_blank, side, band, by_mm))


def reprinted(side: schema.Side, other: schema.Side) -> set[str]:
    """The panels whose print differs between two revisions of a side."""
    return {one.id for one in side.panels if (_cut(side, one.box) != _cut(other, one.box)).any()}


def _cut(side: schema.Side, box: Box) -> Grey:
    left, top, right, low = _pixels(box)
    return side.blank[top:low, left:right]


def _printed(side: schema.Side, band: Box) -> bool:
    left, top, right, low = _pixels(band)
    return float((side.blank[top:low, left:right] < 128).mean()) > 0.005


def _moved_blank(side: schema.Side, band: Box, by_mm: float) -> Grey:
    """What stood in the band stands lower; below it is covered, above it stays white."""
    image, by = side.blank.copy(), round(by_mm * BLANK_PX_PER_MM)
    left, top, right, low = _pixels(band)
    rows = side.blank[top:low, left:right]
    image[top : top + by, left:right] = 255
    image[top + by : low + by, left:right] = rows
    for box in fiducials(side):  # these stay
        x, y, u, v = _pixels(box)
        image[y:v, x:u] = side.blank[y:v, x:u]
    return image
