"""Labelled cells: what is written in them, by whom, and what the networks get to see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.geometry import BLANK_PX_PER_MM, Grey
from pipeline.read import cells
from training import pens, scene, sources, strokes
from training.sources import Alpha, Split
from training.strokes import Rng

OTHER, EMPTY = 10, 11
CLASSES = (*"0123456789", "other")  # what the networks tell apart; that a cell is empty its ink tells
LABELS = (*CLASSES, "empty")
KANA = "あいうえおかきけこさすせたちつなにぬねはひふへほまみむめもやゆよられるんアイウエオカキケコサシスセソタチツテトナニネハヒホマミムモヤユヨルロンヲ"
SIGNS = "年月日元無不有済同訂正男女回歳才他計約未昭平令和明大週時分人％×△※？！十二三ー＋＝〃々"
LETTERS = "ACEFHJKLMNPRUVWXadefhkmnprtuwx#&@+=?*"  # none that looks like a digit
CROWD = 0.7  # how often a neighbour cell is written in


@dataclass(frozen=True, eq=False)
class Example:
    """One cell as it comes from the scan."""

    crop: Grey
    blank: Grey
    margin_px: float
    label: int  # 0 … 9, OTHER, EMPTY
    kind: str  # mnist, strokes, fonts, or what is wrong with it

    def picture(self) -> NDArray[np.uint8]:
        """What `pipeline.read.cells.prepare` makes of it, (32, 32), 0 … 255."""
        made = cells.prepare(self.crop, self.blank, self.margin_px)[0]
        return np.asarray(np.round(made * 255), dtype=np.uint8)


class Writer:
    """Writes digits and everything else into cells, from one split's sources only."""

    def __init__(self, split: Split, scanner: Callable[[Rng], scene.Scan] = scene.scanner) -> None:
        self.split = split
        self.images, self.labels = sources.mnist(split)
        self.scanner = scanner

    def digit(self, value: int, kind: str, height: float, pen: pens.Pen, rng: Rng) -> Alpha:
        """`value` as ink `height` px high; `kind` says whose hand."""
        if kind == "strokes":
            return pens.draw(strokes.digit(value, rng), height, pen.width * scene.S, rng)
        if kind == "fonts":
            return self._font_digit(value, height, rng)
        rows = np.flatnonzero(self.labels == value)
        return self.real(int(rng.choice(rows)), height, pen, rng)

    def real(self, row: int, height: float, pen: pens.Pen, rng: Rng) -> Alpha:
        """The real digit of that row: half of the time as scanned, else its middle line drawn with our pen."""
        picture = self.images[row]
        redrawn = pens.skeleton(picture) if rng.random() < 0.5 else []
        if redrawn:
            return pens.draw(redrawn, height, pen.width * scene.S, rng)
        return pens.scanned(picture.astype(np.float32) / 255, height, rng)

    def _font_digit(self, value: int, height: float, rng: Rng) -> Alpha:
        font = str(rng.choice(sources.fonts(self.split)))
        wide = font in sources.JAPANESE[self.split] and rng.random() < 0.3
        text = chr(ord("０") + value) if wide else str(value)
        return pens.scanned(sources.letter(font, text), height, rng)

    def any_digit(self, height: float, pen: pens.Pen, rng: Rng) -> Alpha:
        """Some digit in some hand."""
        kind = str(rng.choice(["mnist", "mnist", "strokes", "fonts"]))
        return self.digit(int(rng.integers(10)), kind, height, pen, rng)

    def example(self, label: int, kind: str, rng: Rng, row: int | None = None) -> Example:
        """A whole cell: `kind` is mnist, strokes or fonts for digits, a key of OTHERS for OTHER."""
        place, pen = scene.cell(rng), pens.pen(rng)
        ink = np.zeros(place.size[::-1], dtype=np.float32)
        middle = (place.left + place.w / 2, place.left + place.h / 2)
        height = scene.S * min(place.h, place.w * 1.5) * float(np.clip(rng.normal(0.68, 0.14), 0.35, 1.1))
        self._neighbours(ink, place, height, pen, rng)
        if label == OTHER:
            OTHERS[kind](self, ink, Spot(middle, height, place), pen, rng)
        elif label != EMPTY:
            alpha = self.real(row, height, pen, rng) if row is not None else self.digit(label, kind, height, pen, rng)
            fits = min(place.w * scene.S * rng.uniform(0.8, 1.15) / alpha.shape[1], 1.0)  # people write within the cell
            alpha = pens.smaller(alpha, fits) if fits < 0.97 else alpha
            scene.put(ink, alpha, _near(middle, place, alpha, rng), 255)
        elif kind == "remains":
            _remains(ink, place, rng)
        ink = scene.grained(ink, pen, rng) * np.float32(pen.dark / 255)
        crop = scene.scan_of(place, ink, self.scanner(rng), rng)
        blank = scene.blank_of(place, rng)
        return Example(crop, blank, place.margin * BLANK_PX_PER_MM, label, kind)

    def plain(self, label: int, kind: str, rng: Rng, row: int | None = None) -> NDArray[np.uint8]:
        """What the networks would see of ink on clean paper, (32, 32): cheap, so that every real digit can be had."""
        if row is not None:
            alpha = cv2.resize(self.images[row], None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC) / np.float32(255)
        elif label == OTHER:
            alpha = self._alone(kind, rng)
        else:
            alpha = self.digit(label, kind, 60, pens.pen(rng), rng)
        keep = np.asarray(alpha > 0.3, dtype=np.bool_)
        shown = np.asarray(np.clip(alpha, 0, 1) ** cells.FAINT_GAMMA * keep, dtype=np.float32)
        return np.asarray(np.round(cells.placed(shown, keep, min(alpha.shape))[0] * 255), dtype=np.uint8)

    def _alone(self, kind: str, rng: Rng) -> Alpha:
        """Something that is no digit, cut out along its cell, 0 … 1."""
        place, pen = scene.cell(rng), pens.pen(rng)
        ink = np.zeros(place.size[::-1], dtype=np.float32)
        middle = (place.left + place.w / 2, place.left + place.h / 2)
        OTHERS[kind](self, ink, Spot(middle, 0.7 * scene.S * min(place.h, place.w * 1.5), place), pen, rng)
        left, right, low = (round(n * scene.S) for n in (place.left, place.left + place.w, place.left + place.h))
        return np.asarray(ink[left:low, left:right] / 255, dtype=np.float32)

    def _neighbours(self, ink: NDArray[np.float32], place: scene.Cell, height: float, pen: pens.Pen, rng: Rng) -> None:
        crowd = rng.random() < CROWD
        for side in (-1, 1):
            if crowd and rng.random() < 0.8:
                alpha = self.any_digit(height * rng.uniform(0.9, 1.1), pen, rng)
                x = place.left + place.w / 2 + side * place.w * rng.normal(1, 0.05)
                scene.put(ink, alpha, (x, place.left + place.h * rng.normal(0.5, 0.07)), 255)


@dataclass(frozen=True)
class Spot:
    """Where to write something that is no digit."""

    middle: tuple[float, float]  # mm of the drawing
    height: float  # px a digit would have
    place: scene.Cell


def _near(middle: tuple[float, float], place: scene.Cell, alpha: Alpha, rng: Rng) -> tuple[float, float]:
    """About the middle; a large digit has less room to stray."""
    room = [
        max(side - px / scene.S, 0.25) * 0.5 for side, px in zip((place.w, place.h), alpha.shape[::-1], strict=True)
    ]
    off = np.clip(rng.normal(0, 0.4, 2), -1, 1) * room
    return middle[0] + float(off[0]), middle[1] + float(off[1])


def _remains(ink: NDArray[np.float32], place: scene.Cell, rng: Rng) -> None:
    """Dust, or what an eraser and the page's other side leave."""
    for _ in range(int(rng.integers(1, 5))):
        speck = np.ones(tuple(rng.integers(2, 5, 2)), dtype=np.float32)
        at = (place.left + place.w * rng.random(), place.left + place.h * rng.random())
        scene.put(ink, speck, at, rng.uniform(60, 255))


def _struck(writer: Writer, ink: NDArray[np.float32], spot: Spot, pen: pens.Pen, rng: Rng) -> None:
    """A digit struck out by one or two lines, a slash, a cross or a scribble."""
    alpha = writer.any_digit(spot.height, pen, rng)
    scene.put(ink, alpha, spot.middle, 255)
    wide, high = alpha.shape[1] / scene.S, alpha.shape[0] / scene.S
    how = rng.random()
    if how < 0.55:
        _level_lines(ink, spot, (wide, high), pen, rng)
    elif how < 0.75:
        lean = rng.choice([-1, 1])
        size = max(wide, 0.6 * high) * rng.uniform(1.2, 1.7), high * rng.uniform(1.15, 1.5)
        _lines(ink, spot.middle, [np.array([[-lean * 0.5, 0.5], [lean * 0.5, -0.5]]) * size], pen, rng)
    else:
        marks = strokes.scribble(rng) if rng.random() < 0.6 else strokes.tick(np.random.default_rng(3))
        drawn = pens.draw(marks, spot.height * rng.uniform(0.8, 1.2), pen.width * scene.S, rng)
        scene.put(ink, drawn, spot.middle, 255)


def _level_lines(ink: NDArray[np.float32], spot: Spot, size: tuple[float, float], pen: pens.Pen, rng: Rng) -> None:
    """二重線, or a single line, longer than the digit is wide; sometimes through the whole row."""
    wide, high = size
    reach = max(wide, 0.4 * high) * rng.uniform(1.25, 2.2) if rng.random() < 0.8 else spot.place.w * 3
    gap = max(high * rng.uniform(0.1, 0.3), 1.5 * pen.width)
    at = [-gap / 2, gap / 2] if rng.random() < 0.85 else [rng.uniform(-0.12, 0.12) * high]
    tilt = rng.normal(0, 0.05)
    lines = [np.array([[-reach / 2, y - tilt * reach / 2], [reach / 2, y + tilt * reach / 2]]) for y in at]
    _lines(ink, spot.middle, lines, pen, rng)


def _lines(
    ink: NDArray[np.float32], middle: tuple[float, float], lines: list[NDArray[np.float64]], pen: pens.Pen, rng: Rng
) -> None:
    """Straight strokes in mm around `middle`, a little unsteady."""
    for line in lines:
        steps = np.linspace(0, 1, 8)[:, None]
        points = line[0] + (line[1] - line[0]) * steps + rng.normal(0, 0.04, (8, 2))
        pens.trace(ink, (points + middle) * scene.S, pen.width * scene.S, rng)


def _two_digits(writer: Writer, ink: NDArray[np.float32], spot: Spot, pen: pens.Pen, rng: Rng) -> None:
    """Two figures squeezed into one cell."""
    height = min(spot.height, spot.place.w * 0.95 * scene.S) * rng.uniform(0.7, 1)
    first, second = (writer.any_digit(height, pen, rng) for _ in range(2))
    wide = (first.shape[1] + second.shape[1]) / scene.S / spot.place.w
    if wide > 0.85:
        first, second = (pens.smaller(digit, 0.85 / wide) for digit in (first, second))
    apart = (first.shape[1] + second.shape[1]) / 2 / scene.S + rng.uniform(-0.1, 0.4)
    share = second.shape[1] / (first.shape[1] + second.shape[1])
    y = spot.middle[1]
    scene.put(ink, first, (spot.middle[0] - apart * share, y + rng.normal(0, 0.2)), 255)
    scene.put(ink, second, (spot.middle[0] + apart * (1 - share), y + rng.normal(0, 0.2)), 255)


def _overwritten(writer: Writer, ink: NDArray[np.float32], spot: Spot, pen: pens.Pen, rng: Rng) -> None:
    """One digit written over another."""
    first, second = rng.choice(10, 2, replace=False)
    heavy = pens.Pen(pen.width * rng.uniform(1, 1.8), pen.dark, pen.grain)
    below, above = np.zeros_like(ink), np.zeros_like(ink)
    scene.put(below, writer.digit(int(first), "mnist", spot.height, pen, rng), spot.middle, rng.uniform(180, 255))
    scene.put(
        above, writer.digit(int(second), "mnist", spot.height * rng.uniform(0.9, 1.2), heavy, rng), spot.middle, 255
    )
    shared = float(np.minimum(below, above).sum())
    if shared > 0.55 * min(float(below.sum()), float(above.sum())):
        _struck(writer, ink, spot, pen, rng)  # one hides the other: nobody could tell
    else:
        np.maximum(ink, np.maximum(below, above), out=ink)


def _word(writer: Writer, ink: NDArray[np.float32], spot: Spot, pen: pens.Pen, rng: Rng) -> None:
    """Kana, kanji or a letter."""
    japanese = rng.random() < 0.7
    font = str(rng.choice(sources.JAPANESE[writer.split] if japanese else sources.LATIN[writer.split]))
    letters = (KANA if rng.random() < 0.5 else SIGNS) if japanese else LETTERS
    text = letters[int(rng.integers(len(letters)))]
    try:
        alpha = sources.letter(font, text)
    except ValueError:  # zen-kurenaido lacks two of the signs
        alpha = sources.letter(font, "無")
    scene.put(ink, pens.scanned(alpha, spot.height * rng.uniform(0.6, 1), rng), spot.middle, 255)


def _mark(writer: Writer, ink: NDArray[np.float32], spot: Spot, pen: pens.Pen, rng: Rng) -> None:
    """A tick, a cross, a dash, a slash or a scribble."""
    shape = (strokes.tick, strokes.scribble, strokes.dash)[int(rng.integers(3))]
    drawn = pens.draw(shape(rng), spot.height * rng.uniform(0.5, 1.1), pen.width * scene.S, rng)
    scene.put(ink, drawn, spot.middle, 255)


def _stamped(writer: Writer, ink: NDArray[np.float32], spot: Spot, pen: pens.Pen, rng: Rng) -> None:
    """A round 訂正印 of 5 to 9 mm on or beside a digit, or alone."""
    if rng.random() < 0.7:
        scene.put(ink, writer.any_digit(spot.height, pen, rng), spot.middle, 255)
    radius = rng.uniform(2.5, 4.5) * scene.S
    name = sources.letter(str(rng.choice(sources.JAPANESE[writer.split])), str(rng.choice(list(SIGNS[:30]))))
    ring = pens.draw([strokes.arc((0.5, 0.5), (0.5, 0.5), 0, 360)], 2 * radius, rng.uniform(3, 7), rng)
    at = spot.middle[0] + rng.normal(0, 0.8), spot.middle[1] + rng.normal(0, 0.8)
    tone = rng.uniform(110, 255)
    scene.put(ink, ring, at, tone)
    scene.put(ink, pens.scanned(name, radius * rng.uniform(0.9, 1.2), rng), at, tone)


def _circled(writer: Writer, ink: NDArray[np.float32], spot: Spot, pen: pens.Pen, rng: Rng) -> None:
    """A digit with a circle around it."""
    alpha = writer.any_digit(spot.height * rng.uniform(0.6, 0.9), pen, rng)
    scene.put(ink, alpha, spot.middle, 255)
    room = min(spot.place.w, spot.place.h) * scene.S * 1.05
    size = max(min(max(alpha.shape) * rng.uniform(1.15, 1.6), room), *alpha.shape)
    ring = pens.draw([strokes.arc((0.5, 0.5), (0.5, 0.5), 0, rng.uniform(330, 380))], size, pen.width * scene.S, rng)
    scene.put(ink, ring, spot.middle, 255)


OTHERS = {
    "struck": _struck,
    "two": _two_digits,
    "overwritten": _overwritten,
    "word": _word,
    "mark": _mark,
    "stamped": _stamped,
    "circled": _circled,
}
