"""Pictures of single options for a classifier of marks: made-up print, marks as people draw them, a scanner.

Each crop is what `pipeline.crop` would cut: the box and its margin at 300 dpi, and the empty print at the same
place, misplaced by as much as a good registration leaves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import cv2
import numpy as np

from pipeline import geometry
from pipeline.crop import option_margin_mm
from samples import fill, layouts, levels, people, scan, scribe, surroundings, values
from samples.ink import Canvas, Picture
from samples.levels import Rng

Label: TypeAlias = Literal["unmarked", "marked", "struck"]
ANY_STYLE = 0.4  # share of marks drawn in any style of the set instead of the writer's own
MISPLACED_MM = 0.25
TURNED_DEG = 0.3
SCALE = geometry.BLANK_PX_PER_MM


@dataclass(frozen=True, eq=False)
class Crop:
    """One option."""

    image: Picture  # (h, w) grey, box and margin at 300 dpi
    blank: Picture  # same shape: the empty print at the same place
    label: Label
    margin_mm: float
    box: tuple[float, float]  # width and height of the box, mm
    how: str  # how the option is printed
    asked: str  # circle, check, fill
    style: str  # of its mark, "" without one
    stray: str  # accident on an unmarked option, "" without one
    pen: str
    source_dpi: float


@dataclass(frozen=True)
class Question:
    """All options of one question, by one hand."""

    crops: tuple[Crop, ...]
    state: str  # valid, empty, multiple
    marked: tuple[int, ...]
    struck: tuple[int, ...]


def crops(rng: Rng, split: str = "train", level: str = "office") -> Iterator[Crop]:
    """Single options without end."""
    while True:
        yield from question(rng, split, level).crops


def question(rng: Rng, split: str = "train", level: str = "office", family: str | None = None) -> Question:
    """One question: a fresh layout, a writer, what they marked, and how it was scanned.

    `family`: all marks are in this one family of styles, which must be among `people.HABITS`.
    """
    page = layouts.layout(rng)
    while family and family not in people.HABITS[page.asked]:
        page = layouts.layout(rng)
    writer = people.writer(split, rng)
    hand = scribe.Scribe(Canvas(_toner(page.blank, rng), SCALE), writer, rng)
    content = _content(len(page.options), rng)
    for row in page.others:
        _mark(hand, row, page, _content(len(row), rng), family)
    styles = _mark(hand, page.options, page, content, family)
    strays = _accidents(hand, page, content)
    surroundings.words(hand, [box for row in (page.options, *page.others) for box in row])
    surroundings.line(hand, page.blank.shape, [page.options[n] for n in styles])
    how = scan.conditions(levels.load().levels[level], split, rng)
    seen = _scanned(hand.canvas.image, how, rng)
    back = _scanned(page.blank, how, rng) if rng.random() < 0.2 else page.blank
    move = _misplaced(page.blank.shape, rng)
    seen = np.asarray(
        cv2.warpAffine(seen, move, page.blank.shape[::-1], borderMode=cv2.BORDER_REPLICATE), dtype=np.uint8
    )
    made = [_crop(n, page, (seen, back), (content, styles, strays, writer, how)) for n in range(len(page.options))]
    return Question(tuple(made), content.state, content.marked, content.struck)


def _content(count: int, rng: Rng) -> values.Content:
    """What is marked; rarer cases come more often than in life, since a classifier learns from them."""
    order = [int(n) for n in rng.permutation(count)]
    kind = str(
        rng.choice(["one", "none", "two", "struck", "struck-empty", "several"], p=[0.44, 0.14, 0.10, 0.16, 0.06, 0.10])
    )
    if kind == "none":
        return values.Content(None, "empty")
    if kind == "struck-empty":
        return values.Content(None, "empty", "struck-out", (), (order[0],))
    if kind == "struck":
        return values.Content(0, "valid", "struck-out", (order[0],), (order[1],))
    many = {"one": 1, "two": 2, "several": int(rng.integers(1, count + 1))}[kind]
    return values.Content(None, "multiple" if many > 1 else "valid", None, tuple(order[:many]))


def _mark(
    hand: scribe.Scribe,
    options: Sequence[geometry.Box],
    page: layouts.Layout,
    content: values.Content,
    family: str | None,
) -> dict[int, str]:
    styles = {}
    for place in (*content.struck, *content.marked):
        name, style = _style(hand, page.asked, family)
        style = surroundings.varied(style, hand.rng)
        around = hand.mark(fill.aim(options[place], style, page.blank, hand.rng), style)
        styles[place] = name
        if place in content.struck:
            surroundings.strike(hand, around, page.asked)
    return styles


def _style(hand: scribe.Scribe, asked: str, family: str | None) -> tuple[str, levels.Style]:
    """The writer's own way, or any other of the set or family: rare ways need to be learned as well as common ones."""
    if hand.rng.random() > ANY_STYLE and family is None:
        return hand.writer.style(asked, hand.rng)
    known, families = levels.load(), [family] if family else people.HABITS[asked]
    fit = [name for name in known.splits[hand.writer.split].styles if known.styles[name].family in families]
    name = fit[int(hand.rng.integers(len(fit)))]
    return name, known.styles[name]


def _accidents(hand: scribe.Scribe, page: layouts.Layout, content: values.Content) -> dict[int, str]:
    strays: dict[int, str] = {}
    for place, box in enumerate(page.options):
        if place not in {*content.marked, *content.struck} and hand.rng.random() < 0.12:
            strays[place] = fill.accident(box, hand, page.blank)
    return strays


def _toner(blank: Picture, rng: Rng) -> Picture:
    """The print as a copier leaves it: a little bolder or finer, never quite black."""
    out = cv2.GaussianBlur(blank, (0, 0), float(rng.uniform(0.35, 0.8)))
    gain, shift = rng.uniform(0.9, 1.5), rng.uniform(-40, 40)
    out = cv2.convertScaleAbs(np.clip((out.astype(np.float32) - 128) * gain + 128 + shift, 0, 255))
    lift = rng.uniform(0, 70)
    return np.asarray(np.where(blank == 255, np.maximum(out, 250), lift + out * (255 - lift) / 255), dtype=np.uint8)


def _scanned(image: Picture, how: scan.Conditions, rng: Rng) -> Picture:
    """Down to the scanner's resolution, through its optics and losses, and back to 300 dpi."""
    size = image.shape[::-1]
    source = [max(round(n * dpi / geometry.BLANK_DPI), 8) for n, dpi in zip(size, how.dpi, strict=True)]
    finer = how.dpi[0] < geometry.BLANK_DPI
    small = cv2.resize(image, source, interpolation=cv2.INTER_AREA if finer else cv2.INTER_LINEAR)
    seen = scan.expose(np.asarray(scan.toned(np.asarray(small, dtype=np.uint8), how), dtype=np.uint8), how, rng)
    surroundings.streak(seen, rng)
    if how.mode == "bilevel":
        seen = scan.bilevel(seen, rng)
    else:
        data = cv2.imencode(".jpg", seen, [cv2.IMWRITE_JPEG_QUALITY, how.quality])[1]
        seen = np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)
    return np.asarray(cv2.resize(seen, size, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def _misplaced(shape: tuple[int, ...], rng: Rng) -> geometry.Matrix:
    """What registration leaves: up to a quarter of a millimetre, and a breath of a turn."""
    turn = np.radians(rng.normal(0, TURNED_DEG / 2))
    angle, far = rng.uniform(0, 2 * np.pi), MISPLACED_MM * rng.uniform(0, 1) ** 1.5 * SCALE
    move = np.array([[np.cos(turn), -np.sin(turn), 0.0], [np.sin(turn), np.cos(turn), 0.0]])
    middle = np.array([shape[1] / 2, shape[0] / 2])
    move[:, 2] = middle - move[:, :2] @ middle + far * np.array([np.cos(angle), np.sin(angle)])
    return move


def _crop(
    n: int,
    page: layouts.Layout,
    pictures: tuple[Picture, Picture],
    what: tuple[values.Content, dict[int, str], dict[int, str], people.Writer, scan.Conditions],
) -> Crop:
    content, styles, strays, writer, how = what
    box = page.options[n]
    margin = option_margin_mm(box)
    wide = box.grown(margin)
    left, top = max(int(wide.x * SCALE), 0), max(int(wide.y * SCALE), 0)
    part = slice(top, round((wide.y + wide.h) * SCALE)), slice(left, round((wide.x + wide.w) * SCALE))
    label: Label = "marked" if n in content.marked else "struck" if n in content.struck else "unmarked"
    return Crop(
        np.ascontiguousarray(pictures[0][part]), np.ascontiguousarray(pictures[1][part]), label, margin, (box.w, box.h),
        page.how, page.asked, styles.get(n, ""), strays.get(n, ""), writer.tool.name, how.dpi[0],
    )  # fmt: skip
