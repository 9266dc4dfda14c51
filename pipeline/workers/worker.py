"""One worker: takes jobs from the queue, reads their pages in guarded processes, and saves them here.

It outlives the database: when the connection is lost it connects again, and what it had begun is read by whoever
comes first. What it held when it died is given to others once it has been silent for `settings.worker_silence`.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

import procrastinate
import psycopg
from procrastinate import exceptions

from pipeline import run
from pipeline.errors import Problem
from pipeline.forms import Forms
from pipeline.settings import Settings
from pipeline.store import Store, dialect
from pipeline.workers import local, queue, queue_tables
from pipeline.workers.guarded import Pool

STOPS = (signal.SIGINT, signal.SIGTERM)
RECONNECT_S = 2.0
CONNECT_S = 10.0
BEATS = 3  # signs of life in the time after which a silent worker counts as dead
CARE_FIRST = 10  # priority of what keeps the queue going
AGAIN = procrastinate.RetryStrategy(max_attempts=10, exponential_wait=2)  # 2, 4, 8 … s: half an hour in all
Tell = Callable[[str], None]

log = logging.getLogger(__name__)


@dataclass
class Reader:
    """What reads the pages of a job."""

    pool: Pool
    store: Store
    forms: Forms
    stop: threading.Event = field(default_factory=threading.Event)
    problem: Problem | None = None  # this machine is at fault: the worker ends, and others go on

    def read(self, pages: queue.Stood) -> None:
        """Read those pages that stand as they stood; asked to stop, the rest goes back into the queue."""
        try:
            self._read(pages)
        except Problem as problem:
            if problem.code != dialect.FAILED[0]:  # that one is the database's, and passes
                self.problem = problem
            raise

    def _read(self, pages: queue.Stood) -> None:
        now = self.store.read_at(list(pages))
        due = {key: at for key, at in pages.items() if key in now and now[key] == at}
        self._see(due)
        again = any(at is not None for at in due.values())
        for task, _ in local.submit(self.pool, self.store, self.forms, list(due), again) if due else ():
            del due[task.page_id]
            if self.stop.is_set():
                break
        if due and self.stop.is_set():
            with self.store.writing() as change:
                queue.enter(change.connection, due)

    def _see(self, due: queue.Stood) -> None:
        """A machine that does not see the originals must not call them unreadable."""
        for path in {task.path for task in self.store.tasks(list(due))}:
            if not path.is_file():
                raise run.unseen(path)


def work(pool: Pool, store: Store, forms: Forms, tell: Tell) -> None:
    """Read what is in the queue until Ctrl+C or SIGTERM; the page under way is finished first.

    Raises:
        Problem: this machine cannot go on; its job goes to others.
    """
    queue_tables.ready(store)
    queue.sweep(store, given_up=True)
    reader = Reader(pool, store, forms)
    # One thread for the whole life of the pool: a child that is replaced ends with the thread that made it.
    with ThreadPoolExecutor(1) as thread:
        asyncio.run(_rounds(store.settings, reader, thread, tell))
    if reader.problem:
        raise reader.problem


async def _rounds(settings: Settings, reader: Reader, thread: ThreadPoolExecutor, tell: Tell) -> None:
    """Connect, work until something ends it, and connect again, until told to stop."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in STOPS:
        loop.add_signal_handler(number, functools.partial(_asked_to_stop, loop, stop, reader))
    while not stop.is_set() and not reader.problem:
        await _round(settings, reader, thread, stop)
        if not stop.is_set() and not reader.problem:
            tell("データベースとの接続が切れました。つなぎ直します。")
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), RECONNECT_S)


def _asked_to_stop(loop: asyncio.AbstractEventLoop, stop: asyncio.Event, reader: Reader) -> None:
    """The first signal ends between two pages; the second at once."""
    stop.set()
    reader.stop.set()
    for number in STOPS:
        loop.remove_signal_handler(number)


async def _round(settings: Settings, reader: Reader, thread: ThreadPoolExecutor, stop: asyncio.Event) -> None:
    """Work on one set of connections until it is lost, or until told to stop."""
    ended = asyncio.Event()
    running = asyncio.create_task(_serve(_app(settings, reader, thread, ended), settings))
    others = [asyncio.create_task(event.wait()) for event in (stop, ended)]
    await asyncio.wait([running, *others], return_when=asyncio.FIRST_COMPLETED)
    for task in (running, *others):
        task.cancel()
    # A lost connection ends the round; the next one tells whether it is there again.
    with suppress(asyncio.CancelledError, exceptions.ConnectorException, psycopg.Error):
        await running


async def _serve(app: procrastinate.App, settings: Settings) -> None:
    async with app.open_async():
        await app.run_worker_async(
            concurrency=1,
            delete_jobs="successful",
            install_signal_handlers=False,
            update_heartbeat_interval=settings.worker_silence / BEATS,
            stalled_worker_timeout=settings.worker_silence,
        )


def _app(settings: Settings, reader: Reader, thread: ThreadPoolExecutor, ended: asyncio.Event) -> procrastinate.App:
    """The tasks of a worker: reading, and looking after the queue."""
    app = procrastinate.App(connector=_connector(settings))

    @app.task(name=queue.READ, queue=queue.QUEUE, retry=AGAIN)
    async def read(pages: dict[str, str | None]) -> None:
        stood = {int(key): at for key, at in pages.items()}
        try:
            await asyncio.get_running_loop().run_in_executor(thread, reader.read, stood)
        except Problem:
            ended.set()
            raise

    _care(app, settings, reader)
    return app


def _care(app: procrastinate.App, settings: Settings, reader: Reader) -> None:
    """Periodic tasks. They take no `lock`: the one of a worker that died in the middle would never be free again."""
    every = max(1, int(settings.worker_silence) // BEATS)

    @app.periodic(cron=f"* * * * * */{every}" if every < 60 else "* * * * *")
    @app.task(name="rescue", queue=queue.CARE, queueing_lock="rescue", priority=CARE_FIRST)
    async def rescue(timestamp: int) -> None:
        """What died in the hands of a worker is taken up again; care that died is simply due anew."""
        del timestamp
        jobs = app.job_manager
        for job in await jobs.get_stalled_jobs(seconds_since_heartbeat=settings.worker_silence):
            # Somebody else may have been faster.
            with suppress(exceptions.ConnectorException):
                if job.queue == queue.QUEUE:
                    await jobs.retry_job(job)
                else:
                    await jobs.finish_job(job, procrastinate.jobs.Status.FAILED, delete_job=True)

    @app.periodic(cron="* * * * *")
    @app.task(name="sweep", queue=queue.CARE, queueing_lock="sweep", priority=CARE_FIRST)
    async def sweep(timestamp: int) -> None:
        del timestamp
        await asyncio.to_thread(queue.sweep, reader.store)


def _connector(settings: Settings) -> procrastinate.PsycopgConnector:
    conninfo = dialect.server_url(settings.database_url)
    return procrastinate.PsycopgConnector(conninfo=conninfo, min_size=1, max_size=3, timeout=CONNECT_S)
