"""項目定義, コード表 and メタデータ explain every column, code and rule."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline import model, workbook
from pipeline.forms import Forms, schema
from pipeline.forms.load import SHIPPED, form_files, read_file
from pipeline.workbook import rules
from tests.workbook import sample

CHECKS = [{"id": "same", "equal": ["s1", "s2"], "message": "二つは同じはずです"}]


@pytest.fixture
def sheets(tmp_path: Path) -> sample.Sheets:
    """An export with a check, read back."""
    forms = sample.forms(sample.form(derived=sample.DERIVED, checks=CHECKS), lists=sample.area_list(tmp_path))
    about = replace(sample.ABOUT, since=dt.date(2026, 10, 1), filters={"地区": "港"}, notes={"判定線 score": "0.9995"})
    workbook.write(tmp_path / "out.xlsx", [sample.filled(1)], forms, about)
    return sample.read_back(tmp_path / "out.xlsx")


def test_every_column_of_every_sheet_is_defined(sheets: sample.Sheets) -> None:
    """項目定義 has each sheet's columns in order, with a physical name and a sentence."""
    rows = [row for row in sample.records_of(sheets["項目定義"]) if row["列番号"]]
    defined = {name: [row["項目名"] for row in rows if row["表"] == name] for name in sheets}
    assert defined == {name: found[0] for name, found in sheets.items()}
    assert all(re.fullmatch(r"\w+", row["物理名"], re.ASCII) and row["定義"] for row in rows)


def test_rules_of_derived_values_and_checks_are_told(sheets: sample.Sheets) -> None:
    """How a value was worked out, when a field is asked for and what is checked stand in words."""
    told = {row["物理名"]: row for row in sample.records_of(sheets["項目定義"])}
    assert told["total"]["定義"] == "s1とs2の合計。すべてが有効な場合だけ"
    assert told["total"]["単位"] == "点"
    assert told["alarm"]["定義"] == "s1が3以上なら1、それ以外は0。元の項目がすべて有効な場合だけ"
    assert told["help_other"]["記入の条件"] == "helpにその他を含む"
    assert (told["same"]["型"], told["same"]["定義"]) == ("検査", "s1とs2は等しい")
    assert told["hb"]["定義"] == "検査値。3から20まで。小数点以下1桁"


def test_code_lists(sheets: sample.Sheets) -> None:
    """States, origins, yes and no, and each form's own codes are listed with their meanings."""
    rows = sample.records_of(sheets["コード表"])
    told: dict[str, list[Any]] = {}
    for row in rows:
        code = row["コード_文字"] if row["コード_数値"] is None else row["コード_数値"]
        told.setdefault(row["リスト名"], []).append((code, row["意味"]))
    assert told["回答の状態"] == [
        (1, "有効"),
        (2, "無回答"),
        (3, "複数回答"),
        (4, "判読不能"),
        (5, "対象外"),
        (6, "保留"),
    ]
    assert told["成り立ち"] == [(1, "自動"), (2, "確認のみ"), (3, "訂正"), (4, "手入力"), (5, "派生")]
    assert told["alpha.gender"] == [("m", "男"), ("f", "女")]
    assert told["alpha.area_code"] == [("01", "北町"), ("02", "南町"), ("03", "港")]


def test_metadata(sheets: sample.Sheets) -> None:
    """When, by whom, over what, with which readers and lines."""
    rows = sample.records_of(sheets["メタデータ"])
    told = {row["名前"]: row["値_文字"] if row["値_数値"] is None else row["値_数値"] for row in rows}
    assert (told["基準日"], told["差分の起点"], told["出力者"]) == ("2026-11-01", "2026-10-01", "分析担当")
    assert (told["地区"], told["判定線 score"]) == ("港", "0.9995")
    assert told["読み取り器 marks/1"] == "判定線の版 t3"
    assert told["様式 様式alpha"] == "版 2、架空の様式、シート 個票_様式alpha"
    assert told["個人を識別する項目"] == "含まない"


FOLDERS = [path.parent for path in form_files(SHIPPED)]


FITTING: dict[str, model.Value] = {"date": "2026-04-01", "presence": True, "text": "言葉", "code": "A-1"}


def _filled(field: schema.Field) -> model.Value:
    """Some value that fits the field."""
    if isinstance(field, schema.Choice):
        known = tuple(option.value for option in field.options)
        return known if field.multiple else known[0]
    if isinstance(field, schema.Score):
        return [*(option.value for option in field.options), *field.values][0]
    if isinstance(field, schema.Digits):
        return 5 if field.number else "0123"
    return FITTING[field.kind]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_shipped_form_makes_a_file_without_violation(tmp_path: Path, folder: Path) -> None:
    """A form that ships can be exported, identified too, and breaks none of the 30 rules."""
    form = read_file(folder / "form.yaml")
    if not form.fields:
        pytest.skip("a form without fields makes no sheet")
    forms = Forms({form.key: form}, (SHIPPED / "lists",))
    answers: dict[str, model.Value | model.Reading] = {name: _filled(field) for name, field in form.fields.items()}
    records = [sample.record(answers, 1, key=form.key), sample.record(dict.fromkeys(answers), 2, key=form.key)]
    for identified in (False, True):
        workbook.write(tmp_path / "out.xlsx", records, forms, sample.ABOUT, workbook.Order(identified=identified))
        assert rules.check(tmp_path / "out.xlsx") == []
