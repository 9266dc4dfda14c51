"""Columns, tables and code lists: what a sheet is, before anything is in it."""

from __future__ import annotations

import datetime as dt
import functools
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from pipeline.workbook import clean

Cell: TypeAlias = str | int | float | dt.date | dt.datetime | None
Row: TypeAlias = list[Cell]
Type: TypeAlias = Literal["text", "whole", "number", "date", "moment"]


@dataclass(frozen=True)
class Codes:
    """A list of codes and what they mean."""

    name: str  # unique in the export
    entries: tuple[tuple[int | str, str], ...]
    form: str = ""  # id; "" for lists that every form shares
    version: str = ""

    @functools.cached_property
    def meanings(self) -> dict[Cell, str]:
        """What each code means."""
        return dict(self.entries)


@dataclass(frozen=True)
class Column:
    """One column of a sheet."""

    name: str  # physical: letters, digits and _, unique in its table
    header: str  # Japanese, unique in its table
    type: Type
    about: str  # Japanese definition
    codes: Codes | None = None
    unit: str = ""
    main: bool = False  # holds an answer, the columns up to the next state tell more about it
    tally: bool = False  # counted in 集計_縦持ち
    classes: tuple[str, ...] = ()  # counted even when nobody answered so; other answers are counted as they turn up
    facts: Facts | None = None  # what the form says of the field


@dataclass(frozen=True)
class Facts:
    """What the form file says of the field (or derived value) behind a column."""

    field: str
    label: str
    kind: str
    role: str = ""
    required: bool = False
    personal: bool = False
    versions: tuple[str, ...] = ()  # of the form, newest first


@dataclass(frozen=True)
class Table:
    """A sheet: name and columns."""

    name: str
    columns: tuple[Column, ...] = field(repr=False)


STATES = Codes("回答の状態", ((1, "有効"), (2, "無回答"), (3, "複数回答"), (4, "判読不能"), (5, "対象外"), (6, "保留")))
ORIGINS = Codes("成り立ち", ((1, "自動"), (2, "確認のみ"), (3, "訂正"), (4, "手入力"), (5, "派生")))
YES_NO = Codes("有無", ((1, "あり・該当"), (0, "なし・非該当")))
STATUSES = Codes("記録の状態", ((1, "確定"), (2, "確認待ち"), (3, "判読不能"), (4, "様式不明"), (5, "白紙")))
SHARED = (STATES, ORIGINS, YES_NO, STATUSES)

VALID, HELD = 1, 6
STATE_CODES = {"valid": VALID, "empty": 2, "multiple": 3, "illegible": 4, "not_applicable": 5}
STATUS_CODES = {"accepted": 1, "needs_review": 2, "unreadable": 3, "unidentified": 4, "blank": 5}

_WIDTHS: dict[Type, int] = {"text": 18, "whole": 8, "number": 10, "date": 12, "moment": 20}


def width(column: Column) -> float:
    """A width in characters that shows the heading (up to 32) and the usual value."""
    heading = sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in column.header) + 4
    return float(max(_WIDTHS[column.type], min(heading, 36)))


def distinct(columns: Iterable[Column]) -> Iterator[Column]:
    """The columns with names and headers that occur once: a later double takes its field's name, then a number."""
    names: set[str] = set()
    headers: set[str] = set()
    for asked in columns:
        column = replace(asked, name=_free(asked.name, names), header=_free(_heading(asked, headers), headers))
        names.add(column.name)
        headers.add(column.header)
        yield column


def _heading(column: Column, taken: set[str]) -> str:
    header = clean.clean(column.header) or column.name
    return f"{header}_{column.facts.field}" if header in taken and column.facts else header


def _free(name: str, taken: set[str]) -> str:
    numbered = (f"{name}_{n}" for n in range(2, len(taken) + 3))
    return name if name not in taken else next(other for other in numbered if other not in taken)
