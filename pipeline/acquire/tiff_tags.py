"""The directories of a TIFF, classic or BigTIFF, walked without trusting any of their numbers."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pipeline.acquire.kinds import Data
from pipeline.acquire.reasons import Refused

MAX_DIRECTORIES = 10_000
MAX_VALUES = 1_000_000  # of one entry: more strips than any scan has
SUBFILE, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 254, 256, 257, 258, 259, 262
STRIPS, ORIENTATION, SAMPLES, STRIP_BYTES, X_RESOLUTION, RESOLUTION_UNIT = 273, 274, 277, 279, 282, 296
COLORMAP, TILES, TILE_BYTES, SUB_DIRECTORIES, SAMPLE_FORMAT = 320, 324, 325, 330, 339
WANTED = {SUBFILE, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, STRIPS, ORIENTATION, SAMPLES, STRIP_BYTES,
          X_RESOLUTION, RESOLUTION_UNIT, COLORMAP, TILES, TILE_BYTES, SUB_DIRECTORIES, SAMPLE_FORMAT}  # fmt: skip
TYPES = {1: "B", 3: "H", 4: "I", 5: "II", 13: "I", 16: "Q", 18: "Q"}  # by TIFF field type; 5: numerator, denominator
REDUCED_OR_MASK = 0b101  # NewSubfileType: a thumbnail or a transparency mask is not a page


@dataclass(frozen=True)
class Directory:
    """One picture's tags."""

    index: int  # place in the chain, from 0
    tags: dict[int, Sequence[int]] = field(repr=False)

    def one(self, tag: int, default: int) -> int:
        """First value of a tag."""
        values = self.tags.get(tag)
        return values[0] if values else default

    @property
    def is_page(self) -> bool:
        """Whether this is a page of its own, not a thumbnail or mask of another."""
        return not self.one(SUBFILE, 0) & REDUCED_OR_MASK

    def extents(self) -> list[tuple[int, int]]:
        """Offset and length in bytes of every strip or tile; length 0 where the file does not say."""
        offsets = self.tags.get(TILES) or self.tags.get(STRIPS) or ()
        sizes = self.tags.get(TILE_BYTES) or self.tags.get(STRIP_BYTES) or ()
        padded = [*sizes, *[0] * (len(offsets) - len(sizes))]
        return list(zip(offsets, padded, strict=False))

    @property
    def dpi(self) -> float | None:
        """Resolution across, if the tags say."""
        top, *rest = self.tags.get(X_RESOLUTION, (0,))
        per_inch = {2: 1.0, 3: 2.54}.get(self.one(RESOLUTION_UNIT, 2))
        return top / rest[0] * per_inch if top and rest and rest[0] and per_inch else None


@dataclass(frozen=True)
class _Layout:
    """How numbers are written in this file."""

    order: str  # < or >
    big: bool

    def unpack(self, code: str, data: Data, at: int) -> tuple[int, ...]:
        size = struct.calcsize(self.order + code)
        if at < 0 or at + size > len(data):
            raise Refused("truncated")
        return struct.unpack(self.order + code, data[at : at + size])


def directories(data: Data) -> list[Directory]:
    """All directories of the chain; one that leads back ends it. Raises Refused where the file is cut off."""
    layout = _Layout("<" if data[:2] == b"II" else ">", data[2:4] in {b"+\0", b"\0+"})
    (at,) = layout.unpack("Q", data, 8) if layout.big else layout.unpack("I", data, 4)
    found: list[Directory] = []
    seen: set[int] = set()
    while at and at not in seen and len(found) < MAX_DIRECTORIES:
        seen.add(at)
        tags, at = _directory(layout, data, at)
        found.append(Directory(len(found), tags))
    return found


def _directory(layout: _Layout, data: Data, at: int) -> tuple[dict[int, Sequence[int]], int]:
    """Tags of the directory at `at`, and where the next one is (0: none)."""
    count_code, entry, next_code = ("Q", 20, "Q") if layout.big else ("H", 12, "I")
    (count,) = layout.unpack(count_code, data, at)
    start = at + struct.calcsize(layout.order + count_code)
    end = start + count * entry
    if count == 0 or count > 0xFFFF:
        raise Refused("damaged")
    (following,) = layout.unpack(next_code, data, end)
    return dict(_entries(layout, data, range(start, end, entry))), following


def _entries(layout: _Layout, data: Data, places: range) -> Iterator[tuple[int, Sequence[int]]]:
    for at in places:
        tag, kind = layout.unpack("HH", data, at)
        if tag in WANTED and kind in TYPES:
            yield tag, _values(layout, data, at + 4, TYPES[kind])


def _values(layout: _Layout, data: Data, at: int, code: str) -> Sequence[int]:
    """An entry's numbers: in the entry itself where they fit, else where it points."""
    count_code, room = ("Q", 8) if layout.big else ("I", 4)
    (count,) = layout.unpack(count_code, data, at)
    if count > MAX_VALUES:
        raise Refused("damaged")
    all_codes = f"{count * len(code)}{code[0]}"
    place = at + room
    if struct.calcsize(layout.order + all_codes) > room:
        (place,) = layout.unpack(count_code, data, place)
    return layout.unpack(all_codes, data, place)
