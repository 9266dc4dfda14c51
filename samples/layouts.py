"""Made-up printed questions, so that a classifier of marks learns marks and not our own forms."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline import geometry
from pipeline.crop import option_margin_mm
from samples import lettering
from samples.ink import Canvas, Picture, Tool
from samples.lettering import Hand
from samples.levels import Rng, between

SCALE = geometry.BLANK_PX_PER_MM
FONTS = ("biz-udpgothic", "zen-old-mincho", "zen-maru-gothic", "kiwi-maru")
WORDS = (
    "はい", "いいえ", "あり", "なし", "未申請", "男", "女", "有", "無", "希望する", "不明", "週一回以上", "月", "火", "土",
    "時々ある", "常にある", "釜石", "平田", "小佐野", "鵜住居", "良い", "普通", "悪い", "一人暮らし", "同居", "その他", "至急",
)  # fmt: skip
CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩"
HOW = {"box": 0.30, "oval": 0.10, "figure": 0.24, "word": 0.20, "bracket": 0.08, "circled": 0.08}


@dataclass(frozen=True, eq=False)
class Layout:
    """A printed row or column of options among its neighbours."""

    blank: Picture  # (h, w) grey, 300 dpi
    options: list[geometry.Box]  # mm
    others: list[list[geometry.Box]]  # mm, of the questions beside it
    how: str  # how an option is printed: a name of HOW
    asked: str  # circle, check or fill


@dataclass(frozen=True)
class _Plan:
    how: str
    size: tuple[float, float]  # of an option's box, mm
    pitch: tuple[float, float]  # across and down, mm
    count: int
    upright: bool
    font: str
    dark: int  # grey level of the print


def layout(rng: Rng) -> Layout:
    """A fresh layout of two to six options, with rows of neighbours where there is room."""
    plan = _plan(rng)
    edge = option_margin_mm(geometry.Box(0, 0, *plan.size)) + 3.0
    columns, rows = (1, plan.count) if plan.upright else (plan.count, int(rng.integers(1, 4)))
    w = 2 * edge + plan.size[0] + plan.pitch[0] * (columns - 1)
    h = 2 * edge + plan.size[1] + plan.pitch[1] * (rows - 1)
    canvas = Canvas(np.full((round(h * SCALE), round(w * SCALE)), 255, np.uint8), SCALE)
    places = [[_at(plan, edge, column, row) for column in range(columns)] for row in range(rows)]
    _rules(canvas, places, plan, rng)
    for row in places:
        _options(canvas, row, plan, rng)
    at = int(rng.integers(rows))
    mine = places[at] if not plan.upright else [row[0] for row in places]
    others = [row for n, row in enumerate(places) if n != at] if not plan.upright else []
    asked = str(rng.choice(["check", "fill"], p=[0.7, 0.3])) if plan.how in {"box", "oval"} else "circle"
    return Layout(canvas.image, mine, others, plan.how, asked)


def _plan(rng: Rng) -> _Plan:
    how = str(rng.choice(list(HOW), p=list(HOW.values())))
    if how in {"box", "oval"}:
        side = float(rng.uniform(2.8, 6.5))
        size = (side, side * float(rng.uniform(0.6, 1.0) if how == "oval" else rng.uniform(0.9, 1.1)))
    elif how == "word":
        size = (float(rng.uniform(9, 28)), float(rng.uniform(5.5, 10)))
    else:
        size = (float(rng.uniform(5.0, 11.0)), float(rng.uniform(5.0, 10.0)))
    upright = bool(rng.random() < 0.25)
    room = (float(rng.uniform(0.5, 10)), float(rng.uniform(0.5, 6)))
    dark = int(rng.choice([0, 30, 60, 110], p=[0.5, 0.25, 0.15, 0.1]))
    font = FONTS[int(rng.integers(len(FONTS)))]
    return _Plan(how, size, (size[0] + room[0], size[1] + room[1]), int(rng.integers(2, 7)), upright, font, dark)


def _at(plan: _Plan, edge: float, column: int, row: int) -> geometry.Box:
    return geometry.Box(edge + column * plan.pitch[0], edge + row * plan.pitch[1], *plan.size)


def _rules(canvas: Canvas, places: list[list[geometry.Box]], plan: _Plan, rng: Rng) -> None:
    """Lines of a table between options, tinted rows, or nothing."""
    style = int(rng.integers(4))
    width = between(rng, (0.1, 0.5))
    h, w = (n / SCALE for n in canvas.image.shape)
    if style == 1 and rng.random() < 0.4:
        canvas.image[...] = int(rng.integers(215, 250))
    for row in places if style in {1, 2} else []:
        for y in (row[0].y - (plan.pitch[1] - plan.size[1]) / 2, row[0].y + (plan.pitch[1] + plan.size[1]) / 2):
            _line(canvas.image, ((0.0, y), (w, y)), width, plan.dark)
    for box in places[0] if style == 2 else []:
        x = box.x - (plan.pitch[0] - plan.size[0]) / 2
        _line(canvas.image, ((x, 0.0), (x, h)), width, plan.dark)


def _line(image: Picture, ends: tuple[tuple[float, float], tuple[float, float]], width: float, dark: int) -> None:
    a, b = ((round(x * SCALE * 16), round(y * SCALE * 16)) for x, y in ends)
    cv2.line(image, a, b, (dark,), max(round(width * SCALE), 1), cv2.LINE_AA, 4)


def _options(canvas: Canvas, row: list[geometry.Box], plan: _Plan, rng: Rng) -> None:
    line = max(round(between(rng, (0.1, 0.45)) * SCALE), 1)
    first = int(rng.integers(0, 3))
    for n, box in enumerate(row):
        if plan.how == "box":
            a, b = _px(box.x, box.y), _px(box.x + box.w, box.y + box.h)
            cv2.rectangle(canvas.image, a, b, (plan.dark,), line, cv2.LINE_AA, 4)
        elif plan.how == "oval":
            half = _px(box.w / 2, box.h / 2)
            cv2.ellipse(canvas.image, _px(*box.center()), half, 0, 0, 360, (plan.dark,), line, cv2.LINE_AA, 4)
            if rng.random() < 0.6:
                _print(canvas, box, str(n + first), (0.55, plan))
        else:
            _print(canvas, box, _words(plan.how, n + first, rng), (float(rng.uniform(0.45, 0.75)), plan))


def _words(how: str, n: int, rng: Rng) -> str:
    if how == "word":
        return WORDS[int(rng.integers(len(WORDS)))]
    return {"figure": str(n), "bracket": f"({n})", "circled": CIRCLED[n]}[how]


def _print(canvas: Canvas, box: geometry.Box, text: str, how: tuple[float, _Plan]) -> None:
    share, plan = how
    hand = Hand(plan.font, 0.0)
    height = min(box.h * share, 0.9 * box.w / max(lettering.width_of(text, hand, 1.0), 0.5), 5.5)
    left = box.center()[0] - lettering.width_of(text, hand, height) / 2
    tool = Tool("printer", (plan.dark,) * 3, 0.2, 1.0, 0.0, 0.0)
    rng = np.random.default_rng(0)  # print has no grain: the number drawn does not matter
    lettering.write(canvas, text, (float(left), float(box.center()[1] + 0.37 * height)), height, (hand, tool, rng))


def _px(x: float, y: float) -> tuple[int, int]:
    return round(x * SCALE * 16), round(y * SCALE * 16)
