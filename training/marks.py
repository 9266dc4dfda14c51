"""`python -m training.marks`: draw options, train the classifier of marks and write its weights.

The pictures come from `samples.marks` (made-up print, train split of pens, writers and styles), through
`pipeline.read.options.prepare`, so the network sees in training what it sees at work.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline import geometry, model
from pipeline.forms import schema
from pipeline.read import options
from samples import marks

WEIGHTS = Path(__file__).parents[1] / "pipeline" / "read" / "weights"
CACHE = Path(__file__).parent / ".data"
VERSION = "marks/1"
SEED, SIZE, EPOCHS, BATCH, RATE = 1, 45_000, 11, 128, 3e-3
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


def _drawn(count: int, seed: int, split: str) -> Iterator[tuple[NDArray[np.uint8], int]]:
    done = number = 0
    while done < count:
        rng = np.random.default_rng([seed, number])
        level = "hard" if rng.random() < HARD_SHARE else "office"
        for one in marks.question(rng, split, level).crops:
            picture = (options.prepare(crop_of(one)) * 255).astype(np.uint8)
            yield picture, options.CLASSES.index(one.label)
            done += 1
        number += 1


def main(arguments: Sequence[str] | None = None) -> None:
    """Train and write the weights, then print the confusion on the test split."""
    parser = argparse.ArgumentParser(prog="python -m training.marks", description=__doc__)
    parser.add_argument("--to", type=Path, default=WEIGHTS, help="folder for the weights")
    parser.add_argument("--size", type=int, default=SIZE, help="options to draw for training")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    asked = parser.parse_args(arguments)
    from training import marks_net  # noqa: PLC0415 - PyTorch is needed only from here on

    net = marks_net.train(draw(asked.size, SEED, "train"), asked.epochs, (BATCH, RATE))
    warmth = marks_net.temperature(net, draw(6_000, 2, "calibration"))
    marks_net.export(net, warmth, asked.to / "marks.onnx")
    print(_card(asked.to, warmth, asked.size))
    test = draw(6_000, 3, "test")
    print(marks_net.confusion(net, test))


def _card(folder: Path, warmth: float, size: int) -> Path:
    """What the weights are, beside them."""
    facts = {
        "version": VERSION,
        "sha256": hashlib.sha256((folder / "marks.onnx").read_bytes()).hexdigest(),
        "classes": options.CLASSES,
        "input": f"pictures (n, 3, {options.SIDE}, {options.SIDE}) float32, 0 … 1",
        "output": "logits (n, 3)",
        "temperature": round(warmth, 4),
        "data": f"{size} drawn options of samples.marks, seed {SEED}, train split; see training/README.md",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "licence": "Apache-2.0",
    }
    card = folder / "marks.json"
    card.write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return card


if __name__ == "__main__":
    main()
