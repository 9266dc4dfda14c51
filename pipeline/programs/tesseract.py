"""Tesseract, through pytesseract: many crops in one call, one thread, a timeout; no answer is not an empty answer."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import cv2
import pytesseract

from pipeline.errors import ProgramMissing
from pipeline.geometry import Grey

TIMEOUT_S = 20  # the guard of a worker waits longer, so that only what was asked is lost, not the page
os.environ.setdefault("OMP_THREAD_LIMIT", "1")


def found() -> str | None:
    """Path of `tesseract`, if it is installed."""
    return shutil.which("tesseract")


def version() -> str:
    """Its version; raises ProgramMissing."""
    _needed()
    return str(pytesseract.get_tesseract_version())


def languages() -> list[str]:
    """Languages whose data is installed."""
    return list(pytesseract.get_languages()) if found() else []


def lines(crops: Sequence[Grey], private: Path | None = None, language: str = "jpn") -> list[str | None]:
    """The text of each one-line crop; None where Tesseract gave no answer at all.

    Args:
        crops: pictures of one line each.
        private: the one folder for temporary pictures.
        language: Tesseract's language code.

    Raises:
        ProgramMissing: Tesseract or its Japanese data is not installed.
    """
    if not crops:
        return []
    _needed()
    with tempfile.TemporaryDirectory(dir=private) as folder:
        listing = _written(crops, Path(folder))
        try:
            text = pytesseract.image_to_string(str(listing), lang=language, config="--psm 7", timeout=TIMEOUT_S)
        except (RuntimeError, pytesseract.TesseractError):
            return [None] * len(crops)
    pages = text.removesuffix("\f").split("\f")
    if len(pages) != len(crops):  # it answered for some crops only: whose is whose is not known
        return [None] * len(crops)
    return [page.strip().replace(" ", "") for page in pages]


def _written(crops: Sequence[Grey], folder: Path) -> Path:
    """The crops as files, and the list file that names them."""
    names = []
    for number, crop in enumerate(crops):
        name = folder / f"{number}.png"
        name.write_bytes(cv2.imencode(".png", crop)[1].tobytes())
        names.append(str(name))
    listing = folder / "list.txt"
    listing.write_text("\n".join(names) + "\n", "utf-8")
    return listing


def _needed() -> None:
    if found() is None:
        raise ProgramMissing(
            "tesseract-missing",
            "文字を読むプログラム（Tesseract）がありません。",
            "sudo apt-get install tesseract-ocr tesseract-ocr-jpn で入ります。",
        )
