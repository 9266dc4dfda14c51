"""Questions drawn by hand for the readers' tests: print, pen, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np

from pipeline import crop, geometry, model
from pipeline.forms import schema
from pipeline.geometry import BLANK_PX_PER_MM, Box, Grey

SIZE = (120, 60)  # mm
Pen = Callable[[Grey, Box], None]


def field(raw: dict[str, Any]) -> schema.Field:
    """A field from its part of a form file."""
    side = {"id": "s", "paper": {"width": SIZE[0], "height": SIZE[1]}, "panels": [{"id": "p", "box": [0, 0, *SIZE]}]}
    form = {"schema": 1, "id": "f", "version": "1", "title": "T", "sides": [{**side, "fields": [{"id": "x", **raw}]}]}
    return schema.Form.model_validate(form).sides[0].fields[0]


def question(kind: str = "choice", count: int = 4, **more: Any) -> schema.Field:
    """Options in a row: numbers to circle (score) or squares to tick (choice)."""
    size = 9 if kind == "score" else 5
    options = [{"value": n + 1, "label": str(n + 1), "box": [12 + 20 * n, 25, size, size]} for n in range(count)]
    return field({"kind": kind, "options": options, **more})


def blank_of(asked: schema.Field) -> Grey:
    """The empty print of a question."""
    page = np.full((round(SIZE[1] * BLANK_PX_PER_MM), round(SIZE[0] * BLANK_PX_PER_MM)), 255, np.uint8)
    for number, box in enumerate(asked.boxes().values(), 1):
        x, y, w, h = (round(v * BLANK_PX_PER_MM) for v in box)
        if isinstance(asked, schema.Score):
            cv2.putText(page, str(number), (x + w // 3, y + 2 * h // 3), cv2.FONT_HERSHEY_SIMPLEX, 1.3, (20,), 3)
        else:
            cv2.rectangle(page, (x, y), (x + w, y + h), (20,), 3)
    return page


def circle(page: Grey, box: Box) -> None:
    """A circle around an option, a little loose."""
    x, y = (round(v * BLANK_PX_PER_MM) for v in box.center())
    cv2.ellipse(page, (x + 4, y - 3), (62, 55), 8, 10, 362, (60,), 5, cv2.LINE_AA)


def tick(page: Grey, box: Box) -> None:
    """A tick that leaves its box."""
    x, y, w, h = (v * BLANK_PX_PER_MM for v in box)
    points = np.array([[x + 0.15 * w, y + 0.5 * h], [x + 0.45 * w, y + 0.95 * h], [x + 1.25 * w, y - 0.3 * h]])
    cv2.polylines(page, [points.astype(np.int32)], isClosed=False, color=(70,), thickness=5, lineType=cv2.LINE_AA)


def strike(page: Grey, box: Box) -> None:
    """A tick struck out by two lines."""
    tick(page, box)
    x, y, w, h = (round(v * BLANK_PX_PER_MM) for v in box)
    for level in (0.35, 0.65):
        at = round(y + level * h)
        cv2.line(page, (x - 20, at), (x + w + 20, at - 3), (50,), 5, cv2.LINE_AA)


def crops(asked: schema.Field, marks: Sequence[tuple[int, Pen]], moved_mm: float = 0.0) -> list[model.FieldCrop]:
    """The crops of a question with marks on some of its options, on grey paper with noise."""
    blank = blank_of(asked)
    page = blank.copy()
    boxes = list(asked.boxes().values())
    for number, pen in marks:
        pen(page, boxes[number])
    noisy = np.clip(page * 0.9 + np.random.default_rng(1).normal(0, 4, page.shape), 0, 255).astype(np.uint8)
    matrix = geometry.mm_to_blank_px() @ np.array([[1, 0, moved_mm], [0, 1, moved_mm], [0, 0, 1]])
    panel = model.Panel("p", matrix, 0.02, {"px_per_mm": BLANK_PX_PER_MM})
    side = schema.Side.model_validate(
        {"id": "s", "paper": {"width": SIZE[0], "height": SIZE[1]}, "panels": [{"id": "p", "box": [0, 0, *SIZE]}]}
    ).model_copy(update={"fields": [asked]})
    side.attach(lambda: blank)
    sheet = model.Sheet(model.Page("x", "0" * 64, 1, noisy), None, side, None, (panel,), 0, "markers")
    return list(crop.fields(sheet))
