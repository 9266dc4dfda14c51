"""What runs behind the screen: files are counted and pages read in guarded processes, one after the other.

One thread owns the processes. It starts with the first thing to do and ends when nothing came for a while.
"""

from __future__ import annotations

import functools
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from pipeline import forms as form_files
from pipeline import run, workers
from pipeline.errors import Problem
from pipeline.forms import Forms
from pipeline.settings import Settings
from pipeline.store import Part, Store, Task
from review_ui.intake import words

log = logging.getLogger(__name__)
IDLE_S = 120.0  # then the processes end
COUNT_S = 600.0  # for a file to be looked at, behind whatever is under way
What: TypeAlias = tuple[Path, str] | Task  # a file to be counted and its name, or a page to be read


@dataclass(frozen=True, eq=False)
class Asked:
    """Something that a person waits for: it goes before the pages that wait to be read."""

    what: What
    answer: Future[Any] = field(default_factory=Future)


def _do(what: What, forms: Forms) -> int | Part:
    """In the child: count the pages of a file, or read a page."""
    return run.read_page(what, forms) if isinstance(what, Task) else run.count(*what)


class Works:
    """Counting and reading for one running application."""

    def __init__(self, settings: Settings, store: Store, forms: Forms) -> None:
        self._settings, self._store, self._forms = settings, store, forms
        self._asked: deque[Asked] = deque()
        self._under_way: dict[int, Asked] = {}
        self._tried: set[int] = set()  # pages that a busy machine has stopped before
        self._lock = threading.Lock()
        self._stirred = threading.Event()
        self._closed = False
        self._thread: threading.Thread | None = None

    def count(self, path: Path, name: str) -> int:
        """How many pages a file has, as `run.take` asks for it; raises FileRefused."""
        outcome = self._ask((path, name)).result(COUNT_S)
        if isinstance(outcome, workers.Failure):
            raise run.refused(name, outcome.code)
        return int(outcome)

    def read(self, tasks: Sequence[Task]) -> list[Part]:
        """What lies on some pages, read now and not saved."""
        answers = [self._ask(task) for task in tasks]
        return [self._part(task, answer.result()) for task, answer in zip(tasks, answers, strict=True)]

    def _part(self, task: Task, outcome: Part | workers.Failure) -> Part:
        return run.failed(task, outcome.code) if isinstance(outcome, workers.Failure) else outcome

    def _ask(self, what: What) -> Future[Any]:
        asked = Asked(what)
        self._asked.append(asked)
        self.wake()
        return asked.answer

    def wake(self) -> None:
        """Something is to be done: a page waits to be read, or a person for an answer."""
        with self._lock:
            if self._closed:
                self._give_up(Problem("closed", words.STOPPED, words.STOPPED_TODO))
                return
            self._stirred.set()
            if self._thread is None:
                self._thread = threading.Thread(target=self._live, name="works", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """End everything; what waits to be read is read another time."""
        with self._lock:
            self._closed, thread = True, self._thread
            self._stirred.set()
        if thread is not None:
            thread.join()
        self._give_up(Problem("closed", words.STOPPED, words.STOPPED_TODO))

    def _start(self) -> Callable[[], Forms]:
        """How a child comes by the forms; in this very process they are at hand."""
        if self._settings.workers == 0:
            return lambda: self._forms
        return functools.partial(form_files.at_hand, self._settings)

    def _live(self) -> None:
        with workers.pool(self._settings, self._start()) as pool:
            while self._wanted():
                self._work(pool)

    def _work(self, pool: workers.Pool) -> None:
        try:
            for what, outcome in pool.map(_do, self._items(), ordered=False):
                self._settle(what, outcome)
        except Problem as problem:
            log.warning("reading stopped code=%s", problem.code)
            self._give_up(problem)
        except Exception as error:  # noqa: BLE001  # the last line of a thread: the next thing is tried again
            log.log(logging.ERROR, "reading stopped: %s", type(error).__name__)
            self._give_up(Problem("defect", words.STOPPED, words.STOPPED_TODO))

    def _wanted(self) -> bool:
        """Wait for something to do; False when it is time to end."""
        self._stirred.wait(IDLE_S)
        with self._lock:
            came = self._stirred.is_set()
            self._stirred.clear()
            if self._closed or not came:
                self._thread = None
                return False
            return True

    def _items(self) -> Iterator[What]:
        """What a person waits for first, then the pages that wait, as long as there are any."""
        seen: set[int] = set()
        while not self._stopped():
            yield from self._first()
            # Where workers elsewhere read what is accepted, only what a person waits for is done here.
            every = [] if workers.queued(self._store) else self._store.waiting()
            waiting = [task for task in every if task.page_id not in seen]
            if not waiting:
                return
            for task in waiting:
                yield from self._first()
                if self._stopped():
                    return
                seen.add(task.page_id)
                yield task

    def _stopped(self) -> bool:
        return self._closed

    def _first(self) -> Iterator[What]:
        while self._asked:
            asked = self._asked.popleft()
            self._under_way[id(asked.what)] = asked
            yield asked.what

    def _settle(self, what: What, outcome: int | Part | workers.Failure) -> None:
        asked = self._under_way.pop(id(what), None)
        if asked is not None:
            asked.answer.set_result(outcome)
        elif isinstance(what, Task) and not isinstance(outcome, int) and not self._again(what, outcome):
            run.saved(what, self._part(what, outcome), self._store, self._forms)

    def _again(self, task: Task, outcome: Part | workers.Failure) -> bool:
        """Whether a page is to be tried once more, since a busy machine may have been what stopped it."""
        if not isinstance(outcome, workers.Failure) or not outcome.machine or task.page_id in self._tried:
            return False
        self._tried.add(task.page_id)
        self._stirred.set()
        return True

    def _give_up(self, why: Problem) -> None:
        """Whoever waits hears that there will be no answer."""
        every = [*self._under_way.values(), *self._asked]
        self._under_way.clear()
        self._asked.clear()
        for asked in every:
            asked.answer.set_exception(why)
