"""Measuring what a page costs: what is counted, and what the table says of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import align, model
from pipeline.bench import speed
from pipeline.forms import Forms
from pipeline.settings import Settings
from tests.align.test_sheets import one_panel, page, scanned
from tests.bench.test_align import TICKETS


def of_page(floor: float, **spent: float) -> speed.Page:
    """A page that cost so many milliseconds, with two filled texts."""
    named = {name.replace("_", " "): ms for name, ms in spent.items()}
    return speed.Page("a.pdf#1", "A3", 300, floor, named, {"text": 2})


ALL = {"accept": 5.0, "decode": 40.0, "align": 10.0, "crop": 20.0, "crop_marks": 4.0, "cuts": 3.0, "save": 6.0}


def test_a_set_is_measured_station_by_station(shipped: Forms, tmp_path: Path) -> None:
    """Each page of the set has every station's cost and the cost of decoding it, and is in the store afterwards."""
    result = speed.run_set(TICKETS, Settings(data=tmp_path), lambda _: shipped, 1, counts=())
    assert {"accept", "decode", "align", "crop", "crop marks", "save"} <= set(result.pages[0].spent)
    assert all(one.floor > 0 and one.whole > one.marks_only for one in result.pages)
    assert result.pages[0].paper == "A5"
    assert result.flows == []


def test_a_page_of_marks_only_pays_for_no_other_field() -> None:
    """Its crops and readings are those of marks; what a page needs anyway counts in both."""
    one = of_page(40.0, **ALL, read_marks=15.0, read_text=100.0)
    assert one.marks_only == 5 + 40 + 10 + 4 + 6 + 15
    assert one.whole == 5 + 40 + 10 + 20 + 3 + 6 + 115


def test_medians_stand_beside_the_floor() -> None:
    """The ratio is that of each page to its own decoding, and a text's cost is per filled text."""
    rows = [of_page(floor, **ALL, read_text=ms) for floor, ms in ((20.0, 50.0), (40.0, 60.0), (80.0, 90.0))]
    line = speed.table(speed.Result(rows))["pages"]["A3 300"]
    assert (line["n"], line["floor"], line["a text"]) == (3, 40.0, 30.0)
    assert line["marks only / floor"] == pytest.approx(65 / 40, abs=0.01)
    assert "marks only" in speed.printed(speed.Result(rows))


def test_workers_are_compared_by_pages_per_second() -> None:
    """Twice the pages in the same time is a gain of two; one flow alone gains nothing."""
    one, two = speed.Flow(1, 10, 20.0, 19.0, 400.0), speed.Flow(2, 10, 10.0, 21.0, 400.0)
    assert speed.gain([one, two]) == 2.0
    assert speed.gain([one]) is None


def test_only_marks_leaves_marks(shipped: Forms) -> None:
    """The sheet keeps its place and loses all fields but choices and scores; the form itself stays as it is."""
    form, side = next((f, s) for f, s in one_panel(shipped) if any(one.kind == "choice" for one in s.fields))
    (sheet,) = align.sheets(page(scanned(side, 0.2, 150).image), Forms({form.key: form}))
    before = len(side.fields)
    left = speed.only_marks(sheet).side
    assert left is not None
    assert {one.kind for one in left.fields} <= {"choice", "score"}
    assert len(side.fields) == before > len(left.fields)
    bare = model.Sheet(page(side.blank), None, None, None, (), None, None)
    assert speed.only_marks(bare) is bare
