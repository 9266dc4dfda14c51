"""What a pen left on the paper: the crop against the empty form at the very same place."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline import model
from pipeline.geometry import Grey

Map = NDArray[np.float32]

SLACK_MM = 0.2  # how far print may lie from where the blank has it without being taken for ink
TINT = 0.07  # how much darker than the blank paper or a grey tint may be scanned
PEN = 0.06  # the same where the grain of the paper was measured and taken off
MIN_PAPER = 200  # px of bare paper needed to know its grain
SAMPLE = 8192  # px from which its medians are taken
STROKE = 0.10  # darkness beyond that from which a pixel counts as written on
SPECK_MM2 = 0.05  # smaller than a pen leaves on purpose
SMOOTH_MM = 0.1  # standard deviation of the blur that joins the dots of a faint pen and evens out a scanner's grain
NOISES = 4.0  # standard deviations of the paper's grain above which something is a pen's
DOT, DOT_PX = 0.35, 4  # how dark and, in px, how large the dots of a scan in black and white are
FLOOR = (0.04, 0.30)  # bounds of that, in darkness: paper too smooth to judge by, and a crop that is nearly all ink
NEAR_MM = 0.3  # from a stroke, where a line that bends a little still is
PRINTED = 0.45  # darkness of the blank from which a pixel counts as print


def darkness(image: Grey) -> Map:
    """0 for paper … 1 for black, against the paper around: shape as given, float32."""
    paper = max(_percentile(image, 88), 40.0)
    levels = np.clip(1 - np.arange(256, dtype=np.float32) / paper, 0, 1).astype(np.float32)
    return np.asarray(cv2.LUT(image, levels), dtype=np.float32)


def _percentile(image: Grey, share: float) -> float:
    """As numpy's, from a histogram: there are but 256 levels."""
    upto = np.cumsum(cv2.calcHist([image], [0], None, [256], [0, 256]).ravel())
    place = share / 100 * (image.size - 1)
    low, high = (float(np.searchsorted(upto, n, side="right")) for n in (np.floor(place), np.ceil(place)))
    return low + (high - low) * (place % 1)


@dataclass(frozen=True, eq=False)
class Pieces:
    """Connected pieces of a mask; piece 0 is what is not in it."""

    labels: NDArray[np.int32]  # piece of each pixel
    stats: NDArray[np.int32]  # x, y, width, height, area of each, px
    kept: NDArray[np.bool_]  # which are no specks

    @classmethod
    def of(cls, mask: NDArray[np.bool_], speck_px: float) -> Pieces:
        """The pieces of a mask, joined over corners as well."""
        _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
        kept = stats[:, cv2.CC_STAT_AREA] >= speck_px
        kept[0] = False
        return cls(np.asarray(labels, np.int32), np.asarray(stats, np.int32), kept)

    def pixels(self, which: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """The mask of some pieces."""
        return np.asarray(which[self.labels], dtype=np.bool_)


class Seen:
    """A crop, and what is worked out from it, each thing once: a question asks for most of them twice."""

    def __init__(self, crop: model.FieldCrop) -> None:
        self.crop = crop

    @cached_property
    def dark(self) -> Map:
        """Darkness of the scan."""
        return darkness(self.crop.image)

    @cached_property
    def printed(self) -> Map:
        """Darkness of the blank."""
        return darkness(self.crop.blank)

    @cached_property
    def expected(self) -> Map:
        """The same, print spread by `SLACK_MM`, so that what registration leaves over does not become ink."""
        return spread(self.printed, SLACK_MM * self.crop.px_per_mm)

    @cached_property
    def strokes(self) -> NDArray[np.bool_]:
        """Which pixels belong to a stroke: darker than the blank there and than any tint of paper, and no speck.

        Subtracting the empty form at the very same place is what separates a tick from its own box.
        """
        pieces = Pieces.of(self.dark - self.expected > TINT + STROKE, SPECK_MM2 * self.crop.px_per_mm**2)
        return pieces.pixels(pieces.kept)

    @property
    def written_mm2(self) -> float:
        """Area of the strokes in the box."""
        return area_mm2(self.crop, self.strokes & inside(self.crop))

    @cached_property
    def pen(self) -> Map:
        """Darkness that the blank does not explain, less the grain of this very paper, 0 … 1.

        Finds a hard pencil on smooth paper, and nothing in the dots of a black-and-white scan.
        """
        sigma = SMOOTH_MM * self.crop.px_per_mm
        excess = cv2.GaussianBlur(self.dark - self.expected, (0, 0), sigma)
        bare = self.expected < TINT
        paper = excess[bare]
        if len(paper) < MIN_PAPER:
            return np.asarray(np.clip(excess - TINT, 0, 1), dtype=np.float32)
        paper = paper[:: 1 + len(paper) // SAMPLE]
        middle = float(np.median(paper))
        # Robust standard deviation: strokes are the outliers.
        deviation = 1.4826 * float(np.median(np.abs(paper - middle)))
        grain = max(deviation, _dots((self.dark > DOT) & bare, bare, sigma))
        return np.asarray(np.clip(excess - np.clip(middle + NOISES * grain, *FLOOR), 0, 1), dtype=np.float32)

    @cached_property
    def pieces(self) -> Pieces:
        """Connected strokes of the pen."""
        return Pieces.of(self.pen > PEN, SPECK_MM2 * self.crop.px_per_mm**2)

    @property
    def inked(self) -> bool:
        """Whether the pen left anything but specks."""
        return bool(self.pieces.kept.any())

    @property
    def pen_strokes(self) -> NDArray[np.bool_]:
        """Which pixels belong to a stroke of the pen, and to no speck."""
        return self.pieces.pixels(self.pieces.kept)

    @cached_property
    def near_strokes(self) -> NDArray[np.bool_]:
        """Which pixels lie within `NEAR_MM` of a stroke of the pen."""
        size = 2 * round(NEAR_MM * self.crop.px_per_mm) + 1
        return np.asarray(cv2.dilate(self.pen_strokes.view(np.uint8), np.ones((size, size), np.uint8)), dtype=np.bool_)

    @cached_property
    def fits(self) -> float:
        """Share of the blank's print that is found on the crop where it should be, 0 … 1; 1 where nothing is printed.

        The last check before a field is read: a placement that slid by a row, or another revision, does not show the
        print that this box should have.
        """
        print_ = self.printed > PRINTED
        if np.count_nonzero(print_) < 40:
            return 1.0
        near = spread(self.dark, 1.5 * SLACK_MM * self.crop.px_per_mm)
        return float((near[print_] > 0.18).mean())


def spread(dark: Map, px: float) -> Map:
    """Darkness carried `px` further in each of the eight directions."""
    size = 2 * round(px) + 1
    return np.asarray(cv2.dilate(dark, np.ones((size, size), np.uint8)), dtype=np.float32)


def _dots(dark: NDArray[np.bool_], bare: NDArray[np.bool_], sigma: float) -> float:
    """Standard deviation that loose dots on `bare` paper leave after a blur of `sigma` px.

    White noise of share p has p / (4 π σ²) left of its variance after a Gaussian; the median sees nothing of few dots.
    """
    _, _, stats, _ = cv2.connectedComponentsWithStats(dark.view(np.uint8), connectivity=8)
    areas = stats[1:, cv2.CC_STAT_AREA]
    share = float(areas[areas <= DOT_PX].sum()) / float(np.count_nonzero(bare))
    return float(np.sqrt(share / (4 * np.pi)) / sigma)


def area_mm2(crop: model.FieldCrop, mask: NDArray[np.bool_]) -> float:
    """Area of a mask in square mm."""
    return float(np.count_nonzero(mask)) / crop.px_per_mm**2


def inside(crop: model.FieldCrop, grow_mm: float = 0.0) -> NDArray[np.bool_]:
    """Which pixels of the crop lie in its box (grown by `grow_mm`)."""
    h, w = crop.image.shape
    edge = max(round((crop.margin_mm - grow_mm) * crop.px_per_mm), 0)
    mask = np.zeros((h, w), bool)
    mask[edge : h - edge, edge : w - edge] = True
    return mask
