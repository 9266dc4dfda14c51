"""Paper that is no form: letters, lists, other people's questionnaires, empty backs."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
import zxingcpp

from pipeline.forms import Forms
from samples import foreign, levels, pages, scan

OFFICE = levels.load().levels["office"]


@pytest.fixture(scope="module")
def made() -> list[pages.Page]:
    """A dozen pages."""
    return [foreign_page(seed) for seed in range(12)]


def foreign_page(seed: int) -> pages.Page:
    """A page at 200 dpi, grey, upright."""
    rng = np.random.default_rng(seed)
    how = scan.conditions(OFFICE, "test", rng)
    return foreign.page(replace(how, dpi=(200.0, 200.0), mode="grey", turn=0, lid=252), OFFICE, "test", rng)


def test_foreign_paper_has_print_and_no_truth_of_a_form(made: list[pages.Page]) -> None:
    """There is something on it, its status says that it is no form, and no code on it is one of ours."""
    for page in made:
        assert (page.status, page.sheets) == ("unidentified", [])
        assert 0.002 < (page.image < 120).mean() < 0.2
        assert not any(code.text.startswith("YT1/") for code in zxingcpp.read_barcodes(page.image))


def test_foreign_paper_is_of_several_sorts(made: list[pages.Page]) -> None:
    """Some of it has codes or fiducials, which alone must never make it a form."""
    finder = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50))
    corners = [page.image[:260, :260] for page in made]
    assert any(zxingcpp.read_barcodes(page.image) for page in made)
    assert any(len(finder.detectMarkers(corner)[0]) == 1 for corner in corners)


def test_an_empty_back_is_nearly_white(little: Forms) -> None:
    """The back of a sheet shows at most a shade of its front."""
    side = little["card", "1"].sides[0]
    rng = np.random.default_rng(2)
    how = replace(scan.conditions(OFFICE, "test", rng), show_through=0.1, staple=False, streak=False, mode="grey")
    page = foreign.blank_back(side, replace(how, white=1.0, lid=252, dpi=(200.0, 200.0)), OFFICE, rng)
    assert page.status == "blank"
    inner = page.image[40:-40, 40:-40]
    assert np.percentile(inner, 0.5) > 190
    assert inner.std() > 1
