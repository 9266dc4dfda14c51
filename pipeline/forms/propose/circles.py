"""What people put a circle around: printed figures of a scale, and printed words standing apart."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pipeline.forms.propose import labels, pairs
from pipeline.forms.propose.draft import CLEAR_MM, Draft, clipped
from pipeline.forms.propose.marks import APART_MM, GAP_MM, ROW_MM, distinct_options
from pipeline.forms.propose.page import Page, Word, lines, plain
from pipeline.geometry import Box, union

BETWEEN_MM = 3.3  # white between two circles
CIRCLE_MM = (9.0, 9.0)  # least width and height of what people circle
COLUMN_MM = 2.0  # middles nearer than this stand one over the other
LONGEST = 12  # letters of an option
KNOWN = [
    {"はい", "いいえ"}, {"男", "女", "その他", "回答しない"}, {"男性", "女性", "その他"}, {"有", "無"}, {"あり", "なし"}, {"ある", "ない"},
    {"する", "しない"}, {"要", "不要"}, {"要", "否"}, {"可", "否", "不可"}, {"済", "未"}, {"午前", "午後"}, {"同意する", "同意しない"},
    {"希望する", "希望しない"}, {"良", "可", "不可"}, {"本人", "家族"}, {"yes", "no"}, {"true", "false"},
]  # fmt: skip
WEEK = {"月", "火", "水", "木", "金", "土", "日"}
LETTER = re.compile(r"[^\W_]")
SENTENCE = re.compile(r"[。、？?!！]|^[(（].*[)）]$|[:：]$")


def circled(page: Page, used: set[Word]) -> tuple[list[Draft], set[Word]]:
    """Rows of figures, and of words standing apart, that people put a circle around."""
    drafts: list[Draft] = []
    taken: set[Word] = set()
    owners = [owner for owner in [*page.cells, None] if owner not in page.shaded]
    for owner in owners:
        for pair in _pairs(page, owner, used):
            drafts.append(_circles(page, [pair], owner))
            taken |= {word for word in page.words if word.box in [one.box for one in pair]}
    used = used | taken
    free = [
        (owner, [line for line in lines(page.words_in(owner)) if _is_free(page, line, owner, used)]) for owner in owners
    ]
    found = [[_candidates(page, line, owner) for line in every] for owner, every in free]
    known = [row for rows in found for row in rows if len(row) > 1 and all(_is_known(word, row) for word in row)]
    for (owner, every), rows in zip(free, found, strict=True):
        whole = [_like_another(line, known) or row for line, row in zip(every, rows, strict=True)]
        for block in _blocks([row for row in whole if len(row) > 1]):
            drafts.append(_circles(page, block, owner))
            taken |= {word for row in block for word in row}
    return _without_heads(drafts), taken


def _pairs(page: Page, owner: Box | None, used: set[Word]) -> list[list[Word]]:
    """Pairs of letters with a dot between, also beside other things to fill in."""
    return [
        pair
        for line in lines(word for word in page.words_in(owner) if word not in used)
        for pair in pairs.find(page, line)
    ]


def _is_free(page: Page, line: list[Word], owner: Box | None, used: set[Word]) -> bool:
    """Whether the line has no boxes of its own to fill in."""
    filled = [*page.ticks, *page.rings, *(run.box for run in page.runs)]
    middle = line[0].middle
    return not (
        any(w in used for w in line) or any(b.y < middle < b.y + b.h and page.owner(b) == owner for b in filled)
    )


def _like_another(line: list[Word], known: Sequence[list[Word]]) -> list[Word]:
    """The options at the end of a line that stand where another line has the same ones; some may be misread."""
    for row in known:
        tail = line[-len(row) :]
        pairs = list(zip(tail, row, strict=False))
        same = sum(plain(a.text) == plain(b.text) for a, b in pairs)
        if len(tail) == len(row) and 2 * same >= len(row) and all(_one_over_other(a, b) for a, b in pairs):
            return [replace(a, text=b.text) for a, b in pairs]
    return []


def _one_over_other(a: Word, b: Word) -> bool:
    return abs(a.box.x + a.box.w / 2 - b.box.x - b.box.w / 2) < COLUMN_MM


def _candidates(page: Page, line: list[Word], owner: Box | None) -> list[Word]:
    """The words of a line that are options; none when it is a sentence or a label."""
    figures = _scale(line)
    if len(figures) > 1 and _apart(figures):
        return figures
    known = _tail(line, [_is_known(word, line) for word in line])
    if len(known) > 1 and _apart(known):
        return known
    pair = pairs.known(*line[-2:]) if len(line) > 1 else []
    return pair or (_separated(page, line, owner) if owner else [])


def _tail(line: list[Word], fits: Sequence[bool]) -> list[Word]:
    start = len(line)
    while start and fits[start - 1]:
        start -= 1
    return line[start:]


def _figure(word: Word) -> int | None:
    text = plain(word.text)
    return int(text) if re.fullmatch(r"\d{1,2}", text) else None


def _scale(line: list[Word]) -> list[Word]:
    """The figures at the end of a line that follow each other, up or down; of many at even steps some may be misread."""
    start = len(line)
    while start and _is_short(line[start - 1]):
        start -= 1
    for first in range(start, len(line) - 1):
        words = line[first:]
        values = _counted(words)
        if values:
            return [replace(word, text=str(value)) for word, value in zip(words, values, strict=True)]
    return []


def _is_short(word: Word) -> bool:
    return _figure(word) is not None or (word.box.w < 2 * word.box.h and len(plain(word.text)) <= 2)


def _counted(words: Sequence[Word]) -> list[int]:
    """What the words are when most of them are the figures of one scale that begins at 0 or 1; else nothing."""
    read = [_figure(word) for word in words]
    for values in ([*range(n, n + len(words))] for n in (0, 1)):
        for order in (values, values[::-1]):
            right = sum(a == b for a, b in zip(read, order, strict=True))
            if right == len(words) or (right >= max(3, 0.6 * len(words)) and _at_even_steps(words)):
                return order
    return []


def _at_even_steps(words: Sequence[Word]) -> bool:
    steps = np.diff([word.box.x + word.box.w / 2 for word in words])
    return bool(np.ptp(steps) < 0.1 * steps.mean())


def _is_known(word: Word, line: list[Word]) -> bool:
    said = {plain(other.text).lower() for other in line}
    text = plain(word.text).lower()
    # 月 and 日 alone are parts of a date.
    return any(text in names and len(said & names) > 1 for names in KNOWN) or (text in WEEK and len(said & WEEK) > 3)


def _apart(words: Sequence[Word]) -> bool:
    return all(b.box.x - a.right > GAP_MM for a, b in itertools.pairwise(words))


def _separated(page: Page, line: list[Word], owner: Box) -> list[Word]:
    """Short words of one size, well apart; in front of them there may be a label."""
    if any(
        SENTENCE.search(plain(w.text))
        or w.is_advice
        or not 0 < len(plain(w.text)) <= LONGEST
        or not LETTER.search(w.text)
        for w in line[1:]
    ):
        return []
    words = line if _is_option_start(page, line, owner) else line[1:]
    heights = [word.box.h for word in words]
    alike = len(words) > 1 and max(heights) < 1.6 * min(heights)
    return words if alike and _apart(words) and not any(_is_hint(word) for word in words) else []


def _is_hint(word: Word) -> bool:
    return word.is_advice or bool(SENTENCE.search(plain(word.text))) or len(plain(word.text)) > LONGEST


def _is_option_start(page: Page, line: list[Word], owner: Box) -> bool:
    """Whether the first word is an option too: not when it stands at the edge and far from the others."""
    if _is_hint(line[0]) or not LETTER.search(line[0].text):
        return False
    if page.left_of(owner) is not None or len(line) < 3:
        return True
    gaps = [b.box.x - a.right for a, b in itertools.pairwise(line)]
    return gaps[0] < 1.5 * float(np.median(gaps[1:]))


def _blocks(rows: list[list[Word]]) -> list[list[list[Word]]]:
    """Rows of other words in the same columns are one question; the same words again, and figures, the next one."""
    blocks: list[list[list[Word]]] = []
    for row in rows:
        if blocks and _figure(row[0]) is None and _goes_on(blocks[-1], row):
            blocks[-1].append(row)
        else:
            blocks.append([row])
    return blocks


def _goes_on(block: list[list[Word]], row: Sequence[Word]) -> bool:
    said = {plain(word.text) for before in block for word in before} - {""}
    return _same_columns(block[-1], row) and not any(plain(word.text) in said for word in row)


def _same_columns(a: Sequence[Word], b: Sequence[Word]) -> bool:
    if _figure(a[0]) is not None or b[0].middle - a[0].middle > APART_MM + 2:
        return False
    middles = [word.box.x + word.box.w / 2 for word in a]
    return all(min(abs(word.box.x + word.box.w / 2 - middle) for middle in middles) < COLUMN_MM for word in b)


def _circles(page: Page, block: list[list[Word]], owner: Box | None) -> Draft:
    room = (owner or page.panel).grown(-CLEAR_MM)
    options, figures = [], all(_figure(word) is not None for row in block for word in row)
    for n, row in enumerate(block):
        height = _height(block, n, room)
        for m, word in enumerate(row):
            box = clipped(_around(row, m, height), room)
            options.append((box, plain(word.text)))
    found = distinct_options(options)
    if figures:
        found = [{**option, "value": int(option["value"])} for option in found]
    label = _label(page, block, owner)
    words = [word for row in block for word in row]
    sure = 0.95 if figures else 0.9 if _is_known(words[0], words) else 0.7
    kind = "score" if figures else "choice"
    extra: dict[str, Any] = {"mark": "circle", "options": found}
    if labels.many(page, union([box for box, _ in options])):
        extra |= {"multiple": True} if kind == "choice" else {}
    return Draft(kind, label, sure, [box for box, _ in options], extra)


def _label(page: Page, block: list[list[Word]], owner: Box | None) -> str:
    first = block[0][0]
    before = [w for w in page.words_in(owner) if abs(w.middle - first.middle) < ROW_MM and w.right < first.box.x]
    near = [word for word in before if not word.is_advice]
    return labels.of_field(page, union([w.box for row in block for w in row]), near if owner else _sentence(near))


def _sentence(words: Sequence[Word]) -> list[Word]:
    """The last words of a line that stand together."""
    said: list[Word] = []
    for word in sorted(words, key=lambda word: -word.right):
        if said and said[-1].box.x - word.right > 2 * GAP_MM:
            break
        said.append(word)
    return said[::-1]


def _height(block: list[list[Word]], n: int, room: Box) -> float:
    """How high a circle may be: rows of one question must not touch."""
    middles = [row[0].middle for row in block]
    steps = [abs(middles[n] - other) for m, other in enumerate(middles) if m != n]
    free = min([step - BETWEEN_MM for step in steps] or [CIRCLE_MM[1]])
    edge = 2 * min(middles[n] - room.y, room.y + room.h - middles[n])
    return max(min(CIRCLE_MM[1], free, edge), 3.0)


def _around(row: Sequence[Word], m: int, height: float) -> Box:
    word = row[m]
    left = row[m - 1].right if m else word.box.x - 20
    right = row[m + 1].box.x if m + 1 < len(row) else word.right + 20
    wish = max((CIRCLE_MM[0] - word.box.w) / 2 + 0.5, 3.5 if word.box.w > 4 else 0)
    side = max(min(wish, (min(word.box.x - left, right - word.right) - BETWEEN_MM) / 2), 0.5)
    return Box(word.box.x - side, word.middle - height / 2, word.box.w + 2 * side, height)


def _without_heads(drafts: list[Draft]) -> list[Draft]:
    """Words over or under a scale only say what its figures mean."""
    scales = [draft for draft in drafts if draft.kind == "score"]
    return [draft for draft in drafts if draft.kind == "score" or not any(_heads(draft, scale) for scale in scales)]


def _heads(draft: Draft, scale: Draft) -> bool:
    gap = max(scale.place.y - draft.place.y - draft.place.h, draft.place.y - scale.place.y - scale.place.h)
    middles = [box.x + box.w / 2 for box in scale.boxes]
    fits = [min(abs(box.x + box.w / 2 - middle) for middle in middles) < 4 for box in draft.boxes]
    return gap < 12 and all(fits)
