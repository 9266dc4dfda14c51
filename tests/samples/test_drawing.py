"""Marks, figures, words and accidents come out where and as they should."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline import geometry
from samples import digits, ink, lettering, levels, people, scan, scribe, shapes

BOX = geometry.Box(20, 20, 6, 6)


def sheet(coloured: bool = False) -> ink.Canvas:
    """An empty canvas of 46 by 46 mm at 300 dpi."""
    return ink.canvas_of(np.full((543, 543), 255, np.uint8), geometry.BLANK_PX_PER_MM, coloured)


def darkness(canvas: ink.Canvas, box: geometry.Box) -> float:
    """Mean darkness in a box, grey levels."""
    x, y, w, h = (round(n * canvas.px_per_mm) for n in box)
    return float(255 - canvas.image[y : y + h, x : x + w].mean())


@pytest.mark.parametrize("name", sorted(levels.load().styles))
def test_every_style_marks_its_box(name: str) -> None:
    """A mark of any style leaves ink at its box and stays near it, whatever the chance."""
    style = levels.load().styles[name]
    for seed in range(12):
        curves = shapes.mark(BOX, style, np.random.default_rng(seed))
        points = np.vstack(curves)
        near = np.abs(points - BOX.center()).max(axis=0)
        assert (near < 2.2 * BOX.w).all()
        inside = (np.abs(points - BOX.center()) < 0.85 * BOX.w).all(axis=1)
        assert inside.mean() > 0.3


@pytest.mark.parametrize("name", sorted(digits.variants()))
def test_every_variant_of_a_figure_can_be_written(name: str) -> None:
    """Each variant is a figure of about one unit's height, no two alike."""
    for variant in range(len(digits.variants()[name])):
        rng = np.random.default_rng(variant)
        one, two = (digits.figure(name, {name: variant}, 0.1, rng) for _ in range(2))
        points = np.vstack(one)
        assert points.min() > -0.4
        assert points.max() < 1.4
        assert len(one) != len(two) or any(
            a.shape != b.shape or not np.allclose(a, b) for a, b in zip(one, two, strict=True)
        )


@pytest.mark.parametrize("pen", sorted(levels.load().pens))
def test_every_pen_shows_on_grey_and_in_its_colour(pen: str) -> None:
    """A stroke of any pen is seen by a grey scanner, and in colour it is the pen's own."""
    tool = people.tool(pen, np.random.default_rng(1))
    line = np.array([[5.0, 10.0], [40.0, 10.5]])
    for coloured in (False, True):
        canvas = sheet(coloured)
        canvas.stroke(shapes.spline(line), tool, np.random.default_rng(2))
        assert canvas.image.min() < 190
    blue, _, red = np.minimum.reduce(canvas.image.reshape(-1, 3)).astype(int)
    assert (red > blue + 60) == pen.startswith("red")


def test_widths_follow_the_pen() -> None:
    """A felt tip draws a wider line than a fine ballpoint."""
    widths = []
    for pen in ("ballpoint-black-fine", "felt-black"):
        canvas = sheet()
        tool = people.tool(pen, np.random.default_rng(1))
        canvas.stroke(np.array([[23.0, y] for y in np.linspace(5, 40, 300)]), tool, np.random.default_rng(2))
        widths.append((255.0 - canvas.image[200:300]).sum(axis=1).mean() / 255 / canvas.px_per_mm)
    assert widths[0] < 0.45 < widths[1]


def test_ink_beyond_the_paper_is_lost() -> None:
    """Drawing over the edge harms nothing."""
    canvas = sheet()
    tool = people.tool("gel-black", np.random.default_rng(1))
    canvas.stroke(np.array([[-5.0, 1.0], [60.0, 1.0]]), tool, np.random.default_rng(2))
    canvas.stroke(np.array([[-5.0, -9.0], [-3.0, -9.0]]), tool, np.random.default_rng(2))
    assert canvas.image[:20].min() < 60
    assert canvas.image[40:].min() == 255


def test_accidents_leave_less_than_marks() -> None:
    """A half-erased trace, dots and a smudge are much paler at the box than the writer's own mark."""
    writer = people.writer("test", np.random.default_rng(3))
    style = levels.load().styles["circle-square"]
    for accident in ("half_erased", "dots", "smudge"):
        marked, hurt = sheet(), sheet()
        hand = scribe.Scribe(marked, writer, np.random.default_rng(4))
        hand.mark(BOX, style)
        other = scribe.Scribe(hurt, writer, np.random.default_rng(4))
        getattr(other, accident)(*((BOX, style) if accident == "half_erased" else (BOX,)))
        assert 0 < darkness(hurt, BOX.grown(2)) < 0.7 * darkness(marked, BOX.grown(2))


def test_words_stay_in_their_box() -> None:
    """However long the words, they fit the width; and they are there."""
    writer = people.writer("test", np.random.default_rng(3))
    for text in ("短い", "とても長い文章がここに一行で書かれることもあります"):
        canvas = sheet()
        hand = scribe.Scribe(canvas, writer, np.random.default_rng(4))
        hand.words(text, geometry.Box(3, 10, 40, 8), 1)
        assert darkness(canvas, geometry.Box(3, 10, 40, 8)) > 1
        assert darkness(canvas, geometry.Box(0, 24, 46, 20)) == 0


def test_typed_letters_are_all_alike() -> None:
    """A printer prints the same letter the same way every time."""
    canvas = sheet()
    pen = (people.typist(), scribe.PRINTER, np.random.default_rng(0))
    for y in (10.0, 30.0):
        lettering.write(canvas, "令和", (5.0, y), 5.0, pen)
    step = round(20.0 * canvas.px_per_mm * 4) / 4
    assert step == pytest.approx(236.25, abs=0.3)
    assert abs(darkness(canvas, geometry.Box(0, 3, 40, 10)) - darkness(canvas, geometry.Box(0, 23, 40, 10))) < 0.5


def test_black_and_white_keeps_what_pencils_write() -> None:
    """Thresholding for 1-bit keeps a light pencil's line and drops paper tone."""
    canvas = sheet()
    tool = people.tool("pencil-light", np.random.default_rng(1))
    canvas.stroke(shapes.spline(np.array([[5.0, 20.0], [20.0, 22.0], [40.0, 20.0]])), tool, np.random.default_rng(2))
    canvas.image[...] = canvas.image * 0.88
    seen = scan.bilevel(canvas.image, np.random.default_rng(5))
    assert set(np.unique(seen)) == {0, 255}
    assert 0.002 < (seen == 0).mean() < 0.05


@pytest.mark.parametrize(("w", "h"), [(3.0, 0.2), (3.5, 3.5), (0.5, 4.0)])
def test_a_strike_can_be_seen(w: float, h: float) -> None:
    """Two lines through a dash, a cross or a stroke: nearly always well apart, and longer than what they strike is wide."""
    strikes = [shapes.double_line(geometry.Box(10, 20, w, h), np.random.default_rng(seed)) for seed in range(200)]
    apart = [lower[:, 1].mean() - upper[:, 1].mean() for upper, lower in strikes]
    assert np.quantile(apart, 0.05) > 0.3
    assert all(np.ptp(line[:, 0]) > w + 0.3 for strike in strikes for line in strike)
