"""What the digit networks get to see of a cell."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.read import cells
from tests.training.conftest import HEIGHT, MARGIN, Sheet

New = Callable[..., Sheet]


def seen(cell: Sheet) -> NDArray[np.float32]:
    """The prepared picture of a cell."""
    return cells.prepare(cell.crop, cell.blank, MARGIN)


def alike(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Correlation of two pictures."""
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


@pytest.mark.parametrize("value", range(10))
def test_a_digit_becomes_a_picture_of_fixed_shape_and_range(sheet: New, value: int) -> None:
    """Whatever the digit, the network gets 1 by 32 by 32 values from 0 to 1 and full ink somewhere."""
    picture = seen(sheet().write(value))
    assert picture.shape == (1, 32, 32)
    assert picture.dtype == np.float32
    assert picture.min() == 0
    assert picture.max() == 1


@pytest.mark.parametrize("dark", [60, 140, 255])
def test_an_empty_cell_gives_zeros(sheet: New, dark: int) -> None:
    """A cell with nothing but its frame is all zero, however dark the frame."""
    assert not seen(sheet(dark=dark)).any()


def test_an_empty_cell_without_a_frame_gives_zeros() -> None:
    """White paper is empty."""
    white = np.full((120, 110), 255, np.uint8)
    assert not cells.prepare(white, white, 20).any()


@pytest.mark.parametrize(("dx", "dy"), [(3, 0), (-3, 2), (0, -3)])
def test_a_frame_that_lies_a_little_off_stays_empty(sheet: New, dx: int, dy: int) -> None:
    """A quarter of a millimetre between scan and blank does not turn a frame into writing."""
    assert not seen(sheet().move_print(dx, dy)).any()


def test_noise_and_uneven_light_stay_empty(sheet: New) -> None:
    """Paper grain and a shadow across the cell are not writing."""
    cell = sheet()
    noise = np.random.default_rng(1).normal(0, 6, cell.crop.shape) - np.linspace(0, 50, cell.crop.shape[1])[None]
    cell.crop = np.clip(cell.crop + noise, 0, 255).astype(np.uint8)
    assert not seen(cell).any()


@pytest.mark.parametrize("value", [0, 3, 4, 8])
def test_the_frame_does_not_change_the_picture(sheet: New, value: int) -> None:
    """The same digit looks the same with a thick frame, a thin one or none."""
    plain = seen(sheet(dark=0).write(value))
    assert alike(seen(sheet(dark=255, width=5).write(value)), plain) > 0.97
    assert alike(seen(sheet(dark=90, width=1).write(value)), plain) > 0.97


def test_a_faint_pencil_looks_like_a_black_pen(sheet: New) -> None:
    """Contrast is brought to one scale."""
    assert alike(seen(sheet().write(5, grey=185)), seen(sheet().write(5, grey=10))) > 0.95


def test_place_and_size_in_the_cell_do_not_matter(sheet: New) -> None:
    """A digit near a corner is centred, up to a pixel."""
    assert alike(seen(sheet().write(2, at=(0.4, 0.4))), seen(sheet().write(2, at=(0.55, 0.55)))) > 0.85


def test_the_neighbours_digit_is_left_out(sheet: New) -> None:
    """What reaches into the margin from the next cell is not this cell's."""
    alone = seen(sheet().write(6))
    assert alike(seen(sheet().write(6).write(8, at=(1.45, 0.5)).write(9, at=(-0.4, 0.5))), alone) > 0.99
    assert not seen(sheet().write(8, at=(1.45, 0.5))).any()


def test_a_stroke_across_the_frame_stays_whole(sheet: New) -> None:
    """Where writing crosses a printed line the line goes and the stroke stays."""
    crossing = seen(sheet(dark=255).write(1, at=(0.5, 0.85), pen=5))[0]
    rows = np.flatnonzero(crossing.max(axis=1) > 0.5)
    assert rows.size == rows[-1] - rows[0] + 1


def test_a_foot_along_the_frame_is_not_lost(sheet: New) -> None:
    """A 2 whose foot lies on the printed line keeps its foot: without it, it would be a 7."""
    cell = sheet(dark=255)
    low = MARGIN + HEIGHT
    bow = np.array([[44, 70], [60, 60], [74, 72], [70, 88], [44, low - 3], [80, low - 3]], np.int32)
    cv2.polylines(cell.crop, [bow], False, 30, 5, cv2.LINE_AA)
    rows = seen(cell)[0]
    assert (rows[22:] > 0.5).any(axis=0).sum() > 9


def test_a_large_zero_around_the_frame_is_not_empty(sheet: New) -> None:
    """A ring that keeps to the edges of its cell is writing all the same."""
    cell = sheet()
    middle = (cell.crop.shape[1] // 2, cell.crop.shape[0] // 2)
    cv2.ellipse(cell.crop, middle, (40, 46), 0, 0, 360, 60, 4, cv2.LINE_AA)
    assert seen(cell).any()


def test_a_cell_filled_in_black_is_not_empty(sheet: New) -> None:
    """A blot is writing, though it is larger than any stroke."""
    cell = sheet()
    cell.crop[MARGIN + 6 : -MARGIN - 6, MARGIN + 6 : -MARGIN - 6] = 20
    assert seen(cell).mean() > 0.2


def test_dust_is_no_writing(sheet: New) -> None:
    """A speck of a tenth of a millimetre leaves the cell empty."""
    cell = sheet()
    cell.crop[60:62, 60:62] = 0
    assert not seen(cell).any()


def test_a_pencil_broken_into_dots_is_writing(sheet: New) -> None:
    """A faint stroke of which a 1-bit scan left dots is not lost; the same dots far apart are dust."""
    near, far = sheet(), sheet()
    for n in range(14):
        near.crop[44 + 4 * n : 46 + 4 * n, 60:62] = 0
        far.crop[34 + 20 * (n % 4) :, :][:2, 36 + 20 * (n // 4) :][:, :2] = 0
    assert seen(near).any()
    assert not seen(far).any()


def test_a_small_dot_is_not_blown_up(sheet: New) -> None:
    """A dot stays a dot beside a digit's size, so that it cannot look like one."""
    cell = sheet()
    cv2.circle(cell.crop, (64, 74), 4, 0, -1)
    rows = np.flatnonzero(seen(cell)[0].max(axis=1) > 0.5)
    assert 0 < rows.size < 12


def test_a_one_bit_scan_of_a_grey_frame_stays_empty(sheet: New) -> None:
    """A grey line that the scanner made black is still the frame."""
    cell = sheet(dark=110)
    cell.crop = np.where(cell.crop < 200, 0, 255).astype(np.uint8)
    assert not seen(cell).any()


def test_pictures_of_different_shape_are_refused() -> None:
    """A crop without its own blank is a mistake of the caller."""
    with pytest.raises(ValueError, match="differ in shape"):
        cells.prepare(np.zeros((90, 80), np.uint8), np.zeros((90, 81), np.uint8), 20)


@pytest.mark.parametrize("size", [(6, 6), (12, 40), (40, 12), (200, 30), (60, 400)])
@pytest.mark.parametrize("margin", [0.0, 2.4, 30.0])
def test_odd_shapes_are_taken(size: tuple[int, int], margin: float) -> None:
    """A crop at the paper's edge may be tiny or all margin: there is a picture for it all the same."""
    crop = np.random.default_rng(6).integers(0, 255, size, dtype=np.uint8)
    picture = cells.prepare(crop, np.full(size, 255, np.uint8), margin)
    assert picture.shape == (1, 32, 32)
    assert np.isfinite(picture).all()


@pytest.mark.parametrize("value", [2, 3, 7])
def test_a_stroke_broken_into_dots_is_joined(sheet: New, value: int) -> None:
    """A pencil of which the scanner kept every other millimetre looks like the whole digit again."""
    whole, broken = sheet().write(value, pen=3), sheet().write(value, pen=3)
    gaps = (np.add.outer(np.arange(broken.crop.shape[0]), np.arange(broken.crop.shape[1])) % 11) < 5
    broken.crop[gaps] = broken.blank[gaps]
    assert alike(seen(broken), seen(whole)) > 0.65
    parts, _ = cv2.connectedComponents((seen(broken)[0] > 0.25).astype(np.uint8))
    assert parts - 1 <= 2


def test_a_few_faint_dots_never_break_the_arithmetic(sheet: New) -> None:
    """Dots that are fainter still once they are run together give a picture of plain numbers."""
    for grey in range(120, 240, 10):
        cell = sheet()
        for n in range(9):
            cell.crop[50 + 5 * n : 52 + 5 * n, 60:62] = grey
        assert np.isfinite(seen(cell)).all()
