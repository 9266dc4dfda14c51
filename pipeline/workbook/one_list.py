"""A list as a workbook to be edited and brought in again: texts as texts, so that a code 01 stays 01."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.workbook import book, clean, files
from pipeline.workbook.columns import Column, Table
from pipeline.workbook.order import About

SHEET = "リスト"
HEADS = {"value": "名称", "aliases": "別名"}  # as the import understands them


def write(out: Path, rows: Sequence[Mapping[str, str]], about: About) -> Path:
    """The rows, value and aliases first; raises Problem when it cannot be written."""
    names = list(dict.fromkeys([*HEADS, *(name for row in rows for name in row)]))
    heads = {name: head for name, head in HEADS.items() if head not in names}
    table = Table(SHEET, tuple(Column(name, heads.get(name, name), "text", "") for name in names))
    with files.beside(out) as folder:
        made = book.Book(folder, out, about)
        try:
            made.open(table)
            for row in rows:
                made.add(table, [_cell(name, row.get(name) or "") for name in names])
            return files.publish(made.finish([SHEET], {}))[0]
        finally:
            made.close()


def _cell(name: str, text: str) -> str:
    return clean.clean(text.replace("|", "、") if name == "aliases" else text, name=True)
