"""Proposals from scans: other offices' paper, rules that fade, words that were misread."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline.forms.propose import circles, figures, ink, page
from pipeline.geometry import Box
from tests.forms import other_papers


@pytest.mark.parametrize("name", ["hall", "survey", "application"])
def test_papers_of_other_offices_are_proposed_from_their_scans(tmp_path: Path, name: str) -> None:
    """Papers in other styles, scanned askew and noisy at 200 dpi: at least 95 % found, at most 5 % false."""
    (score,) = other_papers.scores([name], tmp_path)
    assert score.found >= 0.95 * score.boxes
    assert score.false <= 0.05 * score.proposed


def test_a_fine_rule_that_fades_goes_on() -> None:
    """Where a rule is hardly darker than the paper it still joins its two dark ends; alone it is nothing."""
    image = np.full((200, 400), 250, np.uint8)
    image[100, 20:380], image[100, 150:250], image[50, 20:380] = 60, 210, 210
    found = ink.black(image)
    assert found[100, 30:370].all()
    assert not found[50].any()


def _row(*texts: str, y: float = 50.0) -> list[page.Word]:
    return [page.Word(Box(100 + 15 * n, y - 1.5, 3, 3), text) for n, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        (("1", "2", "3", "4"), ["1", "2", "3", "4"]),
        (("0", "1", "当", "3", "4", "5"), ["0", "1", "2", "3", "4", "5"]),
        (("4", "3", "2", "1"), ["4", "3", "2", "1"]),
        (("1", "当", "右"), []),
        (("2", "7"), []),
    ],
)
def test_a_misread_figure_follows_from_its_neighbours(read: tuple[str, ...], meant: list[str]) -> None:
    """Most figures of a row at even steps say what the others are; too few say nothing."""
    assert [word.text for word in circles._scale(_row(*read))] == meant


def test_a_misread_option_follows_from_the_row_above() -> None:
    """The same place and the same words beside it, and it is the same option; other places are other words."""
    known = [_row("はい", "いいえ")]
    assert [word.text for word in circles._like_another(_row("寺N", "いいえ", y=62), known)] == ["はい", "いいえ"]
    assert circles._like_another(_row("寺N", "当", y=62), known) == []
    apart = [page.Word(word.box._replace(x=word.box.x + 5), word.text) for word in _row("はい", "いいえ", y=62)]
    assert circles._like_another(apart, known) == []


def test_the_same_words_again_are_the_next_question() -> None:
    """Rows of other words in the same columns go on; はい・いいえ under はい・いいえ do not."""
    same, other = _row("はい", "いいえ", y=60), _row("ときどき", "まれ", y=60)
    assert len(circles._blocks([_row("はい", "いいえ"), same])) == 2
    assert len(circles._blocks([_row("はい", "いいえ"), other])) == 1


@pytest.mark.parametrize(
    ("read", "era"), [("昭和", "昭和"), ("太正", "大正"), ("S", "昭和"), ("中和", None), ("年", None)]
)
def test_a_misread_era_is_known_by_its_other_letter(read: str, era: str | None) -> None:
    """One letter that no other era has in its place is enough; 和 stands in two."""
    assert figures._era(read) == era


def test_an_unread_era_stands_between_its_neighbours() -> None:
    """Eras are printed in their order, so that the place says which one was not read."""
    assert [name for _, name in figures._eras(_row("大正", "", "平成"))] == ["大正", "昭和", "平成"]
    assert [name for _, name in figures._eras(_row("電話", "令和"))] == ["令和"]
