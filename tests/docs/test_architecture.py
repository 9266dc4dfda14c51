"""docs/architecture.md says what the program does now."""

from __future__ import annotations

import re

from pipeline.forms import Forms
from tests.docs import walk


def test_the_walk_is_what_the_stations_do_today(shipped: Forms) -> None:
    """The page's walk through the stations equals a fresh one; `python -m tests.docs.walk` renews it."""
    text = walk.PAGE.read_text("utf-8")
    assert walk.renewed(text, shipped) == text


def test_every_folder_that_the_page_names_exists() -> None:
    """No station is described that is not there."""
    named = re.findall(r"^\| `([a-z_/]+)/?`", walk.PAGE.read_text("utf-8"), re.MULTILINE)
    assert len(named) > 10
    assert [name for name in named if not (walk.ROOT / name).exists()] == []
