"""The picture of what the machine sees."""

from __future__ import annotations

import numpy as np

from pipeline import forms, geometry
from pipeline.forms import show

MATRIX = geometry.mm_to_blank_px(4.0)
WHITE = np.full((1188, 1680), 255, np.uint8)


def has(picture: show.Colours, colour: show.Colour, box: geometry.Box) -> bool:
    """Whether a colour appears within a box given in mm."""
    x, y, w, h = (round(4 * n) for n in box)
    return bool((picture[y : y + h, x : x + w] == colour).all(axis=2).any())


def test_boxes_are_coloured_by_what_was_read(shipped: forms.Forms) -> None:
    """Green where the value is sure, orange where it is doubtful, violet where nothing was read."""
    side = shipped["path-checkup", "2026.1"].side("inside")
    lain = {panel.id: show.Lain(MATRIX, 0.08) for panel in side.panels}
    picture = show.side(WHITE, side, lain, {"q1": show.Read("3", sure=True), "q2": show.Read("複数回答")})
    assert picture.shape == (1188, 1680, 3)
    fields = shipped["path-checkup", "2026.1"].fields
    for name, colour in (("q1", show.SURE), ("q2", show.DOUBT), ("q3", show.UNREAD)):
        box = fields[name].boxes()["option-0"].grown(0.5)
        assert has(picture, colour, box)
        assert not any(has(picture, other, box) for other in {show.SURE, show.DOUBT, show.UNREAD} - {colour})


def test_only_panels_on_the_page_are_drawn(shipped: forms.Forms) -> None:
    """Of half a sheet only the half that is there is shown, with its residual."""
    side = shipped["path-checkup", "2026.1"].side("inside")
    picture = show.side(WHITE, side, {"left": show.Lain(MATRIX)})
    assert has(picture, show.PANEL, geometry.Box(0, 0, 211, 297))
    assert (picture[:, 850:] == 255).all()


def test_boxes_follow_the_page(shipped: forms.Forms) -> None:
    """A sheet that lies turned and moved has its boxes turned and moved."""
    side = shipped["renrakuhyo-1", "2026.1"].side("front")
    turned = np.array([[0.0, -4.0, 1400.0], [4.0, 0.0, 20.0], [0.0, 0.0, 1.0]])
    picture = show.side(WHITE, side, {"page": show.Lain(turned)})
    box = shipped["renrakuhyo-1", "2026.1"].fields["note"].boxes()["box"]
    corner = geometry.project(turned, box.corners())[2].round().astype(int)
    around = picture[corner[1] - 2 : corner[1] + 3, corner[0] - 2 : corner[0] + 3]
    assert (around == show.UNREAD).all(axis=2).any()


def test_boxes_follow_paper_that_curls(shipped: forms.Forms) -> None:
    """Where the paper was found to bulge, its boxes are drawn shifted, and only there."""
    side = shipped["renrakuhyo-1", "2026.1"].side("front")
    box = shipped["renrakuhyo-1", "2026.1"].fields["note"].boxes()["box"]
    lain = show.Lain(MATRIX, anchors=np.array([[box.x, box.y, 0.0, 40.0]]))
    far = np.array([[box.x, box.y - 200 if box.y > 200 else box.y + 200]])
    assert np.allclose(lain.to_px(box.corners()[:1]), box.corners()[0] * 4 - 0.5 + [0, 40])
    assert np.allclose(lain.to_px(far), far * 4 - 0.5, atol=0.1)
    picture = show.side(WHITE, side, {"page": lain})
    x, y = (box.corners()[0] * 4 + [0, 40]).round().astype(int)
    assert (picture[y - 3 : y + 3, x - 3 : x + 3] == show.UNREAD).all(axis=2).any()


def test_two_sheets_on_one_page_are_drawn_one_after_the_other(shipped: forms.Forms) -> None:
    """What was drawn for the first sheet stays when the second is drawn."""
    side = shipped["path-checkup", "2026.1"].side("inside")
    first = show.side(WHITE, side, {"left": show.Lain(MATRIX)})
    both = show.side(first, side, {"right": show.Lain(MATRIX)})
    assert (both[:, :830] == first[:, :830]).all()
    assert (both[:, 850:] != 255).any()
