"""The stored pages that wait, read in the pool and saved here; files from outside, looked at in the pool."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from pipeline import run
from pipeline.acquire import inbox
from pipeline.forms import Forms
from pipeline.store import Part, Store, Task
from pipeline.workers.guarded import Failure, Pool


def submit(
    pool: Pool, store: Store, forms: Forms, page_ids: Collection[int] | None = None, again: bool = False
) -> Iterator[tuple[Task, Part]]:
    """Read accepted pages that have no result yet; each is in the store by the time it is handed on.

    The store is the work list: killed at any moment and called again, this goes on with what is left.

    Args:
        pool: with a `start` that loads the forms.
        store: where the pages are.
        forms: the same forms, for joining and judging.
        page_ids: only these pages.
        again: the pages of `page_ids` that have a result, too; what a person settled stays.
    """
    tasks = [store.task(page_id) for page_id in page_ids or ()] if again else store.waiting(page_ids)
    for task, outcome in pool.map(run.read_page, tasks, ordered=False):
        part = run.failed(task, outcome.code) if isinstance(outcome, Failure) else outcome
        run.save(part, store, forms, again)
        yield task, part


def counter(pool: Pool) -> run.Count:
    """How `run.accept` counts the pages of a file without opening it in this process."""

    def count(path: Path, name: str) -> int:
        ((_, outcome),) = pool.map(_count, [(path, name)])
        if isinstance(outcome, Failure):
            raise run.refused(name, outcome.code)
        return outcome

    return count


def _count(item: tuple[Path, str], _forms: Forms | None = None) -> int:
    return run.count(*item)


def wholeness(pool: Pool) -> Callable[[Path], bool]:
    """How a watched folder finds out that a file has its end without opening it in this process."""

    def whole(path: Path) -> bool:
        ((_, outcome),) = pool.map(_whole, [path])
        # What brings a process down has come to its end: it is refused by name when it is accepted.
        return True if isinstance(outcome, Failure) else outcome

    return whole


def _whole(path: Path, _forms: Forms | None = None) -> bool:
    return inbox.is_whole(path)
