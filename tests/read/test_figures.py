"""Written figures: what both readers say together, and what no figure is."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline import model
from pipeline.forms import schema
from pipeline.read import answers, date, digits, figures, line
from tests.read import drawn


def chance(*labels: int, sure: float = 0.999) -> NDArray[np.float64]:
    """What the networks say of cells that look like `labels` (10: no figure)."""
    rows = np.full((len(labels), 11), (1 - sure) / 10)
    rows[np.arange(len(labels)), labels] = sure
    return rows


def test_only_the_free_reader_can_agree() -> None:
    """The cell networks know nothing but figures: a string counts only when the reader that may read anything saw it."""
    same, other = (figures._figure(chance(7, 2, 4), seen, gap=False) for seen in ("724", "7/24"))
    assert (same.text, same.agreed) == ("724", True)
    assert (other.text, other.state, other.agreed) == ("724", "valid", False)


@pytest.mark.parametrize(
    ("labels", "seen", "agreed"),
    [((2, 5), "Z5", True), ((3, 0), "3〇", True), ((5, 0), "SO", True), ((2, 0), "O2", False), ((1, 9), "/9", False),
     ((1, 9), "|9", False), ((7,), "了", False)],
)  # fmt: skip
def test_a_letter_of_the_same_shape_agrees(labels: tuple[int, ...], seen: str, agreed: bool) -> None:
    """A Z where the cells say 2 is the same stroke; a bare line may part figures instead of being one."""
    assert figures._figure(chance(*labels), seen, gap=False).agreed is agreed


def test_what_is_no_figure_is_illegible() -> None:
    """A struck-out cell, or a gap within the figures, is shown to a person with the reading as a proposal."""
    struck = figures._figure(chance(1, 10, 3), "1x3", gap=False)
    assert (struck.state, struck.reason, struck.agreed) == ("illegible", "not-a-figure", False)
    assert struck.others[0][0].startswith("1")
    hole = figures._figure(chance(1, 3), "13", gap=True)
    assert (hole.state, hole.reason) == ("illegible", "gap-between-figures")


def test_a_written_score_must_be_one_of_its_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """A 7 where 1 to 4 can be answered is out of range, not an answer."""
    field = drawn.field({"kind": "score", "box": [10, 10, 9, 9], "values": [1, 2, 3, 4]})
    assert isinstance(field, schema.Score)
    crops = drawn.crops(field, [])
    seen = iter(
        [figures.Figure("3", "valid", None, 0.99, agreed=True), figures.Figure("7", "valid", None, 0.99, agreed=True)]
    )
    monkeypatch.setattr(figures, "in_cells", lambda _: next(seen))
    good, bad = digits._score(field, crops), digits._score(field, crops)
    assert (good.value, good.state) == (3, "valid")
    assert (bad.value, bad.state, bad.reason) == (None, "illegible", "out-of-range")


@pytest.mark.parametrize("state", ["valid", "illegible"])
def test_the_illegible_is_never_accepted(state: model.State) -> None:
    """However sure a reader is that something cannot be read, a person looks."""
    crops = drawn.crops(drawn.question(), [])
    reading = answers.reading(crops, "marks/4", 1 if state == "valid" else None, state, None, 1.0)
    assert reading.sure is (state == "valid")


def test_doubt_halves_the_score() -> None:
    """Where a kind's own condition is not met the score falls below every line."""
    crops: Sequence[model.FieldCrop] = drawn.crops(drawn.question(), [])
    plain = answers.reading(crops, "marks/4", 1, "valid", None, 0.998)
    doubted = answers.doubted(plain, "choice")
    assert doubted.score == pytest.approx(plain.score / 2)
    assert doubted.confidence <= plain.confidence
    assert (plain.sure, doubted.sure) == (True, False)


def _line(text: str, doubt: str, odds: float) -> line.Line:
    """A line recogniser that reads `text` and gives its last figure to `doubt` with these odds."""
    steps = np.full((2 * len(text) + 1, len(line.characters())), 1e-7, np.float32)
    steps[::2, line.BLANK] = 1
    for n, figure in enumerate(text):
        steps[2 * n + 1, line._index()[figure]] = 1
    steps[-2, line._index()[doubt]] = odds
    return line.Line(text, 0.99, steps)


@pytest.mark.parametrize(("cells", "words", "contested"), [(0.1, 0.01, True), (0.1, 1e-5, False), (1e-4, 0.3, False)])
def test_the_odds_of_another_figure_are_those_of_both_readers(cells: float, words: float, contested: bool) -> None:
    """A 1 that may be a 7 is looked at where both readers leave that open, not where one of them rules it out."""
    seen = chance(3, 1, sure=0.99999)
    seen[1, 7] = cells * seen[1, 1]
    assert figures._contested(seen, "31", _line("31", "7", words), bool) is contested


def test_a_figure_that_cannot_be_meant_leaves_no_doubt() -> None:
    """The 1 of a 12th month may look like a 7, but no month is 72; a 2 that looks like a 1 is looked at."""
    seen = chance(1, 2, sure=0.99999)
    seen[0, 7] = 0.1
    reader = _line("12", "2", 0.0)
    reader.steps[1, line._index()["7"]] = 0.1
    month = functools.partial(date._possible, "month")
    assert figures._contested(seen, "12", reader, bool)
    assert not figures._contested(seen, "12", reader, month)
    seen[1, 1] = 0.1
    reader.steps[3, line._index()["1"]] = 0.1
    assert figures._contested(seen, "12", reader, month)


@pytest.mark.parametrize(
    ("part", "text", "possible"),
    [("month", "12", True), ("month", "13", False), ("month", "00", False), ("day", "31", True), ("day", "32", False), ("year", "99", True)],
)  # fmt: skip
def test_months_and_days_end_somewhere(part: str, text: str, possible: bool) -> None:
    """What the calendar never has is no other reading of a figure."""
    assert date._possible(part, text) is possible


@pytest.mark.parametrize(("foot_mm", "looked_at"), [(-1.5, False), (-0.1, True), (2.0, False)])
@pytest.mark.parametrize("figure", ["7", "4"])
def test_a_seven_that_ends_on_the_line_may_be_a_two(foot_mm: float, looked_at: bool, figure: str) -> None:
    """The foot of a 2 can lie along the cell's lower line; a 7 that ends before it or goes on beyond is a 7."""
    (crop, *_) = drawn.crops(drawn.question("score", count=1), [])
    image = crop.image.copy()
    edge, px = round(crop.margin_mm * crop.px_per_mm), crop.px_per_mm
    right, low = image.shape[1] - edge, image.shape[0] - edge
    end = (edge + 30, round(low + foot_mm * px))
    cv2.line(image, (right - 20, edge + 15), end, (40,), 5, cv2.LINE_AA)
    assert figures._footless(figure, [replace(crop, image=image)]) is (looked_at and figure == "7")


@pytest.mark.parametrize(
    ("pieces", "looked_at"),
    [
        ([((20, 4), (12, 26))], False),  # a 1
        ([((20, 4), (17, 13)), ((15, 18), (12, 26))], False),  # one that is broken in two
        ([((18, 8), (12, 26)), ((7, 5), (9, 5))], True),  # a 7 of whose bar only the end is left
        ([((18, 8), (12, 26)), ((24, 24), (26, 26))], True),
    ],
)
@pytest.mark.parametrize("figure", ["1", "4"])
def test_ink_beside_a_one_may_be_the_rest_of_a_seven(
    pieces: list[tuple[tuple[int, int], tuple[int, int]]], looked_at: bool, figure: str
) -> None:
    """A scan lost the bar of a 7 but for its end, and both readers saw a 1; pieces along one stroke are that stroke."""
    picture = np.zeros((32, 32), np.uint8)
    for begin, end in pieces:
        cv2.line(picture, begin, end, (255,), 2)
    prepared = (picture[None] / 255).astype(np.float32)
    assert figures._broken(figure, [prepared]) is (looked_at and figure == "1")


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("begin", "end", "lean", "streak"),
    [
        (0.0, 1.0, 0, True),  # a feeder's grain of dust
        (0.0, 1.0, 4, True),  # on a sheet that lay askew
        (0.25, 0.75, 0, False),  # a 1 within its cell
        (0.05, 0.75, 0, False),  # a long one
        (0.0, 1.0, 40, False),  # a long stroke aslant, as of a 7
    ],
)
def test_a_line_through_a_cell_and_beyond_is_no_one(
    begin: float, end: float, lean: int, streak: bool, turned: bool
) -> None:
    """Dust on the feeder's glass draws lines through whole sheets that both readers take for a 1 in an empty cell."""
    (crop, *_) = drawn.crops(drawn.question(count=1), [])
    image = (crop.image.T if turned else crop.image).copy()
    height, middle = image.shape[0], image.shape[1] // 2 + 8
    cv2.line(image, (middle, round(begin * height)), (middle + lean, round(end * height)), (120,), 2, cv2.LINE_AA)
    image = np.ascontiguousarray(image.T if turned else image)
    assert figures._streaked(replace(crop, image=image)) is streak


@pytest.mark.parametrize(
    ("figure", "begin", "end", "agreed"), [(1, 0.25, 0.75, True), (7, 0.0, 1.0, False), (1, 0.0, 0.7, False)]
)
def test_a_figure_with_a_line_through_its_cell_is_never_sure(
    monkeypatch: pytest.MonkeyPatch, figure: int, begin: float, end: float, agreed: bool
) -> None:
    """Where both readers agree, a line that comes from beyond the cell still leaves it to a person."""
    monkeypatch.setattr(figures, "chances", lambda pictures: chance(figure))
    monkeypatch.setattr(line, "read", lambda _: _line(f"{figure}", "4", 1e-6))
    (crop, *_) = drawn.crops(drawn.question(count=1), [])
    image, high = crop.image.copy(), crop.image.shape[0]
    middle = image.shape[1] // 2 - 8
    cv2.line(image, (middle, round(begin * high)), (middle, round(end * high)), (90,), 3, cv2.LINE_AA)
    assert figures.in_cells([replace(crop, image=image)]).agreed is agreed


@pytest.mark.parametrize(
    ("begin", "end", "lean", "passing"),
    [
        (0.25, 0.75, 0, False),  # a 1 within its cell
        (0.1, 0.75, 3, False),  # a tall one
        (0.0, 0.6, 4, True),  # a line that ends in the cell
        (0.0, 1.0, 20, True),  # one that leans on its way through
        (0.0, 0.25, 0, False),  # what hardly reaches in
    ],
)
@pytest.mark.parametrize("figure", ["1", "7"])
def test_a_line_from_beyond_the_cell_is_no_one(begin: float, end: float, lean: int, passing: bool, figure: str) -> None:
    """A pen's line past a field runs through an empty cell, and both readers see a 1; figures stay near their cell."""
    (crop, *_) = drawn.crops(drawn.question(count=1), [])
    image, height = crop.image.copy(), crop.image.shape[0]
    middle = image.shape[1] // 2 - 8
    cv2.line(image, (middle, round(begin * height)), (middle + lean, round(end * height)), (80,), 4, cv2.LINE_AA)
    assert figures._passing(figure, [replace(crop, image=image)]) is (passing and figure == "1")
