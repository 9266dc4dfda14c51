"""Serials of issued sheets: six figures or more and a check character, `000123K`.

The check character follows ISO/IEC 7064, MOD 37-2, and stands among the 36 letters and figures and `*`. It
finds every single wrong character and every swap of two neighbours. Numbers whose check character would
be `0`, `1`, `I`, `O` or `*` are skipped when serials are handed out, as they are easily misread or mistyped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"
_MODULUS, _RADIX = len(ALPHABET), 2
_UNCLEAR = frozenset("01IO*")
_SHAPE = re.compile(r"[0-9]{6,12}[0-9A-Z*]")


def make(number: int) -> str:
    """The serial of a number from 0 to 999,999,999,999; raises ValueError outside."""
    if not 0 <= number < 10**12:
        raise ValueError(f"serial number out of range: {number}")
    figures = f"{number:06d}"
    return figures + _check_character(figures)


def valid(text: str) -> bool:
    """Whether the text is a serial whose check character agrees."""
    return bool(_SHAPE.fullmatch(text)) and _check_character(text[:-1]) == text[-1]


def number(text: str) -> int:
    """The number of a serial; raises ValueError when it is damaged."""
    if not valid(text):
        raise ValueError(f"not a serial: {text!r}")
    return int(text[:-1])


def following(last: int) -> Iterator[str]:
    """The serials to hand out after number `last`, without those that people misread."""
    n = last
    while True:
        n += 1
        if make(n)[-1] not in _UNCLEAR:
            yield make(n)


def _check_character(figures: str) -> str:
    rest = 0
    for figure in figures:
        rest = (rest + ALPHABET.index(figure)) * _RADIX % _MODULUS
    return ALPHABET[(1 - rest) % _MODULUS]
