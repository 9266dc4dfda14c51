"""The lines of メタデータ: when, by whom, over what, how, with which versions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pipeline.workbook import clean
from pipeline.workbook.columns import Cell, Row
from pipeline.workbook.order import Job
from pipeline.workbook.sheet import Sheet

RULES = "行政データにおける機械可読性に関するルール（2026年3月31日決定、デジタル庁）"


@dataclass
class Counts:
    """What was counted on the way through the records."""

    records: dict[str, int] = field(default_factory=dict)  # by sheet
    open_records: int = 0
    open_fields: int = 0
    left_out: dict[str, int] = field(default_factory=dict)  # by Japanese reason
    changed: int = 0
    kept: int = 0
    readers: set[tuple[str, str]] = field(default_factory=set)  # reader, version of the line


def rows(job: Job, sheets: Iterable[Sheet], counts: Counts) -> Iterator[Row]:
    """All lines: key, name, number, text."""
    for key, label, value in _lines(job, list(sheets), counts):
        number, text = (value, None) if isinstance(value, (int, float)) else (None, value)
        yield [key, label, number, clean.clean(text) if isinstance(text, str) else None]


Line = tuple[str, str, Cell]


def _lines(job: Job, sheets: list[Sheet], counts: Counts) -> Iterator[Line]:
    yield from _when(job)
    yield from _open(job, counts)
    yield from _how(job)
    for sheet in sheets:
        for form in sheet.forms:
            kind = "架空の様式" if form.fictional else "実在の様式"
            yield f"form.{form.id}", f"様式 {form.title}", f"版 {form.version}、{kind}、シート {sheet.table.name}"
    for name, n in counts.records.items():
        yield "records_of_sheet", f"{name}の記録の数", n
    for reason, n in counts.left_out.items():
        yield "left_out", f"出力しなかった記録: {reason}", n
    for reader, threshold in sorted(counts.readers):
        yield "reader", f"読み取り器 {reader}", f"判定線の版 {threshold}"
    yield "changed_values", "変更一覧の行数", counts.changed
    yield "kept_characters", "機種依存文字を残した名前の数", counts.kept


def _when(job: Job) -> Iterator[Line]:
    about = job.about
    yield "title", "表題", "読取 データファイル（紙の様式から読み取った回答）"
    yield "city_code", "標準地域コード", about.city_code
    yield "city_name", "市区町村名", about.city
    yield "as_of", "基準日", about.as_of.isoformat()
    yield "since", "差分の起点", about.since.isoformat() if about.since else "なし（すべて）"
    yield "exported_at", "出力日時（日本時間）", f"{about.exported_at:%Y-%m-%d %H:%M:%S}"
    yield "exported_by", "出力者", about.exported_by
    yield "version", "プログラムの版", about.version
    yield "update", "更新履歴", f"{about.exported_at:%Y-%m-%d}に出力。出力のたびに全体を作り直す"
    for name, value in _both(about.filters, about.notes):
        yield "note", name, value


def _both(*found: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for mapping in found:
        yield from mapping.items()


def _open(job: Job, counts: Counts) -> Iterator[Line]:
    about = job.about
    yield "records", "この出力の記録の数", sum(counts.records.values())
    yield "open_records", "この出力のうち保留のある記録の数", counts.open_records
    yield "open_fields", "この出力のうち保留の回答の数", counts.open_fields
    in_store = (
        ("open_records_all", "全体で確認を待つ記録の数", about.open_records),
        ("open_fields_all", "全体で確認を待つ回答の数", about.open_fields),
        ("without_form", "全体で様式の分からない用紙の数", about.without_form),
    )
    yield from ((key, label, n) for key, label, n in in_store if n is not None)


def _how(job: Job) -> Iterator[Line]:
    identified = job.order.identified
    yield "personal", "個人を識別する項目", "含む" if identified else "含まない"
    if identified:
        yield "purpose", "利用目的", job.about.purpose or "記載なし"
    yield "subject", "対象者ID", "鍵付きハッシュ（HMAC-SHA256）" if job.order.key else "出力していない（鍵なし）"
    yield "counting", "数えた値", "自動で受け入れた値と人が確定した値だけ。ほかは空で状態6保留"
    yield "blank", "空白とゼロ", "空白は値がないこと。理由は状態の列にある。ゼロは数の0"
    yield "multiple", "複数回答の項目", "選択肢ごとの0と1の列。1つのセルに1つの値だけを置くため"
    yield "booleans", "有無と該当", "1はあり・該当、0はなし・非該当"
    yield "dates", "日付", "西暦の日付。隣の列に和暦。時刻は日本時間"
    yield "percent", "割合", "小数第1位までの値。合計は丸めにより100にならないことがある"
    yield "encoding", "文字コード", _encoding(job)
    yield (
        "cleaning",
        "文字の整え方",
        "制御文字の除去、機種依存文字の置換、余分な空白の除去、32767文字まで。変更一覧に記載",
    )
    yield "rules", "準拠するルール", RULES


def _encoding(job: Job) -> str:
    if job.out.suffix.lower() == ".csv":
        return "CP932（BOMなし）" if job.order.encoding == "cp932" else "UTF-8（BOMあり）"
    return "UTF-8"
