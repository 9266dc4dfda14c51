"""Words that should stand on a list: every entry ranked by how likely it made this picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from pipeline import model
from pipeline.forms.lists import Listing
from pipeline.read import answers, line

READER = "list/1"
STRANGE = 2.0  # log-odds per character by which the best entry may be worse than free reading and still be meant
IMPOSSIBLE = -1e6  # log-likelihood of words longer than the picture has room for
SHOWN = 3


def read(crops: Sequence[model.FieldCrop], seen: line.Line, listing: Listing) -> model.Reading:
    """The entry that was written, with the next best; words on no list stay as read, to be looked at.

    Its score is the entry's share of the likelihood among all entries, lowered by how strange it is; a person
    or a second key (a serial, a telephone number) decides whether it counts.
    """
    spelled = [(word, row["value"]) for row in listing.rows for word in _spellings(row)]
    chance = np.maximum(line.likelihoods(seen, [word for word, _ in spelled]), IMPOSSIBLE)
    values: dict[str, float] = {}
    for (_, value), log in zip(spelled, chance, strict=True):
        values[value] = max(values.get(value, -np.inf), float(log))
    order = sorted(values, key=lambda value: -values[value])
    share = np.exp([values[v] - values[order[0]] for v in order])
    share = share / share.sum()
    strange = (line.best(seen) - values[order[0]]) / max(len(order[0]), 1)
    known = listing.find(seen.text) is not None or strange < STRANGE
    score = float(share[0] * np.exp(-max(strange, 0.0)))
    value = (listing.find(seen.text) or order[0]) if known else seen.text
    state: model.State = "valid" if value else "illegible"
    found = answers.reading(crops, READER, value or None, state, None if known else "not-in-list", score)
    others = [(v, round(float(s), 4)) for v, s in zip(order, share, strict=True) if v != value][:SHOWN]
    return answers.with_alternatives(answers.doubted(found, crops[0].field.kind), others)


def _spellings(row: Mapping[str, str]) -> list[str]:
    return [row["value"], *filter(None, (row.get("aliases") or "").split("|"))]
