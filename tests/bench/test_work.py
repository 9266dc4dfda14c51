"""What reading a page may take: work is counted, not timed."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Any

import cv2
import pytest

from pipeline import geometry, run
from pipeline.align import refine
from pipeline.forms import Forms, schema
from pipeline.programs import poppler
from tests.bench.test_align import TICKETS


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How often each kind of work was done."""
    counts: dict[str, int] = {}

    def count(owner: object, name: str) -> None:
        real: Callable[..., Any] = getattr(owner, name)
        counts[name] = 0

        def counting(*args: Any, **kwargs: Any) -> Any:
            counts[name] += 1
            return real(*args, **kwargs)

        monkeypatch.setattr(owner, name, counting)

    for owner, name in (
        (cv2, "imdecode"),
        (cv2, "imencode"),
        (subprocess, "Popen"),
        (poppler, "run"),
        (geometry, "warp"),
    ):
        if hasattr(owner, name):
            count(owner, name)
    return counts


def test_a_page_is_decoded_once_and_starts_no_program(shipped: Forms, counted: dict[str, int]) -> None:
    """An embedded picture is decoded once, drawn by no program; blanks once loaded stay; only fields are warped."""
    (task, *_) = run.look(str(next(TICKETS.glob("*.pdf"))))
    fetched: list[str] = []
    first = run.read_page(task, shipped, cut=False)
    sides = [side for form in shipped.values() for side in form.sides]
    for side in sides:
        side.attach(_telling(fetched, side, side.blank))
    for name in counted:
        counted[name] = 0
    again = run.read_page(task, shipped, cut=False)
    (record,) = again.records
    assert record.form == first.records[0].form is not None
    boxes = sum(len(field.boxes()) for side in sides if side.id == record.pages[0].side for field in side.fields)
    assert (counted["imdecode"], counted["imencode"], counted["Popen"]) == (1, 0, 0)
    assert counted["warp"] <= boxes + 3 * refine.FEW
    assert all(fetched.count(name) == 1 for name in fetched)


def _telling(told: list[str], side: schema.Side, blank: geometry.Grey) -> Callable[[], geometry.Grey]:
    """Gives the blank, and says that it was fetched."""

    def fetch() -> geometry.Grey:
        told.append(f"{id(side)}")
        return blank

    return fetch
