"""Pictures for the screen, always encoded anew: a page upright, and the very crop of a field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from pipeline import geometry, model

JPEG_QUALITY = 80
LEAST_MARGIN_MM = 2.0
MM_WITHOUT_PANEL = geometry.BLANK_PX_PER_MM
LONGEST_PX = 6000  # of a field's picture


@dataclass(frozen=True)
class PageView:
    """A page for the screen, upright, with the fields' places."""

    jpeg: bytes
    width: int  # px
    height: int  # px
    outlines: Mapping[str, model.Quad]  # by field id, in px of this picture


def page(image: geometry.Grey, turn: int, width: int) -> bytes:
    """A page as grey JPEG, turned clockwise by `turn` degrees, at most `width` px wide."""
    return _jpeg(_narrowed(geometry.turned(image, turn), width))


def view(image: geometry.Grey, turn: int, width: int, quads: Mapping[str, model.Quad]) -> PageView:
    """A page as `page` gives it, and where `quads` (px of `image`) lie on it."""
    shown = _narrowed(geometry.turned(image, turn), width)
    high, wide = image.shape
    upright = geometry.quarter_turn(wide, high, turn)
    scale = shown.shape[1] / (wide if turn % 180 == 0 else high)
    outlines = {name: _carried(upright, scale, quad) for name, quad in quads.items()}
    return PageView(_jpeg(shown), shown.shape[1], shown.shape[0], outlines)


def field(image: geometry.Grey, quad: model.Quad, px_per_mm: float, scale: float, around: float) -> bytes:
    """What lies at `quad` (px of `image`) as PNG, upright, `scale` times its size.

    The margin is `around` of the shorter side of the box, at least 2 mm.
    """
    corners = np.array(quad, dtype=np.float64)
    wide = max(float(np.linalg.norm(corners[1] - corners[0])), 1.0)
    high = max(float(np.linalg.norm(corners[3] - corners[0])), 1.0)
    margin = max(around * min(wide, high), LEAST_MARGIN_MM * px_per_mm)
    box = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], dtype=np.float64)
    scale = min(scale, LONGEST_PX / (max(wide, high) + 2 * margin))
    target = (box + margin) * scale
    to_source = geometry.fit_homography(target, corners)
    size = (max(round((wide + 2 * margin) * scale), 1), max(round((high + 2 * margin) * scale), 1))
    return _encoded(".png", geometry.warp(image, to_source, size), [cv2.IMWRITE_PNG_COMPRESSION, 3])


def px_per_mm(placement: model.Placement) -> float:
    """The scan's scale on a page, as its panels say."""
    found = [float(np.sqrt(abs(np.linalg.det(panel.mm_to_px[:2, :2])))) for panel in placement.panels]
    return float(np.median(found)) if found else MM_WITHOUT_PANEL


def _narrowed(image: geometry.Grey, width: int) -> geometry.Grey:
    high, wide = image.shape
    if wide <= width:
        return image
    size = (width, max(round(high * width / wide), 1))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _carried(upright: geometry.Matrix, scale: float, quad: model.Quad) -> model.Quad:
    # Centres of pixels are whole numbers before and after, so the half pixel is put back.
    points = (geometry.project(upright, np.array(quad, dtype=np.float64)) + 0.5) * scale - 0.5
    return tuple((float(x), float(y)) for x, y in points)


def _jpeg(image: geometry.Grey) -> bytes:
    return _encoded(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])


def _encoded(kind: str, image: geometry.Grey, how: list[int]) -> bytes:
    return bytes(cv2.imencode(kind, image, how)[1])
