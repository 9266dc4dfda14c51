"""What the pages on trust point to is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("page", ["trust.md", "asvs.md", "tls.md"])
def test_tests_and_pages_that_are_named_exist(page: str) -> None:
    """Every test, test file and page that docs/trust.md and its neighbours name is there."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    sources = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    missing = [name for name in re.findall(r"`(test_\w+)`", text) if f"def {name}(" not in sources]
    missing += [path for path in re.findall(r"`(tests/[\w/.]+)`", text) if not (ROOT / path).exists()]
    missing += [path for path in re.findall(r"\]\((\w+\.md)\)", text) if not (ROOT / "docs" / path).exists()]
    assert missing == []
