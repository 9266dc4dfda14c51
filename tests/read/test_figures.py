"""Written figures: what both readers say together, and what no figure is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline import model
from pipeline.forms import schema
from pipeline.read import answers, digits, figures
from tests.read import drawn


def chance(*labels: int, sure: float = 0.999) -> NDArray[np.float64]:
    """What the networks say of cells that look like `labels` (10: no figure)."""
    rows = np.full((len(labels), 11), (1 - sure) / 10)
    rows[np.arange(len(labels)), labels] = sure
    return rows


def test_only_the_free_reader_can_agree() -> None:
    """The cell networks know nothing but figures: a string counts only when the reader that may read anything saw it."""
    same, other = (figures._figure(chance(7, 2, 4), seen, gap=False) for seen in ("724", "7/24"))
    assert (same.text, same.agreed) == ("724", True)
    assert (other.text, other.state, other.agreed) == ("724", "valid", False)


def test_what_is_no_figure_is_illegible() -> None:
    """A struck-out cell, or a gap within the figures, is shown to a person with the reading as a proposal."""
    struck = figures._figure(chance(1, 10, 3), "1x3", gap=False)
    assert (struck.state, struck.reason, struck.agreed) == ("illegible", "not-a-figure", False)
    assert struck.others[0][0].startswith("1")
    hole = figures._figure(chance(1, 3), "13", gap=True)
    assert (hole.state, hole.reason) == ("illegible", "gap-between-figures")


def test_a_written_score_must_be_one_of_its_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """A 7 where 1 to 4 can be answered is out of range, not an answer."""
    field = drawn.field({"kind": "score", "box": [10, 10, 9, 9], "values": [1, 2, 3, 4]})
    assert isinstance(field, schema.Score)
    crops = drawn.crops(field, [])
    seen = iter(
        [figures.Figure("3", "valid", None, 0.99, agreed=True), figures.Figure("7", "valid", None, 0.99, agreed=True)]
    )
    monkeypatch.setattr(figures, "in_cells", lambda _: next(seen))
    good, bad = digits._score(field, crops), digits._score(field, crops)
    assert (good.value, good.state) == (3, "valid")
    assert (bad.value, bad.state, bad.reason) == (None, "illegible", "out-of-range")


@pytest.mark.parametrize("state", ["valid", "illegible"])
def test_the_illegible_is_never_accepted(state: model.State) -> None:
    """However sure a reader is that something cannot be read, a person looks."""
    crops = drawn.crops(drawn.question(), [])
    reading = answers.reading(crops, "marks/2", 1 if state == "valid" else None, state, None, 1.0)
    assert reading.sure is (state == "valid")


def test_doubt_halves_the_score() -> None:
    """Where a kind's own condition is not met the score falls below every line."""
    crops: Sequence[model.FieldCrop] = drawn.crops(drawn.question(), [])
    plain = answers.reading(crops, "marks/2", 1, "valid", None, 0.998)
    doubted = answers.doubted(plain, "choice")
    assert doubted.score == pytest.approx(plain.score / 2)
    assert doubted.confidence <= plain.confidence
    assert (plain.sure, doubted.sure) == (True, False)
