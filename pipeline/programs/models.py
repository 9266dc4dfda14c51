"""Model files: found, checked by hash, opened once per process with one thread."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import ProgramMissing

if TYPE_CHECKING:
    import onnxruntime

WEIGHTS = Path(__file__).resolve().parents[1] / "read" / "weights"
LINE_SHA256 = "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884"  # as rapidocr 3.10 ships it
OWN = ("marks-a", "marks-b", "marks-c", "digits-a", "digits-b")


@dataclass(frozen=True)
class ModelFile:
    """A model file and the hash it must have."""

    name: str
    path: Path
    sha256: str


def line_model() -> ModelFile:
    """PP-OCRv6 small, from the package `rapidocr`."""
    spec = importlib.util.find_spec("rapidocr")
    folder = Path(spec.origin).parent if spec and spec.origin else Path("rapidocr")
    return ModelFile("PP-OCRv6 small", folder / "models" / "PP-OCRv6_rec_small.onnx", LINE_SHA256)


def own_model(name: str) -> ModelFile:
    """One of our own networks, with the hash from the card beside it."""
    card = WEIGHTS / f"{name}.json"
    sha256 = json.loads(card.read_text("utf-8"))["sha256"] if card.is_file() else ""
    return ModelFile(name, WEIGHTS / f"{name}.onnx", sha256)


def trouble(model: ModelFile) -> str | None:
    """What is wrong with a model file, in Japanese; None when nothing is."""
    if not model.path.is_file():
        return f"モデル {model.name} のファイルがありません。"
    if hashlib.sha256(model.path.read_bytes()).hexdigest() != model.sha256:
        return f"モデル {model.name} のファイルの中身が違います。"
    return None


@lru_cache(maxsize=16)
def session(model: ModelFile) -> onnxruntime.InferenceSession:
    """The opened model, kept for the life of the process; raises ProgramMissing when the file is missing or altered."""
    wrong = trouble(model)
    if wrong:
        raise ProgramMissing("model-missing", wrong, "make install をもう一度実行してください。")
    import onnxruntime  # noqa: PLC0415 - a third of a second that commands without reading need not wait

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(model.path), options, providers=["CPUExecutionProvider"])
