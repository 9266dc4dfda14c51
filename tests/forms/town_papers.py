"""More blank papers of other offices, drawn after the first three had been looked at: see `other_papers`.

What town halls print and those three do not: options that begin with a figure to circle, a table whose empty cells
are ticked under their heads, pairs with a dot between, cells divided by dashes, brackets to tick, rounded frames and
white letters on black, boxes typed as letters, furigana over a dotted rule, a telephone number in brackets.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.geometry import Box
from tests.forms.sketch import GOTHIC, KLEE, Sketch, Style

EVERY = ("ほぼ毎日", "週に数回", "月に数回", "ほとんどない")


def numbered() -> Sketch:
    """A survey whose options are figures with words behind them, in a line and one under another."""
    one = Sketch(210, 297, Style(GOTHIC, 0.15, 0.4))
    one.words(105, 20, "地域のつながりに関するアンケート", 6.5, "mm")
    one.words(20, 32, "あてはまる番号に○を付けてください。", 3.6)
    asked = ("近所の人と話をしますか。", "買い物に出かけますか。", "体を動かしていますか。")
    for n, question in enumerate(asked):
        y = 46 + 20 * n
        one.words(20, y, f"問{n + 1}　{question}", 4)
        _choices(one, [(28 + 42 * k, y + 8, word) for k, word in enumerate(EVERY)])
    one.words(20, 110, "問4　だれと暮らしていますか。", 4)
    people = ("ひとり暮らし", "夫婦のみ", "子と同居", "その他")
    _choices(one, [(28, 119 + 8 * k, word) for k, word in enumerate(people)])
    one.words(20, 158, "問5　利用したいものすべてに○を付けてください。", 4)
    wishes = ("配食サービス", "見守り訪問", "買い物の送迎", "体操教室", "サロン", "相談窓口")
    places = [(28 + 56 * (k % 3), 167 + 9 * (k // 3), word) for k, word in enumerate(wishes)]
    _choices(one, places, multiple=True)
    one.words(20, 192, "問6　年齢", 4)
    one.note("digits", cells=one.cells(Box(50, 187, 24, 9), 3))
    one.words(77, 192, "歳", 4)
    one.words(100, 192, "性別", 4)
    one.circled([(125, 192, "男"), (145, 192, "女")], 4.4)
    one.words(135, 192, "・", 4.4, "mm")
    one.words(20, 210, "問7　ご意見をお書きください。", 4)
    one.box(Box(20, 216, 170, 60), one.style.frame)
    one.note("text", box=[21, 217, 168, 58])
    return one


def _choices(one: Sketch, places: Sequence[tuple[float, float, str]], **keys: bool) -> None:
    """Options that begin with their figure: that is what people circle."""
    found = []
    for n, (x, y, word) in enumerate(places, 1):
        one.words(x, y, str(n), 4.2, "mm")
        one.words(x + 1.6, y, f"．{word}", 4)
        found.append({"value": word, "label": word, "box": [x - 4, y - 4, 8, 8]})
    one.note("choice", mark="circle", options=found, **keys)


def table() -> Sketch:
    """A table to tick in its empty cells, pairs with a dot between, figures with dashes between their cells."""
    one = Sketch(210, 297, Style(KLEE, 0.2, 0.5))
    one.words(105, 18, "生活機能チェック表", 7, "mm")
    one.words(15, 34, "郵便番号", 4)
    one.note("digits", cells=_dashed(one, Box(45, 29, 24, 10), 3))
    one.words(73, 34, "-", 5, "mm")
    one.note("digits", cells=_dashed(one, Box(77, 29, 32, 10), 4))
    one.words(15, 48, "要介護認定", 4)
    one.circled([(60, 48, "有"), (80, 48, "無")], 4.4)
    one.words(70, 48, "・", 4.4, "mm")
    one.words(110, 48, "障害者手帳", 4)
    one.circled([(150, 48, "有"), (170, 48, "無")], 4.4)
    one.words(160, 48, "・", 4.4, "mm")
    _to_tick(one)
    one.words(15, 156, "相談したいこと（該当する番号を記入）", 4)
    one.box(Box(110, 150, 60, 12))
    one.note("text", box=[111, 151, 58, 10])
    one.words(15, 178, "記入日　令和", 4)
    parts = {}
    for name, x, word in (("year", 45, "年"), ("month", 75, "月"), ("day", 105, "日")):
        parts[name] = _dashed(one, Box(x, 173, 16, 10), 2)
        one.words(x + 18, 178, word, 4)
    one.note("date", eras=["令和"], **parts)
    return one


def _to_tick(one: Sketch) -> None:
    """Six rows under three heads, to be ticked in their empty cells."""
    one.words(15, 60, "あてはまる欄に○を付けてください。", 3.6)
    rows = ("階段を昇れる", "杖を使わない", "外出が減った", "物忘れがある", "食欲がある", "よく眠れる")
    left, top, wide, high = 15.0, 66.0, (70.0, 36.0, 38.0, 36.0), 11.0
    edges = [left + sum(wide[:n]) for n in range(5)]
    one.box(Box(left, top, sum(wide), high * 7), one.style.frame)
    for x in edges[1:-1]:
        one.line(x, top, (x, top + 7 * high))
    heads = ("はい", "どちらでもない", "いいえ")
    for n, word in enumerate(heads):
        one.words((edges[n + 1] + edges[n + 2]) / 2, top + high / 2, word, 3.8, "mm")
    for row, word in enumerate(rows, 1):
        y = top + high * row
        one.line(left, y, (edges[-1], y))
        one.words(left + 4, y + high / 2, word, 4)
        boxes = [
            {"value": heads[n], "label": heads[n], "box": [edges[n + 1], y, wide[n + 1], high]}
            for n in range(len(heads))
        ]
        one.note("choice", mark="check", options=boxes)


def _dashed(one: Sketch, box: Box, count: int) -> list[list[float]]:
    """A frame for figures whose cells are divided by dashes."""
    one.box(box)
    wide = box.w / count
    for n in range(1, count):
        for k in range(int(box.h / 2)):
            one.line(box.x + n * wide, box.y + 2 * k + 0.5, (box.x + n * wide, box.y + 2 * k + 1.5), 0.15)
    return [[box.x + n * wide, box.y, wide, box.h] for n in range(count)]


def application() -> Sketch:
    """Rounded frames, white heads on black, furigana over a dotted rule, brackets to tick, boxes typed as letters."""
    one = Sketch(210, 297, Style(GOTHIC, 0.2, 0.4))
    one.words(105, 18, "見守りサービス利用申込書", 7, "mm")
    one.black_head(Box(15, 28, 180, 8), "申込者")
    one.box(Box(15, 36, 180, 54), one.style.frame)
    for y in (54, 72):
        one.line(15, y, (195, y))
    for x, low in ((45, 90), (130, 54)):
        one.line(x, 36, (x, low))
    _applicant(one)
    one.words(20, 81, "電話番号", 4)
    one.words(75, 81, "（", 5, "mm")
    one.words(105, 81, "）", 5, "mm")
    one.words(140, 81, "－", 5, "mm")
    one.note("text", box=[46, 73, 148, 16])
    one.black_head(Box(15, 100, 180, 8), "利用したいサービス")
    one.rounded(Box(15, 112, 180, 30), 4)
    tools = [(22 + 58 * (n % 3), 120 + 13 * (n // 3), word) for n, word in enumerate(
        ("緊急通報", "配食", "訪問", "電話", "センサー", "その他"))]  # fmt: skip
    one.typed(tools, multiple=True)
    one.black_head(Box(15, 152, 180, 8), "同居の家族")
    brackets = [(22 + 44 * n, 170, word) for n, word in enumerate(("いない", "配偶者", "子", "その他"))]
    one.bracketed(brackets)
    one.words(15, 190, "私は上のとおり申し込みます。", 4)
    one.words(110, 204, "申込者署名", 4)
    one.line(140, 207, (190, 207))
    one.note("text", box=[140, 197, 50, 10])
    return one


def _applicant(one: Sketch) -> None:
    """Name under its furigana, sex, and a date of birth with eras and gaps."""
    one.words(20, 40, "フリガナ", 3)
    one.words(20, 48, "氏名", 4)
    one.dotted(45, 43.5, 130)
    one.note("text", box=[46, 36.5, 83, 6.5])
    one.note("text", box=[46, 44, 83, 9.5])
    one.words(134, 45, "性別", 4)
    one.circled([(160, 45, "男"), (180, 45, "女")], 4.4)
    one.words(170, 45, "・", 4.4, "mm")
    one.words(20, 63, "生年月日", 4)
    eras = {}
    for x, era in ((52, "大正"), (66, "昭和"), (80, "平成")):
        one.words(x, 63, era, 3.8, "mm")
        eras[era] = [x - 4.5, 59.5, 9, 7]
    for x in (59, 73):
        one.words(x, 63, "・", 3.8, "mm")
    gaps = {}
    for name, x, word in (("year", 88, "年"), ("month", 113, "月"), ("day", 138, "日")):
        one.words(x + 20, 63, word, 4)
        gaps[name] = [x + 1, 58.5, 18, 9]
    one.note("date", eras=list(eras), era_boxes=eras, **gaps)
