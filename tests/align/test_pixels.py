"""Pixels that are not square, and panels carried between pictures."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import align, geometry, model
from pipeline.align import pixels
from pipeline.forms import Forms
from pipeline.geometry import Box
from tests.align.test_sheets import one_panel, scanned


@given(st.floats(-20, 20), st.floats(0.3, 1.0), st.floats(0.3, 1.0), st.floats(-2, 2))
def test_a_panel_carried_back_shows_the_same_paper(turn: float, fx: float, fy: float, curl: float) -> None:
    """Every point up to the panel's edges, its smooth correction included, lies on the same pixel of either picture."""
    a = np.radians(turn)
    matrix = np.array([[8 * np.cos(a), -8 * np.sin(a), 300], [8 * np.sin(a), 8 * np.cos(a), 200], [1e-6, -1e-6, 1]])
    panel = model.Panel("page", matrix, 0.1, {}, np.array([[50.0, 60.0, curl, -curl], [150.0, 100.0, -curl, curl]]))
    wide, size = (2000.0, 3000.0), (2000.0 * fx, 3000.0 * fy)
    points = np.vstack([Box(0, 0, 210, 297).corners(), [[105.0, 148.0]]])
    expected = (panel.to_px(points) + 0.5) * (fx, fy) - 0.5
    assert np.allclose(pixels.back(panel, wide, size).to_px(points), expected, atol=1e-6)


def test_a_page_is_stretched_when_that_gives_it_the_proportions_of_a_paper(shipped: Forms) -> None:
    """A page as a fax sends it is, turned or not; one that has no paper's proportions even so is not."""
    sides = [pair for pair in one_panel(shipped) if pair[1].paper.height > pair[1].paper.width]
    across, down = (round(n / 25.4 * dpi) for n, dpi in ((210, 204), (297, 98)))
    fax = np.full((down, across), 255, np.uint8)
    assert pixels.stretch(fax, sides) == (1.0, pixels.FAX)
    assert pixels.stretch(geometry.turned(fax, 90), sides) == (pixels.FAX, 1.0)
    assert pixels.stretch(np.full((1000, 1000), 255, np.uint8), sides) is None


@pytest.mark.parametrize("turn", [0, 90])
def test_a_fax_is_laid_or_left_alone(shipped: Forms, turn: int) -> None:
    """At 204 by 98 dots per inch a form is found with its turn, and its corners are right to half a millimetre."""
    _, side = one_panel(shipped)[0]
    scan = scanned(side, 0.5, 204)
    h, w = scan.image.shape
    mm = side.paper.width, side.paper.height
    cut = geometry.project(scan.truth, np.array([[mm[0] / 2, mm[1] / 2]]))[0]
    left, top = (round(cut[n] - (mm[n] / 2 + 2) / 25.4 * 204) for n in (0, 1))
    page = scan.image[max(top, 0) : h - max(top, 0), max(left, 0) : w - max(left, 0)]
    low = cv2.resize(page, (page.shape[1], round(page.shape[0] * 98 / 204)), interpolation=cv2.INTER_AREA)
    image = geometry.turned(np.asarray(low, dtype=np.uint8), turn)
    (sheet,) = align.sheets(model.Page("fax.tif", "0" * 64, 1, image), shipped)
    assert (sheet.side, sheet.rotation) == (side, -turn % 360)
    box = side.panels[0].box.grown(-20)
    to_low = np.array([[1, 0, 0], [0, 98 / 204, (98 / 204 - 1) / 2], [0, 0, 1.0]])
    offset = np.array([[1, 0, -max(left, 0)], [0, 1, -max(top, 0)], [0, 0, 1.0]])
    turned = geometry.quarter_turn(low.shape[1], low.shape[0], turn)
    true = geometry.project(turned @ to_low @ offset @ scan.truth, box.corners())
    scale = np.array([204, 98] if turn == 0 else [98, 204]) / 25.4
    assert np.linalg.norm((sheet.panels[0].to_px(box.corners()) - true) / scale, axis=1).max() < 0.5
