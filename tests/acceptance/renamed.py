"""The tests of the code with every form and field under another name: `make accept-renamed`.

Copies the checkout, gives every form and every field of `form_templates` a new id, draws the committed pages anew and
runs the tests there. Left out are only tests about the shipped forms themselves, which name them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
TICKETS = ("--seed", "23", "--count", "3", "--kinds", "pdf")  # as tests/fixtures/README.md says
ABOUT_FORMS = ("tests/forms/test_shipped.py", "tests/forms/test_docs.py", "tests/house", "tests/browser", "tests/docs")
LISTS_OF_IDS = ("sum", "equal", "order")


def main() -> None:
    """Copy, rename, draw, test."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("out/renamed"))
    parser.add_argument("tests", nargs="*", default=["tests"])
    asked = parser.parse_args()
    copy = asked.out.resolve()
    shutil.rmtree(copy, ignore_errors=True)
    copied = subprocess.run(["git", "clone", "-q", str(ROOT), str(copy)], check=False)
    names = [rename(path, number) for number, path in enumerate(sorted(copy.glob("form_templates/*/form.yaml")))]
    env = os.environ | {"PYTHONPATH": str(copy), "YOMITORI_DATA": str(copy / "out" / "data")}
    steps = (
        ["-m", "samples", "tests/fixtures/tickets", *TICKETS, "--only", names[-1]],
        ["-m", "samples.fixtures", "tests/fixtures/pages"],
        ["-m", "pytest", "-q", *(f"--ignore={name}" for name in ABOUT_FORMS), *asked.tests],
    )
    done = [copied, *(subprocess.run([sys.executable, *step], cwd=copy, env=env, check=False) for step in steps)]
    sys.exit(max(abs(one.returncode) for one in done))


def rename(path: Path, number: int) -> str:
    """Give a form and all its fields new ids, wherever the file speaks of them, and its folder the new name.

    Returns the form's new id, which sorts as the old one did.
    """
    form = yaml.safe_load(path.read_bytes())
    form["id"] = f"z{number}-{form['id'][::-1]}"  # also where it was renamed before
    fields = [field for side in form["sides"] for field in side.get("fields", [])]
    known = {entry["id"] for entry in [*fields, *form.get("derived", [])]}
    for entry in [*fields, *form.get("derived", [])]:
        entry["id"] = renamed(entry["id"])
    for entry in [*fields, *form.get("derived", []), *form.get("checks", [])]:
        _references(entry, known)
    path.write_text(yaml.safe_dump(form, allow_unicode=True, sort_keys=False), "utf-8")
    path.parent.rename(path.parent.with_name(form["id"]))
    return str(form["id"])


def renamed(name: str) -> str:
    """Another id for a field."""
    return f"zz_{name[::-1]}"


def _references(part: Any, known: set[str]) -> None:
    """Change what refers to a field: `field:` anywhere, and lists of ids."""
    if isinstance(part, list):
        for one in part:
            _references(one, known)
    elif isinstance(part, dict):
        for key, value in part.items():
            if key == "field" and value in known:
                part[key] = renamed(value)
            elif key in LISTS_OF_IDS and isinstance(value, list):
                part[key] = [renamed(one) if one in known else one for one in value]
            else:
                _references(value, known)


if __name__ == "__main__":
    main()
