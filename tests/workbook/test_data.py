"""What stands in the sheets of the data file."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline import model, workbook
from pipeline.forms import Forms
from tests.workbook import sample

LONG = "回答_縦持ち"


def one(out: Path, forms: Forms, record: model.Record, **order: Any) -> dict[str, Any]:
    """The one row of 個票 for a record."""
    workbook.write(out, [record], forms, sample.ABOUT, workbook.Order(**order))
    return sample.records_of(sample.read_back(out)["個票_様式alpha"])[0]


def long_rows(out: Path) -> dict[str, dict[str, Any]]:
    """The long rows of a workbook with one record, by item."""
    return {row["項目"]: row for row in sample.records_of(sample.read_back(out)[LONG])}


def test_values_have_their_real_types(out: Path, forms: Forms) -> None:
    """Numbers are numbers, dates dates, ids and telephone numbers text; presence is 1 or 0."""
    row = one(out, forms, sample.filled(7))
    readings = sample.filled(7).readings
    assert row["(1) 外出"] == readings["s1"].value
    assert row["検査値（％）"] == readings["hb"].value
    assert row["年齢（歳）"] == readings["age"].value
    assert row["電話"] == readings["tel"].value
    assert row["訪問日"] == dt.date.fromisoformat(str(readings["met"].value))
    assert row["印"] == int(bool(readings["seal"].value))
    assert (row["記録ID"], row["通し番号"], row["様式の版"]) == ("rec-00007", "000007", "2")
    assert (row["市区町村コード"], row["市区町村名"]) == ("03211", "岩手県釜石市")


def test_held_answers_are_empty_with_state_6(out: Path, forms: Forms) -> None:
    """What nobody settled shows neither its value nor what was read, only that it is held."""
    row = one(out, forms, sample.record({"s1": 3, "memo": "秘密の走り書き"}, held=["s1", "memo"]))
    assert (row["(1) 外出"], row["(1) 外出_状態"]) == (None, 6)
    assert (row["メモ"], row["メモ_状態"]) == (None, 6)
    assert (row["記録の状態"], row["保留の数"]) == (2, 2)
    told = long_rows(out)
    assert (told["s1"]["状態"], told["s1"]["成り立ち"], told["s1"]["読み取り値"], told["s1"]["読み取り状態"]) == (
        6,
        None,
        None,
        None,
    )
    assert not any("秘密の走り書き" in map(str, line) for rows in sample.read_back(out).values() for line in rows)


@pytest.mark.parametrize(("state", "code"), [("empty", 2), ("multiple", 3), ("illegible", 4), ("not_applicable", 5)])
def test_every_reason_for_no_value_has_its_code(out: Path, forms: Forms, state: model.State, code: int) -> None:
    """An accepted field without a value says why, and a field that no reading tells of is held."""
    row = one(out, forms, sample.record({"s1": sample.reading("s1", None, state)}))
    assert (row["(1) 外出"], row["(1) 外出_状態"], row["(2) 食事_状態"]) == (None, code, 6)


def test_a_correction_is_what_counts(out: Path, forms: Forms) -> None:
    """A corrected value comes with origin 3, who and when in Japan time, and what had been read."""
    settled = replace(
        sample.record({"s1": 1, "s2": 2}, held=["s1"], derived={"total": 6, "alarm": True}),
        decisions=(sample.decision("s1", "correct", (4, "valid")),),
    )
    row = one(out, forms, settled)
    assert (row["(1) 外出"], row["(1) 外出_状態"]) == (4, 1)
    assert (row["合計点"], row["合計点_回答数"], row["合計点_状態"], row["該当(1)"]) == (6, 2, 1, 1)
    told = long_rows(out)["s1"]
    assert (told["値_数値"], told["成り立ち"], told["確定者"], told["読み取り値"]) == (4, 3, "花子", "1")
    assert told["確定日時"] == dt.datetime(2026, 11, 1, 0, 30)  # noqa: DTZ001  # Japan time, as Excel shows it


@pytest.mark.parametrize(("action", "origin"), [("confirm", 2), ("correct", 3), ("enter", 4)])
def test_origin_tells_how_a_value_came_about(out: Path, forms: Forms, action: str, origin: int) -> None:
    """Automatic, confirmed, corrected, keyed and derived values are told apart."""
    settled = replace(
        sample.record({"s1": 2, "s2": 2}, derived={"total": 4, "alarm": False}),
        decisions=(sample.decision("s1", action, (2, "valid")),),
    )
    one(out, forms, settled)
    told = long_rows(out)
    assert [told[item]["成り立ち"] for item in ("s1", "s2", "total", "alarm")] == [origin, 1, 5, 5]


def test_provenance_of_every_answer(out: Path, forms: Forms) -> None:
    """A long row says file, hash, page, box, confidence, reader and version of the line."""
    one(out, forms, sample.record({"s1": 2}, number=9))
    told = long_rows(out)["s1"]
    assert (told["ファイル名"], told["SHA256"], told["ページ"]) == ("束9.pdf", f"{9:064x}", 3)
    assert (told["位置_左"], told["位置_上"], told["位置_幅"], told["位置_高さ"]) == (10, 20, 20, 20)
    assert (told["確信度"], told["読み取り器"], told["判定線の版"], told["様式の版"]) == (0.99, "marks/1", "t3", "2")


def test_several_answers_stand_in_a_column_each(out: Path, forms: Forms) -> None:
    """Each option of a question with several answers is 1 or 0, in the long sheet too; その他 in words stands apart."""
    row = one(out, forms, sample.record({"help": ("買い物", "その他"), "help_other": "雪かき"}))
    assert [row[f"手伝い_{name}"] for name in ("買い物", "掃除", "その他")] == [1, 0, 1]
    assert (row["手伝い_状態"], row["手伝い（その他）"]) == (1, "雪かき")
    told = long_rows(out)
    assert [told[f"help__{n}"]["値_数値"] for n in (1, 2, 3)] == [1, 0, 1]
    assert [told[f"help__{n}"]["読み取り値"] for n in (1, 2, 3)] == ["1", "0", "1"]


def test_nobody_marked_is_not_zero(out: Path, forms: Forms) -> None:
    """Where nothing was marked, the options are empty, not 0."""
    row = one(out, forms, sample.record({"help": None}))
    assert [row["手伝い_買い物"], row["手伝い_掃除"], row["手伝い_状態"]] == [None, None, 2]


@pytest.mark.parametrize("name", ["help", "seal", "gender", "met", "memo"])
def test_valid_without_a_value_stays_empty(out: Path, forms: Forms, name: str) -> None:
    """A decision that says valid and gives no value fills nothing in, least of all a 0."""
    settled = sample.record({name: None}, decisions=(sample.decision(name, "correct", (None, "valid")),))
    one(out, forms, settled)
    found = [row for row in sample.records_of(sample.read_back(out)[LONG]) if row["項目"].startswith(name)]
    assert {(row["値_数値"], row["値_日付"], row["値_文字"]) for row in found} == {(None, None, None)}


def test_codes_have_their_names_beside(out: Path, forms: Forms) -> None:
    """A coded answer has its meaning in the next column, a listed one its code."""
    row = one(out, forms, sample.record({"gender": "f", "area": "港"}))
    assert (row["性別"], row["性別_名称"]) == ("f", "女")
    assert (row["地区"], row["地区_コード"]) == ("港", "03")
    assert long_rows(out)["gender"]["値_名称"] == "女"


def test_a_choice_of_listed_values_has_their_codes(tmp_path: Path, out: Path) -> None:
    """Where all options stand in a list with codes, the code stands beside them."""
    field = {"id": "place", "label": "場所", "kind": "choice", "options": sample.options("北町", "港")}
    forms = sample.forms(sample.form(fields=[field]), lists=sample.area_list(tmp_path))
    assert one(out, forms, sample.record({"place": "港"}))["場所_コード"] == "03"


def test_dates_of_both_calendars(out: Path, forms: Forms) -> None:
    """The first year of an era is written 元年 beside the date."""
    row = one(out, forms, sample.record({"met": "2019-05-01"}))
    assert (row["訪問日"], row["訪問日_和暦"]) == (dt.date(2019, 5, 1), "令和元年5月1日")


def test_a_date_before_excels_calendar_stays_text(out: Path, forms: Forms) -> None:
    """Excel cannot count before March 1900; the date stays readable instead of becoming another."""
    row = one(out, forms, sample.record({"met": "1899-12-31"}))
    assert (row["訪問日"], row["訪問日_和暦"]) == ("1899-12-31", "明治32年12月31日")


@pytest.mark.parametrize(
    ("item", "value"), [("s1", "四"), ("met", "2026-02-30"), ("hb", "高い"), ("age", float("nan")), ("help", ("庭",))]
)
def test_a_value_its_column_cannot_hold_is_listed(out: Path, forms: Forms, item: str, value: model.Value) -> None:
    """Such a value leaves its cell empty and a line in 変更一覧."""
    workbook.write(out, [sample.record({item: value})], forms, sample.ABOUT)
    listed = sample.records_of(sample.read_back(out)["変更一覧"])
    assert [(row["項目"], row["変更の種類"]) for row in listed] == [(item, "型不一致")]


def test_derived_values_rest_on_counting_answers_only(out: Path, forms: Forms) -> None:
    """A sum with one held item is held, with one empty item empty; how many were answered stands beside."""
    held = one(out, forms, sample.record({"s1": 3, "s2": 2}, held=["s2"], derived={"total": 5, "alarm": True}))
    assert (held["合計点"], held["合計点_回答数"], held["合計点_状態"]) == (None, 1, 6)
    assert (held["該当(1)"], held["該当(1)_状態"]) == (1, 1)
    empty = one(out, forms, sample.record({"s1": 3, "s2": None}, derived={"total": None, "alarm": True}))
    assert (empty["合計点"], empty["合計点_回答数"], empty["合計点_状態"]) == (None, 1, 2)


def test_extras_of_the_store(out: Path, forms: Forms) -> None:
    """Batch, office and day of arrival stand with the record when the caller knows them."""
    arrived = dt.datetime(2026, 10, 30, 8, 15)  # noqa: DTZ001  # Extra wants Japan time without zone
    extra = workbook.Extra(batch="10月分", office="平田", received_at=arrived)
    row = one(out, forms, sample.record({"s1": 1}), extras={"rec-00001": extra})
    assert (row["束"], row["窓口"], row["取込日"], row["取込日_和暦"]) == (
        "10月分",
        "平田",
        arrived.date(),
        "令和8年10月30日",
    )


# ── Who it is about


def who(name: str, born: str = "1950-01-02") -> dict[str, model.Value | model.Reading]:
    """The answers that say who somebody is."""
    return {"who": name, "born": born}


def test_one_person_has_one_pseudonym(out: Path, forms: Forms) -> None:
    """The same name and birth date give the same keyed hash, whatever spaces and widths; others another."""
    people = [who("仮名 一郎"), who("仮名\u3000一郎"), who("仮名 二郎"), who("仮名 一郎", "1950-01-03")]
    records = [sample.record(told, number) for number, told in enumerate(people)]
    workbook.write(out, records, forms, sample.ABOUT, workbook.Order(key=sample.KEY))
    ids = [row["対象者ID"] for row in sample.records_of(sample.read_back(out)["個票_様式alpha"])]
    assert ids[0] == hmac.new(sample.KEY, "仮名一郎\x1f1950-01-02".encode(), hashlib.sha256).hexdigest()[:32]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


@pytest.mark.parametrize(("held", "key"), [(["who"], sample.KEY), (["born"], sample.KEY), ([], None)])
def test_no_pseudonym_without_key_or_settled_name(out: Path, forms: Forms, held: list[str], key: bytes | None) -> None:
    """Nobody is guessed: without a key, or with a name that waits for review, there is no id."""
    assert one(out, forms, sample.record(who("仮名 一郎"), held=held), key=key)["対象者ID"] is None


def test_an_issued_serial_says_who_it_is(out: Path, forms: Forms) -> None:
    """What the caller knows of the person goes before what was written on the sheet, and only as a hash."""
    extras = {"rec-00001": workbook.Extra(subject="台帳-17")}
    row = one(out, forms, sample.record(who("仮名 一郎")), key=sample.KEY, extras=extras)
    assert row["対象者ID"] == hmac.new(sample.KEY, "subject:台帳-17".encode(), hashlib.sha256).hexdigest()[:32]


# ── Which records


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"form": None, "status": "unidentified"}, "様式が分からない"),
        ({"form": ("alpha", "99")}, "様式ファイルがない"),
        ({"readings": {}}, "記入欄のない面"),
        ({"decisions": (sample.decision(None, "duplicate"),)}, "重複と判断"),
        ({"decisions": (sample.decision(None, "blank"),)}, "白紙と判断"),
    ],
)
def test_what_is_left_out_is_counted(out: Path, forms: Forms, change: Mapping[str, Any], reason: str) -> None:
    """A record that can be in no sheet is counted with its reason, in the summary and in the metadata."""
    records = [sample.record({"s1": 1}), replace(sample.record({"s1": 1}, 2), **change)]
    summary = workbook.write(out, records, forms, sample.ABOUT)
    assert (summary.records, summary.left_out) == (1, {reason: 1})
    told = sample.records_of(sample.read_back(out)["メタデータ"])
    assert [row["値_数値"] for row in told if row["名前"] == f"出力しなかった記録: {reason}"] == [1]


def test_a_duplicate_taken_back_is_in_again(out: Path, forms: Forms) -> None:
    """An undone decision on the whole record leaves nothing out."""
    decisions = (sample.decision(None, "duplicate"), replace(sample.decision(None, "undo"), version=2))
    assert workbook.write(out, [sample.record({"s1": 1}, decisions=decisions)], forms, sample.ABOUT).records == 1


def test_open_answers_are_counted(out: Path, forms: Forms) -> None:
    """Summary and metadata say how many records and answers are still open, here and in the whole store."""
    records = [sample.record({"s1": 1, "s2": 1}, 1, held=["s1", "s2"]), sample.record({"s1": 1}, 2)]
    about = replace(sample.ABOUT, open_records=12)
    summary = workbook.write(out, records, forms, about)
    assert (summary.open_records, summary.open_fields) == (1, 2)
    told = {row["キー"]: row["値_数値"] for row in sample.records_of(sample.read_back(out)["メタデータ"])}
    assert (told["open_records"], told["open_fields"], told["open_records_all"]) == (1, 2, 12)


def test_every_record_is_in_once(out: Path, forms: Forms) -> None:
    """Nothing is lost or doubled between the records and the sheets, and progress counts them."""
    seen: list[int] = []
    records = [sample.filled(n) for n in range(1, 40)]
    summary = workbook.write(out, lambda: iter(records), forms, sample.ABOUT, progress=seen.append)
    sheets = sample.read_back(out)
    assert [row[0] for row in sheets["個票_様式alpha"][1:]] == [record.id for record in records]
    answers = [(row[0], row[3]) for row in sheets[LONG][1:]]
    assert len(answers) == len(set(answers)) == 39 * 17
    assert seen == list(range(1, 40))
    assert summary.rows[LONG] == 39 * 17


def test_an_iterator_is_refused(out: Path, forms: Forms) -> None:
    """Records that could be walked only once would give half an export."""
    with pytest.raises(TypeError, match="factory"):
        workbook.write(out, iter([sample.filled(1)]), forms, sample.ABOUT)
