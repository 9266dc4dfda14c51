"""Files from outside are opened in a guarded process, never in this one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from pipeline import run
from pipeline.errors import FileRefused, Problem
from pipeline.forms import lists
from pipeline.settings import Settings
from pipeline.workers.guarded import Failure, Pool, pool

T = TypeVar("T")


class Unopened(Problem):
    """A file could not be opened, told with the sentence of whoever found that out."""

    exit_code = FileRefused.exit_code


def call(own: Settings, function: Callable[..., T], item: Any, name: str, start: Callable[[], Any] | None = None) -> T:
    """One call of a top-level `function(item)` (with what `start` gives, if any) in a process of its own.

    Args:
        own: limits of the process; with `workers` 0 it is this very one.
        function: what to call.
        item: what to call it with; travels between processes.
        name: of the file, for the message.
        start: see `workers.pool`.

    Raises:
        Problem: as the function raised it, or because its process was ended.
    """
    with pool(own, start, min(own.workers, 1)) as one:
        return ask(one, function, item, name)


def ask(one: Pool, function: Callable[..., T], item: Any, name: str) -> T:
    """The same in a pool that stands already; raises Problem likewise."""
    ((_, outcome),) = one.map(function, [item])
    if isinstance(outcome, Failure):
        raise run.refused(name, outcome.code)
    return outcome


def table(own: Settings, path: Path) -> list[lists.Row]:
    """The rows of an Excel or CSV file by the names in its first row."""
    return call(own, _table, path, path.name)


def _table(path: Path) -> list[lists.Row]:
    return told(lists.table, path)


def listed(wanted: tuple[Path, str]) -> list[lists.Row]:
    """A file as the rows of a list of that name; to be called in the guarded process."""
    return told(lists.understood, *wanted)


def told(function: Callable[..., T], *arguments: Any) -> T:
    """For functions that run in the guarded process: a refusal keeps its own sentence on the way back."""
    try:
        return function(*arguments)
    except FileRefused as refused:
        raise Unopened(refused.code, refused.what, refused.todo) from refused
