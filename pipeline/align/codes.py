"""QR codes of ours: where laid panels have theirs printed, and on the whole page where something may lie beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import cv2
import numpy as np
import zxingcpp

from pipeline import geometry
from pipeline.align.markers import Laid, fill_the_page
from pipeline.align.scan import FoundCode, Levels, Part, part, whole

PAYLOAD = "YT1"
SERIAL_CHARS = 60  # the store keeps no longer one
AROUND_MM = 6.0  # shown around a printed code
SAME_PX = 40.0  # codes so near each other are one


def read(levels: Levels, laid: Sequence[Laid]) -> tuple[FoundCode, ...]:
    """Codes of ours on a page on which panels are laid: on all of it, unless every panel shows its own in its place."""
    found = _where_printed(levels, laid) if fill_the_page(levels, laid) else ()
    return found if found and all(_has_its_own(piece, found, laid) for piece in laid) else _anywhere(levels)


def _where_printed(levels: Levels, laid: Iterable[Laid]) -> tuple[FoundCode, ...]:
    found: list[FoundCode] = []
    for place in _places(laid):
        tries = (_read(levels, part(levels, level, place), downscale=False) for level in (1, 0))
        found += next((codes for codes in tries if codes), [])
    return tuple(found)


def _has_its_own(piece: Laid, found: Iterable[FoundCode], laid: Iterable[Laid]) -> bool:
    """Whether a code lies on the panel, or the form prints one on another of its panels only."""
    if all(printed.panel != piece.panel.id for printed in piece.side.code):
        panels = {printed.panel for printed in piece.side.code}
        return any(other.side is piece.side and other.panel.id in panels for other in laid)
    outline = geometry.project(piece.matrix, piece.panel.box.corners()).astype(np.float32).reshape(-1, 1, 2)
    middles = (code.corners.mean(axis=0).tolist() for code in found)
    return any(cv2.pointPolygonTest(outline, middle, measureDist=False) >= 0 for middle in middles)


def _places(laid: Iterable[Laid]) -> Iterator[geometry.Points]:
    """Corners (4, 2) in px of what is looked at, each place once however many forms have a code there."""
    seen: list[geometry.Points] = []
    for piece in laid:
        for printed in (one for one in piece.side.code if one.panel == piece.panel.id):
            px = geometry.project(piece.matrix, printed.box.grown(AROUND_MM).corners())
            if all(np.abs(px - other).max() > SAME_PX for other in seen):
                seen.append(px)
                yield px


def _anywhere(levels: Levels) -> tuple[FoundCode, ...]:
    """Codes on the half-size picture; on the full one only when there are none (small or coarse prints)."""
    tries = (_read(levels, whole(levels, level), downscale=level == 0) for level in (1, 0))
    return tuple(next((codes for codes in tries if codes), []))


def _read(levels: Levels, where: Part, downscale: bool) -> list[FoundCode]:
    image = where.of(levels)
    if min(image.shape) < 2:
        return []
    kinds = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    results = zxingcpp.read_barcodes(
        np.ascontiguousarray(image), formats=kinds, try_downscale=downscale, try_invert=False
    )
    return [code for code in (_code(result, where) for result in results) if code]


def _code(result: zxingcpp.Barcode, where: Part) -> FoundCode | None:
    parts = result.text.split("/")
    if len(parts) != 5 or parts[0] != PAYLOAD or len(parts[4]) > SERIAL_CHARS or not result.text.isprintable():
        return None
    p = result.position
    corners = np.array([[c.x, c.y] for c in (p.top_left, p.top_right, p.bottom_right, p.bottom_left)], dtype=np.float64)
    return FoundCode((parts[1], parts[2]), parts[3], parts[4] or None, where.to_full(corners))
