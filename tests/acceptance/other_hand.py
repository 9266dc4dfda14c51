"""Sheets by another hand: `python -m tests.acceptance.other_hand --sheets 120`, counted as the main job is.

The generator of `samples` made the marks that the classifier learned from, so its test split is still its own. This one
shares nothing with it but the blanks: marks are other curves, figures are MNIST's test digits (with `--mnist FOLDER`), paper and scanner are other formulas. It is meant for looking, not for tuning.
"""

from __future__ import annotations

import argparse
import itertools
import math
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline import acquire, align, crop, model, read
from pipeline import forms as form_files
from pipeline.bench import accuracy, figures
from pipeline.forms import Forms, schema
from pipeline.forms.load import SHIPPED
from pipeline.forms.parts import cell_boxes
from pipeline.geometry import BLANK_DPI, BLANK_PX_PER_MM, MM_PER_INCH, Box, Grey
from samples import figures as people

PX = BLANK_PX_PER_MM
EMPTY, TWICE, CORRECTED = 0.04, 0.055, 0.07  # cumulative shares of questions
Line: TypeAlias = NDArray[np.float64]  # (n, 2) mm
Rng: TypeAlias = np.random.Generator
Truth: TypeAlias = dict[str, tuple[model.State, Any]]


@dataclass(frozen=True)
class Person:
    """How somebody marks."""

    rng: Rng
    width: float  # mm
    ink: float  # share of light that it takes
    tone: float  # grey of the ink
    shake: float
    habit: str
    round: float
    square: float  # 2 an ellipse, more a rounded box
    turn: float  # radians that a ring goes round

    @classmethod
    def drawn(cls, rng: Rng) -> Person:
        """Anybody."""
        u = rng.uniform
        habit = str(rng.choice(["tick", "cross", "fill", "ring", "tick", "dash"]))
        return cls(
            rng, u(0.28, 0.75), u(0.55, 0.97), u(10, 95), u(0.02, 0.18), habit, u(0.9, 1.25), u(2, 3.2), u(5.4, 8.5)
        )

    def line(self, page: Grey, points: Line) -> None:
        """A stroke along points in mm, with a tremor that ends where the hand meant to."""
        walk = np.cumsum(self.rng.normal(0, 1, points.shape), axis=0)
        walk -= np.linspace(0, 1, len(points))[:, None] * walk[-1]
        at = ((points + walk * self.shake * 0.25) * PX * 16).round().astype(np.int32)
        for n, (begin, end) in enumerate(itertools.pairwise(at)):
            thick = max(1, round(self.width * PX * (1 + 0.15 * math.sin(0.37 * n))))
            cv2.line(page, (int(begin[0]), int(begin[1])), (int(end[0]), int(end[1])), (255,), thick, cv2.LINE_AA, 4)

    def ring(self, page: Grey, box: Box) -> None:
        """Around an option, or through it, more or less closed."""
        x, y, w, h = box
        u, t = self.rng.uniform, self.rng.uniform(0, 2 * math.pi) + np.linspace(0, self.turn, 60)
        radii = [max(side / 2 * u(0.75, 1.08) * self.round, 1.8) for side in (w, h)]
        grown = 1 + np.linspace(0, u(-0.08, 0.14), 60)
        c, s = np.cos(t), np.sin(t)
        e = 2 / self.square
        across, down = np.sign(c) * np.abs(c) ** e * radii[0] * grown, np.sign(s) * np.abs(s) ** e * radii[1] * grown
        off = self.rng.normal(0, 0.4, 2)
        self.line(page, np.c_[x + w / 2 + off[0] + across, y + h / 2 + off[1] + down])

    def mark(self, page: Grey, box: Box) -> None:
        """In a box to be ticked, in this person's way."""
        x, y, w, h = box
        cx, cy = x + w / 2 + self.rng.normal(0, 0.5), y + h / 2 + self.rng.normal(0, 0.5)
        a = self.rng.uniform(0.8, 1.5)
        strokes: dict[str, list[list[tuple[float, float]]]] = {
            "tick": [[(cx - 0.35 * w * a, cy), (cx, cy + 0.35 * h * a), (cx + 0.6 * w * a, cy - 0.7 * h * a)]],
            "cross": [[(cx - 0.4 * w * a, cy - 0.4 * h * a), (cx + 0.4 * w * a, cy + 0.4 * h * a)],
                      [(cx + 0.4 * w * a, cy - 0.4 * h * a), (cx - 0.4 * w * a, cy + 0.4 * h * a)]],
            "fill": [[(x + w * (0.1 if n % 2 else 0.9), y + h * (n + 0.5) / 12) for n in range(12)]],
            "dash": [[(cx - w / 2, cy), (cx + w / 2, cy)]],
        }  # fmt: skip
        if self.habit == "ring":
            self.ring(page, Box(x - 1, y - 1, w + 2, h + 2))
        for corners in strokes.get(self.habit, []):
            self.line(page, _along(corners))

    def strike(self, page: Grey, box: Box) -> None:
        """Two lines through an answer that was wrong."""
        x, y, w, h = box
        for dy in (-0.5, 0.6):
            self.line(page, _along([(x - 0.2 * w, y + h / 2 + dy), (x + 1.2 * w, y + h / 2 + dy)]))

    def figure(self, page: Grey, box: Box, drawn: NDArray[np.uint8]) -> None:
        """One of other people's digits in a cell."""
        x, y, w, h = box
        rows, columns = np.nonzero(drawn > 60)
        part = drawn[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1].astype(np.float32) / 255
        high = h * PX * self.rng.uniform(0.5, 0.85)
        wide = min(part.shape[1] * high / part.shape[0], w * PX * 0.95)
        large = cv2.resize(part, (max(2, round(wide)), round(high)), interpolation=cv2.INTER_CUBIC)
        ink = np.clip((cv2.GaussianBlur(large, (0, 0), 1.2) - 0.3) * 4, 0, 1)
        top, left = round((y + h / 2) * PX - ink.shape[0] / 2), round((x + w / 2) * PX - ink.shape[1] / 2)
        here = page[top : top + ink.shape[0], left : left + ink.shape[1]]
        np.maximum(here, (ink * 255).astype(np.uint8), out=here)


def _along(corners: list[tuple[float, float]]) -> Line:
    """Points close together from corner to corner."""
    return np.vstack([np.linspace(a, b, 12) for a, b in itertools.pairwise(corners)])


# ── What is written


def filled(side: schema.Side, who: Person, page: Grey, digits: people.Figures | None) -> Truth:
    """Answer a side's marks and celled figures on `page` (h, w), 0 nothing … 255 ink; what is true then."""
    truth: Truth = {}
    for field in side.fields:
        if isinstance(field, schema.Choice | schema.Score) and len(field.options) > 1:
            truth[field.id] = _answered(field, who, page)
        elif isinstance(field, schema.Digits) and field.cells and field.box and field.number is None and digits:
            cells = list(cell_boxes(field.box, field.cells).values())
            text = "0" + "".join(str(who.rng.integers(10)) for _ in cells[1:])
            for box, figure in zip(cells, text, strict=True):
                known = digits.pictures[figure]
                who.figure(page, box, known[int(who.rng.integers(len(known)))])
            truth[field.id] = ("valid", text)
    return truth


def _answered(field: schema.Choice | schema.Score, who: Person, page: Grey) -> tuple[model.State, Any]:
    rolled, several = who.rng.random(), isinstance(field, schema.Choice) and field.multiple
    if rolled < EMPTY:
        return ("empty", None)
    put = who.ring if field.mark == "circle" else who.mark
    first, second = (field.options[int(n)] for n in who.rng.choice(len(field.options), 2, replace=False))
    put(page, first.box)
    if rolled < CORRECTED:
        put(page, second.box)
    if TWICE <= rolled < CORRECTED:
        who.strike(page, second.box)
    both = rolled < TWICE
    if several:
        return ("valid", [one.value for one in (first, second)[: 1 + both]])
    return ("multiple", None) if both else ("valid", first.value)


# ── The scanner


def scanned(blank: Grey, page: Grey, who: Person) -> tuple[str, bytes]:
    """Paper and ink through another scanner; the file's suffix and bytes."""
    rng = who.rng
    ink = np.clip(cv2.GaussianBlur(page.astype(np.float32) / 255, (0, 0), 0.8) * who.ink, 0, 1)
    grey = (blank.astype(np.float32) * 0.93 + 15) * (1 - ink) + who.tone * ink
    grey = _bent(grey, rng)
    h, w = grey.shape
    down, across = np.mgrid[0:h, 0:w]
    grey *= 1 - rng.uniform(0, 0.09) * (across / w * rng.uniform(-1, 1) + down / h * rng.uniform(-1, 1))
    grey = cv2.GaussianBlur(grey, (0, 0), rng.uniform(0.3, 0.9))
    grey = 255 * (np.clip(grey, 0, 255) / 255) ** rng.uniform(0.75, 1.35) + rng.normal(0, rng.uniform(1, 6), grey.shape)
    image = np.clip(grey, 0, 255).astype(np.uint8)
    if rng.random() < 0.12:
        line, _ = cv2.threshold(image, 0, 255, cv2.THRESH_OTSU)
        return ".png", cv2.imencode(".png", ((image > min(215, line + 25)) * 255).astype(np.uint8))[1].tobytes()
    return ".jpg", cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.uniform(45, 90))])[1].tobytes()


def _bent(grey: NDArray[np.float32], rng: Rng) -> NDArray[np.float32]:
    """Skewed, stretched and wavy, at some resolution."""
    u, dpi = rng.uniform, int(rng.choice([200, 240, 300, 300]))
    k, turn = dpi / BLANK_DPI, math.radians(rng.normal(0, 1.1))
    flat = np.array([[k * math.cos(turn) * u(0.997, 1.003), -k * math.sin(turn), u(-10, 40)],
                     [k * math.sin(turn), k * math.cos(turn) * u(0.997, 1.003), u(-10, 40)],
                     [u(-1, 1) * 1e-6, u(-1, 1) * 1e-6, 1]])  # fmt: skip
    h, w = (int(n * k + 30) for n in grey.shape)
    paper = (float(u(200, 252)),)
    laid = cv2.warpPerspective(
        grey, flat, (w, h), flags=cv2.INTER_AREA if k < 1 else cv2.INTER_LINEAR, borderValue=paper
    )
    down, across = np.mgrid[0:h, 0:w].astype(np.float32)
    wave = u(0, 0.5) * dpi / MM_PER_INCH
    x = across + wave * np.sin(down / h * u(3, 9) + u(0, 6))
    y = down + wave * np.sin(across / w * u(3, 9) + u(0, 6))
    bent = cv2.remap(
        laid, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(bent, dtype=np.float32)


# ── Counting


def readings(name: str, data: bytes, forms: Forms, side: schema.Side) -> Iterator[tuple[schema.Field, model.Reading]]:
    """What is read of a scan where it was taken for that side."""
    for page in acquire.pages(data, name):
        for sheet in align.sheets(page, forms) if isinstance(page, model.Page) else ():
            if sheet.form is not None and sheet.side is side:
                cut = [one for one in crop.fields(sheet) if not isinstance(one.field, schema.Text | schema.Date)]
                yield from ((sheet.form.fields[reading.field], reading) for reading in read.sheet(cut))


def counted(field: schema.Field, reading: model.Reading, truth: tuple[model.State, Any]) -> Counter[str]:
    """One field's share in the table."""
    right = reading.state == truth[0] and accuracy.same(reading.value, truth[1])
    sure = reading.sure and not (field.required and reading.state == "empty")
    return Counter(n=1, exact=int(right), accepted=int(sure), wrong=int(sure and not right))


def main() -> None:
    """Draw, read, print; exit code 1 when a wrong value was accepted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sheets", type=int, default=120)
    parser.add_argument("--seed", type=int, default=77)
    parser.add_argument("--mnist", type=Path, help="folder with MNIST's test digits (as `make samples` takes it)")
    parser.add_argument("--pictures", type=Path, help="folder for scans of which a wrong value was accepted")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        table, lost = drawn(form_files.load([SHIPPED], Path(folder)), asked)
    print(f"{asked.sheets} sheets, of which {lost} were not taken for what they are")
    for kind, row in sorted(table.items()):
        bound = 100 * figures.upper(row["wrong"], row["accepted"])
        shares = f"exact {row['exact'] / row['n']:8.2%}  accepted {row['accepted'] / row['n']:7.2%}"
        print(
            f"{kind:16} n {row['n']:5}  {shares}  wrong among accepted {row['wrong']} (95 % upper bound {bound:.2f} %)"
        )
    sys.exit(1 if any(row["wrong"] for row in table.values()) else 0)


def drawn(forms: Forms, asked: argparse.Namespace) -> tuple[dict[str, Counter[str]], int]:
    """All sheets drawn and read: the table by kind, and how many were not taken for what they are."""
    rng, lost = np.random.default_rng(asked.seed), 0
    digits = people.load(asked.mnist, "test") if asked.mnist else None
    sides = [side for form in forms.values() for side in form.sides if side.fields]
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for n in range(asked.sheets):
        side, who = sides[int(rng.integers(len(sides)))], Person.drawn(rng)
        page = np.zeros_like(side.blank)
        truth = filled(side, who, page, digits)
        suffix, data = scanned(side.blank, page, who)
        said = list(readings(f"sheet{n}{suffix}", data, forms, side))
        lost += not said
        found = [(field, counted(field, reading, truth[field.id])) for field, reading in said if field.id in truth]
        for field, one in found:
            table[accuracy.kind_of(field)] += one
        if asked.pictures and any(one["wrong"] for _, one in found):
            asked.pictures.mkdir(parents=True, exist_ok=True)
            (asked.pictures / f"sheet{n}{suffix}").write_bytes(data)
    return table, lost


if __name__ == "__main__":
    main()
