"""Panels laid by printed fiducials: which of them belong together, and where that puts the panel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from pipeline import geometry
from pipeline.align.scan import FoundMarker, Scan, markers
from pipeline.forms import schema
from pipeline.geometry import Matrix, Points

AGREE_MM = 1.5  # a marker this far from where the others put it does not belong to them
REACH = 0.05  # growth of that distance per mm, when only one marker's four corners are known


@dataclass(frozen=True, eq=False)
class Laid:
    """A panel laid roughly on the page."""

    form: schema.Form
    side: schema.Side
    panel: schema.Panel
    matrix: Matrix  # mm → px
    markers: tuple[FoundMarker, ...]


def panels(scan: Scan, sides: Iterable[tuple[schema.Form, schema.Side]]) -> list[Laid]:
    """Every panel of `sides` whose fiducials are on the page, most fiducials first, each fiducial used once a side."""
    found: list[Laid] = []
    seen: dict[str, list[FoundMarker]] = {}
    for form, side in sides:
        if side.markers and side.markers.at:
            name = side.markers.dictionary
            seen[name] = seen[name] if name in seen else _all_markers(scan, name)
            found += _side(form, side, seen[name])
    return found


def _all_markers(scan: Scan, dictionary: str) -> list[FoundMarker]:
    """Fiducials on the coarsest level that shows any and on the next finer one, doubles left out."""
    levels = range(len(scan.levels) - 1, -1, -1)
    for level in levels:
        found = markers(scan, dictionary, level)
        if found:
            finer = markers(scan, dictionary, level - 1) if level > 0 and len(found) % 4 else []
            return _without_doubles(finer + found)
    return []


def _without_doubles(found: list[FoundMarker]) -> list[FoundMarker]:
    kept: list[FoundMarker] = []
    for marker in found:
        middle = marker.corners.mean(axis=0)
        if not any(k.id == marker.id and np.linalg.norm(k.corners.mean(axis=0) - middle) < 8 for k in kept):
            kept.append(marker)
    return kept


def _side(form: schema.Form, side: schema.Side, seen: list[FoundMarker]) -> Iterator[Laid]:
    for panel in side.panels:
        places = _places(side, panel)
        free = [marker for marker in seen if marker.id in places]
        while best := _best(places, free):
            matrix, used = best
            yield Laid(form, side, panel, matrix, tuple(used))
            free = [marker for marker in free if all(marker is not other for other in used)]


def _places(side: schema.Side, panel: schema.Panel) -> dict[int, Points]:
    """Corners in mm of every fiducial printed on a panel."""
    if side.markers is None:
        return {}
    half, size = side.markers.size / 2, side.markers.size
    boxes = {m.id: geometry.Box(m.center[0] - half, m.center[1] - half, size, size) for m in side.markers.at}
    return {i: box.corners() for i, box in boxes.items() if panel.box.contains(box, slack=half)}


def _best(places: dict[int, Points], free: list[FoundMarker]) -> tuple[Matrix, list[FoundMarker]] | None:
    """The largest set of fiducials that one placement explains."""
    tries = [_grown(places, seed, free) for seed in free]
    return max(tries, key=lambda t: len(t[1]), default=None)


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
