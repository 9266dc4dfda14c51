"""Words: by hand with a handwriting font and a restless baseline, or typed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pipeline import geometry
from samples.ink import FINE, Canvas, Picture, Tool
from samples.levels import Rng, font_file

TYPED = "biz-udpgothic"
LETTER_FINE = FINE
FONT_LINE_MM = 0.22  # how wide a handwriting font draws its lines at the usual size


@dataclass(frozen=True)
class Hand:
    """How somebody sets letters."""

    font: str
    unrest: float  # 0: typed; 1: every letter a little turned, moved and stretched
    size: float = 0.72  # of a letter, as a share of the line's height
    spread: float = 1.0  # between letters


@lru_cache(maxsize=64)
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(font_file(name), size)


@lru_cache(maxsize=256)
def _glyph(name: str, size: int, letter: str) -> tuple[Picture, float]:
    font = _font(name, size)
    side = size * 3 // 2
    image = Image.new("L", (side, side))
    ImageDraw.Draw(image).text((size // 4, size), letter, font=font, fill=255, anchor="ls")
    return np.asarray(image), font.getlength(letter)


def lines_of(text: str, per_line: int, most: int) -> list[str]:
    """The text in lines of at most `per_line` letters, at most `most` of them."""
    return [text[i : i + per_line] for i in range(0, len(text), per_line)][:most]


def width_of(text: str, hand: Hand, height: float) -> float:
    """How wide a line of letters `height` mm high becomes, mm."""
    return sum(_glyph(hand.font, 64, letter)[1] for letter in text) / 64 * height * hand.spread


def write(canvas: Canvas, text: str, at: tuple[float, float], height: float, pen: tuple[Hand, Tool, Rng]) -> None:
    """Write one line with its left end and baseline `at` (mm), letters `height` mm high."""
    hand, _tool, rng = pen
    scale = canvas.px_per_mm * LETTER_FINE
    size = max(int(height * scale) // 4 * 4, 8)
    x, y = at[0] * scale, at[1] * scale
    sway = rng.normal(0, 0.006) * hand.unrest
    for letter in text:
        glyph, advance = _glyph(hand.font, size, letter)
        if letter.strip():
            _letter(canvas, glyph, (x, y), size, pen)
        x += advance * hand.spread * (1 + hand.unrest * rng.normal(0, 0.04))
        y += advance * sway


def _letter(canvas: Canvas, glyph: Picture, at: tuple[float, float], size: int, pen: tuple[Hand, Tool, Rng]) -> None:
    hand, tool, rng = pen
    corner = np.array([at[0] - size / 4, at[1] - size])
    whole = np.floor(corner / LETTER_FINE).astype(int)
    matrix = _restless(size, hand.unrest, rng)
    matrix[:, 2] += corner - whole * LETTER_FINE
    side = (glyph.shape[0] + 2 * LETTER_FINE) // LETTER_FINE * LETTER_FINE
    cover = cv2.warpAffine(glyph, matrix, (side, side), flags=cv2.INTER_LINEAR)
    if hand.unrest:
        cover = _thickened(np.asarray(cover, dtype=np.uint8), tool, size, canvas.px_per_mm * LETTER_FINE)
    canvas.lay(np.asarray(cover, dtype=np.uint8), (int(whole[0]), int(whole[1])), tool, rng)


def _thickened(cover: Picture, tool: Tool, size: int, scale: float) -> Picture:
    """Lines about as wide as the pen's: handwriting fonts are drawn thin, but small letters never run together."""
    more = min(round((0.8 * tool.width - FONT_LINE_MM) * scale), round(0.04 * size))
    if more < 2:
        return cover
    return np.asarray(cv2.dilate(cover, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (more, more))), dtype=np.uint8)


def _restless(size: int, unrest: float, rng: Rng) -> geometry.Matrix:
    turn = np.radians(rng.normal(0, 2.5) * unrest)
    sx, sy = 1 + unrest * rng.normal(0, 0.05, 2)
    matrix = np.array([[sx * np.cos(turn), -np.sin(turn), 0.0], [np.sin(turn), sy * np.cos(turn), 0.0]])
    middle = np.array([size * 0.75, size * 0.62])
    matrix[:, 2] = middle - matrix[:, :2] @ middle + unrest * rng.normal(0, 0.025 * size, 2)
    return matrix
