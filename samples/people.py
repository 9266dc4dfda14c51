"""Who fills a sheet in: a hand with its habits, and invented names, places and sentences."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import yaml

from samples import digits, levels
from samples.ink import Tool
from samples.lettering import TYPED, Hand
from samples.levels import FOLDER, Rng, Style

# Which families of marks people draw where a form asks for circles, ticks or fills, and how often.
HABITS: dict[str, dict[str, float]] = {
    # No cross and no slash through a printed word: that says "not this" as easily as "this".
    "circle": {"circle": 0.96, "tick": 0.04},
    "check": {"tick": 0.60, "cross": 0.10, "circle": 0.10, "fill": 0.09, "slash": 0.05, "stroke": 0.03, "dot": 0.03},
    "fill": {"fill": 0.72, "tick": 0.12, "cross": 0.08, "dot": 0.04, "slash": 0.04},
}


@dataclass(frozen=True)
class Writer:
    """One person's hand; constant over everything they fill in, with small variations."""

    number: int
    split: str
    tool: Tool
    styles: dict[str, str]  # by what the form asks for: the name of the style used
    habit: dict[str, int]  # which variant of each figure
    slant: float
    figure_size: float  # of a cell's height
    hand: Hand

    def style(self, asked: str, rng: Rng) -> tuple[str, Style]:
        """The style of the next mark: nearly always the writer's own."""
        known = levels.load()
        own = self.styles[asked]
        if rng.random() < 0.05:
            own = _style_for(asked, known.splits[self.split].styles, rng)
        return own, known.styles[own]


@dataclass(frozen=True)
class Person:
    """An invented person."""

    name: str
    kana: str


def writer(split: str, rng: Rng) -> Writer:
    """Somebody of that set, with everything that is constant about them."""
    known = levels.load()
    part = known.splits[split]
    number = int(rng.integers(*part.writers))
    own = np.random.default_rng(number)  # the same number is always the same hand
    weights = np.array([known.pens[pen].weight for pen in part.pens])
    pen = str(own.choice(part.pens, p=weights / weights.sum()))
    styles = {asked: _style_for(asked, part.styles, own) for asked in HABITS}
    hand = Hand(
        levels.one_of(own, part.fonts),
        float(own.uniform(0.6, 1.4)),
        float(own.uniform(0.5, 0.74)),
        float(own.uniform(0.9, 1.06)),
    )
    return Writer(
        number,
        split,
        tool(pen, own),
        styles,
        digits.habits(own),
        float(own.normal(0.08, 0.1)),
        float(own.uniform(0.55, 0.82)),
        hand,
    )


def tool(pen: str, rng: Rng) -> Tool:
    """A pen of the catalogue in somebody's hand."""
    kind = levels.load().pens[pen]
    width, density = levels.between(rng, kind.width), levels.between(rng, kind.density)
    return Tool(pen, kind.colour, width, density, kind.grain, float(rng.uniform(0.08, 0.28)))


def typist() -> Hand:
    """Letters out of a printer."""
    return Hand(TYPED, 0.0, 0.62)


def _style_for(asked: str, names: tuple[str, ...], rng: Rng) -> str:
    known = levels.load().styles
    weights = {name: HABITS[asked].get(known[name].family, 0.0) for name in names}
    families = [known[name].family for name in names]
    shares = np.array([weights[name] / families.count(known[name].family) for name in names])
    return str(rng.choice(names, p=shares / shares.sum()))


@cache
def words() -> dict[str, Any]:
    """The invented lists of `people.yaml`."""
    return dict(yaml.safe_load((FOLDER / "people.yaml").read_text("utf-8")))


def pick(kind: str, rng: Rng) -> str:
    """One entry of an invented list."""
    entries = words()[kind]
    return str(entries[int(rng.integers(len(entries)))])


def person(rng: Rng) -> Person:
    """Somebody who does not exist."""
    family = words()["families"][int(rng.integers(len(words()["families"])))]
    given = words()["givens"][int(rng.integers(len(words()["givens"])))]
    return Person(f"{family[0]}　{given[0]}", f"{family[1]}　{given[1]}")
