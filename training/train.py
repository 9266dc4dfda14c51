"""`make train`: draw the sets, train both networks, calibrate them and write the weights."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import cv2

from training import evaluate, export, figures, nets, sets
from training.sets import Pictures


def main(arguments: Sequence[str] | None = None) -> None:
    """Train what is asked for and print the figures."""
    asked = _parser().parse_args(arguments)
    cv2.setNumThreads(1)
    data = sets.load("train", asked.size)
    for folder in asked.review:
        data = _with(data, sets.from_review(folder))
    calibration = sets.load("calibration")
    calibration = calibration.only(calibration.inked)
    for course in nets.COURSES:
        net = nets.train(course, data, asked.epochs)
        warmth = figures.temperature(nets.logits(net, calibration.pictures), calibration.classes)
        nets.calibrate(net, warmth)
        export.onnx(net, asked.to / f"{course.name}.onnx")
        print(export.describe(course.name, warmth, asked.to))
    if not asked.no_figures:
        evaluate.report(asked.to)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("--to", type=Path, default=export.WEIGHTS, help="folder for the weights")
    parser.add_argument(
        "--size", type=int, default=sets.TRAIN_SIZE, help="cells to draw for training (default: all of the recipe)"
    )
    parser.add_argument("--epochs", type=int, help="rounds through the data (default: each network's own)")
    parser.add_argument("--review", type=Path, action="append", default=[], help="folder of corrected cells to add")
    parser.add_argument("--no-figures", action="store_true", help="leave the figures on the test set out")
    return parser


def _with(data: Pictures, more: Pictures) -> Pictures:
    """Both sets; the corrected cells several times over, since each is worth many drawn ones."""
    times = max(min(20, len(data) // (10 * max(len(more), 1))), 1)
    return sets.joined([data, *[more] * times])


if __name__ == "__main__":
    main()
