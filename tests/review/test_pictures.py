"""What the screen shows is what was scanned: upright, at the right place, encoded anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import acquire, geometry, model, run, showing
from pipeline.review import pictures
from pipeline.store import Store, cuts
from tests.run import papers
from tests.run.papers import front, scan

HIGH, WIDE = 300, 420


def _page(quad: model.Quad) -> geometry.Grey:
    """White paper with a black box."""
    image = np.full((HIGH, WIDE), 255, np.uint8)
    cv2.fillPoly(image, [np.array(quad).round().astype(np.int32)], (0,))
    return image


def _decoded(data: bytes) -> geometry.Grey:
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert image is not None
    return np.asarray(image, dtype=np.uint8)


def _upright(left: int, top: int, wide: int, high: int) -> model.Quad:
    return ((left, top), (left + wide, top), (left + wide, top + high), (left, top + high))


@given(
    turn=st.sampled_from([0, 90, 180, 270]),
    left=st.integers(5, 330),
    top=st.integers(5, 230),
    width=st.sampled_from([1600, 200]),
)
def test_outlines_lie_where_the_ink_is(turn: int, left: int, top: int, width: int) -> None:
    """However the page is turned and made smaller, the outline of a field goes around its ink."""
    quad = _upright(left, top, 80, 60)
    view = pictures.layout((WIDE, HIGH), turn, width, {"f": quad})
    shown = _decoded(pictures.page(_page(quad), turn, width))
    assert shown.shape == (view.height, view.width)
    assert view.width == min(width, WIDE if turn % 180 == 0 else HIGH)
    dark = np.argwhere(shown < 128)
    corners = np.array(view.outlines["f"])
    assert np.abs(dark.min(axis=0)[::-1] - corners.min(axis=0)).max() <= 1.5
    assert np.abs(dark.max(axis=0)[::-1] - corners.max(axis=0)).max() <= 1.5


@given(angle=st.floats(-180, 180), density=st.sampled_from([5.0, 20.0]), wide=st.booleans())
def test_a_crop_shows_its_box_upright_in_the_middle(angle: float, density: float, wide: bool) -> None:
    """However the box lies, its crop is upright, twice its size but no finer than the scan; its surroundings four times."""
    turned = cv2.getRotationMatrix2D((210, 150), angle, 1.0)
    points = np.array(_upright(180, 135, 60, 30), dtype=np.float64)
    quad = tuple((float(x), float(y)) for x, y in points @ turned[:, :2].T + turned[:, 2])
    crop = _decoded(pictures.field(_page(quad), quad, density, wide))
    twice = 2 * 96 / 25.4 / density
    scale, around = (2 * twice, 1.5) if wide else (min(1, twice), 0.35)
    margin = max(around * 30, 2 * density) * scale
    assert crop.shape == (round(30 * scale + 2 * margin), round(60 * scale + 2 * margin))
    dark = np.argwhere(crop < 128)
    slack = 2.5 * max(scale, 1)
    assert np.abs(dark.min(axis=0) - margin).max() <= slack
    assert np.abs(np.array(crop.shape) - dark.max(axis=0) - margin).max() <= slack


@pytest.fixture
def desk(office: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A record whose page is drawn with ink where its fields were read."""
    believed = acquire.page

    def drawn(data: bytes, name: str, sha256: str, number: int) -> model.Page | model.Refusal:
        page = believed(data, name, sha256, number)
        if isinstance(page, model.Refusal):
            return page
        return replace(page, image=_page(papers.QUAD))

    monkeypatch.setattr(acquire, "page", drawn)
    papers.ingest(office, scan(tmp_path, "f.pdf", [[front("1", sure=False)], "refused"]))
    showing.forget()
    yield office
    showing.forget()


def test_a_field_is_shown_as_it_was_read(desk: Store) -> None:
    """The crop of a field is cut where it was read; a field on no page in hand has none."""
    record = next(desk.records()).record
    crop = _decoded(run.field_picture(desk, record.id, "first"))
    assert crop[crop.shape[0] // 2, crop.shape[1] // 2] < 50
    assert crop[2, 2] > 200
    for missing in ("day", "nothing"):
        with pytest.raises(KeyError):
            run.field_picture(desk, record.id, missing)


def test_a_page_is_shown_upright(desk: Store) -> None:
    """The page was scanned upside down and is shown the right way up, its fields outlined; others are not there."""
    record = next(desk.records()).record
    view = run.page_layout(desk, record, 1)
    assert (view.width, view.height, set(view.outlines)) == (WIDE, HIGH, {"first", "second"})
    x, y = np.array(view.outlines["first"]).mean(axis=0).astype(int)
    assert _decoded(run.page_shown(desk, record, 1))[y, x] < 50
    assert x > WIDE / 2
    with pytest.raises(KeyError):
        run.page_layout(desk, record, 2)


def test_doubtful_fields_are_cut_when_read(desk: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The crop of a doubtful field and the page's layout need no second decoding; a settled one is cut when asked for."""
    record = next(desk.records()).record
    asked = run.field_picture(desk, record.id, "second")
    with monkeypatch.context() as patch:
        patch.setattr(showing, "_decoded", None)
        kept = run.field_picture(desk, record.id, "first")
        assert np.array_equal(_decoded(kept), _decoded(asked))  # both lie at the same place on this paper
        assert run.page_layout(desk, record, 1).width == WIDE
        with pytest.raises(TypeError):
            run.field_picture(desk, record.id, "second")
        cuts.forget(desk.settings.cuts, next(desk.scans()).sha256)
        with pytest.raises(TypeError):
            run.field_picture(desk, record.id, "first")


def test_pages_that_cannot_be_opened_have_no_picture(desk: Store) -> None:
    """A page that was refused, and one that never was, are KeyErrors; a good one is a JPEG."""
    sha256 = next(desk.scans()).sha256
    assert _decoded(run.page_picture(desk, sha256, 1, turn=90)).shape == (WIDE, HIGH)
    with pytest.raises(KeyError):
        run.page_picture(desk, sha256, 2)
    with pytest.raises(KeyError):
        run.page_picture(desk, "0" * 64, 1)
