"""One picture per box, straight from the page, and the blank at the very same place."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from pipeline import crop, geometry, model
from pipeline.forms import Forms, schema
from pipeline.geometry import BLANK_PX_PER_MM, Box


def laid(side: schema.Side, form: schema.Form, angle: float, words: tuple[model.Word, ...] = ()) -> model.Sheet:
    """The blank itself as a page, turned by `angle`, its panels placed exactly."""
    h, w = side.blank.shape
    turn = np.vstack([cv2.getRotationMatrix2D((w / 2, h / 2), angle, 0.8), [0, 0, 1]])
    image = np.asarray(cv2.warpPerspective(side.blank, turn, (w, h), borderValue=(255,)), dtype=np.uint8)
    matrix = turn @ geometry.mm_to_blank_px()
    panels = tuple(model.Panel(p.id, matrix, 0.02, {"px_per_mm": 0.8 * BLANK_PX_PER_MM}) for p in side.panels)
    return model.Sheet(model.Page("x", "0" * 64, 1, image, None, words), form, side, None, panels, 0, "markers")


@pytest.fixture(scope="module")
def first(shipped: Forms) -> tuple[schema.Form, schema.Side]:
    """A side with fields on one panel."""
    return next((form, side) for form, side in shipped.sides() if side.fields and len(side.panels) == 1)


def test_every_box_of_every_field_is_cut_once(first: tuple[schema.Form, schema.Side]) -> None:
    """Crops come in paper order, one per box, each as large as its box and margin."""
    form, side = first
    crops = crop.fields(laid(side, form, 2.0))
    expected = [(field.id, part) for field in side.fields for part in field.boxes()]
    assert [(one.field.id, one.part) for one in crops] == expected
    for one in crops:
        assert one.image.shape == one.blank.shape
        assert one.image.shape[1] == pytest.approx((one.box.w + 2 * one.margin_mm) * BLANK_PX_PER_MM, abs=1.5)


def test_a_crop_of_the_blank_is_the_blank(first: tuple[schema.Form, schema.Side]) -> None:
    """Warped from a turned page, print lies where the blank has it, to a fraction of a tenth of a millimetre."""
    form, side = first
    for one in crop.fields(laid(side, form, 3.0)):
        shift, _ = cv2.phaseCorrelate(one.blank.astype(np.float32), one.image.astype(np.float32))
        if (one.blank < 128).mean() > 0.02:
            assert max(map(abs, shift)) / BLANK_PX_PER_MM < 0.06, one.field.id  # mm


def test_margins_follow_the_box() -> None:
    """35 % of the shorter side, at least 2 mm; more around options, since circles run wide of long words."""
    assert crop.margin_mm(Box(0, 0, 4, 4)) == 2.0
    assert crop.margin_mm(Box(0, 0, 100, 10)) == pytest.approx(3.5)
    assert crop.option_margin_mm(Box(0, 0, 5, 5)) == 3.0
    assert crop.option_margin_mm(Box(0, 0, 40, 9)) == 6.0


def test_what_lies_off_the_page_is_said(first: tuple[schema.Form, schema.Side]) -> None:
    """A box cut off by the scan carries the share that is missing."""
    form, side = first
    sheet = laid(side, form, 0.0)
    whole = crop.fields(sheet)
    cut = np.ascontiguousarray(sheet.page.image[:, : sheet.page.image.shape[1] // 2])
    crops = crop.fields(replace(sheet, page=replace(sheet.page, image=cut)))
    assert {one.off_page for one in whole} == {0.0}
    assert {0.0, 1.0} <= {one.off_page for one in crops}


def test_panels_that_are_not_there_have_no_crops(shipped: Forms) -> None:
    """Of half a folded sheet only the fields of that half are cut."""
    form, side = next((f, s) for f, s in shipped.sides() if s.fields and len(s.panels) == 2)
    sheet = laid(side, form, 0.0)
    crops = crop.fields(replace(sheet, panels=sheet.panels[:1]))
    box = side.panels[0].box
    assert crops
    assert all(box.contains(one.box, slack=0.1) for one in crops)


def test_words_of_a_text_layer_go_with_their_box(first: tuple[schema.Form, schema.Side]) -> None:
    """A word whose middle lies in a box belongs to that box and to no other."""
    form, side = first
    target = next(field for field in side.fields if field.kind == "text")
    plain = laid(side, form, 0.0)
    x, y = plain.panels[0].to_px(target.boxes()["box"].center()[None])[0]
    crops = crop.fields(laid(side, form, 0.0, (model.Word("やまびこ", (x - 20, y - 8, 40, 16)),)))
    assert [(one.field.id, one.words[0].text) for one in crops if one.words] == [(target.id, "やまびこ")]
