"""A page read again as a person said: as another form, another way up, or with its panels where they were put."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from pipeline import geometry, model
from pipeline.align import assemble, codes, identify, markers, refine, scan
from pipeline.align.template import SideKey
from pipeline.forms import schema

Forms = Mapping[model.FormKey, schema.Form]
NEVER_MEASURED = 9.9  # mm


def only(forms: Forms, told: model.Told) -> Forms:
    """The forms that the page may be."""
    return {key: form for key, form in forms.items() if told.form in {None, key}}


def renamed(seen: scan.Scan, sides: identify.Sides, named: model.FormKey | None) -> scan.Scan:
    """The page with its codes read as of the form that a person named: what else they say stays, the serial above all."""
    if named is None:
        return seen
    known = {side.id for _, side in sides}
    return replace(seen, codes=tuple(replace(code, form=named) for code in seen.codes if code.side in known))


def placed(page: model.Page, forms: Forms, told: model.Told) -> model.Sheet | None:
    """The sheet whose panels a person put in place; None when the form or its side is not at hand."""
    form = forms.get(told.form) if told.form is not None else None
    side = next((one for one in form.sides if one.id == told.side), None) if form is not None else None
    if form is None or side is None:
        return None
    levels, sides = scan.pyramid(page.image), [(form, side)]
    seen = renamed(scan.Scan(levels, codes.read(levels, markers.panels(levels, sides))), sides, form.key)
    boxes = {panel.id: panel.box for panel in side.panels}
    fits = tuple(_fit(seen, side, name, boxes[name], quad) for name, quad in told.corners if name in boxes)
    sure = all(fit.matched >= identify.MIN_MATCHED for fit in fits)
    found = identify.with_code(seen, identify.Found(form, side, fits, "appearance" if sure else "hand"))
    (sheet,) = assemble.sheets(page, [replace(found, by="hand") if not sure else found])
    return sheet


def _fit(seen: scan.Scan, side: schema.Side, name: str, box: geometry.Box, quad: model.Quad) -> refine.Fit:
    """The panel registered on the print near where it was put; exactly there when the print is not found."""
    start = geometry.fit_homography(box.corners(), np.array(quad, dtype=np.float64))
    for reach in ((refine.FINE_MM,), identify.COARSE):
        fit = refine.panel(seen, SideKey(side), name, start, reach)
        if fit is not None and fit.matched >= identify.MIN_MATCHED:
            return fit
    quality = {"px_per_mm": geometry.px_per_mm(start, box.center())}
    return refine.Fit(model.Panel(name, start, NEVER_MEASURED, quality), 0.0, 0, np.zeros(0, dtype=np.int64))


def upright(sheets: tuple[model.Sheet, ...], told: model.Told) -> tuple[model.Sheet, ...]:
    """Those that lie as the person said; when none does, the page alone, turned as said."""
    if told.turn is None:
        return sheets
    fitting = tuple(sheet for sheet in sheets if sheet.form is not None and sheet.rotation == told.turn)
    if fitting:
        return fitting
    page, reason = sheets[0].page, sheets[0].reason or "no-form-fits"
    status = sheets[0].status if sheets[0].form is None else "unidentified"
    lone = model.Sheet(page, None, None, None, (), told.turn, None, sheets[0].candidates, status, reason)
    return (lone,)
