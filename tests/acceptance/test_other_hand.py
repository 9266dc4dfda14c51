"""The other generator draws what it says, and what it draws is read without a wrong value being accepted."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from pipeline import forms as form_files
from pipeline.forms.load import SHIPPED
from pipeline.geometry import Box, Grey
from tests.acceptance import other_hand


def test_sheets_of_another_hand_are_read(tmp_path: Path) -> None:
    """Every sheet is found, and no mark that was accepted is another than was made."""
    asked = argparse.Namespace(seed=3, sheets=3, mnist=None, pictures=tmp_path / "wrong")
    table, lost = other_hand.drawn(form_files.load([SHIPPED], tmp_path), asked)
    assert lost == 0
    assert sum(row["n"] for row in table.values()) > 10
    assert sum(row["wrong"] for row in table.values()) == 0
    assert not asked.pictures.exists()


def test_what_is_true_is_drawn(tmp_path: Path) -> None:
    """A question that is answered has ink at its option, one that is not has none."""
    side = next(iter(form_files.load([SHIPPED], tmp_path).values())).sides[0]
    page = np.zeros_like(side.blank)
    truth = other_hand.filled(side, other_hand.Person.drawn(np.random.default_rng(5)), page, None)
    options = {field.id: field.options for field in side.fields if field.id in truth and hasattr(field, "options")}
    for name, (state, value) in truth.items():
        ink = {one.value: _ink(page, one.box) for one in options[name]}
        marked = value if isinstance(value, list) else [value] * (state == "valid")
        assert all(ink[one] for one in marked), name


def _ink(page: Grey, box: Box) -> bool:
    left, top, right, bottom = (
        round(n * other_hand.PX) for n in (box.x - 2, box.y - 2, box.x + box.w + 2, box.y + box.h + 2)
    )
    return bool(page[top:bottom, left:right].any())
