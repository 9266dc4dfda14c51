"""docs/asvs.md answers each row of the standard with something that there is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "asvs.md"
ROWS: list[tuple[str, str, str]] = re.findall(
    r"^\| (V[\d.]+) \| (\d) \| (.*) \|$", PAGE.read_text("utf-8"), re.MULTILINE
)
# How many requirements the standard has of each level, and how many rows a chapter.
LEVELS = {"1": 70, "2": 183}
TESTS = {
    name for path in (ROOT / "tests").rglob("*.py") for name in re.findall(r"def (test_\w+)", path.read_text("utf-8"))
}


def _applies(answer: str) -> bool:
    return not answer.startswith("–")


def _named(answer: str) -> tuple[set[str], set[Path]]:
    """Tests by name, and files and pages, that an answer leads to."""
    files = {ROOT / one for one in re.findall(r"`((?:tests|review_ui|pipeline)/[\w/.]+)`", answer)}
    pages = {PAGE.with_name(one) for one in re.findall(r"\]\(([\w.]+)\)", answer)}
    return set(re.findall(r"`(test_\w+)`", answer)), files | pages


def test_every_row_is_there_once() -> None:
    """All 253 requirements of levels 1 and 2 have a row, none twice."""
    assert Counter(level for _, level, _ in ROWS) == LEVELS
    assert len({row for row, *_ in ROWS}) == len(ROWS)


@pytest.mark.parametrize(("row", "answer"), [(row, answer) for row, _, answer in ROWS])
def test_what_an_answer_names_exists(row: str, answer: str) -> None:
    """A row that applies names a test or a page, one that does not its reason; whatever is named is there."""
    tests, files = _named(answer)
    assert tests <= TESTS, row
    assert all(one.exists() for one in files), row
    if _applies(answer) and "OPEN" not in answer:
        assert tests or any(one.suffix == ".md" or "tests" in one.parts for one in files), row
    assert _applies(answer) or len(answer) > 3, row


def test_nothing_of_level_1_is_open_and_the_counts_are_right() -> None:
    """What stands above the rows is what they come to."""
    text = PAGE.read_text("utf-8")
    counted: dict[str, Callable[[str], bool]] = {
        "rows": lambda _: True,
        "do not apply": lambda answer: not _applies(answer),
        "answered": lambda answer: _applies(answer) and "OPEN" not in answer,
        "open, wholly or in part": lambda answer: "OPEN" in answer,
    }
    for name, true in counted.items():
        counts = [sum(true(answer) for _, level, answer in ROWS if level == one) for one in LEVELS]
        assert f"| {name} | {counts[0]} | {counts[1]} |" in text, name
    assert not [row for row, level, answer in ROWS if level == "1" and "OPEN" in answer]
