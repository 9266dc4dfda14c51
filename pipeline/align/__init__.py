"""Station 2: a page → the sheets that lie on it, each panel registered on the printed form itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pipeline import model
from pipeline.align import assemble, identify, pixels, scan
from pipeline.forms import schema

__all__ = ["sheets"]


def sheets(page: model.Page, forms: Mapping[model.FormKey, schema.Form]) -> tuple[model.Sheet, ...]:
    """Every sheet that lies on a page, in reading order; without one, a single Sheet that says why.

    Which form: code, then fiducials, then looks; never a guess: what is not sure is `unidentified`, with the best
    candidates named.
    """
    seen = scan.look(page.image)
    sides = identify.tellable(seen, [(form, side) for form in forms.values() for side in form.sides])
    found = _found(seen, sides)
    if found:
        return assemble.sheets(page, found)
    return _faxed(page, sides) or (identify.without_form(page, seen, forms, sides),)


def _found(seen: scan.Scan, sides: identify.Sides) -> list[identify.Found]:
    found = [one for one in identify.by_fiducials(seen, sides) if not identify.belied(seen, one)]
    return found + identify.by_looks(seen, sides, found)


def _faxed(page: model.Page, sides: identify.Sides) -> tuple[model.Sheet, ...]:
    """The sheets of a page whose pixels are not square."""
    by = pixels.stretch(page.image, sides)
    if by is None:
        return ()
    wide = pixels.stretched(page.image, by)
    sizes = (wide.shape[1], wide.shape[0]), (page.image.shape[1], page.image.shape[0])
    laid = assemble.sheets(page, _found(scan.look(wide), sides))
    return tuple(replace(one, panels=tuple(pixels.back(panel, *sizes) for panel in one.panels)) for one in laid)
