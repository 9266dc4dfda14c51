"""What people type is understood or refused with a sentence; names are never touched."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from pipeline import review
from pipeline.forms import eras, schema

BOX = [10, 10, 20, 8]


def field(kind: str, **more: Any) -> schema.Field:
    """A field of that kind."""
    made: schema.Field = TypeAdapter(schema.Field).validate_python({"id": "f", "label": "欄", "kind": kind, **more})
    return made


def options(*values: object) -> list[dict[str, Any]]:
    """Options side by side."""
    return [{"value": value, "label": f"の{n}", "box": [10 * n, 10, 5, 5]} for n, value in enumerate(values)]


SCORE = field("score", options=options(1, 0, 3))
WRITTEN = field("score", box=BOX, values=[1, 2, 3, 4])
ONE = field("choice", options=options("a", 2, True))
SEVERAL = field("choice", options=options("a", "b", "c"), multiple=True)
PHONE = field("digits", box=BOX, pattern=r"^0\d{9,10}$")
PLAIN = field("digits", box=BOX)
WHOLE = field("digits", box=BOX, number={"min": 0, "max": 120})
DECIMAL = field("digits", box=BOX, number={"decimals": 1, "min": 3, "max": 20, "unit": "%"})
DATE = field("date", box=BOX)
NAME = field("text", box=BOX)
SEAL = field("presence", box=BOX)
CODE = field("code", box=BOX)


@pytest.mark.parametrize(
    ("asked", "typed", "meant"),
    [
        (SCORE, "0", 0),
        (SCORE, "３", 3),
        (WRITTEN, " 4 ", 4),
        (ONE, "2", 2),
        (ONE, "true", True),
        (SEVERAL, ("c", "a"), ("a", "c")),
        (SEVERAL, "a、b", ("a", "b")),
        (PHONE, "０９０－１２３４－５６７８", "09012345678"),
        (PHONE, "0193‐22ー1234", "0193221234"),
        (PLAIN, "００７", "007"),
        (WHOLE, "８５", 85),
        (DECIMAL, "６．５", 6.5),
        (DECIMAL, "7", 7.0),
        (DATE, "2026-03-05", "2026-03-05"),
        (DATE, "令和８年３月５日", "2026-03-05"),
        (DATE, "r8.3.5", "2026-03-05"),
        (DATE, "令和元年5月1日", "2019-05-01"),
        (DATE, "昭和64/1/7", "1989-01-07"),
        (DATE, "20260305", "2026-03-05"),
        (NAME, " 髙橋　〇子① ", "髙橋　〇子①"),
        (NAME, "一\r\n二", "一\n二"),
        (SEAL, "false", False),
        (CODE, "YT1/x", "YT1/x"),
    ],
)
def test_typed_values_are_understood(asked: schema.Field, typed: str | tuple[str, ...], meant: object) -> None:
    """Full-width figures, dashes and eras are brought to one form; a name stays as it was typed."""
    value = review.understood(asked, typed)
    assert (value, type(value)) == (meant, type(meant))


@pytest.mark.parametrize(
    ("asked", "typed", "code"),
    [
        (SCORE, "2", "score-unknown"),
        (SCORE, "三", "score-unknown"),
        (ONE, "z", "option-unknown"),
        (ONE, ("a", "2"), "one-only"),
        (SEVERAL, (), "value-missing"),
        (PHONE, "0901234", "digits-pattern"),
        (PLAIN, "12a", "digits-pattern"),
        (WHOLE, "121", "out-of-range"),
        (WHOLE, "1.5", "number"),
        (DECIMAL, "6.55", "number"),
        (DECIMAL, "inf", "number"),
        (DATE, "2026-02-29", "date-impossible"),
        (DATE, "平成31年5月1日", "date-impossible"),
        (DATE, "令和0年5月1日", "date-impossible"),
        (DATE, "8年3月5日", "date-impossible"),
        (DATE, "きのう", "date"),
        (NAME, "  ", "value-missing"),
        (NAME, "あ" * 2001, "too-long"),
        (NAME, "あ\x00", "control-character"),
        (SEAL, "yes", "presence"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(
    asked: schema.Field, typed: str | tuple[str, ...], code: str
) -> None:
    """The sentence is Japanese, names the field and says what to do next."""
    with pytest.raises(review.NotUnderstood) as refused:
        review.understood(asked, typed)
    assert refused.value.code == code
    assert refused.value.what.startswith("「欄」")
    assert refused.value.todo.endswith("。")


KINDS: list[tuple[schema.Field, st.SearchStrategy[Any]]] = [
    (SCORE, st.sampled_from([1, 0, 3])),
    (ONE, st.sampled_from(["a", 2, True])),
    (SEVERAL, st.lists(st.sampled_from("abc"), min_size=1, unique=True).map(lambda some: tuple(sorted(some)))),
    (PHONE, st.from_regex(r"0[0-9]{9,10}", fullmatch=True)),
    (DECIMAL, st.integers(30, 200).map(lambda tenths: tenths / 10)),
    (DATE, st.dates(datetime.date(1868, 1, 25)).map(datetime.date.isoformat)),
    (NAME, st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=50)),
    (SEAL, st.booleans()),
]


@given(st.sampled_from(KINDS).flatmap(lambda kind: st.tuples(st.just(kind[0]), kind[1])))
def test_what_is_shown_is_understood_again(pair: tuple[schema.Field, Any]) -> None:
    """A value put into its control and sent back untouched is the same value."""
    asked, value = pair
    assert review.understood(asked, review.shown(asked, value)) == value


@given(st.dates(datetime.date(1868, 1, 25)), st.sampled_from(list(eras.STARTS)))
def test_a_day_belongs_to_one_era(day: datetime.date, era: str) -> None:
    """Written in its own era a day is itself; written in any other it is refused."""
    own = max((start, name) for name, start in eras.STARTS.items() if start <= day)[1]
    year = day.year - eras.STARTS[era].year + 1
    written = f"{era}{year}年{day.month}月{day.day}日"
    if era == own and year < 10_000:
        assert review.understood(DATE, written) == day.isoformat()
    else:
        with pytest.raises(review.NotUnderstood):
            review.understood(DATE, written)


def test_nothing_is_shown_for_nothing() -> None:
    """An empty answer is an empty control."""
    assert review.shown(NAME, None) == ""
