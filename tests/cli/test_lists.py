"""Lists come in from the office's files, and what changed is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.cli import listing
from pipeline.forms import lists
from tests.cli.conftest import Said


def test_what_a_new_list_changes_is_told(yomitori: Callable[..., Said], tmp_path: Path) -> None:
    """Against the list that holds so far, entries are counted and named as added, removed or changed."""
    (tmp_path / "in.csv").write_text("名称,別名,電話\n甲,こう,1\n乙,,2\n", "utf-8")
    first = yomitori("lists", "import", tmp_path / "in.csv", "--name", "shops")
    assert (first.code, first.data.strip()) == (0, str(tmp_path / "data" / "lists" / "shops.csv"))
    assert "（2 件）。追加 2、削除 0、変更 0。" in first.words
    assert "前と同じ内容です" in yomitori("lists", "import", tmp_path / "in.csv", "--name", "shops").words
    (tmp_path / "in.csv").write_text("名称,別名,電話\n乙,おつ,2\n丙,,3\n", "utf-8")
    third = yomitori("lists", "import", tmp_path / "in.csv", "--name", "shops").words
    assert [line for line in third.splitlines() if ": " in line] == ["追加: 丙", "削除: 甲", "変更: 乙"]


def test_the_list_that_ships_is_the_one_before_the_first(yomitori: Callable[..., Said], tmp_path: Path) -> None:
    """An import in place of a shipped list is compared with it."""
    (tmp_path / "in.csv").write_text("名称\n新しい地区\n", "utf-8")
    said = yomitori("lists", "import", tmp_path / "in.csv", "--name", "districts")
    assert "追加 1、削除 8、" in said.words


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


def test_long_summaries_are_cut() -> None:
    """Of many entries the first are named and the others counted."""
    new = lists.listing("x", [{"value": str(n)} for n in range(13)])
    (line,) = listing.compared(lists.listing("x", []), new).lines()
    assert line.startswith("追加: 0、1、")
    assert line.endswith(" ほか 3 件")


def test_empty_cells_are_no_change() -> None:
    """A column that nobody filled in makes no entry another one."""
    old = lists.listing("x", [{"value": "甲"}])
    new = lists.listing("x", [{"value": "甲", "aliases": "", "電話": ""}])
    assert listing.summary(listing.compared(old, new)) == "前と同じ内容です。"
