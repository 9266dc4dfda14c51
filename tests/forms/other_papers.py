"""Blank papers drawn in other styles than ours, as the scans that an office would have: `make bench-papers`.

Three offices, three hands: other fonts, thin and heavy rules, frames twice ruled, small tick boxes before or behind
their words, cells apart, bubbles, underlined blanks. Each is scanned askew and noisy at 200 dpi and proposed from
that picture alone; what was drawn is followed through the scan and compared within 0.5 mm (`propose_score`).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
from PIL import Image

from pipeline import geometry
from pipeline.forms import schema
from pipeline.forms.propose import sheet as paper
from pipeline.geometry import Box
from samples import files, fill, ink, levels, pages, scan
from tests.forms import propose_score, town_papers
from tests.forms.sketch import GOTHIC, KLEE, Sketch, Style

DPI = 200.0


# ── three offices


def clinic() -> Sketch:
    """A textbook face, heavy frames and hairlines inside; はい・いいえ in a table, small boxes, a score."""
    one = Sketch(210, 297, Style(KLEE, 0.12, 0.8))
    one.words(105, 18, "からだとくらしの問診票", 8, "mm")
    _head(one)
    top = 78.0
    one.box(Box(15, top, 180, 12 * 8), one.style.frame)
    questions = [
        "バスや電車で出かけますか",
        "買い物は自分でしますか",
        "お金の出し入れをしますか",
        "友人の家を訪ねますか",
    ]
    questions += [
        "相談にのることがありますか",
        "階段を手すりなしで昇りますか",
        "転んだことがありますか",
        "体重が減りましたか",
    ]
    for row, question in enumerate(questions):
        y = top + 12 * row
        if row:
            one.line(15, y, (195, y))
        one.words(26, y + 6, question)
        one.words(20, y + 6, str(row + 1), anchor="mm")
        one.circled([(145, y + 6, "はい"), (175, y + 6, "いいえ")], 3.8)
    for x in (24, 125):
        one.line(x, top, (x, top + 96))
    one.words(15, 184, "気になることすべてに✓を付けてください", 3.4)
    one.box(Box(15, 188, 180, 26), one.style.frame)
    one.ticks(
        [(20 + 43 * n, 195, w) for n, w in enumerate(("ねむり", "食事", "足腰", "もの忘れ"))]
        + [(20 + 43 * n, 207, w) for n, w in enumerate(("お金", "家族", "薬", "その他"))],
        3.4, multiple=True,
    )  # fmt: skip
    one.words(15, 226, "いまの健康状態（番号に○）", 3.6)
    one.circled([(90 + 18 * n, 226, str(n + 1)) for n in range(5)], 4.4)
    one.line(55, 246, (190, 246))
    one.words(15, 243, "連絡してほしい先", 3.6)
    one.note("text", box=[55, 236, 135, 10])
    return one


def _head(one: Sketch) -> None:
    """Name, birth and telephone in a table of hairlines in a heavy frame."""
    one.box(Box(15, 28, 180, 42), one.style.frame)
    for y in (42, 56):
        one.line(15, y, (195, y))
    one.line(50, 28, (50, 70))
    for y, label in ((35, "氏名"), (49, "生年月日"), (63, "電話番号")):
        one.words(20, y, label)
    one.note("text", box=[51, 29, 143, 12])
    for x, era in ((58, "大正"), (72, "昭和"), (86, "平成")):
        one.words(x, 49, era, 3.6, "mm")
    parts = {}
    for name, x, word in (("year", 96, "年"), ("month", 122, "月"), ("day", 148, "日")):
        parts[name] = one.cells(Box(x, 45, 14, 8), 2)
        one.words(x + 16, 49, word)
    eras = {era: [x - 4.5, 45.5, 9, 7] for x, era in ((58, "大正"), (72, "昭和"), (86, "平成"))}
    one.note("date", eras=list(eras), era_boxes=eras, **parts)
    one.note("digits", cells=one.cells(Box(56, 59, 77, 8), 11))


def hall() -> Sketch:
    """A gothic face and hairlines: underlined blanks, a date in gaps, boxes behind their words, a seal."""
    one = Sketch(210, 297, Style(GOTHIC, 0.15, 0.3))
    one.words(105, 22, "集会所使用申請書", 7, "mm")
    one.words(190, 36, "令和　　　年　　　月　　　日", 4.2, "rm")
    wide = one.width_of("令和　　　年　　　月　　　日", 4.2)
    left, gap = 190 - wide + 4.2 * 2, 4.2 * 3
    gaps = {n: [left + (gap + 4.2) * k + 0.8, 31.5, gap - 1.6, 9] for k, n in enumerate(("year", "month", "day"))}
    one.note("date", eras=["令和"], **gaps)
    for n, label in enumerate(("住所", "団体名", "代表者")):
        y = 56 + 14 * n
        one.words(85, y - 3, label, 4)
        one.line(105, y, (185, y))
        one.note("text", box=[105, y - 10, 80, 10])
    one.box(Box(20, 104, 170, 110))
    one.box(Box(20.9, 104.9, 168.2, 108.2))
    rows = (104.9, 122, 139, 156, 173, 213.1)
    for y in rows[1:-1]:
        one.line(20.9, y, (189.1, y))
    one.line(58, 104.9, (58, 213.1))
    for y, label in ((113, "使用する日"), (130, "人数"), (147, "部屋"), (164, "設備"), (193, "目的")):
        one.words(24, y, label, 4)
    parts = {}
    for name, x, word in (("year", 76, "年"), ("month", 106, "月"), ("day", 136, "日")):
        parts[name] = one.cells(Box(x, 109, 16, 9), 2)
        one.words(x + 18, 113.5, word, 4)
    one.words(62, 113.5, "令和", 4)
    one.note("date", eras=["令和"], **parts)
    one.words(95, 130.5, "人", 4)
    one.note("digits", cells=one.cells(Box(66, 126, 27, 9), 3))
    rooms = [(92, "大会議室"), (128, "和室"), (170, "調理室")]
    one.ticks([(x, 147.5, word) for x, word in rooms], 4.2, before=True)
    tools = [(66, "机"), (92, "いす"), (122, "マイク"), (156, "その他")]
    one.ticks([(x, 164.5, word) for x, word in tools], 4.2)
    one.note("text", box=[59, 174, 129, 38])
    one.words(20, 228, "減免の申請", 4)
    one.circled([(70, 228, "有"), (90, 228, "無")], 4.4)
    one.words(130, 250, "受付印", 3.4)
    one.ring(Box(150, 238, 20, 20))
    one.note("presence", box=[150, 238, 20, 20])
    return one


def survey() -> Sketch:
    """A heavy face and heavy rules on A5 across: bubbles, a scale of ten, cells apart with hyphens."""
    one = Sketch(210, 148, Style(GOTHIC, 0.45, 0.9, heavy=1))
    one.words(12, 12, "市民アンケート", 6.5)
    one.words(130, 12, "番号", 4)
    one.words(169, 11.5, "-", 5, "mm")
    for x in (145, 172):
        one.note("digits", cells=one.cells(Box(x, 7, 21, 9), 3))
    heads = ("とても良い", "良い", "普通", "悪い")
    for n, word in enumerate(heads):
        one.words(112 + 24 * n, 24, word, 3, "mm")
    for row, question in enumerate(("公園の使いやすさ", "道路の明るさ", "バスの便利さ", "役所の案内")):
        y = 33 + 11 * row
        one.words(14, y, question, 4)
        one.bubbles([(112 + 24 * n, y, word) for n, word in enumerate(heads)], 4.6)
        one.line(12, y + 5.5, (200, y + 5.5), 0.15)
    one.words(14, 84, "住みやすさ", 4)
    one.circled([(60 + 14 * n, 84, str(n)) for n in range(11)], 4.2)
    one.words(14, 98, "性別", 4)
    one.ticks([(50, 98, "男性"), (80, 98, "女性"), (110, 98, "答えない")], 4)
    one.words(14, 110, "年代", 4)
    one.ticks([(50 + 24 * n, 110, w) for n, w in enumerate(("20代", "30代", "40代", "50代", "60代以上"))], 4)
    one.box(Box(12, 120, 188, 22), one.style.frame)
    one.words(15, 125, "ご意見", 3.6)
    one.note("text", box=[13, 128, 186, 13])
    return one


PAPERS: dict[str, Callable[[], Sketch]] = {
    "clinic": clinic, "hall": hall, "survey": survey,
    "numbered": town_papers.numbered, "table": town_papers.table, "application": town_papers.application,
}  # fmt: skip


# ── through a scanner, and compared


def scanned(sketch: Sketch, out: Path, seed: int) -> dict[Box, geometry.Points]:
    """Scan the blank askew and noisy at 200 dpi into a JPEG; where the corners of every drawn box lie, in px."""
    bounds, rng = levels.load().levels["office"], np.random.default_rng([97, seed])
    drawn = scan.conditions(bounds, "test", rng)
    how = replace(
        drawn, dpi=(DPI, DPI), mode="grey", turn=0, streak=False, quality=75, noise=3.0,
        skew_deg=float(rng.choice([-1, 1]) * rng.uniform(0.6, 1.6)), show_through=0.0,
    )  # fmt: skip
    canvas = ink.Canvas(sketch.image.copy(), geometry.BLANK_PX_PER_MM)
    side = sketch.side()
    form = schema.Form.model_validate({"schema": 1, "id": "x", "version": "1", "title": "x", "sides": [side]})
    page = pages.single(pages.Filled(form, side, None, canvas, _empty(side), 0), how, bounds, rng)
    out.write_bytes(files.with_dpi(files.jpeg(page), page.dpi))
    laid = page.sheets[0]["fields"]
    return {box: np.array(laid[one.id]["parts"][part]) for one in side.fields for part, box in one.boxes().items()}


def _empty(side: schema.Side) -> dict[str, fill.Truth]:
    """Nothing is filled in."""
    return {
        one.id: fill.Truth(one.kind, None, "empty", None, "", None, (), (), (), (), "", 0, one.boxes())
        for one in side.fields
    }


def followed(
    sketch: Sketch, laid: dict[Box, geometry.Points], sheet: paper.Sheet, size: tuple[int, int]
) -> schema.Side:
    """The drawn side as it lies on the upright sheet: `size` is that of the scan, px across and down."""
    grow = np.array([sheet.image.shape[1] / size[0], sheet.image.shape[0] / size[1]])
    high, wide = sheet.image.shape
    turn = cv2.getRotationMatrix2D(((wide - 1) / 2, (high - 1) / 2), sheet.skew, 1.0)

    def moved(box: Box) -> Box:
        px = (laid[box] + 0.5) * grow - 0.5
        mm = (np.c_[px, np.ones(4)] @ turn.T + 0.5) / geometry.BLANK_PX_PER_MM
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = mm.tolist()
        left, top, right, low = (x0 + x3) / 2, (y0 + y1) / 2, (x1 + x2) / 2, (y2 + y3) / 2
        return Box(left, top, right - left, low - top)

    return sketch.side(moved)


def scores(names: Sequence[str], folder: Path, seed: int = 0) -> Iterator[propose_score.Score]:
    """Propose each paper from its scan, and compare with what was drawn."""
    for name in names:
        sketch, path = PAPERS[name](), folder / f"{name}.jpg"
        laid = scanned(sketch, path, seed)
        (sheet,) = paper.pages(path)
        with Image.open(path) as opened:
            truth = followed(sketch, laid, sheet, opened.size)
        yield propose_score.score(name, truth, propose_score.proposed(sheet))


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--only", default="", help="papers whose name holds this")
    options.add_argument("--seeds", type=int, default=1, help="scans of each paper")
    options.add_argument("--edits", action="store_true", help="name every edit")
    chosen = options.parse_args()
    names = [name for name in PAPERS if chosen.only in name]
    with TemporaryDirectory() as folder:
        every = [one for seed in range(chosen.seeds) for one in scores(names, Path(folder), seed)]
    propose_score.table(every, chosen.edits)


if __name__ == "__main__":
    main()
