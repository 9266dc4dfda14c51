"""Pages taken out of a file for good: nothing of their pictures is left in it, and the others keep their numbers."""

from __future__ import annotations

import io
from collections.abc import Collection

import pikepdf

from pipeline.acquire import kinds, tiff_tags
from pipeline.acquire.kinds import Data
from pipeline.acquire.reasons import Refused


def without(data: Data, numbers: Collection[int]) -> bytes:
    """The file with the pages `numbers` (from 1) emptied; raises Refused where that cannot be done surely."""
    kind = kinds.of(data)
    if kind == "pdf":
        return _pdf(data, numbers)
    if kind == "tiff":
        return _tiff(data, numbers)
    raise Refused("unsupported")


def _pdf(data: Data, numbers: Collection[int]) -> bytes:
    """Saving writes only what is still reached from a page, so that no object of an emptied one stays behind."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(bytes(data[:]))) as pdf:
        for number in numbers:
            box = pdf.pages[number - 1].mediabox
            size = (abs(float(box[2]) - float(box[0])), abs(float(box[3]) - float(box[1])))
            pdf.add_blank_page(page_size=size)
            pdf.pages[number - 1] = pdf.pages[-1]
            del pdf.pages[-1]
        for name in ("/Outlines", "/Names", "/Dests", "/AcroForm", "/StructTreeRoot", "/OpenAction"):
            if name in pdf.Root:  # they may lead to an emptied page and keep it alive
                del pdf.Root[name]
        pdf.save(out)
    return out.getvalue()


def _tiff(data: Data, numbers: Collection[int]) -> bytes:
    """Every byte of an emptied page's picture becomes 0; thumbnails, which may show it, too."""
    directories = tiff_tags.directories(data)
    pages = [one for one in directories if one.is_page]
    gone = [pages[number - 1] for number in numbers] + [one for one in directories if not one.is_page]
    left = bytearray(data[:])
    for directory in gone:
        extents = directory.extents()
        if not extents or not all(size > 0 and start + size <= len(left) for start, size in extents):
            raise Refused("unsupported")
        for start, size in extents:
            left[start : start + size] = bytes(size)
    return bytes(left)
