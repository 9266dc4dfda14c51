"""Boxes, homographies and quarter turns."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import geometry
from pipeline.geometry import Box

AFFINE = st.tuples(st.floats(-30, 30), st.floats(0.5, 30), st.floats(-500, 500), st.floats(-500, 500))
SKEW = st.floats(-2e-5, 2e-5)


def homography(affine: tuple[float, float, float, float], skew: float) -> geometry.Matrix:
    """A plausible mm → px map: turned, scaled, moved, slightly in perspective."""
    angle, scale, x, y = affine
    c, s = np.cos(np.radians(angle)) * scale, np.sin(np.radians(angle)) * scale
    return np.array([[c, -s, x], [s, c, y], [skew, -skew, 1.0]], dtype=np.float64)


@given(AFFINE, SKEW)
def test_projecting_there_and_back_is_the_identity(affine: tuple[float, float, float, float], skew: float) -> None:
    """A homography and its inverse bring every point of an A3 sheet back."""
    matrix, points = homography(affine, skew), Box(0, 0, 420, 297).corners()
    back = geometry.project(np.asarray(np.linalg.inv(matrix), dtype=np.float64), geometry.project(matrix, points))
    assert np.allclose(back, points, atol=1e-6)


@given(AFFINE, SKEW, st.sampled_from([2, 3]))
def test_a_fit_finds_the_homography_that_made_the_points(
    affine: tuple[float, float, float, float], skew: float, rows: int
) -> None:
    """Fitting exact points, four or more, gives back the map within a hundredth of a pixel all over the sheet."""
    matrix = homography(affine, skew)
    mm = np.array([[x, y] for x in np.linspace(5, 415, rows) for y in np.linspace(5, 290, rows)])
    fitted = geometry.fit_homography(mm, geometry.project(matrix, mm))
    grid = np.array([[x, y] for x in np.linspace(0, 420, 9) for y in np.linspace(0, 297, 7)])
    assert np.abs(geometry.project(fitted, grid) - geometry.project(matrix, grid)).max() < 0.01


def test_a_fit_refuses_three_points() -> None:
    """Three points do not make a homography."""
    with pytest.raises(ValueError, match="four"):
        geometry.fit_homography(np.zeros((3, 2)), np.zeros((3, 2)))


@given(st.sampled_from([0, 90, 180, 270]), st.integers(2, 9), st.integers(2, 9), st.data())
def test_a_quarter_turn_carries_pixels_where_the_turned_picture_has_them(
    degrees: int, width: int, height: int, data: st.DataObject
) -> None:
    """The matrix of a turn and the turned picture agree on every pixel."""
    image = np.arange(width * height, dtype=np.uint8).reshape(height, width)
    x, y = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    u, v = geometry.project(geometry.quarter_turn(width, height, degrees), np.array([[x, y]]))[0]
    assert geometry.turned(image, degrees)[round(v), round(u)] == image[y, x]


@given(st.sampled_from([0, 90, 180, 270]), st.floats(-20, 20))
def test_the_turn_that_brings_a_page_upright_undoes_the_turn_it_lies_in(turn: int, skew: float) -> None:
    """A page turned clockwise by a quarter needs the rest of the full circle, whatever its small skew."""
    a = np.radians(turn + skew)
    matrix = np.array([[np.cos(a), -np.sin(a), 900], [np.sin(a), np.cos(a), 900], [0, 0, 1]]) @ np.diag([10, 10, 1.0])
    assert geometry.upright_turn(matrix, np.array([100.0, 100.0])) == (360 - turn) % 360


@given(st.floats(0.5, 30), st.floats(-180, 180))
def test_scale_is_read_from_a_homography_whatever_its_turn(scale: float, angle: float) -> None:
    """Px per mm is the scale that the map was made with."""
    matrix = homography((angle, scale, 10, 20), 0.0)
    assert geometry.px_per_mm(matrix, np.array([50.0, 60.0])) == pytest.approx(scale)


def test_the_blank_starts_half_a_pixel_before_its_first_pixel_centre() -> None:
    """The left edge of the paper lies at -0.5 px, since pixel centres are whole numbers."""
    assert geometry.project(geometry.mm_to_blank_px(), np.array([[0.0, 0.0]])).tolist() == [[-0.5, -0.5]]


def test_boxes_grow_overlap_and_join() -> None:
    """Growing, overlap and union are in mm."""
    box = Box(10, 20, 30, 5)
    assert box.grown(2) == Box(8, 18, 34, 9)
    assert box.overlap(Box(35, 22, 10, 10)) == pytest.approx(15)
    assert box.overlap(Box(50, 50, 1, 1)) == 0
    assert geometry.union([box, Box(0, 22, 5, 10)]) == Box(0, 20, 40, 12)
    assert Box(0, 0, 100, 100).contains(box)
    assert not box.contains(Box(0, 0, 100, 100))


def test_a_smooth_shift_fades_far_from_every_anchor() -> None:
    """At an anchor its weight is felt in full, far away it vanishes."""
    anchors = np.array([[20.0, 30.0, 2.0, -1.0]])
    near, far = geometry.smooth_shift(anchors, np.array([[20.0, 30.0], [400.0, 280.0]]))
    assert near == pytest.approx([2.0, -1.0])
    assert far == pytest.approx([0.0, 0.0], abs=1e-3)
