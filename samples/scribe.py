"""A hand at work: marks, figures, words, strikes, seals and accidents on a canvas."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from pipeline import geometry
from samples import digits, figures, lettering, people, shapes
from samples.ink import Canvas, Curve, Tool
from samples.levels import Rng, Style

SEAL = Tool("seal", (206, 48, 44), 0.35, 0.80, 0.22, 0.05)
PRINTER = Tool("printer", (20, 20, 20), 0.2, 0.97, 0.02, 0.0)
ERASED = 0.14  # what an eraser leaves at most, as a share of light taken


@dataclass(frozen=True, eq=False)
class Scribe:
    """A writer before a canvas."""

    canvas: Canvas
    writer: people.Writer
    rng: Rng
    real: figures.Figures | None = None  # real figures instead of our own strokes

    def strokes(self, curves: list[Curve], tool: Tool | None = None) -> geometry.Box:
        """Draw curves and return the box around them, mm."""
        for curve in curves:
            self.canvas.stroke(curve, tool or self.writer.tool, self.rng)
        points = np.vstack(curves)
        low, high = points.min(axis=0), points.max(axis=0)
        return geometry.Box(low[0], low[1], max(high[0] - low[0], 0.1), max(high[1] - low[1], 0.1))

    def mark(self, box: geometry.Box, style: Style, tool: Tool | None = None) -> geometry.Box:
        """Mark an option; returns the box around the mark, mm."""
        return self.strokes(shapes.mark(box, style, self.rng), tool)

    def strike(self, box: geometry.Box, seal: float = 0.35) -> None:
        """Strike out what stands at `box`, with a correction seal (訂正印) in a share `seal` of the cases."""
        self.strokes(shapes.double_line(box, self.rng))
        if self.rng.random() < seal:
            side = float(self.rng.uniform(5.0, 6.0))
            middle = box.center() + self.rng.normal(0, 0.3, 2) * [box.w, box.h]
            self.seal(geometry.Box(middle[0] - side / 2, middle[1] - side / 2, side, side))

    def seal(self, box: geometry.Box) -> None:
        """Press a round seal with a name into `box`."""
        rng, side = self.rng, min(box.w, box.h)
        tool = replace(SEAL, density=float(rng.uniform(0.6, 0.9)), width=side * 0.05)
        angle = np.linspace(0, 2 * np.pi, 60)
        self.strokes([box.center() + np.stack([np.cos(angle), np.sin(angle)], axis=1) * side * 0.47], tool)
        name = people.person(rng).name.split("　")[0][:3]
        height = min(side * 0.72 / len(name), side * 0.42)
        x, top = box.center()[0] - height / 2, box.center()[1] - height * len(name) / 2
        for n, letter in enumerate(name):
            lettering.write(self.canvas, letter, (x, top + height * (n + 0.88)), height, (people.typist(), tool, rng))

    def figures(self, text: str, box: geometry.Box, size: float | None = None) -> geometry.Box:
        """Write figures freely into `box`, from the left; letters that are no figures in the writer's hand."""
        height = min(box.h * (size or self.writer.figure_size), 9.0, box.w / max(0.78 * len(text), 1.0))
        x = box.x + min(0.12 * box.w, 2.5) * self.rng.uniform(0.4, 1.4)
        start = x
        for letter in text:
            cell = geometry.Box(x, box.y, 0.72 * height, box.h)
            self._figure(letter, cell, height * self.rng.uniform(0.92, 1.06), (0.5, 0.5 + self.rng.normal(0, 0.02)))
            x += height * (0.45 if letter in "./-" else 0.80) * self.rng.uniform(0.95, 1.1)
            x += 0.22 * height if letter not in digits.variants() else 0.0
        return geometry.Box(start, box.y + (box.h - height) / 2, x - start, height)

    def cell(self, letter: str, box: geometry.Box) -> None:
        """Write one figure into its cell."""
        rng = self.rng
        height = min(box.h * self.writer.figure_size, box.w * 1.25) * rng.uniform(0.9, 1.08)
        if rng.random() < 0.03:
            height *= 1.25  # runs out of its cell
        self._figure(letter, box, height, (0.5 + rng.normal(0, 0.06), 0.5 + rng.normal(0, 0.04)))

    def _figure(self, letter: str, box: geometry.Box, height: float, at: tuple[float, float]) -> None:
        if self.real and letter in self.real.pictures:
            middle = (box.x + box.w * at[0], box.y + box.h * at[1])
            self.real.write(self.canvas, letter, middle, height, (self.writer.tool, self.rng))
        elif letter in digits.variants():
            strokes = digits.figure(letter, self.writer.habit, self.writer.slant, self.rng)
            self.strokes(digits.place(strokes, box, height, at))
        elif letter.strip():
            corner = (box.x + box.w * at[0] - height / 2, box.y + box.h * at[1] + height * 0.38)
            lettering.write(self.canvas, letter, corner, height, (self.writer.hand, self.writer.tool, self.rng))

    def words(self, text: str, box: geometry.Box, rows: int, typed: bool = False) -> None:
        """Write words into `box` in up to `rows` lines, as large as fits."""
        hand = people.typist() if typed else self.writer.hand
        tool = PRINTER if typed else self.writer.tool
        pitch = box.h / rows
        height = min(pitch * hand.size, 7.0, 0.94 * box.w * rows / max(len(text) * hand.spread, 1.0))
        per_line = max(int(0.96 * box.w / (height * hand.spread)), 1)
        lines = lettering.lines_of(text, per_line, rows)
        left = box.x + min(0.03 * box.w, 2.0) * self.rng.uniform(0.3, 1.5)
        for n, line in enumerate(lines):
            middle = box.y + pitch * (n + 0.5) + hand.unrest * self.rng.normal(0, 0.03) * pitch
            lettering.write(self.canvas, line, (left, middle + 0.37 * height), height, (hand, tool, self.rng))

    def stamp(self, text: str, box: geometry.Box) -> None:
        """Stamp words with a rubber stamp beside `box`, a little aslant."""
        tool = replace(SEAL, colour=(40, 40, 90) if self.rng.random() < 0.4 else SEAL.colour, density=0.85)
        hand = replace(people.typist(), unrest=0.3)
        height = min(box.h * 0.8, 4.0)
        lettering.write(
            self.canvas, text, (box.x + self.rng.uniform(-1, 1), box.y - 0.4), height, (hand, tool, self.rng)
        )

    # ── accidents: ink that answers nothing

    def dots(self, box: geometry.Box) -> None:
        """A few pencil points, as when somebody rests the tip while thinking."""
        tool = replace(self.writer.tool, width=float(self.rng.uniform(0.25, 0.5)))
        for _ in range(int(self.rng.integers(1, 4))):
            at = box.center() + self.rng.uniform(-0.6, 0.6, 2) * [box.w, box.h]
            self.strokes([at + np.array([[0.0, 0.0], self.rng.normal(0, 0.12, 2)])], tool)

    def smudge(self, box: geometry.Box) -> None:
        """A grey patch from a hand or an eraser."""
        scale = self.canvas.px_per_mm
        size = (int(box.w * 1.3 * scale), int(box.h * 0.9 * scale))
        patch = self.rng.uniform(0.0, 1.0, (8, 8)).astype(np.float32)
        patch[[0, -1]] = 0
        patch[:, [0, -1]] = 0
        alpha = cv2.resize(patch, size, interpolation=cv2.INTER_CUBIC).clip(0, 1) * np.float32(
            self.rng.uniform(0.04, 0.11)
        )
        corner = (np.array([box.x, box.y]) * scale).astype(int) - np.array(size) // 10
        if (corner >= 0).all() and (corner + size < self.canvas.image.shape[1::-1]).all():
            self.canvas.take(np.asarray(alpha, dtype=np.float32), (int(corner[0]), int(corner[1])), (90, 90, 92))

    def half_erased(self, box: geometry.Box, style: Style) -> None:
        """A pencil mark rubbed out, of which a trace is left."""
        pale = Tool("erased", (90, 90, 92), 0.6, float(self.rng.uniform(0.05, ERASED)), 0.06, 0.2)
        self.mark(box, style, pale)
        self.smudge(box)

    def line_by(self, box: geometry.Box) -> None:
        """A long line that slipped, passing beside a box."""
        side = self.rng.choice([-1.0, 1.0])
        x = box.x + box.w / 2 + side * (box.w / 2 + self.rng.uniform(0.3, 1.8))
        length = self.rng.uniform(25, 70)
        points = np.array(
            [
                [x, box.y - 0.4 * length],
                [x + side * 0.6, box.y + box.h / 2],
                [x + side * self.rng.uniform(0, 5), box.y + 0.6 * length],
            ]
        )
        self.strokes([shapes.spline(points)])
