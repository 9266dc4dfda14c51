"""Pixels that are not square: a fax has twice as many across as down."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import cv2
import numpy as np

from pipeline import geometry, model
from pipeline.forms import schema
from pipeline.geometry import Grey, Matrix

FAX = 204 / 98  # dots per inch across and down, standard resolution (ITU-T T.4)
SLACK = 0.12  # by how much a page's proportions may differ from those of a paper, cut or padded edges included
Stretch = tuple[float, float]  # across and down


def stretch(image: Grey, sides: Iterable[tuple[schema.Form, schema.Side]]) -> Stretch | None:
    """What makes the pixels square, if only then the page has the proportions of a known paper or panel."""
    h, w = image.shape
    boxes = [box for _, side in sides for box in (_whole(side), *(panel.box for panel in side.panels))]
    shapes = [shape for box in boxes for shape in (box.w / box.h, box.h / box.w)]
    for across, down in ((1.0, FAX), (FAX, 1.0)):  # as sent, or turned afterwards
        seen = w * across / (h * down)
        if any(abs(np.log(seen / shape)) < SLACK for shape in shapes):
            return across, down
    return None


def _whole(side: schema.Side) -> geometry.Box:
    return geometry.Box(0, 0, side.paper.width, side.paper.height)


def stretched(image: Grey, by: Stretch) -> Grey:
    """The picture with square pixels."""
    h, w = image.shape
    size = (round(w * by[0]), round(h * by[1]))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def back(panel: model.Panel, stretched_size: Stretch, size: Stretch) -> model.Panel:
    """A panel laid on the stretched picture (width, height), as it lies on the real one."""
    fx, fy = (real / wide for real, wide in zip(size, stretched_size, strict=True))
    shrink: Matrix = np.array([[fx, 0, (fx - 1) / 2], [0, fy, (fy - 1) / 2], [0, 0, 1]])
    anchors = None if panel.anchors is None else panel.anchors * np.array([1.0, 1.0, fx, fy])
    return replace(panel, mm_to_px=shrink @ panel.mm_to_px, anchors=anchors)
