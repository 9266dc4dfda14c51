"""What the models of a form file are built from: boxes and points in millimetres."""

from __future__ import annotations

import math
import re
from typing import Annotated, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer

from pipeline import geometry


def box_of(raw: object) -> geometry.Box:
    """Four numbers as a box; raises ValueError with the sentence for the form's author."""
    if isinstance(raw, (list, tuple)) and len(raw) == 4 and all(_is_number(n) for n in raw):
        if raw[2] <= 0 or raw[3] <= 0:
            raise ValueError("幅と高さは 0 より大きくします。例: [120, 60, 8, 8]（左, 上, 幅, 高さ mm）")
        return geometry.Box(*(float(n) for n in raw))
    raise ValueError("枠は mm の四つの数で書きます。例: [120, 60, 8, 8]（左, 上, 幅, 高さ）")


def _is_number(raw: object) -> bool:
    return isinstance(raw, (int, float)) and not isinstance(raw, bool) and math.isfinite(raw)


Box = Annotated[
    geometry.Box,
    BeforeValidator(box_of, json_schema_input_type=tuple[float, float, float, float]),
    PlainSerializer(lambda box: [round(n, 3) for n in box]),
]
Point: TypeAlias = tuple[float, float]


class Part(BaseModel):
    """Base of all parts: unknown keys are mistakes, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def cell_boxes(box: geometry.Box, cells: int | list[geometry.Box] | None) -> dict[str, geometry.Box]:
    """Every cell of a box by its number, or the whole `box`."""
    if isinstance(cells, list):
        return {str(n): cell for n, cell in enumerate(cells)}
    if not cells:
        return {"box": box}
    width = box.w / cells
    return {str(n): geometry.Box(box.x + n * width, box.y, width, box.h) for n in range(cells)}


def natural(version: str) -> list[tuple[int, str]]:
    """Orders versions: 2026.10 comes after 2026.9."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", version)]
