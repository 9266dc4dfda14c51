"""A stack of paper goes through the scanner: pages into files, truth beside them."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO, TypedDict, Unpack

from pipeline.forms import Forms
from samples import figures, files, pages, sheets
from samples.sheets import KINDS, Order, Sheet

Progress = Callable[[int, int], None]


class More(TypedDict, total=False):
    """What may be asked for besides."""

    kinds: Iterable[str] | Mapping[str, float]  # names out of KINDS, or names with weights; empty: all
    per_file: int  # about how many pages go into one PDF
    blanks: Mapping[tuple[str, str], Path]  # `blank.pdf` by form key, without which nothing is typed
    mnist: Path  # folder of the idx files: real handwritten figures of the same set instead of our own strokes
    progress: Progress  # called with (sheets done, of)


def stack(
    forms: Forms, out: Path, seed: int, count: int, level: str = "office", split: str = "test", **more: Unpack[More]
) -> Path:
    """Write files of scanned sheets into `out`, and `truth.jsonl` with one line per page; returns its path.

    The same arguments give the same bytes. Sheets are drawn one after the other: memory holds one file.

    Args:
        forms: what is filled in, drawn evenly.
        out: folder, made if missing.
        seed: any number from 0.
        count: sheets of paper (a sheet may give several pages).
        level: name of a level of `levels.yaml`.
        split: train, calibration or test.
        more: see `More`.
    """
    asked = more.get("kinds") or KINDS
    weights = dict(asked) if isinstance(asked, Mapping) else {name: KINDS[name] for name in asked}
    real = figures.load(more["mnist"], split) if "mnist" in more else None
    order = Order(forms, seed, count, level, split, weights, more.get("per_file", 12), more.get("blanks"), real)
    return write(out, order, [sheets.drawn(order)], more.get("progress"))


def write(out: Path, order: Order, batches: Iterable[Iterable[Sheet]], progress: Progress | None = None) -> Path:
    """Scan the sheets of every batch, each batch into files of its own; returns the truth's path."""
    out.mkdir(parents=True, exist_ok=True)
    path, count = out / "truth.jsonl", itertools.count(1)
    with path.open("w", encoding="utf-8") as truth:
        tray = Tray(out, truth, order)
        for batch in batches:
            for sheet in batch:
                tray.take(sheet.kind, list(sheets.scanned(sheet, order)))
                (progress or _silent)(next(count), order.count)
            tray.close()
    return path


def _silent(_done: int, _of: int) -> None:
    pass


class Tray:
    """Where pages come to lie in files, and their truth beside them."""

    def __init__(self, out: Path, truth: TextIO, order: Order) -> None:
        self.out, self.truth, self.order = out, truth, order
        self.waiting: list[pages.Page] = []
        self.files = 0

    def take(self, kind: str, new: Sequence[pages.Page]) -> None:
        """Put pages by: most wait until a PDF is full, others become files of their own at once."""
        if kind == "tiff":
            self._write(list(new), ".tif")
        elif kind in {"jpg", "png"}:
            for page in new:
                self._write([page], f".{kind}")
        else:
            self.waiting += new
            if len(self.waiting) >= self.order.per_file:
                self.close()

    def close(self) -> None:
        """Write what still waits."""
        if self.waiting:
            self._write(self.waiting, ".pdf")
            self.waiting = []

    def _write(self, new: list[pages.Page], suffix: str) -> None:
        self.files += 1
        name = f"scan-{self.files:05d}{suffix}"
        files.WRITERS[suffix](new, self.out / name)
        for n, page in enumerate(new, 1):
            self.truth.write(json.dumps(self._line(name, n, page), ensure_ascii=False, separators=(",", ":")) + "\n")

    def _line(self, name: str, n: int, page: pages.Page) -> dict[str, Any]:
        h, w = page.image.shape[:2]
        return {
            "file": name, "page": n, "status": page.status, "kind": page.kind, "level": self.order.level,
            "split": self.order.split, "dpi": page.dpi, "size": [w, h], "mode": page.mode,
            "sheets": page.sheets, "scan": page.scan,
        }  # fmt: skip


def to_stderr(done: int, of: int) -> None:
    """A line of progress that writes over itself."""
    print(f"\r{done}/{of} 枚", end="\n" if done == of else "", file=sys.stderr, flush=True)
