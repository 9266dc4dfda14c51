"""Lists that somebody uploaded and looks at: each in the private folder until it is taken or left."""

from __future__ import annotations

import os
import secrets
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePath

from starlette.datastructures import UploadFile

from pipeline import errors
from pipeline.forms import lists
from review_ui.intake import taking

KEPT_SECONDS = 30 * 60.0  # that an upload waits for its person
FILE = "list.csv"


@dataclass(frozen=True)
class Staged:
    """One list of one person, as it would be kept."""

    id: str  # names it in addresses; not to be guessed
    name: str  # of the list
    by: str
    folder: Path
    timer: threading.Timer

    def listing(self) -> lists.Listing:
        """What was uploaded; raises FileNotFoundError when it is gone."""
        return lists.listing(self.name, lists.table(self.folder / FILE))


class Staging:
    """All uploads of a running application; none outlives it."""

    def __init__(self, private: Path) -> None:
        self._private = private
        self._staged: dict[str, Staged] = {}
        self._lock = threading.Lock()
        _sweep(private)

    def put(self, name: str, by: str, file: UploadFile, read: Callable[[Path], list[lists.Row]]) -> Staged:
        """Keep what `read` makes of a file, in place of what the person uploaded for this list before; raises Problem."""
        key = secrets.token_hex(16)
        folder = self._private / f"{os.getpid()}-list-{key}"
        timer = threading.Timer(KEPT_SECONDS, self._expired, [key])
        timer.daemon = True
        staged = Staged(key, name, by, folder, timer)
        try:
            _kept(folder, file, read)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        with self._lock:
            earlier = [one for one in self._staged.values() if (one.name, one.by) == (name, by)]
            self._staged[key] = staged
        for one in earlier:
            self.drop(one)
        timer.start()
        return staged

    def get(self, by: str, name: str, key: str) -> Staged | None:
        """A person's own upload; None when there is none, or it is somebody else's."""
        found = self._staged.get(key)
        return found if found is not None and (found.by, found.name) == (by, name) else None

    def drop(self, staged: Staged) -> None:
        """Remove it."""
        staged.timer.cancel()
        with self._lock:
            self._staged.pop(staged.id, None)
        shutil.rmtree(staged.folder, ignore_errors=True)

    def close(self) -> None:
        """Remove all of them."""
        for one in list(self._staged.values()):
            self.drop(one)

    def _expired(self, key: str) -> None:
        found = self._staged.get(key)
        if found is not None:
            self.drop(found)


def _kept(folder: Path, file: UploadFile, read: Callable[[Path], list[lists.Row]]) -> None:
    """The upload itself goes as soon as it was read; what stays is the list."""
    try:
        folder.mkdir(mode=0o700, parents=True)
        path = folder / _named(file.filename or "")
        taking.copied(path, file.file)
        rows = read(path)
        path.unlink()
        with os.fdopen(os.open(folder / FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(lists.text(rows).encode())
    except OSError as error:
        raise errors.of_system(error) from error


def _named(raw: str) -> str:
    """The file's own name, which sentences repeat, fit for every disk; raises UsageProblem for what is no name."""
    path = PurePath(taking.named(raw).lstrip(". ") or "list")
    return path.stem[:40] + path.suffix[:8]


def _sweep(private: Path) -> None:
    """Remove what a killed program left behind: rosters hold names."""
    for folder in private.glob("*-list-*"):
        owner = folder.name.partition("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            shutil.rmtree(folder, ignore_errors=True)
