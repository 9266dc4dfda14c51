"""`python -m training.evaluate`: the figures of the model card, from the shipped weights and the test set."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from training import export, figures, sets, sources
from training.cells import EMPTY, LABELS, OTHER
from training.figures import Scores
from training.sets import Pictures

NETWORKS = ("digits-a", "digits-b")
ALLOWED = 0.001  # wrong among the accepted, its 95 % upper bound


def probabilities(data: Pictures, folder: Path = export.WEIGHTS) -> list[Scores]:
    """What each shipped network says, shape (n, 11); nothing is likely of a picture without ink."""
    return [_answers(folder / f"{name}.onnx", data.pictures) for name in NETWORKS]


def _answers(file: Path, pictures: NDArray[np.uint8]) -> Scores:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    inputs = pictures[:, None].astype(np.float32) / 255
    parts = [session.run(["logits"], {"pictures": inputs[n : n + 1000]})[0] for n in range(0, len(inputs), 1000)]
    said = figures.softmax(np.concatenate(parts).astype(np.float64))
    said[~pictures.any(axis=(1, 2))] = 0
    return said


def report(folder: Path = export.WEIGHTS) -> dict[str, object]:
    """Print the figures as JSON, keep the worst cases as a picture to look at, and return them."""
    data = sets.load("test")
    parts = probabilities(data, folder)
    found, sure = figures.together(parts)
    found[~data.inked] = EMPTY
    facts: dict[str, object] = {"n": len(data), "per kind": _per_kind(data, found, parts)}
    digits = data.labels < OTHER
    right = found == data.labels
    facts["ece of digits"] = round(figures.ece(right[digits], np.mean(parts, axis=0).max(axis=1)[digits]), 5)
    facts["lines"] = {
        kind: _line(data, found, sure, _where(data, kind)) for kind in ("mnist", "strokes", "fonts", "all digits")
    }
    facts["confusion of real digits"] = _confusion(data, found)
    print(json.dumps(facts, ensure_ascii=False, indent=1))
    cv2.imwrite(str(sources.FOLDER / "worst.png"), contact_sheet(data, found, sure))
    return facts


def _where(data: Pictures, kind: str) -> NDArray[np.bool_]:
    return np.asarray(data.labels < OTHER if kind == "all digits" else data.kinds == kind, dtype=np.bool_)


def _per_kind(data: Pictures, found: NDArray[np.int64], parts: list[Scores]) -> dict[str, dict[str, float]]:
    rows = {}
    for kind in dict.fromkeys(data.kinds.tolist()):
        these = data.kinds == kind
        truth = data.labels[these]
        rows[kind] = {"n": int(these.sum()), "right %": _percent(found[these] == truth)}
        for name, part in zip("ab", parts, strict=True):
            rows[kind][f"right % {name}"] = _percent(part[these].argmax(axis=1) == np.minimum(truth, OTHER))
        rows[kind]["taken for a digit %"] = _percent(found[these] < OTHER)
    return rows


def _line(data: Pictures, found: NDArray[np.int64], sure: Scores, these: NDArray[np.bool_]) -> dict[str, object]:
    """The line that keeps `ALLOWED` on these digits, and how many of the rest pass as digits above it."""
    # A digit is accepted only as a digit: taken for empty or other it goes to a person.
    as_digit = np.where(found < OTHER, sure, -1.0)
    line = figures.line_for((found == data.labels)[these], as_digit[these], ALLOWED)
    if line is None:
        return {"line": None}
    passed = as_digit >= line.confidence
    others, empty = data.labels == OTHER, data.labels == EMPTY
    kinds = dict.fromkeys(data.kinds[others].tolist())
    return {
        "line": round(line.confidence, 4),
        "coverage %": round(100 * line.coverage, 2),
        "wrong": line.wrong,
        "upper bound %": round(100 * line.bound, 4),
        "others accepted %": _percent(passed[others]),
        "empty accepted %": _percent(passed[empty]),
        "others accepted by kind %": {kind: _percent(passed[data.kinds == kind]) for kind in kinds},
    }


def _confusion(data: Pictures, found: NDArray[np.int64]) -> list[str]:
    real = data.kinds == "mnist"
    table = np.zeros((10, len(LABELS)), dtype=int)
    np.add.at(table, (data.labels[real], found[real]), 1)
    return [f"{row}: {' '.join(f'{n:4d}' for n in counts)}" for row, counts in enumerate(table)]


def _percent(hits: NDArray[np.bool_]) -> float:
    return round(100 * float(hits.mean()), 3) if hits.size else float("nan")


def contact_sheet(data: Pictures, found: NDArray[np.int64], sure: Scores, count: int = 120) -> NDArray[np.uint8]:
    """The surest mistakes, each with its truth → reading and confidence."""
    wrong = np.flatnonzero((found != data.labels) & (found < OTHER))
    worst = wrong[np.argsort(-sure[wrong])][:count]
    tiles = [_tile(data.pictures[n], f"{LABELS[data.labels[n]]}>{found[n]} {sure[n]:.3f}") for n in worst]
    tiles += [np.full((96, 96), 255, np.uint8)] * (-len(tiles) % 12)
    rows = [np.hstack(tiles[n : n + 12]) for n in range(0, len(tiles), 12)]
    return np.vstack(rows) if rows else np.full((96, 96), 255, np.uint8)


def _tile(picture: NDArray[np.uint8], words: str) -> NDArray[np.uint8]:
    tile = np.full((96, 96), 255, np.uint8)
    tile[:80, 8:88] = cv2.resize(255 - picture, (80, 80), interpolation=cv2.INTER_NEAREST)
    cv2.putText(tile, words, (1, 93), cv2.FONT_HERSHEY_SIMPLEX, 0.33, 0)
    return tile


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the figures of the weights in a folder."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__)
    parser.add_argument("--weights", type=Path, default=export.WEIGHTS)
    cv2.setNumThreads(1)
    report(parser.parse_args(arguments).weights)


if __name__ == "__main__":
    main()
