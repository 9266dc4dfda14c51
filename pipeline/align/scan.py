"""What can be seen on a page before any form is laid on it: a pyramid, codes and fiducials."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import cv2
import numpy as np
import zxingcpp

from pipeline.geometry import Grey, Points

DETECT_PX = 1100  # long side, at least, of the picture on which fiducials are first looked for
LOOK_PX = 1400  # long side, at most, of the picture whose key points are matched
PAYLOAD = "YT1"
SERIAL_CHARS = 60  # the store keeps no longer one


@dataclass(frozen=True, eq=False)
class FoundMarker:
    """A fiducial seen on the page."""

    id: int
    corners: Points  # (4, 2) px: top-left, top-right, bottom-right, bottom-left of the marker as printed


@dataclass(frozen=True, eq=False)
class FoundCode:
    """A QR of ours seen on the page."""

    form: tuple[str, str]  # id, version
    side: str
    serial: str | None
    corners: Points  # (4, 2) px, in the symbol's own order


@dataclass(frozen=True, eq=False)
class Scan:
    """A page's pyramid by exact halvings, and the codes on it."""

    levels: tuple[Grey, ...]  # full, half, quarter …
    codes: tuple[FoundCode, ...]

    @property
    def full(self) -> Grey:
        """The page's picture."""
        return self.levels[0]

    @cached_property
    def features(self) -> tuple[Points, np.ndarray]:
        """Key points (n, 2) in px and their descriptors (n, 128), strongest first, worked out when first asked for."""
        level, small = len(self.levels) - 1, self.levels[-1]
        while max(small.shape) > LOOK_PX:
            level, small = level + 1, halved(small)
        points, descriptors = describe(small)
        return to_full(points, level), descriptors


def look(image: Grey) -> Scan:
    """Halve the picture down and read the QR codes of ours on it."""
    levels = [image]
    while max(levels[-1].shape) >= 2 * DETECT_PX or len(levels) < 2:
        levels.append(halved(levels[-1]))
    return Scan(tuple(levels), _codes(levels))


def halved(image: Grey) -> Grey:
    """Exactly half the size; an odd last row or column is left out. Full px = 2 · half px + 0.5."""
    h, w = image.shape[0] // 2, image.shape[1] // 2
    if h == 0 or w == 0:
        return image
    even = image[: 2 * h, : 2 * w]
    return np.asarray(cv2.resize(even, (w, h), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def to_full(points: Points, level: int) -> Points:
    """Px of a pyramid level → px of the full picture."""
    step = float(2**level)
    return points * step + (step - 1) / 2


def describe(image: Grey, most: int = 2500) -> tuple[Points, np.ndarray]:
    """SIFT key points (n, 2) in px, strongest first (Lowe 2004), and root-normalised descriptors (n, 128).

    Root normalisation: Arandjelović & Zisserman 2012.
    """
    found, descriptors = cv2.SIFT.create(nfeatures=most, contrastThreshold=0.03).detectAndCompute(image, None)
    if not found:
        return np.empty((0, 2)), np.empty((0, 128), np.float32)
    order = np.argsort([-point.response for point in found], kind="stable")
    rooted = np.sqrt(descriptors / np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-6)).astype(np.float32)
    return np.array([point.pt for point in found], dtype=np.float64)[order], rooted[order]


def _codes(levels: list[Grey]) -> tuple[FoundCode, ...]:
    """Codes on the half-size picture; on the full one only when there are none (small or coarse prints)."""
    for level in (1, 0):
        found = tuple(code for code in _codes_on(levels[level], level) if code)
        if found:
            return found
    return ()


def _codes_on(image: Grey, level: int) -> list[FoundCode | None]:
    results = zxingcpp.read_barcodes(
        image,
        formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode),
        try_downscale=level == 0,
        try_invert=False,
    )
    return [_code(result, level) for result in results]


def _code(result: zxingcpp.Barcode, level: int) -> FoundCode | None:
    parts = result.text.split("/")
    if len(parts) != 5 or parts[0] != PAYLOAD or len(parts[4]) > SERIAL_CHARS or not result.text.isprintable():
        return None
    p = result.position
    corners = np.array([[c.x, c.y] for c in (p.top_left, p.top_right, p.bottom_right, p.bottom_left)], dtype=np.float64)
    return FoundCode((parts[1], parts[2]), parts[3], parts[4] or None, to_full(corners, level))


def markers(scan: Scan, dictionary: str, level: int) -> list[FoundMarker]:
    """Fiducials of an ArUco dictionary, looked for on one level, corners sub-pixel on the full picture."""
    corners, ids, _ = _detector(dictionary).detectMarkers(scan.levels[level])
    pairs = zip(np.ravel(ids), corners, strict=True) if len(corners) else ()
    return [FoundMarker(int(i), _sharpened(scan.full, to_full(c.reshape(4, 2).astype(float), level))) for i, c in pairs]


@lru_cache(maxsize=8)
def _detector(dictionary: str) -> cv2.aruco.ArucoDetector:
    parameters = cv2.aruco.DetectorParameters()
    parameters.adaptiveThreshWinSizeMin = parameters.adaptiveThreshWinSizeMax = 15
    parameters.minMarkerPerimeterRate = 0.02
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


def is_blank(scan: Scan) -> bool:
    """Whether the page is an empty back: nothing on it but paper, edges, punch holes and faint show-through.

    On a picture of about 25 px per inch grey is compared with the paper around it; print and writing are dark
    against it in many separate places, a hole or a shadow at the edge in few.
    """
    small = scan.levels[-1]
    while max(small.shape) > 700:
        small = halved(small)
    border = max(3, round(max(small.shape) * 0.03))
    kernel = np.ones((9, 9), np.uint8)
    paper = cv2.medianBlur(cv2.dilate(small, kernel), 9).astype(np.float32)
    dark = (small / np.maximum(paper, 1) < 0.80)[border:-border, border:-border]
    return float(dark.mean()) < 4e-4
