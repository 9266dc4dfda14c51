"""項目定義, コード表, メタデータ and 変更一覧: what the other sheets mean, from the form files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from openpyxl.utils import get_column_letter

from pipeline.forms import schema
from pipeline.workbook import clean, columns, derived
from pipeline.workbook.columns import Codes, Column, Facts, Row, Table
from pipeline.workbook.sheet import Sheet

TYPES = {"text": "文字", "whole": "整数", "number": "数値", "date": "日付", "moment": "日時"}

DEFINITIONS = Table(
    "項目定義",
    (
        Column("sheet", "表", "text", "シートの名前"),
        Column("place", "列番号", "whole", "表の中の順番（1から）。検査は空", unit="番"),
        Column("name", "物理名", "text", "英数字の名前。Parquetの列名"),
        Column("header", "項目名", "text", "見出し"),
        Column("type", "型", "text", "文字・整数・数値・日付・日時・検査"),
        Column("unit", "単位", "text", "数値の単位。無ければ空"),
        Column("codes", "コードの一覧", "text", "コード表のリスト名。コードでない列は空"),
        Column("about", "定義", "text", "意味と算出方法"),
        Column("field", "様式の項目ID", "text", "様式ファイルの項目。様式の項目でない列は空"),
        Column("label", "様式の項目名", "text", "様式ファイルでの名前"),
        Column("kind", "記入の種類", "text", "様式ファイルの種類。derivedは派生値"),
        Column("role", "役割", "text", "様式ファイルの役割"),
        Column("required", "必須", "whole", "記入が必須か", columns.YES_NO),
        Column("personal", "個人情報", "whole", "個人を識別する項目か", columns.YES_NO),
        Column("condition", "記入の条件", "text", "この条件のときだけ記入する"),
        Column("versions", "様式の版", "text", "この列がある版。複数なら新しい順に空白区切り"),
    ),
)

CODES = Table(
    "コード表",
    (
        Column("list", "リスト名", "text", "コードの一覧の名前。項目定義と同じ"),
        Column("form_id", "様式ID", "text", "様式の一覧の場合。共通の一覧は空"),
        Column("form_version", "様式の版", "text", "様式の一覧の場合。共通の一覧は空"),
        Column("code_number", "コード_数値", "whole", "コードが数のとき", unit="なし"),
        Column("code_text", "コード_文字", "text", "コードが文字のとき"),
        Column("meaning", "意味", "text", "コードの意味"),
    ),
)

METADATA = Table(
    "メタデータ",
    (
        Column("key", "キー", "text", "英数字の名前"),
        Column("label", "名前", "text", "名前"),
        Column("value_number", "値_数値", "number", "値が数のとき", unit="件または番"),
        Column("value_text", "値_文字", "text", "値が文字のとき。日付はYYYY-MM-DD"),
    ),
)

CHANGES = Table(
    "変更一覧",
    (
        Column("record_id", "記録ID", "text", "変更した値の記録"),
        Column("form_id", "様式ID", "text", "変更した値の様式"),
        Column("item", "項目", "text", "変更した値の物理名"),
        Column("reason", "変更の種類", "text", "除去・置換・空白・合成・切詰・型不一致。docs/analysts.mdを参照"),
        Column("code_point", "符号位置", "text", "変更した文字のUnicode符号位置"),
        Column("became", "変更後", "text", "置き換えた文字。取り除いたものは空"),
        Column("times", "回数", "whole", "その値の中で変更した数", unit="文字"),
    ),
)


def definitions(tables: Iterable[Table], sheets: Iterable[Sheet]) -> Iterator[Row]:
    """One row per column of every table, then one per check of every form."""
    conditions = {sheet.table.name: _conditions(sheet) for sheet in sheets}
    for table in tables:
        for place, column in enumerate(table.columns, 1):
            yield _definition(table, place, column, conditions.get(table.name, {}))
    for sheet in sheets:
        yield from _checks(sheet)


def _conditions(sheet: Sheet) -> dict[str, str]:
    """The newest version's conditions, by field."""
    fields = (field for form in reversed(sheet.forms) for field in form.fields.values())
    return {field.id: derived.condition_words(field.only_if) for field in fields if field.only_if}


def _definition(table: Table, place: int, column: Column, conditions: Mapping[str, str]) -> Row:
    row: Row = [table.name, place, column.name, column.header, TYPES[column.type], column.unit]
    return [*row, column.codes.name if column.codes else None, _tidy(column.about), *_facts(column.facts, conditions)]


def _facts(facts: Facts | None, conditions: Mapping[str, str]) -> Row:
    if facts is None:
        return [None] * 8
    about: Row = [facts.field, _tidy(facts.label), facts.kind, facts.role, int(facts.required), int(facts.personal)]
    return [*about, conditions.get(facts.field), " ".join(facts.versions)]


def _checks(sheet: Sheet) -> Iterator[Row]:
    for form in sheet.forms:
        for check in form.checks:
            start: Row = [sheet.table.name, None, check.id, _tidy(check.message), "検査", None, None]
            yield [*start, _tidy(_check_words(check)), *([None] * 7), form.version]


def _check_words(check: schema.Check) -> str:
    if check.equal is not None:
        return f"{'と'.join(check.equal)}は等しい"
    return f"{'、'.join(check.order or [])}はこの順で後ろほど大きい"


def _tidy(text: str) -> str:
    return clean.clean(text)


def code_lists(sheets: Iterable[Sheet]) -> list[Codes]:
    """Shared lists, then each form's; the versions of one list stand together."""
    own = [codes for sheet in sheets for codes in sheet.codes]
    by_name: dict[str, list[Codes]] = {}
    for codes in own:
        by_name.setdefault(codes.name, []).append(codes)
    return [*columns.SHARED, *(codes for found in by_name.values() for codes in found)]


def codes(lists: Iterable[Codes]) -> Iterator[Row]:
    """One row per code."""
    for found in lists:
        for code, meaning in found.entries:
            number, text = (code, None) if isinstance(code, int) else (None, code)
            yield [found.name, found.form, found.version, number, text, meaning]


def code_places(lists: Sequence[Codes]) -> dict[str, str]:
    """The cells of コード表 that hold the codes of each list, as Excel names them (the heading is row 1)."""
    letters = {column.name: get_column_letter(place) for place, column in enumerate(CODES.columns, 1)}
    found: dict[str, str] = {}
    row = 2
    for name, versions in groupby(lists, key=lambda codes: codes.name):
        entries = [entry for version in versions for entry in version.entries]
        if entries:
            letter = letters["code_number" if isinstance(entries[0][0], int) else "code_text"]
            found[name] = f"'{CODES.name}'!${letter}${row}:${letter}${row + len(entries) - 1}"
        row += len(entries)
    return found
