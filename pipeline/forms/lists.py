"""Lists that people keep outside the program: districts, pharmacies, clinics, resources, rosters.

A list is a file `<name>.csv` with the columns `value`, `aliases` (separated by `|`) and whatever else the
office keeps beside them.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import openpyxl

from pipeline import errors
from pipeline.errors import FileRefused, UsageProblem

Row = dict[str, str]
VALUE_NAMES = ("value", "名称", "名前", "氏名", "薬局名", "医療機関名", "団体名", "地区")
ALIAS_NAMES = ("aliases", "別名", "別表記")
_SAME = str.maketrans({"髙": "高", "﨑": "崎", "ヶ": "ケ", "ヵ": "カ", "―": "ー", "‐": "ー", "−": "ー", "-": "ー"})
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
    path = find(name, folders)
    return _load(name, path, path.stat().st_mtime_ns) if path else Listing(name)


def find(name: str, folders: Iterable[Path]) -> Path | None:
    """The file of a list, in the last folder that has it."""
    return next((path for path in reversed([folder / f"{name}.csv" for folder in folders]) if path.is_file()), None)


@lru_cache(maxsize=64)
def _load(name: str, path: Path, _changed: int) -> Listing:
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
    """
    try:
        grid = _grid(path)
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
    return "" if cell is None else str(cell).strip()


def bring_in(source: Path, name: str, folder: Path) -> Listing:
    """Import an Excel or CSV file as the list `name` of `folder`; replaces the one that is there.

    Raises:
        FileRefused: the file cannot be read.
        UsageProblem: no column holds the names, or the list's own name cannot be a file name.
    """
    if not name.isidentifier():
        raise UsageProblem(
            "list-name", f"リストの名前「{name}」は使えません。", "英数字と _ で書いてください。例: districts"
        )
    rows = table(source)
    heads = [head for head in VALUE_NAMES if rows and head in rows[0]]
    if not heads:
        raise UsageProblem(
            "list-without-values",
            f"リスト {source.name} に名前の列がありません。",
            f"列の名前を次のどれかにしてください: {'、'.join(VALUE_NAMES)}",
        )
    try:
        _write([_renamed(row, heads[0]) for row in rows if row.get(heads[0])], folder / f"{name}.csv")
    except OSError as error:
        what = f"リスト {name} を {folder} に書けません（{errors.reason(error)}）。前のリストはそのままです。"
        raise UsageProblem("list-unwritable", what, "空きと権限を確かめてください。") from error
    return load(name, [folder])


def _renamed(row: Row, value: str) -> Row:
    alias = next((head for head in ALIAS_NAMES if head in row), "")
    rest = {head: cell for head, cell in row.items() if head and head not in (value, alias, "value", "aliases")}
    aliases = re.sub("[、，,;；|\n]+", "|", row.get(alias, ""))
    return {"value": row[value], "aliases": aliases, **rest}


def _write(rows: Sequence[Row], path: Path) -> None:
    heads = list(dict.fromkeys(head for row in rows for head in row))
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, heads, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    part.replace(path)
