"""The arithmetic behind the figures of the model card."""

from __future__ import annotations

import numpy as np
import pytest

from training import figures


@pytest.mark.parametrize(("wrong", "n", "bound"), [(0, 2995, 0.001), (1, 100, 0.0466), (5, 1000, 0.01048)])
def test_upper_bounds_agree_with_the_tables(wrong: int, n: int, bound: float) -> None:
    """Clopper and Pearson's one-sided bound, from published tables."""
    assert figures.upper_bound(wrong, n) == pytest.approx(bound, rel=0.01)


def test_without_any_evidence_everything_may_be_wrong() -> None:
    """No case, no promise."""
    assert figures.upper_bound(0, 0) == 1.0


def test_the_line_lies_above_the_mistakes() -> None:
    """The surest mistake decides where accepting begins."""
    sure = np.linspace(0, 1, 20_001)
    right = sure > 0.25
    line = figures.line_for(right, sure, 0.001)
    assert line is not None
    assert 0.24 < line.confidence < 0.26
    assert line.bound <= 0.001
    assert line.coverage == pytest.approx(0.75, abs=0.01)


def test_equal_confidences_are_accepted_together() -> None:
    """A line cannot part cases that look the same."""
    sure = np.full(10_000, 0.9)
    right = np.ones(10_000, dtype=np.bool_)
    right[:100] = False
    assert figures.line_for(right, sure, 0.001) is None


def test_temperature_cools_what_is_too_sure() -> None:
    """Logits twice as large as they should be are halved."""
    rng = np.random.default_rng(4)
    logits = rng.normal(0, 2, (20_000, 5))
    truth = np.array([rng.choice(5, p=row) for row in figures.softmax(logits)], dtype=np.int64)
    assert figures.temperature(2 * logits, truth) == pytest.approx(2, rel=0.05)


def test_two_networks_that_disagree_are_unsure() -> None:
    """The confidence is that of the less sure one."""
    first, second = np.array([[0.98, 0.02]]), np.array([[0.1, 0.9]])
    found, sure = figures.together([first, second])
    assert found.tolist() == [0]
    assert sure[0] == pytest.approx(0.1)


def test_calibrated_confidences_have_no_error() -> None:
    """Right in nine of ten cases at 0.9 is an expected calibration error of nothing."""
    right = np.array([True] * 9 + [False])
    assert figures.ece(right, np.full(10, 0.9)) == pytest.approx(0, abs=1e-9)
