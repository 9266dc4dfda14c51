"""Columns, lists and derived rules before anything is in them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.forms import schema
from pipeline.workbook import columns, derived, items, sheet
from pipeline.workbook.columns import Column, Facts
from pipeline.workbook.lists import Lists
from tests.workbook import sample


def named(name: str, header: str) -> Column:
    """A column with a field of that name behind it."""
    return Column(name, header, "text", "説明", facts=Facts(name, header, "text"))


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "a_2", "b", "b_state"]), st.sampled_from(["見出し", "見出し_a", "①", "\n"]))
    )
)
def test_names_and_headings_stay_distinct(pairs: list[tuple[str, str]]) -> None:
    """However forms name their fields, no name and no heading occurs twice, and none is empty."""
    found = list(columns.distinct(named(*pair) for pair in pairs))
    for told in ([column.name for column in found], [column.header for column in found]):
        assert len(told) == len(set(told)) == len(pairs)
        assert all(told)


def test_first_names_stay_as_they_are() -> None:
    """Only the later of two gives way: scripts that name the first go on working."""
    found = list(columns.distinct([named("a", "同じ"), named("a", "同じ"), named("c", "別")]))
    assert [(column.name, column.header) for column in found] == [("a", "同じ"), ("a_2", "同じ_a"), ("c", "別")]


def test_widths_show_headings() -> None:
    """A column is as wide as its heading needs, within bounds, and never too narrow for its type."""
    assert columns.width(named("a", "長" * 100)) == 36
    assert columns.width(Column("d", "日", "date", "")) == 12
    assert columns.width(Column("n", "かなり長い見出し", "whole", "")) == 20


def test_every_kind_of_the_form_language_has_columns() -> None:
    """A kind that a form file may use is a kind that can be exported."""
    kinds = {str(one.model_fields["kind"].annotation) for one in schema.FieldBase.__subclasses__()}
    assert {re.findall(r"'(\w+)'", kind)[0] for kind in kinds} == set(items.KINDS)


def test_every_field_ends_with_its_state() -> None:
    """Each field's last column is its state, and only a form's own answers are marked as such."""
    for item in items.of_form(sample.form(), Lists(sample.forms()), identified=True):
        *told, state = item.columns
        assert (state.name, state.codes) == (f"{item.field}_state", columns.STATES)
        assert told[0].main
        assert not state.main


def test_option_columns_are_named_by_code_or_place() -> None:
    """A code of letters and digits names its column; another is counted."""
    field = {
        "id": "x",
        "label": "選択",
        "kind": "choice",
        "multiple": True,
        "options": sample.options("a1", "買い物", 3),
    }
    (item,) = items.of_form(sample.form(fields=[field]), Lists(sample.forms()), identified=False)
    assert [column.name for column in item.columns] == ["x__a1", "x__2", "x__3", "x_state"]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("高齢者現況調査", "個票_高齢者現況調査"),
        ("つながるパス（健診起点）", "個票_つながるパス（健診起点）"),
        ("a/b:c*d[e]?'f\\g", "個票_abcdefg"),
        ("①番", "個票_(1)番"),
        ("長" * 40, "個票_" + "長" * 25),
        (" ", "個票_alpha"),
    ],
)
def test_sheet_names(title: str, name: str) -> None:
    """A title becomes a name that Excel takes, with room for a further part."""
    assert sheet.sheet_name(sample.form(title=title)) == name
    assert len(name) <= 28


def test_versions_are_ordered_as_numbers() -> None:
    """Version 10 is newer than version 9, whatever the order of loading."""
    forms = [sample.form(version=version) for version in ("2026.9", "2026.10", "2025.1")]
    found = sheet.Sheet(forms, Lists(sample.forms()), identified=False)
    assert [form.version for form in found.forms] == ["2026.10", "2026.9", "2025.1"]
    assert [column.name for column in found.table.columns if re.search("_v[0-9]", column.name)] == []


def test_lists_and_their_codes(tmp_path: Path) -> None:
    """A list gives codes to its values; options get them only when all of them are on a list with codes."""
    found = Lists(sample.forms(lists=sample.area_list(tmp_path)))
    assert found.named("areas") == {"北町": "01", "南町": "02", "港": "03"}
    assert found.named("none") == found.named(None) == {}
    assert found.holding(["港", "北町"]) == found.named("areas")
    assert found.holding(["港", "山"]) == {}


RULES: list[tuple[dict[str, Any], str]] = [
    ({"sum": ["s1", "s2"]}, "s1とs2の合計。すべてが有効な場合だけ"),
    ({"all": [{"field": "s1", "at_least": 3}]}, "s1が3以上なら1、それ以外は0。元の項目がすべて有効な場合だけ"),
    (
        {"any": [{"field": "s1", "is": 1}, {"field": "help", "includes": "掃除"}]},
        "s1が1またはhelpに掃除を含むなら1、それ以外は0。元の項目がすべて有効な場合だけ",
    ),
    (
        {"all": [{"field": "s1", "in": [1, 2]}, {"field": "hb", "at_least": 6.5, "at_most": 8}]},
        "s1が1・2のどれかかつhbが6.5以上、8以下なら1、それ以外は0。元の項目がすべて有効な場合だけ",
    ),
]


@pytest.mark.parametrize(("rule", "words"), RULES)
def test_rules_in_words(rule: dict[str, Any], words: str) -> None:
    """Every rule that a form can declare is told in 項目定義."""
    assert derived.explained(schema.Derived.model_validate({"id": "d", **rule})) == words


def test_derived_values_rest_on_fields_through_others() -> None:
    """A value derived from a derived value waits for the fields of both; rules that name each other do not hang."""
    both = {"id": "both", "all": [{"field": "total", "at_least": 5}, {"field": "hb", "at_least": 7}]}
    odd = {"id": "odd", "any": [{"field": "odd", "is": 1}, {"field": "late", "is": 1}, {"field": "s2", "is": 1}]}
    late = {"id": "late", "any": [{"field": "odd", "is": 1}]}
    form = sample.form(derived=[*sample.DERIVED, both, odd, late])
    found = {rule.id: derived.resting_on(form, rule) for rule in form.derived}
    assert (found["both"], found["odd"], found["late"]) == (("s1", "s2", "hb"), ("s2",), ("s2",))


def test_a_sum_with_decimals_is_a_number_with_its_unit() -> None:
    """A sum of measured figures keeps decimals and the unit they share; of unlike units it has none."""
    fields = [
        {"id": name, "label": name, "kind": "digits", "box": sample.BOX, "number": {"decimals": 1, "unit": unit}}
        for name, unit in (("a", "kg"), ("b", "kg"), ("c", "cm"))
    ]
    form = sample.form(fields=fields, derived=[{"id": "ab", "sum": ["a", "b"]}, {"id": "bc", "sum": ["b", "c"]}])
    told = [worked.columns[0] for worked in derived.of_form(form, identified=False)]
    assert [(column.type, column.unit) for column in told] == [("number", "kg"), ("number", "なし")]
