"""Every cell of every format equals what the records say, worked out here a second time and simply."""

from __future__ import annotations

import csv
import datetime as dt
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline import model, workbook
from pipeline.workbook import flat, values
from tests.workbook import sample

STATES: dict[model.State, int] = {"valid": 1, "empty": 2, "multiple": 3, "illegible": 4, "not_applicable": 5}
REASONS: tuple[model.State, ...] = ("empty", "multiple", "illegible", "not_applicable")
NUMBER = 300
PUBLIC = [str(field["id"]) for field in sample.FIELDS if not field.get("personal")]
OPTIONS = ("買い物", "掃除", "その他")


def _any_record(number: int) -> model.Record:
    """A record in which fields are at random valid, without value, held, confirmed, corrected or keyed."""
    rng = random.Random(f"store {number}")
    whole = sample.filled(number)
    readings = {name: _any_reading(rng, reading) for name, reading in whole.readings.items()}
    held = frozenset(name for name in readings if rng.random() < 0.2)
    decisions = tuple(_any_decision(rng, name, whole) for name in readings if rng.random() < 0.3)
    record = replace(whole, readings=readings, accepted=frozenset(readings) - held, decisions=decisions)
    return replace(record, derived=_derived(record))


def _any_reading(rng: random.Random, reading: model.Reading) -> model.Reading:
    if rng.random() < 0.7:
        return reading
    return replace(reading, value=None, state=rng.choice(REASONS), confidence=rng.random())


def _any_decision(rng: random.Random, name: str, whole: model.Record) -> model.Decision:
    now: tuple[model.Value, model.State] = (whole.readings[name].value, "valid")
    if rng.random() < 0.2 or now[0] is None:
        now = (None, rng.choice(REASONS))
    return sample.decision(name, rng.choice(["confirm", "correct", "enter"]), now)


def _derived(record: model.Record) -> dict[str, model.Value]:
    told = {name: answer.value for name, answer in record.answers().items() if answer.counts}
    one, two = told.get("s1"), told.get("s2")
    total = one + two if isinstance(one, int) and isinstance(two, int) else None
    return {"total": total, "alarm": one >= 3 if isinstance(one, int) else None}


@pytest.fixture(scope="module")
def records() -> list[model.Record]:
    """Records in every mixture of states."""
    return [_any_record(number) for number in range(NUMBER)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, records: list[model.Record]) -> Path:
    """The records in every format."""
    folder = tmp_path_factory.mktemp("store")
    forms = sample.forms(sample.form(derived=sample.DERIVED), lists=sample.area_list(folder))
    sheets = ["個票", "回答_縦持ち", "集計_縦持ち"]
    for name in ("out.xlsx", "out.csv", "out.parquet"):
        workbook.write(folder / name, records, forms, sample.ABOUT, workbook.Order(sheets=sheets))
    return folder


@pytest.fixture(scope="module")
def sheets(folder: Path) -> sample.Sheets:
    """The workbook, read back."""
    return sample.read_back(folder / "out.xlsx")


@pytest.fixture(scope="module")
def rows(folder: Path) -> list[dict[str, Any]]:
    """個票 by physical names, from Parquet."""
    return pl.read_parquet(folder / "out.parquet").to_dicts()


def _state(record: model.Record, name: str) -> int:
    answer = record.answers()[name]
    return STATES[answer.state] if answer.counts else 6


def _value(record: model.Record, name: str) -> model.Value:
    """What counts for a field, None when nothing does."""
    answer = record.answers()[name]
    return answer.value if answer.counts and answer.state == "valid" else None


def test_states_equal_the_store(records: list[model.Record], rows: list[dict[str, Any]]) -> None:
    """The state column of each field says what the record says."""
    for name in PUBLIC:
        assert [row[f"{name}_state"] for row in rows] == [_state(record, name) for record in records]


@pytest.mark.parametrize("name", ["gender", "area", "s1", "s2", "hb", "age", "tel", "qr", "memo", "help_other"])
def test_plain_values_equal_the_store(records: list[model.Record], rows: list[dict[str, Any]], name: str) -> None:
    """A value is there exactly when it counts, and is the record's own."""
    assert [row[name] for row in rows] == [_value(record, name) for record in records]


def test_dates_and_presence_equal_the_store(records: list[model.Record], rows: list[dict[str, Any]]) -> None:
    """Dates are the record's days, presence is 1, 0 or nothing."""
    for record, row in zip(records, rows, strict=True):
        day, seal = _value(record, "met"), _value(record, "seal")
        assert row["met"] == (dt.date.fromisoformat(str(day)) if day else None)
        assert (row["met_wareki"] is None) == (day is None)
        assert row["seal"] == (None if seal is None else int(bool(seal)))


def test_options_equal_the_store(records: list[model.Record], rows: list[dict[str, Any]]) -> None:
    """Each option is 1 where it was chosen, 0 where others were, nothing where nothing counts."""
    for record, row in zip(records, rows, strict=True):
        chosen = _value(record, "help")
        expected = (
            [None] * 3 if chosen is None else [int(one in chosen) for one in OPTIONS if isinstance(chosen, tuple)]
        )
        assert [row[f"help__{n}"] for n in (1, 2, 3)] == expected


def test_derived_equal_the_store(records: list[model.Record], rows: list[dict[str, Any]]) -> None:
    """Sums and flags are the record's, with the number of answers that count beside the sum."""
    for record, row in zip(records, rows, strict=True):
        parts = [_value(record, name) for name in ("s1", "s2")]
        alarm = record.derived["alarm"]
        assert row["total"] == (record.derived["total"] if None not in parts else None)
        assert row["total_answered"] == sum(part is not None for part in parts)
        assert row["alarm"] == (None if alarm is None else int(bool(alarm)))
        assert (row["total_state"] == 6) == (6 in {_state(record, "s1"), _state(record, "s2")})


def test_held_counts_equal_the_store(records: list[model.Record], rows: list[dict[str, Any]]) -> None:
    """The number of open answers stands with every record, personal fields counted too."""
    expected = [sum(not answer.counts for answer in record.answers().values()) for record in records]
    assert [row["held_count"] for row in rows] == expected


def test_excel_and_parquet_hold_the_same(sheets: sample.Sheets, rows: list[dict[str, Any]]) -> None:
    """Every cell of 個票 is alike in both, types included."""
    found = [list(row.values()) for row in sample.records_of(sheets["個票_様式alpha"])]
    assert found == [list(row.values()) for row in rows]


@pytest.mark.parametrize("name", ["out", "out_回答_縦持ち", "out_集計_縦持ち"])
def test_csv_and_parquet_hold_the_same(folder: Path, name: str) -> None:
    """Every field of the CSV file is the Parquet cell as text."""
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.reader(file))[1:]
    frame = pl.read_parquet(folder / f"{name}.parquet")
    wanted = [[flat.csv_cell(cell) for cell in row] for row in frame.rows()]
    assert len(found) == len(wanted)
    for line, row in zip(found, wanted, strict=True):
        assert [_same(text, cell) for text, cell in zip(line, row, strict=True)] == [True] * len(row)


def _same(text: str, cell: Any) -> bool:
    if cell is None or text == "":
        return cell in {None, ""} and text == ""
    return float(text) == cell if isinstance(cell, (int, float)) else text == cell


def test_the_long_sheet_is_the_wide_one_turned(folder: Path, rows: list[dict[str, Any]]) -> None:
    """Each long row has the value and the state of its column in 個票, and no column is missing."""
    wide = {row["record_id"]: row for row in rows}
    long = pl.read_parquet(folder / "out_回答_縦持ち.parquet").to_dicts()
    assert len(long) == NUMBER * 17
    for row in long:
        found = [row[name] for name in ("value_number", "value_date", "value_text") if row[name] is not None]
        value = wide[row["record_id"]][row["item"]]
        assert found == ([] if value is None else [value])
        assert row["state"] == wide[row["record_id"]][f"{row['item'].split('__')[0]}_state"]


def test_origins_equal_the_store(folder: Path, records: list[model.Record]) -> None:
    """How an answer came about, by whom and when, is the record's own; held answers have none of it."""
    long = pl.read_parquet(folder / "out_回答_縦持ち.parquet").to_dicts()
    told = {(row["record_id"], row["item"]): row for row in long}
    for record in records:
        for name in ("s1", "gender", "memo"):
            answer, row = record.answers()[name], told[record.id, name]
            assert row["origin"] == (answer.origin if answer.counts else None)
            decided = answer.decision if answer.counts else None
            assert row["decided_by"] == (decided.by if decided else None)
            assert row["decided_at"] == (values.moment(decided.at) if decided else None)


def test_what_was_read_is_told_once_it_is_settled(folder: Path, records: list[model.Record]) -> None:
    """The reading stands beside the answer, unless the answer is still held."""
    long = pl.read_parquet(folder / "out_回答_縦持ち.parquet").to_dicts()
    told = {(row["record_id"], row["item"]): row for row in long}
    for record in records:
        reading, row = record.readings["s1"], told[record.id, "s1"]
        counts = record.answers()["s1"].counts
        assert row["raw_state"] == (STATES[reading.state] if counts else None)
        assert row["raw_value"] == (str(reading.value) if counts and reading.value is not None else None)
        assert row["confidence"] == pytest.approx(reading.confidence, abs=1e-6)


def test_counts_equal_the_wide_sheet(folder: Path, rows: list[dict[str, Any]]) -> None:
    """集計 counts what 個票 holds, simple and broken down, and every base is what its classes add up to."""
    tally = pl.read_parquet(folder / "out_集計_縦持ち.parquet").to_dicts()
    simple = {row["class_1"]: row["n"] for row in tally if row["table_name"] == "alpha.s1" and row["n"]}
    names = {2: "無回答", 3: "複数回答", 4: "判読不能", 5: "対象外", 6: "保留"}
    classes = [str(row["s1"]) if row["s1"] is not None else names[row["s1_state"]] for row in rows]
    assert simple == Counter(classes)
    sexes = [{"m": "男", "f": "女"}.get(row["gender"]) or names[row["gender_state"]] for row in rows]
    crossed = {(r["class_1"], r["class_2"]): r["n"] for r in tally if r["table_name"] == "alpha.s1.gender" and r["n"]}
    assert crossed == Counter(zip(classes, sexes, strict=True))
    bases: dict[tuple[str, str | None], list[tuple[int, int]]] = {}
    for row in tally:
        bases.setdefault((row["table_name"], row["class_2"]), []).append((row["n"], row["base"]))
    assert all({base for _, base in found} == {sum(n for n, _ in found)} for found in bases.values())
