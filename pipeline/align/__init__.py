"""Station 2: a page → the sheets that lie on it, each panel registered on the printed form itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pipeline import geometry, model
from pipeline.align import assemble, by_hand, codes, identify, markers, pixels, scan
from pipeline.forms import schema

__all__ = ["sheets", "told"]


def sheets(page: model.Page, forms: Mapping[model.FormKey, schema.Form]) -> tuple[model.Sheet, ...]:
    """Every sheet that lies on a page, in reading order; without one, a single Sheet that says why.

    Which form: code, then fiducials, then looks; never a guess: what is not sure is `unidentified`, with the best
    candidates named.
    """
    return _sheets(page, forms)


def _sheets(
    page: model.Page, forms: Mapping[model.FormKey, schema.Form], named: model.FormKey | None = None
) -> tuple[model.Sheet, ...]:
    sides = [(form, side) for form in forms.values() for side in form.sides]
    seen, found = _looked(page.image, sides, named)
    if found:
        return assemble.sheets(page, found)
    return _faxed(page, sides) or (identify.without_form(page, seen, forms, identify.tellable(seen, sides)),)


def told(page: model.Page, forms: Mapping[model.FormKey, schema.Form], said: model.Told) -> tuple[model.Sheet, ...]:
    """The sheets of a page about which a person said something: which form, which way up, where its panels lie."""
    if said.corners:
        put = by_hand.placed(page, forms, said)
        if put is not None:
            return (put,)
    return by_hand.upright(_sheets(page, by_hand.only(forms, said), said.form), said)


def _looked(
    image: geometry.Grey, sides: identify.Sides, named: model.FormKey | None = None
) -> tuple[scan.Scan, list[identify.Found]]:
    """What is seen on a picture, and the sheets found on it; its codes are of the form that a person `named`."""
    levels = scan.pyramid(image)
    laid = markers.panels(levels, sides)
    seen = by_hand.renamed(scan.Scan(levels, codes.read(levels, laid)), sides, named)
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
