"""Station 3: a sheet → one picture per field box, with margin, and the blank at the very same place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from pipeline import geometry, model
from pipeline.forms import schema
from pipeline.geometry import BLANK_PX_PER_MM, Box, Grey, Matrix, Points

__all__ = ["fields", "margin_mm", "option_margin_mm"]

MARGIN_SHARE = 0.35
MARGIN_MIN_MM = 2.0
LOOSE_MIN_MM, LOOSE_MOST_MM = 3.0, 6.0  # around options: loose circles run wide of long words
STRAIGHT_PX = 0.1  # a window so near a parallelogram is cut as one, which is faster


@dataclass(frozen=True)
class _Window:
    """A box and what is shown around it, in whole px of the blank."""

    field: schema.Field
    part: str
    box: Box
    margin: float
    span: tuple[int, int, int, int]  # left, top, right, bottom

    def corners(self) -> Points:
        """Of what is shown, then of the box itself, in mm, shape (8, 2)."""
        left, top, right, low = self.span
        shown = (np.array([[left, top], [right, top], [right, low], [left, low]]) + 0.5) / BLANK_PX_PER_MM
        return np.concatenate([shown, self.box.corners()])


def fields(sheet: model.Sheet) -> tuple[model.FieldCrop, ...]:
    """A crop per box of every field that lies on a panel in hand, at 300 dpi, warped straight from the page."""
    if sheet.side is None:
        return ()
    source, panels = _source(sheet), {panel.id: panel for panel in sheet.panels}
    windows = [_window(field, part, box, sheet.side.blank) for field in sheet.side.fields
               for part, box in field.boxes().items()]  # fmt: skip
    homes = [panels.get(sheet.side.panel_of(window.box).id) for window in windows]
    placed = [(window, panel) for window, panel in zip(windows, homes, strict=True) if panel is not None]
    quads = _placed(placed)
    return tuple(_crop(sheet, source, *pair, quad) for pair, quad in zip(placed, quads, strict=True))


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


def _window(field: schema.Field, part: str, box: Box, blank: Grey) -> _Window:
    """A box with its margin, kept on the paper."""
    margin = option_margin_mm(box) if part.startswith(("option-", "era-")) else margin_mm(box)
    around = box.grown(margin)
    left, top = round(around.x * BLANK_PX_PER_MM), round(around.y * BLANK_PX_PER_MM)
    right, low = round((around.x + around.w) * BLANK_PX_PER_MM), round((around.y + around.h) * BLANK_PX_PER_MM)
    h, w = blank.shape
    return _Window(field, part, box, margin, (max(left, 0), max(top, 0), min(right, w), min(low, h)))


def _placed(pairs: Sequence[tuple[_Window, model.Panel]]) -> Points:
    """Corners of every window and of its box on the page, shape (n, 8, 2), each panel asked once."""
    quads = np.empty((len(pairs), 8, 2))
    for panel in {id(panel): panel for _, panel in pairs}.values():
        mine = [n for n, (_, home) in enumerate(pairs) if home is panel]
        mm = np.concatenate([pairs[n][0].corners() for n in mine])
        quads[mine] = panel.to_px(mm).reshape(-1, 8, 2)
    return quads


def _crop(
    sheet: model.Sheet, source: tuple[Grey, int], window: _Window, panel: model.Panel, corners: Points
) -> model.FieldCrop:
    shown, quad = corners[:4], corners[4:]
    left, top, right, low = window.span
    return model.FieldCrop(
        field=window.field,
        part=window.part,
        box=window.box,
        image=_warped(source, shown, (right - left, low - top)),
        blank=_blank_of(sheet)[top:low, left:right],
        px_per_mm=BLANK_PX_PER_MM,
        margin_mm=window.margin,
        quad_px=tuple(map(tuple, quad.tolist())),
        words=_words(sheet.page.words, quad),
        off_page=_off(quad, sheet.page.image),
        source_px_per_mm=float(panel.quality.get("px_per_mm", 0.0)),
    )


def _blank_of(sheet: model.Sheet) -> Grey:
    if sheet.side is None:
        raise ValueError("a sheet without a form has no fields to crop")
    return sheet.side.blank


def _warped(source: tuple[Grey, int], quad: Points, size: tuple[int, int]) -> Grey:
    """The quadrilateral `quad` (px of the page) as an upright picture of `size` (width, height)."""
    image, halvings = source
    return geometry.warp(image, _onto((quad - 0.5 * halvings) / 2**halvings, size), size)


def _onto(quad: Points, size: tuple[int, int]) -> Matrix:
    """Px of a picture of `size` → where they lie, its corners on those of `quad`."""
    w, h = size
    if np.abs(quad[0] - quad[1] + quad[2] - quad[3]).max() / 4 > STRAIGHT_PX:
        target = np.array([[0, 0], [w, 0], [w, h], [0, h]], dtype=np.float32)
        return np.asarray(cv2.getPerspectiveTransform(target, quad.astype(np.float32)), dtype=np.float64)
    across, down = (quad[1] - quad[0] + quad[2] - quad[3]) / 2, (quad[3] - quad[0] + quad[2] - quad[1]) / 2
    start = quad.mean(axis=0) - (across + down) / 2
    return np.array([[*pair, first] for *pair, first in zip(across / w, down / h, start, strict=True)] + [[0, 0, 1]])


def _words(words: Sequence[model.Word], quad: Points) -> tuple[model.Word, ...]:
    """Those whose middle lies in the quadrilateral."""
    if not words:
        return ()
    outline, (low, high) = quad.astype(np.float32).reshape(-1, 1, 2), (quad.min(axis=0), quad.max(axis=0))
    middles = [(word, (word.box[0] + word.box[2] / 2, word.box[1] + word.box[3] / 2)) for word in words]
    near = [(word, at) for word, at in middles if low[0] <= at[0] <= high[0] and low[1] <= at[1] <= high[1]]
    return tuple(word for word, at in near if cv2.pointPolygonTest(outline, at, measureDist=False) >= 0)


def _off(quad: Points, image: Grey) -> float:
    """Share of the box off the picture."""
    h, w = image.shape
    if (quad >= 0).all() and (quad <= (w - 1, h - 1)).all():
        return 0.0
    steps = (np.arange(8) + 0.5) / 8
    u, v = (grid.ravel()[:, None] for grid in np.meshgrid(steps, steps))
    points = (1 - v) * ((1 - u) * quad[0] + u * quad[1]) + v * ((1 - u) * quad[3] + u * quad[2])
    return float(1 - ((points >= 0).all(axis=1) & (points <= (w - 1, h - 1)).all(axis=1)).mean())
