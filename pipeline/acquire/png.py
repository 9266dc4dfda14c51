"""PNG: header, completeness, and decoding in grey."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass

import numpy as np
from PIL import Image

from pipeline.acquire import grey, reasons
from pipeline.acquire.kinds import Data, Picture
from pipeline.acquire.reasons import Refused
from pipeline.geometry import Grey

FIRST_CHUNK = 8  # bytes of signature before it
FRAME = 12  # bytes around a chunk's contents: length, type, checksum


@dataclass(frozen=True, eq=False)
class Png:
    """A PNG file: one page (of an animation, its first picture)."""

    data: Data
    count: int = 1

    def page(self, number: int) -> Picture:
        """The picture in grey, transparency laid over white, 16 bits rounded to 8; raises Refused."""
        del number
        with Image.open(io.BytesIO(self.data), formats=("PNG",)) as image:
            image.load()
            return Picture(_grey(image), _dpi(image))


def opened(data: Data) -> Png:
    """Check size and completeness without decoding; raises Refused."""
    width, height = _size(data)
    reasons.check_size(width, height)
    _walk(data)
    return Png(data)


def _size(data: Data) -> tuple[int, int]:
    if len(data) < 33:
        raise Refused("truncated")
    if data[12:16] != b"IHDR":
        raise Refused("damaged")
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def _walk(data: Data) -> None:
    """Follow the chunks to the last one; checksums are the decoder's."""
    at = FIRST_CHUNK
    while data[at + 4 : at + 8] != b"IEND":
        if at + FRAME > len(data):
            raise Refused("truncated")
        at += FRAME + int.from_bytes(data[at : at + 4], "big")


def _grey(image: Image.Image) -> Grey:
    if image.mode.startswith("I"):  # 16-bit grey
        return grey.from_deep(np.asarray(image), 0xFFFF)
    return grey.from_pillow(image)


def _dpi(image: Image.Image) -> float | None:
    across = image.info.get("dpi", (0,))[0]
    return float(across) or None
