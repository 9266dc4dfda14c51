"""What is made up fits the field it is made up for."""

from __future__ import annotations

import datetime
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.forms import Forms, schema
from samples import values

CARD, FOLD = ("card", "1"), ("fold", "2")


def sheet(little: Forms, seed: int) -> values.Sheet:
    """An empty card with its own chance."""
    return values.sheet_for(little[CARD], np.random.default_rng(seed), little.list_folders)


def filled(little: Forms, seed: int) -> dict[str, values.Content]:
    """A whole card."""
    paper = sheet(little, seed)
    return {name: values.fill(field, paper) for name, field in little[CARD].fields.items()}


def likes(cards: dict[str, values.Content]) -> tuple[object, ...]:
    """What is marked in the field that allows several."""
    value = cards["likes"].value
    return value if isinstance(value, tuple) else ()


@given(st.integers(0, 10**6))
def test_values_fit_their_fields(little: Forms, seed: int) -> None:
    """Choices come from the options, numbers obey their bounds, patterns match, and only valid ones have a value."""
    cards = filled(little, seed)
    assert cards["rank"].value in {1, 2, 3, None}
    assert set(likes(cards)) <= {"a", "b", "c"}
    assert cards["weight"].value is None or 3 <= float(str(cards["weight"].value)) <= 20
    assert cards["phone"].value is None or re.fullmatch(r"0\d{9,10}", str(cards["phone"].value))
    assert all((content.value is None) == (content.state != "valid") for content in cards.values())


@given(st.integers(0, 10**6))
def test_conditions_are_kept(little: Forms, seed: int) -> None:
    """Words for その他 only where it is marked; nothing where a condition is not met."""
    cards = filled(little, seed)
    if "c" not in likes(cards):
        assert cards["likes_other"].state == "empty"
    if not isinstance(cards["rank"].value, int) or cards["rank"].value < 3:
        assert cards["why"].state == "not_applicable"


def test_all_states_come_up(little: Forms) -> None:
    """Empty, double and struck-out answers all occur, with their marks."""
    found = [filled(little, seed)["rank"] for seed in range(400)]
    assert {content.state for content in found} == {"valid", "empty", "multiple"}
    assert all(len(content.marked) > 1 for content in found if content.state == "multiple")
    assert any(content.reason == "struck-out" and content.state == "valid" for content in found)
    assert any(content.reason == "struck-out" and content.state == "empty" for content in found)


def test_a_list_gives_its_value(little: Forms) -> None:
    """A field with a list holds the list's value, written in one of its own ways."""
    found = [filled(little, seed)["place"] for seed in range(60)]
    assert {content.value for content in found} == {"北の家（架空）", None}
    assert {content.text for content in found} == {"北の家", "きたのいえ", ""}


@pytest.mark.parametrize(
    ("day", "era"),
    [
        (datetime.date(2019, 4, 30), ("平成", 31)),
        (datetime.date(2019, 5, 1), ("令和", 1)),
        (datetime.date(1989, 1, 7), ("昭和", 64)),
        (datetime.date(1989, 1, 8), ("平成", 1)),
        (datetime.date(1926, 12, 24), ("大正", 15)),
        (datetime.date(1912, 7, 29), ("明治", 45)),
    ],
)
def test_eras_change_on_their_day(day: datetime.date, era: tuple[str, int]) -> None:
    """An era ends and the next begins on the day it did."""
    assert values.era_of(day) == era


def test_totals_follow_the_items() -> None:
    """Where the form checks a figure against a sum, people mostly write that sum."""
    fields = [{"id": f"q{n}", "kind": "score", "options": [{"value": n, "box": [10 * n, 5, 5, 5]}]} for n in (1, 2, 3)]
    figure = {"id": "written", "kind": "digits", "box": [5, 20, 12, 7], "cells": 2, "number": {"min": 3, "max": 9}}
    side = {"id": "s", "paper": {"width": 60, "height": 40}, "panels": [{"id": "p", "box": [0, 0, 60, 40]}]}
    derived = [{"id": "points", "sum": ["q1", "q2", "q3"]}]
    checks = [{"id": "agrees", "equal": ["points", "written"], "message": "!"}]
    whole = {"schema": 1, "id": "t", "version": "1", "title": "t", "sides": [side | {"fields": [*fields, figure]}]}
    form = schema.Form.model_validate(whole | {"derived": derived, "checks": checks})
    found = []
    for seed in range(60):
        paper = values.sheet_for(form, np.random.default_rng(seed), ())
        made = {name: values.fill(field, paper) for name, field in form.fields.items()}
        if all(made[f"q{n}"].state == "valid" for n in (1, 2, 3)) and made["written"].state == "valid":
            found.append(made["written"].value)
    assert found.count(6) > 0.8 * len(found) > 20


def test_dates_stand_in_their_cells(little: Forms) -> None:
    """A date's parts stand at the right of their cells, and a first year may be written 元."""
    found = [filled(little, seed)["day"] for seed in range(200)]
    assert all(len(content.cells) == 6 for content in found if content.state == "valid")
    for content in (content for content in found if content.state == "valid"):
        day = datetime.date.fromisoformat(str(content.value))
        assert int("".join(content.cells[2:4])) == day.month
        assert int("".join(content.cells[4:6])) == day.day
