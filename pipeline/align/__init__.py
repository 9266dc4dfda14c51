"""Station 2: a page → the sheets that lie on it, each panel registered on the printed form itself."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline import model
from pipeline.align import assemble, identify, scan
from pipeline.forms import schema

__all__ = ["sheets"]


def sheets(page: model.Page, forms: Mapping[model.FormKey, schema.Form]) -> tuple[model.Sheet, ...]:
    """Every sheet that lies on a page, in reading order; without one, a single Sheet that says why.

    Which form: code, then fiducials, then looks; never a guess: what is not sure is `unidentified`, with the best
    candidates named.
    """
    seen = scan.look(page.image)
    sides = [(form, side) for form in forms.values() for side in form.sides]
    found = identify.by_fiducials(seen, sides)
    found += identify.by_looks(seen, sides, found)
    if found:
        return assemble.sheets(page, seen, found)
    return (identify.without_form(page, seen, forms, sides),)
