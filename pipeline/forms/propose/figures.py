"""Figures in ruled cells, and dates: in ruled cells or in the gaps between 年, 月 and 日."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pipeline.forms.propose import labels
from pipeline.forms.propose.draft import CLEAR_MM, Draft, clipped
from pipeline.forms.propose.page import Page, Run, Word, lines, plain
from pipeline.geometry import Box

PARTS = ("year", "month", "day")
NAMES = ("年", "月", "日")
ERAS = ("明治", "大正", "昭和", "平成", "令和")
ERA_SHORT = {
    "明": "明治",
    "大": "大正",
    "昭": "昭和",
    "平": "平成",
    "令": "令和",
    "M": "明治",
    "T": "大正",
    "S": "昭和",
    "H": "平成",
    "R": "令和",
}
UNIT_MM = 3.5  # a unit stands this near behind its figure
GAP_MM = (4.0, 45.0)  # room left for a hand between two printed words of a date
REACH_MM = 75.0  # how far before its figure a label may end
WRITE_MM = 9.0  # height people need to write on a line
ERA_ROOM_MM = 1.6
LETTER_MM = 2.0


def find(page: Page) -> tuple[list[Draft], set[Word]]:
    """All figures and dates of a panel, and the words that they use."""
    drafts, used = [], set()
    for row in _rows(page.runs):
        for group in _grouped(page, row):
            draft, words = _date(page, group) if len(group) == 3 else _figure(page, group[0], row)
            drafts.append(draft)
            used |= words
    for words_of_line in _written_dates(page, used):
        drafts.append(_in_gaps(page, words_of_line))
        used |= set(words_of_line)
    return drafts, used


def _rows(runs: Sequence[Run]) -> list[list[Run]]:
    rows: list[list[Run]] = []
    for run in sorted(runs, key=lambda run: (run.box.y, run.box.x)):
        if rows and abs(rows[-1][0].box.y - run.box.y) < 1.0:
            rows[-1].append(run)
        else:
            rows.append([run])
    return [sorted(row, key=lambda run: run.box.x) for row in rows]


def _grouped(page: Page, row: list[Run]) -> list[list[Run]]:
    """Runs one by one, but year, month and day together."""
    groups, n = [], 0
    while n < len(row):
        three = row[n : n + 3]
        take = 3 if len(three) == 3 and _is_date(page, three) else 1
        groups.append(row[n : n + take])
        n += take
    return groups


def _is_date(page: Page, runs: Sequence[Run]) -> bool:
    """Two cells each (four for a western year), each followed by one letter: 年, 月, 日."""
    counts = [len(run.cells) for run in runs]
    if counts[0] not in {2, 4} or counts[1:] != [2, 2] or any(run.decimals for run in runs):
        return False
    units = [_unit(page, run) for run in runs]
    said = [plain(unit.text) if unit else "" for unit in units]
    known = sum(text.startswith(name) for text, name in zip(said, NAMES, strict=True))
    single = all(unit is not None and unit.box.w < 1.5 * unit.box.h for unit in units)
    return known >= 2 or (single and known >= 1) or (single and not any(said))


def _unit(page: Page, run: Run) -> Word | None:
    box = run.box
    right = box.x + box.w
    near = [w for w in _on_line(page, box) if -0.5 < w.box.x - right < UNIT_MM]
    return min(near, key=lambda word: word.box.x, default=None)


def _on_line(page: Page, box: Box) -> list[Word]:
    owner = page.owner(box)
    return [w for w in page.words if box.y - 1 < w.middle < box.y + box.h + 1 and page.owner(w.box) == owner]


def _before(page: Page, run: Run, row: Sequence[Run]) -> list[Word]:
    """Words between the run and whatever is filled in before it."""
    ends = [other.box.x + other.box.w for other in row if other.box.x < run.box.x]
    units = {_unit(page, other) for other in row if other.box.x < run.box.x}
    start = max(ends, default=page.panel.x)
    found = [w for w in _on_line(page, run.box) if start < w.box.x and w.right < run.box.x + 0.5 and w not in units]
    return sorted((w for w in found if w.right > run.box.x - REACH_MM), key=lambda word: word.box.x)


# ── figures


def _figure(page: Page, run: Run, row: Sequence[Run]) -> tuple[Draft, set[Word]]:
    unit, before = _unit(page, run), _before(page, run, row)
    named = [word for word in before if len(plain(word.text)) != 1 and not _eras([word])]
    label = labels.of_field(page, run.box, named)
    extra: dict[str, Any] = {"box": run.box, "cells": len(run.cells)}
    if run.decimals:
        extra = {"cells": list(run.cells), "number": {"decimals": run.decimals}}
    used = {*before, *([unit] if unit else [])}
    if unit and re.search(r"[^\W\d_]|%", plain(unit.text)):
        extra["number"] = {**extra.get("number", {}), "unit": plain(unit.text)[:8]}
    return Draft("digits", label, 0.9, list(run.cells), extra), used


# ── dates


def _date(page: Page, runs: Sequence[Run]) -> tuple[Draft, set[Word]]:
    units = [_unit(page, run) for run in runs]
    row = [run for run in page.runs if abs(run.box.y - runs[0].box.y) < 1.0]
    before = _before(page, runs[0], row)
    eras = _eras(before)
    extra: dict[str, Any] = _era_keys(page, eras, runs[0].box)
    for part, run in zip(PARTS, runs, strict=True):
        extra[part] = {"box": run.box, "cells": len(run.cells)}
    boxes = [*extra.get("era_boxes", {}).values(), *(cell for run in runs for cell in run.cells)]
    words = [word for word in before if word not in [word for word, _ in eras]]
    named = sum(unit is not None and plain(unit.text)[:1] == name for unit, name in zip(units, NAMES, strict=True))
    label = labels.of_field(page, runs[0].box, [word for word in words if not word.is_advice])
    used = {*before, *(unit for unit in units if unit)}
    return Draft("date", label, 0.8 + 0.05 * named, boxes, extra), used


def _eras(words: Sequence[Word]) -> list[tuple[Word, str]]:
    """Words that are names of eras, and which."""
    named = [_era(plain(word.text)) for word in words]
    known = [n for n, name in enumerate(named) if name]
    firsts = {ERAS.index(str(named[n])) - n for n in known}
    if len(known) > 1 and len(firsts) == 1:  # in their order: a word among them that was not read is the one left out
        first, width = firsts.pop(), words[known[0]].box.w
        for n, word in enumerate(words):
            if 0 <= first + n < len(ERAS) and abs(word.box.w - width) < 0.25 * width:
                named[n] = ERAS[first + n]
    return [(word, name) for word, name in zip(words, named, strict=True) if name]


def _era(text: str) -> str | None:
    """The era that a word names, also when one of its two letters was misread and the other is in no other era."""
    if text in ERAS or text in ERA_SHORT:
        return ERA_SHORT.get(text, text)
    near = [era for era in ERAS if len(text) == 2 and (text[0] == era[0] or text[1] == era[1])]
    return near[0] if len(near) == 1 else None


def _era_keys(page: Page, eras: Sequence[tuple[Word, str]], beside: Box) -> dict[str, Any]:
    names = [name for _, name in eras]
    if len(eras) < 2:
        return {"eras": names} if names else {}
    boxes = {}
    for n, (word, name) in enumerate(eras):
        left = eras[n - 1][0].right if n else word.box.x - 8
        right = eras[n + 1][0].box.x if n + 1 < len(eras) else beside.x
        room = min(3.2, (word.box.x - left) / 2 - ERA_ROOM_MM / 2, (right - word.right) / 2 - ERA_ROOM_MM / 2)
        side = max(room, 0.2)
        boxes[name] = Box(word.box.x - side, word.middle - 3.5, word.box.w + 2 * side, 7.0)
    return {"eras": names, "era_boxes": boxes}


# ── dates without cells


def _written_dates(page: Page, used: set[Word]) -> list[list[Word]]:
    """Lines with 年, 月 and 日 in this order and room before each."""
    found = []
    for owner in {page.owner(word.box) for word in page.words}:
        for line in lines(word for word in page.words_in(owner) if word not in used):
            found += _triples(line)
    return found


def _triples(line: list[Word]) -> list[list[Word]]:
    found, marks = [], [word for word in line if _is_mark(word)]
    for three in zip(marks, marks[1:], marks[2:], strict=False):
        if all(_says(word, name) for word, name in zip(three[1:], NAMES[1:], strict=True)) and _may_be_year(three[0]):
            before = [word for word in line if word.right <= three[0].box.x]
            gaps = [three[1].box.x - three[0].right, three[2].box.x - three[1].right]
            if all(GAP_MM[0] < gap < GAP_MM[1] for gap in gaps):
                found.append([*before, *three])
    return found


def _says(word: Word, name: str) -> bool:
    return plain(word.text)[:1] == name and len(plain(word.text)) <= 2


def _is_mark(word: Word) -> bool:
    """One letter, perhaps misread, that may be 年, 月 or 日."""
    return any(_says(word, name) for name in NAMES) or (_is_letter(word) and not _eras([word]))


def _may_be_year(word: Word) -> bool:
    return _says(word, NAMES[0]) or (_is_letter(word) and not any(_says(word, name) for name in NAMES[1:]))


def _is_letter(word: Word) -> bool:
    return 0.6 < word.box.w / word.box.h < 1.5 and word.box.w > LETTER_MM


def _in_gaps(page: Page, words: list[Word]) -> Draft:
    *before, year, month, day = words
    eras = _eras(before)
    gap = month.box.x - year.right
    starts = [max([word.right for word in before] or [year.box.x - gap], default=0.0), year.right, month.right]
    room = page.owner(year.box) or page.panel
    spans = zip(PARTS, starts, (year, month, day), strict=True)
    extra: dict[str, Any] = _era_keys(page, eras, Box(starts[0] + 3, year.box.y, 1, 1))
    for part, start, word in spans:
        box = Box(max(start, word.box.x - 1.6 * gap) + 0.8, word.middle - WRITE_MM / 2, 0, WRITE_MM)
        box = box._replace(w=max(word.box.x - 0.8 - box.x, 2.0))
        extra[part] = {"box": clipped(box, room.grown(-CLEAR_MM))}
    boxes = [*extra.get("era_boxes", {}).values(), *(extra[part]["box"] for part in PARTS)]
    rest = [word for word in before if word not in [word for word, _ in eras] and not word.is_advice]
    label = labels.of_field(page, extra["year"]["box"], rest)
    return Draft("date", label, 0.7, boxes, extra)
