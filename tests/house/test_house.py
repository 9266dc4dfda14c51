"""The rules of the house that no linter knows; each message says what to do."""

from __future__ import annotations

import ast
import graphlib
import math
import re
import socket
from pathlib import Path

import grimp
import pytest

from tests.house import tree
from tests.house.tree import Measured

LONG = 25
TOO_LONG = 40
FILE_LINES = 400


def _report(what: str, found: list[str]) -> None:
    assert not found, f"{what}\n  " + "\n  ".join(found)


@pytest.mark.parametrize("folder", tree.CODE)
def test_functions_are_short(folder: str) -> None:
    """Nine functions in ten of each package stay under 25 lines, and none goes over 40."""
    every = [function for path in tree.python_files(folder) for function in tree.measured(path)]
    over = [str(function) for function in every if function.lines > TOO_LONG]
    _report(f"Over {TOO_LONG} lines; take a step that has a name of its own out of each:", over)
    long = sorted((f for f in every if f.lines >= LONG), key=lambda f: -f.lines)
    allowed = math.floor(len(every) / 10)
    surplus = [str(function) for function in long] if len(long) > allowed else []
    _report(f"{len(long)} of {len(every)} functions have {LONG} lines or more, {allowed} may; shorten some:", surplus)


def _verbs(path: Path) -> list[Measured]:
    return [function for function in tree.measured(path) if not function.name.startswith("_")]


def test_the_story_fits_on_a_page() -> None:
    """Each verb of run.py takes at most 25 lines, since it only calls stations by name."""
    long = [str(verb) for path in _story() for verb in _verbs(path) if verb.lines > LONG]
    _report("A verb of run does a station's work; move that work down:", long)


def _story() -> list[Path]:
    return [path for path in tree.python_files("pipeline") if tree.shown(path).startswith("pipeline/run")]


def test_files_are_short() -> None:
    """No source or test file reaches 400 lines."""
    sizes = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in tree.python_files(*tree.CODE)}
    long = [f"{tree.shown(path)}: {lines} lines" for path, lines in sizes.items() if lines >= FILE_LINES]
    _report(f"{FILE_LINES} lines or more; split by what each half is about:", long)


def test_no_import_cycles() -> None:
    """No module imports itself by whatever way round, nor a package the module that builds on it."""
    graph = grimp.build_graph("pipeline", "review_ui", "samples", "training", cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        graphlib.TopologicalSorter(imports).prepare()
    except graphlib.CycleError as error:
        pytest.fail("These import each other in a ring; move what they share below both: " + " → ".join(error.args[1]))


def test_tests_say_what_they_show() -> None:
    """Every test has a docstring of one sentence about behaviour."""
    tests = [
        (path, function)
        for path in tree.python_files("tests")
        for function in tree.functions(path)
        if function.name.startswith("test_") and path.name.startswith("test_")
    ]
    silent = [
        f"{tree.shown(path)}:{function.lineno} {function.name}"
        for path, function in tests
        if not _one_sentence(ast.get_docstring(function))
    ]
    _report("No docstring, or more than one paragraph, or no full stop; say in a sentence what holds:", silent)


def _one_sentence(docstring: str | None) -> bool:
    return docstring is not None and "\n\n" not in docstring and docstring.endswith((".", "。"))


# Written so that the patterns do not match the lines they stand on.
FOREIGN = {
    "a package index or its mirror": r"(?:pypi|python[h]osted|npmjs|yarnpkg|debian|ubuntu)\.(?:org|com)\b",
    "an internal host name": r"https?://[\w-]+(?:\.(?:internal|local|lan|corp|intra))\b",
    "a folder of one machine": r"(?<![\w./}>-])/(?:work|root|home|Users|opt)/\w",
    "an option that chooses an index": r"^\s*--?(?:i|index-url|extra-index-url|find-links|trusted-host)[ =]",
}


@pytest.mark.parametrize("what", FOREIGN)
def test_repository_names_no_machine(what: str) -> None:
    """No tracked file holds a registry's host name, an internal host or a path of one machine."""
    pattern = re.compile(FOREIGN[what])
    found = [
        f"{tree.shown(path)}:{number}: {match.group()}"
        for path in tree.tracked()
        for number, line in tree.text_lines(path)
        if (match := pattern.search(line))
    ]
    _report(f"This holds {what}; it must work everywhere, so leave it to the environment:", found)


def test_other_machines_are_out_of_reach() -> None:
    """A connection to another host fails in every test, by address and by name."""
    with socket.socket() as plain, pytest.raises(RuntimeError, match="offline"):
        plain.connect(("192.0.2.1", 80))
    with pytest.raises(RuntimeError, match="offline"):
        socket.getaddrinfo("example.com", 80)


def test_this_machine_is_in_reach() -> None:
    """Loopback stays open, since the browser tests talk to a server of ours."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
        client.connect(server.getsockname())
        assert client.getpeername() == server.getsockname()
