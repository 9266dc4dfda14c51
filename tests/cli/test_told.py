"""What a command says of troubles that nobody closer put into words."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

import pytest

from pipeline.cli import common, doctor
from pipeline.errors import FileRefused, StoreProblem, UsageProblem
from pipeline.programs import tesseract
from pipeline.store import dialect
from tests.faults import ocr


def _sqlite(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("no words of the driver's")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/x/a.csv"), UsageProblem, ["/x/a.csv", "空きがありません", "disk-refused"]),
        (OSError(errno.ESTALE, "", Path("/x")), UsageProblem, ["共有フォルダー", "disk-refused"]),
        (OSError(errno.EACCES, ""), UsageProblem, ["権限がありません", "disk-refused"]),
        (_sqlite(sqlite3.SQLITE_FULL), StoreProblem, ["store-full"]),
        (_sqlite(sqlite3.SQLITE_IOERR_WRITE), StoreProblem, ["store-disk"]),
        (_sqlite(sqlite3.SQLITE_CORRUPT), StoreProblem, ["store-damaged"]),
        (FileRefused("damaged", "壊れています。"), FileRefused, ["damaged"]),
    ],
)  # fmt: skip
def test_the_machine_is_told_in_a_sentence(error: Exception, kind: type, said: list[str]) -> None:
    """A disk or a database that refuses is named with its reason; what is a problem already stays it."""
    problem = common.of_machine(error)
    assert type(problem) is kind
    assert [word for word in said if word not in str(problem)] == []


@pytest.mark.parametrize("error", [ZeroDivisionError(), ValueError("x"), sqlite3.IntegrityError("x")])
def test_a_defect_stays_a_defect(error: Exception) -> None:
    """What is our own fault is no sentence about disks."""
    assert dialect.problem(error) is None
    assert common.of_machine(error) is None


@pytest.mark.parametrize(
    ("name", "state"), [("missing", "ありません"), ("hangs", "動きません"), ("is no program", "動きません")]
)
def test_the_doctor_does_not_wait_for_a_program_that_hangs(tmp_path: Path, name: str, state: str) -> None:
    """A Tesseract that does not answer is named, with the command that mends it, and has no languages."""
    with ocr.instead(name, tmp_path / "bin"):
        found = {one.name: one for one in doctor._programs()}
        assert tesseract.languages() == []
    assert found["Tesseract"].state == state
    assert "apt-get install" in found["Tesseract"].mend
