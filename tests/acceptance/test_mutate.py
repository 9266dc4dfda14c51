"""The list of breaks that `make mutate` tries keeps up with the code."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.acceptance import mutate


@pytest.mark.parametrize("mutation", mutate.MUTATIONS, ids=lambda one: one.what)
def test_every_break_still_breaks_something(mutation: mutate.Mutation, tmp_path: Path) -> None:
    """The line that a break changes stands in its file once, and what it becomes is still Python."""
    place = tmp_path / mutate.READ
    place.mkdir(parents=True)
    shutil.copy(mutate.ROOT / mutate.READ / mutation.file, place)
    before = mutation.apply(tmp_path)
    after = (place / mutation.file).read_text("utf-8")
    assert after != before
    compile(after, mutation.file, "exec")
