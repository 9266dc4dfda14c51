"""Station 1: a scanned file → its pages. Decodes only from memory, and gives every page exactly one verdict."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from PIL import Image

from pipeline import errors, model
from pipeline.acquire import cut, jpeg, kinds, pdf, png, reasons, tiff
from pipeline.acquire.kinds import Data, Mapped, Source

__all__ = ["Data", "Opened", "count", "digest", "load", "look", "page", "pages", "reasons", "without"]

SLICE = 16 * 1024 * 1024
MAP_FROM = 64 * 1024 * 1024  # bytes: larger files are mapped, not copied
OPENERS: dict[str, Callable[[Data], Source]] = {
    "pdf": pdf.opened,
    "tiff": tiff.opened,
    "jpeg": jpeg.opened,
    "png": png.opened,
}
log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Opened:
    """A file whose structure is checked and whose pages are still to be decoded."""

    file: str  # the name as given
    sha256: str  # hex
    count: int  # pages
    data: Data
    source: Source

    def page(self, number: int) -> model.Page | model.Refusal:
        """Decode page `number`, from 1: the page, or why not."""
        try:
            picture = _guarded(lambda: self.source.page(number))
            reasons.check_size(picture.image.shape[1], picture.image.shape[0])
        except reasons.Refused as refused:
            return reasons.refusal(refused.code, self.file, self.sha256, number)
        finally:
            kinds.let_go(self.data)
        return model.Page(self.file, self.sha256, number, picture.image, picture.dpi, picture.words)


def load(path: Path) -> Data:
    """The bytes of a file, read once; raises FileRefused where they cannot be had."""
    try:
        with path.open("rb") as file:
            if path.stat().st_size < MAP_FROM:
                return file.read()
            return Mapped.of(file.fileno())
    except OSError as error:
        raise reasons.problem("unreadable", path.name) from error


def digest(data: Data) -> str:
    """SHA-256 of a file, in hex, without keeping a large one in memory."""
    found = hashlib.sha256()
    for start in range(0, len(data), SLICE):
        found.update(data[start : start + SLICE])
        kinds.let_go(data)
    return found.hexdigest()


def look(data: Data, name: str, sha256: str | None = None) -> Opened:
    """Open a file without decoding its pages.

    Args:
        data: all of its bytes.
        name: as given; only for messages.
        sha256: of the bytes, where the caller knows it already.

    Raises:
        FileRefused: with a code of `reasons.REASONS`.
        ProgramMissing: Poppler is needed and not installed.
    """
    try:
        source = _guarded(lambda: _opened(data))
    except reasons.Refused as refused:
        raise reasons.problem(refused.code, name) from refused
    return Opened(name, sha256 or digest(data), source.count, data, source)


def count(data: Data, name: str) -> int:
    """How many pages a file has, without decoding any; raises FileRefused, ProgramMissing."""
    return look(data, name, sha256="").count


def page(data: Data, name: str, sha256: str, number: int) -> model.Page | model.Refusal:
    """One page of a file, from 1; a file refused as a whole gives a refusal without a page number."""
    try:
        return look(data, name, sha256).page(number)
    except errors.FileRefused as error:
        return reasons.refusal(error.code, name, sha256)


def pages(data: Data, name: str) -> Iterator[model.Page | model.Refusal]:
    """Every page of a file, one decoded at a time; a file refused as a whole gives one refusal."""
    sha256 = digest(data)
    try:
        opened = look(data, name, sha256)
    except errors.FileRefused as error:
        yield reasons.refusal(error.code, name, sha256)
        return
    yield from (opened.page(number) for number in range(1, opened.count + 1))


def without(data: Data, name: str, numbers: Collection[int]) -> bytes:
    """The bytes of a file with some of its pages, from 1, emptied for good; raises FileRefused where that cannot be."""
    try:
        return _guarded(lambda: cut.without(data, numbers))
    except reasons.Refused as refused:
        raise errors.FileRefused(
            "inseparable",
            f"{name} からは、そのページだけを消すことができません。",
            "このファイルの記録をすべて yomitori store purge --record で指定すると、ファイルごと消せます。",
        ) from refused


def _opened(data: Data) -> Source:
    if len(data) == 0:
        raise reasons.Refused("empty")
    kind = kinds.of(data)
    if kind is None:
        raise reasons.Refused("unknown-type")
    return OPENERS[kind](data)


def _guarded(work: Callable[[], T]) -> T:
    """Whatever a library makes of bytes from outside, as one of our reasons."""
    try:
        return work()
    except (reasons.Refused, errors.Problem, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        raise reasons.Refused("too-large") from error
    except Exception as error:  # libraries raise anything on hostile bytes: that is a damaged file
        log.debug("refused as damaged", exc_info=error)
        raise reasons.Refused("damaged") from error
