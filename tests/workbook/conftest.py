"""What the tests of the workbook share."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.forms import Forms
from tests.workbook import sample


@pytest.fixture
def forms(tmp_path: Path) -> Forms:
    """One form with every kind of field, and a list with codes."""
    return sample.forms(sample.form(derived=sample.DERIVED), lists=sample.area_list(tmp_path))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where the workbook goes."""
    return tmp_path / "out.xlsx"
