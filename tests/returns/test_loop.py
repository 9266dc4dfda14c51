"""What came back without a readable number, and what came back twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pytest

from pipeline import model
from pipeline.forms import Forms
from pipeline.returns import cases, loop
from pipeline.returns.loop import Loop
from pipeline.returns.sheets import Sheet

DAY = dt.date(2026, 5, 1)
NUMBER = cases.of_serial("one", "000001X")


def _sheet(record: str, serial: str | None, form_id: str = "one") -> Sheet:
    return Sheet(record, None, form_id, serial, DAY, "", "", {}, shut=True, filled=True)


def _closed(sheets: Sequence[Sheet], *matches: tuple[str, str]) -> Loop:
    """A loop in which one number went out, with some matches that people entered."""
    issued = [model.Issued(("one", "1"), "000001X", "2026-04-01T00:00:00.000Z", "", "", "", "", "")]
    said = [
        model.Entry(
            str(n), 1, cases.MATCH, target, None, {cases.OTHER: other}, "enter", "花", "2026-05-02T00:00:00.000Z"
        )
        for n, (target, other) in enumerate(matches)
    ]
    return loop.closed(sheets, issued, said, Forms({}), DAY)


@pytest.mark.parametrize("turned", [False, True], ids=["record first", "number first"])
def test_a_match_brings_the_number_back(turned: bool) -> None:
    """A sheet without a number that a person matched with one is what came back, and goes by that number in lists."""
    pair = cases.of_record("aa"), NUMBER
    made = _closed([_sheet("aa", None)], pair[::-1] if turned else pair)
    assert [sent.fate for sent in made.sent] == ["returned"]
    assert made.who(made.sheets[0]) == "000001X"


@pytest.mark.parametrize("sheet", [_sheet("aa", "000002W"), _sheet("aa", None, "two")], ids=["own", "other form"])
def test_another_sheet_of_the_same_person_is_not_the_number(sheet: Sheet) -> None:
    """A match of two sheets as one person's says nothing of where the other sheet is."""
    made = _closed([sheet], (cases.of_record("aa"), NUMBER))
    assert [sent.fate for sent in made.sent] == ["outstanding"]
    assert made.cases.of(NUMBER) == made.cases.of(cases.of_record("aa"))


def test_a_number_that_came_twice_is_one_doubt() -> None:
    """However many records a second scan leaves apart, one number waits for somebody to say what to keep."""
    made = _closed([_sheet(record, "000001X") for record in ("aa", "ab", "ac", "ad")])
    assert (made.doubled, [sheet.record for sheet in made.sheets]) == (1, ["aa"])
