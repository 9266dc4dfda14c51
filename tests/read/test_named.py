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
