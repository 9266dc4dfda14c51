"""Serials: what their check character finds."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.forms import serial

NUMBERS = st.integers(0, 10**12 - 1)


@given(NUMBERS)
def test_a_serial_is_valid_and_gives_its_number_back(number: int) -> None:
    """What is made is valid, and carries the number."""
    made = serial.make(number)
    assert serial.valid(made)
    assert serial.number(made) == number


@given(NUMBERS, st.data())
def test_one_wrong_character_is_found(number: int, data: st.DataObject) -> None:
    """Any single substitution breaks the check, wherever it falls."""
    made = serial.make(number)
    place = data.draw(st.integers(0, len(made) - 1))
    wrong = data.draw(st.sampled_from([c for c in serial.ALPHABET if c != made[place]]))
    assert not serial.valid(made[:place] + wrong + made[place + 1 :])


@given(NUMBERS)
def test_swapped_neighbours_are_found(number: int) -> None:
    """Swapping two different neighbours breaks the check, wherever it falls."""
    made = serial.make(number)
    for n in range(len(made) - 1):
        swapped = made[:n] + made[n + 1] + made[n] + made[n + 2 :]
        assert swapped == made or not serial.valid(swapped)


def test_the_scheme_is_iso_7064_mod_37_2() -> None:
    """The standard's own example for MOD 37-2: a donation number G1234 98 654321 has H as its check."""
    rest = 0
    for character in "G123498654321":
        rest = (rest + serial.ALPHABET.index(character)) * 2 % 37
    assert serial.ALPHABET[(1 - rest) % 37] == "H"
    assert serial.make(123) == "000123G"


def test_serials_handed_out_are_easy_to_read() -> None:
    """No serial that people would misread is handed out, and none twice."""
    handed = list(itertools.islice(serial.following(0), 2000))
    assert len(set(handed)) == 2000
    assert not {made[-1] for made in handed} & set("01IO*")
    assert [serial.number(made) for made in handed] == sorted(serial.number(made) for made in handed)


@pytest.mark.parametrize("text", ["", "000123", "000123g", "00123G", " 000123G", "000123G\n", "００0123G"])
def test_what_has_not_the_shape_is_no_serial(text: str) -> None:
    """Shape counts too: length, capitals, plain figures."""
    assert not serial.valid(text)
    with pytest.raises(ValueError, match="not a serial"):
        serial.number(text)


@pytest.mark.parametrize("number", [-1, 10**12])
def test_numbers_out_of_range_are_refused(number: int) -> None:
    """There is room for a million million sheets, and not below zero."""
    with pytest.raises(ValueError, match="out of range"):
        serial.make(number)
