"""Single values as cells."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.workbook import values


@pytest.mark.parametrize(
    ("day", "text"),
    [
        ("2026-11-01", "令和8年11月1日"),
        ("2019-05-01", "令和元年5月1日"),
        ("2019-04-30", "平成31年4月30日"),
        ("1989-01-08", "平成元年1月8日"),
        ("1989-01-07", "昭和64年1月7日"),
        ("1926-12-25", "昭和元年12月25日"),
        ("1926-12-24", "大正15年12月24日"),
        ("1912-07-30", "大正元年7月30日"),
        ("1912-07-29", "明治45年7月29日"),
        ("1800-01-01", None),
    ],
)
def test_japanese_calendar(day: str, text: str | None) -> None:
    """Eras change on their very day, the first year is 元年."""
    assert values.wareki(dt.date.fromisoformat(day)) == text


@pytest.mark.parametrize(
    ("value", "whole"),
    [(3, 3), (3.0, 3), ("3", 3), (True, 1), (False, 0), (0, 0), (2.5, None), ("三", None), (None, None), ("1_0", None)],
)
def test_whole_numbers(value: object, whole: int | None) -> None:
    """What is a whole number in whatever guise becomes one; nothing else does."""
    assert values.whole(value) == whole


@given(st.floats() | st.integers() | st.text())
def test_numbers_fit_excel(value: float | str) -> None:
    """A number is finite and has no more digits than Excel keeps."""
    found = values.number(value)
    assert found is None or abs(found) < 10**15


@pytest.mark.parametrize(
    ("stamp", "shown"),
    [
        ("2026-10-31T15:30:00+00:00", "2026-11-01 00:30:00"),
        ("2026-10-31T15:30:00.987654Z", "2026-11-01 00:30:00"),
        ("2026-10-31T15:30:00", "2026-11-01 00:30:00"),
        ("gestern", "None"),
    ],
)
def test_moments_are_in_japan_time(stamp: str, shown: str) -> None:
    """Time stamps are UTC inside and Japan time outside."""
    assert str(values.moment(stamp)) == shown


def test_values_as_text() -> None:
    """Every kind of value has one spelling."""
    told = [values.shown(value) for value in (None, True, 3, 2.5, "a", ("a", 1), dt.date(2026, 4, 1))]
    assert told == ["", "1", "3", "2.5", "a", "a 1", "2026-04-01"]
