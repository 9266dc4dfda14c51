"""What is asked of an export, and what came of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from pipeline import model
from pipeline.forms import Forms

Records: TypeAlias = Iterable[model.Record] | Callable[[], Iterable[model.Record]]
Progress: TypeAlias = Callable[[int], None]  # called after each record with the number done so far
Encoding: TypeAlias = Literal["utf-8-sig", "cp932"]


@dataclass(frozen=True)
class About:
    """What the metadata say about an export; the caller has already filtered the records accordingly."""

    as_of: dt.date  # decisions up to and including this day
    exported_at: dt.datetime  # Japan time, without zone
    exported_by: str
    since: dt.date | None = None  # only what changed since then
    open_records: int | None = None  # in the whole store, whatever is exported; None: not counted
    open_fields: int | None = None
    without_form: int | None = None  # sheets that wait because no form was recognised
    filters: Mapping[str, str] = field(default_factory=dict)  # Japanese name → value, e.g. 地区 → 平田
    purpose: str = ""  # of an identified export
    version: str = ""  # of the program
    notes: Mapping[str, str] = field(default_factory=dict)  # further lines, e.g. the lines of acceptance
    city_code: str = "03211"  # standard area code; this installation's city
    city: str = "岩手県釜石市"


@dataclass(frozen=True)
class Extra:
    """What the store knows of a record beyond the record itself."""

    batch: str = ""
    office: str = ""
    received_at: dt.datetime | None = None  # Japan time, without zone
    subject: str = ""  # who it is about, when an issued serial says so; goes out only as a keyed hash


@dataclass(frozen=True)
class Order:
    """What to write."""

    kind: str = "data"
    sheets: Sequence[str] | None = None  # names, or a name's first part such as 個票; None: the usual ones
    identified: bool = False  # with the fields that identify a person
    encoding: Encoding = "utf-8-sig"  # of CSV
    key: bytes | None = None  # secret of the pseudonymous ids; None: no ids
    extras: Mapping[str, Extra] = field(default_factory=dict)  # by record id


@dataclass(frozen=True)
class Summary:
    """What was written."""

    files: tuple[Path, ...]
    rows: Mapping[str, int]  # by sheet, header not counted
    records: int
    open_records: int  # of these, with at least one held answer
    open_fields: int
    left_out: Mapping[str, int]  # Japanese reason → records that are in no sheet
    changed: int  # entries of 変更一覧
    unwritable: int = 0  # characters that the encoding lacks


@dataclass(frozen=True)
class Head:
    """The beginning of a sheet, as texts."""

    columns: tuple[str, ...]  # headers
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Preview:
    """What an export would write."""

    summary: Summary  # without files
    heads: Mapping[str, Head]  # by sheet


@dataclass(frozen=True)
class Job:
    """An order with all it needs."""

    out: Path
    records: Records
    forms: Forms
    about: About
    order: Order
    progress: Progress | None = None

    def stream(self) -> Iterable[model.Record]:
        """The records from the start; raises TypeError when they could be walked only once."""
        if callable(self.records):
            return self.records()
        if iter(self.records) is self.records:
            raise TypeError("records must be a collection or a factory, not an iterator")
        return self.records
