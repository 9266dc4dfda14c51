"""Pillow's pictures as grey arrays, and the complaints that decoders only print."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipeline.acquire.reasons import Refused
from pipeline.geometry import Grey

STDERR = 2
COMPLAINTS_LIMIT = 16_384  # bytes


@contextmanager
def complaints() -> Iterator[list[str]]:
    """What C libraries print on file descriptor 2 in the meantime, filled in at the end.

    libjpeg and libtiff decode damaged data to something grey and report success; the printed line is
    the only trace. Not for several threads at once.
    """
    lines: list[str] = []
    catcher, kept = os.memfd_create("complaints"), os.dup(STDERR)
    os.dup2(catcher, STDERR)
    try:
        yield lines
    finally:
        os.dup2(kept, STDERR)
        os.close(kept)
        lines += os.pread(catcher, COMPLAINTS_LIMIT, 0).decode("ascii", "replace").splitlines()
        os.close(catcher)


def from_deep(values: NDArray[np.integer], top: int) -> Grey:
    """Levels 0 … `top` (more than 8 bits) as 0 … 255, rounded."""
    scaled = (values.astype(np.uint32) * 255 + top // 2) // top
    return np.minimum(scaled, 255).astype(np.uint8)


def from_bits(bits: NDArray[np.bool_] | Grey) -> Grey:
    """0 and 1 as black and white."""
    return np.asarray(bits, dtype=np.uint8) * np.uint8(255)


def from_rgb(rgb: NDArray[np.uint8]) -> Grey:
    """Shape (h, w, 3) to (h, w), by the usual luma weights."""
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def from_pillow(image: Image.Image) -> Grey:
    """A decoded 8-bit or 1-bit picture in grey, transparency laid over white.

    Raises:
        Refused: a mode that has no plain grey meaning (floating point, 32-bit).
    """
    if image.mode == "1":
        return from_bits(np.asarray(image))
    if image.has_transparency_data:
        return _over_white(image)
    if image.mode == "LAB":
        return np.asarray(image.getchannel(0), dtype=np.uint8)
    if image.mode not in {"L", "P", "RGB", "RGBX", "CMYK", "YCbCr"}:
        raise Refused("unsupported")
    return np.asarray(image.convert("L"), dtype=np.uint8)


def _over_white(image: Image.Image) -> Grey:
    full = image.convert("RGBA")
    white = Image.new("L", full.size, 255)
    return np.asarray(Image.composite(full.convert("L"), white, full.getchannel("A")), dtype=np.uint8)
