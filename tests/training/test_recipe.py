"""The drawn cells that the networks are trained on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.training.conftest import MARGIN, Sheet
from training import cells, pens, scene, sets, sources, strokes

RING = cv2.circle(np.zeros((28, 28), np.uint8), (14, 14), 8, 255, 3)


@pytest.fixture
def writer(monkeypatch: pytest.MonkeyPatch) -> cells.Writer:
    """A writer whose real digits are rings and whose fonts draw bars: nothing is fetched."""
    digits = np.repeat(RING[None], 10, axis=0), np.arange(10, dtype=np.uint8)
    monkeypatch.setattr(sources, "mnist", lambda _split: digits)
    monkeypatch.setattr(sources, "letter", lambda _font, _text: np.ones((60, 20), np.float32))
    return cells.Writer("train")


def test_the_splits_share_no_font_and_no_real_digit() -> None:
    """What tests was never seen in training or calibration."""
    names = [name for split in sources.LATIN for name in sources.fonts(split)]
    assert len(names) == len(set(names))
    file, rows = sources.MNIST_ROWS["train"]
    assert (file, rows.stop) == ("train", sources.MNIST_ROWS["calibration"][1].start)
    assert sources.MNIST_ROWS["test"][0] == "t10k"


@pytest.mark.parametrize("value", range(10))
def test_a_stroke_digit_stays_in_its_place(value: int) -> None:
    """Every way of writing a digit is about one unit high and not wider than high."""
    for seed in range(30):
        points = np.concatenate(strokes.digit(value, np.random.default_rng(seed)))
        assert 0.85 < np.ptp(points[:, 1]) < 1.25
        assert np.ptp(points[:, 0]) < 1.0


def test_a_thinned_ring_is_one_closed_line() -> None:
    """The middle line of a ring has the ring's size and walks all around."""
    walks = pens.skeleton(np.asarray(RING, dtype=np.uint8))
    points = np.concatenate(walks)
    assert np.ptp(points[:, 0]) == pytest.approx(1, abs=0.1)
    angles = np.sort(np.arctan2(*(points - points.mean(axis=0)).T))
    assert np.diff(angles).max() < 0.5


@pytest.mark.parametrize("kind", ["mnist", "strokes", "fonts"])
def test_a_written_cell_has_ink_that_its_blank_has_not(writer: cells.Writer, kind: str) -> None:
    """Crop and blank are of one shape, and a digit shows in the picture."""
    shown = [writer.example(3, kind, np.random.default_rng(seed)) for seed in range(12)]
    assert all(example.crop.shape == example.blank.shape for example in shown)
    assert sum(example.picture().any() for example in shown) >= 11


@pytest.mark.parametrize("kind", list(cells.OTHERS))
def test_everything_that_is_no_digit_can_be_drawn(writer: cells.Writer, kind: str) -> None:
    """Each kind of non-digit leaves ink."""
    shown = [writer.example(cells.OTHER, kind, np.random.default_rng(seed)) for seed in range(8)]
    assert sum(example.picture().any() for example in shown) >= 7


@pytest.mark.parametrize(
    ("label", "kind", "row"), [(4, "mnist", 4), (7, "strokes", None), (cells.OTHER, "struck", None)]
)
def test_clean_ink_fills_the_picture(writer: cells.Writer, label: int, kind: str, row: int | None) -> None:
    """Without form or scanner the ink still fills the middle of the picture."""
    picture = writer.plain(label, kind, np.random.default_rng(3), row)
    spread = [np.flatnonzero((picture > 60).any(axis=axis)) for axis in (0, 1)]
    assert picture.shape == (32, 32)
    assert 19 <= max(np.ptp(places) for places in spread) <= 23


def test_an_empty_cell_is_empty_with_neighbours_written(writer: cells.Writer) -> None:
    """Neighbours' digits and scanner noise leave most empty cells without ink."""
    pictures = [writer.example(cells.EMPTY, "empty", np.random.default_rng(seed)).picture() for seed in range(20)]
    assert sum(picture.any() for picture in pictures) <= 2


def test_the_same_seed_draws_the_same_cell(writer: cells.Writer) -> None:
    """A set can be made again."""
    first, second = (writer.example(5, "strokes", np.random.default_rng(9)) for _ in range(2))
    assert np.array_equal(first.crop, second.crop)


def test_a_one_bit_scanner_gives_black_and_white(writer: cells.Writer) -> None:
    """Between the steps of the enlargement a 1-bit scan has nothing but black and white."""
    rng = np.random.default_rng(1)
    place = scene.cell(rng)
    scan = scene.Scan(dpi=300, blur=0.3, noise=3, quality=0, one_bit=True, light=0, paper=240)
    ink: NDArray[np.float32] = np.zeros(place.size[::-1], np.float32)
    seen = scene.scan_of(place, ink, scan, rng)
    assert ((seen < 20) | (seen > 235)).mean() > 0.9


def test_every_kind_has_its_share() -> None:
    """The shares of the training set and of what is no digit add up to one."""
    assert sum(sets.SHARES.values()) == pytest.approx(1)
    assert sum(sets.OTHER_WEIGHTS.values()) == pytest.approx(1)
    assert set(sets.OTHER_WEIGHTS) == set(cells.OTHERS)


def test_corrected_cells_come_back_as_training_data(sheet: Callable[..., Sheet], tmp_path: Path) -> None:
    """What review exports can be added to the training set, with the right label."""
    cell = sheet().write(7)
    cv2.imwrite(str(tmp_path / "a.png"), cell.crop)
    cv2.imwrite(str(tmp_path / "a-blank.png"), cell.blank)
    table = f"image,blank,margin_px,label\na.png,a-blank.png,{MARGIN},7\na.png,a-blank.png,{MARGIN},other\n"
    (tmp_path / "cells.csv").write_text(table, encoding="utf-8")
    found = sets.from_review(tmp_path)
    assert found.labels.tolist() == [7, cells.OTHER]
    assert found.pictures.shape == (2, 32, 32)
    assert found.inked.all()


def test_a_missing_picture_is_named(tmp_path: Path) -> None:
    """A table that names a picture which is not there stops with its name."""
    (tmp_path / "cells.csv").write_text("image,blank,margin_px,label\nb.png,c.png,20,1\n", encoding="utf-8")
    with pytest.raises(FileNotFoundError, match=r"b\.png"):
        sets.from_review(tmp_path)


def test_dust_counts_as_other_for_the_networks() -> None:
    """There is no class for empty: the ink decides that before."""
    labels = np.array([0, cells.OTHER, cells.EMPTY])
    pictures = sets.Pictures(np.zeros((3, 32, 32), np.uint8), labels, np.array(["a", "b", "c"]))
    assert pictures.classes.tolist() == [0, cells.OTHER, cells.OTHER]
