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
VERSION = "marks/3"
SETS = ((50_000, 11), (50_000, 12), (50_000, 13), (50_000, 14))  # how many options of which seed
NETS = {"marks-a": (options.SIDE, 7), "marks-b": (options.FINE, 8)}  # px of the picture, seed
EPOCHS, BATCH, RATE = 9, 128, 3e-3


def main(arguments: Sequence[str] | None = None) -> None:
    """Train and write the weights of both networks, or of one, and print their confusion on the test split."""
    parser = argparse.ArgumentParser(prog="python -m training.marks_train", description=__doc__)
    parser.add_argument("--to", type=Path, default=WEIGHTS, help="folder for the weights")
    parser.add_argument("--share", type=float, default=1.0, help="of the options of the recipe")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--net", choices=list(NETS), action="append", help="only this one")
    asked = parser.parse_args(arguments)
    for name in asked.net or NETS:
        _train(name, asked.to, asked.share, asked.epochs)


def _train(name: str, folder: Path, share: float, epochs: int) -> None:
    side, seed = NETS[name]
    view = list(NETS).index(name)  # the second network sees only options with ink
    drawn = marks.joined([marks.draw(int(count * share), number, "train")[view] for count, number in SETS])
    net = marks_net.train(drawn, epochs, (BATCH, RATE), seed)
    warmth = marks_net.temperature(net, marks.draw(6_000, 2, "calibration")[view])
    print(marks_net.confusion(net, marks.draw(6_000, 3, "test")[view]))
    shares = np.bincount(drawn.labels, minlength=len(options.CLASSES)) / len(drawn.labels)
    marks_net.export(net, side, warmth, shares, folder / f"{name}.onnx")
    print(_card(folder, name, warmth, len(drawn.labels)))


def _card(folder: Path, name: str, warmth: float, size: int) -> Path:
    """What the weights are, beside them."""
    side, seed = NETS[name]
    facts = {
        "version": VERSION,
        "sha256": hashlib.sha256((folder / f"{name}.onnx").read_bytes()).hexdigest(),
        "classes": options.CLASSES,
        "input": f"pictures (n, 3, {side}, {side}) float32, 0 … 1",
        "output": "logarithms of likelihoods (n, 3): the classes' shares in training are taken off",
        "temperature": round(warmth, 4),
        "data": f"{size} drawn options of samples.marks, seeds {[number for _, number in SETS]}, train split; network's seed {seed}; "
        "see training/README.md",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "licence": "Apache-2.0",
    }
    card = folder / f"{name}.json"
    card.write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return card


if __name__ == "__main__":
    main()
