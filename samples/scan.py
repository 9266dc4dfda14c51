"""What paper and scanner do to a picture: tone, crease, shine-through, light, optics, noise, and the file's own losses."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline import geometry
from samples import levels
from samples.ink import Canvas, Picture
from samples.levels import Level, Rng, between

NOISE_SIDE = 1024
SCREENED = 0.25  # of black-and-white pages
SCREEN = (np.array([[12, 5, 6, 13], [4, 0, 1, 7], [11, 3, 2, 8], [15, 10, 9, 14]]) * 6 - 50).astype(np.int16)
FAX = (204.0, 98.0)  # dpi across and down


@dataclass(frozen=True)
class Conditions:
    """One pass through one scanner, within a level's bounds."""

    dpi: tuple[float, float]
    mode: str  # grey, colour, bilevel
    quality: int  # of the JPEG
    skew_deg: float
    turn: int  # clockwise degrees the page was turned by
    crease_grey: float  # below 0: a shadow
    show_through: float
    noise: float
    blur_mm: float
    uneven: float
    white: float  # how far the scanner lifts paper towards white, 0 … 1
    lid: int  # grey of what lies behind the paper
    paper: str
    toner: float  # grey of the darkest print
    staple: bool
    streak: bool
    stain: bool
    dog_ear_mm: float
    edge_cut_mm: float
    sharpen: float

    @property
    def px_per_mm(self) -> tuple[float, float]:
        """Across and down."""
        return self.dpi[0] / geometry.MM_PER_INCH, self.dpi[1] / geometry.MM_PER_INCH


def conditions(level: Level, split: str, rng: Rng) -> Conditions:
    """Draw one pass within the bounds of `level`, on paper of `split`."""
    fax = rng.random() < level.fax
    mode = "bilevel" if fax or rng.random() < level.one_bit else ("colour" if rng.random() < level.colour else "grey")
    dpi = float(level.dpi[int(rng.integers(len(level.dpi)))])
    if mode == "bilevel" and not fax:
        dpi = max(dpi, 200.0)
    turns = list(level.turns)
    uneven = rng.uniform(0.0, level.uneven)
    return Conditions(
        dpi=FAX if fax else (dpi, dpi),
        mode=mode,
        quality=int(rng.integers(level.jpeg_quality[0], level.jpeg_quality[1] + 1)),
        skew_deg=levels.around_zero(rng, level.skew_deg),
        turn=int(rng.choice(turns, p=np.array([level.turns[turn] for turn in turns]))),
        crease_grey=float(rng.choice([-1.0, -1.0, 1.0]) * rng.uniform(0.1, 1.0) * level.crease_grey),
        show_through=float(rng.uniform(0.0, level.show_through) * (rng.random() < 0.6)),
        noise=between(rng, level.noise),
        blur_mm=between(rng, level.blur_mm),
        uneven=float(uneven if mode != "bilevel" else 0.3 * uneven),
        white=float(rng.choice([0.0, 0.5, 1.0], p=[0.25, 0.35, 0.4])),
        lid=int(rng.choice([252, 240, 205, 60 if level.dog_ears else 225])),
        paper=levels.one_of(rng, levels.load().splits[split].papers),
        toner=float(rng.uniform(0.0, 55.0)),
        staple=bool(rng.random() < level.staple_holes),
        streak=bool(rng.random() < level.streaks),
        stain=bool(rng.random() < level.stains),
        dog_ear_mm=float(rng.uniform(4.0, level.dog_ear_mm)) if rng.random() < level.dog_ears else 0.0,
        edge_cut_mm=float(rng.uniform(0.5, level.edge_cut_mm)) if rng.random() < level.cut_edges else 0.0,
        sharpen=float(rng.choice([0.0, rng.uniform(0.2, 0.8)])),
    )


# ── on the paper, before it is scanned


def age(canvas: Canvas, how: Conditions, folds: list[tuple[int, float]], rng: Rng) -> None:
    """Crease, staple holes, stains: what happened to the sheet; `folds` are (axis, mm)."""
    for axis, at in folds:
        _crease(canvas, (axis, at), how.crease_grey, rng)
    if how.staple:
        _staple(canvas, rng)
    if how.stain:
        _stain(canvas, rng)


def shine(canvas: Canvas, other: geometry.Grey, share: float) -> None:
    """The other side's print showing through, mirrored; `other` at 300 dpi."""
    small = cv2.resize(other, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small[:, ::-1], (0, 0), 1.0)
    size = (canvas.image.shape[1], canvas.image.shape[0])
    ink = cv2.resize(cv2.convertScaleAbs(soft, alpha=-share, beta=255 * share), size, interpolation=cv2.INTER_LINEAR)
    whole = cv2.merge([ink] * 3) if canvas.image.ndim == 3 else ink
    cv2.subtract(canvas.image, whole, dst=canvas.image)


def _crease(canvas: Canvas, fold: tuple[int, float], depth: float, rng: Rng) -> None:
    """A line of about half a millimetre, its strength wandering along the fold, and a wide soft shade."""
    axis, at = fold
    scale, image = canvas.px_per_mm, canvas.image
    reach, middle = int(9 * scale), at * scale
    low, high = max(int(middle) - reach, 0), min(int(middle) + reach, image.shape[1 - axis])
    across = (np.arange(low, high) + 0.5 - middle) / scale
    length = image.shape[axis]
    knots = rng.uniform(0.35, 1.0, 24).astype(np.float32) * rng.choice([1.0, 0.5], 24)
    along = np.interp(np.arange(length), np.linspace(0, length, 24), knots)
    wander = np.interp(np.arange(length), np.linspace(0, length, 24), rng.normal(0, 0.12, 24))
    width = rng.uniform(0.12, 0.4)
    line = np.exp(-(((across[None, :] - wander[:, None]) / width) ** 2) / 2) * along[:, None]
    speck = rng.normal(1.0, 0.35, (length // 3 + 1, 1)).repeat(3, axis=0)[:length]
    shade = 0.12 * np.exp(-np.abs(across) / rng.uniform(1.5, 4.0)) * np.sign(across + 1e-6) * rng.choice([-1, 1])
    change = (depth * (line * speck * 0.85) + depth * shade[None, :]).clip(-abs(depth), abs(depth))
    _shift(image, change.T if axis else change, (slice(low, high), axis))


def _shift(image: Picture, change: NDArray[np.float64], where: tuple[slice, int]) -> None:
    view = image[:, where[0]] if where[1] == 0 else image[where[0], :]
    moved = view + (change[..., None] if image.ndim == 3 else change)
    np.rint(moved.clip(0, 255), out=view, casting="unsafe")


def _staple(canvas: Canvas, rng: Rng) -> None:
    """Two holes of a staple near a top corner, with a little shadow."""
    width_mm = canvas.image.shape[1] / canvas.px_per_mm
    x = rng.uniform(6, 16) if rng.random() < 0.8 else width_mm - rng.uniform(10, 20)
    start, angle = np.array([x, rng.uniform(4, 12)]), rng.choice([0.0, np.pi / 4]) + rng.normal(0, 0.1)
    for n in (0, 1):
        at = (start + n * 9.5 * np.array([np.cos(angle), np.sin(angle)])) * canvas.px_per_mm * 16
        spot = np.zeros(canvas.image.shape[:2], np.uint8)[: int(60 * canvas.px_per_mm)]
        cv2.circle(
            spot, (int(at[0]), int(at[1])), int(rng.uniform(0.3, 0.5) * canvas.px_per_mm * 16), 255, -1, cv2.LINE_AA, 4
        )
        alpha = cv2.GaussianBlur(spot, (0, 0), 1.2)
        box = cv2.boundingRect(alpha)
        part = (
            alpha[box[1] : box[1] + box[3], box[0] : box[0] + box[2]].astype(np.float32) / 255 * rng.uniform(0.5, 0.9)
        )
        canvas.take(np.asarray(part, dtype=np.float32), (box[0], box[1]), (70, 68, 66))


def _stain(canvas: Canvas, rng: Rng) -> None:
    """A ring where a cup of coffee stood."""
    scale, side = canvas.px_per_mm, 100
    size = np.array(canvas.image.shape[1::-1]) / scale
    across = np.hypot(*(np.mgrid[0:side, 0:side] - side / 2)) / (side / 2) * (1 + 0.05 * rng.normal(size=(side, side)))
    ring = np.exp(-(((across - 0.78) / 0.05) ** 2)) * 0.30 + (across < 0.8) * 0.08
    alpha = cv2.GaussianBlur(ring.astype(np.float32), (0, 0), 1.2) * np.float32(rng.uniform(0.6, 1.0))
    px = int(min(rng.uniform(40, 90), size.min() * 0.8) * scale)
    at = (rng.uniform(0, 1, 2) * (size * scale - px)).astype(int)
    canvas.take(np.asarray(cv2.resize(alpha, (px, px)), dtype=np.float32), (int(at[0]), int(at[1])), (150, 110, 60))


def dog_ear(canvas: Canvas, how: Conditions, rng: Rng) -> None:
    """A folded corner: what lies behind shows outside, the back of the corner hides what is inside."""
    if not how.dog_ear_mm:
        return
    h, w = canvas.image.shape[:2]
    a, b = how.dog_ear_mm * canvas.px_per_mm * rng.uniform(0.7, 1.0, 2)
    corner, sx, sy = [((0, 0), 1, 1), ((w, 0), -1, 1), ((w, h), -1, -1), ((0, h), 1, -1)][int(rng.integers(4))]
    c = np.array(corner, dtype=float)
    p, q = c + np.array([sx * a, 0]), c + np.array([0, sy * b])
    way = (q - p) / np.hypot(*(q - p))
    tip = p + 2 * ((c - p) @ way) * way - (c - p)
    for shape, tone in (([c, p, q], how.lid), ([p, tip, q], 236)):
        colour = (int(tone),) * 3
        cv2.fillPoly(canvas.image, [np.rint(np.array(shape) * 16).astype(np.int32)], colour, cv2.LINE_AA, 4)
    shadow = np.rint(np.array([p, tip, q]) * 16).astype(np.int32)
    cv2.polylines(canvas.image, [shadow], False, (150, 150, 150), 2, cv2.LINE_AA, 4)


# ── in the scanner


def toned(image: Picture, how: Conditions) -> Picture:
    """A sheet in the tone of its paper, as far as the scanner leaves it, and its print in the grey of its toner."""
    tone = np.array(levels.load().papers[how.paper].tone[::-1], dtype=np.float64)
    # Most office scanners lift the paper to white; what is left of its tone depends on the model.
    tone = tone + (255 - tone) * how.white
    ramp = np.arange(256)[:, None] / 255.0 * (tone - how.toner) + how.toner
    if image.ndim == 2:
        ramp = ramp @ np.array([[0.114], [0.587], [0.299]])
    return np.asarray(cv2.LUT(image, np.rint(ramp).astype(np.uint8)[None]), dtype=np.uint8)


def expose(image: Picture, how: Conditions, rng: Rng) -> Picture:
    """The page as the sensor sees it: optics, light, noise; same shape, grey or colour."""
    out = _optics(image, how)
    fibre = levels.load().papers[how.paper].fibre
    return _exposed(out, _light(out.shape[:2], how, rng), (np.hypot(how.noise, fibre * (1 - how.white)), rng))


def _optics(image: Picture, how: Conditions) -> Picture:
    sigma = np.array(how.px_per_mm) * how.blur_mm
    if sigma.max() > 0.25:
        image = np.asarray(
            cv2.GaussianBlur(image, (0, 0), float(max(sigma[0], 0.1)), sigmaY=float(max(sigma[1], 0.1))), np.uint8
        )
    if how.sharpen:
        soft = cv2.GaussianBlur(image, (0, 0), 1.2)
        image = np.asarray(cv2.addWeighted(image, 1 + how.sharpen, soft, -how.sharpen, 0), np.uint8)
    return image


def _light(shape: tuple[int, int], how: Conditions, rng: Rng) -> NDArray[np.float32]:
    """Gain per pixel on a coarse grid: uneven light, and the streak of a grain of dust."""
    knots = rng.uniform(-1, 1, (4, 4)).astype(np.float32)
    field = cv2.resize(knots, (shape[1] // 8 + 1, shape[0] // 8 + 1), interpolation=cv2.INTER_CUBIC)
    return np.asarray(1.0 + how.uneven * np.clip(field, -1, 1) / 2 - how.uneven / 2, dtype=np.float32)


def _exposed(image: Picture, gain: NDArray[np.float32], noise: tuple[float, Rng]) -> Picture:
    out = np.empty_like(image)
    rows = 512
    grain, offset = _noise_tile(), noise[1].integers(0, NOISE_SIDE, (image.shape[0] // rows + 1, 2))
    for n, top in enumerate(range(0, image.shape[0], rows)):
        part = image[top : top + rows]
        light: NDArray[Any] = cv2.resize(gain[top // 8 : top // 8 + rows // 8], (part.shape[1], rows))[: len(part)]
        dust = _tile(grain, (len(part), part.shape[1]), offset[n]) * np.float32(noise[0])
        if part.ndim == 3:
            light, dust = cv2.merge([light] * 3), np.asarray(cv2.merge([dust] * 3), dtype=np.float32)
        seen = cv2.multiply(part, light, dtype=cv2.CV_32F)
        out[top : top + rows] = cv2.add(seen, dust, dtype=cv2.CV_8U)
    return out


@cache
def _noise_tile() -> NDArray[np.float32]:
    raw = np.random.default_rng(11).normal(size=(NOISE_SIDE, NOISE_SIDE)).astype(np.float32)
    soft = cv2.GaussianBlur(raw, (0, 0), 0.6)
    return np.asarray(soft / soft.std(), dtype=np.float32)


def _tile(tile: NDArray[np.float32], shape: tuple[int, int], at: NDArray[np.int64]) -> NDArray[np.float32]:
    moved = np.roll(tile, (int(at[0]), int(at[1])), axis=(0, 1))
    times = (-(-shape[0] // NOISE_SIDE), -(-shape[1] // NOISE_SIDE))
    return np.tile(moved, times)[: shape[0], : shape[1]]


def streak(image: Picture, rng: Rng) -> None:
    """A thin line along the whole page, from dust on the feeder's glass."""
    x = int(rng.integers(image.shape[1]))
    dark = int(rng.integers(25, 80))
    view = image[:, x : x + int(rng.integers(1, 3))]
    cv2.subtract(view, np.full_like(view, dark), dst=view)


def bilevel(image: Picture, rng: Rng) -> Picture:
    """The page in black and white, at a level a little below the local paper; some scanners screen greys with dots."""
    small = cv2.resize(image, None, fx=0.125, fy=0.125, interpolation=cv2.INTER_AREA)
    paper = cv2.resize(cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)), image.shape[1::-1])
    level = cv2.convertScaleAbs(paper, alpha=float(rng.uniform(0.66, 0.80)))
    if rng.random() < SCREENED:
        times = (-(-image.shape[0] // 4), -(-image.shape[1] // 4))
        dots = np.tile(SCREEN, times)[: image.shape[0], : image.shape[1]]
        image = np.asarray(cv2.add(image, dots, dtype=cv2.CV_8U), dtype=np.uint8)
    return np.asarray(cv2.compare(image, level, cv2.CMP_GT), dtype=np.uint8)
