"""Pictures of a measurement: how true the confidences are, and the worst cases to look at."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from pipeline import model
from pipeline.forms import pen
from pipeline.geometry import Grey

SIDE, EDGE = 420, 50  # px of a diagram's square, and around it
BINS = 10
PAPER, INK, FAINT, LINE = (255, 255, 255), (26, 26, 28), (200, 200, 204), (0, 82, 164)
TILE = (620, 150)  # px of one case: what was written, beside what was said of it
WORST = 60


def reliability(kinds: Mapping[str, Sequence[tuple[bool, float]]], file: Path) -> None:
    """Reliability diagrams (DeGroot & Fienberg 1983) of (right, confidence) pairs, a square per kind, as PNG.

    Each dot is a tenth of the readings: across their mean confidence, up the share that was right; with its 95 %
    interval (Wilson 1927). Both axes are stretched towards 1, where confidences lie: 0.9, 0.99 and 0.999 have the same
    room.
    """
    columns = min(len(kinds), 3) or 1
    rows = math.ceil(len(kinds) / columns) or 1
    step = SIDE + 2 * EDGE
    canvas = Image.new("RGB", (columns * step, rows * step), PAPER)
    for n, (kind, pairs) in enumerate(sorted(kinds.items())):
        _diagram(ImageDraw.Draw(canvas), (n % columns * step + EDGE, n // columns * step + EDGE), kind, pairs)
    canvas.save(file)


def contact_sheet(cases: Sequence[tuple[bytes, str]], file: Path) -> None:
    """Cases as (PNG of the crop, words) two in a row, in the order given; the first `WORST` of them."""
    shown = cases[:WORST]
    canvas = Image.new("RGB", (2 * TILE[0], max(math.ceil(len(shown) / 2), 1) * TILE[1]), PAPER)
    brush, font = ImageDraw.Draw(canvas), _font(13)
    for n, (picture, words) in enumerate(shown):
        left, top = n % 2 * TILE[0], n // 2 * TILE[1]
        decoded = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_GRAYSCALE)
        if decoded is not None:
            canvas.paste(Image.fromarray(_fitted(np.asarray(decoded, dtype=np.uint8))), (left + 4, top + 4))
        brush.multiline_text((left + TILE[0] // 2 + 8, top + 4), _wrapped(words, 34), fill=INK, font=font, spacing=3)
        brush.line([(left, top), (left + TILE[0], top)], fill=FAINT)
    canvas.save(file)


def strip(crops: Sequence[model.FieldCrop]) -> bytes:
    """The crops of one field side by side, as PNG."""
    height = max(crop.image.shape[0] for crop in crops)
    padded = [
        cv2.copyMakeBorder(c.image, 0, height - c.image.shape[0], 0, 6, cv2.BORDER_CONSTANT, value=(255,))
        for c in crops
    ]
    return bytes(cv2.imencode(".png", np.hstack(padded))[1])


def _diagram(
    brush: ImageDraw.ImageDraw, corner: tuple[int, int], kind: str, pairs: Sequence[tuple[bool, float]]
) -> None:
    left, top = corner
    font = _font(15)
    brush.rectangle([left, top, left + SIDE, top + SIDE], outline=FAINT)
    brush.line([(left, top + SIDE), (left + SIDE, top)], fill=FAINT)
    for level in (0.5, 0.9, 0.99, 0.999):
        at = round(_stretched(level) * SIDE)
        brush.text((left + at - 12, top + SIDE + 6), f"{level:g}", fill=INK, font=font)
        brush.text((left - 44, top + SIDE - at - 8), f"{level:g}", fill=INK, font=font)
    brush.text((left, top - 24), f"{kind}  n {len(pairs)}", fill=INK, font=font)
    for mean, share, low, high in bins(pairs):
        x = left + _stretched(mean) * SIDE
        ends = [(x, top + SIDE * (1 - _stretched(bound))) for bound in (low, high)]
        y = top + SIDE * (1 - _stretched(share))
        brush.line(ends, fill=LINE, width=2)
        brush.ellipse([x - 5, y - 5, x + 5, y + 5], fill=LINE)


def bins(pairs: Sequence[tuple[bool, float]]) -> list[tuple[float, float, float, float]]:
    """(mean confidence, share right, its 95 % interval) of equally filled bins, least confident first."""
    table = np.array([(confidence, right) for right, confidence in pairs], dtype=np.float64).reshape(-1, 2)
    ordered = table[np.argsort(table[:, 0], kind="stable")]
    parts = [part for part in np.array_split(ordered, BINS) if len(part)]
    return [(float(part[:, 0].mean()), float(part[:, 1].mean()), *_wilson(part[:, 1])) for part in parts]


def _wilson(right: NDArray[np.float64], z: float = 1.96) -> tuple[float, float]:
    n, share = len(right), float(right.mean())
    middle, room = share + z * z / (2 * n), z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (middle - room) / (1 + z * z / n), min((middle + room) / (1 + z * z / n), 1.0)


def _stretched(share: float) -> float:
    """0 … 1, with as much room for 0.9 … 0.99 as for 0 … 0.9."""
    return min(-math.log10(max(1 - share, 1e-4)) / 4, 1.0)


def _fitted(picture: Grey) -> NDArray[np.uint8]:
    room = (TILE[0] // 2 - 8, TILE[1] - 8)
    scale = min(room[0] / picture.shape[1], room[1] / picture.shape[0], 1.0)
    size = (max(round(picture.shape[1] * scale), 1), max(round(picture.shape[0] * scale), 1))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _wrapped(words: str, width: int) -> str:
    lines = [line[n : n + width] for line in words.split("\n") for n in range(0, max(len(line), 1), width)]
    return "\n".join(lines[:8])


def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(pen.FONTS / "BIZUDPGothic-Regular.ttf"), size)
