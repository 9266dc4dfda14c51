"""Room to write in: empty cells, the room behind a label, underlined blanks; and circles for a seal."""

from __future__ import annotations

import itertools
import re
from typing import Any

from pipeline.forms.propose import labels
from pipeline.forms.propose.draft import Draft, inside
from pipeline.forms.propose.page import Page, Word, lines, plain
from pipeline.geometry import Box, union

LEAST_MM = (12.0, 5.5)
ROOM_MM = 25.0  # behind a label in the same cell
LINE_MM = 9.0  # the least height under a label that people write in
LABEL = 14  # letters of a label in the same cell
UNDERLINE_MM = 18.0
HAND_MM = 13.0  # the height of writing on a line, at most
CODE = re.compile("コード|QR|バーコード", re.IGNORECASE)
CODE_MM = (12.0, 40.0)
SEAL = re.compile("^[(（]?(印|㊞)[)）]?$")
SUFFIX = re.compile("^(様|殿|円|点|歳|人|回|分|印|㊞|cm|kg|mm|[%％])$")


def seals(page: Page) -> list[Draft]:
    """Circles of a stamp's size."""
    return [_seal(page, stamp) for stamp in page.stamps]


def _seal(page: Page, stamp: Box) -> Draft:
    owner = page.owner(stamp)
    name = labels.row_head(page, owner) if owner else labels.heading(page, stamp)
    return Draft("presence", f"{name}（印）" if name else "印", 0.9, [stamp], {"box": stamp})


def cells(page: Page, filled: list[Draft]) -> list[Draft]:
    """Cells with room to write that hold no other field."""
    found = []
    for cell in page.cells:
        if cell in page.shaded or cell.w < LEAST_MM[0] or cell.h < LEAST_MM[1] or _holds_cells(page, cell):
            continue
        if (_heads_a_field if page.words_in(cell) else _is_no_answer)(page, cell, filled):
            continue
        parts = _parted(page, cell)
        found += parts
        draft = (
            None
            if parts
            else _cell(page, cell, [box for draft in filled for box in draft.boxes if page.owner(box) == cell])
        )
        if draft:
            found.append(draft)
    return found


def _holds_cells(page: Page, cell: Box) -> bool:
    return any(other != cell and cell.contains(other, 0.2) for other in page.cells if other.w > LEAST_MM[0])


def _is_no_answer(page: Page, cell: Box, filled: list[Draft]) -> bool:
    """Whether the row is answered in the cell before it."""
    left = page.left_of(cell)
    return left is not None and any(page.owner(box) == left for draft in filled for box in draft.boxes)


def _heads_a_field(page: Page, cell: Box, filled: list[Draft]) -> bool:
    """Whether the next cell has the field that this one asks for."""
    right = page.right_of(cell)
    return right is not None and any(page.owner(box) == right for draft in filled for box in draft.boxes)


def _cell(page: Page, cell: Box, taken: list[Box]) -> Draft | None:
    words = page.words_in(cell)
    content = [w for w in words if not w.is_advice and not w.is_stroke and not SUFFIX.match(plain(w.text))]
    stamps = [box for box in taken if box in page.stamps]
    if len(taken) > len(stamps):
        return _after_fields(page, cell, content, taken)
    hints = [w for w in words if w not in content and not w.is_stroke and w.box.x > cell.x + 0.3 * cell.w]
    ends = [box.x - 2 for box in stamps] + [word.box.x - 1 for word in hints]
    room = inside(cell)
    room = room._replace(w=max(min([room.x + room.w, *ends]) - room.x, 1.0))
    if not content:
        return _empty(page, cell, room)
    return _behind_label(page, cell, room, content)


def _empty(page: Page, cell: Box, room: Box) -> Draft | None:
    code = abs(cell.w - cell.h) < 2 and CODE_MM[0] < cell.w < CODE_MM[1]
    if code:
        return _code(page, cell)
    left, above = page.left_of(cell), page.above(cell)
    if left is None and above is None and _is_corner(page, cell):
        return None
    extra: dict[str, Any] = {"box": room}
    rules = len([dash for dash in page.ink.dashes if cell.contains(dash, 0.5)])
    if rules:
        extra["lines"] = rules + 1
    label = labels.row_head(page, cell) or labels.column_head(page, cell) or labels.heading(page, cell)
    if not label and above is not None:
        label = labels.joined(page.words_in(above))
    return Draft("text", label, 0.9 if label else 0.5, [room], extra)


def _parted(page: Page, cell: Box) -> list[Draft]:
    """A field for each room between dashed rules when each has its own words in the cell before: フリガナ over 氏名."""
    left = page.left_of(cell)
    rules = sorted(d.y for d in page.ink.dashes if cell.contains(d, 0.5) and d.w > 0.8 * cell.w)
    if left is None or not rules or page.words_in(cell):
        return []
    edges = [cell.y, *rules, cell.y + cell.h]
    rooms = [cell._replace(y=top, h=low - top) for top, low in itertools.pairwise(edges)]
    heads = [[w for w in page.words_in(left) if room.y < w.middle < room.y + room.h] for room in rooms]
    if not all(heads):
        return []
    made = [(labels.joined(words), inside(room)) for words, room in zip(heads, rooms, strict=True)]
    return [Draft("text", label, 0.8, [box], {"box": box}) for label, box in made]


def _is_corner(page: Page, cell: Box) -> bool:
    right = page.right_of(cell)
    below = [c for c in page.cells if abs(c.y - cell.y - cell.h) < 1 and abs(c.x - cell.x) < 1]
    return right is not None and bool(below) and bool(page.words_in(right)) and bool(page.words_in(below[0]))


def _code(page: Page, cell: Box) -> Draft | None:
    """An empty square is for a code only where the paper says so."""
    around = Box(cell.x - 8, cell.y - 16, cell.w + 16, cell.h + 32)
    near = [word for word in page.words if around.contains(word.box, 1) and CODE.search(plain(word.text))]
    return Draft("code", labels.joined(near), 0.8, [cell], {"box": cell}) if near else None


def _behind_label(page: Page, cell: Box, room: Box, content: list[Word]) -> Draft | None:
    """A short label at the left with white behind it, when the white is not in the next cell."""
    rows = lines(content)
    label = labels.joined(content)
    below = _below_label(cell, room, content)
    if below and len(rows) == 1 and len(label) <= LABEL and not _heads_a_cell(page, cell):
        return Draft("text", label, 0.7, [below], {"box": below})
    end = max(word.right for word in content)
    free = room.x + room.w - end
    is_label = len(rows) == 1 and len(label) <= LABEL and free > max(ROOM_MM, 0.4 * cell.w)
    if not is_label or any(word.box.x > cell.x + 0.4 * cell.w for word in content) or _heads_a_cell(page, cell):
        return None
    box = Box(end + 1.5, room.y, room.x + room.w - end - 1.5, room.h)
    return Draft("text", label, 0.7, [box], {"box": box})


def _below_label(cell: Box, room: Box, content: list[Word]) -> Box | None:
    """The white under a label in the upper corner of a cell, where that is high enough for a line of writing."""
    low = max(word.box.y + word.box.h for word in content) + 1.0
    corner = low < cell.y + 0.4 * cell.h and max(word.right for word in content) < cell.x + 0.5 * cell.w
    high = room.y + room.h - low
    return room._replace(y=low, h=high) if corner and high >= LINE_MM and room.w >= ROOM_MM else None


def _heads_a_cell(page: Page, cell: Box) -> bool:
    """Whether the next cell is where one writes."""
    right = page.right_of(cell)
    return right is not None and not page.words_in(right)


def _after_fields(page: Page, cell: Box, content: list[Word], taken: list[Box]) -> Draft | None:
    """A label behind figures in the same cell, with room after it."""
    last = max(taken, key=lambda box: box.x + box.w)
    middle = last.y + last.h / 2
    behind = [w for w in content if abs(w.middle - middle) < last.h / 2 and w.box.x > last.x + last.w + 6]
    room = inside(cell)
    if not behind:
        return None
    start = max(word.right for word in behind) + 1.5
    if room.x + room.w - start < ROOM_MM or not page.is_blank(Box(start, room.y, room.x + room.w - start, room.h)):
        return None
    box = Box(start, room.y, room.x + room.w - start, room.h)
    return Draft("text", labels.joined(behind), 0.7, [box], {"box": box})


# ── underlined blanks


def underlined(page: Page, filled: list[Draft]) -> list[Draft]:
    """Level rules that bound no cell and underline no words."""
    return [_on_rule(page, rule, filled) for rule in page.ink.rules if _is_blank_line(page, rule)]


def _is_blank_line(page: Page, rule: Box) -> bool:
    if rule.w < UNDERLINE_MM or not page.panel.contains(rule, 0.5) or _bounds_a_cell(page, rule):
        return False
    over = [
        w
        for w in page.words
        if -1 < rule.y - w.box.y - w.box.h < 2.5 and w.box.x < rule.x + rule.w and w.right > rule.x
    ]
    if not _front(page, rule) and any(_same_span(other, rule) for other in page.ink.rules):
        return False
    covered = sum(min(w.right, rule.x + rule.w) - max(w.box.x, rule.x) for w in over)
    named = bool(_front(page, rule)) or page.owner(rule) is not None
    return covered < 0.3 * rule.w and (named or rule.w < 0.6 * page.panel.w) and rule.w < 0.85 * page.panel.w


def _same_span(other: Box, rule: Box) -> bool:
    """Two rules over the same width, one near above the other: a frame, not a line to write on."""
    level = abs(other.x - rule.x) < 2 and abs(other.w - rule.w) < 3
    return level and other != rule and 0.4 * rule.w > abs(other.y - rule.y) > 15


def _bounds_a_cell(page: Page, rule: Box) -> bool:
    every = [*page.cells, *page.ticks, *(cell for run in page.runs for cell in run.cells)]
    return any(
        min(abs(rule.y - cell.y), abs(rule.y - cell.y - cell.h)) < 1.2
        and min(rule.x + rule.w, cell.x + cell.w) - max(rule.x, cell.x) > 1
        for cell in every
    )


def _front(page: Page, rule: Box) -> list[Word]:
    owner = page.owner(rule)
    return [
        w
        for w in page.words
        if 0 <= rule.y - w.middle < HAND_MM and -1 < rule.x - w.right < 30 and page.owner(w.box) == owner
    ]


def _on_rule(page: Page, rule: Box, filled: list[Draft]) -> Draft:
    owner = page.owner(rule) or page.panel
    solid = [word.box for word in page.words] + [box for draft in filled for box in draft.boxes] + page.ink.rules
    ceilings = [b.y + b.h for b in solid if b.y + b.h < rule.y - 2 and b.x < rule.x + rule.w and b.x + b.w > rule.x]
    middle = rule.y + rule.h / 2
    top = max([middle - HAND_MM, owner.y + 0.5, *(low + 0.5 for low in ceilings)])
    words = lines(_front(page, rule))
    label = labels.joined(words[-1]) if words else labels.heading(page, Box(rule.x, top, rule.w, middle - top))
    box = Box(rule.x, top, rule.w, middle - top)
    return Draft("text", label, 0.8 if words else 0.55, [box], {"box": box})


def attach_others(drafts: list[Draft]) -> None:
    """An underlined blank behind an option 「その他」 holds its wording."""
    for draft in drafts:
        for option in draft.extra.get("options", []) if draft.kind == "choice" else []:
            behind = [d for d in drafts if d.kind == "text" and _stands_behind(option["box"], d.place)]
            if str(option["label"]).startswith("その他") and behind:
                behind[0].label = f"{draft.label}（その他）"
                draft.other = (str(option["value"]), behind[0])


def _stands_behind(tick: Box, blank: Box) -> bool:
    middle = tick.y + tick.h / 2
    return blank.y - 2 < middle < blank.y + blank.h + 2 and 0 < blank.x - tick.x - tick.w < 60


def whole(drafts: list[Draft]) -> Box:
    """Around every box of every draft."""
    return union([box for draft in drafts for box in draft.boxes])
