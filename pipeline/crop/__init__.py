"""Station 3: a sheet → one picture per field box, with margin, and the blank at the very same place."""

from __future__ import annotations

import cv2
import numpy as np

from pipeline import geometry, model
from pipeline.forms import schema
from pipeline.geometry import BLANK_PX_PER_MM, Box, Grey, Matrix, Points

__all__ = ["fields", "margin_mm", "option_margin_mm"]

MARGIN_SHARE = 0.35
MARGIN_MIN_MM = 2.0
LOOSE_MIN_MM, LOOSE_MOST_MM = 3.0, 6.0  # around options: loose circles run wide of long words


def fields(sheet: model.Sheet) -> tuple[model.FieldCrop, ...]:
    """A crop per box of every field that lies on a panel in hand, at 300 dpi, warped straight from the page."""
    if sheet.side is None:
        return ()
    source = _source(sheet)
    boxes = [(field, part, box) for field in sheet.side.fields for part, box in field.boxes().items()]
    found = [(field, part, box, sheet.panel_for(box)) for field, part, box in boxes]
    return tuple(_crop(sheet, source, (f, part, box), panel) for f, part, box, panel in found if panel is not None)


def margin_mm(box: Box) -> float:
    """How much is shown around a box: 35 % of its shorter side, at least 2 mm."""
    return max(MARGIN_MIN_MM, MARGIN_SHARE * min(box.w, box.h))


def option_margin_mm(box: Box) -> float:
    """How much is shown around an option that is marked: more, the longer it is, since marks run wide of it."""
    return max(margin_mm(box), LOOSE_MIN_MM, min(MARGIN_SHARE * max(box.w, box.h), LOOSE_MOST_MM))


def _source(sheet: model.Sheet) -> tuple[Grey, int]:
    """The picture to warp from and its halving: never much finer than the crops, so that thin strokes do not alias."""
    scale = min(float(panel.quality.get("px_per_mm", BLANK_PX_PER_MM)) for panel in sheet.panels)
    image = sheet.page.image
    if scale < 1.6 * BLANK_PX_PER_MM:
        return image, 0
    h, w = image.shape[0] // 2, image.shape[1] // 2
    half = cv2.resize(image[: 2 * h, : 2 * w], (w, h), interpolation=cv2.INTER_AREA)
    return np.asarray(half, dtype=np.uint8), 1


def _crop(
    sheet: model.Sheet, source: tuple[Grey, int], what: tuple[schema.Field, str, Box], panel: model.Panel
) -> model.FieldCrop:
    field, part, box = what
    marked = part.startswith(("option-", "era-"))
    margin = option_margin_mm(box) if marked else margin_mm(box)
    blank = _blank_of(sheet)
    left, top, right, low = _window(box.grown(margin), blank.shape)
    corners_mm = (np.array([[left, top], [right, top], [right, low], [left, low]]) + 0.5) / BLANK_PX_PER_MM
    image = _warped(source, panel.to_px(corners_mm), (right - left, low - top))
    quad = panel.to_px(box.corners())
    return model.FieldCrop(
        field=field,
        part=part,
        box=box,
        image=image,
        blank=blank[top:low, left:right],
        px_per_mm=BLANK_PX_PER_MM,
        margin_mm=margin,
        quad_px=tuple((float(x), float(y)) for x, y in quad),
        words=tuple(word for word in sheet.page.words if _inside(word, quad)),
        off_page=_off(quad, sheet.page.image),
        source_px_per_mm=float(panel.quality.get("px_per_mm", 0.0)),
    )


def _blank_of(sheet: model.Sheet) -> Grey:
    if sheet.side is None:
        raise ValueError("a sheet without a form has no fields to crop")
    return sheet.side.blank


def _window(box: Box, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Left, top, right, bottom in whole px of the blank, kept on the paper."""
    left, top = round(box.x * BLANK_PX_PER_MM), round(box.y * BLANK_PX_PER_MM)
    right, low = round((box.x + box.w) * BLANK_PX_PER_MM), round((box.y + box.h) * BLANK_PX_PER_MM)
    return max(left, 0), max(top, 0), min(right, shape[1]), min(low, shape[0])


def _warped(source: tuple[Grey, int], quad: Points, size: tuple[int, int]) -> Grey:
    """The quadrilateral `quad` (px of the page) as an upright picture of `size` (width, height)."""
    image, halvings = source
    w, h = size
    target = np.array([[0, 0], [w, 0], [w, h], [0, h]], dtype=np.float64)
    to_page: Matrix = geometry.fit_homography(target, (quad - 0.5 * halvings) / 2**halvings)
    return geometry.warp(image, to_page, size)


def _inside(word: model.Word, quad: Points) -> bool:
    x, y, w, h = word.box
    return (
        cv2.pointPolygonTest(quad.astype(np.float32).reshape(-1, 1, 2), (x + w / 2, y + h / 2), measureDist=False) >= 0
    )


def _off(quad: Points, image: Grey) -> float:
    """Share of the box off the picture."""
    h, w = image.shape
    if (quad >= 0).all() and (quad <= (w - 1, h - 1)).all():
        return 0.0
    steps = (np.arange(8) + 0.5) / 8
    u, v = (grid.ravel()[:, None] for grid in np.meshgrid(steps, steps))
    points = (1 - v) * ((1 - u) * quad[0] + u * quad[1]) + v * ((1 - u) * quad[3] + u * quad[2])
    return float(1 - ((points >= 0).all(axis=1) & (points <= (w - 1, h - 1)).all(axis=1)).mean())
