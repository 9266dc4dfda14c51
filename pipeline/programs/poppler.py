"""Poppler: pages drawn, pictures taken out, words and page counts, each with a timeout."""

from __future__ import annotations

import math
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pdf2image
from defusedxml import ElementTree
from pdf2image import exceptions

from pipeline.errors import FileRefused, ProgramMissing
from pipeline.geometry import Grey

TIMEOUT_S = 20  # for one call; the guard of a worker waits longer
TOOLS = ("pdftoppm", "pdfinfo", "pdfimages", "pdftotext")
XHTML = "{http://www.w3.org/1999/xhtml}"
# Letters whose font is not in the file, and for which this machine has none, would be left out silently.
LETTERS_MISSING = re.compile("No font in show|Couldn't find a font")
HARMLESS = "Unknown segment type in JBIG2 stream"  # an extension, passed over
NO_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # pdftotext passes them on as they are


class Printed(NamedTuple):
    """A word of the text layer, in points from the top-left corner of the page as drawn."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


def found() -> str | None:
    """Path of `pdftoppm`, if it is installed."""
    return shutil.which("pdftoppm")


@contextmanager
def held(data: bytes) -> Iterator[Path]:
    """A PDF in memory as a path that Poppler can open; nothing reaches a disk."""
    handle = os.memfd_create("page.pdf")
    try:
        with os.fdopen(os.dup(handle), "wb") as file:
            file.write(data)
        yield Path(f"/proc/{os.getpid()}/fd/{handle}")
    finally:
        os.close(handle)


def count(pdf: Path, timeout: float = TIMEOUT_S) -> int:
    """How many pages Poppler sees; raises ProgramMissing, FileRefused."""
    _required()
    try:
        return int(pdf2image.pdfinfo_from_path(str(pdf), timeout=math.ceil(timeout))["Pages"])
    except exceptions.PDFPopplerTimeoutError as error:
        raise _refused("timeout") from error
    except exceptions.PDFPageCountError as error:
        raise _refused("damaged") from error


def page(pdf: Path, number: int, dpi: int, timeout: float = TIMEOUT_S) -> Grey:
    """Page `number` (from 1) in grey at `dpi`, shape (height, width), turned as its /Rotate says.

    Raises:
        ProgramMissing: Poppler is not installed.
        FileRefused: the page could not be drawn.
    """
    _required()
    try:
        return _drawn(pdf, number, dpi, timeout, strict=True)
    except exceptions.PDFSyntaxError as error:
        if LETTERS_MISSING.search(str(error)):
            raise _refused("unsupported", number) from error
        # Most such complaints leave a good picture; an empty one would pass for an unused sheet.
        drawn = _drawn(pdf, number, dpi, timeout, strict=False)
        if drawn.min() == drawn.max():
            raise _refused("damaged", number) from error
        return drawn


def _drawn(pdf: Path, number: int, dpi: int, timeout: float, strict: bool) -> Grey:
    try:
        pictures = pdf2image.convert_from_path(
            pdf, dpi=dpi, first_page=number, last_page=number, grayscale=True, timeout=math.ceil(timeout), strict=strict
        )
    except exceptions.PDFPopplerTimeoutError as error:
        raise _refused("timeout", number) from error
    except (exceptions.PDFPageCountError, OSError, ValueError, SyntaxError) as error:
        raise _refused("damaged", number) from error
    if not pictures or min(pictures[0].size) <= 1:  # 1 × 1 px stands for a page that is not there
        raise _refused("damaged", number)
    return np.asarray(pictures[0].convert("L"), dtype=np.uint8)


def image(pdf: Path, number: int, timeout: float = TIMEOUT_S) -> Grey:
    """The only image of page `number`, in grey and in its own pixels, however it is coded (JBIG2, JPEG 2000 …).

    Raises:
        ProgramMissing: Poppler is not installed.
        FileRefused: there is not exactly one image, or it could not be decoded.
    """
    with tempfile.TemporaryDirectory(prefix="pdfimages-") as folder:
        complaint = _run(["pdfimages", "-f", str(number), "-l", str(number), str(pdf), f"{folder}/i"], timeout)[1]
        files = sorted(Path(folder).iterdir())
        if len(files) != 1 or any("Error" in line and HARMLESS not in line for line in complaint.splitlines()):
            raise _refused("damaged", number)
        return _netpbm(files[0], number)


def _netpbm(path: Path, number: int) -> Grey:
    decoded = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_GRAYSCALE)
    if decoded is None:
        raise _refused("damaged", number)
    return np.asarray(decoded, dtype=np.uint8)


def words(pdf: Path, number: int, timeout: float = TIMEOUT_S) -> list[Printed]:
    """The text layer of page `number`, in points of the page as drawn; raises ProgramMissing, FileRefused."""
    text, _ = _run(["pdftotext", "-bbox", "-f", str(number), "-l", str(number), str(pdf), "-"], timeout)
    try:
        tree = ElementTree.fromstring(NO_XML.sub("", text))
    except ElementTree.ParseError:
        return []  # a text layer that cannot be read is no text layer: the picture is there
    return [_printed(word.text or "", word.attrib) for word in tree.iter(f"{XHTML}word")]


def _printed(text: str, place: dict[str, str]) -> Printed:
    left, top, right, bottom = (float(place[key]) for key in ("xMin", "yMin", "xMax", "yMax"))
    return Printed(text, left, top, right, bottom)


def _run(command: list[str], timeout: float) -> tuple[str, str]:
    """What a Poppler tool says, and what it complains about."""
    _required()
    try:
        done = subprocess.run(command, capture_output=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired as error:
        raise _refused("timeout") from error
    if done.returncode != 0:
        raise _refused("damaged")
    return done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


def _required() -> None:
    if not all(map(shutil.which, TOOLS)):
        raise ProgramMissing(
            "poppler-missing",
            "PDF を描くプログラム（Poppler）がありません。",
            "sudo apt-get install poppler-utils で入ります。",
        )


def _refused(code: str, number: int | None = None) -> FileRefused:
    place = "PDF" if number is None else f"PDF の {number} ページ目"
    return FileRefused(code, f"{place}を開けません。", "PDF を作り直すか、画像として保存し直してください。")
