"""Lists that people keep outside the program: districts, pharmacies, clinics, resources, rosters.

A list is a file `<name>.csv` with the columns `value`, `aliases` (separated by `|`) and whatever else the
office keeps beside them.
"""

from __future__ import annotations

import csv
import io
import os
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import openpyxl
from openpyxl.utils.escape import unescape

from pipeline.errors import FileRefused, UsageProblem

Row = dict[str, str]
VALUE_NAMES = ("value", "名称", "名前", "氏名", "薬局名", "医療機関名", "団体名", "地区")
ALIAS_NAMES = ("aliases", "別名", "別表記")
_SAME = str.maketrans({"髙": "高", "﨑": "崎", "ヶ": "ケ", "ヵ": "カ", "―": "ー", "‐": "ー", "−": "ー", "-": "ー"})
_BREAKS = re.compile(r"[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")
LONGEST_NAME = 100  # bytes of a list's name, which becomes that of a file
MAX_BYTES = 20 * 1024 * 1024


def normal(text: str) -> str:
    """The spelling under which entries are compared: width, case, spaces and twin letters do not matter."""
    plain = "".join(unicodedata.normalize("NFKC", text).casefold().split())
    return unicodedata.normalize("NFKC", plain).translate(_SAME)


@dataclass(frozen=True)
class Listing:
    """One list."""

    name: str
    rows: tuple[Mapping[str, str], ...] = ()  # as in the file, in its order
    _by_spelling: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def values(self) -> tuple[str, ...]:
        """Every entry once, in the order of the file."""
        return tuple(dict.fromkeys(row["value"] for row in self.rows))

    @property
    def spellings(self) -> Mapping[str, str]:
        """Every normalised spelling, values and aliases, → the value it stands for."""
        return self._by_spelling

    def find(self, text: str) -> str | None:
        """The value that `text` means, by itself or by an alias."""
        return self._by_spelling.get(normal(text))

    def column(self, value: str, name: str) -> str:
        """What stands beside a value in another column; empty when nothing does."""
        return next((row.get(name, "") for row in self.rows if row["value"] == value), "")


def load(name: str, folders: Iterable[Path]) -> Listing:
    """The list `<name>.csv`; a later folder wins; an empty list when no folder has it.

    Raises:
        FileRefused: the file is no such list.
    """
    folders = tuple(folders)
    path = find(name, folders)
    if path is None:
        return Listing(name)
    try:
        return _load(name, path, _state(path.stat()))
    except FileNotFoundError:  # taken back at this moment: what holds instead lies in another folder
        return load(name, folders)


def find(name: str, folders: Iterable[Path]) -> Path | None:
    """The file of a list, in the last folder that has it."""
    return next((path for path in reversed([folder / f"{name}.csv" for folder in folders]) if path.is_file()), None)


def _state(found: os.stat_result) -> tuple[int, ...]:
    """Another for every file put there; the time alone is not, since clocks of files go in steps."""
    return found.st_mtime_ns, found.st_ino, found.st_size


@lru_cache(maxsize=64)
def _load(name: str, path: Path, _seen: tuple[int, ...]) -> Listing:
    return listing(name, table(path))


def listing(name: str, rows: Sequence[Mapping[str, str]]) -> Listing:
    """A list from rows that have a `value` and perhaps `aliases`; a value's own spelling beats an alias."""
    kept = tuple(row for row in rows if row.get("value"))
    spellings: dict[str, str] = {}
    for row in kept:
        for alias in (row.get("aliases") or "").split("|"):
            spellings.setdefault(normal(alias), row["value"])
    spellings.update({normal(row["value"]): row["value"] for row in kept})
    spellings.pop("", None)
    return Listing(name, kept, spellings)


def table(path: Path) -> list[Row]:
    """The rows of a CSV (UTF-8 or CP932) or Excel file by the names in its first row, all as text.

    Raises:
        FileRefused: the file cannot be opened, is too large, or has no head.
        FileNotFoundError: there is no such file.
    """
    try:
        grid = _grid(path)
    except FileNotFoundError:
        raise
    except Exception as error:  # openpyxl raises whatever a broken file makes it raise
        raise FileRefused(
            "list-unreadable",
            f"リスト {path.name} を開けません。",
            "Excel（.xlsx）か CSV（UTF-8 か Shift_JIS）で保存し直してください。",
        ) from error
    heads = [cell.strip() for cell in grid[0]] if grid else []
    if not any(heads):
        raise FileRefused(
            "list-without-head",
            f"リスト {path.name} の一行目に列の名前がありません。",
            "一行目に列の名前を書いてください。",
        )
    return [dict(zip(heads, row, strict=False)) for row in grid[1:] if any(row)]


def _grid(path: Path) -> list[list[str]]:
    if path.stat().st_size > MAX_BYTES:
        raise ValueError("too large")
    return _excel(path) if path.suffix.lower() in (".xlsx", ".xlsm") else _csv(path)


def _csv(path: Path) -> list[list[str]]:
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp932")
    return [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""))]


def _excel(path: Path) -> list[list[str]]:
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        sheet = book.worksheets[0]
        return [[_words(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    finally:
        book.close()


def _words(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else unescape(str(cell)).strip()


def understood(source: Path, name: str) -> list[Row]:
    """The rows of an Excel or CSV file as those of the list `name`: `value`, `aliases`, then the other columns.

    Raises:
        FileRefused: the file cannot be read.
        UsageProblem: no column holds the names, none stands in it, or the list's own name cannot be a file name.
    """
    if not name.isidentifier() or len(name.encode()) > LONGEST_NAME:
        raise UsageProblem(
            "list-name",
            f"リストの名前「{name[:LONGEST_NAME]}」は使えません。",
            "英数字と _ で書いてください。例: districts",
        )
    rows = table(source)
    heads = [head for head in VALUE_NAMES if rows and head in rows[0]]
    if not heads:
        raise UsageProblem(
            "list-without-values",
            f"リスト {source.name} に名前の列がありません。",
            f"列の名前を次のどれかにしてください: {'、'.join(VALUE_NAMES)}",
        )
    found = [_renamed(row, heads[0]) for row in rows if row.get(heads[0])]
    if not found:
        what = f"リスト {source.name} の列「{heads[0]}」に、名前が一つもありません。"
        raise UsageProblem("list-empty", what, "名前を書いて、保存し直してください。")
    return found


def _renamed(row: Row, value: str) -> Row:
    alias = next((head for head in ALIAS_NAMES if head in row), "")
    rest = {head: cell for head, cell in row.items() if head and head not in (value, alias, "value", "aliases")}
    aliases = re.sub("[、，,;；|\r\n]+", "|", row.get(alias, ""))
    return {
        head: _BREAKS.sub(" ", cell).strip() for head, cell in {"value": row[value], "aliases": aliases, **rest}.items()
    }


def text(rows: Sequence[Mapping[str, str]]) -> str:
    """The rows as a list's file holds them."""
    heads = list(dict.fromkeys(head for row in rows for head in row))
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, heads, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()
