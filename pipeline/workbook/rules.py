"""The 30 rules of machine readability for administrative data, as far as a file can show whether it keeps them.

Source: 行政データにおける機械可読性に関するルール (Digital Agency, 31 March 2026, PDL 1.0); ids are theirs, words are
ours. A rule about meaning is judged by what the file says of itself: where a sheet 項目定義 gives a column's type and
codes these count, elsewhere the column's own values decide.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.workbook import survey
from pipeline.workbook.survey import ColumnFacts, SheetFacts


@dataclass(frozen=True)
class Violation:
    """One breach."""

    rule: str  # L1-01 … L3-09
    sheet: str  # "" where the whole file is meant
    place: str  # cell, row or column as far as known
    message: str  # Japanese


@dataclass(frozen=True)
class Declared:
    """What 項目定義 says of a column."""

    type: str
    unit: str
    codes: str
    personal: bool
    name: str


@dataclass(frozen=True)
class Case:
    """A file under examination."""

    survey: survey.Survey
    declared: dict[tuple[str, str], Declared]  # by sheet and heading
    codes: dict[str, set[str]]  # list → codes, folded

    def columns(self) -> Iterator[tuple[SheetFacts, ColumnFacts, Declared | None]]:
        """Every column with what is declared of it."""
        for sheet in self.survey.sheets:
            for column in sheet.columns:
                yield sheet, column, self.declared.get((_base(sheet.name), column.header))


Found = Iterator[tuple[SheetFacts | None, str, str]]  # sheet, place, message
Rule = Callable[[Case], Found]


def check(path: Path) -> list[Violation]:
    """Every breach of the 30 rules in an Excel or CSV file, in the order of the rules; empty is what we want.

    Raises:
        FileRefused: the file is not what its name says.
    """
    case = _case(survey.of(path))
    return [
        Violation(rule, sheet.name if sheet else "", place, f"{TITLES[rule]}: {message}")
        for rule, look in RULES.items()
        for sheet, place, message in look(case)
    ]


def _case(found: survey.Survey) -> Case:
    definitions = list(survey.rows_of(found.explaining("項目定義")))
    own = [str(row.get("表")) for row in definitions]
    if found.kind == "csv" and own and found.sheets:
        found.sheets[0].name = own[0]  # the definitions begin with the table they lie beside
    declared = {(str(row.get("表")), str(row.get("項目名"))): _declared(row) for row in definitions}
    codes: dict[str, set[str]] = {}
    for row in survey.rows_of(found.explaining("コード表")):
        code = row.get("コード_数値") if row.get("コード_数値") is not None else row.get("コード_文字")
        codes.setdefault(str(row.get("リスト名")), set()).add(_code(code))
    return Case(found, declared, codes)


def _declared(row: dict[str, survey.Scalar]) -> Declared:
    type_, unit, codes, name = (str(row.get(key) or "") for key in ("型", "単位", "コードの一覧", "物理名"))
    return Declared(type_, unit, codes, row.get("個人情報") == 1, name)


def _code(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else survey.folded(value)


def _base(name: str) -> str:
    """A sheet's name without the number of a further part."""
    return re.sub(r"_\d+$", "", name)


def _free_text(column: ColumnFacts, told: Declared | None) -> bool:
    """Whether people's own words stand in the column: what they look like is not the file's doing."""
    return told is not None and told.type == "文字" and not told.codes


def _by_sheet(oddity: str, message: str) -> Rule:
    """A rule that breaks where a sheet has an oddity."""

    def look(case: Case) -> Found:
        for sheet in case.survey.sheets:
            if oddity in sheet.odd:
                yield sheet, sheet.odd[oddity], message

    return look


def _by_cell(oddity: str, message: str, everywhere: bool = True) -> Rule:
    """A rule that breaks where a column has an oddity; not in free text unless `everywhere`."""

    def look(case: Case) -> Found:
        for sheet, column, told in case.columns():
            if oddity in column.odd and (everywhere or not _free_text(column, told)):
                yield sheet, column.odd[oddity], message

    return look


def _format(case: Case) -> Found:
    if case.survey.kind == "other":
        yield None, "", "ExcelでもCSVでもありません"


def _headings(case: Case) -> Found:
    for sheet, column, _ in case.columns():
        if not re.search(r"[^\W\d_]", column.header) or re.fullmatch(r"(列|Column|Unnamed:?)\s*\d+", column.header):
            yield sheet, f"{column.letter}1", f"見出し「{column.header}」から内容が分かりません"


def _spaced(case: Case) -> Found:
    for sheet, column, _ in case.columns():
        if {"padding", "newline"} & set(column.odd):
            yield sheet, column.odd.get("padding", column.odd.get("newline", "")), "余分な空白や改行があります"


def _formulas(case: Case) -> Found:
    yield from _by_sheet("formula", "数式があります")(case)
    if case.survey.kind == "csv":
        yield from _by_cell("formula", "開くと数式になる値があります")(case)


def _dependent(case: Case) -> Found:
    for sheet, column, told in case.columns():
        if "dependent" in column.odd and not (told and told.personal):
            yield sheet, column.odd["dependent"], "機種依存文字があります"


def _blank_and_zero(case: Case) -> Found:
    explained = case.survey.explaining("項目定義") or case.survey.explaining("メタデータ")
    for sheet, column, _ in case.columns():
        if column.zeros and column.blanks and not explained:
            yield sheet, column.letter, "空白と0があり、空白の意味が書かれていません"


def _looks(case: Case) -> Found:
    for sheet, column, _ in case.columns():
        if len(column.looks) > 1:
            yield sheet, column.letter, "色や文字の書式がセルによって違います"


def _outside_csv(rule: Rule) -> Rule:
    return lambda case: iter(()) if case.survey.kind == "csv" else rule(case)


def _only_csv(rule: Rule) -> Rule:
    return lambda case: rule(case) if case.survey.kind == "csv" else iter(())


def _numeric(case: Case) -> Found:
    for sheet, column, told in case.columns():
        number = told.type in {"整数", "数値"} if told else column.numbers > column.texts
        if number and column.texts:
            yield sheet, _first_text(column), "数値の列に文字があります"
        elif told is None and "decorated" in column.odd:
            yield sheet, column.odd["decorated"], "数に単位や区切りが付いています"
        elif told and told.type == "文字" and column.numbers and case.survey.kind == "xlsx":
            yield sheet, column.letter, "文字の列に数値があります"


def _first_text(column: ColumnFacts) -> str:
    return next((at for value, at in column.values.items() if isinstance(value, str)), column.letter)


def _omitted(case: Case) -> Found:
    for sheet in case.survey.sheets:
        if sheet.columns and sheet.rows and sheet.columns[0].blanks:
            yield sheet, "A", "1列目に空のセルがあります"


def _unique(case: Case) -> Found:
    for sheet in case.survey.sheets:
        counted = Counter(survey.folded(column.header) for column in sheet.columns)
        for column in sheet.columns:
            if counted[survey.folded(column.header)] > 1:
                yield sheet, f"{column.letter}1", f"見出し「{column.header}」が重なっています"


def _standardised(case: Case) -> Found:
    for sheet, column, told in case.columns():
        if told and told.codes:
            wrong = [at for value, at in column.values.items() if _code(value) not in case.codes.get(told.codes, set())]
            if wrong:
                yield sheet, wrong[0], "コード表にない値があります"
        elif told is None and _few(sheet, column):
            folds = Counter(survey.folded(value) for value in column.values)
            if max(folds.values(), default=0) > 1:
                yield sheet, column.letter, "同じ選択肢の書き方がそろっていません"


def _few(sheet: SheetFacts, column: ColumnFacts) -> bool:
    """Whether the column looks like a choice: few values, many times."""
    return 1 < len(column.values) <= 30 and sheet.rows >= 5 * len(column.values)


def _header_first(case: Case) -> Found:
    for sheet in case.survey.sheets:
        head = sheet.head
        titled = len([one for one in head if one is not None]) == 1 and "beyond" in sheet.odd
        if "blank-row" in sheet.odd or titled or not head or any(not isinstance(one, str) for one in head):
            yield sheet, "1行", "1行目が見出しになっていません"


def _code_table(case: Case) -> Found:
    for sheet, column, told in case.columns():
        if told and told.codes and told.codes not in case.codes:
            yield sheet, column.letter, f"コードの一覧 {told.codes} がコード表にありません"
        if told is None and not case.codes and _few(sheet, column) and column.numbers and not column.texts:
            yield sheet, column.letter, "コードに見える列がありますが、コード表がありません"


def _symbols(case: Case) -> Found:
    for sheet, column, told in case.columns():
        if "symbol" in column.odd and column.numbers > column.texts and told is None:
            yield sheet, column.odd["symbol"], "数値の列に、定義のない記号があります"


def _units(case: Case) -> Found:
    for sheet, column, told in case.columns():
        if told is not None:
            missing = told.type in {"整数", "数値"} and not told.unit and not told.codes
        else:
            missing = column.numbers > column.texts and not re.search(r"[（(].+[）)]", column.header)
        if missing:
            yield sheet, column.letter, f"「{column.header}」の単位がありません"


_WAREKI = re.compile(r"(明治|大正|昭和|平成|令和)\s*(元|\d{1,2})年.*|[MTSHR]\d{1,2}[./年]\d.*")


def _times(case: Case) -> Found:
    for sheet in case.survey.sheets:
        before: ColumnFacts | None = None
        for column in sheet.columns:
            told = case.declared.get((_base(sheet.name), column.header))
            if told and told.type == "日付" and column.texts:
                yield sheet, _first_text(column), "日付の列に日付でない値があります"
            beside = before is not None and (before.dates > 0 or not column.texts)
            if not beside and _mostly_wareki(column):
                yield sheet, column.letter, "和暦だけで、西暦がありません"
            before = column


def _mostly_wareki(column: ColumnFacts) -> bool:
    matching = sum(bool(_WAREKI.fullmatch(str(value))) for value in column.values)
    return matching > len(column.values) / 2


def _areas(case: Case) -> Found:
    for sheet in case.survey.sheets:
        heads = [column.header for column in sheet.columns]
        told = [case.declared.get((_base(sheet.name), head)) for head in heads]
        area = [
            h
            for h, t in zip(heads, told, strict=True)
            if re.search("市区町村|都道府県|地区|地域", h) and not (t and t.unit)
        ]
        coded = [column for column in sheet.columns if re.search("(市区町村|地域|団体)コード", column.header)]
        if area and not any(_area_codes(column) for column in coded):
            yield sheet, area[0], "地域コードの列がありません"


def _area_codes(column: ColumnFacts) -> bool:
    return all(re.fullmatch(r"\d{5,6}", str(value)) for value in column.values)


def _history(case: Case) -> Found:
    metadata = survey.rows_of(case.survey.explaining("メタデータ"))
    if not any("更新履歴" in map(str, row.values()) for row in metadata):
        yield None, "", "更新履歴と版が書かれていないため、前年との違いを確かめられません"


def _definitions(case: Case) -> Found:
    for name in ("項目定義", "メタデータ"):
        if case.survey.explaining(name) is None:
            yield None, "", f"{name}がありません"
    seen: Counter[tuple[str, str]] = Counter((sheet, told.name) for (sheet, _), told in case.declared.items())
    for (sheet, name), times in seen.items():
        if times > 1 or not re.fullmatch(r"[\w.-]+", name, re.ASCII):
            yield None, sheet, f"物理名「{name}」が英数字でないか、重なっています"
    for facts, column, told in case.columns():
        if case.declared and told is None:
            yield facts, f"{column.letter}1", f"「{column.header}」の定義がありません"


def _long(case: Case) -> Found:
    for sheet in case.survey.sheets:
        stems = Counter(
            re.sub(r"\d+", "#", survey.folded(column.header))
            for column in sheet.columns
            if re.search(r"\d+\s*(年|月|年度|四半期)", column.header)
        )
        if any(times >= 3 for times in stems.values()):
            yield sheet, "1行", "年や月が列に並んでいます"


RULES: dict[str, Rule] = {
    "L1-01": _format,
    "L1-02": _by_sheet("second-head", "空白行の下に別の表があります"),
    "L1-03": _by_sheet("gap", "表が空白行で分かれています"),
    "L1-04": _by_sheet("beyond", "見出しのない列に値があります"),
    "L1-05": _headings,
    "L1-06": _spaced,
    "L1-07": _by_cell("several", "1つのセルに複数の値があります", everywhere=False),
    "L1-08": _dependent,
    "L1-09": _blank_and_zero,
    "L1-10": _by_sheet("objects", "図形や画像があります"),
    "L1-11": _outside_csv(_looks),
    "L1-12": _by_sheet("merged", "結合したセルがあります"),
    "L1-13": _by_sheet("hidden", "隠れた行・列・シートがあります"),
    "L1-14": _only_csv(_by_cell("newline", "値の中に改行があります")),
    "L1-15": _only_csv(_by_sheet("ragged", "列の数が見出しと違います")),
    "L2-01": _numeric,
    "L2-02": _omitted,
    "L2-03": _unique,
    "L2-04": _standardised,
    "L2-05": _by_cell("other", "選択肢と「その他」の内容が同じ列にあります", everywhere=False),
    "L2-06": _formulas,
    "L3-01": _header_first,
    "L3-02": _code_table,
    "L3-03": _symbols,
    "L3-04": _units,
    "L3-05": _times,
    "L3-06": _areas,
    "L3-07": _history,
    "L3-08": _definitions,
    "L3-09": _long,
}

TITLES = {
    "L1-01": "機械が読める形式",
    "L1-02": "1シートに1つの表",
    "L1-03": "データの分断",
    "L1-04": "データと無関係な情報",
    "L1-05": "意味の分かる項目名",
    "L1-06": "体裁のための空白や改行",
    "L1-07": "1セルに1データ",
    "L1-08": "機種依存文字",
    "L1-09": "空白とゼロの区別",
    "L1-10": "オブジェクト",
    "L1-11": "書式による区別",
    "L1-12": "セルの結合",
    "L1-13": "非表示の行や列",
    "L1-14": "1行に1データ",
    "L1-15": "カンマを含む値の囲み",
    "L2-01": "数値は数値属性",
    "L2-02": "項目の省略",
    "L2-03": "一意な項目名",
    "L2-04": "選択肢の標準化",
    "L2-05": "「その他」の分離",
    "L2-06": "数式",
    "L3-01": "項目名の行から始まる",
    "L3-02": "コード表",
    "L3-03": "特殊記号の定義",
    "L3-04": "単位",
    "L3-05": "時間軸の表記",
    "L3-06": "地域コード",
    "L3-07": "年による違い",
    "L3-08": "定義と更新履歴",
    "L3-09": "縦持ち",
}
