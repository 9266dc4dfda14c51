"""Whether something is there."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from pipeline import model
from pipeline.read import presence
from tests.read import drawn


def place() -> model.FieldCrop:
    """An empty place for a seal."""
    (crop,) = drawn.crops(drawn.field({"kind": "presence", "box": [30, 20, 14, 14]}), [])
    return crop


def test_nothing_is_a_valid_no() -> None:
    """Absent is an answer."""
    (reading,) = presence.read({"x": [place()]})
    assert (reading.value, reading.state) == (False, "valid")


@pytest.mark.parametrize("colour", [40, 150])
def test_a_seal_is_there(colour: int) -> None:
    """A ring of ink, dark or pale, is a yes."""
    crop = place()
    image = crop.image.copy()
    cv2.circle(image, (image.shape[1] // 2, image.shape[0] // 2), 45, (colour,), 6, cv2.LINE_AA)
    (reading,) = presence.read({"x": [replace(crop, image=image)]})
    assert (reading.value, reading.state) == (True, "valid")


def test_the_grain_of_a_one_bit_scan_is_no_seal() -> None:
    """Grey paper that a 1-bit scan turned into dots is still empty."""
    crop = place()
    dots = np.full(crop.image.shape, 255, np.uint8)
    dots[::7, ::9] = dots[1::7, ::9] = dots[::7, 1::9] = dots[1::7, 1::9] = 0
    (reading,) = presence.read({"x": [replace(crop, image=dots)]})
    assert reading.value is False


def test_dense_grain_is_no_seal_either() -> None:
    """Dots that lie so close that they touch here and there melt into grey."""
    crop = place()
    image = np.where(np.random.default_rng(1).random(crop.image.shape) < 0.10, 0, 255).astype(np.uint8)
    (reading,) = presence.read({"x": [replace(crop, image=image)]})
    assert reading.value is False
