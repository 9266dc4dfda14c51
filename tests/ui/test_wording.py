"""All wording stands in words.py; what is vendored is unchanged."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import jinja2
import pytest
from jinja2 import meta

from pipeline.review import alike
from review_ui import desk, together, words
from review_ui.people import words as people

UI = desk.HERE
JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uff01-\uff9f]")
VENDORED = [UI / "static/vendor", UI.parent / "tests/browser/vendor"]
TEXTS = [
    path for end in ("*.py", "*.html", "*.js", "*.css") for path in sorted(UI.rglob(end)) if "vendor" not in path.parts
]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(UI)))
def test_no_wording_outside_words(path: Path) -> None:
    """Templates, script, style and code hold no Japanese; only words.py does."""
    found = [
        f"{n}: {line.strip()}"
        for n, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if JAPANESE.search(line)
    ]
    assert bool(found) == (path.name == "words.py"), found[:5]


@pytest.mark.parametrize(("short", "module"), [("w", words), ("d", together.words)])
def test_every_word_in_the_templates_exists(short: str, module: ModuleType) -> None:
    """A template asks words.py for nothing that is not there."""
    asked = rf"\b{short}\.(\w+)"
    used = {name for path in UI.rglob("*.html") for name in re.findall(asked, path.read_text("utf-8"))}
    assert used
    assert not {name for name in used if not hasattr(module, name)}


@pytest.mark.parametrize("module", [words, together.words])
def test_every_word_is_used(module: ModuleType) -> None:
    """words.py keeps no sentence that no page shows any more."""
    sources = "\n".join(path.read_text("utf-8") for path in TEXTS)
    names = [name for name in vars(module) if not name.startswith("_") and name not in {"annotations", "Sequence"}]
    unused = [name for name in names if len(re.findall(rf"\b{name}\b", sources)) < 2]
    assert not unused


def test_templates_have_nothing_inline() -> None:
    """No inline script, style or handler, so that the policy needs no exception."""
    for path in UI.rglob("*.html"):
        text = path.read_text("utf-8")
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:|<script(?![^>]*\bsrc=)", text), path.name
        assert not re.search(r"(?:src|href)=[\"'](?:https?:)?//", text), path.name


def test_templates_parse() -> None:
    """Every template compiles, with values escaped."""
    env = desk.templates()
    assert env.autoescape is True
    for path in (UI / "templates").rglob("*.html"):
        tree = env.parse(path.read_text("utf-8"))
        assert meta.find_referenced_templates(tree) is not None
        assert not list(tree.find_all(jinja2.nodes.MarkSafe))
        assert "|safe" not in path.read_text("utf-8")


@pytest.mark.parametrize("folder", VENDORED, ids=lambda path: path.parent.name)
def test_vendored_files_are_unchanged(folder: Path) -> None:
    """What was copied from npm is what the package held."""
    lines = (folder / "SHA256SUMS").read_text("ascii").splitlines()
    sums = {name: digest for digest, name in (line.split() for line in lines)}
    assert {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in sums} == sums
    assert {path.name for path in folder.iterdir() if path.suffix in {".js", ".css"}} == set(sums)


def _actions(path: Path) -> Iterator[str]:
    """The actions that a file writes into the audit log; of a put together one the fixed part."""
    for call in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "audit":
            given = call.args[1] if len(call.args) > 1 else None
            fixed = given.values[0] if isinstance(given, ast.JoinedStr) else given
            if isinstance(fixed, ast.Constant):
                yield str(fixed.value)


def test_every_line_of_the_audit_log_has_words() -> None:
    """Whatever is written down, the auditor reads it in Japanese."""
    written = {
        name for top in ("pipeline", "review_ui") for path in (UI.parent / top).rglob("*.py") for name in _actions(path)
    }
    assert len(written) > 25
    missing = {name for name in written if not any(known.startswith(name) for known in people.ACTIONS)}
    assert missing == set()
    assert {alike.CAUGHT, alike.MISSED, *(f"entry-{name}" for name in ("enter", "correct", "withdraw"))} <= set(
        people.ACTIONS
    )
