"""Station 2: a page → the sheets that lie on it, each panel registered on the printed form itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pipeline import geometry, model
from pipeline.align import assemble, codes, identify, markers, pixels, scan
from pipeline.forms import schema

__all__ = ["sheets"]


def sheets(page: model.Page, forms: Mapping[model.FormKey, schema.Form]) -> tuple[model.Sheet, ...]:
    """Every sheet that lies on a page, in reading order; without one, a single Sheet that says why.

    Which form: code, then fiducials, then looks; never a guess: what is not sure is `unidentified`, with the best
    candidates named.
    """
    sides = [(form, side) for form in forms.values() for side in form.sides]
    seen, found = _looked(page.image, sides)
    if found:
        return assemble.sheets(page, found)
    return _faxed(page, sides) or (identify.without_form(page, seen, forms, identify.tellable(seen, sides)),)


def _looked(image: geometry.Grey, sides: identify.Sides) -> tuple[scan.Scan, list[identify.Found]]:
    """What is seen on a picture, and the sheets found on it."""
    levels = scan.pyramid(image)
    laid = markers.panels(levels, sides)
    seen = scan.Scan(levels, codes.read(levels, laid))
    sides = identify.tellable(seen, sides)
    found = [one for one in identify.by_fiducials(seen, laid, sides) if not identify.belied(seen, one)]
    return seen, found + identify.by_looks(seen, sides, found)


def _faxed(page: model.Page, sides: identify.Sides) -> tuple[model.Sheet, ...]:
    """The sheets of a page whose pixels are not square."""
    by = pixels.stretch(page.image, sides)
    if by is None:
        return ()
    wide = pixels.stretched(page.image, by)
    sizes = (wide.shape[1], wide.shape[0]), (page.image.shape[1], page.image.shape[0])
    laid = assemble.sheets(page, _looked(wide, sides)[1])
    return tuple(replace(one, panels=tuple(pixels.back(panel, *sizes) for panel in one.panels)) for one in laid)
