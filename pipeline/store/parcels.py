"""What the store hands out besides records."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from pipeline import model
from pipeline.store.cuts import Cuts

Since: TypeAlias = datetime.date | datetime.datetime  # a plain date means that day in Asia/Tokyo


@dataclass(frozen=True)
class Scan:
    """A file that arrived."""

    id: int  # in order of arrival
    sha256: str
    name: str  # as given
    size: int  # bytes
    pages: int  # 0 when refused
    batch: str | None  # its name; two offices may have one of the same name
    batch_id: int | None
    arrived: str  # UTC, ISO 8601
    actor: str | None
    refused: str | None  # stable English reason; the file is in quarantine
    message: str  # Japanese, "" unless refused


@dataclass(frozen=True)
class NewScan:
    """A file whose bytes lie in the vault, on its way into the store."""

    sha256: str
    name: str  # as given
    size: int  # bytes
    pages: int  # 0 when refused
    batch: str | None = None  # name; made when the office of whoever brings it in has none of that name
    actor: str | None = None
    refused: str | None = None  # stable English reason
    message: str = ""  # Japanese
    batch_id: int | None = None  # of a batch that there is; it then goes before the name


@dataclass(frozen=True)
class Task:
    """A page that waits to be read; all that a worker needs."""

    page_id: int
    sha256: str
    name: str
    number: int  # in the file, from 1
    path: Path  # of the original in the vault
    told: model.Told | None = None  # what a person said about the page


@dataclass(frozen=True)
class Part:
    """What one reading of one page gave: one record per sheet on it, before joining."""

    page_id: int
    records: tuple[model.Record, ...]
    cuts: Cuts | None = None  # pictures of the fields that a person will look at


@dataclass(frozen=True)
class Spot:
    """Where the picture of a field is."""

    placement: int  # of the reading: another one after the page was read again
    sha256: str
    page: int  # in the file, from 1
    place: int  # of several sheets on one page
    field: str


@dataclass(frozen=True)
class Twice:
    """A field on which two people must agree and do not yet."""

    record: str  # id
    field: str
    stage: model.Waits
    by: str  # who settled it first
    at: str  # when, UTC, ISO 8601


@dataclass(frozen=True)
class Filing:
    """A record on its way into the store, and what the queue must know of it."""

    record: model.Record
    priority: int  # of its form; 1 first
    open: tuple[str, ...]  # ids of the fields that need a look
    queued: bool  # whether a person must look at it, besides the second entries
    aside: str | None = None  # blank · duplicate · foreign, when a person said so
    twice: tuple[Twice, ...] = ()


@dataclass(frozen=True)
class Filed:
    """A record and where its paper lies."""

    record: model.Record
    scan: Scan  # of its first page
    position: int  # of its first page in the file, from 1; 0 for a refused file
    changed: str  # UTC, ISO 8601
    aside: str | None  # blank · duplicate · foreign, when a person said so


@dataclass(frozen=True)
class Counts:
    """Where everything is."""

    files: int
    refused: int  # files in quarantine
    pages: int
    waiting: int  # accepted pages that were not read yet
    records: Mapping[str, int]  # by status: accepted, needs_review, unreadable, unidentified, blank
    aside: int  # records that a person marked blank, duplicate or foreign
    open: int  # records at which a person must look, second entries included


@dataclass(frozen=True)
class Line:
    """One line of the ledger."""

    at: str  # UTC, ISO 8601
    kind: str  # accepted · duplicate · refused · read
    sha256: str
    page: int | None
    name: str  # of the file as given
    actor: str | None
    detail: str


@dataclass(frozen=True)
class Imbalance:
    """Something that arrived and is not accounted for."""

    code: str  # stable English
    sha256: str
    page: int | None
    message: str  # Japanese: what is wrong and what to do
