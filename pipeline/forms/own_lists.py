"""The office's own lists: each put in the place of what held before, which is kept so that one step takes it back.

`lists/<name>.csv` is the office's list, `lists/before/<name>.csv` what it took the place of, `lists/before/<name>.none`
that there was none of the office's own. `lists.load` looks into `lists/` alone.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from pipeline import errors
from pipeline.errors import UsageProblem
from pipeline.forms import lists

BEFORE = "before"


class MovedOnError(Exception):
    """Another list holds by now than the one that was looked at."""


@dataclass(frozen=True)
class Standing:
    """What holds under a name, or held before."""

    path: Path | None  # None: no folder has such a list
    own: bool  # the office's, not one that ships or lies beside a form
    mark: str  # another whenever its contents, or whose it is, are
    changed: float  # seconds since the epoch; 0 for none


class OwnLists:
    """The lists of an installation, of which one folder is the office's own."""

    def __init__(self, folders: Sequence[Path], own: Path) -> None:
        """Look into `folders`, the last of which wins, and then into `own`."""
        self._others = tuple(folder for folder in folders if folder != own)
        self._own = own

    def names(self) -> list[str]:
        """Every list that there is."""
        return sorted({path.stem for folder in (*self._others, self._own) for path in folder.glob("*.csv")})

    def kept_names(self) -> list[str]:
        """Every list that was changed here, even if none is left."""
        return sorted({path.stem for path in (self._own / BEFORE).glob("*.[cn]*") if path.suffix in {".csv", ".none"}})

    def __contains__(self, name: str) -> bool:
        """Whether there is such a list, or was; what comes in an address may be no name of a file at all."""
        return name in {*self.names(), *self.kept_names()}

    def listing(self, name: str) -> lists.Listing:
        """The list that holds; raises FileRefused when its file is none."""
        return lists.load(name, (*self._others, self._own))

    def standing(self, name: str) -> Standing:
        """Which file holds."""
        own = self._own / f"{name}.csv"
        found = _standing(own, own=True)
        return found if found.path is not None else self._other(name)

    def before(self, name: str) -> Standing | None:
        """What taking the last change back would bring; None when there is nothing to take back."""
        kept = self._before(name)
        found = _standing(kept, own=True)
        if found.path is None and not kept.with_suffix(".none").is_file():
            return None
        brought = found if found.path is not None else self._other(name)
        return brought if brought.mark != self.standing(name).mark else None

    def earlier(self, name: str) -> lists.Listing:
        """The list of `before`; an empty one when none of the office's own is kept."""
        kept = self._before(name)
        return lists.listing(name, lists.table(kept)) if kept.is_file() else lists.load(name, self._others)

    def replace(self, name: str, rows: Sequence[Mapping[str, str]], seen: str | None = None) -> None:
        """Put a list into the place of what holds.

        Args:
            name: of the list.
            rows: as `lists.understood` gives them.
            seen: the mark of what holds as the person saw it; None to replace whatever it is.

        Raises:
            MovedOnError: another one holds by now.
            UsageProblem: the disk refuses; what held holds.
        """
        with self._changing(name, seen):
            self._exchange(name, lists.text(rows).encode())

    def undo(self, name: str, seen: str) -> None:
        """Take the last change back; done twice, all is as before.

        Raises:
            MovedOnError: there is nothing to take back, or `seen` is not the mark of what holds.
            UsageProblem: the disk refuses; what held holds.
        """
        with self._changing(name, seen):
            if self.before(name) is None:
                raise MovedOnError(name)
            self._exchange(name, _read(self._before(name)))

    @contextmanager
    def _changing(self, name: str, seen: str | None) -> Iterator[None]:
        """Alone among all processes, while what was seen still holds."""
        try:
            self._before(name).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with (self._own / BEFORE / ".lock").open("a") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                if seen is not None and self.standing(name).mark != seen:
                    raise MovedOnError(name)
                yield
        except OSError as error:
            what = f"リスト {name} を {self._own} に書けません（{errors.reason(error)}）。前のリストはそのままです。"
            raise UsageProblem("list-unwritable", what, "空きと権限を確かめてください。") from error

    def _exchange(self, name: str, new: bytes | None) -> None:
        """The office's list becomes `new` (none: it goes), and what it was is kept; both are written before either counts."""
        own, kept = self._own / f"{name}.csv", self._before(name)
        now = _read(own)
        if now == new:
            return
        target, other = (kept, kept.with_suffix(".none")) if now is not None else (kept.with_suffix(".none"), kept)
        with _part(target, now or b"") as was, _part(own, new or b"") as part:
            was.replace(target)
            other.unlink(missing_ok=True)
            if new is None:
                own.unlink()
            else:
                part.replace(own)

    def _before(self, name: str) -> Path:
        return self._own / BEFORE / f"{name}.csv"

    def _other(self, name: str) -> Standing:
        path = lists.find(name, self._others)
        return _standing(path, own=False) if path is not None else Standing(None, own=False, mark="none", changed=0)


def _standing(path: Path, own: bool) -> Standing:
    data = _read(path)
    if data is None:
        return Standing(None, own, "none", 0)
    mark = hashlib.sha256((b"own" if own else b"other") + data).hexdigest()
    with suppress(FileNotFoundError):
        return Standing(path, own, mark, path.stat().st_mtime)
    return Standing(None, own, "none", 0)


def _read(path: Path) -> bytes | None:
    with suppress(FileNotFoundError):
        return path.read_bytes()
    return None


@contextmanager
def _part(path: Path, data: bytes) -> Iterator[Path]:
    """A file beside `path`, on the disk, to be renamed; gone afterwards if it was not."""
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        yield part
    finally:
        part.unlink(missing_ok=True)
