"""Old file whole or new file whole, and nothing left beside it."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import model, workbook
from pipeline.errors import Problem
from pipeline.forms import Forms
from pipeline.workbook import files
from tests.workbook import sample

SUFFIXES = pytest.mark.parametrize("suffix", ["xlsx", "csv", "parquet"])


@pytest.fixture
def forms() -> Forms:
    """One form with every kind of field."""
    return sample.forms(sample.form())


class StoreGoneError(Exception):
    """Whatever may happen to the caller's records on the way."""


def _failing() -> Iterator[model.Record]:
    for number in range(50):
        yield sample.filled(number)
    raise StoreGoneError


@SUFFIXES
def test_a_failure_leaves_the_old_file(tmp_path: Path, forms: Forms, suffix: str) -> None:
    """Records that fail half-way leave the file of before and nothing else."""
    out = tmp_path / f"out.{suffix}"
    out.write_bytes(b"the old file")
    with pytest.raises(StoreGoneError):
        workbook.write(out, _failing, forms, sample.ABOUT, workbook.Order(sheets=["個票", "回答_縦持ち"]))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {out.name: b"the old file"}


@SUFFIXES
def test_the_new_file_takes_the_old_ones_place(tmp_path: Path, forms: Forms, suffix: str) -> None:
    """What was there before is gone, the new file is private, no part of it lies about."""
    out = tmp_path / f"out.{suffix}"
    out.write_bytes(b"the old file")
    summary = workbook.write(out, [sample.filled(1)], forms, sample.ABOUT)
    assert set(tmp_path.iterdir()) == set(summary.files)
    assert out in summary.files
    assert out.read_bytes() != b"the old file"
    assert {path.stat().st_mode & 0o777 for path in summary.files} == {0o600}


def test_a_full_disk_is_said_in_a_sentence(tmp_path: Path, forms: Forms, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of the disk becomes a sentence that names the file and says that the old one is there."""

    def full(path: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(files, "_sync", full)
    with pytest.raises(Problem) as caught:
        workbook.write(tmp_path / "out.xlsx", [sample.filled(1)], forms, sample.ABOUT)
    assert caught.value.code == "export-failed"
    assert list(tmp_path.iterdir()) == []


KILLED = """
import sys, time
from pathlib import Path
from pipeline import workbook
from tests.workbook import sample

def records():
    for number in range(10_000_000):
        yield sample.filled(number)
        if number == 20:
            print("under way", flush=True)

workbook.write(Path(sys.argv[1]), records, sample.forms(sample.form()), sample.ABOUT)
"""


def test_a_killed_export_leaves_the_old_file(tmp_path: Path, forms: Forms) -> None:
    """Killed in the midst, the old file is whole; what was left lies in one private folder, and a later export removes it."""
    out = tmp_path / "out.xlsx"
    out.write_bytes(b"the old file")
    child = subprocess.Popen([sys.executable, "-c", KILLED, str(out)], stdout=subprocess.PIPE)
    assert child.stdout is not None
    with child.stdout:
        assert child.stdout.readline() == b"under way\n"
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert out.read_bytes() == b"the old file"
    (left,) = set(tmp_path.iterdir()) - {out}
    assert left.stat().st_mode & 0o777 == 0o700
    yesterday = time.time() - 25 * 3600
    os.utime(left, (yesterday, yesterday))
    workbook.write(out, [sample.filled(1)], forms, sample.ABOUT)
    assert list(tmp_path.iterdir()) == [out]


def test_nothing_goes_to_the_systems_temporary_folder(
    tmp_path: Path, forms: Forms, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Answers are written nowhere but beside the target."""
    elsewhere, here = tmp_path / "tmp", tmp_path / "here"
    elsewhere.mkdir()
    here.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(elsewhere))
    seen: list[list[Path]] = []
    workbook.write(
        here / "out.xlsx",
        [sample.filled(1)],
        forms,
        sample.ABOUT,
        None,
        lambda _: seen.append(list(elsewhere.iterdir())),
    )
    assert seen == [[]]
    assert list(elsewhere.iterdir()) == []
