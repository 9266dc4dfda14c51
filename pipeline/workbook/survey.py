"""What a table file holds, in one pass and without keeping it: the facts that the 30 rules ask about.

Foreign files are read as bare XML through defusedxml, never through openpyxl; a document type is refused.
"""

from __future__ import annotations

import csv
import datetime as dt
import functools
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, TypeAlias
from xml.etree.ElementTree import Element, ParseError

import defusedxml
import defusedxml.ElementTree
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string

from pipeline.errors import FileRefused
from pipeline.workbook import clean

COMPANIONS = ("項目定義", "コード表", "メタデータ")  # sheets, or files beside a flat file, that explain the others
DISTINCT = 300  # different values kept per column
_BYTES = 8 << 30  # unpacked size beyond which a file is refused

_UNREADABLE = (
    *(OSError, ValueError, KeyError, OverflowError, StopIteration),
    *(csv.Error, zipfile.BadZipFile, ParseError, defusedxml.DefusedXmlException),
)

Scalar: TypeAlias = str | float | dt.date | None  # a cell as a rule sees it; dates are told by their format


@dataclass
class ColumnFacts:
    """One column below its heading."""

    header: str
    letter: str
    texts: int = 0
    numbers: int = 0
    dates: int = 0
    blanks: int = 0
    zeros: int = 0
    values: dict[str | float, str] = field(default_factory=dict)  # up to DISTINCT values → the first cell with it
    looks: set[int] = field(default_factory=set)  # fills and fonts, as numbers
    odd: dict[str, str] = field(default_factory=dict)  # kind of oddity → the first cell with it


@dataclass
class SheetFacts:
    """One sheet or CSV file."""

    name: str
    head: list[str | float | None] = field(default_factory=list)
    columns: list[ColumnFacts] = field(default_factory=list)
    rows: int = 0  # below the heading, blank ones not counted
    last: int = 0  # number of the last row that is not blank
    odd: dict[str, str] = field(default_factory=dict)  # kind of oddity → the first place with it
    kept: list[list[Scalar]] = field(default_factory=list)  # of the sheets that explain the others


@dataclass
class Survey:
    """A whole file."""

    kind: str  # xlsx · csv · other
    sheets: list[SheetFacts] = field(default_factory=list)

    def explaining(self, name: str) -> SheetFacts | None:
        """The sheet of that name, if the file has it."""
        return next((sheet for sheet in self.sheets if name in sheet.name), None)


def of(path: Path) -> Survey:
    """Look through a file; raises FileRefused when it cannot be read as what its name says."""
    suffix = path.suffix.lower()
    try:
        if suffix == ".xlsx":
            return Survey("xlsx", list(_book(path)))
        if suffix == ".csv":
            return Survey("csv", list(_files(path)))
    except _UNREADABLE as error:
        raise FileRefused(
            "rules-unreadable",
            f"{path.name} を {suffix[1:]} として読めません。",
            "ファイルが壊れていないか、名前の終わりが中身と合っているかを確かめてください。",
        ) from error
    return Survey("other")


# ── CSV


def _files(path: Path) -> Iterator[SheetFacts]:
    yield _csv(path, path.stem)
    for name in COMPANIONS:
        beside = path.with_name(f"{path.stem}_{name}{path.suffix}")
        if beside.is_file():
            yield _csv(beside, name)


def _csv(path: Path, name: str) -> SheetFacts:
    facts = SheetFacts(name)
    with path.open(encoding=_encoding(path), newline="") as file:
        for number, line in enumerate(csv.reader(file), 1):
            if facts.head and len(line) != len(facts.head):
                facts.odd.setdefault("ragged", f"{number}行")
            _take(facts, number, {place: _from_text(cell) for place, cell in enumerate(line, 1)}, {})
    return facts


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        try:
            for line in file:
                line.decode("utf-8")
        except UnicodeDecodeError:
            return "cp932"
    return "utf-8-sig"


def _from_text(cell: str) -> Scalar:
    """A CSV field as what it means; figures with a leading 0 are codes."""
    if re.fullmatch(r"-?(0|[1-9]\d{0,14})(\.\d+)?", cell):
        return float(cell)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", cell):
        return dt.date.fromisoformat(cell)
    return cell or None


# ── Excel


def _book(path: Path) -> Iterator[SheetFacts]:
    with zipfile.ZipFile(path) as archive:
        if sum(member.file_size for member in archive.infolist()) > _BYTES:
            raise ValueError("too large when unpacked")
        styles = _Styles(archive)
        shared = list(_shared(archive))
        for name, state, target in _listed(archive):
            facts = SheetFacts(name)
            if state != "visible":
                facts.odd["hidden"] = "シート"
            with archive.open(target) as file:
                _sheet(facts, file, styles, shared)
            yield facts


def _listed(archive: zipfile.ZipFile) -> Iterator[tuple[str, str, str]]:
    """Name, visibility and member of every sheet."""
    links = {link.get("Id"): link.get("Target", "") for link in _tree(archive, "xl/_rels/workbook.xml.rels")}
    for sheet in _tree(archive, "xl/workbook.xml").iter():
        if _tag(sheet) == "sheet":
            link = next(value for key, value in sheet.items() if key.endswith("}id"))
            target = links[link].lstrip("/")
            yield (
                sheet.get("name", ""),
                sheet.get("state", "visible"),
                target if target.startswith("xl/") else f"xl/{target}",
            )


def _tree(archive: zipfile.ZipFile, name: str) -> Element:
    found: Element = defusedxml.ElementTree.fromstring(archive.read(name), forbid_dtd=True)
    return found


def _tag(element: Element) -> str:
    return _local(element.tag)


@functools.cache
def _local(tag: str) -> str:
    """A tag without its namespace, of which there are two."""
    return tag.rpartition("}")[2]


def _shared(archive: zipfile.ZipFile) -> Iterator[str]:
    if "xl/sharedStrings.xml" in archive.namelist():
        for item in _tree(archive, "xl/sharedStrings.xml"):
            yield _words(item)


def _words(element: Element) -> str:
    """All text of a string, readings in furigana left out."""
    parts = (part.text or "" for part in element.iter() if _tag(part) == "t")
    return _unescaped("".join(parts))


def _unescaped(text: str) -> str:
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), text)


class _Styles:
    """Which styles show dates, and which look alike."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        tree = _tree(archive, "xl/styles.xml")
        own = {int(one.get("numFmtId", 0)): one.get("formatCode", "") for one in tree.iter() if _tag(one) == "numFmt"}
        formats = {**BUILTIN_FORMATS, **own}
        cells = [one for group in tree if _tag(group) == "cellXfs" for one in group]
        self._dates = [bool(is_date_format(formats.get(int(one.get("numFmtId", 0)), ""))) for one in cells]
        self._looks = [hash((one.get("fillId"), one.get("fontId"))) for one in cells]

    def is_date(self, style: int) -> bool:
        """Whether a number in this style is shown as a date."""
        return style < len(self._dates) and self._dates[style]

    def look(self, style: int) -> int:
        """Fill and font as a number."""
        return self._looks[style] if style < len(self._looks) else 0


_FLAGS = {
    "mergeCell": "merged",
    "drawing": "objects",
    "legacyDrawing": "objects",
    "picture": "objects",
    "oleObject": "objects",
    "control": "objects",
}


def _sheet(facts: SheetFacts, file: IO[bytes], styles: _Styles, shared: list[str]) -> None:
    parent: Element | None = None
    for event, element in defusedxml.ElementTree.iterparse(file, events=("start", "end"), forbid_dtd=True):
        tag = _tag(element)
        if event == "start":
            parent = element if tag == "sheetData" else parent
            continue
        if tag in _FLAGS:
            facts.odd.setdefault(_FLAGS[tag], element.get("ref") or "シート")
        elif tag in {"row", "col"}:
            _hidden(facts, element, tag)
        if tag == "row" and parent is not None:
            _row(facts, element, styles, shared)
            parent.clear()  # else a million empty rows pile up


def _hidden(facts: SheetFacts, element: Element, tag: str) -> None:
    if element.get("hidden") in {"1", "true"} or element.get("collapsed") in {"1", "true"}:
        place = f"{element.get('r')}行" if tag == "row" else f"{get_column_letter(int(element.get('min', 1)))}列"
        facts.odd.setdefault("hidden", place)


def _row(facts: SheetFacts, row: Element, styles: _Styles, shared: list[str]) -> None:
    cells: dict[int, Scalar] = {}
    looks: dict[int, int] = {}
    for place, cell in enumerate(row, 1):
        at = column_index_from_string(coordinate_from_string(cell.get("r", ""))[0]) if cell.get("r") else place
        style = int(cell.get("s", 0))
        cells[at] = _value(facts, cell, styles.is_date(style), shared)
        looks[at] = styles.look(style)
    _take(facts, int(row.get("r", 0)) or facts.rows + 1, cells, looks)


def _value(facts: SheetFacts, cell: Element, dated: bool, shared: list[str]) -> Scalar:
    parts = {_tag(part): part for part in cell}
    if "f" in parts:
        facts.odd.setdefault("formula", cell.get("r", ""))
    kind, raw = cell.get("t", "n"), parts["v"].text if "v" in parts else None
    if kind == "inlineStr":
        return _words(parts["is"]) if "is" in parts else None
    if raw is None:
        return None
    if kind == "s":
        return shared[int(raw)]
    if kind not in {"n", "b"}:
        return _unescaped(raw)
    return dt.date(1899, 12, 30) + dt.timedelta(days=int(float(raw))) if dated else float(raw)


# ── Both


def _take(facts: SheetFacts, number: int, cells: Mapping[int, Scalar], looks: Mapping[int, int]) -> None:
    """One row into the facts; the first row that is not blank is the heading."""
    there = {place: cell for place, cell in cells.items() if cell is not None}
    if not facts.columns:
        _take_head(facts, number, there)
    elif there:
        _take_body(facts, number, there, looks)


def _take_body(facts: SheetFacts, number: int, cells: Mapping[int, Scalar], looks: Mapping[int, int]) -> None:
    facts.rows += 1
    if number > facts.last + 1:
        facts.odd.setdefault("gap", f"{facts.last + 1}行")
        if len(cells) > 1 and all(isinstance(cell, str) for cell in cells.values()):
            facts.odd.setdefault("second-head", f"{number}行")
    facts.last = number
    if any(name in facts.name for name in COMPANIONS):
        facts.kept.append([cells.get(place) for place in range(1, len(facts.columns) + 1)])
    if max(cells) > len(facts.columns):
        facts.odd.setdefault("beyond", f"{number}行")
    for place, column in enumerate(facts.columns, 1):
        _take_cell(column, cells.get(place), f"{column.letter}{number}")
        if place in cells and place in looks:
            column.looks.add(looks[place])


def _take_head(facts: SheetFacts, number: int, cells: Mapping[int, Scalar]) -> None:
    if number > 1:
        facts.odd["blank-row"] = "1行"
    facts.last = number
    facts.head = [_plain(cells.get(place)) for place in range(1, max(cells, default=0) + 1)]
    facts.columns = [ColumnFacts(str(head or ""), get_column_letter(n)) for n, head in enumerate(facts.head, 1)]
    for column, head in zip(facts.columns, facts.head, strict=True):
        if isinstance(head, str):
            _oddities(column, head, f"{column.letter}{number}")


def _plain(cell: Scalar) -> str | float | None:
    return cell.isoformat() if isinstance(cell, dt.date) else cell


def _take_cell(column: ColumnFacts, cell: Scalar, at: str) -> None:
    if cell is None:
        column.blanks += 1
        return
    if isinstance(cell, dt.date):
        column.dates += 1
        return
    if isinstance(cell, str):
        column.texts += 1
        _oddities(column, cell, at)
    else:
        column.numbers += 1
        column.zeros += cell == 0
    if len(column.values) < DISTINCT:
        column.values.setdefault(cell, at)


_ODD = {
    "newline": re.compile(r"[\r\n\v\f\x85\u2028\u2029]"),
    "padding": re.compile(r"\A\s|\s\Z|\s{2,}"),
    "dependent": clean.DEPENDENT,
    "several": re.compile(r"\d+(\s*[、;；／|｜・]\s*\d+)+"),
    "decorated": re.compile(r"[-+−▲△]?\d[\d,]*(\.\d+)?\s*([^\d\s.,:/\-]{1,3}|[※*]\d*)|[-+]?\d{1,3}(,\d{3})+(\.\d+)?"),
    "symbol": re.compile(r"[-－―−…･・*＊xXχ#/／.．]{1,3}|N/?A|null|NULL"),
    "other": re.compile(r"その他\s*[（(：:].+"),
    "formula": re.compile(r"=.+"),
}
_WHOLE = {"several", "decorated", "symbol", "other", "formula"}  # the whole text must be so


def _oddities(column: ColumnFacts, text: str, at: str) -> None:
    for kind, pattern in _ODD.items():
        if kind not in column.odd and (pattern.fullmatch(text) if kind in _WHOLE else pattern.search(text)):
            column.odd[kind] = at


def folded(value: Any) -> str:
    """A value without what should not matter: widths, cases, spaces."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", str(value))).casefold()


def rows_of(sheet: SheetFacts | None) -> Iterable[dict[str, Scalar]]:
    """The rows of a sheet that explains others, by heading."""
    heads = [column.header for column in sheet.columns] if sheet else []
    return (dict(zip(heads, row, strict=True)) for row in (sheet.kept if sheet else []))
