"""The repository as the house rules see it: its files, and the functions in them."""

from __future__ import annotations

import ast
import functools
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = ("pipeline", "review_ui", "form_templates", "samples", "training", "tests")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Measured:
    """One function and its length.

    Attributes:
        where: file and line, relative to the repository.
        name: as written after `def`.
        lines: from `def` to the last line, without the docstring.
    """

    where: str
    name: str
    lines: int

    def __str__(self) -> str:
        return f"{self.where} {self.name}: {self.lines} lines"


@functools.cache
def tracked() -> list[Path]:
    """Every file that git knows or would add, so that a rule speaks up before the commit."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


def python_files(*folders: str) -> list[Path]:
    """The Python files below the named top-level folders."""
    return [path for path in tracked() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in folders]


@functools.cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of one file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions(path: Path) -> list[Function]:
    """Every function and method in a file, also nested ones."""
    return [node for node in ast.walk(parsed(path)) if isinstance(node, Function)]


def measured(path: Path) -> list[Measured]:
    """Every function in a file with its length; a longer docstring makes no function longer."""
    return [Measured(f"{shown(path)}:{node.lineno}", node.name, _length(node)) for node in functions(path)]


def _length(node: Function) -> int:
    total = (node.end_lineno or node.lineno) - node.lineno + 1
    if ast.get_docstring(node) is None:
        return total
    docstring = node.body[0]
    return total - ((docstring.end_lineno or docstring.lineno) - docstring.lineno + 1)


def shown(path: Path) -> str:
    """A path as a person knows it, from the top of the repository."""
    return str(path.relative_to(ROOT))


def text_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Numbered lines of a text file; nothing of a binary one."""
    data = path.read_bytes()
    if b"\0" in data:
        return
    yield from enumerate(data.decode("utf-8", errors="replace").splitlines(), start=1)


def literals(path: Path) -> Iterator[tuple[int, str]]:
    """Every string in a Python file with its line, docstrings left out."""
    docstrings = set(map(id, _docstrings(parsed(path))))
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


def _docstrings(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
