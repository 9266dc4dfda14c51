"""Figures, dates, lists and certainty, apart from any picture."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.forms import Forms, schema
from pipeline.read import READERS, confidence, date, digits, figures, fit, kind_of
from tests.read import drawn


def test_every_kind_of_the_shipped_forms_has_a_reader(shipped: Forms) -> None:
    """A registry is complete for what ships."""
    assert {kind_of(field) for form in shipped.values() for field in form.fields.values()} <= set(READERS)


@pytest.mark.parametrize(
    ("era", "year", "month", "day", "expected"),
    [
        ("令和", "6", "7", "3", "2024-07-03"),
        ("令和", "元", "5", "1", "2019-05-01"),
        ("令和", "1", "4", "30", None),  # before the era began
        ("平成", "31", "4", "30", "2019-04-30"),
        ("平成", "31", "5", "1", None),  # after it ended
        ("昭和", "64", "1", "7", "1989-01-07"),
        ("大正", "15", "12", "24", "1926-12-24"),
        ("令和", "6", "2", "30", None),  # no such day
        (None, "2026", "11", "22", "2026-11-22"),
        (None, "26", "11", "22", None),  # a western year has four figures
        ("", "6", "7", "3", None),  # which era is not clear
    ],
)
def test_days_of_the_eras(era: str | None, year: str, month: str, day: str, expected: str | None) -> None:
    """Only days that the calendar has, in years that the era had."""
    assert date.calendar(era, year, month, day) == expected


def test_a_day_to_come_is_odd_unless_the_form_expects_it() -> None:
    """What a form reports has happened: 2025 misread as 2035 is shown to a person; an appointment may lie ahead."""
    box = {"kind": "date", "box": [10, 10, 60, 10]}
    plain, ahead = (drawn.field({**box, **more}) for more in ({}, {"future": True}))
    assert isinstance(plain, schema.Date)
    assert isinstance(ahead, schema.Date)
    today = dt.datetime.now(dt.UTC).date()
    later = (today + dt.timedelta(days=30)).isoformat()
    assert [date.oddity(plain, day) for day in (today.isoformat(), later)] == [None, "future-date"]
    assert date.oddity(ahead, later) is None


@given(st.dates(dt.date(1912, 7, 30), dt.date(2060, 12, 31)))
def test_every_day_survives_its_era(day: dt.date) -> None:
    """Written in its era, full-width or not, a day means itself."""
    era = max((e for e, first in date.ERAS.items() if first <= day), key=lambda e: date.ERAS[e])
    year = day.year - date.ERAS[era].year + 1
    for text in (f"{era}{year}年{day.month}月{day.day}日", f"{era[0]}", f"{year}.{day.month}.{day.day}"):
        found = date.written(text.translate(str.maketrans("0123456789", "０１２３４５６７８９")), [era])
        assert found == (day.isoformat() if len(text) > 1 else None)


@pytest.mark.parametrize("text", ["", "令和", "6年", "7/24", "令和6年13月1日", "20261301"])
def test_what_is_no_date_is_none(text: str) -> None:
    """A part of a date, or an impossible one, is no date."""
    assert date.written(text, ["令和"]) is None


def digits_field(**raw: Any) -> Any:
    """A digits field with three cells."""
    return drawn.field({"kind": "digits", "box": [10, 10, 21, 9], "cells": 3, **raw})


@pytest.mark.parametrize(
    ("raw", "text", "expected"),
    [
        ({"number": {"decimals": 1, "min": 3, "max": 20}}, "056", (5.6, None)),
        ({"number": {"decimals": 1, "min": 3, "max": 20}}, "62", (6.2, None)),
        ({"number": {"decimals": 1, "min": 3, "max": 20}}, "999", (None, "out-of-range")),
        ({"number": {"min": 0}}, "120", (120, None)),
        ({"number": {}}, "1a", (None, "not-a-number")),
        ({"pattern": r"^0\d{9}$"}, "0193-22-1234", ("0193221234", None)),
        ({"pattern": r"^0\d{9}$"}, "193", (None, "pattern-mismatch")),
        ({}, "007", ("007", None)),
    ],
)
def test_figures_become_values_by_their_rules(raw: dict[str, Any], text: str, expected: tuple[Any, str | None]) -> None:
    """Decimals stand in the last cells, numbers keep their range, patterns their form."""
    assert digits.value_of(digits_field(**raw), text, celled=True) == expected


def test_figures_are_normalised_with_every_dash() -> None:
    """Full-width figures and all dashes become plain ones; letters stay."""
    assert figures.normal("０１９３－２２―１２３４ Ｔ") == "0193-22-1234T"


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=5, max_size=40), st.floats(0, 1), st.floats(0, 1))
def test_more_score_is_never_less_probable(rows: list[tuple[float, bool]], a: float, b: float) -> None:
    """A fitted curve never falls, and stays strictly between 0 and 1."""
    table = np.array(sorted(rows), dtype=float)
    scores, chances = fit.isotonic(table[:, 0], table[:, 1])
    low, high = (float(np.interp(v, scores, chances)) for v in sorted((a, b)))
    assert low <= high + 1e-9
    assert (chances > 0).all()
    assert (chances < 1).all()


def test_the_least_sure_of_readings_that_were_all_right_are_still_the_least_probable() -> None:
    """A reader that was never wrong is not equally probable at every score; on average it is as right as measured."""
    scores = np.sort(np.r_[np.linspace(0.45, 0.55, 40), np.linspace(0.99, 1, 960)])
    chances = fit.graded(scores, np.ones(1000))
    assert chances[0] < chances[30] < chances[200]
    assert 1 - chances[0] > 5 * (1 - chances[-1])
    assert chances.mean() == pytest.approx(fit.isotonic(scores, np.ones(1000))[1][0], abs=1e-3)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=5, max_size=40))
def test_a_graded_curve_never_falls(rows: list[tuple[float, bool]]) -> None:
    """Grading within pools keeps the order between them, and every chance strictly between 0 and 1."""
    table = np.array(sorted(rows), dtype=float)
    chances = fit.graded(table[:, 0], table[:, 1])
    assert (np.diff(chances) >= 0).all()
    assert (chances > 0).all()
    assert (chances < 1).all()
    assert len(fit.knots(table[:, 0])) <= fit.KNOTS


def test_the_line_leaves_no_known_error_above_it() -> None:
    """The line is set beyond the surest mistake of the calibration set."""
    rows = np.array([(s / 1000, s != 700) for s in range(1000)], dtype=float)
    assert fit.line(rows, 5e-4) > 0.7
    assert fit.line(np.array([[0.5, 0.0], [0.9, 0.0]]), 5e-4) > 1


def test_a_reader_without_calibration_is_never_sure() -> None:
    """What was never measured goes to review."""
    assert confidence.calibrated("unheard/1:text", 0.99) == confidence.UNKNOWN
    assert not confidence.sure("unheard/1:text", 1.0)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=60, max_size=120))
def test_an_office_can_only_grow_more_careful(rows: list[tuple[float, bool]]) -> None:
    """What an office settled never makes a reader surer than it was shipped, and never lowers its line."""
    shipped = {"score": [0.0, 0.5, 1.0], "probability": [0.1, 0.6, 0.99], "line": [0.9]}
    here = fit.curve(np.array([(score, right, 1.0) for score, right in rows]), 5e-4)
    both = fit.more_careful(shipped, here)
    assert both["line"][0] >= 0.9
    assert all(
        p <= np.interp(s, shipped["score"], shipped["probability"]) + 1e-5
        for s, p in zip(both["score"], both["probability"], strict=True)
    )
    assert list(both["probability"]) == sorted(both["probability"])
