"""The shipped digit networks read plainly written cells and know what is no digit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from pipeline.read import cells
from tests.training.conftest import MARGIN, Sheet
from training import figures

WEIGHTS = Path(cells.__file__).parent / "weights"
NAMES = ("digits-a", "digits-b")
OTHER = 10


def card(name: str) -> dict[str, object]:
    """What is said about a network beside it."""
    facts: dict[str, object] = json.loads((WEIGHTS / f"{name}.json").read_text(encoding="utf-8"))
    return facts


def said(name: str, pictures: NDArray[np.float32]) -> NDArray[np.float64]:
    """Probabilities of a batch."""
    session = onnxruntime.InferenceSession(str(WEIGHTS / f"{name}.onnx"), providers=["CPUExecutionProvider"])
    (logits,) = session.run(["logits"], {"pictures": pictures})
    return figures.softmax(np.asarray(logits, dtype=np.float64))


@pytest.mark.parametrize("name", NAMES)
def test_the_card_names_exactly_this_file(name: str) -> None:
    """Hash, classes and input of the card are those of the file."""
    facts = card(name)
    assert facts["sha256"] == hashlib.sha256((WEIGHTS / f"{name}.onnx").read_bytes()).hexdigest()
    assert facts["classes"] == [*"0123456789", "other"]
    assert facts["version"] == "digits/1"


@pytest.mark.parametrize("name", NAMES)
def test_the_file_is_small(name: str) -> None:
    """Weights stay small enough to be committed."""
    assert (WEIGHTS / f"{name}.onnx").stat().st_size < 250_000


@pytest.mark.parametrize("name", NAMES)
def test_any_number_of_cells_goes_through_at_once(name: str) -> None:
    """The batch size is free and does not change the answer."""
    pictures = np.random.default_rng(2).random((5, 1, 32, 32), dtype=np.float32)
    together = said(name, pictures)
    assert together.shape == (5, 11)
    assert np.allclose(together[3], said(name, pictures[3:4])[0], atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_plain_digits_are_read(sheet: Callable[..., Sheet], name: str) -> None:
    """Ten digits, thin and thick, pencil and pen: all right, and surely."""
    drawn = [(value, *how) for value in range(10) for how in ((3, 60), (6, 20), (4, 170))]
    written = [sheet().write(value, pen=pen, grey=grey) for value, pen, grey in drawn]
    pictures = np.stack([cells.prepare(cell.crop, cell.blank, MARGIN) for cell in written])
    answer = said(name, pictures)
    assert answer.argmax(axis=1).tolist() == [value for value, *_ in drawn]
    assert float(np.median(answer.max(axis=1))) > 0.9


def _struck(cell: Sheet) -> None:
    for y in (70, 80):
        cv2.line(cell.crop, (MARGIN + 4, y), (MARGIN + 72, y - 2), 40, 3, cv2.LINE_AA)


def _cross(cell: Sheet) -> None:
    cv2.line(cell.crop, (MARGIN + 15, MARGIN + 20), (MARGIN + 60, MARGIN + 75), 40, 4, cv2.LINE_AA)
    cv2.line(cell.crop, (MARGIN + 60, MARGIN + 20), (MARGIN + 15, MARGIN + 75), 40, 4, cv2.LINE_AA)


def _tick(cell: Sheet) -> None:
    points = np.array([[14, 45], [30, 70], [64, 22]], dtype=np.int32) + MARGIN
    cv2.polylines(cell.crop, [points], False, 40, 4, cv2.LINE_AA)


@pytest.mark.parametrize("value", [0, 2, 3, 5, 6, 8, 9])
def test_a_struck_digit_is_no_digit(sheet: Callable[..., Sheet], value: int) -> None:
    """A 二重線 through a digit: at least one network refuses it."""
    cell = sheet().write(value)
    _struck(cell)
    picture = cells.prepare(cell.crop, cell.blank, MARGIN)[None]
    assert any(said(name, picture).argmax() == OTHER for name in NAMES)


@pytest.mark.parametrize("mark", [_cross, _tick])
@pytest.mark.parametrize("name", NAMES)
def test_a_mark_is_no_digit(sheet: Callable[..., Sheet], mark: Callable[[Sheet], None], name: str) -> None:
    """A tick and a cross in a cell are other."""
    cell = sheet()
    mark(cell)
    assert said(name, cells.prepare(cell.crop, cell.blank, MARGIN)[None]).argmax() == OTHER
