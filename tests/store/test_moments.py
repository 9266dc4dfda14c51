"""Days as they pass in Tokyo, as moments that sort."""

from __future__ import annotations

import datetime as dt

import hypothesis
from hypothesis import strategies as st

from pipeline.store import moments


@hypothesis.given(st.dates(), st.dates())
def test_every_day_there_is_has_a_beginning_and_an_end(one: dt.date, other: dt.date) -> None:
    """Whatever day somebody types, from the first to the last of the calendar, it is a text that sorts as days do."""
    first, second = sorted([one, other])
    assert moments.start(first) <= moments.start(second)
    assert moments.end(first) <= moments.end(second)
    assert moments.start(first) <= moments.end(first)
    assert {len(moments.start(day)) for day in (one, other)} == {27}


def test_a_day_begins_at_midnight_in_tokyo() -> None:
    """Nine hours before it does in UTC."""
    day = dt.date(2026, 4, 1)
    assert moments.start(day) == "2026-03-31T15:00:00.000000Z"
    assert moments.end(day) == "2026-04-01T15:00:00.000000Z"
