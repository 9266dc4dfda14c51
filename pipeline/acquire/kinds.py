"""What a file is, by its first bytes; its name is never asked."""

from __future__ import annotations

import mmap
from typing import NamedTuple, Protocol, TypeAlias

from pipeline import model
from pipeline.geometry import Grey

Data: TypeAlias = bytes | mmap.mmap

PDF_HEADER_WITHIN = 1024  # bytes: junk before the header is tolerated as viewers do

MAGIC = {
    b"\xff\xd8\xff": "jpeg",
    b"\x89PNG\r\n\x1a\n": "png",
    b"II*\x00": "tiff",
    b"MM\x00*": "tiff",
    b"II+\x00": "tiff",  # BigTIFF
    b"MM\x00+": "tiff",
}


class Picture(NamedTuple):
    """One decoded page."""

    image: Grey
    dpi: float | None = None
    words: tuple[model.Word, ...] = ()


class Source(Protocol):
    """A file of one of the accepted kinds, its structure checked; raises reasons.Refused."""

    @property
    def count(self) -> int:
        """How many pages."""

    def page(self, number: int) -> Picture:
        """Decode page `number`, from 1."""


def of(data: Data) -> str | None:
    """`pdf`, `tiff`, `jpeg`, `png`, or None for anything else."""
    head = data[:PDF_HEADER_WITHIN]
    for magic, kind in MAGIC.items():
        if head.startswith(magic):
            return kind
    return "pdf" if b"%PDF-" in head else None
