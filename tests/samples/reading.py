"""Reading back what the generator wrote, for tests only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pikepdf
from PIL import Image

from pipeline.geometry import Grey
from pipeline.programs import poppler


def truth(folder: Path) -> list[dict[str, Any]]:
    """All lines of a set's truth."""
    return [json.loads(line) for line in (folder / "truth.jsonl").read_text("utf-8").splitlines()]


def picture(folder: Path, line: dict[str, Any]) -> Grey:
    """The pixels that a line of the truth speaks of: the embedded image, or a rendering at 300 dpi."""
    path = folder / line["file"]
    if path.suffix == ".pdf" and line["kind"] in {"layered", "typed"}:
        return poppler.page(path, line["page"], dpi=300)
    image = embedded(path, line["page"]) if path.suffix == ".pdf" else frame(path, line["page"])
    return np.asarray(image.convert("L"), dtype=np.uint8)


def embedded(path: Path, number: int) -> Image.Image:
    """The one image of a PDF's page."""
    with pikepdf.open(path) as pdf:
        [image] = pdf.pages[number - 1].get_images().values()
        assert isinstance(image, pikepdf.Stream)
        return pikepdf.PdfImage(image).as_pil_image().copy()


def frame(path: Path, number: int) -> Image.Image:
    """One page of a TIFF, JPEG or PNG."""
    with Image.open(path) as image:
        image.seek(number - 1)
        return image.copy()


def upright(image: Grey, quad: list[list[float]], size: tuple[int, int]) -> Grey:
    """What lies in a quad, brought upright, `size` px wide and high."""
    w, h = size
    onto = np.array([[-0.5, -0.5], [w - 0.5, -0.5], [w - 0.5, h - 0.5], [-0.5, h - 0.5]], np.float32)
    matrix = cv2.getPerspectiveTransform(np.array(quad, np.float32), onto)
    return np.asarray(cv2.warpPerspective(image, matrix, (w, h)), dtype=np.uint8)
