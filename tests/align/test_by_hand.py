"""A page laid as a person said: as another form, another way up, with its panels where they were put."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline import acquire, align, model
from pipeline.forms import Forms

SCAN = Path(__file__).parents[1] / "fixtures/tickets/scan-00001.pdf"


@pytest.fixture(scope="module")
def page() -> model.Page:
    """The first page of the tickets."""
    found = next(iter(acquire.pages(acquire.load(SCAN), SCAN.name)))
    assert isinstance(found, model.Page)
    return found


def _put(sheet: model.Sheet, by: tuple[float, float]) -> model.Told:
    """The sheet's first panel, put where it lies and moved by so many px."""
    assert sheet.form is not None
    assert sheet.side is not None
    panel = sheet.panels[0]
    corners = panel.to_px(sheet.side.panels[0].box.corners()) + np.array(by)
    return model.Told(sheet.form.key, None, sheet.side.id, ((panel.id, tuple((x, y) for x, y in corners.tolist())),))


def test_put_in_place_by_hand(page: model.Page, shipped: Forms) -> None:
    """Put roughly, a panel settles on the print to a third of a millimetre, with its code; put beside it, it stays unsure."""
    (sheet,) = align.sheets(page, shipped)
    (near,) = align.told(page, shipped, _put(sheet, (12.0, -9.0)))
    assert sheet.side is not None
    box = sheet.side.panels[0].box.corners()
    assert np.abs(near.panels[0].to_px(box) - sheet.panels[0].to_px(box)).max() < 2.5
    assert (near.serial, near.found_by) == (sheet.serial, "code")
    (far,) = align.told(page, shipped, _put(sheet, (300.0, 200.0)))
    assert (far.serial, far.found_by) == (None, "hand")


def test_a_turn_that_is_not_found_is_kept(page: model.Page, shipped: Forms) -> None:
    """A page that a person calls upside down is not read the other way up; it waits, turned as said."""
    (sheet,) = align.sheets(page, shipped)
    (same,) = align.told(page, shipped, model.Told(turn=sheet.rotation))
    assert same.form is sheet.form
    (lone,) = align.told(page, shipped, model.Told(turn=((sheet.rotation or 0) + 180) % 360))
    assert (lone.form, lone.rotation, lone.status) == (None, ((sheet.rotation or 0) + 180) % 360, "unidentified")


def test_only_the_form_that_was_named(page: model.Page, shipped: Forms) -> None:
    """A page that is not the named form is not read as another."""
    (sheet,) = align.sheets(page, shipped)
    assert sheet.form is not None
    other = next(key for key in shipped if key != sheet.form.key)
    (named,) = align.told(page, shipped, model.Told(other))
    assert named.form is None or named.form.key == other
