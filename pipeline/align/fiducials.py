"""Printed fiducials (ArUco) on parts of a page."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from pipeline.align.scan import FoundMarker, Levels, Part, whole
from pipeline.geometry import Grey, Points

LEAST_SHARE = 0.02  # of the page's long side: the perimeter from which a dark square is looked at
CORNER_SHARE = 0.2  # of the page's short side: how far from the corners of the page fiducials are looked for first


def coarsest(levels: Levels, dictionary: str) -> tuple[int, list[FoundMarker]]:
    """The coarsest level that shows any fiducials, and those."""
    for level in range(len(levels) - 1, -1, -1):
        found = on(levels, whole(levels, level), dictionary)
        if found:
            return level, without_doubles(found)
    return 0, []


def in_corners(levels: Levels, dictionary: str) -> list[FoundMarker]:
    """Fiducials near the corners of the page, on the coarsest level."""
    level = len(levels) - 1
    h, w = levels[level].shape
    reach = round(CORNER_SHARE * min(h, w))
    spans = [(x, y, x + reach, y + reach) for y in (0, h - reach) for x in (0, w - reach)]
    return [marker for span in spans for marker in on(levels, Part(level, span), dictionary)]


def on(levels: Levels, where: Part, dictionary: str) -> list[FoundMarker]:
    """Fiducials on a part of the page, corners sub-pixel on the full picture."""
    image = where.of(levels)
    if min(image.shape) < 8:
        return []
    share = LEAST_SHARE * max(levels[where.level].shape) / max(image.shape)
    corners, ids, _ = _detector(dictionary, round(share, 2)).detectMarkers(image)
    pairs = zip(np.ravel(ids), corners, strict=True) if len(corners) else ()
    return [FoundMarker(int(i), _sharpened(levels[0], where.to_full(c.reshape(4, 2).astype(float)))) for i, c in pairs]


def without_doubles(found: list[FoundMarker]) -> list[FoundMarker]:
    """Each fiducial once in each place."""
    kept: list[FoundMarker] = []
    for marker in found:
        middle = marker.corners.mean(axis=0)
        if not any(k.id == marker.id and np.linalg.norm(k.corners.mean(axis=0) - middle) < 8 for k in kept):
            kept.append(marker)
    return kept


@lru_cache(maxsize=64)
def _detector(dictionary: str, least_share: float) -> cv2.aruco.ArucoDetector:
    parameters = cv2.aruco.DetectorParameters()
    parameters.adaptiveThreshWinSizeMin = parameters.adaptiveThreshWinSizeMax = 15
    parameters.minMarkerPerimeterRate = least_share
    parameters.errorCorrectionRate = 0.3
    return cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, dictionary)), parameters)


def _sharpened(image: Grey, corners: Points) -> Points:
    """Corners moved to the sub-pixel saddle of the full picture; one that runs away stays where it was."""
    side = float(np.linalg.norm(corners[0] - corners[1]))
    window = max(2, round(side / 12))
    rough = corners.astype(np.float32).reshape(-1, 1, 2)
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 0.02)
    inside = ((corners > window + 2) & (corners < np.array(image.shape[::-1]) - window - 3)).all()
    if not inside:
        return corners
    fine = cv2.cornerSubPix(image, rough, (window, window), (-1, -1), criteria).reshape(4, 2).astype(np.float64)
    moved = np.linalg.norm(fine - corners, axis=1) > window
    return np.where(moved[:, None], corners, fine)
