"""Options that begin with their figure, in a line or one under another: 1．毎日　2．ときどき. People circle the figure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.forms.propose import labels
from pipeline.forms.propose.draft import CLEAR_MM, Draft, clipped
from pipeline.forms.propose.ink import PX, cut
from pipeline.forms.propose.marks import APART_MM, distinct_options
from pipeline.forms.propose.page import LOOKS_LIKE, Page, Word, lines, plain
from pipeline.geometry import Box, union

LEAD_MM = 5.0  # a figure with its point is no wider
BEHIND_MM = 6.0  # how near its words stand
TOGETHER_MM = 3.5  # words nearer than this belong to one option
LONGEST = 20  # letters of an option
CIRCLE_MM = 8.0
BETWEEN_MM = 1.5
COLUMN_MM = 2.0
POINT = r"[.．、,，:：)）]"
FUSED = re.compile(rf"^[(（]?([0-9Il|]{{1,2}}){POINT}+(\D.*)$")
SENTENCE = re.compile(r"[。？?!！]|か$|ください")
IN_BRACKETS = re.compile(r"^[(（]|[)）]$")


@dataclass(frozen=True)
class Option:
    """A figure, perhaps misread, and the words behind it."""

    figure: Box
    number: int | None  # what it was read as
    text: str
    words: tuple[Word, ...]


def find(page: Page, used: set[Word]) -> tuple[list[Draft], set[Word]]:
    """Questions whose options begin with figures counted from 1, and the words that they use."""
    drafts: list[Draft] = []
    taken: set[Word] = set()
    for owner in [*page.cells, None]:
        free = [word for word in page.words_in(owner) if word not in used]
        rows = [(row, _options(page, row)) for row in lines(free)]
        for block in _blocks(rows):
            drafts.append(_draft(page, block, owner))
            taken |= {word for option in block for word in option.words}
    return drafts, taken


# ── one line


def _options(page: Page, line: Sequence[Word]) -> list[Option]:
    """The options of a line; none when something else stands on it."""
    found: list[Option] = []
    rest = list(line)
    while rest:
        option, rest = _first(page, rest)
        if option is None:
            return []
        found.append(option)
    return found


def _first(page: Page, line: Sequence[Word]) -> tuple[Option | None, list[Word]]:
    """The option that a line begins with, and what stands behind it."""
    fused = FUSED.match(plain(line[0].text))
    count = 1 if fused else 2
    if not fused and (len(line) < 2 or not _leads(line[0], line[1])):
        return None, []
    while count < len(line) and _goes_on(line, count):
        count += 1
    words = tuple(line[:count])
    text = fused.group(2) if fused else ""
    text += "".join(plain(word.text) for word in words[1:])
    if not text or len(text) > LONGEST or SENTENCE.search(text):
        return None, []
    number = _number(fused.group(1) if fused else words[0].text)
    return Option(_figure(page, words[0]), number, text, words), list(line[count:])


def _leads(word: Word, after: Word) -> bool:
    """Whether a short word is as large as the letters of the words behind it and near to them."""
    return word.box.w <= LEAD_MM and 0 < after.box.x - word.right < BEHIND_MM and after.box.w > 1.2 * after.box.h


def _goes_on(line: Sequence[Word], n: int) -> bool:
    gap = line[n].box.x - line[n - 1].right
    bracket = bool(IN_BRACKETS.search(plain(line[n].text)))
    starts = n + 1 < len(line) and _leads(line[n], line[n + 1]) and gap > TOGETHER_MM
    return bracket or (gap < TOGETHER_MM and not starts and not FUSED.match(plain(line[n].text)))


def _number(text: str) -> int | None:
    figures = re.sub(rf"{POINT}|[(（]", "", plain(text)).translate(LOOKS_LIKE)
    return int(figures) if re.fullmatch(r"\d{1,2}", figures) else None


def _figure(page: Page, word: Word) -> Box:
    """The figure itself, without the point and the words behind it: the first stretch of ink, of 10 and more the two."""
    seen = cut(page.ink.black, word.box).any(axis=0)
    edges = np.flatnonzero(np.diff(np.r_[False, seen, False]))
    starts, ends = edges[::2], edges[1::2]
    if not len(starts):
        return word.box
    last = min(int((_number(FUSED.sub(r"\1", plain(word.text))) or 0) > 9), len(starts) - 1)
    return word.box._replace(x=word.box.x + float(starts[0]) / PX, w=float(ends[last] - starts[0]) / PX)


# ── questions


def _blocks(rows: Sequence[tuple[list[Word], list[Option]]]) -> Iterator[list[Option]]:
    """Lines of options near each other in the same columns, as far as their figures count from 1."""
    block: list[list[Option]] = []
    for _, options in [*rows, ([], [])]:
        if block and not (options and _belongs(block, options)):
            yield from _counted([*itertools.chain.from_iterable(block)], len(block[0]))
            block = []
        if options:
            block.append(options)


def _belongs(block: Sequence[Sequence[Option]], options: Sequence[Option]) -> bool:
    first, last = options[0].figure, block[-1][0].figure
    columns = [option.figure.x for option in block[0]]
    aligned = all(min(abs(option.figure.x - x) for x in columns) < COLUMN_MM for option in options)
    return first.y - last.y < APART_MM and aligned and options[0].number != 1


def _counted(options: list[Option], columns: int) -> Iterator[list[Option]]:
    """The options in the order of their figures, when most of those that were read say so: by lines or by columns."""
    down = [option for n in range(columns) for option in options[n::columns]]
    orders = [options, down] if len(options) % columns == 0 else [options]
    best = max(orders, key=_agreed)
    if len(best) > 1 and _agreed(best) >= max(1 if len(best) < 4 else 2, len(best) / 2):
        yield best


def _agreed(options: Sequence[Option]) -> int:
    return sum(option.number == n for n, option in enumerate(options, 1))


def _draft(page: Page, options: Sequence[Option], owner: Box | None) -> Draft:
    room = (owner or page.panel).grown(-CLEAR_MM)
    boxes = [clipped(_circle(option.figure, options), room) for option in options]
    whole = union([word.box for option in options for word in option.words])
    extra: dict[str, Any] = {
        "mark": "circle",
        "options": distinct_options([(box, one.text) for box, one in zip(boxes, options, strict=True)]),
    }
    if labels.many(page, whole):
        extra["multiple"] = True
    read = _agreed(options) / len(options)
    return Draft("choice", labels.of_field(page, whole), 0.6 + 0.3 * read, boxes, extra)


def _circle(figure: Box, options: Sequence[Option]) -> Box:
    """Room for a circle around a figure, as far as the lines above and below leave it."""
    x, y = figure.center()
    steps = [abs(other.figure.center()[1] - y) for other in options]
    high = min([CIRCLE_MM, *(step - BETWEEN_MM for step in steps if step > BETWEEN_MM + 1)])
    return Box(x - CIRCLE_MM / 2, y - high / 2, CIRCLE_MM, high)
