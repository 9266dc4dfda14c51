"""Two letters with a dot between: 男・女, 有・無. One of them is circled, whatever was read of them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace

from pipeline.forms.propose.page import Page, Word, plain
from pipeline.geometry import Box

PARTNERS = {"男": "女", "有": "無", "要": "否", "済": "未", "良": "否", "夫": "妻", "父": "母"}
APART_MM = (3.0, 30.0)  # white between the two
DOT_MM = 2.0
UNIT = re.compile("^[年月日歳才円人回時分枚名様]")
MIDDLE_MM = 1.5  # how far the dot may stand from their middle
SQUARE = (0.6, 1.6)


def find(page: Page, line: Sequence[Word]) -> list[list[Word]]:
    """Pairs on a line, with what they say as far as either of them was read."""
    words = [word for word in line if not _is_dot(word.box)]
    dots = [box.center() for box in [*page.ink.dots, *(word.box for word in line if _is_dot(word.box))]]
    found = []
    for a, b in itertools.pairwise(words):
        if _is_pair(a.box, b.box) and any(_between(a, b, (float(x), float(y))) for x, y in dots):
            found.append([replace(word, text=text) for word, text in zip((a, b), said(a, b), strict=True)])
    return found


def _is_dot(box: Box) -> bool:
    return max(box.w, box.h) < DOT_MM


def known(a: Word, b: Word) -> list[Word]:
    """The two as a pair when one of them is read as one side of it and the other may well be its partner."""
    texts = said(a, b)
    partners = {*PARTNERS.items()}
    misread = [word for word, text in zip((a, b), texts, strict=True) if plain(word.text) != text]
    fits = texts in partners and _is_pair(a.box, b.box) and not any(UNIT.match(plain(word.text)) for word in misread)
    return [replace(word, text=text) for word, text in zip((a, b), texts, strict=True)] if fits else []


def _is_pair(a: Box, b: Box) -> bool:
    square = all(SQUARE[0] < box.w / box.h < SQUARE[1] for box in (a, b))
    return square and APART_MM[0] < b.x - a.x - a.w < APART_MM[1] and 0.7 < a.h / b.h < 1.4


def _between(a: Word, b: Word, dot: tuple[float, float]) -> bool:
    middle = (a.right + b.box.x) / 2, (a.middle + b.middle) / 2
    return all(abs(one - other) < MIDDLE_MM for one, other in zip(middle, dot, strict=True))


def said(a: Word, b: Word) -> tuple[str, str]:
    """What the two say; a letter that has one partner names the other."""
    first, second = plain(a.text), plain(b.text)
    back = {other: one for one, other in PARTNERS.items() if other != "否"}
    return (back.get(second, first), second) if second in back else (first, PARTNERS.get(first, second))
