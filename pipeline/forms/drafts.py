"""Form files that somebody is drawing: every step is a file of its own, so that nothing is lost and all can be undone.

`drafts/<id>/steps/<n>.json` is the draft after n steps, `drafts/<id>/at` the step that counts now, `blank.pdf` the
paper. Drafts hold no answers: only what is printed on blank paper.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KEPT = 500  # steps that can be undone
ID = re.compile(r"[0-9a-f]{16}")


class MovedOnError(Exception):
    """Somebody, perhaps in another window, changed the draft first."""


@dataclass(frozen=True)
class Draft:
    """A draft as it stands now."""

    id: str
    folder: Path
    step: int  # that counts now
    last: int  # the newest that can be redone
    first: int  # the oldest that can be undone to
    changed: float  # seconds since the epoch
    form: dict[str, Any]  # as a form file has it
    certainty: dict[str, float]  # of proposed fields, by id

    @property
    def blank(self) -> Path | None:
        """The paper; None where the form file itself says what is printed."""
        path = self.folder / "blank.pdf"
        return path if path.is_file() else None

    @property
    def shapes(self) -> list[list[list[float]]]:
        """By side the printed boxes, cells and rings in mm, to snap to."""
        path = self.folder / "shapes.json"
        found: list[list[list[float]]] = json.loads(path.read_text("utf-8")) if path.is_file() else []
        return found


class Drafts:
    """The drafts of an office."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()

    def everything(self) -> list[Draft]:
        """All drafts, the one changed last first."""
        found = [self.open(path.name) for path in self._folder.glob("*") if (path / "at").is_file()]
        return sorted(found, key=lambda draft: -draft.changed)

    def room(self) -> Path:
        """A new folder for the paper of a draft; it is no draft before `begin`."""
        folder = self._folder / secrets.token_hex(8)
        (folder / "steps").mkdir(parents=True, mode=0o700)
        return folder

    def begin(self, folder: Path, form: dict[str, Any], certainty: dict[str, float], shapes: Any) -> Draft:
        """Make a draft of a `room`."""
        _write(folder / "shapes.json", json.dumps(shapes))
        _write(folder / "steps" / "0.json", _content(form, certainty))
        _write(folder / "at", "0")
        return self.open(folder.name)

    def open(self, draft_id: str) -> Draft:
        """The draft of that id; KeyError when there is none."""
        folder = self._folder / draft_id
        if not ID.fullmatch(draft_id) or not (folder / "at").is_file():
            raise KeyError(draft_id)
        step, steps = int((folder / "at").read_text("ascii")), _steps(folder)
        kept = json.loads((folder / "steps" / f"{step}.json").read_text("utf-8"))
        changed = (folder / "at").stat().st_mtime
        return Draft(draft_id, folder, step, steps[-1], steps[0], changed, kept["form"], kept["certainty"])

    def add(self, draft_id: str, after: int, form: dict[str, Any], certainty: dict[str, float]) -> int:
        """Keep the draft as it is after one step more; what had been undone can no more be redone.

        Raises:
            KeyError: no such draft.
            MovedOnError: `after` is not the step that counts now.
        """
        with self._lock:
            draft = self._at(draft_id, after)
            _write(draft.folder / "steps" / f"{after + 1}.json", _content(form, certainty))
            _write(draft.folder / "at", str(after + 1))
            for n in _steps(draft.folder):
                if n > after + 1 or n <= after + 1 - KEPT:
                    (draft.folder / "steps" / f"{n}.json").unlink()
        return after + 1

    def go(self, draft_id: str, after: int, to: int) -> Draft:
        """Undo or redo: another step counts now.

        Raises:
            KeyError: no such draft or step.
            MovedOnError: `after` is not the step that counts now.
        """
        with self._lock:
            draft = self._at(draft_id, after)
            if to not in _steps(draft.folder):
                raise KeyError(to)
            _write(draft.folder / "at", str(to))
        return self.open(draft_id)

    def drop(self, draft_id: str) -> None:
        """Remove a draft; KeyError when there is none."""
        shutil.rmtree(self.open(draft_id).folder)

    def _at(self, draft_id: str, after: int) -> Draft:
        draft = self.open(draft_id)
        if draft.step != after:
            raise MovedOnError(draft_id)
        return draft


def _steps(folder: Path) -> list[int]:
    return sorted(_numbers(folder))


def _numbers(folder: Path) -> Iterator[int]:
    return (int(path.stem) for path in (folder / "steps").glob("*.json") if path.stem.isdecimal())


def _content(form: dict[str, Any], certainty: dict[str, float]) -> str:
    return json.dumps({"form": form, "certainty": certainty}, ensure_ascii=False)


def _write(path: Path, text: str) -> None:
    """The whole file or none of it, on the disk before this returns."""
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    with part.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
