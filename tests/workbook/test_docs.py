"""docs/analysts.md says what the code does; `python -m tests.workbook.test_docs` writes its tables anew."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from pipeline.workbook import codebook, columns, data, flat, sheet
from pipeline.workbook.columns import Column

PAGE = Path(__file__).resolve().parents[2] / "docs" / "analysts.md"
TABLES: dict[str, tuple[Column, ...]] = {"個票": sheet.ABOUT_RECORD} | {
    table.name: table.columns for table in data.COMMON
}
BLOCK = re.compile(r"<!-- columns: (\S+) -->\n(.*?)(?=\n\n)", re.DOTALL)


def block(found: Iterable[Column]) -> str:
    """The columns of a sheet as a table."""
    lines = ["", "| 見出し | 物理名 | 型 | 単位 | 説明 |", "|---|---|---|---|---|"]
    for column in found:
        codes = f"（コード: {column.codes.name}）" if column.codes else ""
        cells = [column.header, f"`{column.name}`", codebook.TYPES[column.type], column.unit, column.about + codes]
        lines.append(f"| {' | '.join(cells)} |".replace("|  |", "| |"))
    return "\n".join(lines)


@pytest.mark.parametrize("name", TABLES)
def test_every_column_is_explained_as_it_is(name: str) -> None:
    """The table of a sheet's columns is the one that the code would write."""
    written = dict(BLOCK.findall(_apart(PAGE.read_text("utf-8"))))
    assert written.get(name, "").strip() == block(TABLES[name]).strip(), "run `python -m tests.workbook.test_docs`"


def test_states_origins_and_changes_are_explained() -> None:
    """Every code that all forms share, and every kind of change, has its line."""
    text = PAGE.read_text("utf-8")
    lines = [f"| {code} {meaning} |" for codes in (columns.STATES, columns.ORIGINS) for code, meaning in codes.entries]
    lines += [f"| {reason} |" for reason in ("除去", "置換", "空白", "合成", "切詰", "型不一致")]
    assert [line for line in lines if line not in text] == []
    assert flat.UNWRITABLE.name in text


def _apart(text: str) -> str:
    """The page with the empty line before each table taken out, so that a block ends at an empty line."""
    return text.replace("-->\n\n|", "-->\n|")


def _renew() -> None:
    text = re.sub(r"(<!-- columns: \S+ -->\n)(\n\|(.+\n)+)?", r"\1", PAGE.read_text("utf-8"))
    for name, found in TABLES.items():
        text = text.replace(f"<!-- columns: {name} -->\n", f"<!-- columns: {name} -->\n{block(found)}\n")
    PAGE.write_text(text, "utf-8")


if __name__ == "__main__":
    _renew()
