"""Typed pages: what a PDF's own text layer says of a field."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from pipeline import model
from pipeline.read import layer
from tests.read import drawn


def box() -> model.FieldCrop:
    """A text field with a printed word at its left end, as the blank has it."""
    (crop,) = drawn.crops(drawn.field({"kind": "text", "box": [20, 20, 60, 10]}), [])
    printed = np.full(crop.image.shape, 255, np.uint8)
    edge = round(crop.margin_mm * crop.px_per_mm)
    cv2.putText(printed, "NAME", (edge + 10, edge + 70), cv2.FONT_HERSHEY_SIMPLEX, 2.0, (0,), 6)
    return replace(crop, image=printed, blank=printed)


def typed(crop: model.FieldCrop, *words: tuple[str, tuple[float, float]]) -> model.FieldCrop:
    """The crop with words of the layer, each at px from the box's corner, and their print where the blank has none."""
    edge = round(crop.margin_mm * crop.px_per_mm)
    x0, y0 = crop.quad_px[0]
    image = crop.image.copy()
    found = []
    for text, (x, y) in words:
        if x > 200:
            cv2.putText(image, text, (edge + round(x), edge + round(y) + 50), cv2.FONT_HERSHEY_SIMPLEX, 1.5, (0,), 5)
        found.append(model.Word(text, (x0 + x, y0 + y, 160.0, 60.0)))
    return replace(crop, image=image, words=tuple(found))


def test_the_forms_own_words_are_no_answer() -> None:
    """A word that the blank has at the same place was printed, not typed; with nothing else there is no typed answer."""
    only_print = typed(box(), ("NAME", (5.0, 15.0)))
    assert layer.typed(only_print) == ""
    assert layer.read([only_print]) is None
    both = typed(box(), ("NAME", (5.0, 15.0)), ("Hanako", (260.0, 15.0)))
    reading = layer.read([both])
    assert reading is not None
    assert (reading.value, reading.state, reading.sure) == ("Hanako", "valid", True)
