"""The work list in PostgreSQL: pages wait as Procrastinate jobs, entered in the transaction that accepts them.

What a job names is read at most once: beside each page stands when it was last read as the job was entered, and the
page is passed over when that has changed. So a job may run again, or twice at once, without a second effect.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping
from typing import Any, TypeAlias

import procrastinate
from sqlalchemy import Connection, select, text

from pipeline.errors import ProgramMissing
from pipeline.store import Part, Store, Task, dialect
from pipeline.store.tables import page, scan
from pipeline.store.writing import Writing
from pipeline.workers import queue_tables

QUEUE, CARE = "pages", "care"  # reading, and looking after the queue itself
READ = "read"  # the task's name
PAGES_A_JOB = 20  # a job costs some 5 ms, so the pages of a file share one
POLL_S = 0.5
LOOKED_AT = 500  # pages asked after at a time
UNHELD = text("""
    SELECT id, NULL FROM page
    WHERE read_at IS NULL AND id NOT IN (
        SELECT jsonb_object_keys(args->'pages')::bigint FROM procrastinate_jobs
        WHERE task_name = :task AND status::text = ANY(:kept)
    )
    ORDER BY id
""")
GIVEN_UP = text("DELETE FROM procrastinate_jobs WHERE task_name = :task AND status = 'failed'")
ALIVE = text(
    "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => :silence)"
)
Stood: TypeAlias = Mapping[int, str | None]  # page → when it was last read as the job was entered; None: never

_app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())  # never opened: it enters on our connections


def enter(connection: Connection, pages: Stood) -> None:
    """Enter pages as jobs; they are there when, and only when, the connection's transaction ends well."""
    keys = list(pages)
    jobs: list[dict[str, Any]] = [
        {"pages": {str(key): pages[key] for key in keys[first : first + PAGES_A_JOB]}}
        for first in range(0, len(keys), PAGES_A_JOB)
    ]
    if jobs:
        driver = connection.connection.driver_connection
        _app.configure_task(READ, queue=QUEUE, connection=driver).batch_defer(*jobs)


def enqueue(change: Writing, sha256: str) -> None:
    """How `run.accept` enters the pages of a file."""
    rows = change.connection.execute(
        select(page.c.id).join(scan).where(scan.c.sha256 == sha256).order_by(page.c.number)
    )
    enter(change.connection, dict.fromkeys(rows.scalars()))


def sweep(store: Store, *, given_up: bool = False) -> None:
    """Enter waiting pages that no job names: of a store that was moved here, or accepted by somebody without a queue.

    Args:
        store: with the queue in its database.
        given_up: pages whose job failed for good, too; their jobs go.
    """
    kept = ["todo", "doing"] if given_up else ["todo", "doing", "failed"]
    with store.writing() as change:
        dialect.lock(change.connection, ["sweep"])
        rows = change.connection.execute(UNHELD, {"task": READ, "kept": kept})
        enter(change.connection, {row[0]: None for row in rows})
        if given_up:
            change.connection.execute(GIVEN_UP, {"task": READ})


def submit(store: Store, page_ids: Collection[int] | None, again: bool) -> Iterator[tuple[Task, Part]]:
    """Have workers read pages, and hand on each as soon as the records say that it was read."""
    queue_tables.ready(store)
    tasks = [store.task(page_id) for page_id in page_ids or ()] if again else store.waiting(page_ids)
    stood: Stood = dict.fromkeys([task.page_id for task in tasks])
    if again:
        stood = store.read_at(list(stood))
        with store.writing() as change:
            enter(change.connection, stood)
    else:
        sweep(store)
    yield from _followed(store, {task.page_id: task for task in tasks}, stood)


def _followed(store: Store, left: dict[int, Task], stood: Stood) -> Iterator[tuple[Task, Part]]:
    heard = time.monotonic()
    while left:
        some = list(left)[:LOOKED_AT]
        now = store.read_at(some)
        done = [key for key in some if now.get(key) != stood[key]]
        for key in done:
            yield left.pop(key), store.part(key)
        if done:
            heard = time.monotonic()
            continue
        if time.monotonic() - heard > store.settings.worker_silence and not alive(store):
            raise nobody(len(left))
        time.sleep(POLL_S)


def alive(store: Store) -> int:
    """How many workers gave a sign of life lately."""
    with store.reading() as connection:
        return int(connection.execute(ALIVE, {"silence": store.settings.worker_silence}).scalar_one())


def nobody(waiting: int) -> ProgramMissing:
    """The problem that pages wait and no worker is there."""
    return ProgramMissing(
        "no-worker",
        f"{waiting} ページが待っていますが、読み取りを受け持つワーカーが動いていません。受け取ったものは失われません。",
        "yomitori worker を始めてください。続きから読みます。",
    )
