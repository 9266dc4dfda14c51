"""Which sheets a workbook has, and how forms and their versions share them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline import model, workbook
from pipeline.errors import UsageProblem
from pipeline.forms import Forms
from pipeline.workbook import book
from tests.workbook import sample

LONG = "回答_縦持ち"


def test_the_usual_sheets_in_order(out: Path, forms: Forms) -> None:
    """A workbook has one sheet per form and the six common ones, also without any record."""
    common = [LONG, "集計_縦持ち", "項目定義", "コード表", "メタデータ", "変更一覧"]
    workbook.write(out, [sample.filled(1)], forms, sample.ABOUT)
    assert list(sample.read_back(out)) == ["個票_様式alpha", *common]
    workbook.write(out, [], forms, sample.ABOUT)
    assert list(sample.read_back(out)) == common


def test_chosen_sheets_only(out: Path, forms: Forms) -> None:
    """Sheets can be chosen, those of all forms by their common beginning."""
    workbook.write(out, [sample.filled(1)], forms, sample.ABOUT, workbook.Order(sheets=["個票", "コード表"]))
    assert list(sample.read_back(out)) == ["個票_様式alpha", "コード表"]


@pytest.mark.parametrize(
    ("name", "order", "code"),
    [
        ("out.pdf", workbook.Order(), "export-suffix"),
        ("out.xlsx", workbook.Order(sheets=["無い"]), "export-sheet"),
        ("out.xlsx", workbook.Order(sheets=[]), "export-sheet"),
        ("out.xlsx", workbook.Order(kind="無い"), "export-kind"),
        ("無い/out.xlsx", workbook.Order(), "export-folder"),
    ],
)
def test_orders_that_make_no_sense(tmp_path: Path, forms: Forms, name: str, order: workbook.Order, code: str) -> None:
    """A wrong order is refused with a sentence, and nothing is written."""
    before = set(tmp_path.iterdir())
    with pytest.raises(UsageProblem) as caught:
        workbook.write(tmp_path / name, [sample.filled(1)], forms, sample.ABOUT, order)
    assert caught.value.code == code
    assert set(tmp_path.iterdir()) == before


def test_a_full_sheet_goes_on_in_another(out: Path, forms: Forms, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit of rows a second sheet with its own heading follows the first."""
    monkeypatch.setattr(book.Book, "per_sheet", 20)
    workbook.write(out, [sample.filled(1), sample.filled(2)], forms, sample.ABOUT, workbook.Order(sheets=[LONG]))
    sheets = sample.read_back(out)
    assert {name: len(rows) for name, rows in sheets.items()} == {LONG: 21, f"{LONG}_2": 15}
    assert sheets[LONG][0] == sheets[f"{LONG}_2"][0]


def test_versions_of_a_form_share_a_sheet(out: Path) -> None:
    """Columns of all versions stand in one sheet; one of another type stands apart; codes keep their version."""
    old: list[dict[str, Any]] = [
        {"id": "s1", "label": "旧の問い", "kind": "score", "options": sample.options(1, 2, labels=["低い", "高い"])},
        {"id": "x", "label": "謎", "kind": "text", "box": sample.BOX},
    ]
    new: list[dict[str, Any]] = [
        {"id": "s1", "label": "問い", "kind": "score", "options": sample.options(1, 2, labels=["よい", "わるい"])},
        {"id": "x", "label": "謎", "kind": "digits", "box": sample.BOX, "number": {}},
    ]
    forms = sample.forms(sample.form(version="9", fields=old), sample.form(version="10", fields=new))
    records = [
        sample.record({"s1": 1, "x": "文字"}, 1, key=("alpha", "9")),
        sample.record({"s1": 1, "x": 5}, 2, key=("alpha", "10")),
    ]
    workbook.write(out, records, forms, sample.ABOUT)
    first, second = sample.records_of(sample.read_back(out)["個票_様式alpha"])
    assert (first["問い"], first["謎"], first["謎_x"]) == (1, None, "文字")
    assert (second["問い"], second["謎"], second["謎_x"]) == (1, 5, None)
    labels = [row["値_名称"] for row in sample.records_of(sample.read_back(out)[LONG]) if row["項目"] == "s1"]
    assert labels == ["低い", "よい"]


def test_forms_of_one_title_and_labels_that_occur_twice(out: Path) -> None:
    """Sheets and headings stay distinct."""
    fields: list[dict[str, Any]] = [{"id": n, "label": "同じ", "kind": "text", "box": sample.BOX} for n in ("a", "b")]
    forms = sample.forms(*(sample.form(name, fields=fields, title="題名") for name in ("one", "two")))
    records = [sample.record({"a": "あ", "b": "い"}, n, key=(name, "2")) for n, name in enumerate(("one", "two"))]
    workbook.write(out, records, forms, sample.ABOUT, workbook.Order(sheets=["個票"]))
    sheets = sample.read_back(out)
    assert list(sheets) == ["個票_題名", "個票_two"]
    row = sample.records_of(sheets["個票_two"])[0]
    assert (row["同じ"], row["同じ_b"]) == ("あ", "い")


def renamed(records: list[model.Record], names: Mapping[str, str]) -> Iterator[model.Record]:
    """The records of the same form under other names."""
    for record in records:
        readings = {names[r.field]: replace(r, field=names[r.field]) for r in record.readings.values()}
        derived = {names[name]: value for name, value in record.derived.items()}
        yield replace(
            record,
            form=("z", "2"),
            readings=readings,
            derived=derived,
            accepted=frozenset(names[f] for f in record.accepted),
        )


def test_no_name_is_known(tmp_path: Path) -> None:
    """A form whose every id was renamed gives the same rows and the same counts."""
    ids = [str(field["id"]) for told in (sample.FIELDS, sample.DERIVED) for field in told]
    names = {name: f"n{place}" for place, name in enumerate(ids)}
    text = sample.form(derived=sample.DERIVED).model_dump_json(by_alias=True, exclude_none=True)
    for name, other in names.items():
        text = text.replace(f'"{name}"', f'"{other}"')
    other_form = type(sample.form()).model_validate_json(text.replace('"id":"alpha"', '"id":"z"'))
    lists = sample.area_list(tmp_path)
    records = [sample.filled(n) for n in range(1, 6)]
    workbook.write(
        tmp_path / "a.xlsx", records, sample.forms(sample.form(derived=sample.DERIVED), lists=lists), sample.ABOUT
    )
    workbook.write(
        tmp_path / "z.xlsx", list(renamed(records, names)), sample.forms(other_form, lists=lists), sample.ABOUT
    )
    before, after = sample.read_back(tmp_path / "a.xlsx"), sample.read_back(tmp_path / "z.xlsx")
    assert [row[3:] for row in before["個票_様式alpha"]] == [row[3:] for row in after["個票_様式alpha"]]
    assert [row[1:] for row in before["集計_縦持ち"]] == [row[1:] for row in after["集計_縦持ち"]]
