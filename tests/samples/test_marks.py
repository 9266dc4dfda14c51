"""Pictures of single options: what is labelled is what is seen."""

from __future__ import annotations

from itertools import islice

import cv2
import numpy as np
import pytest

from pipeline.crop import option_margin_mm
from pipeline.geometry import BLANK_PX_PER_MM, Box
from samples import marks


@pytest.fixture(scope="module")
def many() -> list[marks.Crop]:
    """Some hundred options."""
    return list(islice(marks.crops(np.random.default_rng(6)), 350))


def ink(crop: marks.Crop) -> float:
    """Darkness that the print does not explain, grey levels, tolerant of a small misplacement."""
    side = 2 * round(0.35 * BLANK_PX_PER_MM) + 1
    near = cv2.erode(crop.blank, np.ones((side, side), np.uint8)).astype(float)
    paper = float(np.percentile(crop.image, 90))
    return float(np.clip(near - crop.image - (255 - paper), 0, None).mean())


def test_crops_have_box_and_margin(many: list[marks.Crop]) -> None:
    """Picture and blank have the same shape: the box and what `pipeline.crop` adds around it, at 300 dpi."""
    for crop in many:
        margin = option_margin_mm(Box(0, 0, *crop.box))
        assert crop.margin_mm == margin
        assert crop.image.shape == crop.blank.shape
        wanted = [(crop.box[n] + 2 * margin) * BLANK_PX_PER_MM for n in (1, 0)]
        assert np.abs(np.array(crop.image.shape) - wanted).max() <= 2


def test_every_label_comes_up(many: list[marks.Crop]) -> None:
    """Unmarked, marked and struck-out options all occur, and only touched ones have a style."""
    labels = [crop.label for crop in many]
    assert min(labels.count(label) for label in ("unmarked", "marked", "struck")) > 12
    assert all(bool(crop.style) == (crop.label != "unmarked") for crop in many)
    assert {crop.how for crop in many} == {"box", "oval", "figure", "word", "bracket", "circled"}


def test_marks_add_ink(many: list[marks.Crop]) -> None:
    """Marked options hold far more ink than untouched ones, whatever was printed."""
    marked = [ink(crop) for crop in many if crop.label != "unmarked"]
    clean = [ink(crop) for crop in many if crop.label == "unmarked" and not crop.stray]
    assert np.median(marked) > 3 * np.median(clean)


def test_same_seed_same_pictures() -> None:
    """The same chance gives the same pictures, and the sets use their own pens."""
    one, two = (list(islice(marks.crops(np.random.default_rng(9), "test"), 12)) for _ in range(2))
    assert all(np.array_equal(a.image, b.image) and a.label == b.label for a, b in zip(one, two, strict=True))
    assert {crop.pen for crop in one} <= {
        "ballpoint-black",
        "ballpoint-blue-light",
        "pencil-2b",
        "pencil-hard",
        "erasable-black",
        "red-felt",
    }


def test_a_question_is_whole() -> None:
    """A question's state agrees with the labels of its options."""
    for seed in range(20):
        question = marks.question(np.random.default_rng(seed))
        marked = tuple(n for n, crop in enumerate(question.crops) if crop.label == "marked")
        assert marked == tuple(sorted(question.marked))
        assert question.state == {0: "empty", 1: "valid"}.get(len(marked), "multiple")


def test_a_question_of_scribbles_has_nothing_else() -> None:
    """Asked for one family of styles, every mark is of it and drawn in a box to tick, struck out or not."""
    rows = [marks.question(np.random.default_rng([3, seed]), family="fill") for seed in range(30)]
    drawn = [crop for row in rows for crop in row.crops if crop.style]
    assert drawn
    assert {crop.asked for crop in drawn} <= {"check", "fill"}
    assert all(crop.style.startswith("fill-") for crop in drawn)
    assert {crop.label for crop in drawn} == {"marked", "struck"}
