"""Blank paper as an upright picture in true millimetres: its size, its folds, its text layer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import pikepdf
from PIL import Image, UnidentifiedImageError

from pipeline import geometry
from pipeline.errors import FileRefused
from pipeline.geometry import Box, Grey
from pipeline.programs import poppler

PX = geometry.BLANK_PX_PER_MM
MM_PER_POINT = 25.4 / 72
STANDARD = ((297, 420), (210, 297), (148, 210), (105, 148), (257, 364), (182, 257), (128, 182), (215.9, 279.4))
SNAP_MM = 3.0  # a page this near to a standard size is of that size
FOLDED = ((420, 297), (364, 257))  # landscape sheets that are two pages side by side
SKEW_MAX = 6.0  # degrees
SKEW_MIN = 0.03
LONGEST_PX = 20000
RULE_MM = 15.0  # rules as long as this tell how the sheet leans


class Letter(NamedTuple):
    """One letter of the text layer; its middle in mm."""

    text: str
    x: float
    y: float


@dataclass(frozen=True)
class Sheet:
    """One side of the blank paper."""

    image: Grey  # 300 dpi, upright, exactly the side
    width: float  # mm
    height: float
    letters: tuple[Letter, ...] = ()  # empty when there is no text layer
    skew: float = 0.0  # degrees that were taken out


def pages(path: Path) -> list[Sheet]:
    """Every page of a PDF, or the one picture in an image file.

    Raises:
        FileRefused: it is neither, or it is damaged.
        ProgramMissing: Poppler is not installed.
    """
    with path.open("rb") as file:
        is_pdf = b"%PDF" in file.read(1024)
    found = _of_pdf(path) if is_pdf else [_of_picture(path)]
    return [_upright(sheet) for sheet in found]


def _of_pdf(path: Path) -> list[Sheet]:
    try:
        with pikepdf.open(path) as pdf:
            count = len(pdf.pages)
    except (pikepdf.PdfError, ValueError) as error:
        raise _refused(path) from error
    return [_of_page(path, number) for number in range(1, count + 1)]


def _of_page(path: Path, number: int) -> Sheet:
    image = poppler.page(path, number, dpi=geometry.BLANK_DPI)
    width, height = _standard(image.shape[1] / PX, image.shape[0] / PX)
    letters = [letter for word in poppler.words(path, number) for letter in _letters(word)]
    return Sheet(_sized(image, width, height), width, height, tuple(letters))


def _letters(word: poppler.Printed) -> list[Letter]:
    """A word's letters, spread over its box by their usual widths."""
    widths = np.array([0.5 if ord(letter) < 0x100 else 1.0 for letter in word.text])
    middles = (np.cumsum(widths) - widths / 2) / max(widths.sum(), 0.5)
    left, across = word.left * MM_PER_POINT, (word.right - word.left) * MM_PER_POINT
    y = (word.top + word.bottom) / 2 * MM_PER_POINT
    return [Letter(letter, left + across * float(at), y) for letter, at in zip(word.text, middles, strict=True)]


def _of_picture(path: Path) -> Sheet:
    try:
        with Image.open(path) as opened:
            if max(opened.size) > LONGEST_PX:
                raise _refused(path)
            dpi = opened.info.get("dpi", (0, 0))
            image = np.asarray(opened.convert("L"), dtype=np.uint8)
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise _refused(path) from error
    width, height = _size(image.shape[1], image.shape[0], float(dpi[0] or 0))
    return Sheet(_sized(image, width, height), width, height)


def _size(across: int, down: int, dpi: float) -> tuple[float, float]:
    """Millimetres of a picture: by its resolution where that gives a paper size, else by its shape."""
    if dpi > 0:
        plain = across / dpi * 25.4, down / dpi * 25.4
        known = _standard(*plain)
        if known != plain or dpi not in {72, 96}:  # these two are what programs write when they do not know
            return known
    ratio = max(across, down) / min(across, down)
    likely = [size for size in ((210.0, 297.0), (215.9, 279.4)) if abs(size[1] / size[0] / ratio - 1) < 0.02]
    short, long = likely[0] if likely else (210.0, 210.0 * ratio)
    return (long, short) if across > down else (short, long)


def _standard(width: float, height: float) -> tuple[float, float]:
    for short, long in STANDARD:
        for size in ((float(short), float(long)), (float(long), float(short))):
            if abs(size[0] - width) < SNAP_MM and abs(size[1] - height) < SNAP_MM:
                return size
    return width, height


def _sized(image: Grey, width: float, height: float) -> Grey:
    size = (round(width * PX), round(height * PX))
    if image.shape == size[::-1]:
        return image
    how = cv2.INTER_AREA if image.shape[1] > size[0] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, size, interpolation=how), dtype=np.uint8)


def _upright(sheet: Sheet) -> Sheet:
    angle = skew(sheet.image)
    if abs(angle) < SKEW_MIN:
        return sheet
    high, wide = sheet.image.shape
    matrix = cv2.getRotationMatrix2D(((wide - 1) / 2, (high - 1) / 2), angle, 1.0)
    flags = cv2.INTER_LINEAR
    image = cv2.warpAffine(sheet.image, matrix, (wide, high), flags=flags, borderValue=(255,))
    at = np.array([[letter.x * PX, letter.y * PX, 1.0] for letter in sheet.letters]).reshape(-1, 3) @ matrix.T / PX
    letters = tuple(Letter(old.text, float(x), float(y)) for old, (x, y) in zip(sheet.letters, at, strict=True))
    return replace(sheet, image=np.asarray(image, dtype=np.uint8), letters=letters, skew=angle)


def skew(image: Grey) -> float:
    """How far the long printed rules lean, in degrees, positive when they fall to the right; 0 when there are none."""
    small = cv2.resize(image, None, fx=1 / 3, fy=1 / 3, interpolation=cv2.INTER_AREA)
    found: Any = cv2.createLineSegmentDetector().detect(small)[0]  # None where there is nothing
    if found is None:
        return 0.0
    x0, y0, x1, y1 = np.asarray(found, dtype=np.float64).reshape(-1, 4).T
    forward = np.where(x1 < x0, -1.0, 1.0)
    angles, lengths = np.degrees(np.arctan2(forward * (y1 - y0), np.abs(x1 - x0))), np.hypot(x1 - x0, y1 - y0)
    flat = (np.abs(angles) < SKEW_MAX) & (lengths > RULE_MM * PX / 3)
    return _middle(angles[flat], lengths[flat])


def _middle(angles: geometry.Points, weights: geometry.Points) -> float:
    """The weighted median; 0 for nothing."""
    if not len(angles):
        return 0.0
    order = np.argsort(angles)
    at = int(np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2))
    return float(angles[order][min(at, len(angles) - 1)])


def panels(width: float, height: float, black: Grey) -> list[Box]:
    """The rigid parts: two halves when a landscape sheet is of a folded size and nothing is printed across its middle."""
    whole = Box(0, 0, width, height)
    if not any(abs(width - w) < SNAP_MM and abs(height - h) < SNAP_MM for w, h in FOLDED):
        return [whole]
    middle, near = black.shape[1] // 2, round(6 * PX)
    strip = black[:, middle - near : middle + near] > 0
    if (strip.mean(axis=1) > 0.9).any():
        return [whole]
    return [Box(0, 0, width / 2, height), Box(width / 2, 0, width / 2, height)]


def _refused(path: Path) -> FileRefused:
    return FileRefused("blank-unreadable", f"{path.name} を開けません。", "白紙を PDF か PNG で保存し直してください。")
