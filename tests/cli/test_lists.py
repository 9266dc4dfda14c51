"""Lists come in from the office's files, and what changed is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.forms import lists
from pipeline.forms.load import SHIPPED
from tests.cli.conftest import Said


def test_what_a_new_list_changes_is_told(yomitori: Callable[..., Said], tmp_path: Path) -> None:
    """Against the list that holds so far, entries are counted and named as added, removed or changed."""
    (tmp_path / "in.csv").write_text("名称,別名,電話\n甲,こう,1\n乙,,2\n", "utf-8")
    first = yomitori("lists", "import", tmp_path / "in.csv", "--name", "shops")
    assert (first.code, first.data.strip()) == (0, str(tmp_path / "data" / "lists" / "shops.csv"))
    assert "（2 件）。\n追加 2、削除 0、変更 0。" in first.words
    assert "前と同じ内容です" in yomitori("lists", "import", tmp_path / "in.csv", "--name", "shops").words
    (tmp_path / "in.csv").write_text("名称,別名,電話\n乙,おつ,2\n丙,,3\n", "utf-8")
    third = yomitori("lists", "import", tmp_path / "in.csv", "--name", "shops").words
    assert [line for line in third.splitlines() if ": " in line] == ["追加: 丙", "削除: 甲", "変更: 乙"]


def test_samples_that_give_way_to_the_office_own_are_no_loss(yomitori: Callable[..., Said], tmp_path: Path) -> None:
    """The first import says how many made-up entries it replaces and names none of them; the second tells changes."""
    (tmp_path / "in.csv").write_text("薬局名\n港町薬局\n", "utf-8")
    first = yomitori("lists", "import", tmp_path / "in.csv", "--name", "pharmacies").words
    samples = len(lists.load("pharmacies", [SHIPPED / "lists"]).values)
    assert f"（1 件）。\n同梱の見本（架空）{samples} 件に代わり" in first
    assert not {word for word in ("削除", "追加", "かもめ") if word in first}
    (tmp_path / "in.csv").write_text("薬局名\n山手薬局\n", "utf-8")
    assert "追加 1、削除 1、変更 0。" in yomitori("lists", "import", tmp_path / "in.csv", "--name", "pharmacies").words


def test_entries_that_ship_and_are_no_samples_are_named(yomitori: Callable[..., Said], tmp_path: Path) -> None:
    """Whoever replaces the shipped districts sees which of them the new list does not have, and what else is new."""
    (tmp_path / "in.csv").write_text("地区,別名,code\n釜石,,01\n新しい地区,,09\n", "utf-8")
    said = yomitori("lists", "import", tmp_path / "in.csv", "--name", "districts").words
    assert "同梱のリスト（8 件）に代わり" in said
    assert [line for line in said.splitlines() if ": " in line] == [
        "追加: 新しい地区",
        "変更: 釜石",
        "同梱のリストにだけあるもの: 平田、中妻、小佐野、甲子、鵜住居、栗橋、唐丹",
    ]


def test_a_sample_that_stayed_in_the_list_is_named(yomitori: Callable[..., Said], tmp_path: Path) -> None:
    """A made-up pharmacy left in the office's own list would be taken for a real one."""
    (tmp_path / "in.csv").write_text("薬局名\n港町薬局\nかもめ薬局（架空）\n", "utf-8")
    said = yomitori("lists", "import", tmp_path / "in.csv", "--name", "pharmacies").words
    assert [line for line in said.splitlines() if line.endswith(": かもめ薬局（架空）")]


@pytest.mark.parametrize(
    ("content", "name", "code", "exit_code"),
    [
        (b"\x81\xff\xfe,", "x", "list-unreadable", 3),
        (b"", "x", "list-without-head", 3),
        ("数\n1\n".encode(), "x", "list-without-values", 2),
        ("名称\n甲\n".encode(), "../x", "list-name", 2),
    ],
)
def test_what_is_no_list_is_told(
    yomitori: Callable[..., Said], tmp_path: Path, content: bytes, name: str, code: str, exit_code: int
) -> None:
    """A sentence with its code, and no list is touched."""
    (tmp_path / "in.csv").write_bytes(content)
    said = yomitori("lists", "import", tmp_path / "in.csv", "--name", name)
    assert (said.code, f"[{code}]" in said.words) == (exit_code, True), said.words
    assert not (tmp_path / "data" / "lists").exists()
