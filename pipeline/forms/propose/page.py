"""One panel of blank paper, taken apart: its cells, figures' cells, tick boxes, and words with what they say."""

from __future__ import annotations

import itertools
import re
import time
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from pipeline.forms.propose import ink as shapes
from pipeline.forms.propose.sheet import Letter
from pipeline.geometry import Box, Grey, union
from pipeline.programs import tesseract

LINE_MM = 2.2  # words whose middles lie this near stand on one line
OCR_AT_ONCE = 24
OCR_AGAIN = 6
MARGIN_PX = 20
TICK_MM = 8.5
FIGURE_MM = (3.0, 12.5)  # width of a cell for one figure
TOUCH_MM = 1.0
FLAT_MM = 0.9  # a hyphen is no higher
NARROW_MM = 2.0  # a bracket is no wider
BRACKETS_MM = (3.0, 11.0)  # white between brackets to tick
BRACKETS = re.compile("^[()（）]$")
BESIDE_MM = 6.0  # how near the words of an option stand
ADVICE = re.compile(
    "つだけ|いくつでも|すべて|複数|[○◯〇□]|囲|ご?記入[しくすの例]|ご記入|ください|下さい|書いて|選んで|[付つ]けて|印を|に印$|レ点|チェック|例[:：]|^[（(].*[)）]$"
)
KANJI = re.compile("^[一-龥]$")
LOOKS_LIKE = str.maketrans("OolIi", "00111")
MANY = re.compile("いくつでも|すべて|全て|複数|あてはまるもの")
ONE = re.compile("つだけ|[1１一]つに?|いずれか|どちらか")


@dataclass(frozen=True)
class Word:
    """A stretch of letters on one line."""

    box: Box
    text: str = ""

    @property
    def middle(self) -> float:
        """Height of its middle on the page, mm."""
        return self.box.y + self.box.h / 2

    @property
    def right(self) -> float:
        """Its right end, mm."""
        return self.box.x + self.box.w

    @property
    def is_stroke(self) -> bool:
        """Whether it is a bracket or a hyphen rather than letters: what is printed between figures to write."""
        return self.box.h < FLAT_MM or (self.box.w < NARROW_MM and self.box.h > 3 * self.box.w)

    @property
    def is_advice(self) -> bool:
        """Whether it tells people how to fill in rather than what."""
        return bool(ADVICE.search(self.text))


@dataclass(frozen=True)
class Run:
    """Equal cells side by side, for one figure each."""

    cells: tuple[Box, ...]
    decimals: int = 0

    @property
    def box(self) -> Box:
        """Around all cells."""
        return union(self.cells)


@dataclass
class Page:
    """What stands on one panel, in mm of the side."""

    panel: Box
    ink: shapes.Ink
    words: list[Word]
    cells: list[Box] = field(default_factory=list)  # to write in, or with print
    shaded: set[Box] = field(default_factory=set)
    ticks: list[Box] = field(default_factory=list)
    rings: list[Box] = field(default_factory=list)
    stamps: list[Box] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)

    def owner(self, box: Box) -> Box | None:
        """The smallest cell around the middle of a box."""
        x, y = box.center()
        around = [cell for cell in self.cells if cell.x < x < cell.x + cell.w and cell.y < y < cell.y + cell.h]
        return min(around, key=lambda cell: cell.w * cell.h, default=None)

    def words_in(self, cell: Box | None) -> list[Word]:
        """Words whose smallest cell it is."""
        return [word for word in self.words if self.owner(word.box) == cell]

    def left_of(self, cell: Box) -> Box | None:
        """The cell that shares its left edge."""
        return self._beside(cell, [other for other in self.cells if abs(other.x + other.w - cell.x) < TOUCH_MM])

    def right_of(self, cell: Box) -> Box | None:
        """The cell that shares its right edge."""
        return self._beside(cell, [other for other in self.cells if abs(other.x - cell.x - cell.w) < TOUCH_MM])

    @staticmethod
    def _beside(cell: Box, near: list[Box]) -> Box | None:
        middle = cell.y + cell.h / 2
        level = [other for other in near if other.y < middle < other.y + other.h]
        return min(level, key=lambda other: other.h, default=None)

    def above(self, cell: Box) -> Box | None:
        """The cell that shares its upper edge."""
        middle = cell.x + cell.w / 2
        near = [c for c in self.cells if abs(c.y + c.h - cell.y) < TOUCH_MM and c.x < middle < c.x + c.w]
        return min(near, key=lambda other: other.w, default=None)

    def is_blank(self, box: Box) -> bool:
        """Whether nothing is printed in a box but its own edges."""
        return shapes.is_empty(self.ink, box.grown(-0.6))


def plain(text: str) -> str:
    """Letters in their usual width, without blanks."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def lines(words: Iterable[Word]) -> list[list[Word]]:
    """Words by line, from the top, each from the left."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda word: word.middle):
        if rows and abs(word.middle - np.mean([other.middle for other in rows[-1]])) < LINE_MM:
            rows[-1].append(word)
        else:
            rows.append([word])
    return [sorted(row, key=lambda word: word.box.x) for row in rows]


def read(image: Grey, boxes: Sequence[Box], letters: Sequence[Letter], private: Path | None) -> list[Word]:
    """What the words say: by the text layer where there is one, else read by Tesseract."""
    if letters:
        return [Word(box, _of_layer(box, letters)) for box in boxes]
    said = _ocr(image, boxes, private, "jpn")
    # A figure on its own is read as a kana as often as not; the data for Latin letters knows figures better.
    single = [n for n, box in enumerate(boxes) if box.w < 1.2 * box.h and not KANJI.match(said[n])]
    for n, text in zip(single, _ocr(image, [boxes[n] for n in single], private, "eng"), strict=True):
        figure = text.strip(" .,'|_-").translate(LOOKS_LIKE) if text != "|" else "1"
        said[n] = figure if figure.isdigit() else said[n]
    return [Word(box, text) for box, text in zip(boxes, said, strict=True)]


def _ocr(image: Grey, boxes: Sequence[Box], private: Path | None, language: str) -> list[str]:
    """What Tesseract reads in each box; nothing where it is not installed or has no answer."""
    if not tesseract.found():
        return [""] * len(boxes)
    crops = [_with_margin(shapes.cut(image, box.grown(0.8))) for box in boxes]
    said = _at_once(crops, private, language)
    # What it says nothing of it often reads when the letters are smaller.
    silent = [n for n, text in enumerate(said) if not text]
    again = [cv2.resize(crops[n], None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA) for n in silent]
    for n, text in zip(silent, _at_once([np.asarray(one, np.uint8) for one in again], private, language), strict=True):
        said[n] = text
    return said


def _at_once(crops: Sequence[Grey], private: Path | None, language: str) -> list[str]:
    """What is read in many crops together."""
    some = [crops[start : start + OCR_AT_ONCE] for start in range(0, len(crops), OCR_AT_ONCE)]
    return [text or "" for part in some for text in _asked(part, private, language)]


def _asked(crops: Sequence[Grey], private: Path | None, language: str) -> list[str | None]:
    """Where no answer came, fewer are asked about at once: one crop that cannot be read at all spoils the others."""
    start = time.monotonic()
    answer = tesseract.lines(crops, private, language)
    late = time.monotonic() - start >= tesseract.TIMEOUT_S
    if None not in answer or len(crops) == 1 or (late and len(crops) <= OCR_AGAIN):
        return answer
    size = OCR_AGAIN if len(crops) > OCR_AGAIN else 1
    parts = [crops[n : n + size] for n in range(0, len(crops), size)]
    return [text for part in parts for text in _asked(part, private, language)]


def _with_margin(crop: Grey) -> Grey:
    """White around a word: letters that touch the edge of the picture are misread."""
    return np.pad(crop, MARGIN_PX, mode="edge")


def _of_layer(box: Box, letters: Sequence[Letter]) -> str:
    x0, y0, x1, y1 = box.x - 0.4, box.y - 0.6, box.x + box.w + 0.4, box.y + box.h + 0.6
    inside = [letter for letter in letters if x0 <= letter.x <= x1 and y0 <= letter.y <= y1]
    return "".join(letter.text for letter in sorted(inside, key=lambda letter: letter.x)).strip()


# ── a panel from its ink


def take_apart(panel: Box, ink: shapes.Ink, words: list[Word]) -> Page:
    """Sort the shapes of one panel into what they are for."""
    inside = [cell for cell in ink.cells if panel.contains(cell.box, 1)]
    page = Page(panel, ink, [word for word in words if panel.contains(word.box, 1)])
    narrow = [cell.box for cell in inside if not cell.shaded and _is_figure(cell.box) and page.is_blank(cell.box)]
    divided = [_divided(cell.box, ink.dividers) for cell in inside if not cell.shaded]
    split = [Run(tuple(parts)) for parts in divided if parts and all(page.is_blank(part) for part in parts)]
    page.runs = sorted(
        [*_with_decimals(_runs(narrow), narrow, ink.dots), *split], key=lambda run: (run.box.y, run.box.x)
    )
    used = {cell for run in page.runs for cell in run.cells}
    small = [box for box in narrow if box not in used and _is_square(box) and not _touches_any(box, inside)]
    rings = [shape.box for shape in ink.shapes if shape.round and panel.contains(shape.box)]
    boxes = [shape.box for shape in ink.shapes if not shape.round and panel.contains(shape.box)]
    page.ticks = _distinct([*small, *(box for box in boxes if not _within(box, used))])
    page.stamps = [box for box in rings if box.w >= shapes.STAMP_MM[0] and not _in_row(box, rings)]
    page.rings = _distinct([box for box in rings if box not in page.stamps])
    _take_brackets(page)
    gone = {*used, *small, *(run.box for run in split)}
    page.cells = [
        cell.box
        for cell in inside
        if cell.box not in gone and not any(_holds(tick.grown(1), cell.box) for tick in page.ticks)
    ]
    page.shaded = {cell.box for cell in inside if cell.shaded}
    return page


def _take_brackets(page: Page) -> None:
    """Brackets with white between them and words beside them, several in a row or column, are boxes to tick."""
    pairs = [pair for line in lines(page.words) for pair in itertools.pairwise(line) if _is_bracketed(page, *pair)]
    boxes = [_between(a, b) for a, b in pairs]
    meant = [pair for pair, box in zip(pairs, boxes, strict=True) if sum(_in_line(box, o) for o in boxes) > 1]
    page.ticks = sorted([*page.ticks, *(_between(a, b) for a, b in meant)], key=lambda box: (box.y, box.x))
    page.words = [word for word in page.words if not any(word in pair for pair in meant)]


def _is_bracketed(page: Page, a: Word, b: Word) -> bool:
    narrow = all(word.box.w < NARROW_MM and word.box.h > 2.2 * word.box.w for word in (a, b))
    said = any(BRACKETS.match(plain(word.text)) for word in (a, b))
    if not (narrow and said and BRACKETS_MM[0] < b.box.x - a.right < BRACKETS_MM[1]):
        return False
    beside = any(
        0 < gap < BESIDE_MM
        for word in page.words
        if abs(word.middle - a.middle) < LINE_MM and not word.is_stroke
        for gap in (word.box.x - b.right, a.box.x - word.right)
    )
    return beside and page.is_blank(_between(a, b))


def _between(a: Word, b: Word) -> Box:
    return Box(a.right, min(a.box.y, b.box.y), b.box.x - a.right, max(a.box.h, b.box.h))


def _in_line(a: Box, b: Box) -> bool:
    return abs(a.y - b.y) < 1.5 or abs(a.x - b.x) < 1.5


def _in_row(ring: Box, rings: Sequence[Box]) -> bool:
    """Whether there are equal rings beside it: large bubbles, not seals."""
    return sum(abs(o.y - ring.y) < 1 and abs(o.w - ring.w) < 0.1 * ring.w for o in rings) > 2


def _divided(cell: Box, dividers: Sequence[Box]) -> list[Box]:
    """The parts of a cell between its dashed rules, when they are all of one width and for a figure each."""
    middles = sorted(float(rule.center()[0]) for rule in dividers if cell.contains(rule, 0.6))
    edges = [cell.x, *middles, cell.x + cell.w]
    wide = cell.w / (len(middles) + 1)
    even = all(abs(b - a - wide) < 0.15 * wide for a, b in itertools.pairwise(edges))
    parts = [Box(cell.x + n * wide, cell.y, wide, cell.h) for n in range(len(middles) + 1)]
    return parts if middles and even and _is_figure(parts[0]) else []


def _is_figure(box: Box) -> bool:
    return FIGURE_MM[0] <= box.w <= FIGURE_MM[1] and 0.35 < box.w / box.h < 1.4


def _is_square(box: Box) -> bool:
    return max(box.w, box.h) <= TICK_MM and 0.87 < box.w / box.h < 1.15


def _touches_any(box: Box, cells: Sequence[shapes.Cell]) -> bool:
    around = box.grown(0.5)
    return any(other.box != box and around.overlap(other.box) > 0 and not _holds(other.box, box) for other in cells)


def _holds(outer: Box, inner: Box) -> bool:
    return outer.contains(inner, 0.2) and outer.w > inner.w + 0.5 and outer.h > inner.h + 0.5


def _within(box: Box, others: Iterable[Box]) -> bool:
    return any(box.overlap(other) > 0.5 * min(box.w * box.h, other.w * other.h) for other in others)


def _distinct(boxes: Sequence[Box]) -> list[Box]:
    kept: list[Box] = []
    for box in boxes:
        if not _within(box, kept):
            kept.append(box)
    return sorted(kept, key=lambda box: (box.y, box.x))


def _runs(cells: list[Box]) -> list[Run]:
    rest, found = sorted(cells, key=lambda box: (box.x, box.y)), []
    while rest:
        chain = [rest.pop(0)]
        for box in list(rest):
            if _follows(chain[-1], box):
                chain.append(box)
                rest.remove(box)
        if len(chain) > 1:
            found.append(Run(tuple(chain)))
    return sorted(found, key=lambda run: (run.box.y, run.box.x))


def _follows(a: Box, b: Box) -> bool:
    same = abs(a.y - b.y) < 0.6 and abs(a.h - b.h) < 0.6 and abs(a.w - b.w) < 0.12 * a.w
    return same and abs(a.x + a.w - b.x) < 0.7


def _with_decimals(runs: list[Run], cells: list[Box], dots: list[Box]) -> list[Run]:
    """A cell behind a printed point belongs to the figure before it."""
    found = []
    for run in runs:
        behind = [
            other.cells for other in [*runs, *(Run((cell,)) for cell in cells)] if _point_between(run, other, dots)
        ]
        found.append(Run((*run.cells, *behind[0]), len(behind[0])) if behind else run)
    tails = {cell for run in found if run.decimals for cell in run.cells[-run.decimals :]}
    return [run for run in found if run.cells[0] not in tails]


def _point_between(run: Run, other: Run, dots: list[Box]) -> bool:
    a, b = run.cells[-1], other.cells[0]
    gap = b.x - a.x - a.w
    if not (0.8 < gap < 6 and abs(a.y - b.y) < 0.6 and abs(a.h - b.h) < 0.6):
        return False
    between = Box(a.x + a.w, a.y + a.h / 2, gap, a.h / 2 + 0.5)
    return any(between.contains(dot, 0.2) for dot in dots)
