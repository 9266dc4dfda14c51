"""Exports under way: one at a time, each with a private folder of its own that does not outlive it."""

from __future__ import annotations

import logging
import os
import shutil
import threading
import zipfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from pipeline import exports, workbook
from pipeline.errors import Problem
from pipeline.forms import Forms
from pipeline.store import Store
from review_ui.exporting import words

log = logging.getLogger(__name__)
KEPT_SECONDS = 30 * 60.0  # that a finished file, or what was seen of it, waits to be taken
What: TypeAlias = Literal["preview", "write"]
State: TypeAlias = Literal["waiting", "running", "done", "failed"]


class StoppedError(Exception):
    """Nobody wants it any more."""


@dataclass
class Job:
    """One export or preview of one person."""

    what: What
    asked: exports.Asked
    suffix: str  # ".xlsx", ".csv" or ".parquet"
    folder: Path
    state: State = "waiting"
    seen: int = 0
    total: int = 0
    file: Path | None = None  # what is handed out
    preview: exports.Look | None = None
    summary: workbook.Summary | None = None
    problem: Problem | None = None
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def id(self) -> str:
        """Names it in addresses and in the audit log; not to be guessed."""
        return self.asked.id

    @property
    def under_way(self) -> bool:
        """Whether it still works, or waits for its turn."""
        return self.state in {"waiting", "running"}

    def step(self, seen: int, total: int) -> None:
        """Note how far it is; raises StoppedError when it is to end."""
        self.seen, self.total = min(seen, total), total
        if self.stopped.is_set():
            raise StoppedError


class Busy(Exception):
    """The person's last export is not finished."""


class Jobs:
    """All exports of a running application; kept in memory, since a file must not outlive the program."""

    def __init__(self, store: Store, forms: Forms) -> None:
        self._store, self._forms = store, forms
        self._private = store.settings.private
        self._jobs: dict[str, Job] = {}
        self._timers: list[threading.Timer] = []
        self._lock = threading.Lock()
        self._one = ThreadPoolExecutor(1, "export")
        _sweep(self._private)

    def start(self, what: What, asked: exports.Asked, suffix: str) -> Job:
        """Begin, in place of what the same person had before; raises Busy while that is under way."""
        job = Job(what, asked, suffix, self._private / f"{os.getpid()}-export-{asked.id}")
        with self._lock:
            own = [one for one in self._jobs.values() if one.asked.by == asked.by]
            if any(one.under_way for one in own):
                raise Busy
            for one in own:
                self._remove(one)
            self._jobs[job.id] = job
        self._one.submit(self._run, job)
        return job

    def get(self, by: str, job_id: str) -> Job | None:
        """A person's own export; None when there is none, or it is somebody else's."""
        found = self._jobs.get(job_id)
        return found if found is not None and found.asked.by == by else None

    def drop(self, job: Job) -> None:
        """End it and remove its file."""
        job.stopped.set()
        with self._lock:
            self._remove(job)

    def close(self) -> None:
        """End everything and remove every file."""
        for timer in self._timers:
            timer.cancel()
        for job in list(self._jobs.values()):
            self.drop(job)
        self._one.shutdown(wait=True, cancel_futures=True)

    def _remove(self, job: Job) -> None:
        self._jobs.pop(job.id, None)
        shutil.rmtree(job.folder, ignore_errors=True)

    def _run(self, job: Job) -> None:
        try:
            job.step(0, 0)
            job.state = "running"
            self._work(job)
            job.state = "done"
        except StoppedError:
            job.state = "failed"
        except Problem as problem:
            job.problem, job.state = problem, "failed"
        except Exception as error:  # noqa: BLE001  # the last line of a thread: a sentence, no value in the log
            log.log(logging.ERROR, "export failed: %s", type(error).__name__)
            job.problem, job.state = Problem("defect", words.DEFECT, words.DEFECT_TODO), "failed"
        self._end(job)

    def _work(self, job: Job) -> None:
        if job.what == "preview":
            job.preview = exports.preview(job.suffix, self._store, self._forms, job.asked, job.step)
            return
        job.folder.mkdir(mode=0o700, parents=True)
        out = job.folder / f"yomitori{job.suffix}"
        job.summary = exports.write(out, self._store, self._forms, job.asked, job.step)
        job.file = _one_file(job.summary.files)

    def _end(self, job: Job) -> None:
        """Nothing of what was stopped or failed stays; the rest stays for a while."""
        if job.state == "failed" or job.stopped.is_set():
            shutil.rmtree(job.folder, ignore_errors=True)
        timer = threading.Timer(KEPT_SECONDS, self.drop, [job])
        timer.daemon = True
        with self._lock:
            self._timers = [*(one for one in self._timers if one.is_alive()), timer]
            timer.start()


def _one_file(files: Sequence[Path]) -> Path:
    """The file, or all of them in one archive."""
    if len(files) == 1:
        return files[0]
    made = files[0].with_suffix(".zip")
    handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as raw, zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            archive.write(path, path.name)
            path.unlink()
    return made


def _sweep(private: Path) -> None:
    """Remove what a killed program left behind: it holds answers."""
    for folder in private.glob("*-export-*"):
        owner = folder.name.partition("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            shutil.rmtree(folder, ignore_errors=True)
