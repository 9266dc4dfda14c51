"""A drawn form among the office's own: checked first, then there as a whole or not at all."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.forms import check, dump
from pipeline.forms.mistakes import Mistake

RETIRED = re.compile(r"^retired:.*$", re.MULTILINE)


def prepared(values: dict[str, Any], blank: Path | None, room: Path, lists: Sequence[Path]) -> list[Mistake]:
    """Write `form.yaml` (and the paper, where it was not printed from the form file) into `room`; what is wrong with it."""
    shutil.rmtree(room, ignore_errors=True)
    room.mkdir(parents=True, mode=0o700)
    path = room / "form.yaml"
    path.write_text(dump.text(values), "utf-8")
    if blank is not None:
        shutil.copyfile(blank, room / "blank.pdf")
    return check.check(path, lists)


def put(room: Path, own_forms: Path, name: str) -> Path:
    """Move a prepared folder among the office's own forms; where it lies now. Never in the place of another."""
    own_forms.mkdir(parents=True, exist_ok=True)
    target, n = own_forms / name, 1
    while target.exists():
        n += 1
        target = own_forms / f"{name}-{n}"
    room.rename(target)
    return target


def retire(path: Path, own_forms: Path, retired: bool = True) -> None:
    """Mark a form file as no longer (or again) in use; one that is not the office's own is copied first."""
    if own_forms not in path.parents:
        room = own_forms.with_name(f"{own_forms.name}-{path.parent.name}.part")
        shutil.rmtree(room, ignore_errors=True)
        shutil.copytree(path.parent, room)
        _mark(room / "form.yaml", retired)
        put(room, own_forms, path.parent.name)
    else:
        _mark(path, retired)


def _mark(path: Path, retired: bool) -> None:
    """Only this one line of the file changes."""
    text, line = path.read_text("utf-8"), f"retired: {str(retired).lower()}"
    text = RETIRED.sub(line, text) if RETIRED.search(text) else f"{text.rstrip()}\n\n{line}\n"
    part = path.with_suffix(".part")
    part.write_text(text, "utf-8")
    part.replace(path)


def reprinted(values: dict[str, Any], version: str) -> dict[str, Any]:
    """The form file under another version, which is also what stands on the paper beside the form's name."""
    old, name = str(values.get("version", "")), str(values.get("id", ""))
    sides = [side | _print(side, (name, old, version)) for side in values.get("sides", [])]
    return values | {"version": version, "sides": sides}


def _print(side: dict[str, Any], change: tuple[str, str, str]) -> dict[str, Any]:
    name, old, new = change
    if "print" not in side:
        return {}
    drawn = [
        item | {"text": item["text"].replace(old, new)} if name in str(item.get("text", "")) else item
        for item in side["print"]
    ]
    return {"print": drawn}
