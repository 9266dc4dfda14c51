"""Dependencies are pinned, explained and free for anybody to use."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.house import tree

LISTS = ("requirements.txt", "requirements-build.txt", "requirements-dev.txt")


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _pins(name: str) -> dict[str, str]:
    found = re.findall(r"^([\w.-]+)==(\S+)", (tree.ROOT / name).read_text(), flags=re.MULTILINE)
    return {_canonical(distribution): version for distribution, version in found}


def _asked_for() -> set[str]:
    project = tomllib.loads((tree.ROOT / "pyproject.toml").read_text())
    lines = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    for path in tree.ROOT.glob("requirements-*.in"):
        lines += [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return {_canonical(re.split(r"[\[=<>~! ]", line)[0]) for line in lines}


def test_every_dependency_is_pinned() -> None:
    """Whatever pyproject.toml and the .in files ask for has an exact version in the list that is installed."""
    assert _asked_for() - set(_pins("requirements-dev.txt")) == set(), "run `make lock`"


def test_lists_agree() -> None:
    """What runs and what builds has the very same versions in the environment of the tests."""
    tested = _pins("requirements-dev.txt")
    others = {**_pins("requirements.txt"), **_pins("requirements-build.txt")}
    assert {name: tested.get(name) for name in others} == others, "run `make lock`"


@pytest.mark.parametrize("name", LISTS)
def test_every_pin_has_a_hash(name: str) -> None:
    """No file can be swapped between the registry and this machine."""
    blocks = re.split(r"\n(?=\S)", (tree.ROOT / name).read_text().strip())
    bare = [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block]
    assert bare == []


def test_environment_is_as_pinned() -> None:
    """The tests run on the pinned versions, not on what happened to be there."""
    installed = {_canonical(found.name): found.version for found in importlib.metadata.distributions()}
    pins = _pins("requirements-dev.txt")
    assert {name: installed.get(name) for name in pins} == pins, "run `make install`"


def test_one_opencv() -> None:
    """Only one distribution fills the folder cv2."""
    assert [name for name in _pins("requirements-dev.txt") if name.startswith("opencv")] == ["opencv-python"]


def test_every_dependency_is_explained() -> None:
    """docs/why.md names every distribution that is installed."""
    words = set(re.findall(r"[\w-]+", (tree.ROOT / "docs" / "why.md").read_text()))
    assert set(_pins("requirements-dev.txt")) - words == set(), "give each a reason and its licence in docs/why.md"


def test_nothing_is_under_the_agpl() -> None:
    """No installed distribution declares the Affero licence."""
    affero = [
        found.name
        for found in importlib.metadata.distributions()
        if re.search(r"AGPL|Affero", " ".join(_declared(found)))
    ]
    assert affero == []


def test_inference_library_cannot_call_home() -> None:
    """The installed onnxruntime has no client in it that sends usage data."""
    found = importlib.metadata.distribution("onnxruntime").files or []
    libraries = [Path(str(path.locate())) for path in found if ".so" in path.suffixes]
    assert libraries
    assert [path.name for path in libraries if b"OneCollector" in path.read_bytes()] == []


def _declared(found: importlib.metadata.Distribution) -> list[str]:
    fields = ("License-Expression", "License", "Classifier")
    return [value for field in fields for value in found.metadata.get_all(field, [])]


def test_explained_python_is_the_wanted_one() -> None:
    """Ruff and mypy look at the code as the oldest Python that may run it."""
    project = tomllib.loads((tree.ROOT / "pyproject.toml").read_text())
    oldest = project["project"]["requires-python"].removeprefix(">=")
    tools = project["tool"]
    assert (tools["mypy"]["python_version"], tools["ruff"]["target-version"]) == (
        oldest,
        "py" + oldest.replace(".", ""),
    )


def test_container_installs_what_the_makefile_does() -> None:
    """The image and `make install` name the same Debian packages."""
    makefile, dockerfile = (Path(tree.ROOT / name).read_text() for name in ("Makefile", "Dockerfile"))
    wanted = re.search(r"^DEBIAN := (.*)$", makefile, flags=re.MULTILINE)
    assert wanted is not None
    assert wanted[1] in dockerfile


def test_every_target_of_the_makefile_has_what_it_needs() -> None:
    """No target of the list that bare `make` prints names another that does not exist."""
    names = re.findall(r"^([a-z-]+):.*## ", (tree.ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    assert "accept-drop" in names
    told = subprocess.run(
        ["make", "--dry-run", *names], cwd=tree.ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert told.returncode == 0, told.stderr
