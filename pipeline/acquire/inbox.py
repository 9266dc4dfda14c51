"""The watched folder: what the scanner drops into it is taken in when it is whole, and moved only when it is safe.

Polled, since a share of another machine announces nothing.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline import acquire, errors

DONE = "done"
STEADY_POLLS = 2  # size and time unchanged for so many polls
PATIENCE_POLLS = 60  # then even a file without its end is handed on, to be refused by name instead of waiting for ever
UNFINISHED = {"empty", "truncated", "unreadable"}


@dataclass(frozen=True)
class _Seen:
    """A file as it was at the last poll."""

    size: int
    mtime_ns: int
    steady: int = 0  # polls without a change
    accepted: bool = False  # safe already, still to be moved

    def same(self, other: _Seen) -> bool:
        return (self.size, self.mtime_ns) == (other.size, other.mtime_ns)


class Inbox:
    """One watched folder.

    Args:
        folder: where the scanner writes; accepted files go to its subfolder `done`.
        accept: makes a file safe, for good or into quarantine, before it returns; what it raises leaves the file
            where it is, to be tried again.
        say: tells a person one Japanese sentence.
        whole: whether a file has its end, as `is_whole` says; whoever guards this process asks another for it.
    """

    def __init__(
        self,
        folder: Path,
        accept: Callable[[Path], object],
        say: Callable[[str], None],
        whole: Callable[[Path], bool] | None = None,
    ) -> None:
        self._folder, self._accept, self._say = folder, accept, say
        self._whole = whole or is_whole
        self._seen: dict[Path, _Seen] = {}
        self._there = True
        self._complained: set[Path] = set()

    def poll(self) -> list[Path]:
        """Look once; the files that were accepted and moved, by their old names."""
        try:
            now = dict(self._files())
        except OSError:
            self._tell_gone()
            return []
        self._tell_back()
        self._seen = {path: self._aged(path, seen) for path, seen in now.items()}
        self._complained &= set(now)
        return [path for path in sorted(now) if self._ready(path) and self._take(path)]

    def _files(self) -> Iterator[tuple[Path, _Seen]]:
        """Every file below the folder, but for what is done or hidden; raises OSError when the share is gone."""
        for parent, folders, names in os.walk(self._folder, onerror=_again):
            folders[:] = [name for name in folders if not name.startswith(".") and Path(parent, name) != self._done]
            for path in (Path(parent, name) for name in names if not name.startswith((".", "~$"))):
                status = path.lstat()
                yield path, _Seen(status.st_size, status.st_mtime_ns)

    @property
    def _done(self) -> Path:
        return self._folder / DONE

    def _aged(self, path: Path, seen: _Seen) -> _Seen:
        before = self._seen.get(path)
        if before is None or not before.same(seen):
            return seen
        return replace(before, steady=before.steady + 1)

    def _ready(self, path: Path) -> bool:
        """Whether nobody writes to it any more and its format is complete."""
        seen = self._seen[path]
        if seen.steady < STEADY_POLLS or path.is_symlink() or not path.is_file():
            return False
        return seen.accepted or seen.steady >= PATIENCE_POLLS or self._whole(path)

    def _take(self, path: Path) -> bool:
        """Accept, then move; whether both were done."""
        try:
            if not self._seen[path].accepted:
                self._accept(path)
            self._seen[path] = replace(self._seen[path], accepted=True)
            self._move(path)
        except (OSError, errors.Problem) as error:
            self._tell_stuck(path, error)
            return False
        del self._seen[path]
        return True

    def _move(self, path: Path) -> None:
        """Into `done`, beside a file of the same name where there is one, and durably so."""
        target = _free(self._done / path.relative_to(self._folder))
        target.parent.mkdir(parents=True, exist_ok=True)
        _moved(path, target)
        for folder in {path.parent, target.parent}:
            _sync(folder)

    def _tell_gone(self) -> None:
        if self._there:
            self._say(f"フォルダー {self._folder} が見えません。つながるまで待ちます。")
        self._there = False

    def _tell_back(self) -> None:
        if not self._there:
            self._say(f"フォルダー {self._folder} がまた見えるようになりました。")
        self._there = True

    def _tell_stuck(self, path: Path, error: Exception) -> None:
        if path not in self._complained:
            why = errors.reason(error) if isinstance(error, OSError) else error
            self._say(f"{path.name} をまだ取り込めません（{why}）。次の見回りでもう一度試します。")
        self._complained.add(path)


def watch(inbox: Inbox, pause: Callable[[], bool]) -> Iterator[Path]:
    """Poll until `pause` (which sleeps between two polls) says False; every file that was taken in."""
    while True:
        yield from inbox.poll()
        if not pause():
            return


def is_whole(path: Path) -> bool:
    """Whether a file has its end; what is no scan at all is whole, and is refused later with its reason."""
    try:
        acquire.count(acquire.load(path), path.name)
    except errors.FileRefused as refused:
        return refused.code not in UNFINISHED
    return True


def _again(error: OSError) -> None:
    raise error


def _free(target: Path) -> Path:
    """The path itself, or with the first number that nobody has."""
    number, free = 1, target
    while free.exists():
        number += 1
        free = target.with_name(f"{target.stem} ({number}){target.suffix}")
    return free


def _moved(path: Path, target: Path) -> None:
    """Move a file; where it cannot go (a scanner still holds it), no copy of it is left behind at every poll."""
    try:
        path.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        try:
            shutil.copy2(path, target)
            path.unlink()
        except OSError:
            target.unlink(missing_ok=True)
            raise


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
