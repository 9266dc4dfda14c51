"""The wheel holds the program and its data, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.house import tree

PACKAGES = ("pipeline", "review_ui", "form_templates")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel as the Dockerfile builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=tree.ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return zipfile.ZipFile(built)


def test_wheel_holds_every_file_of_the_packages(wheel: zipfile.ZipFile) -> None:
    """Code, form files, blanks, templates and static files all arrive; nothing of tests or samples does."""
    inside = {name for name in wheel.namelist() if ".dist-info/" not in name}
    wanted = {tree.shown(path) for path in tree.tracked() if tree.shown(path).split("/")[0] in PACKAGES}
    assert inside == wanted


def test_wheel_brings_the_command(wheel: zipfile.ZipFile) -> None:
    """Installing the wheel makes the command `yomitori`."""
    (entry,) = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]
    assert "yomitori = pipeline.cli:main" in wheel.read(entry).decode()


def test_wheel_brings_the_licence(wheel: zipfile.ZipFile) -> None:
    """The licence text travels with the program."""
    assert [Path(name).name for name in wheel.namelist() if "/licenses/" in name] == ["LICENSE"]
