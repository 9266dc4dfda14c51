"""Generated requests as each role never break the application; `make trust-fuzz` sends 20,000."""

from __future__ import annotations

from pathlib import Path

from tests.trust import fuzz

CASES = 1_500


def test_no_request_breaks_anything(tmp_path: Path) -> None:
    """As nobody and as each of the five roles, whatever is asked or posted: no status of 500 or more."""
    found = next(fuzz.run(place, CASES, seed=1) for place in fuzz.office_to_break(tmp_path / "office"))
    assert found.broken == []
    assert found.cases >= CASES
    assert {200, 303, 403, 404, 422} <= set(found.statuses)
