"""The sets of pictures: training, calibration and test, each drawn once from its own seed and kept on disk."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from training import cells, scene, sources
from training.cells import EMPTY, OTHER, Example, Writer
from training.sources import Split
from training.strokes import Rng

RECIPE = "6"  # part of the kept files' names: raise it whenever a drawing changes
SEEDS: dict[Split, int] = {"train": 20260401, "calibration": 20260402, "test": 20260403}
TRAIN_SIZE = 20_000
PLAIN = 8_000  # of strokes, and of non-digits, on clean paper
PART = 10_000  # training cells are drawn and kept by parts
SHARES = {"mnist": 0.52, "strokes": 0.19, "fonts": 0.07, "other": 0.2, "empty": 0.02}
# How many of each kind calibrate and test; no real digit is used twice.
COUNTS: dict[Split, dict[str, int]] = {
    "calibration": {"mnist": 2_500, "strokes": 800, "fonts": 400, "other": 1_000, "empty": 100},
    "test": {"mnist": 10_000, "strokes": 2_000, "fonts": 1_000, "other": 2_500, "empty": 500},
}
OTHER_WEIGHTS = {
    "struck": 0.34,
    "two": 0.14,
    "overwritten": 0.08,
    "word": 0.14,
    "mark": 0.14,
    "stamped": 0.1,
    "circled": 0.06,
}


@dataclass(frozen=True, eq=False)
class Pictures:
    """What the networks see, with the truth."""

    pictures: NDArray[np.uint8]  # (n, 32, 32), 0 … 255
    labels: NDArray[np.int64]  # (n,), 0 … 9, OTHER, EMPTY
    kinds: NDArray[np.str_]  # (n,)

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def inked(self) -> NDArray[np.bool_]:
        """Which pictures show anything at all, (n,)."""
        return np.asarray(self.pictures.any(axis=(1, 2)), dtype=np.bool_)

    @property
    def classes(self) -> NDArray[np.int64]:
        """What a network should say, (n,): dust in an empty cell is no figure, so it counts as OTHER."""
        return np.minimum(self.labels, OTHER)

    def only(self, chosen: NDArray[np.bool_]) -> Pictures:
        """The chosen ones."""
        return Pictures(self.pictures[chosen], self.labels[chosen], self.kinds[chosen])


def load(split: Split, size: int = TRAIN_SIZE) -> Pictures:
    """A split's pictures, drawn first where they are not on disk; `size` makes a smaller training set."""
    if split != "train":
        return _kept(f"{split}-{RECIPE}-full", lambda: _drawn(split, _full_plan(split), SEEDS[split]))
    parts = range(-(-size // PART))
    scanned = [_kept(f"train-{RECIPE}-{part:02d}", partial(_train_part, part)) for part in parts]
    return joined([*scanned, *scanned, _kept(f"train-{RECIPE}-plain", _train_plain)])


def _train_plain() -> Pictures:
    """Every real digit of the training split, strokes and non-digits, as ink on clean paper."""
    rng = np.random.default_rng([SEEDS["train"], PART])
    writer = Writer("train")
    rows = [
        (writer.plain(int(label), "mnist", rng, row), int(label), "mnist") for row, label in enumerate(writer.labels)
    ]
    digits = rng.integers(10, size=PLAIN).tolist()
    rows += [(writer.plain(label, "strokes", rng), label, "strokes") for label in digits]
    others = rng.choice(list(OTHER_WEIGHTS), PLAIN, p=list(OTHER_WEIGHTS.values())).tolist()
    rows += [(writer.plain(OTHER, kind, rng), OTHER, kind) for kind in others]
    drawn = of(rows)
    return drawn.only(drawn.inked)


def _train_part(part: int) -> Pictures:
    seed = [SEEDS["train"], part]
    kinds = np.random.default_rng(seed).choice(list(SHARES), PART, p=list(SHARES.values()))
    drawn = _drawn("train", [(str(kind), None) for kind in kinds], seed)
    return drawn.only(drawn.inked)  # an empty picture is settled before any network sees it


def _kept(name: str, make: Callable[[], Pictures]) -> Pictures:
    file = sources.FOLDER / f"{name}.npz"
    if not file.exists():
        drawn = make()
        part = file.with_suffix(".part.npz")
        np.savez_compressed(part, pictures=drawn.pictures, labels=drawn.labels, kinds=drawn.kinds)
        part.rename(file)
        print(f"{file.name}: {len(drawn)} cells", file=sys.stderr)
    with np.load(file) as kept:
        return Pictures(kept["pictures"], kept["labels"], kept["kinds"])


def _drawn(split: Split, plan: Sequence[tuple[str, int | None]], seed: int | list[int]) -> Pictures:
    rng = np.random.default_rng(seed)
    writer = Writer(split, scene.scanner if split == "train" else scene.office)
    examples = (_example(writer, kind, row, rng) for kind, row in plan)
    return of([(example.picture(), example.label, example.kind) for example in examples])


def of(rows: Sequence[tuple[NDArray[np.uint8], int, str]]) -> Pictures:
    """Pictures of shape (32, 32), labels and kinds, row by row, as one set."""
    pictures, labels, kinds = zip(*rows, strict=True)
    return Pictures(np.array(pictures, np.uint8), np.array(labels, np.int64), np.array(kinds, np.str_))


def joined(parts: Sequence[Pictures]) -> Pictures:
    """Several sets as one."""
    return Pictures(
        np.concatenate([part.pictures for part in parts]),
        np.concatenate([part.labels for part in parts]),
        np.concatenate([part.kinds for part in parts]),
    )


def _full_plan(split: Split) -> list[tuple[str, int | None]]:
    counts = COUNTS[split]
    return [(kind, row if kind == "mnist" else None) for kind, count in counts.items() for row in range(count)]


def _example(writer: Writer, kind: str, row: int | None, rng: Rng) -> Example:
    if kind == "other":
        what = str(rng.choice(list(OTHER_WEIGHTS), p=list(OTHER_WEIGHTS.values())))
        return writer.example(OTHER, what, rng)
    if kind == "empty":
        return writer.example(EMPTY, "remains" if rng.random() < 0.8 else "empty", rng)
    label = int(writer.labels[row]) if row is not None else int(rng.integers(10))
    return writer.example(label, kind, rng, row)


def from_review(folder: Path) -> Pictures:
    """Cells that people corrected: `cells.csv` with columns image, blank, margin_px, label beside the pictures.

    Raises ValueError for a label that is none of the classes, FileNotFoundError for a picture that is not there.
    """
    with (folder / "cells.csv").open(encoding="utf-8", newline="") as lines:
        examples = [_corrected(folder, row) for row in csv.DictReader(lines)]
    return of([(example.picture(), example.label, example.kind) for example in examples])


def _corrected(folder: Path, row: dict[str, str]) -> Example:
    label = cells.LABELS.index(row["label"])
    crop, blank = (cv2.imread(str(folder / row[name]), cv2.IMREAD_GRAYSCALE) for name in ("image", "blank"))
    if crop is None or blank is None:
        raise FileNotFoundError(f"{row['image']} or {row['blank']} in {folder}")
    return Example(np.asarray(crop, np.uint8), np.asarray(blank, np.uint8), float(row["margin_px"]), label, "review")
