"""A stack of paper goes through the scanner: sheets made up, filled, scanned, put into files, truth beside them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from pipeline import geometry
from pipeline.forms import Forms, schema
from pipeline.forms import serial as serials
from samples import files, fill, foreign, ink, levels, pages, people, scan, values
from samples.levels import Level, Rng

# What a sheet may become, and how often where nothing else is asked for.
KINDS: dict[str, float] = {
    "pdf": 0.66,  # one image per page
    "layered": 0.05,  # 高圧縮PDF
    "glass": 0.05,  # two small sheets on one glass
    "halves": 0.06,  # a folded sheet as one page per half
    "typed": 0.0,  # filled in on a PC: drawn content with a text layer
    "tiff": 0.06,
    "jpg": 0.06,
    "png": 0.03,
    "foreign": 0.03,  # a page that is no form
}
BLANK_BACK = 0.12
OUTSIDE = 0.25  # how often a side without fields is scanned along
NO_SERIAL = 0.15
SMALL_MM = 220.0  # the longer edge of what may share a glass
RASTER_DPI = 300


@dataclass(frozen=True)
class Order:
    """What is wanted."""

    forms: Forms
    seed: int
    count: int  # sheets of paper
    level: str
    split: str
    kinds: Mapping[str, float]
    per_file: int = 12  # pages, at most about
    blanks: Mapping[tuple[str, str], Path] | None = None  # blank.pdf by form, for typed sheets

    @property
    def bounds(self) -> Level:
        """The level's bounds."""
        return levels.load().levels[self.level]


@dataclass(frozen=True, eq=False)
class Sheet:
    """A sheet of paper on its way: what, in which hands, with which chance."""

    number: int
    form: schema.Form
    serial: str | None
    kind: str
    rng: Rng


def stack(
    forms: Forms,
    out: Path,
    seed: int,
    count: int,
    level: str = "office",
    split: str = "test",
    kinds: Iterable[str] | Mapping[str, float] = (),
    per_file: int = 12,
    blanks: Mapping[tuple[str, str], Path] | None = None,
    progress: Callable[[int, int], None] | None = None,
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
        kinds: names out of KINDS, or names with weights; empty: all, as KINDS weighs them.
        per_file: about how many pages go into one PDF.
        blanks: `blank.pdf` by form key, needed for the kind "typed".
        progress: called with (sheets done, of).
    """
    weights = kinds if isinstance(kinds, Mapping) else {name: KINDS[name] or 0.05 for name in kinds} or KINDS
    order = Order(forms, seed, count, level, split, dict(weights), per_file, blanks)
    out.mkdir(parents=True, exist_ok=True)
    path = out / "truth.jsonl"
    with path.open("w", encoding="utf-8") as truth:
        tray = Tray(out, truth, order)
        for sheet in _sheets(order):
            tray.take(sheet.kind, list(scanned(sheet, order)))
            if progress:
                progress(sheet.number + 1, count)
        tray.close()
    return path


def _sheets(order: Order) -> Iterator[Sheet]:
    for number in range(order.count):
        rng = np.random.default_rng([order.seed, number])
        names = sorted(order.kinds)
        shares = np.array([order.kinds[name] for name in names])
        forms = list(order.forms.values())
        form = forms[int(rng.integers(len(forms)))]
        kind = _possible(str(rng.choice(names, p=shares / shares.sum())), form)
        serial = None if rng.random() < NO_SERIAL else serials.make(int(rng.integers(10**6)))
        yield Sheet(number, form, serial, kind, rng)


def _possible(kind: str, form: schema.Form) -> str:
    """What was drawn, where the form allows it."""
    side = form.sides[0]
    if kind == "glass" and max(side.paper.width, side.paper.height) > SMALL_MM:
        return "pdf"
    return "pdf" if kind == "halves" and len(side.panels) < 2 else kind


def scanned(sheet: Sheet, order: Order) -> Iterator[pages.Page]:
    """The pages that one sheet becomes."""
    how = _conditions(sheet, order)
    if sheet.kind == "foreign":
        yield foreign.page(how, order.bounds, sheet.rng)
        return
    writers = people.writer(order.split, sheet.rng), people.writer(order.split, sheet.rng)
    content = values.sheet_for(sheet.form, sheet.rng, order.forms.list_folders)
    for n, side in enumerate(_sides(sheet)):
        here = how if n == 0 else replace(how, turn=(how.turn + 180 * int(sheet.rng.random() < 0.3)) % 360)
        filled = draw(sheet, side, here, (writers, content))
        yield from _scan(sheet, filled, (here, order))
    if len(sheet.form.sides) == 1 and sheet.kind == "pdf" and sheet.rng.random() < BLANK_BACK:
        yield foreign.blank_back(sheet.form.sides[0], how, order.bounds, sheet.rng)


def _scan(sheet: Sheet, filled: pages.Filled, how: tuple[scan.Conditions, Order]) -> Iterator[pages.Page]:
    conditions, order = how
    if sheet.kind == "halves" and filled.side.fields:
        names = [panel.id for panel in filled.side.panels]
        for name in names if sheet.rng.random() < 0.6 else names[::-1]:
            yield pages.single(
                filled,
                replace(conditions, skew_deg=conditions.skew_deg * sheet.rng.uniform(-1, 1)),
                order.bounds,
                sheet.rng,
                name,
            )
    elif sheet.kind == "glass":
        other = replace_number(sheet, order)
        yield pages.glass([filled, _another(other, conditions, order)], conditions, order.bounds, sheet.rng)
    else:
        kind = "layered" if sheet.kind == "layered" else "sheet"
        yield replace(pages.single(filled, conditions, order.bounds, sheet.rng), kind=kind)


def replace_number(sheet: Sheet, order: Order) -> Sheet:
    """The second sheet on the glass: of the same form, with a number beyond the stack's own."""
    return replace(sheet, number=order.count + sheet.number, serial=serials.make(int(sheet.rng.integers(10**6))))


def _another(sheet: Sheet, how: scan.Conditions, order: Order) -> pages.Filled:
    writers = people.writer(order.split, sheet.rng), people.writer(order.split, sheet.rng)
    content = values.sheet_for(sheet.form, sheet.rng, order.forms.list_folders)
    return draw(sheet, sheet.form.sides[0], how, (writers, content))


def draw(
    sheet: Sheet, side: schema.Side, how: scan.Conditions, who: tuple[tuple[people.Writer, people.Writer], values.Sheet]
) -> pages.Filled:
    """One side of the sheet, filled in by its first writer on the first panel and the second beyond."""
    writers, content = who
    scale = max(max(how.dpi), RASTER_DPI) / geometry.MM_PER_INCH
    canvas = ink.canvas_of(side.blank, scale, how.mode == "colour")
    if sheet.serial:
        fill.serial(canvas, sheet.form, side, sheet.serial)
    hands = {panel.id: writers[min(n, 1)] for n, panel in enumerate(side.panels)}
    truths = fill.side(fill.Desk(side, content, hands, canvas, sheet.rng))
    return pages.Filled(sheet.form, side, sheet.serial, canvas, truths, sheet.number)


def _sides(sheet: Sheet) -> list[schema.Side]:
    """The sides that are scanned: all with fields; now and then one without."""
    if sheet.kind == "glass":
        return sheet.form.sides[:1]
    bare = [side for side in sheet.form.sides if not side.fields]
    wanted = (
        [bare[int(sheet.rng.integers(len(bare)))]]
        if bare and sheet.rng.random() < OUTSIDE and sheet.kind == "pdf"
        else []
    )
    return [side for side in sheet.form.sides if side.fields or side in wanted]


def _conditions(sheet: Sheet, order: Order) -> scan.Conditions:
    how = scan.conditions(order.bounds, order.split, sheet.rng)
    if sheet.kind == "layered":  # measured in a rendering at 300 dpi
        return replace(how, dpi=(300.0, 300.0), mode="colour")
    if sheet.kind == "jpg" and how.mode == "bilevel":
        return replace(how, dpi=(300.0, 300.0), mode="grey")
    return how


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
