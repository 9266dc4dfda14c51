"""Which printed words belong to a box: the row's head, the words before it, the heading above."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.forms.propose.page import MANY, ONE, Page, Word, lines, plain
from pipeline.geometry import Box

HEADING_MM = 16.0  # how far above a box its heading may stand
NUMBER = re.compile(r"^[(（]?[0-9０-９一二三四五六七八九十]{1,2}[)）.．、]?$|^[①-⑳]$")


def of_field(page: Page, box: Box, before: Sequence[Word] = ()) -> str:
    """The words that name what is filled in at `box`; `before` are those already known to stand in front of it."""
    if before:
        return joined(before)
    owner = page.owner(box)
    if owner is None:
        return _in_front(page, box) or heading(page, box)
    return row_head(page, owner) or column_head(page, owner) or heading(page, owner)


def joined(words: Sequence[Word]) -> str:
    """Words without their advice and leading numbers, as one label."""
    kept = [plain(word.text) for row in lines(words) for word in row if not word.is_advice]
    if len(kept) > 1 and NUMBER.match(kept[0]):
        kept = kept[1:]
    return "".join(kept)[:60]


def row_head(page: Page, cell: Box) -> str:
    """What stands in the nearest cell to the left that has words."""
    left = page.left_of(cell)
    while left is not None:
        said = joined(page.words_in(left))
        if said and not NUMBER.match(said):
            return said
        left = page.left_of(left)
    return ""


def column_head(page: Page, cell: Box) -> str:
    """What stands in the cell above, when that is a heading."""
    above = page.above(cell)
    return joined(page.words_in(above)) if above is not None and above in page.shaded else ""


def heading(page: Page, box: Box) -> str:
    """The words of the nearest line above a box."""
    return joined(heading_line(page, box))


def heading_line(page: Page, box: Box) -> list[Word]:
    """The nearest line above a box, within reach and not in another frame; or a heading in a frame of its own."""
    frames = {page.owner(box), _around(page, box)}
    over = [word for word in page.words if _is_over(word.box, box)]
    for among in (frames, page.shaded - frames):
        rows = lines(word for word in over if page.owner(word.box) in among)
        if rows:
            return rows[-1]
    return []


def _around(page: Page, box: Box) -> Box | None:
    """The cell around `box` that is larger than it."""
    larger = [cell for cell in page.cells if cell != box and cell.contains(box, 0.2)]
    return min(larger, key=lambda cell: cell.w * cell.h, default=None)


def _is_over(word: Box, box: Box) -> bool:
    gap = box.y - (word.y + word.h)
    return -0.5 < gap < HEADING_MM and word.x + word.w > box.x - 5 and word.x < box.x + box.w


def _in_front(page: Page, box: Box) -> str:
    middle = box.y + box.h / 2
    row = [
        w
        for w in page.words
        if abs(w.middle - middle) < box.h / 2 + 1 and w.right < box.x + 0.5 and box.x - w.right < 40
    ]
    return joined([word for word in row if page.owner(word.box) == page.owner(box)])


def many(page: Page, box: Box) -> bool | None:
    """Whether the paper asks for several answers; None when it does not say."""
    near = [word.text for word in page.words if _is_over(word.box, box)]
    frame = page.owner(box)
    near += [word.text for word in page.words_in(frame)] if frame else []
    near += [word.text for word in heading_line(page, frame)] if frame else []
    said = "".join(near)
    return True if MANY.search(said) else False if ONE.search(plain(said)) else None
