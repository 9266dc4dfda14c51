"""Real figures are used only where their files are given, each set its own rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from samples import figures, ink, people


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Idx files as small as they may be: in the training file bars for the first rows and squares for the last."""
    root = tmp_path_factory.mktemp("idx")
    (root / "data").mkdir()
    for name, count in (("train", 60_000), ("t10k", 20)):
        images = np.zeros((count, 28, 28), np.uint8)
        images[:, 4:24, 13:16] = 255
        images[50_000:, 4:24, 4:24] = 255
        labels = (np.arange(count) % 10).astype(np.uint8)
        (root / "data" / f"{name}-images-idx3-ubyte").write_bytes(bytes(16) + images.tobytes())
        (root / "data" / f"{name}-labels-idx1-ubyte").write_bytes(bytes(8) + labels.tobytes())
    return root


def test_each_set_has_its_rows(folder: Path) -> None:
    """Training sees the first 50,000, calibration the next 10,000, test the test file; every figure is there."""
    counts = {split: figures.load(folder, split).pictures for split in figures.ROWS}
    assert [len(counts[split]["3"]) for split in ("train", "calibration", "test")] == [5000, 1000, 2]
    assert all(set(known) == set("0123456789") for known in counts.values())
    assert counts["train"]["3"][0].sum() < counts["calibration"]["3"][0].sum()


def test_a_figure_stands_where_it_is_put(folder: Path) -> None:
    """The picture's middle lies at the place given, its ink as high as asked for."""
    canvas = ink.canvas_of(np.full((400, 400), 255, np.uint8), 300 / 25.4, coloured=False)
    pen = (people.tool("gel-black", np.random.default_rng(1)), np.random.default_rng(2))
    figures.load(folder, "test").write(canvas, "7", (15.0, 20.0), 8.0, pen)
    rows, columns = np.nonzero(canvas.image < 128)
    assert abs((rows.max() - rows.min()) / canvas.px_per_mm - 8.0) < 0.5
    assert abs(rows.mean() / canvas.px_per_mm - 20.0) < 0.3
    assert abs(columns.mean() / canvas.px_per_mm - 15.0) < 0.5


def test_missing_files_are_named(tmp_path: Path) -> None:
    """Without the files one is told which is missing."""
    with pytest.raises(FileNotFoundError, match="t10k-images"):
        figures.load(tmp_path, "test")
