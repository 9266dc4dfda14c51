"""Levels of difficulty, and who and what belongs to which set: `levels.yaml` as models."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict

FOLDER = Path(__file__).parent
Rng: TypeAlias = np.random.Generator
Range: TypeAlias = tuple[float, float]
Colour: TypeAlias = tuple[int, int, int]
Family: TypeAlias = Literal["circle", "tick", "cross", "fill", "slash", "stroke", "dot"]


class Part(BaseModel):
    """Base of all parts: unknown keys are mistakes, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Level(Part):
    """Bounds of one level; see the comments in `levels.yaml`."""

    dpi: tuple[int, ...]
    jpeg_quality: tuple[int, int]
    one_bit: float
    colour: float
    skew_deg: float
    halves_deg: float
    panel_shift_mm: float
    crease_grey: float
    curl_mm: float
    scale: float
    show_through: float
    staple_holes: float
    streaks: float
    turns: dict[int, float]
    noise: Range
    blur_mm: Range
    uneven: float
    stains: float
    dog_ears: float
    dog_ear_mm: float
    cut_edges: float
    edge_cut_mm: float
    fax: float


class Pen(Part):
    """What somebody writes with: colour 0–255, width in mm, density and grain as shares."""

    colour: Colour
    width: Range
    density: Range
    grain: float
    weight: float = 1.0  # how often, against the others


class Paper(Part):
    """What it is printed on: tone 0–255, fibre in grey levels."""

    tone: Colour
    fibre: float


class Style(Part):
    """How somebody marks; sizes and offsets as shares of the box."""

    family: Family
    size: Range
    stray: float
    gap: Range
    wobble: float
    aspect: Range
    loops: int = 0  # a fill that goes round and round so often, instead of to and fro


class Split(Part):
    """Who and what belongs to one set; writers from the first number up to, not including, the second."""

    writers: tuple[int, int]
    fonts: tuple[str, ...]
    pens: tuple[str, ...]
    papers: tuple[str, ...]
    styles: tuple[str, ...]


class Catalogue(Part):
    """All of `levels.yaml`."""

    levels: dict[str, Level]
    pens: dict[str, Pen]
    papers: dict[str, Paper]
    styles: dict[str, Style]
    splits: dict[str, Split]


@cache
def load() -> Catalogue:
    """The catalogue; raises pydantic's ValidationError when the file is wrong."""
    return Catalogue.model_validate(yaml.safe_load((FOLDER / "levels.yaml").read_text("utf-8")))


def font_file(name: str) -> Path:
    """Where a font of the catalogue lies."""
    return FOLDER / "fonts" / f"{name}.ttf"


def between(rng: Rng, bounds: Range) -> float:
    """A number within `bounds`, all equally likely."""
    return float(rng.uniform(*bounds))


def around_zero(rng: Rng, most: float) -> float:
    """A number from -most to most, small ones likelier."""
    return float(rng.triangular(-most, 0.0, most)) if most else 0.0


def one_of(rng: Rng, things: tuple[str, ...]) -> str:
    """One of the names."""
    return things[int(rng.integers(len(things)))]
