"""What people mark: tick boxes and bubbles, and printed figures or words to put a circle around."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from pipeline.forms.propose import labels
from pipeline.forms.propose.draft import CLEAR_MM, Draft, clipped
from pipeline.forms.propose.page import Page, Word, lines, plain
from pipeline.geometry import Box, union

ROW_MM = 2.5
APART_MM = 14.0  # tick boxes further apart down the page ask different things
BETWEEN_MM = 3.3  # white between two circles
CIRCLE_MM = (9.0, 9.0)  # least width and height of what people circle
GAP_MM = 4.0  # words nearer than this are one sentence
LONGEST = 12  # letters of an option
KNOWN = [
    {"はい", "いいえ"}, {"男", "女", "その他", "回答しない"}, {"男性", "女性", "その他"}, {"有", "無"}, {"あり", "なし"}, {"ある", "ない"},
    {"する", "しない"}, {"要", "不要"}, {"要", "否"}, {"可", "否", "不可"}, {"済", "未"}, {"午前", "午後"}, {"同意する", "同意しない"},
    {"希望する", "希望しない"}, {"良", "可", "不可"}, {"本人", "家族"}, {"yes", "no"}, {"true", "false"}, {"月", "火", "水", "木", "金", "土", "日"},
]  # fmt: skip
LETTER = re.compile(r"[^\W_]")
SENTENCE = re.compile(r"[。、？?!！]|^[(（].*[)）]$|[:：]$")


# ── tick boxes and bubbles


def ticks(page: Page) -> tuple[list[Draft], set[Word]]:
    """One question for the tick boxes of a frame, a table row or a paragraph."""
    drafts, used = [], set()
    for boxes in _questions(page, page.ticks):
        draft, words = _ticked(page, boxes, "check")
        drafts.append(draft)
        used |= words
    for boxes in _bubble_rows(page.rings):
        draft, words = _ticked(page, boxes, "fill")
        drafts.append(draft)
        used |= words
    return drafts, used


def _questions(page: Page, boxes: Sequence[Box]) -> list[list[Box]]:
    groups: dict[object, list[Box]] = {}
    for box in boxes:
        owner = page.owner(box)
        alone = owner is not None and not page.words_in(owner) and sum(page.owner(b) == owner for b in boxes) == 1
        key = ("row", round(owner.y), round(owner.h)) if alone and owner else owner
        groups.setdefault(key, []).append(box)
    return [part for key, group in groups.items() for part in (_paragraphs(group) if key is None else [group])]


def _paragraphs(boxes: Sequence[Box]) -> list[list[Box]]:
    found: list[list[Box]] = []
    for box in sorted(boxes, key=lambda box: box.y):
        if found and box.y - found[-1][-1].y < APART_MM:
            found[-1].append(box)
        else:
            found.append([box])
    return found


def _bubble_rows(rings: Sequence[Box]) -> list[list[Box]]:
    """Rings on one line at even steps; a wider gap starts the next question."""
    rows: list[list[Box]] = []
    for ring in sorted(rings, key=lambda box: (box.y + box.h / 2, box.x)):
        if rows and abs(rows[-1][0].y - ring.y) < ROW_MM:
            rows[-1].append(ring)
        else:
            rows.append([ring])
    found = [part for row in rows for part in _even(sorted(row, key=lambda box: box.x)) if len(part) > 1]
    used = [box for part in found for box in part]
    return found + _bubble_columns([ring for ring in rings if ring not in used])


def _bubble_columns(rings: Sequence[Box]) -> list[list[Box]]:
    """Rings one under another, each with its words beside it."""
    columns: list[list[Box]] = []
    for ring in sorted(rings, key=lambda box: (round(box.x), box.y)):
        last = columns[-1][-1] if columns else None
        if last and abs(last.x - ring.x) < 1 and ring.y - last.y < APART_MM:
            columns[-1].append(ring)
        else:
            columns.append([ring])
    return [column for column in columns if len(column) > 1]


def _even(row: list[Box]) -> list[list[Box]]:
    steps = np.diff([box.x for box in row])
    least = float(np.median(steps)) if len(steps) else 0.0
    parts = [[row[0]]]
    for box, step in zip(row[1:], steps, strict=True):
        if step > 1.5 * least:
            parts.append([])
        parts[-1].append(box)
    return parts


def _ticked(page: Page, boxes: Sequence[Box], mark: str) -> tuple[Draft, set[Word]]:
    rows = _box_rows(boxes)
    options, used = [], set()
    for row in rows:
        after = [_behind(page, box, row) for box in row]
        says_after = any(after)
        for box, words in zip(row, after, strict=True):
            said = words if says_after else _in_front(page, box, row)
            used |= set(said)
            options.append((box, "".join(plain(word.text) for word in said)))
    whole = union([box for box, _ in options])
    several = labels.many(page, whole)
    extra: dict[str, Any] = {"mark": mark, "options": _distinct_options(options)}
    if several or (several is None and mark == "check" and len(options) > 4):
        extra["multiple"] = True
    owner = page.owner(boxes[0])
    label = labels.of_field(page, whole) if owner is None or len(boxes) > 1 else labels.row_head(page, owner)
    certainty = (0.95 if len(boxes) > 1 else 0.7) - (0.1 if several is None else 0)
    return Draft("choice", label, certainty, [box for box, _ in options], extra), used


def _box_rows(boxes: Iterable[Box]) -> list[list[Box]]:
    rows: list[list[Box]] = []
    for box in sorted(boxes, key=lambda box: box.y):
        if rows and abs(rows[-1][0].y - box.y) < ROW_MM:
            rows[-1].append(box)
        else:
            rows.append([box])
    return [sorted(row, key=lambda box: box.x) for row in rows]


def _beside(page: Page, box: Box) -> list[Word]:
    middle, owner = box.y + box.h / 2, page.owner(box)
    return [w for w in page.words if abs(w.middle - middle) < max(ROW_MM, box.h / 2) and page.owner(w.box) == owner]


def _behind(page: Page, box: Box, row: Sequence[Box]) -> list[Word]:
    """The words between a tick box and the next."""
    ends = [other.x for other in row if other.x > box.x] or [box.x + 90]
    start = box.x + box.w - 0.5
    words = sorted((w for w in _beside(page, box) if start < w.box.x < min(ends)), key=lambda w: w.box.x)
    near: list[Word] = []
    for word in words:
        if word.box.x - (near[-1].right if near else start) < 2 * GAP_MM:
            near.append(word)
    return near


def _in_front(page: Page, box: Box, row: Sequence[Box]) -> list[Word]:
    start = max((other.x + other.w for other in row if other.x < box.x), default=page.panel.x)
    words = [
        w
        for w in _beside(page, box)
        if start - 0.5 < w.box.x and w.right < box.x + 0.5 and box.x - w.right < 2 * GAP_MM
    ]
    return sorted(words, key=lambda w: w.box.x)[-1:]


def _distinct_options(options: Sequence[tuple[Box, str]]) -> list[dict[str, Any]]:
    """Options with a value each; equal or unread labels get their number."""
    found: list[dict[str, Any]] = []
    for n, (box, text) in enumerate(options, 1):
        said = text[:30] or f"選択肢{n}"
        value = said if said not in [option["value"] for option in found] else f"{said}{n}"
        found.append({"value": value, "label": said, "box": box})
    return found


# ── printed figures and words to circle


def circled(page: Page, used: set[Word]) -> tuple[list[Draft], set[Word]]:
    """Rows of figures, and of words standing apart, that people put a circle around."""
    drafts: list[Draft] = []
    taken: set[Word] = set()
    for owner in [*page.cells, None]:
        if owner in page.shaded:
            continue
        rows = [_candidates(page, line, owner, used) for line in lines(page.words_in(owner))]
        for block in _blocks([row for row in rows if len(row) > 1]):
            drafts.append(_circles(page, block, owner))
            taken |= {word for row in block for word in row}
    return _without_heads(drafts), taken


def _candidates(page: Page, line: list[Word], owner: Box | None, used: set[Word]) -> list[Word]:
    """The words of a line that are options; none when it is a sentence, a label, or has boxes of its own."""
    filled = [*page.ticks, *page.rings, *(run.box for run in page.runs)]
    if any(w in used for w in line) or any(b.y < line[0].middle < b.y + b.h and page.owner(b) == owner for b in filled):
        return []
    figures = _tail(line, [_figure(word) is not None for word in line])
    if len(figures) > 1 and _is_scale([_figure(word) for word in figures]) and _apart(figures):
        return figures
    known = _tail(line, [_is_known(word, line) for word in line])
    if len(known) > 1 and _apart(known):
        return known
    return _separated(page, line, owner) if owner else []


def _tail(line: list[Word], fits: Sequence[bool]) -> list[Word]:
    start = len(line)
    while start and fits[start - 1]:
        start -= 1
    return line[start:]


def _figure(word: Word) -> int | None:
    text = plain(word.text)
    return int(text) if re.fullmatch(r"\d{1,2}", text) else None


def _is_scale(figures: Sequence[int | None]) -> bool:
    """Figures that follow each other, up or down."""
    values = [figure for figure in figures if figure is not None]
    steps = set(np.diff(values).tolist())
    return steps in ({1}, {-1}) and min(values) <= 1 and len(values) == len(figures)


def _is_known(word: Word, line: list[Word]) -> bool:
    said = {plain(other.text).lower() for other in line}
    return any(plain(word.text).lower() in names and len(said & names) > 1 for names in KNOWN)


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
    """Rows of words whose columns agree are one question; rows of figures each their own."""
    blocks: list[list[list[Word]]] = []
    for row in rows:
        if blocks and _figure(row[0]) is None and _same_columns(blocks[-1][-1], row):
            blocks[-1].append(row)
        else:
            blocks.append([row])
    return blocks


def _same_columns(a: Sequence[Word], b: Sequence[Word]) -> bool:
    if _figure(a[0]) is not None or b[0].middle - a[0].middle > APART_MM + 2:
        return False
    middles = [word.box.x + word.box.w / 2 for word in a]
    return all(min(abs(word.box.x + word.box.w / 2 - middle) for middle in middles) < 2.0 for word in b)


def _circles(page: Page, block: list[list[Word]], owner: Box | None) -> Draft:
    room = (owner or page.panel).grown(-CLEAR_MM)
    options, figures = [], all(_figure(word) is not None for row in block for word in row)
    for n, row in enumerate(block):
        height = _height(block, n, room)
        for m, word in enumerate(row):
            box = clipped(_around(row, m, height), room)
            options.append((box, plain(word.text)))
    found = _distinct_options(options)
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
    return labels.of_field(page, union([w.box for row in block for w in row]), near if owner else near[-1:])


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
