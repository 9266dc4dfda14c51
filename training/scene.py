"""One cell of a form on a scan: printed frame, writing, neighbours, scanner. What `pipeline.crop` would cut out."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.geometry import BLANK_PX_PER_MM, Grey
from training import pens
from training.sources import Alpha
from training.strokes import Rng

S = 15.0  # px per mm of the drawing
PAD = 1.5  # mm drawn around the crop, so that it can be shifted


@dataclass(frozen=True)
class Line:
    """A printed line; ends in mm of the drawing."""

    start: tuple[float, float]
    end: tuple[float, float]
    width: float  # mm
    dark: float
    gap: float = 0.0  # mm between dots, 0: solid


@dataclass(frozen=True)
class Cell:
    """The place: the box, its margin and what is printed around it. All in mm."""

    w: float
    h: float
    margin: float
    lines: list[Line] = field(default_factory=list)
    shade: float = 0.0  # grey levels of tint inside the row

    @property
    def left(self) -> float:
        """Where the box starts in the drawing, same for its top."""
        return self.margin + PAD

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the drawing in px."""
        both = 2 * self.left
        return round((self.w + both) * S), round((self.h + both) * S)


@dataclass(frozen=True)
class Scan:
    """What the scanner does."""

    dpi: float
    blur: float
    noise: float
    quality: int  # of JPEG; 0: none
    one_bit: bool
    light: float  # grey levels from one side of the crop to the other
    paper: float


def cell(rng: Rng) -> Cell:
    """A box or a row of boxes as forms have them."""
    w = float(np.clip(rng.normal(6.5, 1.3), 4.2, 11))
    h = float(np.clip(w * rng.uniform(0.85, 1.7), 5, 12))
    margin = max(0.35 * (min(w, h) if rng.random() < 0.7 else max(w, h)), 2.0)
    shade = rng.uniform(5, 30) if rng.random() < 0.08 else 0.0
    made = Cell(w, h, margin, [], shade)
    return Cell(w, h, margin, _frame(made, rng), shade)


def _frame(c: Cell, rng: Rng) -> list[Line]:
    """Level lines run on through the neighbours or stop at the box; dividers are solid, dotted or missing."""
    width, dark = rng.uniform(0.1, 0.5), rng.uniform(70, 255)
    left, top = c.left, c.left
    right, bottom = left + c.w, top + c.h
    if rng.random() < 0.08:
        return [Line((left, bottom), (right, bottom), width, dark)]  # only a line to write on
    from_x = 0.0 if rng.random() < 0.6 else left
    to_x = left + right if rng.random() < 0.6 else right
    lines = [Line((from_x, y), (to_x, y), width, dark) for y in (top, bottom)]
    thin, pale = width * rng.uniform(0.4, 1), dark * rng.uniform(0.5, 1)
    gap = rng.uniform(0.3, 0.9) if rng.random() < 0.3 else 0.0
    for x, outer in ((left, from_x == left), (right, to_x == right)):
        if outer:
            lines.append(Line((x, top), (x, bottom), width, dark))
        elif rng.random() < 0.85:
            lines.append(Line((x, top), (x, bottom), thin, pale, gap))
    return lines


def blank_of(c: Cell, rng: Rng) -> Grey:
    """The empty form at this place, at 300 dpi."""
    return _crop(255.0 - _printed(c, np.eye(2, 3), 1.0, 0.0), c, rng.uniform(-0.3, 0.3, 2))


def scan_of(c: Cell, ink: NDArray[np.float32], scan: Scan, rng: Rng) -> Grey:
    """The same place on the scan, `ink` (grey levels, in the drawing's px) written on it, at 300 dpi."""
    printed = _printed(c, _off(rng), rng.uniform(0.75, 1.25), rng.uniform(-0.05, 0.08))
    white = 1.0 - ink / 255.0
    seen = scan.paper * (1.0 - printed / 255.0) * white
    seen += scan.light * np.linspace(-0.5, 0.5, seen.shape[1], dtype=np.float32)[None]
    if rng.random() < 0.5:
        seen = seen + rng.uniform(-15, 15) * np.linspace(-0.5, 0.5, seen.shape[0], dtype=np.float32)[:, None]
    return _crop(_scanned(seen.astype(np.float32), scan, _cut_at(ink, scan, rng), rng), c, (0.0, 0.0))


def scanner(rng: Rng) -> Scan:
    """An office scanner most of the time, a poor one now and then."""
    one_bit = rng.random() < 0.2
    return Scan(
        dpi=float(rng.choice([150, 200, 200, 240, 300, 300, 300, 400])),
        blur=rng.uniform(0.0, 1.0),
        noise=rng.uniform(0, 9),
        quality=0 if rng.random() < 0.3 else int(rng.integers(30, 95)),
        one_bit=one_bit,
        light=rng.uniform(-25, 25),
        paper=rng.uniform(215, 255),
    )


def office(rng: Rng) -> Scan:
    """The conditions of the level `office`: 200–400 dpi, JPEG from quality 60, or 1-bit."""
    return Scan(
        dpi=float(rng.choice([200, 300, 300, 400])),
        blur=rng.uniform(0.0, 0.6),
        noise=rng.uniform(0, 5),
        quality=0 if rng.random() < 0.3 else int(rng.integers(60, 95)),
        one_bit=rng.random() < 0.15,
        light=rng.uniform(-12, 12),
        paper=rng.uniform(230, 255),
    )


def _printed(c: Cell, off: NDArray[np.float64], strength: float, swell: float) -> NDArray[np.float32]:
    """The frame in grey levels, shifted by the affine `off` (mm), lines `swell` mm wider."""
    sheet = np.zeros(c.size[::-1], dtype=np.uint8)
    if c.shade:
        edge = int(c.left * S)
        sheet[edge : sheet.shape[0] - edge, edge : sheet.shape[1] - edge] = int(c.shade)
    for line in c.lines:
        _rule(sheet, line, off, (strength, swell))
    return sheet.astype(np.float32)


def _rule(sheet: NDArray[np.uint8], line: Line, off: NDArray[np.float64], scan: tuple[float, float]) -> None:
    strength, swell = scan
    dark = int(np.clip(line.dark * strength, 20, 255))
    thick = max(round((line.width + swell) * S), 1)
    ends = np.array([line.start, line.end]) @ off[:, :2].T + off[:, 2]
    length = float(np.hypot(*(ends[1] - ends[0])))
    steps = max(int(length / (2 * line.gap)), 1) if line.gap else 1
    for n in range(steps):
        part = np.array([n / steps, (n + (0.5 if line.gap else 1.0)) / steps])
        a, b = (np.round((ends[0] + (ends[1] - ends[0]) * p) * S * 8).astype(int).tolist() for p in part)
        cv2.line(sheet, a, b, dark, thick, cv2.LINE_AA, 3)


def _off(rng: Rng) -> NDArray[np.float64]:
    """Where the scan's print lies against the blank's: up to about 0.25 mm and a trace of turn."""
    turn = np.radians(rng.normal(0, 0.25))
    shift = np.clip(rng.normal(0, 0.1, 2), -0.28, 0.28)
    return np.array([[np.cos(turn), -np.sin(turn), shift[0]], [np.sin(turn), np.cos(turn), shift[1]]])


def _cut_at(ink: NDArray[np.float32], scan: Scan, rng: Rng) -> float:
    """The grey level below which a 1-bit scan is black: it shows the pen, or nobody would keep the setting."""
    dark = float(ink.max()) if ink.any() else 160.0
    return scan.paper * (1 - rng.uniform(0.3, 0.75) * dark / 255)


def _scanned(seen: NDArray[np.float32], scan: Scan, cut_at: float, rng: Rng) -> NDArray[np.float32]:
    scale = scan.dpi / 25.4 / S
    small = cv2.resize(seen, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    if scan.blur > 0.25:
        small = cv2.GaussianBlur(small, (0, 0), scan.blur)
    small = small + rng.normal(0, scan.noise + 0.01, small.shape)
    grey = np.clip(small, 0, 255).astype(np.uint8)
    if scan.one_bit:
        grey = np.where(grey < cut_at, 0, 255).astype(np.uint8)
    elif scan.quality:
        coded = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, scan.quality])[1]
        grey = np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)
    size = (seen.shape[1], seen.shape[0])
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_LINEAR), dtype=np.float32)


def _crop(drawing: NDArray[np.float32], c: Cell, shift: tuple[float, float] | NDArray[np.float64]) -> Grey:
    """The box and its margin out of the drawing, at 300 dpi, moved by `shift` px."""
    scale = S / BLANK_PX_PER_MM
    size = tuple(round((side + 2 * c.margin) * BLANK_PX_PER_MM) for side in (c.w, c.h))
    move = np.array([[scale, 0, PAD * S + shift[0]], [0, scale, PAD * S + shift[1]]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    smooth = cv2.blur(drawing, (2, 2))
    return np.clip(cv2.warpAffine(smooth, move, size, flags=flags, borderValue=(255,)), 0, 255).astype(np.uint8)


def put(ink: NDArray[np.float32], alpha: Alpha, center: tuple[float, float], dark: float) -> None:
    """Write `alpha` with its middle at `center` (mm of the drawing) on `ink`, `dark` grey levels at most."""
    h, w = alpha.shape
    x, y = round(center[0] * S - w / 2), round(center[1] * S - h / 2)
    top, left = max(y, 0), max(x, 0)
    low, right = min(y + h, ink.shape[0]), min(x + w, ink.shape[1])
    if low <= top or right <= left:
        return
    part = alpha[top - y : low - y, left - x : right - x] * np.float32(dark)
    ink[top:low, left:right] = np.maximum(ink[top:low, left:right], part)


def grained(ink: NDArray[np.float32], pen: pens.Pen, rng: Rng) -> NDArray[np.float32]:
    """Ink broken up by the paper's grain, as pencil is."""
    if pen.grain < 0.1:
        return ink
    rough = rng.normal(0, 1, (ink.shape[0] // 2 + 1, ink.shape[1] // 2 + 1)).astype(np.float32)
    wide = np.asarray(cv2.resize(rough, ink.shape[::-1], interpolation=cv2.INTER_LINEAR))
    return np.asarray(ink * np.clip(1 - pen.grain * 0.45 * np.abs(wide), 0.1, 1), dtype=np.float32)
