"""Poppler, through pdf2image: one page at a time, grey, with a timeout."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pdf2image
from pdf2image import exceptions

from pipeline.errors import FileRefused, ProgramMissing
from pipeline.geometry import Grey

TIMEOUT_S = 60


def found() -> str | None:
    """Path of `pdftoppm`, if it is installed."""
    return shutil.which("pdftoppm")


def page(pdf: Path, number: int, dpi: int, timeout: float = TIMEOUT_S) -> Grey:
    """Page `number` (from 1) in grey at `dpi`, shape (height, width).

    Raises:
        ProgramMissing: Poppler is not installed.
        FileRefused: the page could not be drawn.
    """
    if found() is None:
        raise ProgramMissing(
            "poppler-missing",
            "PDF を描くプログラム（Poppler）がありません。",
            "sudo apt-get install poppler-utils で入ります。",
        )
    try:
        pictures = pdf2image.convert_from_path(
            pdf, dpi=dpi, first_page=number, last_page=number, grayscale=True, timeout=int(timeout), strict=False
        )
    except (
        exceptions.PDFInfoNotInstalledError,
        exceptions.PDFPageCountError,
        exceptions.PDFSyntaxError,
        exceptions.PDFPopplerTimeoutError,
        OSError,
        ValueError,
    ) as error:
        raise FileRefused(
            "pdf-not-drawn",
            f"PDF の {number} ページ目を描けません。",
            "PDF を作り直すか、画像として保存し直してください。",
        ) from error
    if not pictures or min(pictures[0].size) <= 1:
        raise FileRefused(
            "pdf-not-drawn",
            f"PDF の {number} ページ目を描けません。",
            "PDF を作り直すか、画像として保存し直してください。",
        )
    return np.asarray(pictures[0].convert("L"), dtype=np.uint8)
