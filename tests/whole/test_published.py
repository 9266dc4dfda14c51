"""A few of the published cases through the real path, and all of them as figures."""

from __future__ import annotations

from pathlib import Path

from pipeline import store
from pipeline.forms import Forms
from pipeline.settings import Settings
from pipeline.workbook.report import figures
from tests.acceptance import published


def test_two_cases_go_the_whole_way(shipped: Forms, tmp_path: Path) -> None:
    """Sheets drawn, scanned, taken in, read, reviewed and exported are what the report prints."""
    cases = [published.CASES[0], published.CASES[-1]]
    own = Settings(data=tmp_path / "data", workers=0)
    with store.open(own, create=True) as opened:
        found = published.play(published.Place(own, opened, shipped, tmp_path), cases)
    assert found["A8"] == {"計": (2, 100)}
    assert found["A9"] == {"男": (1, 50), "不明": (1, 50)}
    assert found["A10"] == {"今回初めて訪問": (1, 50), "改めて訪問": (1, 50)}
    assert found["A11"] == {"申請済": (1, 50), "未申請": (1, 50)}


def test_published_percentages_add_to_a_hundred() -> None:
    """6, 4 and 4 of 14 are 43, 28 and 29: of equal remainders the later class is raised."""
    assert figures.whole_percentages([6, 4, 4]) == [43, 28, 29]
    assert figures.whole_percentages([4, 10]) == [29, 71]
    assert figures.whole_percentages([6, 4, 4, 0]) == [43, 28, 29, 0]
    assert figures.whole_percentages([0, 0]) == [None, None]
