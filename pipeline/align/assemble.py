"""From panels laid on a page to the Sheets that travel on."""

from __future__ import annotations

import numpy as np

from pipeline import geometry, model
from pipeline.align.identify import Found


def sheets(page: model.Page, found: list[Found]) -> tuple[model.Sheet, ...]:
    """One Sheet per side found, ordered top to bottom and left to right of the page as it lies."""
    return tuple(_sheet(page, one) for one in sorted(found, key=_place))


def _sheet(page: model.Page, found: Found) -> model.Sheet:
    if found.revised:
        best = ((found.name, round(found.matched, 3)),)
        return model.Sheet(page, None, None, None, (), None, None, best, "unidentified", "other-revision")
    order = [panel.id for panel in found.side.panels]
    panels = tuple(sorted((fit.panel for fit in found.fits), key=lambda panel: order.index(panel.id)))
    have = {panel.id for panel in panels}
    return model.Sheet(
        page=page,
        form=found.form,
        side=found.side,
        serial=found.code.serial if found.code else None,
        panels=panels,
        rotation=_turn(found, panels[0]),
        found_by=found.by,
        candidates=((found.name, round(found.matched, 3)),),
        missing=tuple(name for name in order if name not in have),
    )


def _turn(found: Found, panel: model.Panel) -> int:
    box = next(p.box for p in found.side.panels if p.id == panel.id)
    return geometry.upright_turn(panel.mm_to_px, box.center())


def _place(found: Found) -> tuple[float, float]:
    paper = found.side.paper
    center = geometry.project(found.fits[0].panel.mm_to_px, np.array([[paper.width / 2, paper.height / 2]]))[0]
    return (round(float(center[1]) / 200), float(center[0]))
