"""A table as it was counted: what the workbook and the browser both show."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal, TypeAlias

Cell: TypeAlias = str | int | float | dt.date | None
Type: TypeAlias = Literal["text", "whole", "percent", "tenth", "date"]


@dataclass(frozen=True)
class Head:
    """The heading of one column."""

    label: str
    type: Type = "text"


@dataclass(frozen=True)
class Drawn:
    """A chart over some rows of a block."""

    kind: Literal["bar", "column", "line", "stacked"]
    title: str
    first: int  # row of the block, from 0
    last: int  # included
    labels: int  # column that names the bars
    columns: tuple[int, ...]  # columns of figures


@dataclass(frozen=True)
class Block:
    """One part of a table."""

    title: str
    heads: tuple[Head, ...]
    rows: tuple[tuple[Cell, ...], ...]
    charts: tuple[Drawn, ...] = ()
    note: str = ""
    listing: bool = False  # one line per case rather than figures


@dataclass(frozen=True)
class Made:
    """One table of the report."""

    id: str
    title: str
    note: str
    blocks: tuple[Block, ...]
    missing: str = ""  # why there is no table, in one line
