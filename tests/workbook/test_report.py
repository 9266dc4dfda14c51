"""The report's engine on rows of the tests' own: classes, percentages, filters, the workbook as it is read back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import model
from pipeline.errors import FormProblem
from pipeline.forms import reports
from pipeline.workbook import report
from pipeline.workbook.report import figures
from tests.workbook import sample

AS_OF = dt.date(2026, 10, 31)
WORDS = model.Spoken(
    "path", {"sex": "性別", "flag.1": "あ", "flag.2": "い", "flag": "あ"}, {"sex": {"m": "男", "f": "女"}}
)


def _made(part: dict[str, Any], rows: Sequence[Mapping[str, object]], **more: Any) -> report.Made:
    """One table with one part over some rows."""
    table = {"id": "T1", "title": "試験", "from": "notices", "parts": [part]} | more
    asked = reports.Reports.model_validate({"schema": 1, "title": "t", "tables": [table], "classes": CLASSES})
    account = model.Account({"notices": [dict(row) for row in rows]}, (WORDS,))
    return report.tables(account, asked, {("goal", 2026): 10, ("goal", 2027): 12}, AS_OF)[0]


CLASSES = {"age": {"at": [65, 75], "labels": ["64まで", "65～74", "75から"]}}


def _column(made: report.Made, label: str, block: int = 0) -> list[Any]:
    heads = [head.label for head in made.blocks[block].heads]
    return [row[heads.index(label)] for row in made.blocks[block].rows]


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=12))
def test_whole_percentages_always_add_up(counts: list[int]) -> None:
    """They add to 100, and none is a whole point away from the true one."""
    found = figures.whole_percentages(counts)
    if not sum(counts):
        assert found == [None] * len(counts)
        return
    assert sum(n for n in found if n is not None) == 100
    assert all(abs((n or 0) - 100 * count / sum(counts)) < 1 for n, count in zip(found, counts, strict=True))


def test_missing_held_and_unlisted_are_classes_of_their_own() -> None:
    """Every row is in some class, so that the counts add to the base."""
    rows: list[dict[str, Any]] = [{"sex": value} for value in ("m", "m", "f", None, model.HELD, "x")]
    made = _made({"show": "simple", "by": ["sex"]}, rows)
    assert _column(made, "区分") == ["男", "女", "一覧にないもの", "不明・未記入", "保留"]
    assert _column(made, "件数") == [2, 1, 1, 1, 1]
    assert set(_column(made, "母数")) == {6}
    assert set(_column(made, "基準日")) == {AS_OF}


def test_several_answers_are_shares_of_the_base() -> None:
    """Where one can give several answers, each is a share of the rows, and the heading says so."""
    rows: list[dict[str, Any]] = [{"sex": ("m", "f")}, {"sex": ("m",)}, {"sex": None}]
    made = _made({"show": "simple", "by": ["sex"]}, rows)
    assert _column(made, "割合（%）") == [67, 33, 33]
    assert set(_column(made, "項目")) == {"性別（複数回答）"}


def test_numbers_fall_into_their_classes() -> None:
    """A limit belongs to the class that it begins."""
    rows: list[dict[str, Any]] = [{"_age": age} for age in (64, 65, 74, 75, 90)]
    made = _made({"show": "simple", "by": [{"of": "_age", "classes": "age", "missing": ""}]}, rows)
    assert _column(made, "件数") == [1, 2, 2]


def test_months_without_anything_are_there() -> None:
    """From the first month to the report's day none is left out, and the running total goes on."""
    rows: list[dict[str, Any]] = [{"_day": dt.date(2026, 7, 3)}, {"_day": dt.date(2026, 9, 30)}]
    measures = [{"label": "件数"}, {"label": "累計", "running": "件数"}]
    part = {"show": "group", "by": [{"of": "_day", "classes": "month", "missing": ""}], "measures": measures}
    made = _made(part, rows)
    assert [row[0] for row in made.blocks[0].rows] == ["2026年7月", "2026年8月", "2026年9月", "2026年10月"]
    assert _column(made, "累計") == [1, 1, 2, 2]


def test_targets_stand_beside_their_year() -> None:
    """A year to come has its target and no figure; the year before April is another one."""
    rows: list[dict[str, Any]] = [
        {"_day": dt.date(2026, 3, 31)},
        {"_day": dt.date(2026, 4, 1)},
        {"_day": dt.date(2026, 5, 1)},
    ]
    measures = [{"label": "件数"}, {"label": "目標", "target": "goal"}, {"label": "率", "share": ["件数", "目標"]}]
    part = {"show": "group", "by": [{"of": "_day", "classes": "fiscal-year", "missing": ""}], "measures": measures}
    made = _made(part, rows)
    assert [row[0] for row in made.blocks[0].rows] == ["R7年度", "R8年度", "R9年度"]
    assert (_column(made, "件数"), _column(made, "目標")) == ([1, 2, None], [None, 10, 12])
    assert _column(made, "率") == [None, 20.0, None]


def test_flags_are_rows_that_overlap() -> None:
    """A case with two flags is in both rows, and in the columns of its class."""
    rows: list[dict[str, Any]] = [
        {"flag.1": True, "flag.2": True, "sex": "m"},
        {"flag.1": False, "flag.2": True, "sex": None},
    ]
    part = {"show": "group", "by": [{"of": "flag.*"}], "measures": [{"label": "", "each": {"of": "sex"}}]}
    made = _made(part, rows)
    assert [row[:-1] for row in made.blocks[0].rows] == [("あ", 1, 0, 0), ("い", 1, 0, 1)]


def test_a_list_is_sorted_and_leaves_out_what_nobody_has() -> None:
    """Missing values come last; a column that is empty throughout and has no name of its own is not there."""
    rows: list[dict[str, Any]] = [{"_who": "B", "n": 2}, {"_who": "A", "n": None}, {"_who": "C", "n": 10}]
    columns = [{"of": "_who", "label": "番号"}, {"of": "n"}, {"of": "sex"}]
    made = _made({"show": "list", "columns": columns, "sort": ["-n"]}, rows)
    assert [row[1] for row in made.blocks[0].rows] == ["C", "B", "A"]
    assert [head.label for head in made.blocks[0].heads] == ["番", "番号", "n"]


def test_a_table_names_the_roles_that_no_form_has() -> None:
    """One line says which purpose and roles are missing."""
    made = _made({"show": "simple", "by": ["sex"]}, [], needs=[{"purpose": "path", "roles": ["sex", "age"]}])
    assert made.missing == "この表に要る様式がありません（用途 path・役割 sex と age）。"
    assert made.blocks == ()


def test_the_workbook_is_for_the_printer_and_holds_no_formula(tmp_path: Path) -> None:
    """A4 landscape, repeated heading, 取扱注意, charts with patterns; what looks like a formula stays text."""
    rows: list[dict[str, Any]] = [{"_who": "=1+1", "sex": "m"}, {"_who": "+A1", "sex": "f"}]
    simple = _made({"show": "simple", "by": ["sex"], "chart": {"kind": "bar"}}, rows)
    listed = _made({"show": "list", "title": "並び", "columns": [{"of": "_who", "label": "番号"}]}, rows)
    both = report.Made("T1", "試験", "註", (*simple.blocks, *listed.blocks))
    cover = report.Cover("報告", sample.ABOUT, [("用紙", 2)])
    (out,) = report.write(tmp_path / "r.xlsx", [both], cover)
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == ["表紙", "T1", "T1_一覧"]
    sheet = book["T1_一覧"]
    assert [cell.value for cell in sheet["B"][2:]] == ["=1+1", "+A1"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    for one in book.worksheets:
        assert (one.page_setup.orientation, one.page_setup.fitToWidth, one.page_setup.fitToHeight) == (
            "landscape",
            1,
            0,
        )
        assert one.oddHeader is not None
        assert one.oddHeader.right.text == "取扱注意"
        assert one.print_title_rows
    (chart,) = book["T1"]._charts  # type: ignore[attr-defined]  # openpyxl has no other way to ask
    assert chart.series[0].graphicalProperties.pattFill.prst
    assert out.stat().st_mode & 0o777 == 0o600


def test_a_mistake_in_the_file_names_its_line(tmp_path: Path) -> None:
    """An unknown key and a wrong number of labels are told with file and line."""
    path = tmp_path / "reports.yaml"
    path.write_text("schema: 1\ntitle: t\nclasses:\n  a: {at: [1, 2], labels: [x]}\n", "utf-8")
    with pytest.raises(FormProblem, match=r"4 行目"):
        reports.read(path)
