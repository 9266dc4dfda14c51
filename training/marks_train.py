"""`python -m training.marks_train`: train the classifier of marks and write its weights."""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from pipeline.read import options
from training import marks, marks_net

WEIGHTS = Path(__file__).parents[1] / "pipeline" / "read" / "weights"
VERSION = "marks/4"
SETS = ((50_000, 11), (50_000, 12), (50_000, 13), (50_000, 14))  # how many options, of which seed
SCRIBBLES = ((50_000, 15), (50_000, 16))  # the same, all of them scribbled: a struck scribble is rare, and hard to tell
NETS = {"marks-a": (options.SIDE, 7, 0), "marks-b": (options.FINE, 8, 3), "marks-c": (options.FINE, 9, 2)}
# px of the picture, seed, rounds with scribbles: the coarse network sees no ink
EPOCHS, BATCH, RATE = 9, 128, 3e-3
LATER = 256, 1e-3  # batch size and rate with scribbles


def main(arguments: Sequence[str] | None = None) -> None:
    """Train and write the weights of all networks, or of some, and print their confusion on the test split."""
    parser = argparse.ArgumentParser(prog="python -m training.marks_train", description=__doc__)
    parser.add_argument("--to", type=Path, default=WEIGHTS, help="folder for the weights")
    parser.add_argument("--share", type=float, default=1.0, help="of the options of the recipe")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--net", choices=list(NETS), action="append", help="only these")
    asked = parser.parse_args(arguments)
    for name in asked.net or NETS:
        _train(name, asked.to, asked.share, asked.epochs)


def _train(name: str, folder: Path, share: float, epochs: int) -> None:
    side, seed, later = NETS[name]
    view = int(side == options.FINE)  # the fine ones see only options with ink
    drawn = _joined(view, share, None)
    torch.manual_seed(seed)
    net = marks_net.train(marks_net.build(name), drawn, epochs, (BATCH, RATE), seed)
    if later:
        drawn = marks.joined([drawn, _joined(view, share, "fill")])
        net = marks_net.train(net, drawn, later, LATER, seed + 100)
    warmth = marks_net.temperature(net, marks.draw(6_000, 2, "calibration")[view])
    print(marks_net.confusion(net, marks.draw(6_000, 3, "test")[view]))
    shares = np.bincount(drawn.labels, minlength=len(options.CLASSES)) / len(drawn.labels)
    marks_net.export(net, side, warmth, shares, folder / f"{name}.onnx")
    print(_card(folder, name, warmth, len(drawn.labels)))


def _joined(view: int, share: float, family: str | None) -> marks.Drawn:
    """The sets of a course in one of the two views that `marks.draw` gives."""
    sets = SCRIBBLES if family else SETS
    return marks.joined([marks.draw(int(count * share), number, "train", family)[view] for count, number in sets])


def _card(folder: Path, name: str, warmth: float, size: int) -> Path:
    """What the weights are, beside them."""
    side, seed, later = NETS[name]
    facts = {
        "version": VERSION,
        "sha256": hashlib.sha256((folder / f"{name}.onnx").read_bytes()).hexdigest(),
        "classes": options.CLASSES,
        "input": f"pictures (n, 3, {side}, {side}) float32, 0 … 1",
        "output": "logarithms of likelihoods (n, 3): the classes' shares in training are taken off",
        "temperature": round(warmth, 4),
        "data": f"{size} drawn options of samples.marks, seeds {[number for _, number in (*SETS, *(SCRIBBLES if later else ()))]}, train split; network's seed {seed}; "
        "see training/README.md",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "licence": "Apache-2.0",
    }
    card = folder / f"{name}.json"
    card.write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return card


if __name__ == "__main__":
    main()
