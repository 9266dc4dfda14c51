"""TIFF: every page, whatever a scanner or fax wrote."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipeline.acquire import fax, grey, reasons
from pipeline.acquire import tiff_tags as tags
from pipeline.acquire.kinds import Data, Picture
from pipeline.acquire.reasons import Refused
from pipeline.geometry import Grey

MIN_IS_WHITE, PALETTE = 0, 3
UNCOMPRESSED, GROUP_3, GROUP_4, OLD_JPEG, JPEG = 1, 3, 4, 6, 7
UNSIGNED = 1
BITS = {1, 2, 4, 8, 12, 16}
LONG_HOLE = 64  # bytes of zeros that no coding of a scan produces
# What Pillow did to bring the picture upright, undone.
UNDO = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
SERIOUS = re.compile(r"Decode|Read error|Invalid Read|Not enough data|Corrupt JPEG data|Premature end")


@dataclass(frozen=True, eq=False)
class Tiff:
    """A TIFF file, its directories walked."""

    data: Data
    directories: tuple[tags.Directory, ...]  # pages only

    @property
    def count(self) -> int:
        """How many pages."""
        return len(self.directories)

    def page(self, number: int) -> Picture:
        """The page in grey as stored, the orientation tag ignored; raises Refused."""
        directory = self.directories[number - 1]
        _check_page(directory)
        _check_holes(self.data, directory)
        with grey.complaints() as printed:
            image = _decoded(self.data, directory)
        if any(map(SERIOUS.search, printed)):
            raise Refused("damaged")
        return Picture(_grey(image, directory), directory.dpi)


def opened(data: Data) -> Tiff:
    """Walk all directories and check that the file holds all their strips; raises Refused."""
    chain = tags.directories(data)
    pages = tuple(d for d in chain if d.is_page) or tuple(chain)
    if not pages:
        raise Refused("no-pages")
    if any(start + size > len(data) for page in pages for start, size in page.extents()):
        raise Refused("truncated")
    if len(pages) == 1:
        _check_page(pages[0])
    return Tiff(data, pages)


def _check_page(page: tags.Directory) -> None:
    reasons.check_size(page.one(tags.WIDTH, 0), page.one(tags.HEIGHT, 0))
    bits = set(page.tags.get(tags.BITS, (1,)))
    formats = set(page.tags.get(tags.SAMPLE_FORMAT, (UNSIGNED,)))
    if not bits <= BITS or formats != {UNSIGNED}:
        raise Refused("unsupported")


def _check_holes(data: Data, page: tags.Directory) -> None:
    """Refuse zeros where a half-copied file has them: fax, LZW and PackBits decoders take them for picture."""
    compression = page.one(tags.COMPRESSION, UNCOMPRESSED)
    if compression in {UNCOMPRESSED, OLD_JPEG, JPEG}:
        return
    strips = (data[start : start + size] for start, size in page.extents())
    if any(fax.torn(strip) if compression == GROUP_4 else bytes(LONG_HOLE) in strip for strip in strips):
        raise Refused("damaged")


def _decoded(data: Data, page: tags.Directory) -> Image.Image:
    image = Image.open(io.BytesIO(data), formats=("TIFF",))
    image.seek(page.index)
    image.load()
    undo = UNDO.get(page.one(tags.ORIENTATION, 1))
    upright = image.transpose(undo) if undo is not None else image
    if upright.size != (page.one(tags.WIDTH, 0), page.one(tags.HEIGHT, 0)):
        raise Refused("damaged")
    return upright


def _grey(image: Image.Image, page: tags.Directory) -> Grey:
    if page.one(tags.PHOTOMETRIC, MIN_IS_WHITE) == PALETTE and image.mode == "P":
        return np.take(_palette(page), np.asarray(image))
    if not image.mode.startswith("I;16"):
        return grey.from_pillow(image)
    levels = grey.from_deep(np.asarray(image), 2 ** page.one(tags.BITS, 16) - 1)
    return np.bitwise_not(levels) if page.one(tags.PHOTOMETRIC, 1) == MIN_IS_WHITE else levels


def _palette(page: tags.Directory) -> NDArray[np.uint8]:
    """Grey of each index, shape (256,). Some scanners write 8-bit colours where 16-bit ones belong."""
    flat = np.array(page.tags.get(tags.COLORMAP, ()), dtype=np.uint32)
    colours = flat.reshape(3, -1).T if len(flat) and len(flat) % 3 == 0 else np.zeros((0, 3), np.uint32)
    shown = colours if colours.max(initial=0) < 256 else colours >> 8
    table = np.zeros((1, 256, 3), dtype=np.uint8)
    table[0, : len(shown)] = shown[:256]
    return grey.from_rgb(table).ravel()
