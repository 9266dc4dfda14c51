"""What goes out of a store with sheets of every form that is shipped."""

from __future__ import annotations

import datetime as dt
import html
import zipfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from pipeline import exports, model
from pipeline.forms import Forms, schema
from pipeline.settings import Settings
from pipeline.workbook import rules, values
from tests.workbook import sample, stored

SHEETS = ("個票", "回答_縦持ち", "集計_縦持ち", "項目定義", "コード表", "メタデータ", "変更一覧")
COUNT = 3  # sheets of each form


def _exported(folder: Path, forms: Forms, form: schema.Form, suffix: str, **asked: object) -> list[model.Record]:
    """The records of a new store with sheets of one form, exported into `folder`."""
    with stored.filled(Settings(data=folder / "data"), forms, form, COUNT) as opened:
        order = exports.Asked(sheets=SHEETS, **asked)  # type: ignore[arg-type]  # as the test that asks gives them
        (folder / "out").mkdir()
        exports.write(folder / "out" / f"out.{suffix}", opened, forms, order)
        return [one.record for one in opened.records()]


def _spellings(value: model.Value) -> Iterator[str]:
    """How a value may stand in a file."""
    yield str(value)
    day = values.day(value)
    if day is not None:
        yield from (values.wareki(day) or "", day.strftime("%Y/%m/%d"), f"{day:%Y%m%d}", _serial(day))


def _serial(day: dt.date) -> str:
    """A day as Excel keeps it."""
    return f"<v>{(day - dt.date(1899, 12, 30)).days}</v>"


def _planted(form: schema.Form, records: list[model.Record]) -> set[str]:
    """Every spelling of what stands in personal fields and nowhere else."""
    told: dict[bool, set[str]] = {True: set(), False: set()}
    for record in records:
        for name, reading in record.readings.items():
            told[form.fields[name].personal] |= {*_spellings(reading.value)} - {""}
    return told[True] - told[False]


def _all_text(folder: Path) -> str:
    """All text of all files, packed ones unpacked, escapes undone."""
    found = []
    for path in folder.rglob("*"):
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                found += [html.unescape(archive.read(name).decode()) for name in archive.namelist()]
        elif path.suffix == ".parquet":
            found.append(str(pl.read_parquet(path).rows()))
        else:
            found.append(path.read_text("utf-8"))
    return "".join(found)


@pytest.mark.parametrize("suffix", ["xlsx", "csv", "parquet"])
def test_no_personal_value_of_any_shipped_form_goes_out(tmp_path: Path, shipped: Forms, suffix: str) -> None:
    """Every personal field of every form is filled, and none of it is in an export in any spelling."""
    for number, form in enumerate(shipped.values()):
        records = _exported(tmp_path / str(number), shipped, form, suffix)
        text, planted = _all_text(tmp_path / str(number) / "out"), _planted(form, records)
        assert len(planted) >= COUNT * sum(field.personal for field in form.fields.values())
        assert all(record.id in text for record in records)
        assert [value for value in planted if value in text] == []


def test_the_identified_export_holds_them_all(tmp_path: Path, shipped: Forms) -> None:
    """The same search finds every personal value in an export that was asked for with a purpose."""
    form = max(shipped.values(), key=lambda one: sum(field.personal for field in one.fields.values()))
    records = _exported(tmp_path, shipped, form, "csv", identified=True, purpose="試験")
    text = _all_text(tmp_path / "out")
    told = {str(r.readings[name].value) for r in records for name, field in form.fields.items() if field.personal}
    assert [value for value in told if value not in text] == []


def test_the_file_of_every_shipped_form_breaks_no_rule(tmp_path: Path, shipped: Forms) -> None:
    """From the store to the file: no rule is broken, and each sheet has the rows that its records make."""
    for number, form in enumerate(shipped.values()):
        records = _exported(tmp_path / str(number), shipped, form, "xlsx")
        path = tmp_path / str(number) / "out" / "out.xlsx"
        assert [str(one) for one in rules.check(path)] == []
        rows = sample.records_of(sample.read_back(path)[f"個票_{form.title}"])
        assert [row["記録ID"] for row in rows] == [record.id for record in records]
