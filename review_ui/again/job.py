"""One reading again at a time: the new readings wait in the private folder until a person has seen what they change."""

from __future__ import annotations

import logging
import os
import pickle
import secrets
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal, TypeAlias

from pipeline import model, review, run
from pipeline.errors import Problem
from pipeline.forms import Forms
from pipeline.store import Part, Store
from review_ui.again import words
from review_ui.intake.works import Works

log = logging.getLogger(__name__)
AT_ONCE = 4  # records handed to the reading processes together
State: TypeAlias = Literal["looking", "found", "applying", "done", "failed"]


class Busy(Exception):
    """Another reading again is under way."""


@dataclass
class Job:
    """One reading again."""

    form: model.FormKey | None
    by: str
    spool: Path
    state: State = "looking"
    seen: int = 0
    total: int = 0
    differences: list[review.Difference] = field(default_factory=list)
    problem: Problem | None = None
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def under_way(self) -> bool:
        """Whether it works."""
        return self.state in {"looking", "applying"}


class Jobs:
    """The reading again of a running application, if there is one."""

    def __init__(self, store: Store, forms: Forms, works: Works) -> None:
        self._store, self._forms, self._works = store, forms, works
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self.job: Job | None = None
        for left in store.settings.private.glob("*.again"):
            _remove_if_orphan(left)

    def look(self, form: model.FormKey | None, by: str) -> Job:
        """Begin to find out what would change; raises Busy."""
        with self._lock:
            if self.job is not None and self.job.state in {"looking", "applying", "found"}:
                raise Busy
            private = self._store.settings.private
            private.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.job = Job(form, by, private / f"{os.getpid()}-{secrets.token_hex(8)}.again")
            self._begin(self._look, self.job)
            return self.job

    def apply(self, job: Job) -> None:
        """Save what was read; nothing happens unless it waits for that."""
        with self._lock:
            if job.state == "found":
                job.state, job.seen = "applying", 0
                self._begin(self._apply, job)

    def drop(self) -> None:
        """End it; what is saved stays saved, nothing else does."""
        job = self.job
        if job is None:
            return
        job.stopped.set()
        if self._thread is not None:
            self._thread.join()
        job.spool.unlink(missing_ok=True)
        self.job = None

    close = drop

    def _begin(self, work: object, job: Job) -> None:
        self._thread = threading.Thread(target=self._guarded, args=(work, job), name="again", daemon=True)
        self._thread.start()

    def _guarded(self, work: object, job: Job) -> None:
        try:
            if callable(work):
                work(job)
        except Problem as problem:
            job.problem, job.state = problem, "failed"
        except Exception as error:  # noqa: BLE001  # the last line of a thread: a sentence, no value in the log
            log.log(logging.ERROR, "reading again failed: %s", type(error).__name__)
            job.problem, job.state = Problem("defect", words.DEFECT, words.DEFECT_TODO), "failed"

    def _look(self, job: Job) -> None:
        groups = self._store.read_as(job.form)
        job.total = len(groups)
        with os.fdopen(os.open(job.spool, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as spool:
            for some in _chunks(groups, AT_ONCE):
                if job.stopped.is_set():
                    return
                self._compare(job, self._read(some), spool)
        job.state = "found"

    def _compare(self, job: Job, read: list[list[Part]], spool: BinaryIO) -> None:
        for parts in read:
            found = run.would_change(parts, self._store, self._forms)
            job.differences += found
            job.seen += 1
            if found:
                pickle.dump(parts, spool)

    def _read(self, groups: Sequence[Sequence[int]]) -> list[list[Part]]:
        tasks = [run.again(self._store, page_id) for group in groups for page_id in group]
        parts = {part.page_id: part for part in self._works.read(tasks)}
        return [[parts[page_id] for page_id in group] for group in groups]

    def _apply(self, job: Job) -> None:
        job.total = len({one.record for one in job.differences})
        for parts in _kept(job.spool):
            if job.stopped.is_set():
                return
            for part in parts:
                run.save(part, self._store, self._forms, again=True)
            job.seen = min(job.seen + 1, job.total)
        job.spool.unlink(missing_ok=True)
        job.state = "done"


def _kept(spool: Path) -> Iterator[list[Part]]:
    with spool.open("rb") as file:
        while True:
            try:
                # Our own file, readable by nobody else, written by this very process.
                yield pickle.load(file)  # noqa: S301  # written by this very process
            except EOFError:
                return


def _chunks(groups: Sequence[list[int]], size: int) -> Iterator[Sequence[list[int]]]:
    return (groups[start : start + size] for start in range(0, len(groups), size))


def _remove_if_orphan(path: Path) -> None:
    """Remove what a killed program left behind: it holds answers."""
    owner = path.name.partition("-")[0]
    if owner.isdigit() and not Path(f"/proc/{owner}").exists():
        path.unlink(missing_ok=True)
