"""Codes as fields: exact or not at all."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
import zxingcpp

from pipeline import model
from pipeline.geometry import Grey
from pipeline.read import code
from tests.read import drawn

ASKED = drawn.field({"kind": "code", "box": [40, 15, 24, 24]})


def _crop(*texts: str, dirt: int = 0) -> model.FieldCrop:
    """The field with codes side by side in it, and a dark square of `dirt` px."""
    (crop,) = drawn.crops(ASKED, [])
    image = crop.image.copy()
    for n, text in enumerate(texts):
        size = 250 // len(texts)
        image[30 : 30 + size, 20 + n * (size + 12) : 20 + n * (size + 12) + size] = _qr(text, size)
    image[150 : 150 + dirt, 150 : 150 + dirt] = 30
    return replace(crop, image=image)


def _qr(text: str, size: int) -> Grey:
    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    picture = np.asarray(zxingcpp.write_barcode_to_image(made, scale=4), dtype=np.uint8)
    return np.asarray(cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def test_a_code_that_is_read_needs_no_look() -> None:
    """What a code says is exact, whatever curves have been fitted; bare paper is surely empty."""
    (held,) = code.read({"x": [_crop("R1-000123-7")]})
    assert (held.value, held.state, held.sure) == ("R1-000123-7", "valid", True)
    (nothing,) = code.read({"x": [_crop()]})
    assert (nothing.value, nothing.state, nothing.sure) == (None, "empty", True)


@pytest.mark.parametrize(
    ("crop", "state", "reason"),
    [
        (_crop("a-1", "b-2"), "multiple", None),
        (_crop(dirt=60), "illegible", "code-not-read"),
        (_crop(dirt=12), "empty", None),
        (replace(_crop("a-1"), off_page=0.3), "illegible", "off-page"),
    ],
)
def test_what_is_not_clear_is_shown_to_a_person(crop: model.FieldCrop, state: str, reason: str | None) -> None:
    """Two codes, ink that is no code, a speck, a box off the scan: never sure, never a value."""
    (found,) = code.read({"x": [crop]})
    assert (found.value, found.state, found.reason, found.sure) == (None, state, reason, False)
