"""JPEG: header, completeness, and decoding in grey."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.acquire import grey, reasons
from pipeline.acquire.kinds import Data, Picture
from pipeline.acquire.reasons import Refused
from pipeline.geometry import Grey

GREY = cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION
END_OF_IMAGE = b"\xff\xd9"
FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # start of frame, whatever the coding
BARE = {0x01, *range(0xD0, 0xD9)}  # markers without a length
SCAN = 0xDA
PER_INCH = {1: 1.0, 2: 2.54}  # JFIF density units
SLACK_BYTES = 16  # some scanners pad the last scan
EXTRANEOUS = re.compile(r"(\d+) extraneous bytes before marker 0xd9")


@dataclass(frozen=True)
class Header:
    """What stands before the first scan."""

    width: int  # px
    height: int  # px
    components: int
    bits: int
    dpi: float | None
    scan_at: int  # offset of the first scan


@dataclass(frozen=True, eq=False)
class Jpeg:
    """A JPEG file: one page."""

    data: Data
    header: Header
    count: int = 1

    def page(self, number: int) -> Picture:
        """The picture in grey as embedded, EXIF orientation ignored; raises Refused."""
        del number
        return Picture(decode(self.data), self.header.dpi)


def opened(data: Data) -> Jpeg:
    """Check header, size and completeness without decoding; raises Refused."""
    head = header(data)
    check(data, head)
    return Jpeg(data, head)


def check(data: Data, head: Header) -> None:
    """Refuse what is too large or small, cannot be decoded, or has no end."""
    reasons.check_size(head.width, head.height)
    if head.bits != 8:
        raise Refused("unsupported")
    if data.rfind(END_OF_IMAGE) < head.scan_at:
        raise Refused("truncated")


def header(data: Data) -> Header:
    """Walk the markers up to the first scan; raises Refused."""
    frame: tuple[int, int, int, int] | None = None
    dpi: float | None = None
    at = 2
    while True:
        marker, body, at = _segment(data, at)
        if marker in FRAMES and frame is None:
            frame = _frame(body)
        elif marker == 0xE0 and body.startswith(b"JFIF\0"):
            dpi = _density(body)
        elif marker == SCAN:
            break
    if frame is None:
        raise Refused("damaged")
    bits, height, width, components = frame
    return Header(width, height, components, bits, dpi, at)


def _segment(data: Data, at: int) -> tuple[int, bytes, int]:
    """Marker, its contents, and the offset behind it."""
    while data[at : at + 2] == b"\xff\xff":
        at += 1
    if len(data) < at + 4:
        raise Refused("truncated")
    lead, marker, length = struct.unpack(">BBH", data[at : at + 4])
    if lead != 0xFF:
        raise Refused("damaged")
    if marker in BARE:
        return marker, b"", at + 2
    end = at + 2 + length
    if length < 2 or end > len(data):
        raise Refused("damaged" if length < 2 else "truncated")
    return marker, data[at + 4 : end], end


def _frame(body: bytes) -> tuple[int, int, int, int]:
    if len(body) < 6:
        raise Refused("damaged")
    bits, height, width, components = struct.unpack(">BHHB", body[:6])
    return bits, height, width, components


def _density(body: bytes) -> float | None:
    if len(body) < 12:
        return None
    unit, across = struct.unpack(">BH", body[7:10])
    return across * PER_INCH[unit] if unit in PER_INCH and across else None


def decode(data: Data) -> Grey:
    """Grey pixels, shape (height, width); raises Refused where any part had to be made up."""
    with grey.complaints() as printed:
        image = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), GREY)
    if image is None or any(map(_serious, printed)):
        raise Refused("damaged")
    return np.asarray(image, dtype=np.uint8)


def _serious(line: str) -> bool:
    """Whether libjpeg's first complaint means that pixels were invented."""
    extra = EXTRANEOUS.search(line)
    if extra:
        return int(extra[1]) > SLACK_BYTES
    return "Corrupt JPEG data" in line or "Premature end" in line
