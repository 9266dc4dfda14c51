"""Strings that have broken spreadsheets before, and a seeded crowd of others."""

from __future__ import annotations

import random

FORMULAS = [
    "=1+1",
    '=HYPERLINK("http://x","y")',
    "+1",
    "-1",
    "@SUM(A1)",
    "=cmd|'/C calc'!A0",
    "==",
    "=",
    "＝1+1",
    "＠a",
    "－1",
]
ERRORS = ["#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NULL!", "#NUM!"]
ESCAPES = [
    "_x000D_",
    "_x0041_",
    "_x005F_x0041_",
    "a_x000a_b_x",
    "&amp;",
    "<b>",
    "]]>",
    "<!--",
    '"quoted"',
    "a,b",
    "'",
    "''a",
]
NUMBERS = [
    "0",
    "-0",
    "007",
    "1e5",
    "1,234",
    "1.0",
    "NaN",
    "inf",
    "TRUE",
    "1/2",
    "2026-01-01",
    "12:00",
    "0x10",
    "10%",
    "１２",
    "99999999999999999999",
]
SPACES = [" ", "\u3000", "\t", "\n", "\r\n", "a\nb", " a ", "a  b", "\u00a0a", "a\u2028b", "a\x0bb", "\x85"]
CONTROLS = [
    "\x00",
    "a\x00b",
    "\x1b[31m",
    "\x7f",
    "\x80",
    "\ufeffa",
    "\u200bb",
    "\u202eabc",
    "\ufffe",
    "\uffff",
    "\ud800",
    "\udfff",
    "\ud83d",
    "\U0001fffe",
]
LETTERS = [
    "①②③",
    "㈱",
    "℡",
    "№",
    "Ⅳ",
    "㌔",
    "㍻",
    "㋿",
    "髙﨑",
    "𠮷野家",
    "葛\U000e0100城",
    "\ue000",
    "か\u3099",
    "ｶﾞｷﾞ",
    "〜",
    "—",
    "−",
    "😀👨‍👩‍👧",
    "é",
    "한글",
    "ภาษาไทย",
    "العربية",
]
LONG = ["a" * 32_767, "a" * 32_768, "あ" * 40_000, "😀" * 17_000]
STRINGS = [*FORMULAS, *ERRORS, *ESCAPES, *NUMBERS, *SPACES, *CONTROLS, *LETTERS, *LONG]

_PARTS = [text for text in STRINGS if len(text) < 50]


def many(number: int) -> list[str]:
    """`number` hostile strings: all of the above, then seeded mixtures of them and of any code points."""
    rng = random.Random(5000)
    mixed = ("".join(_part(rng) for _ in range(rng.randint(1, 6))) for _ in range(number - len(STRINGS)))
    return [*STRINGS, *mixed]


def _part(rng: random.Random) -> str:
    kind = rng.random()
    if kind < 0.6:
        return rng.choice(_PARTS)
    top = 0x250 if kind < 0.75 else 0xFFFF if kind < 0.95 else 0x10FFFF
    return "".join(chr(rng.randint(0, top)) for _ in range(rng.randint(1, 8)))
