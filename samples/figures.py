"""Real handwritten figures (MNIST), only where a folder with its four idx files is given; none is ever committed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from samples.ink import FINE, Canvas, Picture, Tool
from samples.levels import Rng

# The same cut as for training: the 10,000 are for testing only.
ROWS = {
    "train": ("train", slice(0, 50_000)),
    "calibration": ("train", slice(50_000, 60_000)),
    "test": ("t10k", slice(None)),
}
SIDE, INK_SIDE = 28, 20  # px of a picture, and of the box its ink was fitted into
LINE = 0.5  # grey above which a pixel is ink, as a share


@dataclass(frozen=True, eq=False)
class Figures:
    """Pictures of figures by what they are."""

    pictures: dict[str, NDArray[np.uint8]]  # figure → (n, 28, 28), ink is 255

    def write(self, canvas: Canvas, letter: str, at: tuple[float, float], height: float, pen: tuple[Tool, Rng]) -> None:
        """Draw one of the figures with its middle `at` (mm), about `height` mm high."""
        tool, rng = pen
        known = self.pictures[letter]
        scale = height * canvas.px_per_mm * FINE / INK_SIDE
        corner = np.array(at) * canvas.px_per_mm - scale * SIDE / FINE / 2
        whole = np.floor(corner).astype(int)
        side = (int(scale * SIDE) // FINE + 2) * FINE
        shift = (corner - whole) * FINE + scale / 2 - 0.5
        matrix = np.array([[scale, 0.0, shift[0]], [0.0, scale, shift[1]]])
        grown = cv2.warpAffine(known[int(rng.integers(len(known)))], matrix, (side, side), flags=cv2.INTER_CUBIC)
        canvas.lay(_crisp(np.asarray(grown, dtype=np.uint8), scale), (int(whole[0]), int(whole[1])), tool, rng)


def load(folder: Path, split: str) -> Figures:
    """The figures of one set; raises FileNotFoundError when the idx files are not in `folder` or its `data`."""
    name, rows = ROWS[split]
    images = _idx(folder, f"{name}-images-idx3-ubyte", 16).reshape(-1, SIDE, SIDE)[rows]
    labels = _idx(folder, f"{name}-labels-idx1-ubyte", 8)[rows]
    return Figures({str(n): images[labels == n] for n in range(10)})


def _idx(folder: Path, name: str, header: int) -> NDArray[np.uint8]:
    path = next((place / name for place in (folder, folder / "data") if (place / name).is_file()), folder / name)
    return np.frombuffer(path.read_bytes(), np.uint8, offset=header)


def _crisp(grown: Picture, scale: float) -> Picture:
    """The edge of a line instead of 28 coarse pixels' blur."""
    soft = cv2.GaussianBlur(grown, (0, 0), 0.35 * scale).astype(np.float32) / 255
    return np.asarray(np.clip((soft - LINE) * 0.35 * scale + LINE, 0, 1) * 255, dtype=np.uint8)
