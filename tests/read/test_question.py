"""A question decided as a whole, from likelihoods alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.read import question
from pipeline.read.question import MARKED, STRUCK, UNMARKED

CLEAN, TICK, CROSSED_OUT = (0.998, 0.001, 0.001), (0.001, 0.997, 0.002), (0.001, 0.002, 0.997)


def likelihoods(*options: tuple[float, float, float]) -> NDArray[np.float64]:
    """Likelihoods of a question's options, by two networks that agree."""
    return np.array([options, options])


@pytest.mark.parametrize("several", [False, True])
def test_clear_marks_are_taken_as_they_are(several: bool) -> None:
    """What is plain is decided so, whatever is usual: none, one, two, a new mark beside a struck one."""
    for asked in ([], [1], [0, 2], [0, 1, 2, 3]):
        seen = likelihoods(*(TICK if n in asked else CLEAN for n in range(4)))
        verdict = question.decide(seen, several)
        assert list(verdict.marked) == asked
        assert verdict.certainty > 0.9
    changed = question.decide(likelihoods(CLEAN, CROSSED_OUT, TICK), several)
    assert list(changed.states) == [UNMARKED, STRUCK, MARKED]
    assert changed.struck


def test_a_lone_scribble_is_an_answer() -> None:
    """A mark that looks struck out, with no other beside it, was more likely scribbled full; it stays in doubt."""
    verdict = question.decide(likelihoods(CLEAN, (0.001, 0.2, 0.8), CLEAN), several=False)
    assert list(verdict.marked) == [1]
    assert verdict.certainty < 0.99


def test_beside_a_clear_mark_the_same_scribble_is_struck_out() -> None:
    """People who mark another option have struck out the first."""
    verdict = question.decide(likelihoods(TICK, (0.001, 0.2, 0.8), CLEAN), several=False)
    assert list(verdict.states) == [MARKED, STRUCK, UNMARKED]


def test_a_list_of_ticks_has_few_corrections_however_long_it_is() -> None:
    """People correct a question, not each of its options: a scribble that may be struck out is a tick among many."""
    plain, doubtful = (1 - 2e-6, 1e-6, 1e-6), (0.001, 0.6, 0.399)
    few, many = (question.decide(likelihoods(doubtful, *[plain] * rest), several=True) for rest in (1, 11))
    assert list(many.states) == [MARKED, *[UNMARKED] * 11]
    assert few.certainty < 0.98 < many.certainty


@pytest.mark.parametrize("tick", [TICK, (1e-9, 1 - 2e-9, 1e-9)])
@pytest.mark.parametrize("count", [5, 8, 12])
def test_every_tick_of_a_long_list_is_read(count: int, tick: tuple[float, float, float]) -> None:
    """Eight ticks are eight, as plain as they are or all in a little doubt; none of them is dropped."""
    verdict = question.decide(likelihoods(*[tick] * count, *[CLEAN] * 3), several=True)
    assert list(verdict.marked) == list(range(count))
    assert verdict.certainty > 0.95


def test_doubt_that_was_not_weighed_stays() -> None:
    """A question of very many faint marks is decided, and in doubt."""
    verdict = question.decide(likelihoods(*[(0.05, 0.94, 0.01)] * 12), several=True)
    assert len(verdict.marked) == 12
    assert verdict.certainty < 0.9


def test_a_faint_trace_keeps_an_empty_question_open() -> None:
    """Most people answer: a trace of ink on one option of an empty question is no certain emptiness."""
    clean, trace = (question.decide(likelihoods(CLEAN, CLEAN, third), False) for third in (CLEAN, (0.9, 0.08, 0.02)))
    assert clean.certainty > 0.95
    assert trace.certainty < 0.8


def test_where_the_networks_differ_the_less_sure_one_counts() -> None:
    """What one of two networks does not believe is not certain, however sure the other is of it."""
    agreed = question.decide(likelihoods(CLEAN, TICK), several=False)
    doubted = question.decide(np.array([[CLEAN, TICK], [CLEAN, (0.3, 0.6, 0.1)]]), several=False)
    assert list(doubted.marked) == list(agreed.marked) == [1]
    assert doubted.certainty < 0.98 < agreed.certainty


@given(
    st.lists(st.tuples(*[st.floats(0.0, 1.0)] * 3).filter(lambda p: sum(p) > 0.01), min_size=1, max_size=12),
    st.booleans(),
)
def test_any_likelihoods_give_a_verdict(options: list[tuple[float, float, float]], several: bool) -> None:
    """Certainty and chances are probabilities, whatever the classifier says and however many options there are."""
    seen = (np.array(options) / np.sum(options, axis=1, keepdims=True))[None]
    verdict = question.decide(seen, several)
    assert verdict.states.shape == verdict.chances.shape == (len(options),)
    assert 0 < verdict.certainty <= 1 + 1e-9
    assert ((verdict.chances >= -1e-9) & (verdict.chances <= 1 + 1e-9)).all()
