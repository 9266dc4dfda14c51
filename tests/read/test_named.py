"""Words that should stand on a list."""

from __future__ import annotations

import math

import numpy as np

from pipeline.forms import lists
from pipeline.read import line, named
from tests.read import drawn


def test_a_picture_too_narrow_for_every_entry_is_doubt_and_no_crash() -> None:
    """Where no entry has room the score is a number, nothing is sure, and what was read stays."""
    listing = lists.listing("x", [{"value": "うみかぜ診療所"}, {"value": "小白浜クリニック"}])
    steps = np.full((2, len(line.characters())), 1e-6, np.float32)
    seen = line.Line("の", 0.2, steps)
    crops = drawn.crops(drawn.field({"kind": "text", "box": [10, 10, 40, 9]}), [])
    reading = named.read(crops, seen, listing)
    assert math.isfinite(reading.confidence)
    assert math.isfinite(reading.score)
    assert not reading.sure


def written(text: str, sure: float = 0.97) -> line.Line:
    """What the recogniser sees of clearly written words."""
    known = line._index()
    steps = np.full((2 * len(text) + 1, len(line.characters())), (1 - sure) / len(line.characters()), np.float32)
    steps[::2, line.BLANK] = sure
    for n, letter in enumerate(text):
        steps[2 * n + 1, known[letter]] = sure
    return line.Line(text, sure, steps)


PLACES = lists.listing("x", [{"value": "釜石"}, {"value": "平田"}, {"value": "唐丹"}])


def test_an_entry_is_found_but_needs_a_second_key() -> None:
    """The entry that was written comes first, and a person or another key decides whether it counts."""
    crops = drawn.crops(drawn.field({"kind": "text", "box": [10, 10, 40, 9]}), [])
    reading = named.read(crops, written("平田"), PLACES)
    assert (reading.value, reading.state, reading.reason) == ("平田", "valid", None)
    assert reading.score <= 0.5
    assert not reading.sure


def test_words_on_no_list_stay_as_written() -> None:
    """A place that the list lacks is not bent into the nearest entry."""
    crops = drawn.crops(drawn.field({"kind": "text", "box": [10, 10, 40, 9]}), [])
    reading = named.read(crops, written("大槌"), PLACES)
    assert (reading.value, reading.reason) == ("大槌", "not-in-list")
    assert {value for value, _ in reading.alternatives} <= {"釜石", "平田", "唐丹"}
