"""集計_縦持ち: counts that add up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pipeline import model, workbook
from tests.workbook import sample

STATES = ["無回答", "複数回答", "判読不能", "対象外", "保留"]
Rows = list[dict[str, Any]]


def tallied(folder: Path, records: Sequence[model.Record]) -> Rows:
    """The counts of some records."""
    forms = sample.forms(sample.form(derived=sample.DERIVED), lists=sample.area_list(folder))
    workbook.write(folder / "out.xlsx", records, forms, sample.ABOUT, workbook.Order(sheets=["集計_縦持ち"]))
    return sample.records_of(sample.read_back(folder / "out.xlsx")["集計_縦持ち"])


def table(rows: Rows, name: str) -> dict[str, tuple[int, int, float]]:
    """Class → count, base and percentage of one simple table."""
    return {row["区分1"]: (row["件数"], row["母数"], row["割合"]) for row in rows if row["集計"] == name}


def test_every_class_is_there_and_the_counts_add_up(tmp_path: Path) -> None:
    """Classes that nobody chose, and every reason for no value, are printed; the base is all records."""
    records = [
        sample.record({"s1": 1}, 1),
        sample.record({"s1": 1}, 2),
        sample.record({"s1": 4}, 3),
        sample.record({"s1": None}, 4),
        sample.record({"s1": 2}, 5, held=["s1"]),
    ]
    found = table(tallied(tmp_path, records), "alpha.s1")
    assert list(found) == ["1", "2", "3", "4", *STATES]
    assert {name: n for name, (n, _, _) in found.items() if n} == {"1": 2, "4": 1, "無回答": 1, "保留": 1}
    assert {base for _, base, _ in found.values()} == {5}
    assert found["1"] == (2, 5, 40.0)


def test_several_answers_are_counted_per_option(tmp_path: Path) -> None:
    """Each option has its own table of yes and no."""
    records = [sample.record({"help": ("買い物", "掃除")}, 1), sample.record({"help": ("掃除",)}, 2)]
    rows = tallied(tmp_path, records)
    assert table(rows, "alpha.help__1")["あり・該当"][0] == 1
    assert table(rows, "alpha.help__2")["あり・該当"][0] == 2


def test_listed_areas_are_all_there_and_others_together(tmp_path: Path) -> None:
    """An area of the list is a class, whoever lives there; what is on no list is one class."""
    records = [
        sample.record({"area": "港"}, 1),
        sample.record({"area": "どこか"}, 2),
        sample.record({"area": "そこ"}, 3),
    ]
    found = table(tallied(tmp_path, records), "alpha.area")
    assert {name: n for name, (n, _, _) in found.items()} == {
        "北町": 0,
        "南町": 0,
        "港": 1,
        "リスト外": 2,
        **dict.fromkeys(STATES, 0),
    }


def test_sums_and_months(tmp_path: Path) -> None:
    """A sum is counted by value in order, a date that has a role by month."""
    totals = [(4, "2026-10-30"), (8, "2026-04-01"), (10, "2026-04-30")]
    records = [
        sample.record({"s1": n // 2, "s2": n - n // 2, "met": day}, place, derived={"total": n, "alarm": False})
        for place, (n, day) in enumerate(totals)
    ]
    rows = tallied(tmp_path, records)
    assert list(table(rows, "alpha.total"))[:3] == ["4", "8", "10"]
    found = table(rows, "alpha.met")
    assert [(name, found[name][0]) for name in list(found)[:2]] == [("2026-04", 2), ("2026-10", 1)]


def test_broken_down_by_sex_and_area(tmp_path: Path) -> None:
    """Fields with these roles break down all others; the base is the class of the second axis, 不明 included."""
    answers: list[tuple[str | None, int]] = [("m", 1), ("m", 2), ("f", 1), (None, 1)]
    records = [sample.record({"gender": sex, "s1": s1}, n) for n, (sex, s1) in enumerate(answers)]
    rows = [row for row in tallied(tmp_path, records) if row["集計"] == "alpha.s1.gender" and row["件数"]]
    found = {(row["区分1"], row["区分2"]): (row["件数"], row["母数"], row["割合"]) for row in rows}
    assert found == {
        ("1", "男"): (1, 2, 50),
        ("2", "男"): (1, 2, 50),
        ("1", "女"): (1, 1, 100),
        ("1", "無回答"): (1, 1, 100),
    }
    assert {(row["軸1"], row["軸2"]) for row in rows} == {("(1) 外出", "性別")}


def test_the_day_of_reckoning_is_a_column(tmp_path: Path) -> None:
    """Every row carries the day it was counted for."""
    assert {row["基準日"] for row in tallied(tmp_path, [sample.filled(1)])} == {dt.date(2026, 11, 1)}


@pytest.mark.parametrize("word", ["氏名", "生年月日", "メモ", "電話", "検査値"])
def test_no_personal_and_no_free_answer_is_counted(tmp_path: Path, word: str) -> None:
    """Names, birth dates, free words and measured figures make no table."""
    assert not any(word in row["軸1"] for row in tallied(tmp_path, [sample.filled(1)]))
