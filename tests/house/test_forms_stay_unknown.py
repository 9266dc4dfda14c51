"""No form is known to the code: it goes by roles and purposes, never by a form's or field's name."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.house import tree

VOCABULARY_KEYS = ("role", "purpose", "kind", "mark", "script")


@functools.cache
def _forms() -> list[dict[str, Any]]:
    return [yaml.safe_load(path.read_bytes()) for path in sorted(tree.ROOT.glob("form_templates/*/form.yaml"))]


def _fields(form: dict[str, Any]) -> list[dict[str, Any]]:
    return [field for side in form["sides"] for field in side.get("fields", [])]


def _vocabulary() -> set[str]:
    """Words of the form language itself, which the code may know."""
    entries = [entry for form in _forms() for entry in [form, *_fields(form)]]
    return {entry[key] for entry in entries for key in VOCABULARY_KEYS if isinstance(entry.get(key), str)}


def _names() -> set[str]:
    """Ids that can only mean one form's field: a single word such as `name` is also an ordinary word."""
    named = [entry["id"] for form in _forms() for entry in [*_fields(form), *form.get("derived", [])]]
    compound = {name for name in named if re.search(r"[-_\d]", name)}
    return compound - _vocabulary()


def _mentions(path: Path) -> Iterator[tuple[int, str]]:
    yield from tree.literals(path) if path.suffix == ".py" else tree.text_lines(path)


def _known(text: str, names: set[str], forms: list[str]) -> list[str]:
    words = set(re.findall(r"[\w-]+", text))
    return sorted(words & names) + [form for form in forms if form in text]


def test_code_names_no_form_and_no_field() -> None:
    """No form id and no field id stands in the code or the pages of pipeline and review_ui."""
    names, forms = _names(), [form["id"] for form in _forms()]
    found = [
        f"{tree.shown(path)}:{number}: {', '.join(known)}"
        for path in tree.tracked()
        if tree.shown(path).startswith(("pipeline/", "review_ui/")) and path.suffix in {".py", ".html", ".sql"}
        for number, text in _mentions(path)
        if (known := _known(text, names, forms))
    ]
    assert not found, "Ask for a role or purpose that the form file declares:\n  " + "\n  ".join(found)
