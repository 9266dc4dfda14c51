"""The 30 rules: a good file passes, and each rule finds what breaks it."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.chart import BarChart
from openpyxl.styles import PatternFill

from pipeline import workbook
from pipeline.errors import FileRefused
from pipeline.workbook import rules
from tests.workbook import sample

Change = Callable[[Any], object]


def good(path: Path, records: int = 10, sheets: list[str] | None = None) -> Path:
    """An export of ours."""
    forms = sample.forms(sample.form(derived=sample.DERIVED), lists=sample.area_list(path.parent))
    order = workbook.Order(key=sample.KEY, sheets=sheets)
    workbook.write(path, [sample.filled(n) for n in range(1, records + 1)], forms, sample.ABOUT, order)
    return path


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small export of ours, to be broken."""
    sheets = ["個票", "回答_縦持ち", "項目定義", "コード表", "メタデータ"]
    return good(tmp_path_factory.mktemp("small") / "out.xlsx", 3, sheets)


def broken(path: Path, change: Change) -> list[rules.Violation]:
    """The violations in our export after a change to it."""
    book = openpyxl.load_workbook(path)
    change(book)
    changed = path.with_name("changed.xlsx")
    book.save(changed)
    return rules.check(changed)


def foreign(path: Path, rows: list[list[Any]]) -> set[str]:
    """The rules that somebody else's table breaks."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(row)
    book.save(path)
    return {violation.rule for violation in rules.check(path)}


@pytest.mark.parametrize("name", ["out.xlsx", "out.csv"])
def test_our_own_export_breaks_none(tmp_path: Path, name: str) -> None:
    """An export has 0 violations."""
    assert rules.check(good(tmp_path / name)) == []


def test_all_thirty_are_there() -> None:
    """15, 6 and 9 rules in three levels, each with a title."""
    wanted = [f"L{level}-{n:02d}" for level, last in ((1, 15), (2, 6), (3, 9)) for n in range(1, last + 1)]
    assert list(rules.RULES) == list(rules.TITLES) == wanted


def test_another_format(tmp_path: Path) -> None:
    """What is no table file breaks L1-01."""
    (tmp_path / "out.pdf").write_bytes(b"%PDF-1.7")
    assert "L1-01" in {violation.rule for violation in rules.check(tmp_path / "out.pdf")}


def _set(sheet: str, cell: str, value: Any) -> Change:
    def change(book: Any) -> None:
        book[_name(book, sheet)][cell] = value

    return change


def _name(book: Any, start: str) -> str:
    return next(str(name) for name in book.sheetnames if name.startswith(start))


def _on(sheet: str, act: Change) -> Change:
    return lambda book: act(book[_name(book, sheet)])


def _colour(sheet: Any) -> None:
    sheet["C3"].fill = PatternFill("solid", fgColor="FFFF00")


def _hide_row(sheet: Any) -> None:
    sheet.row_dimensions[3].hidden = True


def _hide_column(sheet: Any) -> None:
    sheet.column_dimensions["C"].hidden = True


def _hide_sheet(sheet: Any) -> None:
    sheet.sheet_state = "hidden"


def _second_table(sheet: Any) -> None:
    for place in range(1, 4):
        sheet.cell(sheet.max_row + (2 if place == 1 else 0), place, f"見出し{place}")


def _no_units(sheet: Any) -> None:
    for row in range(2, sheet.max_row + 1):
        sheet.cell(row, 6).value = None


def _column(sheet: Any, heading: str) -> int:
    return next(int(cell.column) for cell in sheet[1] if cell.value == heading)


def _cell(heading: str, value: Any, row: int = 3) -> Change:
    """Put a value under a heading of 個票."""
    return _on("個票", lambda sheet: sheet.cell(row, _column(sheet, heading), value))


def _without(sheet: str) -> Change:
    return lambda book: book.remove(book[_name(book, sheet)])


BREAKS: list[tuple[str, Change]] = [
    ("L1-02", _on("コード表", _second_table)),
    ("L1-03", _on("コード表", lambda sheet: sheet.insert_rows(10))),
    ("L1-04", _on("コード表", lambda sheet: sheet.cell(5, 20, "メモ"))),
    ("L1-05", _set("個票", "C1", "12")),
    ("L1-05", _set("個票", "C1", None)),
    ("L1-06", _cell("メモ", " 元気")),
    ("L1-06", _cell("メモ", "元気\n病気")),
    ("L1-07", _cell("性別", "1、2")),
    ("L1-08", _cell("メモ", "㈱")),
    ("L1-08", _set("個票", "C1", "①様式")),
    ("L1-10", _on("個票", lambda sheet: sheet.add_chart(BarChart(), "A20"))),
    ("L1-11", _on("個票", _colour)),
    ("L1-12", _on("個票", lambda sheet: sheet.merge_cells("M2:M3"))),
    ("L1-13", _on("個票", _hide_row)),
    ("L1-13", _on("個票", _hide_column)),
    ("L1-13", _on("コード表", _hide_sheet)),
    ("L2-01", _cell("年齢（歳）", "80歳")),
    ("L2-01", _cell("電話", 193)),
    ("L2-02", _set("回答_縦持ち", "A4", None)),
    ("L2-03", _set("個票", "C1", "記録ID")),
    ("L2-04", _cell("(1) 外出", 9)),
    ("L2-05", _cell("性別", "その他（不明）")),
    ("L2-06", _cell("年齢（歳）", "=40+2")),
    ("L3-01", _on("個票", lambda sheet: sheet.insert_rows(1))),
    ("L3-02", _on("コード表", lambda sheet: sheet.delete_rows(2, 6))),
    ("L3-04", _on("項目定義", _no_units)),
    ("L3-05", _cell("訪問日", "令和8年")),
    ("L3-06", _on("個票", lambda sheet: sheet.delete_cols(_column(sheet, "市区町村コード")))),
    ("L3-07", _without("メタデータ")),
    ("L3-08", _without("項目定義")),
    ("L3-08", _on("個票", lambda sheet: sheet.cell(1, sheet.max_column + 1, "書かれていない列"))),
    ("L3-08", _set("項目定義", "C5", "日本語名")),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "change"), BREAKS)
def test_each_breach_is_found(small: Path, rule: str, change: Change) -> None:
    """A change that breaks a rule is found under that rule's name."""
    assert rule in {violation.rule for violation in broken(small, change)}


FOREIGN: list[tuple[str, list[list[Any]]]] = [
    ("L3-01", [["令和5年度の集計"], ["地区", "人数"], ["北", 3]]),
    ("L2-01", [["地区名", "人数"], ["北", "1,234"], ["南", 3]]),
    ("L2-01", [["地区名", "人数"], ["北", "12人"]]),
    ("L1-09", [["名前", "人数（人）"], ["北", 0], ["南", None]]),
    ("L3-03", [["名前", "人数（人）"], ["北", 3], ["南", 4], ["西", "…"]]),
    ("L3-04", [["名前", "人数"], ["北", 3]]),
    ("L3-05", [["年月日"], ["令和5年4月1日"], ["令和5年4月2日"]]),
    ("L3-06", [["地区", "人数（人）"], ["北", 3]]),
    ("L3-09", [["名前", "2023年", "2024年", "2025年"], ["北", 3, 4, 5]]),
    ("L2-04", [["答え"], *([["はい"], ["ハイ"], ["はい "], ["いいえ"]] * 6)]),
    ("L3-02", [["名前", "答え（点）"], *([["北", 1], ["南", 2]] * 6)]),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "rows"), FOREIGN)
def test_foreign_tables(tmp_path: Path, rule: str, rows: list[list[Any]]) -> None:
    """A table without definitions is judged by its own values."""
    assert rule in foreign(tmp_path / "foreign.xlsx", rows)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("L1-14", '名前,値（人）\r\n"二\n行",1\r\n'),
        ("L1-15", "名前,値（人）\r\n北,南,1\r\n"),
        ("L2-06", "名前,値（人）\r\n=1+1,1\r\n"),
    ],
)
def test_csv_breaches(tmp_path: Path, rule: str, text: str) -> None:
    """CSV has rules of its own, in either encoding."""
    for encoding in ("utf-8-sig", "cp932"):
        path = tmp_path / f"{encoding}.csv"
        path.write_text(text, encoding, newline="")
        assert rule in {violation.rule for violation in rules.check(path)}


def test_a_violation_names_its_place(small: Path) -> None:
    """Rule, sheet, cell and a sentence: enough to mend it."""
    (found,) = broken(small, _set("コード表", "F3", "㈱"))
    assert (found.rule, found.sheet, found.place) == ("L1-08", "コード表", "F3")
    assert found.message == "機種依存文字: 機種依存文字があります"


def test_another_program_may_save_it(small: Path) -> None:
    """An export that was opened and saved again still breaks no rule."""
    assert broken(small, lambda book: None) == []


def test_real_dates_are_seen_as_dates(tmp_path: Path) -> None:
    """A date in Excel is no number, so it needs no unit."""
    assert "L3-04" not in foreign(tmp_path / "foreign.xlsx", [["訪問日"], [dt.date(2026, 4, 1)]])


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    """A broken archive, and one with a document type inside, are refused with a sentence."""
    (tmp_path / "broken.xlsx").write_bytes(b"PK\x03\x04 half a file")
    bomb = good(tmp_path / "bomb.xlsx", 1)
    with zipfile.ZipFile(bomb) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["xl/worksheets/sheet1.xml"] = b'<!DOCTYPE a [<!ENTITY b "c">]>' + members["xl/worksheets/sheet1.xml"]
    with zipfile.ZipFile(bomb, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    for path in (tmp_path / "broken.xlsx", bomb):
        with pytest.raises(FileRefused) as caught:
            rules.check(path)
        assert caught.value.code == "rules-unreadable"
