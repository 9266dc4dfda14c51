"""A page of another revision of a form is noticed; a page whose print is hidden is not taken for one."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from pipeline import align, geometry, model
from pipeline.forms import Forms, schema
from pipeline.geometry import BLANK_PX_PER_MM, Grey
from tests.align.test_sheets import off_mm, one_panel, scanned, without_fiducials


def moved(side: schema.Side, by_mm: float) -> Grey:
    """The blank with its middle third lower by so much."""
    image, by = side.blank.copy(), round(by_mm * BLANK_PX_PER_MM)
    top, low = round(len(image) * 0.33), round(len(image) * 0.66)
    image[top : top + by] = 255
    image[top + by : low + by] = side.blank[top:low]
    return image


@pytest.mark.parametrize("by_mm", [2.5, 6.0])
def test_another_revision_is_noticed_and_named(shipped: Forms, by_mm: float) -> None:
    """Rows that stand elsewhere than the form file says make the page unidentified, with the form as candidate."""
    form, side = one_panel(shipped)[0]
    (sheet,) = align.sheets(
        model.Page("a.png", "0" * 64, 1, scanned(side, 0.7, blank=moved(side, by_mm)).image), shipped
    )
    assert (sheet.status, sheet.reason, sheet.form) == ("unidentified", "other-revision", None)
    assert sheet.candidates[0][0] == "/".join((*form.key, side.id))


def test_of_two_revisions_the_one_that_fits_is_taken(shipped: Forms) -> None:
    """With both revisions at hand and no code, each page finds its own."""
    bare = without_fiducials(shipped)
    form, side = one_panel(bare)[0]
    newer = side.model_copy()
    newer.attach(functools.partial(moved, side, 5.0))
    renewed = form.model_copy(update={"version": "renewed", "sides": [newer if s is side else s for s in form.sides]})
    scan = scanned(newer, -0.6)
    (sheet,) = align.sheets(model.Page("a.png", "0" * 64, 1, scan.image), Forms({form.key: form, renewed.key: renewed}))
    assert sheet.form is renewed
    assert off_mm(sheet, scan) < 0.15


def test_hidden_rows_are_no_other_revision(shipped: Forms) -> None:
    """A slip of paper over a sixth of the sheet hides print but moves none."""
    _, side = one_panel(shipped)[0]
    image = side.blank.copy()
    h, w = image.shape
    image[round(h * 0.4) : round(h * 0.6), round(w * 0.1) : round(w * 0.9)] = 235
    scan = scanned(side, 0.4, blank=image)
    (sheet,) = align.sheets(model.Page("a.png", "0" * 64, 1, scan.image), shipped)
    assert sheet.side is side
    assert off_mm(sheet, scan) < 0.3


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_turned_page_is_laid_turned(shipped: Forms, turn: int) -> None:
    """A quarter turn of the picture turns every placed point with it, up to the edges of the panel."""
    _, side = min(one_panel(shipped), key=lambda pair: pair[1].paper.height)
    scan = scanned(side, 0.9, 150)
    (flat,) = align.sheets(model.Page("a.png", "0" * 64, 1, scan.image), shipped)
    h, w = scan.image.shape
    turned = model.Page("a.png", "0" * 64, 1, geometry.turned(scan.image, turn))
    (sheet,) = align.sheets(turned, shipped)
    assert sheet.rotation == -turn % 360
    edges = side.panels[0].box.corners()
    expected = geometry.project(geometry.quarter_turn(w, h, turn), flat.panels[0].to_px(edges))
    gap = np.linalg.norm(sheet.panels[0].to_px(edges) - expected, axis=1).max()
    assert gap / sheet.panels[0].quality["px_per_mm"] < 0.15
