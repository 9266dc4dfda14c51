"""Options drawn for the classifier of marks.

The pictures come from `samples.marks` (made-up print, train split of pens, writers and styles), through
`pipeline.read.options.prepare`, so the network sees in training what it sees at work.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline import geometry, model
from pipeline.forms import schema
from pipeline.read import ink, options
from samples import marks

CACHE = Path(__file__).parent / ".data"
HARD_SHARE = 0.35  # of the questions are scanned as badly as the level `hard`
STANDIN = schema.Presence(id="x", kind="presence", box=geometry.Box(0, 0, 5, 5))


@dataclass(frozen=True, eq=False)
class Drawn:
    """Options as the classifier sees them."""

    pictures: NDArray[np.uint8]  # (n, 3, 48, 48)
    labels: NDArray[np.uint8]  # (n,) index into options.CLASSES


def crop_of(drawn: marks.Crop) -> model.FieldCrop:
    """A drawn option as the parcel that the reader gets."""
    quad = ((0.0, 0.0),) * 4
    scale = geometry.BLANK_PX_PER_MM
    return model.FieldCrop(STANDIN, "box", STANDIN.box, drawn.image, drawn.blank, scale, drawn.margin_mm, quad)


def draw(count: int, seed: int, split: str) -> Drawn:
    """`count` options, the same for the same seed; kept in the cache folder."""
    kept = CACHE / f"marks-{split}-{seed}-{count}.npz"
    if not kept.is_file():
        pairs = list(_drawn(count, seed, split))
        CACHE.mkdir(exist_ok=True)
        np.savez_compressed(kept, X=np.array([p for p, _ in pairs]), Y=np.array([y for _, y in pairs], np.uint8))
    with np.load(kept) as file:
        return Drawn(file["X"], file["Y"])


def joined(sets: Sequence[Drawn]) -> Drawn:
    """Several sets as one."""
    return Drawn(np.concatenate([s.pictures for s in sets]), np.concatenate([s.labels for s in sets]))


def _drawn(count: int, seed: int, split: str) -> Iterator[tuple[NDArray[np.uint8], int]]:
    done = number = 0
    while done < count:
        rng = np.random.default_rng([seed, number])
        level = "hard" if rng.random() < HARD_SHARE else "office"
        for one in marks.question(rng, split, level).crops:
            picture = (options.prepare(ink.Seen(crop_of(one))) * 255).astype(np.uint8)
            yield picture, options.CLASSES.index(one.label)
            done += 1
        number += 1
