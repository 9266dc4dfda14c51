"""A few of what goes wrong around the job (`make faults-around`), and every command where nothing can be written."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.faults import around, ocr, unwritable
from tests.faults.ocr import Said
from tests.faults.test_faults import harness

PATIENCE_S = 280


def test_tesseract_folders_and_clocks() -> None:
    """A Tesseract that is missing, hangs or lies, a folder that vanishes and a clock that jumps lose nothing and make nothing up."""
    code, words = harness("tests.faults.around", "--quick")
    assert (code, "0 things wrong" in words) == (0, True), words


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (Said("a", "valid", True, None), []),
        (Said("a", "valid", False, "unconfirmed-print"), []),
        (Said("a", "valid", False, None), ["is not sure any more, and nobody is told why"]),
        (Said("b", "valid", True, None), ["reads ('b', 'valid'), was ('a', 'valid')"]),
        (None, ["is gone"]),
    ],
)
def test_what_counts_as_worse(now: Said | None, expected: list[str]) -> None:
    """Another value, or a lost certainty without a word, is found by the harness."""
    assert list(ocr.worse(now, Said("a", "valid", True, None), talks=False)) == expected


def test_a_part_is_every_nth() -> None:
    """Two halves strike everything once."""
    made = [(str(n), lambda n=n: iter([f"wrong {n}"])) for n in range(5)]
    assert [around.struck(iter(made), (one, 2)) for one in (1, 2)] == [(3, 3), (2, 2)]


@pytest.fixture(scope="module")
def told() -> dict[str, dict[str, Any]]:
    """What every command said where it could not write."""
    house = Path(__file__).parents[2]
    done = subprocess.run(
        unwritable.command(), cwd=house, capture_output=True, text=True, timeout=PATIENCE_S, check=True
    )
    return {one["case"]: one for one in map(json.loads, done.stdout.splitlines())}


def test_no_command_ends_in_a_traceback(told: dict[str, dict[str, Any]]) -> None:
    """In a closed folder, below a file or on a full disk: a sentence with its code, whichever command it is."""
    wrong = [
        case
        for case, one in told.items()
        if one["traceback"]
        or (one["code"] and not case.startswith("doctor") and not unwritable.SENTENCE.search(one["words"]))
    ]
    assert (len(told) > 80, wrong) == (True, [])


@pytest.mark.parametrize(
    ("case", "code", "told_by"),
    [
        ("export xlsx: no permission", 2, "export-folder"),
        ("export report: disk nearly full", 1, "export-failed"),
        ("backup: no folder", 5, "backup-unwritable"),
        ("forms print: no folder", 2, "out-unwritable"),
        ("learn cells: no permission", 2, "disk-refused"),
        ("lists import: no permission", 2, "list-unwritable"),
        ("ingest: no permission", 5, "store-folder"),
        ("ingest: disk full", 5, "store-disk"),
        ("ingest: disk nearly full", 5, "vault-unwritable"),
        ("restore: disk nearly full", 5, "restore-failed"),
        ("LOG: no folder", 2, "log-unwritable"),
        ("key: no text", 2, "passphrase-unread"),
        ("port: no number", 2, "setting-unfit"),
    ],
)
def test_what_is_said(told: dict[str, dict[str, Any]], case: str, code: int, told_by: str) -> None:
    """Each trouble has its own code."""
    assert (told[case]["code"], f"[{told_by}]" in told[case]["words"]) == (code, True), told[case]["words"]
