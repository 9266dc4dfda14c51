"""Networks → ONNX files and the cards beside them that say what they are."""

from __future__ import annotations

import datetime
import hashlib
import json
from pathlib import Path

import torch
from torch import nn

from training.cells import CLASSES

WEIGHTS = Path(__file__).parents[1] / "pipeline" / "read" / "weights"
VERSION = "digits/1"
DATA = "MNIST train rows 0–49,999, own strokes, handwriting fonts, drawn non-digits; see training/README.md"


def onnx(net: nn.Sequential, file: Path) -> None:
    """Write a network that takes `pictures` (n, 1, 32, 32) and gives `logits` (n, 11)."""
    file.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        net.eval(),
        (torch.zeros(1, 1, 32, 32),),
        str(file),
        dynamo=False,  # the newer exporter needs another package and writes three times as much
        input_names=["pictures"],
        output_names=["logits"],
        dynamic_axes={"pictures": {0: "n"}, "logits": {0: "n"}},
        opset_version=17,
    )


def describe(name: str, temperature: float, folder: Path = WEIGHTS) -> Path:
    """Write the card beside a network's file: its SHA-256, classes, input and output, data and date."""
    facts = {
        "version": VERSION,
        "sha256": hashlib.sha256((folder / f"{name}.onnx").read_bytes()).hexdigest(),
        "classes": CLASSES,
        "input": {"name": "pictures", "shape": ["n", 1, 32, 32], "from": "pipeline.read.cells.prepare"},
        "output": {"name": "logits", "shape": ["n", len(CLASSES)], "divided_by_temperature": round(temperature, 4)},
        "data": DATA,
        "trained": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "licence": "Apache-2.0",
    }
    file = folder / f"{name}.json"
    file.write_text(json.dumps(facts, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return file
