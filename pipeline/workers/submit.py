"""Files taken in and pages read, by this process or by workers on any machine: `settings.engine` says which."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from pipeline import run
from pipeline.forms import Forms
from pipeline.store import Part, Store, Task
from pipeline.workers import local
from pipeline.workers.guarded import Pool


def queued(store: Store) -> bool:
    """Whether workers elsewhere read what is accepted, so that nobody here has to."""
    return store.settings.engine != "local"


def accept(
    pool: Pool, store: Store, paths: Iterable[Path], batch: str | None = None, actor: str | None = None
) -> Iterator[run.Arrival]:
    """`run.accept`, with files opened in the pool, and pages entered for the workers in the same transaction."""
    return run.accept(paths, store, batch, actor, local.counter(pool), enqueuer(store))


def enqueuer(store: Store) -> run.Enqueue:
    """How accepted pages are entered for whoever reads them."""
    if not queued(store):
        return run.in_turn
    from pipeline.workers import queue, queue_tables  # noqa: PLC0415 - one office in many has a queue

    queue_tables.ready(store)
    return queue.enqueue


def submit(
    pool: Pool, store: Store, forms: Forms, page_ids: Collection[int] | None = None, again: bool = False
) -> Iterator[tuple[Task, Part]]:
    """Read accepted pages that have no result yet; each is in the store by the time it is handed on.

    The store is the work list: killed at any moment and called again, this goes on with what is left. One page's
    failure, in its reading or in its saving, is that page's alone.

    Args:
        pool: with a `start` that loads the forms; not used where workers elsewhere read.
        store: where the pages are.
        forms: the same forms, for joining and judging.
        page_ids: only these pages.
        again: the pages of `page_ids` that have a result, too; what a person settled stays, and a page that cannot
            be read now keeps the result that it has.

    Raises:
        StoreProblem: nothing can be saved at all, as on a full disk; what is left waits.
        ProgramMissing: workers elsewhere shall read, and none is there.
    """
    if queued(store):
        from pipeline.workers import queue  # noqa: PLC0415 - one office in many has a queue

        return queue.submit(store, page_ids, again)
    return local.submit(pool, store, forms, page_ids, again)
