"""Panels laid by printed fiducials: which of them belong together, and where that puts the panel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import cv2
import numpy as np

from pipeline import geometry
from pipeline.align import fiducials
from pipeline.align.scan import FoundMarker, Levels, part, whole
from pipeline.align.template import SideKey
from pipeline.forms import schema
from pipeline.geometry import Matrix, Points

AGREE_MM = 1.5  # a marker this far from where the others put it does not belong to them
REACH = 0.05  # growth of that distance per mm, when only one marker's four corners are known
AROUND_MM = 8.0  # how far from its place a fiducial is looked for where others have laid the panel
SURE = 2  # fiducials that agree: the panel lies there
FILLED = 0.8  # share of the page from which panels leave no room for another sheet
Sides: TypeAlias = Sequence[tuple[schema.Form, schema.Side]]


@dataclass(frozen=True, eq=False)
class Laid:
    """A panel laid roughly on the page."""

    form: schema.Form
    side: schema.Side
    panel: schema.Panel
    matrix: Matrix  # mm → px
    markers: tuple[FoundMarker, ...]


def panels(levels: Levels, sides: Sides) -> list[Laid]:
    """Every panel of `sides` whose fiducials are on the page, most fiducials first, each fiducial used once a side."""
    found: list[Laid] = []
    for dictionary in dict.fromkeys(side.markers.dictionary for _, side in sides if side.markers and side.markers.at):
        those = [(f, s) for f, s in sides if s.markers and s.markers.dictionary == dictionary]
        found += _of_dictionary(levels, dictionary, those)
    return found


def _of_dictionary(levels: Levels, dictionary: str, sides: Sides) -> list[Laid]:
    """From the corners of the page, else from all of it at the coarsest, else at the next finer level too."""
    seen = _completed(levels, dictionary, fiducials.in_corners(levels, dictionary), sides)
    if fill_the_page(levels, laid := _laid(seen, sides)):
        return laid
    level, coarse = fiducials.coarsest(levels, dictionary)
    seen = _completed(levels, dictionary, coarse, sides)
    laid = _laid(seen, sides)
    if level == 0 or len(coarse) % 4 == 0 or fill_the_page(levels, laid):
        return laid
    finer = fiducials.on(levels, whole(levels, level - 1), dictionary)
    return _laid(fiducials.without_doubles(finer + seen), sides)


def _completed(levels: Levels, dictionary: str, seen: list[FoundMarker], sides: Sides) -> list[FoundMarker]:
    """The same with those found where panels laid by them say that more fiducials are."""
    places = _expected(seen, _laid(seen, sides))
    more = [marker for place in places for marker in _there(levels, dictionary, *place)]
    return fiducials.without_doubles(seen + more)


def fill_the_page(levels: Levels, laid: Iterable[Laid]) -> bool:
    """Whether panels surely laid leave no room for another sheet."""
    small = np.zeros((64, 64), np.uint8)
    h, w = levels[0].shape
    for piece in (piece for piece in laid if len(piece.markers) >= SURE):
        outline = geometry.project(piece.matrix, piece.panel.box.corners()) * (64 / w, 64 / h)
        cv2.fillConvexPoly(small, np.rint(outline).astype(np.int32), (1,))
    return float(small.mean()) >= FILLED


def _expected(seen: list[FoundMarker], laid: Iterable[Laid]) -> Iterator[tuple[int, Points]]:
    """Numbers of fiducials not seen yet, and the corners (4, 2) in px of where to look."""
    asked = [(marker.id, marker.corners.mean(axis=0)) for marker in seen]
    for piece in laid:
        for number, box in _boxes(SideKey(piece.side), piece.panel.id).items():
            px = geometry.project(piece.matrix, box.grown(AROUND_MM).corners())
            middle = px.mean(axis=0)
            near = float(np.linalg.norm(px[0] - px[2])) / 4
            if all(number != other or np.linalg.norm(middle - at) > near for other, at in asked):
                asked.append((number, middle))
                yield number, px


def _there(levels: Levels, dictionary: str, number: int, px: Points) -> list[FoundMarker]:
    """The fiducial in its place, on the coarsest level that shows it."""
    for level in range(len(levels) - 1, -1, -1):
        found = [m for m in fiducials.on(levels, part(levels, level, px), dictionary) if m.id == number]
        if found:
            return found
    return []


def _laid(seen: list[FoundMarker], sides: Sides) -> list[Laid]:
    return [piece for form, side in sides for piece in _side(form, side, seen)]


def _side(form: schema.Form, side: schema.Side, seen: list[FoundMarker]) -> Iterator[Laid]:
    for panel in side.panels:
        places = {number: box.corners() for number, box in _boxes(SideKey(side), panel.id).items()}
        free = [marker for marker in seen if marker.id in places]
        while best := _best(places, free):
            matrix, used = best
            yield Laid(form, side, panel, matrix, tuple(used))
            free = [marker for marker in free if all(marker is not other for other in used)]


@lru_cache(maxsize=512)
def _boxes(key: SideKey, panel_id: str) -> dict[int, geometry.Box]:
    """Every fiducial printed on a panel, in mm."""
    if key.side.markers is None:
        return {}
    panel = next(panel for panel in key.side.panels if panel.id == panel_id)
    half, size = key.side.markers.size / 2, key.side.markers.size
    boxes = {m.id: geometry.Box(m.center[0] - half, m.center[1] - half, size, size) for m in key.side.markers.at}
    return {i: box for i, box in boxes.items() if panel.box.contains(box, slack=half)}


def _best(places: dict[int, Points], free: list[FoundMarker]) -> tuple[Matrix, list[FoundMarker]] | None:
    """The largest set of fiducials that one placement explains."""
    best: tuple[Matrix, list[FoundMarker]] | None = None
    most = len({marker.id for marker in free})
    for seed in free:
        found = _grown(places, seed, free)
        best = found if best is None or len(found[1]) > len(best[1]) else best
        if len(best[1]) == most:
            break
    return best


def _grown(places: dict[int, Points], seed: FoundMarker, free: list[FoundMarker]) -> tuple[Matrix, list[FoundMarker]]:
    used = {seed.id: seed}
    matrix = _similarity(places[seed.id], seed.corners)
    for number in sorted(places, key=lambda i: float(np.linalg.norm(places[i].mean(0) - places[seed.id].mean(0)))):
        if number in used:
            continue
        reach = AGREE_MM + REACH * float(np.linalg.norm(places[number].mean(0) - places[seed.id].mean(0))) / len(used)
        near = _nearest(matrix, places[number], [m for m in free if m.id == number])
        if near is not None and near[0] <= reach:
            used[number] = near[1]
            matrix = _fit(places, used)
    return matrix, list(used.values())


def _nearest(matrix: Matrix, mm: Points, those: list[FoundMarker]) -> tuple[float, FoundMarker] | None:
    """Distance in mm of the nearest of `those` from its place."""
    expected, scale = geometry.project(matrix, mm), geometry.px_per_mm(matrix, mm.mean(axis=0))
    gaps = [(float(np.linalg.norm(m.corners - expected, axis=1).mean()) / scale, m) for m in those]
    return min(gaps, key=lambda gap: gap[0], default=None)


def _fit(places: dict[int, Points], used: dict[int, FoundMarker]) -> Matrix:
    mm = np.concatenate([places[i] for i in used])
    px = np.concatenate([used[i].corners for i in used])
    return geometry.fit_homography(mm, px) if len(used) > 2 else _similarity(mm, px)


def _similarity(mm: Points, px: Points) -> Matrix:
    """Least-squares similarity mm → px (Umeyama 1991), without mirroring."""
    a, b = mm - mm.mean(axis=0), px - px.mean(axis=0)
    z, w = a[:, 0] + 1j * a[:, 1], b[:, 0] + 1j * b[:, 1]
    s = (np.conj(z) @ w) / (np.conj(z) @ z)
    linear = np.array([[s.real, -s.imag], [s.imag, s.real]])
    return np.vstack([np.column_stack([linear, px.mean(axis=0) - linear @ mm.mean(axis=0)]), [0, 0, 1]])
