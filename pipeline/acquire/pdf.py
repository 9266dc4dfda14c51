"""PDF: the scanner's own image taken out where it is the page, everything else drawn by Poppler."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import pikepdf

from pipeline import errors
from pipeline.acquire import pdf_content, pdf_image, pdf_words, reasons
from pipeline.acquire.kinds import Data, Mapped, Picture
from pipeline.acquire.pdf_content import Corners, Painted
from pipeline.acquire.reasons import Refused
from pipeline.geometry import Grey
from pipeline.programs import poppler

DPI = 300  # of what is drawn
POINTS_PER_INCH = 72
WHERE_TO_START = re.compile(rb"startxref\s+\d+")  # the last thing before %%EOF, which some writers leave out
A_NEW_OBJECT = re.compile(rb"\d+\s+\d+\s+obj\b")


@dataclass(frozen=True, eq=False)
class PdfFile:
    """A PDF, opened."""

    data: Data
    pdf: pikepdf.Pdf

    @property
    def count(self) -> int:
        """How many pages."""
        return len(self.pdf.pages)

    def page(self, number: int) -> Picture:
        """The page's own image as embedded (/Rotate ignored), else a rendering at 300 dpi; raises Refused."""
        page = self.pdf.pages[number - 1]
        things = pdf_content.painted(page)
        visible = _corners(page.cropbox, page.mediabox)
        scan = pdf_content.scan_of(things, visible)
        if scan is not None and scan.image is not None:
            return Picture(pdf_image.taken(scan.image, lambda: self._only_image(number)), _dpi(scan.image, scan.matrix))
        return self._drawn(number, things)

    def _only_image(self, number: int) -> Grey:
        with _poppler(self.data) as path:
            return poppler.image(path, number)

    def _drawn(self, number: int, things: list[Painted]) -> Picture:
        page = self.pdf.pages[number - 1]
        sheet = _corners(page.mediabox, page.mediabox)
        reasons.check_size(
            *(round((high - low) * DPI / POINTS_PER_INCH) for low, high in zip(sheet, sheet[2:], strict=False))
        )
        has_words = pdf_content.is_drawn(things, sheet)
        with _poppler(self.data) as path:
            image = poppler.page(path, number, DPI)
            words = pdf_words.of(page, path, number, sheet, DPI) if has_words else ()
        return Picture(image, DPI, words)


def opened(data: Data) -> PdfFile:
    """Check that the file is whole, open without a password, and not a container of something else; raises Refused."""
    _check_end(data)
    try:
        pdf = pikepdf.open(cast(BinaryIO, data) if isinstance(data, Mapped) else io.BytesIO(data))
    except pikepdf.PasswordError as error:
        raise Refused("password") from error
    if len(pdf.pages) == 0:
        raise Refused("no-pages")
    _check_contents(pdf)
    _check_count(data, pdf)
    return PdfFile(data, pdf)


def _check_end(data: Data) -> None:
    """Refuse a file without its end, or with the start of an update that did not get to its end."""
    end = max(data.rfind(b"%%EOF"), data.rfind(b"startxref"))
    if end < 0 or A_NEW_OBJECT.search(data, end) or not _has_end(data, end):
        raise Refused("truncated")


def _has_end(data: Data, at: int) -> bool:
    return data[at : at + 5] == b"%%EOF" or WHERE_TO_START.match(data, at) is not None


def _check_contents(pdf: pikepdf.Pdf) -> None:
    """Refuse what only shows a notice to readers other than Adobe's."""
    if "/Collection" in pdf.Root:
        raise Refused("portfolio")
    form = pdf.Root.get("/AcroForm", pikepdf.Dictionary())
    only_xfa = "/XFA" in form and not len(form.get("/Fields", pikepdf.Array()))
    if only_xfa or pdf.Root.get("/NeedsRendering", False):
        raise Refused("xfa")


def _check_count(data: Data, pdf: pikepdf.Pdf) -> None:
    """Refuse a page tree that two programs count differently; Poppler is asked only where the tree is odd."""
    if not pdf.get_warnings() and pdf.Root.Pages.get("/Count") == len(pdf.pages):
        return
    with _poppler(data) as path:
        if poppler.count(path) != len(pdf.pages):
            raise Refused("damaged")


@contextmanager
def _poppler(data: Data) -> Iterator[Path]:
    """The file where Poppler finds it, its refusals in this station's words."""
    try:
        with nullcontext(data.path) if isinstance(data, Mapped) else poppler.held(data) as path:
            yield path
    except errors.FileRefused as error:
        raise Refused(error.code) from error


def _corners(inner: Iterable[pikepdf.Object], outer: Iterable[pikepdf.Object]) -> Corners:
    """Left, bottom, right, top in points of `inner` as far as it lies in `outer`."""
    a, b = _sorted(inner), _sorted(outer)
    return max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])


def _sorted(box: Iterable[pikepdf.Object]) -> Corners:
    x0, y0, x1, y1 = (float(number) for number in box)
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _dpi(image: pikepdf.Object, matrix: pdf_content.Affine) -> float | None:
    """Resolution of an embedded image as laid on the page."""
    across = math.hypot(matrix[0], matrix[1])
    return float(image.Width) / across * POINTS_PER_INCH if across else None
