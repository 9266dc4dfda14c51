"""Options drawn for the classifier of marks.

The pictures come from `samples.marks` (made-up print, train split of pens, writers and styles), through
`pipeline.read.options.prepare`, so the network sees in training what it sees at work.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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

    pictures: NDArray[np.uint8]  # (n, 3, side, side)
    labels: NDArray[np.uint8]  # (n,) index into options.CLASSES


def crop_of(drawn: marks.Crop) -> model.FieldCrop:
    """A drawn option as the parcel that the reader gets."""
    quad = ((0.0, 0.0),) * 4
    scale = geometry.BLANK_PX_PER_MM
    return model.FieldCrop(STANDIN, "box", STANDIN.box, drawn.image, drawn.blank, scale, drawn.margin_mm, quad)


def draw(count: int, seed: int, split: str, family: str | None = None) -> tuple[Drawn, Drawn]:
    """`count` options, all marked in one `family` of styles, in a coarse view, and those with ink in a fine one.

    They are kept in the cache folder.
    """
    kept = CACHE / f"marks-{'-'.join(filter(None, (split, family)))}-{seed}-{count}.npz"
    if not kept.is_file():
        whole, fine = _stacked(_drawn(count, seed, split, family))
        CACHE.mkdir(exist_ok=True)
        np.savez_compressed(kept, X=whole.pictures, Y=whole.labels, FX=fine.pictures, FY=fine.labels)
    with np.load(kept) as file:
        return Drawn(file["X"], file["Y"]), Drawn(file["FX"], file["FY"])


def joined(sets: Sequence[Drawn]) -> Drawn:
    """Several sets as one."""
    return Drawn(np.concatenate([s.pictures for s in sets]), np.concatenate([s.labels for s in sets]))


def _stacked(rows: Iterable[tuple[ink.Seen, int]]) -> tuple[Drawn, Drawn]:
    coarse, fine, labels, inked = [], [], [], []
    for seen, label in rows:
        coarse.append(_bytes(options.prepare(seen)))
        labels.append(label)
        if seen.inked:
            fine.append(_bytes(options.prepare(seen, options.FINE)))
            inked.append(label)
    return Drawn(np.array(coarse), np.array(labels, np.uint8)), Drawn(np.array(fine), np.array(inked, np.uint8))


def _bytes(picture: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.asarray(picture * 255, dtype=np.uint8)


def _drawn(count: int, seed: int, split: str, family: str | None) -> Iterator[tuple[ink.Seen, int]]:
    done = number = 0
    while done < count:
        rng = np.random.default_rng([seed, number])
        level = "hard" if rng.random() < HARD_SHARE else "office"
        for one in marks.question(rng, split, level, family).crops:
            yield ink.Seen(crop_of(one)), options.CLASSES.index(one.label)
            done += 1
        number += 1
