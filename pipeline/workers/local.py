"""Reading on this machine: stored pages are read in the pool and saved here; files are looked at in the pool."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from pipeline import run
from pipeline.acquire import inbox
from pipeline.forms import Forms
from pipeline.store import Part, Store, Task
from pipeline.workers.guarded import Failure, Pool

Item = TypeVar("Item")
Result = TypeVar("Result")
log = logging.getLogger(__name__)


def submit(
    pool: Pool, store: Store, forms: Forms, page_ids: Collection[int] | None = None, again: bool = False
) -> Iterator[tuple[Task, Part]]:
    """Read accepted pages that have no result yet; each is in the store by the time it is handed on.

    The store is the work list: killed at any moment and called again, this goes on with what is left. One page's
    failure, in its reading or in its saving, is that page's alone.

    Args:
        pool: with a `start` that loads the forms.
        store: where the pages are.
        forms: the same forms, for joining and judging.
        page_ids: only these pages.
        again: the pages of `page_ids` that have a result, too; what a person settled stays, and a page that cannot
            be read now keeps the result that it has.

    Raises:
        StoreProblem: nothing can be saved at all, as on a full disk, or originals are not seen (told once all other
            pages are read); what is left waits.
    """
    unseen = None
    tasks = [run.again(store, page_id) for page_id in page_ids or ()] if again else store.waiting(page_ids)
    for task, outcome in _tried(pool, run.read_page, tasks):
        if isinstance(outcome, Failure) and outcome.code == run.UNSEEN:
            unseen = task.path
        elif isinstance(outcome, Failure):
            yield task, run.saved(task, run.failed(task, outcome.code), store, forms)
        else:
            yield task, run.saved(task, outcome, store, forms, again)
    if unseen is not None:
        raise run.unseen(unseen)


def _tried(
    pool: Pool, function: Callable[..., Result], items: Iterable[Item]
) -> Iterator[tuple[Item, Result | Failure]]:
    """What became of each item; where a busy machine may have been the cause, of a second try after all others."""
    late = []
    for item, outcome in pool.map(function, items, ordered=False):
        if isinstance(outcome, Failure) and outcome.machine:
            log.warning("tried again later code=%s after=%s", outcome.code, outcome.detail)
            late.append(item)
        else:
            yield item, outcome
    yield from pool.map(function, late, ordered=False)


def counter(pool: Pool) -> run.Count:
    """How `run.accept` counts the pages of a file without opening it in this process."""

    def count(path: Path, name: str) -> int:
        ((_, outcome),) = _tried(pool, _count, [(path, name)])
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
