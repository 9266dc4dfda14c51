"""個票_<様式>: a row per form. The versions of one form share a sheet, newest first."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from pipeline import model
from pipeline.forms import schema
from pipeline.workbook import clean, columns, derived, items, values
from pipeline.workbook.columns import Codes, Column, Row, Table
from pipeline.workbook.lists import Lists
from pipeline.workbook.order import About, Extra

NAME_LIMIT = 31 - len("_99")  # Excel's limit for a sheet's name, room left for a further part
SUBJECT_ROLES = ("name", "born-on")  # who somebody is, where no issued serial says so

ABOUT_RECORD = (
    Column("record_id", "記録ID", "text", "記録を表す、変わらない符号"),
    Column(
        "subject_id", "対象者ID", "text", "対象者を表す仮の符号（鍵付きハッシュ）。同じ人は同じ符号。分からなければ空"
    ),
    Column("form_id", "様式ID", "text", "様式を表す符号"),
    Column("form_version", "様式の版", "text", "紙に印刷された版"),
    Column("sheet_serial", "通し番号", "text", "用紙に印刷された番号。無い用紙は空"),
    Column("record_status", "記録の状態", "whole", "記録全体の状態", columns.STATUSES),
    Column("held_count", "保留の数", "whole", "まだ確定していない回答の数", unit="項目"),
    Column("city_code", "市区町村コード", "text", "標準地域コード（5桁）"),
    Column("city_name", "市区町村名", "text", "都道府県名と市区町村名"),
    Column("batch_name", "束", "text", "取り込みの束"),
    Column("office_name", "窓口", "text", "取り込んだ窓口"),
    Column("arrived_on", "取込日", "date", "取り込んだ日（西暦、日本時間）"),
    Column("arrived_on_wareki", "取込日_和暦", "text", "取り込んだ日の和暦"),
)


Part: TypeAlias = items.Item | derived.Worked


@dataclass(frozen=True)
class Spot:
    """Where one answer stands in a row."""

    place: int  # of the value in the sheet's row
    state: int  # of its state
    column: Column  # as it is named in the sheet
    codes: Codes | None  # of the very version
    item: items.Item | None  # None: a derived value
    at: int  # of the value among the item's columns


@dataclass(frozen=True)
class Version:
    """One version's items and where each of their cells goes in the sheet."""

    parts: tuple[Part, ...]
    places: tuple[int, ...]  # of each answer cell, in the sheet's row
    spots: tuple[Spot, ...]  # one per answer
    subject: tuple[str, ...]  # fields that say who it is about; empty: they cannot


@dataclass(frozen=True)
class Answered:
    """A record with its answers and its row."""

    record: model.Record
    answers: Mapping[str, model.Answer]
    version: Version
    row: Row


class Sheet:
    """個票 of one form."""

    def __init__(
        self, forms: Iterable[schema.Form], lists: Lists, identified: bool, taken: Collection[str] = ()
    ) -> None:
        self.forms = sorted(forms, key=lambda form: _natural(form.version), reverse=True)
        found = {form.version: _parts(form, lists, identified) for form in self.forms}
        own = {version: _columns_of(parts) for version, parts in found.items()}
        merged, names = _merged(own)
        self.table = Table(sheet_name(self.forms[0], taken), tuple(columns.distinct([*ABOUT_RECORD, *merged.values()])))
        every = (column.codes for version in own.values() for column in version)
        self.codes = [codes for codes in every if codes is not None and codes.form]
        order = {name: place for place, name in enumerate(merged, len(ABOUT_RECORD))}
        self.versions = {
            form.version: _version(form, found[form.version], self.table, [order[n] for n in names[form.version]])
            for form in self.forms
        }

    def answered(self, record: model.Record, extra: Extra, about: About, cleaner: clean.Cleaner) -> Answered:
        """The record's row, without its pseudonymous id."""
        version = self.versions[record.form[1] if record.form else ""]
        answers = record.answers()
        cells = (cell for part in version.parts for cell in part.cells(record, answers, cleaner))
        held = sum(not answer.counts for answer in answers.values())
        row = _about_record(record, extra, about, held, cleaner)
        row += [None] * (len(self.table.columns) - len(row))
        for place, cell in zip(version.places, cells, strict=True):
            row[place] = cell
        return Answered(record, answers, version, row)

    def subject(self, found: Answered, extra: Extra, key: bytes | None) -> str | None:
        """The pseudonymous id of who the record is about; None without a key or when that is not settled."""
        told = [found.answers.get(name) for name in found.version.subject]
        settled = bool(told) and all(answer and answer.counts and answer.value for answer in told)
        words = [_folded(str(answer.value)) for answer in told if answer] if settled else []
        who = f"subject:{extra.subject}" if extra.subject else "\x1f".join(words)
        return hmac.digest(key, who.encode("utf-8", "replace"), hashlib.sha256).hex()[:32] if key and who else None


def sheet_name(form: schema.Form, taken: Collection[str] = ()) -> str:
    """個票_ and the title, without what Excel forbids in names; the id where two forms have one title."""
    title = re.sub(r"[\[\]:*?/\\'\s]", "", clean.clean(form.title)) or form.id
    name = f"個票_{title}"[:NAME_LIMIT]
    return name if name not in taken else f"個票_{form.id}"[:NAME_LIMIT]


def _natural(version: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", version)]


def _folded(text: str) -> str:
    """Spaces and widths do not make another person."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def _parts(form: schema.Form, lists: Lists, identified: bool) -> tuple[Part, ...]:
    return (*items.of_form(form, lists, identified), *derived.of_form(form, identified))


def _columns_of(parts: Iterable[Part]) -> tuple[Column, ...]:
    return tuple(columns.distinct(column for part in parts for column in part.columns))


def _merged(own: Mapping[str, tuple[Column, ...]]) -> tuple[dict[str, Column], dict[str, list[str]]]:
    """The newest version's columns, then what only older ones have; and each version's names among them.

    A column of another type than a newer version's of the same name stands apart.
    """
    merged: dict[str, Column] = {}
    names: dict[str, list[str]] = {}
    for version, found in own.items():
        names[version] = [_name_in(merged, column, version) for column in found]
        for name, column in zip(names[version], found, strict=True):
            merged[name] = _joined(merged.get(name), replace(column, name=name), version)
    return merged, names


def _name_in(merged: Mapping[str, Column], column: Column, version: str) -> str:
    same = merged.get(column.name)
    if same is None or (same.type, same.main) == (column.type, column.main):
        return column.name
    return f"{column.name}_v{re.sub(r'[^0-9A-Za-z]', '_', version)}"


def _joined(known: Column | None, column: Column, version: str) -> Column:
    if known is None or known.facts is None:
        return column
    return replace(known, facts=replace(known.facts, versions=(*known.facts.versions, version)))


def _version(form: schema.Form, parts: tuple[Part, ...], table: Table, places: list[int]) -> Version:
    return Version(parts, tuple(places), tuple(_spots(parts, places, table)), _subject_fields(form))


def _spots(parts: Iterable[Part], places: list[int], table: Table) -> Iterator[Spot]:
    start = 0
    for part in parts:
        state = places[start + len(part.columns) - 1]
        item = part if isinstance(part, items.Item) else None
        for at, column in enumerate(part.columns):
            place = places[start + at]
            if column.main:
                yield Spot(place, state, table.columns[place], column.codes, item, at)
        start += len(part.columns)


def _subject_fields(form: schema.Form) -> tuple[str, ...]:
    by_role = {field.role: field.id for field in form.fields.values() if field.role}
    return tuple(by_role[role] for role in SUBJECT_ROLES) if set(SUBJECT_ROLES) <= set(by_role) else ()


def _about_record(record: model.Record, extra: Extra, about: About, held: int, cleaner: clean.Cleaner) -> Row:
    form_id, version = record.form or ("", "")
    arrived = extra.received_at.date() if extra.received_at else None
    return [
        record.id,
        None,
        form_id,
        version,
        cleaner.text(record.serial or "", "sheet_serial"),
        columns.STATUS_CODES[record.status],
        held,
        about.city_code,
        about.city,
        cleaner.text(extra.batch, "batch_name"),
        cleaner.text(extra.office, "office_name"),
        arrived,
        values.wareki(arrived) if arrived else None,
    ]
