"""The map of a page is its own truth: there and back, folded and curled."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import geometry
from pipeline.forms import schema
from samples import levels, paper
from samples.ink import Canvas

PANELS = [
    schema.Panel(id="left", box=geometry.Box(0, 0, 210, 297)),
    schema.Panel(id="right", box=geometry.Box(210, 0, 210, 297)),
]


def laid(seed: int, level: str, panels: list[schema.Panel]) -> tuple[paper.Lay, dict[str, float]]:
    """A folded sheet somewhere on a glass at 200 dpi."""
    rng = np.random.default_rng(seed)
    middle = geometry.union([panel.box for panel in panels]).center()
    onto = paper.glass((7.87, 7.9), (1650.0, 1170.0), middle, rng.uniform(-4, 4))
    return paper.lay(panels, levels.load().levels[level], rng, onto)


@given(st.integers(0, 10**6), st.sampled_from(["office", "hard"]), st.sampled_from([1, 2]))
def test_there_and_back(seed: int, level: str, count: int) -> None:
    """Where a millimetre lies on the page is exactly where the page shows that millimetre."""
    lay, _ = laid(seed, level, PANELS[:count])
    mm = np.random.default_rng(seed).uniform([0, 0], [210 * count, 297], (40, 2))
    assert np.abs(lay.to_mm(lay.to_px(mm)) - mm).max() < 1e-6


@given(st.integers(0, 10**6), st.sampled_from(["office", "hard"]))
def test_a_fold_stays_within_its_level(seed: int, level: str) -> None:
    """The halves' angle and the curl keep their bounds, in the figures and in the map itself."""
    bounds = levels.load().levels[level]
    lay, drawn = laid(seed, level, PANELS)
    assert drawn["halves_deg"] <= bounds.halves_deg
    assert drawn["curl_mm"] <= bounds.curl_mm
    a, b = (lay.poses[n].matrix for n in (0, 1))
    angle = np.degrees(np.arctan2(a[1, 0], a[0, 0]) - np.arctan2(b[1, 0], b[0, 0]))
    assert abs(abs(angle) - drawn["halves_deg"]) < 1e-9


@pytest.mark.parametrize("level", ["office", "hard"])
def test_best_homography_leaves_little(level: str) -> None:
    """A panel's homography explains it up to the curl that was asked for."""
    for seed in range(8):
        lay, drawn = laid(seed, level, PANELS)
        matrix, left = lay.homography(PANELS[0].box)
        inner = geometry.Box(20, 20, 150, 250).corners()
        gap = np.hypot(*(geometry.project(matrix, inner) - lay.to_px(inner)).T) / 7.87
        assert gap.max() <= drawn["curl_mm"] * 2.5 + 0.3
        assert left <= drawn["curl_mm"] + 0.5


def test_what_is_drawn_is_where_the_truth_says() -> None:
    """Dots on the paper turn up on the page within a tenth of a pixel of where the map puts them."""
    scale = geometry.BLANK_PX_PER_MM
    image = np.full((round(297 * scale), round(420 * scale)), 255, np.uint8)
    dots = np.random.default_rng(2).uniform([10, 10], [410, 287], (60, 2))
    for x, y in np.rint((dots * scale - 0.5) * 16).astype(int).tolist():
        cv2.circle(image, (x, y), 9 * 16, (0,), -1, cv2.LINE_AA, 4)
    lay, _ = laid(5, "hard", PANELS)
    page = np.full((2340, 3300), 255, np.uint8)
    for top, rows in paper.stripes(lay, Canvas(image, scale), (0, 0, 3300, 2340), 255):
        page[top : top + len(rows)] = rows
    for x, y in lay.to_px(dots):
        left, top = int(x) - 12, int(y) - 12
        dark = 255.0 - page[top : top + 25, left : left + 25]
        ys, xs = np.mgrid[top : top + 25, left : left + 25]
        assert abs((dark * xs).sum() / dark.sum() - x) < 0.15
        assert abs((dark * ys).sum() / dark.sum() - y) < 0.15
