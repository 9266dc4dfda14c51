"""Pictures for the screen, always encoded anew as JPEG: a page upright, and the very crop of a field.

JPEG only: on scanned crops PNG is twice as large and takes eight times as long to make.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

import cv2
import numpy as np

from pipeline import geometry, model
from pipeline.store.cuts import Cuts, Place

JPEG_QUALITY = 80
CROP_QUALITY = 75
LEAST_MARGIN_MM = 2.0
NEAR, WIDE = 0.35, 1.5  # what is shown around a box, as a share of it: what the reader saw, and its surroundings
CSS_PX_PER_MM = 96 / geometry.MM_PER_INCH
ENLARGED = 2  # a crop is shown at twice its size on paper, its surroundings at twice that
MM_WITHOUT_PANEL = geometry.BLANK_PX_PER_MM
LONGEST_PX = 6000  # of a field's picture


@dataclass(frozen=True, eq=False)
class Layout:
    """A page as it is shown, upright, with the fields' places."""

    width: int  # px
    height: int  # px
    outlines: Mapping[str, model.Quad]  # by field id, in px of this picture
    to_shown: geometry.Matrix  # (3, 3): px of the page as it was scanned → px of this picture

    def shown(self, points: geometry.Points) -> geometry.Points:
        """Points on the page, shape (n, 2), on this picture."""
        return geometry.project(self.to_shown, points)

    def on_page(self, points: geometry.Points) -> geometry.Points:
        """Points on this picture, shape (n, 2), on the page as it was scanned."""
        return geometry.project(np.asarray(np.linalg.inv(self.to_shown), dtype=np.float64), points)


def page(image: geometry.Grey, turn: int, width: int) -> bytes:
    """A page as grey JPEG, turned clockwise by `turn` degrees, at most `width` px wide."""
    return _encoded(_narrowed(geometry.turned(image, turn), width), JPEG_QUALITY)


def layout(size: tuple[int, int], turn: int, width: int, quads: Mapping[str, model.Quad]) -> Layout:
    """How `page` shows a picture of `size` (width, height), and where `quads` (px of that picture) lie on it."""
    wide, high = size if turn % 180 == 0 else size[::-1]
    shown = _fitted(wide, high, width)
    scale = shown[0] / wide
    # Centres of pixels are whole numbers before and after, so the half pixel is put back.
    half = (scale - 1) / 2
    to_shown = np.array([[scale, 0, half], [0, scale, half], [0, 0, 1]]) @ geometry.quarter_turn(*size, turn)
    return Layout(*shown, {name: _carried(to_shown, quad) for name, quad in quads.items()}, to_shown)


def field(image: geometry.Grey, quad: model.Quad, px_per_mm: float, wide: bool = False) -> bytes:
    """What lies at `quad` (px of `image`) as JPEG, upright.

    As the reader saw it (margin 35 % of the shorter side of the box, at least 2 mm), at twice its size on paper but
    never finer than the scan; `wide`: with its surroundings, at four times its size on paper.
    """
    shown = CSS_PX_PER_MM * ENLARGED / px_per_mm
    cut = _cut(image, quad, px_per_mm, *((2 * shown, WIDE) if wide else (min(1.0, shown), NEAR)))
    return _encoded(cut, CROP_QUALITY)


def cuts(image: geometry.Grey, records: Iterable[model.Record]) -> Cuts | None:
    """The crops of one page that a person will look at: of fields which no reader settled; None when nobody will.

    Args:
        image: the page.
        records: what it makes alone, judged.
    """
    waiting = [one for one in records if one.status != "accepted"]
    found: dict[Place, bytes] = {}
    for record in waiting:
        found |= _of_record(image, record)
    return Cuts(image.shape[1], image.shape[0], found) if waiting else None


def _of_record(image: geometry.Grey, record: model.Record) -> dict[Place, bytes]:
    at, found = record.pages[0], {}
    wanted = {name: one.quad_px for name, one in record.readings.items() if name not in record.accepted}
    for name, quad in wanted.items():
        # What cannot be cut is tried again when a person asks for it, and says then what is wrong.
        with suppress(ValueError, np.linalg.LinAlgError, cv2.error):
            if quad is not None:
                found[at.place, name] = field(image, quad, px_per_mm(at))
    return found


def _cut(image: geometry.Grey, quad: model.Quad, px_per_mm: float, scale: float, around: float) -> geometry.Grey:
    corners = np.array(quad, dtype=np.float64)
    wide = max(float(np.linalg.norm(corners[1] - corners[0])), 1.0)
    high = max(float(np.linalg.norm(corners[3] - corners[0])), 1.0)
    margin = max(around * min(wide, high), LEAST_MARGIN_MM * px_per_mm)
    box = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], dtype=np.float64)
    scale = min(scale, LONGEST_PX / (max(wide, high) + 2 * margin))
    target = (box + margin) * scale
    to_source = geometry.fit_homography(target, corners)
    size = (max(round((wide + 2 * margin) * scale), 1), max(round((high + 2 * margin) * scale), 1))
    return geometry.warp(image, to_source, size)


def px_per_mm(placement: model.Placement) -> float:
    """The scan's scale on a page, as its panels say."""
    found = [float(np.sqrt(abs(np.linalg.det(panel.mm_to_px[:2, :2])))) for panel in placement.panels]
    return float(np.median(found)) if found else MM_WITHOUT_PANEL


def _fitted(wide: int, high: int, width: int) -> tuple[int, int]:
    return (wide, high) if wide <= width else (width, max(round(high * width / wide), 1))


def _narrowed(image: geometry.Grey, width: int) -> geometry.Grey:
    high, wide = image.shape
    size = _fitted(wide, high, width)
    if size == (wide, high):
        return image
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _carried(to_shown: geometry.Matrix, quad: model.Quad) -> model.Quad:
    points = geometry.project(to_shown, np.array(quad, dtype=np.float64))
    return tuple((float(x), float(y)) for x, y in points)


def _encoded(image: geometry.Grey, quality: int) -> bytes:
    return bytes(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1])
