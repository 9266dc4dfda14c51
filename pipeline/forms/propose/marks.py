"""What people mark in a printed shape: tick boxes, and bubbles to fill in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from pipeline.forms.propose import labels
from pipeline.forms.propose.draft import Draft
from pipeline.forms.propose.page import Page, Word, plain
from pipeline.geometry import Box, union

ROW_MM = 2.5
APART_MM = 14.0  # tick boxes further apart down the page ask different things
GAP_MM = 4.0  # words nearer than this are one sentence


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
    return [part for key, group in groups.items() for part in (_paragraphs(page, group) if key is None else [group])]


def _paragraphs(page: Page, boxes: Sequence[Box]) -> list[list[Box]]:
    """Rows of boxes that stand near each other; words in front of a row's first box begin another question."""
    found: list[list[Box]] = []
    for row in _box_rows(boxes):
        if found and row[0].y - found[-1][-1].y < APART_MM and not _is_headed(page, row):
            found[-1] += row
        else:
            found.append(row)
    return found


def _is_headed(page: Page, row: Sequence[Box]) -> bool:
    """Whether the options' words stand behind their boxes, and others in front of the row."""
    before = [word for word in _beside(page, row[0]) if word.right < row[0].x and not word.is_advice]
    return bool(before) and bool(_behind(page, row[-1], row))


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
    extra: dict[str, Any] = {"mark": mark, "options": distinct_options(options)}
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


def distinct_options(options: Sequence[tuple[Box, str]]) -> list[dict[str, Any]]:
    """Options with a value each; equal or unread labels get their number."""
    found: list[dict[str, Any]] = []
    for n, (box, text) in enumerate(options, 1):
        said = text[:30] or f"選択肢{n}"
        said = said if said not in [option["value"] for option in found] else f"{said}{n}"
        found.append({"value": said, "label": said, "box": box})
    return found
