"""What a file is, by its first bytes; its name is never asked."""

from __future__ import annotations

import mmap
import os
from pathlib import Path
from typing import NamedTuple, Protocol, TypeAlias

from pipeline import model
from pipeline.geometry import Grey

PDF_HEADER_WITHIN = 1024  # bytes: junk before the header is tolerated as viewers do

MAGIC = {
    b"\xff\xd8\xff": "jpeg",
    b"\x89PNG\r\n\x1a\n": "png",
    b"II*\x00": "tiff",
    b"MM\x00*": "tiff",
    b"II+\x00": "tiff",  # BigTIFF
    b"MM\x00+": "tiff",
}


class Mapped(mmap.mmap):
    """A large file, read as needed, with what pikepdf asks of a stream."""

    handle: int  # of the open file

    @classmethod
    def of(cls, file: int) -> Mapped:
        """Map an open file, which may be closed afterwards."""
        made = cls(file, 0, access=mmap.ACCESS_READ)
        made.handle = os.dup(file)
        return made

    def __del__(self) -> None:
        os.close(self.handle)

    @property
    def path(self) -> Path:
        """Where another program finds the very same file, whatever became of its name."""
        return Path(f"/proc/{os.getpid()}/fd/{self.handle}")

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:
        """Fill `buffer` from where the last read ended; how many bytes there were."""
        part = self.read(len(buffer))
        buffer[: len(part)] = part
        return len(part)


Data: TypeAlias = bytes | Mapped


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


def let_go(data: Data) -> None:
    """Give back the memory of what was read of a mapped file; it is read again when needed."""
    if isinstance(data, Mapped):
        data.madvise(mmap.MADV_DONTNEED)


def of(data: Data) -> str | None:
    """`pdf`, `tiff`, `jpeg`, `png`, or None for anything else."""
    head = data[:PDF_HEADER_WITHIN]
    for magic, kind in MAGIC.items():
        if head.startswith(magic):
            return kind
    return "pdf" if b"%PDF-" in head else None
