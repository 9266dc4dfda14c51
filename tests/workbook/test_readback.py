"""What was written is what is read back, by programs that share no code with the writer."""

from __future__ import annotations

import html
import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from pipeline import model, workbook
from pipeline.forms import Forms
from pipeline.workbook import book, clean, flat, rules
from tests.workbook import hostile, sample

TEXTS = ("help_other", "qr", "memo", "tel")  # fields that take any text
HOSTILE = hostile.many(5_000)
PER_RECORD = len(TEXTS)


def hostile_records() -> list[model.Record]:
    """1,250 records with a hostile string in each text field."""
    groups = [HOSTILE[n : n + PER_RECORD] for n in range(0, len(HOSTILE), PER_RECORD)]
    return [
        sample.record({**dict(zip(TEXTS, group, strict=True)), "s1": n % 4 + 1}, n) for n, group in enumerate(groups)
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the hostile records exported in every format."""
    folder = tmp_path_factory.mktemp("hostile")
    records, forms = hostile_records(), _forms(folder)
    sheets = ["個票", "回答_縦持ち", "項目定義", "コード表", "メタデータ", "変更一覧"]
    for name in ("out.xlsx", "out.csv", "out.parquet"):
        workbook.write(folder / name, records, forms, sample.ABOUT, workbook.Order(sheets=sheets))
    workbook.write(folder / "jis.csv", records, forms, sample.ABOUT, workbook.Order(sheets=sheets, encoding="cp932"))
    return folder


@pytest.fixture(scope="module")
def sheets(folder: Path) -> sample.Sheets:
    """The hostile workbook as calamine reads it."""
    return sample.read_back(folder / "out.xlsx")


def _forms(folder: Path) -> Forms:
    fields = [field for field in sample.FIELDS if field["id"] in {*TEXTS, "s1", "hb", "met"}]
    return sample.forms(sample.form(fields=fields), lists=sample.area_list(folder))


def _expected(number: int) -> list[str | None]:
    return [clean.clean(text) or None for text in HOSTILE[number * PER_RECORD : (number + 1) * PER_RECORD]]


HEADINGS = ("手伝い（その他）", "符号", "メモ", "電話")


def _found(rows: list[dict[str, Any]], names: tuple[str, ...]) -> list[list[str | None]]:
    return [[row[name] for name in names] for row in rows]


def test_excel_equals_the_records(sheets: sample.Sheets) -> None:
    """Calamine reads from the workbook exactly what was written, after clean()."""
    rows = sample.records_of(sheets["個票_様式alpha"])
    assert _found(rows, HEADINGS) == [_expected(n) for n in range(len(rows))]
    assert [row["(1) 外出"] for row in rows] == [n % 4 + 1 for n in range(len(rows))]


def test_the_long_sheet_equals_the_records(sheets: sample.Sheets) -> None:
    """The long sheet has the same values, and as much of what was read."""
    rows = sample.records_of(sheets["回答_縦持ち"])
    told = {(row["記録ID"], row["項目"]): (row["値_文字"], row["読み取り値"]) for row in rows}
    for number in range(len(HOSTILE) // PER_RECORD):
        got = [told[f"rec-{number:05d}", name] for name in TEXTS]
        assert got == [(text, text) for text in _expected(number)]


def test_parquet_equals_the_records(folder: Path) -> None:
    """Parquet has physical names, real types and the very texts."""
    frame = pl.read_parquet(folder / "out.parquet")
    assert _found(frame.to_dicts(), TEXTS) == [_expected(n) for n in range(frame.height)]
    kinds = [frame.schema[name] for name in ("s1", "hb", "met", "memo")]
    assert kinds == [pl.Int64(), pl.Float64(), pl.Date(), pl.String()]
    assert all(re.fullmatch(r"\w+", name, re.ASCII) for name in frame.columns)


@pytest.mark.parametrize("name", ["out.csv", "out_回答_縦持ち.csv"])
def test_csv_begins_with_a_mark_and_ends_lines_as_excel_wants(folder: Path, name: str) -> None:
    """UTF-8 with BOM, CR and LF, no line break inside a field."""
    raw = (folder / name).read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r")


def test_csv_equals_the_records(folder: Path) -> None:
    """A CSV file has the very texts, an apostrophe before what a spreadsheet would calculate."""
    frame = pl.read_csv(folder / "out.csv", infer_schema=False)
    expected = [[text and flat.csv_text(text) for text in _expected(n)] for n in range(frame.height)]
    assert _found(frame.to_dicts(), HEADINGS) == expected
    assert not any(str(cell).startswith(flat.FORMULA_STARTS) for row in frame.rows() for cell in row)


def test_cp932_lists_what_it_cannot_write(folder: Path) -> None:
    """Every character that CP932 lacks is 〓 in the file and a line in the list; all others are as they were."""
    text = (folder / "jis.csv").read_bytes().decode("cp932")
    listed = pl.read_csv(folder / "jis_書けなかった文字.csv", infer_schema=False)
    here = listed.filter(pl.col("表") == "個票_様式alpha")
    cleaned = [text for n in range(len(HOSTILE) // PER_RECORD) for text in _expected(n) if text]
    lacking = sum(not _writable(char) for text in cleaned for char in text)
    geta = sum(text.count("〓") for text in cleaned)
    assert here.height == lacking
    assert text.count("〓") == lacking + geta


def _writable(char: str) -> bool:
    try:
        char.translate(flat.TWINS).encode("cp932")
    except UnicodeEncodeError:
        return False
    return True


def test_no_formula_no_error_and_no_object(folder: Path) -> None:
    """Not one cell is a formula or an error, whatever was written on the paper."""
    with zipfile.ZipFile(folder / "out.xlsx") as archive:
        names = archive.namelist()
        sheets = [archive.read(name) for name in names if name.startswith("xl/worksheets/sheet")]
    assert not any(re.search(rb'<f[ >/]|t="e"|<drawing|<mergeCell|hidden="1"', sheet) for sheet in sheets)
    assert not any("drawing" in name or "media" in name for name in names)


def test_dangerous_texts_stay_texts_when_edited(folder: Path) -> None:
    """A text that looks like a formula is marked, so that Excel keeps it a text also after somebody opens the cell."""
    with zipfile.ZipFile(folder / "out.xlsx") as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        styles = archive.read("xl/styles.xml").decode()
    quoted = [
        n for n, style in enumerate(re.findall(r"<xf [^>]*", styles.split("<cellXfs")[1])) if 'quotePrefix="1"' in style
    ]
    found = re.findall(r'<c r="\w+"( s="(\d+)")? t="inlineStr"><is><t[^>]*>=', sheet)
    assert len(found) > 10
    assert {int(style) for _, style in found} <= set(quoted)


@pytest.mark.parametrize("name", ["out.xlsx", "out.csv"])
def test_hostile_answers_break_no_rule(folder: Path, name: str) -> None:
    """The 30 rules hold whatever people wrote."""
    assert rules.check(folder / name) == []


def test_every_changed_value_is_listed(sheets: sample.Sheets) -> None:
    """変更一覧 names record and field of exactly the values that clean() changed."""
    rows = sample.records_of(sheets["変更一覧"])
    listed = {(row["記録ID"], row["項目"]) for row in rows}
    changed = {
        (f"rec-{n // PER_RECORD:05d}", TEXTS[n % PER_RECORD])
        for n, text in enumerate(HOSTILE)
        if clean.clean(text) != text
    }
    assert listed == changed


PLANTED = ("山田 花子", "やまだ はなこ", "0193-22-1111", "1941-03-07", "昭和16年3月7日")
PERSONAL: list[dict[str, Any]] = [
    {"id": "name_a", "label": "氏名", "kind": "text", "box": sample.BOX, "personal": True, "role": "name"},
    {"id": "kana", "label": "ふりがな", "kind": "text", "box": sample.BOX, "personal": True, "list": "areas"},
    {"id": "phone", "label": "電話", "kind": "digits", "box": sample.BOX, "personal": True},
    {"id": "born", "label": "生年月日", "kind": "date", "box": sample.BOX, "personal": True, "role": "born-on"},
    {"id": "age_n", "label": "歳", "kind": "digits", "box": sample.BOX, "personal": True, "number": {}},
    {"id": "points", "label": "点", "kind": "score", "options": sample.options(1, 2)},
]


def _personal_export(out: Path, identified: bool) -> workbook.Summary:
    rules_ = [{"id": "mix", "label": "和", "sum": ["age_n", "points"]}]
    forms = sample.forms(sample.form(fields=PERSONAL, derived=rules_), lists=sample.area_list(out.parent))
    told: dict[str, model.Value | model.Reading] = dict(zip(("name_a", "kana", "phone", "born"), PLANTED, strict=False))
    told |= {"age_n": 4242, "points": 1}
    corrected = sample.decision("name_a", "correct", ("山田 花子", "valid"))
    records = [sample.record(told, derived={"mix": 4243}), sample.record(told, 2, decisions=(corrected,))]
    return workbook.write(out, records, forms, sample.ABOUT, workbook.Order(key=sample.KEY, identified=identified))


def _everything(folder: Path) -> str:
    """All text of all files, packed ones unpacked, escapes undone."""
    found = []
    for path in folder.rglob("*"):
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                found += [html.unescape(archive.read(name).decode("utf-8", "replace")) for name in archive.namelist()]
        elif path.suffix == ".parquet":
            found.append(str(pl.read_parquet(path).rows()))
        elif path.is_file():
            found.append(path.read_text("utf-8", "replace"))
    return "".join(found)


@pytest.mark.parametrize("suffix", ["xlsx", "csv", "parquet"])
def test_no_personal_value_goes_out_by_default(tmp_path: Path, suffix: str) -> None:
    """Planted names, numbers and birth dates, and what could be reckoned from them, are in no file."""
    _personal_export(tmp_path / f"out.{suffix}", identified=False)
    text = _everything(tmp_path)
    assert all(word in text for word in ("points", "無回答"))
    assert [value for value in (*PLANTED, "4242", "4243") if value in text] == []


def test_identified_export_holds_them_on_request(tmp_path: Path) -> None:
    """The identified export has the personal fields, and its metadata say so."""
    _personal_export(tmp_path / "out.xlsx", identified=True)
    sheets = sample.read_back(tmp_path / "out.xlsx")
    row = sample.records_of(sheets["個票_様式alpha"])[0]
    assert (row["氏名"], row["生年月日_和暦"], row["和"]) == ("山田 花子", "昭和16年3月7日", 4243)
    told = {line["キー"]: line["値_文字"] for line in sample.records_of(sheets["メタデータ"])}
    assert (told["personal"], told["purpose"]) == ("含む", "記載なし")


def test_widths_filter_panes_and_lists(tmp_path: Path) -> None:
    """Every sheet has a filter over all its cells and a fixed heading; coded columns offer the codes of コード表."""
    records = [sample.filled(n) for n in range(3)]
    workbook.write(tmp_path / "out.xlsx", records, sample.forms(sample.form()), sample.ABOUT)
    found = openpyxl.load_workbook(tmp_path / "out.xlsx")
    for sheet in found.worksheets:
        assert sheet.auto_filter.ref == sheet.dimensions
        assert sheet.freeze_panes == "B2"
        assert all(dimension.width >= 8 for dimension in sheet.column_dimensions.values())
    codes = [str(row[0].value) for row in found["コード表"].iter_rows()]
    (rule,) = [
        one
        for one in found["個票_様式alpha"].data_validations.dataValidation
        if "alpha.s1" in _list_of(one.formula1, codes)
    ]
    assert _list_of(rule.formula1, codes) == ["alpha.s1"] * 4
    assert rule.showErrorMessage
    assert book.ROW_LIMIT == 1_000_000


def _list_of(formula: str | None, codes: list[str]) -> list[str]:
    first, last = re.findall(r"\$(\d+)", formula or "")
    return codes[int(first) - 1 : int(last)]
