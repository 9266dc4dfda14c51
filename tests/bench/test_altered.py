"""Paper and form files made to be wrong, so that what notices them can be measured."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline import geometry, model
from pipeline.bench import altered
from pipeline.forms import Forms, schema
from pipeline.geometry import BLANK_PX_PER_MM, Box, Grey


def ticket(forms: Forms) -> tuple[schema.Form, schema.Side]:
    """The smallest side with fields and fiducials."""
    every = [(form, side) for form, side in forms.sides() if side.fields and side.markers]
    return min(every, key=lambda pair: pair[1].paper.width * pair[1].paper.height)


def shown(image: Grey, box: Box) -> Grey:
    """What stands in a box (mm) of a blank."""
    x, y, w, h = (round(v * BLANK_PX_PER_MM) for v in box)
    return image[max(y, 0) : y + h, max(x, 0) : x + w]


def test_a_bare_side_carries_nothing_for_a_machine_and_the_rest_of_its_print(shipped: Forms) -> None:
    """Fiducials and codes are gone from the form file and from the blank; the fields' print is untouched."""
    _, side = ticket(shipped)
    bare = altered.bare(side)
    assert (bare.markers, bare.code) == (None, [])
    assert all((shown(bare.blank, box) == 255).all() for box in altered.fiducials(side))
    assert all(
        (shown(bare.blank, box) == shown(side.blank, box)).all()
        for field in side.fields
        for box in field.boxes().values()
    )


def test_fiducials_are_painted_over_where_they_lie_on_the_page(shipped: Forms) -> None:
    """On a page they vanish in the colour of its paper, wherever the truth says the sheet lies."""
    form, side = ticket(shipped)
    h, w = side.blank.shape
    image = np.full((h + 200, w + 200), 230, np.uint8)
    image[100 : 100 + h, 100 : 100 + w] = np.minimum(side.blank, 230)
    matrix = np.array([[1, 0, 100], [0, 1, 100], [0, 0, 1.0]]) @ geometry.mm_to_blank_px()
    panels = [{"id": panel.id, "box": list(panel.box), "mm_to_px": matrix.ravel().tolist()} for panel in side.panels]
    sheet = {"form": form.id, "version": form.version, "side": side.id, "panels": panels}
    page = altered.bare_page(model.Page("a.png", "0" * 64, 1, image), [sheet], shipped)
    assert side.markers is not None
    for marker in side.markers.at:
        x, y = geometry.project(matrix, np.array([marker.center]))[0].astype(int)
        assert (image[y - 30 : y + 30, x - 30 : x + 30] < 100).any()
        assert (page.image[y - 30 : y + 30, x - 30 : x + 30] == 230).all()


def test_another_revision_has_its_rows_lower_and_its_fiducials_in_place(shipped: Forms) -> None:
    """Some print moves by just so many mm; no marker does."""
    _, side = ticket(shipped)
    made = next(one for seed in range(20) if (one := altered.revised(side, 4.0, seed)))
    by = round(4.0 * BLANK_PX_PER_MM)
    was, now = side.blank < 128, made.blank < 128
    changed = np.flatnonzero((was != now).any(axis=1))
    top, low = changed[0], changed[-1]
    middle = slice(top + by + 20, low - by - 20)
    here = np.setdiff1d(np.arange(was.shape[1]), _columns(side))
    assert (now[middle][:, here] == was[middle.start - by : middle.stop - by][:, here]).all()
    assert all((shown(made.blank, box) == shown(side.blank, box)).all() for box in altered.fiducials(side))


def test_the_panel_of_another_revision_is_known(shipped: Forms) -> None:
    """Of a folded sheet only the panel whose print moved counts as changed."""
    side = next(side for form in shipped.values() for side in form.sides if len(side.panels) == 2 and side.fields)
    revisions = [made for seed in range(12) if (made := altered.revised(side, 4.0, seed)) is not None]
    assert {tuple(altered.reprinted(side, made)) for made in revisions} == {("left",), ("right",)}
    assert altered.reprinted(side, side) == set()


def _columns(side: schema.Side) -> np.ndarray:
    """Columns of the blank in which a fiducial or code stands."""
    spans = [
        np.arange(int(b.x * BLANK_PX_PER_MM) - 2, int((b.x + b.w) * BLANK_PX_PER_MM) + 3)
        for b in altered.fiducials(side)
    ]
    return np.unique(np.concatenate(spans))


@pytest.mark.parametrize("step", [1, 2, 3])
def test_wrong_markers_are_the_same_numbers_in_other_places(shipped: Forms, step: int) -> None:
    """Every number is still there, none where it was."""
    _, side = ticket(shipped)
    wrong = altered.wrong_markers(side, step)
    assert side.markers is not None
    assert wrong.markers is not None
    before, after = [m.id for m in side.markers.at], [m.id for m in wrong.markers.at]
    assert sorted(before) == sorted(after)
    assert all(a != b for a, b in zip(before, after, strict=True))


def test_moved_markers_put_the_start_off_by_as_much(shipped: Forms) -> None:
    """Each stands where it stood, plus the shift."""
    _, side = ticket(shipped)
    moved = altered.moved_markers(side, (1.5, -2.0))
    assert side.markers is not None
    assert moved.markers is not None
    gaps = [np.subtract(b.center, a.center) for a, b in zip(side.markers.at, moved.markers.at, strict=True)]
    assert np.allclose(gaps, (1.5, -2.0))


def test_forms_without_one_have_none_of_its_versions(shipped: Forms) -> None:
    """The other forms stay."""
    form, _ = ticket(shipped)
    left = altered.without(shipped, form.id)
    assert {key[0] for key in left} == {key[0] for key in shipped} - {form.id}


def test_the_row_pitch_is_the_distance_of_equal_rows(shipped: Forms) -> None:
    """Of rows 9 mm apart the pitch is 9 mm, however many fields stand in a row."""
    _, side = ticket(shipped)
    fields = [
        schema.Text(id=f"f{row}{column}", kind="text", box=Box(20 + 40 * column, 30 + 9 * row, 30, 7))
        for row in range(5)
        for column in range(2)
    ]
    assert altered.row_pitch(side.model_copy(update={"fields": fields})) == pytest.approx(9.0)
