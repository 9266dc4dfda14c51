"""Lists: spellings, aliases, import from Excel and CSV."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import FileRefused, UsageProblem
from pipeline.forms import lists
from pipeline.forms.load import SHIPPED
from pipeline.forms.own_lists import OwnLists


def _brought_in(source: Path, name: str, folder: Path) -> lists.Listing:
    """The file as a list of that folder, read again from there."""
    kept = OwnLists([], folder)
    kept.replace(name, lists.understood(source, name))
    return kept.listing(name)


ROWS = [{"value": "鵜住居", "aliases": "鶴住居|うのすまい", "code": "06"}, {"value": "髙橋商店", "aliases": ""}]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("鵜住居", "鵜住居"),
        ("鶴住居", "鵜住居"),
        (" うの すまい ", "鵜住居"),
        ("高橋商店", "髙橋商店"),
        ("釜石", None),
        ("", None),
    ],
)
def test_a_spelling_finds_its_value(written: str, meant: str | None) -> None:
    """Aliases, spaces and twin letters lead to the value; anything else to none."""
    assert lists.listing("places", ROWS).find(written) == meant


def test_a_value_beats_an_alias_of_another() -> None:
    """What is somebody's own name is never taken for somebody else's alias."""
    found = lists.listing("x", [{"value": "A", "aliases": "B"}, {"value": "B", "aliases": ""}])
    assert found.find("B") == "B"
    assert found.values == ("A", "B")


@given(st.text())
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    """Spellings are compared in a form that is stable."""
    once = lists.normal(text)
    assert lists.normal(once) == once


def test_other_columns_stay_beside_the_value() -> None:
    """A code beside a district can be asked for."""
    found = lists.listing("places", ROWS)
    assert found.column("鵜住居", "code") == "06"
    assert found.column("髙橋商店", "code") == ""
    assert found.column("釜石", "code") == ""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_csv_is_read_in_the_encodings_of_offices(tmp_path: Path, encoding: str) -> None:
    """UTF-8 with and without a mark, and Shift_JIS as Excel writes it."""
    path = tmp_path / "a.csv"
    path.write_bytes('名称,別名\r\n薬局,"やっきょく、ヤッキョク"\r\n,\r\n'.encode(encoding))
    assert _brought_in(path, "shops", tmp_path / "lists").find("ヤッキョク") == "薬局"
    assert (tmp_path / "lists" / "shops.csv").read_text("utf-8") == "value,aliases\n薬局,やっきょく|ヤッキョク\n"


def test_excel_is_read_with_numbers_as_text(tmp_path: Path) -> None:
    """A code typed as a number stays the figures that one sees; empty rows are left out."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (["コード", "団体名", "地区"], [12, "囲碁の会", "中妻"], [None, None, None], [13.5, "歌の会", None]):
        sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    found = _brought_in(tmp_path / "a.xlsx", "groups", tmp_path)
    assert [dict(row) for row in found.rows] == [
        {"value": "囲碁の会", "aliases": "", "コード": "12", "地区": "中妻"},
        {"value": "歌の会", "aliases": "", "コード": "13.5", "地区": ""},
    ]


def test_an_import_replaces_the_list_at_once(tmp_path: Path) -> None:
    """After a second import, the new entries count, though the list was read before."""
    for name in ("甲", "乙丙"):
        (tmp_path / "in.csv").write_text(f"名称\n{name}\n", "utf-8")
        assert _brought_in(tmp_path / "in.csv", "x", tmp_path / "lists").values == (name,)


def test_the_name_column_is_chosen_for_the_whole_file(tmp_path: Path) -> None:
    """A row without a name is left out, even if another column could pass for a name."""
    (tmp_path / "in.csv").write_text("名称,地区\n会,釜石\n,平田\n", "utf-8")
    assert _brought_in(tmp_path / "in.csv", "x", tmp_path).values == ("会",)


@pytest.mark.parametrize("content", [b"\x81\xff\xfe,", b""])
def test_what_is_no_list_is_refused(tmp_path: Path, content: bytes) -> None:
    """Unreadable bytes and an empty file give a sentence naming the file."""
    (tmp_path / "odd.csv").write_bytes(content)
    with pytest.raises(FileRefused, match=r"odd\.csv"):
        lists.table(tmp_path / "odd.csv")


def test_a_broken_workbook_is_refused(tmp_path: Path) -> None:
    """A file that only calls itself Excel gives a sentence."""
    (tmp_path / "odd.xlsx").write_bytes(b"PK no")
    with pytest.raises(FileRefused, match=r"odd\.xlsx"):
        lists.table(tmp_path / "odd.xlsx")


def test_a_list_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a file that is no list of names."""
    monkeypatch.setattr(lists, "MAX_BYTES", 3)
    (tmp_path / "big.csv").write_text("value\nA\n", "utf-8")
    with pytest.raises(FileRefused, match=r"big\.csv"):
        lists.table(tmp_path / "big.csv")


def test_a_list_without_names_says_which_heads_count(tmp_path: Path) -> None:
    """The heads that would be understood are named."""
    (tmp_path / "in.csv").write_text("数,量\n1,2\n", "utf-8")
    with pytest.raises(UsageProblem, match="名称"):
        _brought_in(tmp_path / "in.csv", "x", tmp_path)


@pytest.mark.parametrize("name", ["../x", "a b", ""])
def test_the_name_of_a_list_is_no_path(tmp_path: Path, name: str) -> None:
    """A list is never written outside its folder."""
    (tmp_path / "in.csv").write_text("名称\nA\n", "utf-8")
    with pytest.raises(UsageProblem, match="使えません"):
        _brought_in(tmp_path / "in.csv", name, tmp_path)


def test_districts_are_the_eight_with_codes() -> None:
    """The districts that ship, and the misspelling that everybody makes."""
    found = lists.load("districts", [SHIPPED / "lists"])
    assert found.values == ("釜石", "平田", "中妻", "小佐野", "甲子", "鵜住居", "栗橋", "唐丹")
    assert found.find("鶴住居") == "鵜住居"
    assert [found.column(value, "code") for value in found.values] == [f"0{n}" for n in range(1, 9)]


@pytest.mark.parametrize("name", ["pharmacies", "clinics", "resources"])
def test_shipped_places_are_made_up_and_say_so(name: str) -> None:
    """No real pharmacy, clinic or group is named; each lies in a real district."""
    found = lists.load(name, [SHIPPED / "lists"])
    districts = set(lists.load("districts", [SHIPPED / "lists"]).values)
    assert found.values
    assert all("架空" in value for value in found.values)
    assert {row["地区"] for row in found.rows} <= districts
