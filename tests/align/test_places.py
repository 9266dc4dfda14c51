"""Fiducials and codes are looked for where they must be, and everywhere only when that is not enough."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline import align, geometry
from pipeline.align import codes, fiducials, markers, refine, scan, template
from pipeline.forms import Forms, schema
from pipeline.geometry import Grey
from tests.align.test_sheets import Scanned, one_panel, page, put_code, scanned, unmarked


class Seen(Exception):
    """The whole page was looked at."""


@pytest.fixture
def nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking at a whole page is an error."""

    def refuse(*_: object) -> None:
        raise Seen

    monkeypatch.setattr(fiducials, "coarsest", refuse)
    monkeypatch.setattr(codes, "_anywhere", refuse)


def filling(blank: Grey, turn: int = 0) -> Grey:
    """A scan at 150 dpi that shows the sheet and nothing beside it."""
    return geometry.turned(scan.halved(blank), turn)


@pytest.mark.usefixtures("nowhere_else")
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_page_that_a_sheet_fills_is_looked_at_in_few_places(shipped: Forms, turn: int) -> None:
    """From the page's corners alone the sheet is laid and its serial read, whatever its turn."""
    for form, side in one_panel(shipped)[:3]:
        (sheet,) = align.sheets(page(geometry.turned(issued(form, side), turn)), Forms({form.key: form}))
        assert (sheet.side, sheet.serial, sheet.rotation) == (side, "000123G", -turn % 360)


def issued(form: schema.Form, side: schema.Side, box: geometry.Box | None = None) -> Grey:
    """A scan of a sheet with its code printed, or printed at `box`."""
    image = filling(side.blank)
    half = geometry.mm_to_blank_px(geometry.BLANK_PX_PER_MM / 2)
    put_code(image, Scanned(image, half), form.model_copy(update={"sides": [side]}), box)
    return image


@pytest.mark.usefixtures("nowhere_else")
def test_fiducials_by_a_fold_are_found_from_those_in_the_corners(shipped: Forms) -> None:
    """Of a folded sheet every fiducial of every panel is used, though only four lie in the page's corners."""
    form, side = next((f, s) for f, s in shipped.sides() if len(s.panels) == 2 and s.markers and s.markers.at)
    laid = markers.panels(scan.pyramid(filling(side.blank)), [(form, side)])
    assert side.markers
    assert sorted(m.id for piece in laid for m in piece.markers) == sorted(m.id for m in side.markers.at)


@pytest.mark.usefixtures("nowhere_else")
def test_covered_corners_of_a_sheet_cost_no_search(shipped: Forms) -> None:
    """Two fiducials that agree lay a panel; the covered ones are looked for in their places only."""
    form, side = one_panel(shipped)[0]
    covered = issued(form, side)
    h, w = covered.shape
    covered[-h // 5 :, : w // 5] = covered[-h // 5 :, -w // 5 :] = 128
    (sheet,) = align.sheets(page(covered), Forms({form.key: form}))
    assert (sheet.side, sheet.serial) == (side, "000123G")


def test_a_code_in_another_place_than_its_own_is_read(shipped: Forms) -> None:
    """A version that prints its code elsewhere is named, not read with this one's boxes."""
    form, side = one_panel(shipped)[0]
    other = form.model_copy(update={"version": "1999.1"})
    home = side.code[0].box
    away = geometry.Box(side.paper.width / 2, side.paper.height - home.h - 12, home.w, home.h)
    (sheet,) = align.sheets(page(issued(other, side, away)), Forms({form.key: form}))
    assert (sheet.form, sheet.reason) == (None, "unknown-version")


def test_a_sheet_beside_which_there_is_room_is_not_taken_for_all(shipped: Forms) -> None:
    """A second sheet is found wherever it lies: with room left, the whole page is looked at."""
    form, side = one_panel(shipped)[-1]
    one = filling(side.blank)
    h, w = one.shape
    glass = np.full((2 * h + 900, w + 900), 255, np.uint8)
    glass[:h, :w] = one
    glass[h + 300 : 2 * h + 300, 450 : 450 + w] = one
    assert [sheet.side for sheet in align.sheets(page(glass), Forms({form.key: form}))] == [side, side]


def test_panels_that_leave_room_do_not_fill_the_page(shipped: Forms) -> None:
    """What counts is the share of the page under panels that two fiducials lay."""
    form, side = one_panel(shipped)[0]
    levels = scan.pyramid(filling(side.blank))
    laid = markers.panels(levels, [(form, side)])
    h, w = levels[0].shape
    assert markers.fill_the_page(levels, laid)
    assert not markers.fill_the_page((np.zeros((2 * h, w), np.uint8),), laid)
    assert not markers.fill_the_page(levels, [])


def test_few_patches_do_where_paper_lies_flat_and_many_where_print_is_lost(shipped: Forms) -> None:
    """A flat clean page needs only some patches; around what is lost all are looked for."""
    form, side = one_panel(shipped)[0]
    flat = scanned(side, 0.4)
    blank = side.blank.copy()
    h, w = blank.shape
    blank[h // 2 : h // 2 + h // 8, w // 4 : 3 * w // 4] = 255
    lost = scanned(side, 0.4, blank=blank)
    every = len(template.patches(template.SideKey(side), side.panels[0].id).images)
    asked = [
        align.sheets(page(one.image), Forms({form.key: form}))[0].panels[0].quality["patches"] for one in (flat, lost)
    ]
    assert asked[0] <= refine.FEW + 4
    assert asked[0] < asked[1] <= every


def test_print_that_is_gone_lowers_the_match_by_its_share(shipped: Forms) -> None:
    """What is said to match is the share of the whole panel, however few patches were looked for."""
    form, side = one_panel(shipped)[0]
    blank = side.blank.copy()
    h, w = blank.shape
    blank[h // 4 : h // 2, :w] = 255
    matched = (
        align.sheets(page(scanned(side, 0.4, blank=blank).image), Forms({form.key: form}))[0]
        .panels[0]
        .quality["matched"]
    )
    assert 0.6 < matched < 0.9


def test_painted_over_fiducials_are_not_made_up(shipped: Forms) -> None:
    """Where nothing is printed nothing is found."""
    form, side = one_panel(shipped)[0]
    levels = scan.pyramid(filling(unmarked(side)))
    assert markers.panels(levels, [(form, side)]) == []
    assert codes.read(levels, []) == ()
