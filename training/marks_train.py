"""`python -m training.marks_train`: train the classifier of marks and write its weights."""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipeline.read import options
from training import marks, marks_net

WEIGHTS = Path(__file__).parents[1] / "pipeline" / "read" / "weights"
VERSION = "marks/2"
SETS = ((60_000, 1), (60_000, 4))  # how many options of which seed
EPOCHS, BATCH, RATE = 7, 128, 3e-3


def main(arguments: Sequence[str] | None = None) -> None:
    """Train and write the weights, then print the confusion on the test split."""
    parser = argparse.ArgumentParser(prog="python -m training.marks", description=__doc__)
    parser.add_argument("--to", type=Path, default=WEIGHTS, help="folder for the weights")
    parser.add_argument("--share", type=float, default=1.0, help="of the options of the recipe")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    asked = parser.parse_args(arguments)
    drawn = marks.joined([marks.draw(int(count * asked.share), seed, "train") for count, seed in SETS])
    net = marks_net.train(drawn, asked.epochs, (BATCH, RATE))
    warmth = marks_net.temperature(net, marks.draw(2_500, 2, "calibration"))
    test = marks.draw(2_500, 3, "test")
    print(marks_net.confusion(net, test))
    shares = np.bincount(drawn.labels, minlength=len(options.CLASSES)) / len(drawn.labels)
    marks_net.export(net, warmth, shares, asked.to / "marks.onnx")
    print(_card(asked.to, warmth, len(drawn.labels)))


def _card(folder: Path, warmth: float, size: int) -> Path:
    """What the weights are, beside them."""
    facts = {
        "version": VERSION,
        "sha256": hashlib.sha256((folder / "marks.onnx").read_bytes()).hexdigest(),
        "classes": options.CLASSES,
        "input": f"pictures (n, 3, {options.SIDE}, {options.SIDE}) float32, 0 … 1",
        "output": "logarithms of likelihoods (n, 3): the classes' shares in training are taken off",
        "temperature": round(warmth, 4),
        "data": f"{size} drawn options of samples.marks, seeds {[seed for _, seed in SETS]}, train split; see training/README.md",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "licence": "Apache-2.0",
    }
    card = folder / "marks.json"
    card.write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return card


if __name__ == "__main__":
    main()
