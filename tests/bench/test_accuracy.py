"""The bench of readings: what is measured, of whom, and what it says of progress."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from pipeline import forms, settings
from pipeline.bench import accuracy
from pipeline.errors import UsageProblem
from pipeline.forms import Forms
from tests.bench.test_align import TICKETS
from tests.bench.test_pictures import row


def test_one_reader_is_measured_alone_and_progress_is_told(shipped: Forms) -> None:
    """With `readers` only their fields are read, here the marks; every file of the set is counted for the bar."""
    told: list[int] = []

    def watch(items: Iterable[Any], total: int) -> Iterable[Any]:
        told.append(total)
        return items

    own = settings.load().model_copy(update={"workers": 1})
    result = accuracy.run(TICKETS, shipped, own, forms.at_hand, ["marks"], watch)
    assert {one.kind.split("/")[0] for one in result.rows} == {"choice"}
    assert all(one.right for one in result.rows)
    assert told == [len(list(TICKETS.glob("*.pdf")))]


def test_a_reader_that_is_none_is_named() -> None:
    """A mistyped reader ends in a sentence with those that there are."""
    with pytest.raises(UsageProblem, match=r"mark .*marks、"):
        accuracy.run(TICKETS, Forms({}), settings.load(), forms.at_hand, ["mark"])


def test_certain_and_accepted_are_two_shares() -> None:
    """An empty answer that is required goes to a person though its reader is sure: certain, not accepted."""
    rows = [row(right=True, sure=True, confidence=0.99), row(right=True, sure=False, confidence=0.99)]
    line = accuracy.table(accuracy.Result((*rows,), {}))["all marks"]
    assert (line["certain"], line["accepted"]) == (1.0, 0.5)
