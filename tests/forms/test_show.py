"""The picture of what the machine sees."""

from __future__ import annotations

import numpy as np

from pipeline import forms, geometry
from pipeline.forms import schema, show

MATRIX = geometry.mm_to_blank_px(4.0)
WHITE = np.full((1188, 1680), 255, np.uint8)


def folded(shipped: forms.Forms) -> tuple[schema.Form, schema.Side]:
    """A folded sheet with questions, of whichever form has one."""
    return next((form, side) for form, side in shipped.sides() if len(side.panels) == 2 and side.fields)


def flat(shipped: forms.Forms) -> tuple[schema.Side, geometry.Box]:
    """A sheet of one panel, and the box of its longest note."""
    side = next(side for _, side in shipped.sides() if len(side.panels) == 1 and side.fields)
    return side, max((box for field in side.fields for box in field.boxes().values()), key=lambda box: box.w * box.h)


def has(picture: show.Colours, colour: show.Colour, box: geometry.Box) -> bool:
    """Whether a colour appears within a box given in mm."""
    x, y, w, h = (round(4 * n) for n in box)
    return bool((picture[y : y + h, x : x + w] == colour).all(axis=2).any())


def test_boxes_are_coloured_by_what_was_read(shipped: forms.Forms) -> None:
    """Green where the value is sure, orange where it is doubtful, violet where nothing was read."""
    form, side = folded(shipped)
    lain = {panel.id: show.Lain(MATRIX, 0.08) for panel in side.panels}
    asked = [field.id for field in side.fields if field.kind == "score"][:3]
    picture = show.side(WHITE, side, lain, {asked[0]: show.Read("3", sure=True), asked[1]: show.Read("複数回答")})
    assert picture.shape == (1188, 1680, 3)
    for name, colour in zip(asked, (show.SURE, show.DOUBT, show.UNREAD), strict=True):
        box = form.fields[name].boxes()["option-0"].grown(0.5)
        assert has(picture, colour, box)
        assert not any(has(picture, other, box) for other in {show.SURE, show.DOUBT, show.UNREAD} - {colour})


def test_only_panels_on_the_page_are_drawn(shipped: forms.Forms) -> None:
    """Of half a sheet only the half that is there is shown, with its residual."""
    _, side = folded(shipped)
    picture = show.side(WHITE, side, {side.panels[0].id: show.Lain(MATRIX)})
    assert has(picture, show.PANEL, geometry.Box(0, 0, 211, 297))
    assert (picture[:, 850:] == 255).all()


def test_boxes_follow_the_page(shipped: forms.Forms) -> None:
    """A sheet that lies turned and moved has its boxes turned and moved."""
    side, box = flat(shipped)
    turned = np.array([[0.0, -4.0, 1400.0], [4.0, 0.0, 20.0], [0.0, 0.0, 1.0]])
    picture = show.side(WHITE, side, {side.panels[0].id: show.Lain(turned)})
    corner = geometry.project(turned, box.corners())[2].round().astype(int)
    around = picture[corner[1] - 2 : corner[1] + 3, corner[0] - 2 : corner[0] + 3]
    assert (around == show.UNREAD).all(axis=2).any()


def test_boxes_follow_paper_that_curls(shipped: forms.Forms) -> None:
    """Where the paper was found to bulge, its boxes are drawn shifted, and only there."""
    side, box = flat(shipped)
    lain = show.Lain(MATRIX, anchors=np.array([[box.x, box.y, 0.0, 40.0]]))
    far = np.array([[box.x, box.y - 200 if box.y > 200 else box.y + 200]])
    assert np.allclose(lain.to_px(box.corners()[:1]), box.corners()[0] * 4 - 0.5 + [0, 40])
    assert np.allclose(lain.to_px(far), far * 4 - 0.5, atol=0.1)
    picture = show.side(WHITE, side, {side.panels[0].id: lain})
    x, y = (box.corners()[0] * 4 + [0, 40]).round().astype(int)
    assert (picture[y - 3 : y + 3, x - 3 : x + 3] == show.UNREAD).all(axis=2).any()


def test_two_sheets_on_one_page_are_drawn_one_after_the_other(shipped: forms.Forms) -> None:
    """What was drawn for the first sheet stays when the second is drawn."""
    _, side = folded(shipped)
    first = show.side(WHITE, side, {side.panels[0].id: show.Lain(MATRIX)})
    both = show.side(first, side, {side.panels[1].id: show.Lain(MATRIX)})
    assert (both[:, :830] == first[:, :830]).all()
    assert (both[:, 850:] != 255).any()


def test_a_field_is_called_by_its_words() -> None:
    """Beside its box stands the field's name, cut where it is long; its id only when it has no name."""
    field = {"id": "q1", "kind": "text", "box": [0, 0, 9, 9]}
    named = [schema.Text.model_validate(field | {"label": label}) for label in ("氏名", "あ" * 13, "")]
    assert [show._name(one) for one in named] == ["氏名", "あ" * 12 + "…", "q1"]
