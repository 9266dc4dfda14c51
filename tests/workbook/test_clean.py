"""What the one cleaning function promises."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.workbook import clean
from tests.workbook import hostile


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("普通の文字", "普通の文字"),
        ("", ""),
        ("  前後\u3000", "前後"),
        ("釜石\u3000太郎", "釜石\u3000太郎"),
        ("二つ\u3000\u3000空く", "二つ\u3000空く"),
        ("改行\r\nあり", "改行 あり"),
        ("タブ\t字", "タブ 字"),
        ("制\x00御\x1b文\u200b字", "制御文字"),
        ("①②㈱℡Ⅳ㎏", "(1)(2)(株)TELIVkg"),
        ("㋿元年", "令和元年"),
        ("⓫と㊿", "(11)と(50)"),
        ("℃と※と々", "℃と※と々"),
        ("外字\ue000", "外字〓"),
        ("か\u3099き", "がき"),
        ("髙橋﨑神", "髙橋﨑神"),
        ("壊れた\ud800字", "壊れた字"),
        ("😀", "😀"),
        ("=1+1", "=1+1"),
    ],
)
def test_examples(before: str, after: str) -> None:
    """Control and invisible characters go, machine-dependent ones are spelt out, spaces are single."""
    assert clean.clean(before) == after


def test_names_keep_rare_characters() -> None:
    """In a name nothing is replaced, but invisible characters and spaces are put right all the same."""
    assert clean.clean(" ①\ue000\x07 ", name=True) == "①\ue000"


@given(st.text() | st.sampled_from(hostile.STRINGS), st.booleans())
def test_cleaning_twice_changes_nothing_more(text: str, name: bool) -> None:
    """A clean text stays as it is."""
    once = clean.clean(text, name)
    assert clean.clean(once, name) == once


@given(st.text() | st.sampled_from(hostile.STRINGS))
def test_nothing_forbidden_is_left(text: str) -> None:
    """A clean text has no control character, no line break, no padding and no machine-dependent character."""
    cleaned = clean.clean(text)
    assert not any(unicodedata.category(c) in {"Cc", "Cs", "Co", "Zl", "Zp"} for c in cleaned)
    assert cleaned == cleaned.strip()
    assert not clean.DEPENDENT.search(cleaned)
    cleaned.encode("utf-8")


@given(st.text() | st.sampled_from(hostile.STRINGS), st.booleans())
def test_every_change_is_listed(text: str, name: bool) -> None:
    """There is a change on the list exactly where the text changed."""
    assert bool(clean.changes(text, name)) == (clean.clean(text, name) != text)


def test_changes_name_their_code_points() -> None:
    """The list says which character was changed, into what, how often."""
    assert clean.changes("①①\n終") == [
        clean.Change("置換", "U+2460", "(1)", 2),
        clean.Change("空白", "U+000A", "", 1),
    ]


@pytest.mark.parametrize("text", ["あ" * 40_000, "😀" * 20_000, "_x0041_" * 6_000])
def test_long_texts_are_cut_to_what_excel_holds(text: str) -> None:
    """A text fits a cell, counted as Excel counts, and the cut is on the list."""
    cleaned = clean.clean(text)
    assert clean.excel_length(cleaned) <= clean.EXCEL_LIMIT < clean.excel_length(text)
    assert text.startswith(cleaned)
    assert clean.changes(text)[-1] == clean.Change("切詰", "", "", len(text) - len(cleaned))


def test_cleaner_collects_until_asked() -> None:
    """Changes of one record are handed over once, a text met twice counts once."""
    cleaner = clean.Cleaner()
    assert cleaner.text("①", "memo") == "(1)"
    assert cleaner.text("①", "memo") == "(1)"
    assert cleaner.text("\x00", "memo") is None
    assert [(item, change.code_point) for item, change in cleaner.collect()] == [("memo", "U+2460"), ("memo", "U+0000")]
    assert cleaner.collect() == []


def test_names_with_rare_characters_are_counted() -> None:
    """How many names kept a machine-dependent character is known in the end."""
    cleaner = clean.Cleaner()
    assert cleaner.text("㈱まる", "who", name=True) == "㈱まる"
    assert (cleaner.kept, cleaner.collect()) == (1, [])
