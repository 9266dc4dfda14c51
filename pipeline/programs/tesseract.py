"""Tesseract, through pytesseract: many crops in one call, one thread, a timeout; no answer is not an empty answer."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import cv2
import pytesseract

from pipeline.errors import ProgramMissing
from pipeline.geometry import Grey

TIMEOUT_S = 20  # the guard of a worker waits longer, so that only what was asked is lost, not the page
os.environ.setdefault("OMP_THREAD_LIMIT", "1")
log = logging.getLogger(__name__)


def found() -> str | None:
    """Path of `tesseract`, if it is installed."""
    return shutil.which("tesseract")


def version() -> str:
    """Its version; "" where it does not answer. Raises ProgramMissing."""
    _needed()
    words = _told("--version").split()
    return words[1] if words[:1] == ["tesseract"] and len(words) > 1 else ""


def languages() -> list[str]:
    """Languages whose data is installed."""
    return _told("--list-langs").splitlines()[1:] if found() else []


def _told(option: str) -> str:
    """What it says of itself; "" where it cannot be run, fails, or does not come to an end."""
    try:
        done = subprocess.run(["tesseract", option], capture_output=True, timeout=TIMEOUT_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("utf-8", "replace")


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
        except (RuntimeError, OSError, ValueError, MemoryError) as error:
            # It failed, hung, wrote no file, or one that is no text: only what it was asked is lost.
            return _silent(crops, type(error).__name__)
    pages = text.removesuffix("\f").split("\f")
    if len(pages) != len(crops):  # it answered for some crops only: whose is whose is not known
        return _silent(crops, "count")
    return [page.strip().replace(" ", "") for page in pages]


def _silent(crops: Sequence[Grey], why: str) -> list[str | None]:
    log.warning("tesseract gave no answer kind=%s crops=%d", why, len(crops))
    return [None] * len(crops)


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
