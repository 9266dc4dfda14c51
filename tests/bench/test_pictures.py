"""The pictures of a measurement."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from pipeline.bench import accuracy, pictures


def row(right: bool, sure: bool, confidence: float, picture: bytes = b"") -> accuracy.Row:
    """A measured reading."""
    where = f"scan.pdf#1:{confidence}"
    return accuracy.Row(
        "score/circle", "marks/4:score", right, True, sure, confidence, confidence, "valid", "valid", where,
        "valid 3", "valid 4", "circle", "office", 300, picture,
    )  # fmt: skip


def test_bins_tell_confidence_from_what_was_right() -> None:
    """Each bin has its mean confidence, the share right, and an interval around it."""
    pairs = [(n % 4 > 0, 0.6) for n in range(400)] + [(True, 0.99)] * 100
    found = pictures.bins(pairs)
    assert np.allclose(found[0][:2], (0.6, 0.75), atol=0.05)
    assert np.allclose(found[-1][:2], (0.99, 1.0))
    assert all(low <= share <= high + 1e-9 for _, share, low, high in found)


def test_the_worst_case_stands_first(tmp_path: Path) -> None:
    """What was accepted and wrong comes before what a person would have seen, with its picture on the sheet."""
    dark = bytes(cv2.imencode(".png", np.zeros((40, 80), np.uint8))[1])
    grey = bytes(cv2.imencode(".png", np.full((40, 80), 120, np.uint8))[1])
    rows = (row(False, False, 0.97, grey), row(False, True, 0.95, dark), *[row(True, True, 0.99)] * 30)
    result = accuracy.Result(rows, {})
    assert [one.sure for one in accuracy.errors(result, accepted_only=False)] == [True, False]
    drawn = {path.name: cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) for path in accuracy.draw(result, tmp_path)}
    assert sorted(drawn) == ["reliability.png", "worst.png"]
    sheet = drawn["worst.png"]
    assert sheet is not None
    assert sheet[20, 40] < 20  # the first tile
    assert 110 < sheet[20, pictures.TILE[0] + 40] < 130  # the second


def test_rows_as_data_hold_no_pictures() -> None:
    """What is written as JSON stays small and readable."""
    (data,) = accuracy.as_rows(accuracy.Result((row(False, True, 0.9, b"png"),), {}))
    assert "picture" not in data
    assert data["score"] == 0.9
