"""What the tests of the command share."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pipeline.cli import main
from pipeline.forms.load import SHIPPED

TICKETS = Path(__file__).parents[1] / "fixtures" / "tickets"
_SHEET = json.loads((TICKETS / "truth.jsonl").read_text("utf-8").splitlines()[0])["sheets"][0]
TICKET: tuple[str, str] = (_SHEET["form"], _SHEET["version"])
OTHER = next(form for form in sorted(path.parent.name for path in SHIPPED.glob("*/form.yaml")) if form != TICKET[0])


@dataclass(frozen=True)
class Said:
    """What a command said and how it ended."""

    code: int
    data: str  # stdout
    words: str  # stderr

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Stdout as one JSON object per line."""
        return [json.loads(line) for line in self.data.splitlines()]


@pytest.fixture
def yomitori(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Said]:
    """The command, in this process, with an empty data folder of its own."""
    monkeypatch.setenv("YOMITORI_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("YOMITORI_WORKERS", "0")

    def run(*arguments: str | Path) -> Said:
        result = CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)
        return Said(result.exit_code, result.stdout, result.stderr)

    return run
