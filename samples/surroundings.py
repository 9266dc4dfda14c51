"""What else lies on the paper around a question: answers of its neighbours, writing, lines that slipped, other ways to mark."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline import geometry
from samples import people, scan, scribe, shapes
from samples.ink import Picture
from samples.levels import Range, Rng, Style

WRITTEN = 0.12  # share of questions with handwriting beside an option
CROSSED = 0.08  # share of questions with a long line across them
STREAKED = 0.08  # share of scans with the line of a grain of dust
VARIED = 0.5  # share of marks that are drawn in nobody's way exactly
STRIKES = {"lines": 0.76, "line": 0.10, "cross": 0.06, "scribble": 0.08}  # how a ring is struck out


def varied(style: Style, rng: Rng) -> Style:
    """The style, often changed a little in every respect: nobody else marks quite like the people of a set."""
    if rng.random() > VARIED:
        return style
    wide = 0.15 if style.family == "circle" else 0.0
    return style.model_copy(
        update={
            "size": _scaled(style.size, rng.uniform(0.82, 1.22)),
            "aspect": _scaled(style.aspect, rng.uniform(0.8, 1.25)),
            "wobble": style.wobble * rng.uniform(0.6, 1.8),
            "stray": style.stray * rng.uniform(0.7, 1.4),
            "gap": _moved(style.gap, rng.uniform(-wide, wide)) if wide else _scaled(style.gap, rng.uniform(0.7, 1.6)),
        }
    )


def _scaled(pair: Range, by: float) -> Range:
    return pair[0] * by, pair[1] * by


def _moved(pair: Range, by: float) -> Range:
    return pair[0] + by, pair[1] + by


def strike(hand: scribe.Scribe, around: geometry.Box, asked: str) -> None:
    """Strike out a mark; a ring in several ways, a tick by two lines only: a scribbled tick may just as well be a full box."""
    way = str(hand.rng.choice(list(STRIKES), p=list(STRIKES.values()))) if asked == "circle" else "lines"
    if way == "lines":
        hand.strike(around)
        return
    long = around.w / max(around.h, 0.1)
    style = {
        "line": Style(family="stroke", size=(1.05, 1.6), stray=0.05, gap=(0, 0), wobble=0.04, aspect=(1, 1)),
        "cross": Style(family="cross", size=(0.8, 1.3), stray=0.05, gap=(0, 0), wobble=0.06, aspect=(long * 0.8, long)),
        "scribble": Style(
            family="fill", size=(0.8, 1.2), stray=0.05, gap=(0.8, 3.0), wobble=0.2, aspect=(long * 0.8, long)
        ),
    }[way]
    # A line as long as the ring is wide: `_stroke` measures by the shorter side, twice.
    box = around if way != "line" else around.grown(max(around.w / 2 - around.h, 0.0) / 2 + 0.2)
    hand.strokes(shapes.mark(box, style, hand.rng))


def words(hand: scribe.Scribe, options: Sequence[geometry.Box]) -> None:
    """Handwriting beside one of the options, where there is room: 「その他」 and its reason."""
    rng = hand.rng
    at = options[int(rng.integers(len(options)))]
    box = geometry.Box(
        at.x + at.w + rng.uniform(0.3, 2.5), at.y + rng.uniform(-0.3, 0.3) * at.h, rng.uniform(8, 25), 6.0
    )
    if rng.random() < WRITTEN and not any(box.overlap(one) > 0 for one in options):
        hand.words(people.pick("worries", rng), box, 1)


def line(hand: scribe.Scribe, shape: tuple[int, int], touched: Sequence[geometry.Box]) -> None:
    """A long line from edge to edge that answers nothing and goes through none of the `touched` options' middle."""
    rng, scale = hand.rng, hand.canvas.px_per_mm
    if rng.random() > CROSSED:
        return
    h, w = shape[0] / scale, shape[1] / scale
    middle, angle = rng.uniform(0, 1, 2) * [w, h], rng.uniform(0, np.pi)
    way = np.array([np.cos(angle), np.sin(angle)]) * rng.uniform(0.4, 1.2) * np.hypot(w, h)
    curve = shapes.spline(np.stack([middle - way, middle + rng.normal(0, 0.6, 2), middle + way]))
    if all(np.hypot(*(curve - box.center()).T).min() > 0.6 * min(box.w, box.h) for box in touched):
        hand.strokes([curve])


def streak(image: Picture, rng: Rng) -> None:
    """Now and then the line of a grain of dust on the feeder's glass, along or across, into the scan."""
    if rng.random() > STREAKED:
        return
    turned = np.ascontiguousarray(image.swapaxes(0, 1)) if rng.random() < 0.5 else image
    scan.streak(turned, rng)
    image[...] = turned if turned is image else turned.swapaxes(0, 1)
