"""The queue in PostgreSQL: accepted work has exactly one effect, whoever dies meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from pipeline import run, store, workers
from pipeline.errors import ProgramMissing, StoreProblem, UsageProblem
from pipeline.settings import Settings
from pipeline.store import Store
from pipeline.store.writing import Writing
from pipeline.workers import queue, queue_tables
from pipeline.workers.worker import Reader
from tests import processes
from tests.postgres import Cluster, server
from tests.run import papers
from tests.run.papers import back, front, note, scan, stations

__all__ = ["server", "stations"]

SILENCE_S = 3.0  # after which a dead worker's job goes to others
LONG_S = 120.0  # never waited for unless something is broken


@pytest.fixture
def settings(server: Cluster, tmp_path: Path) -> Settings:
    """Settings of an empty office with a queue."""
    return Settings(
        data=tmp_path / "data", database=server.database(), engine="procrastinate", worker_silence=SILENCE_S
    )


@pytest.fixture
def office(settings: Settings, stations: None) -> Iterator[Store]:
    """Its store, with the queue's tables; its ledger balances in the end."""
    with papers.balanced(settings) as opened:
        queue_tables.ready(opened)
        yield opened


def _accepted(office: Store, *paths: Path) -> list[run.Arrival]:
    with workers.pool(office.settings, workers=0) as pool:
        return list(workers.accept(pool, office, paths))


def _jobs(office: Store) -> list[dict[str, Any]]:
    """What each job says of its pages."""
    with office.reading() as connection:
        return list(connection.execute(text("SELECT args->'pages' FROM procrastinate_jobs ORDER BY id")).scalars())


def test_pages_are_entered_when_they_are_accepted(office: Store, tmp_path: Path) -> None:
    """A file's pages stand in the queue once, twenty a job; a duplicate and a refused file bring none."""
    (tmp_path / "z.pdf").write_bytes(b"no scan")
    path = scan(tmp_path, "a.pdf", [[note(str(n))] for n in range(45)])
    assert [one.kind for one in _accepted(office, path, path, tmp_path / "z.pdf")] == [
        "accepted",
        "duplicate",
        "refused",
    ]
    jobs = _jobs(office)
    assert [len(pages) for pages in jobs] == [20, 20, 5]
    ids = [task.page_id for task in office.waiting()]
    assert {int(key) for pages in jobs for key in pages} == set(ids)
    assert {at for pages in jobs for at in pages.values()} == {None}


def test_what_is_not_accepted_is_not_entered(office: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the accepting transaction fails after the jobs were entered, neither pages nor jobs are there."""

    def enters_and_fails(change: Writing, sha256: str) -> None:
        queue.enqueue(change, sha256)
        raise InterruptedError

    path = scan(tmp_path, "a.pdf", [[note("1")]])
    with pytest.raises(InterruptedError):
        list(run.accept([path], office, enqueue=enters_and_fails))
    assert (office.counts().files, _jobs(office)) == (0, [])
    _accepted(office, path)
    assert len(_jobs(office)) == 1


@contextmanager
def _reader(office: Store) -> Iterator[Reader]:
    with workers.pool(office.settings, papers.forms, 0) as pool:
        yield Reader(pool, office, papers.forms())


def test_a_job_that_runs_twice_has_one_effect(office: Store, tmp_path: Path) -> None:
    """Pages that were read since the job was entered are passed over, also by a job that asked to read them again."""
    _accepted(office, scan(tmp_path, "a.pdf", [[note("1")], [note("2")]]))
    first: queue.Stood = {task.page_id: None for task in office.waiting()}
    with _reader(office) as reader:
        for _ in range(2):
            reader.read({**first, 999: None})
        again = office.read_at(list(first))
        for _ in range(2):
            reader.read(again)
    kinds = Counter(line.kind for line in office.ledger())
    assert kinds == {"accepted": 1, "read": 4}
    assert office.counts().records == {"accepted": 2}


def test_asked_to_stop_the_rest_goes_back(office: Store, tmp_path: Path) -> None:
    """The page under way is finished, and the others of its job are entered anew."""
    _accepted(office, scan(tmp_path, "a.pdf", [[note(str(n))] for n in range(5)]))
    (pages,) = _jobs(office)
    with _reader(office) as reader:
        reader.stop.set()
        reader.read({int(key): at for key, at in pages.items()})
    assert office.counts().waiting == 4
    assert set(_jobs(office)[-1]) == {str(task.page_id) for task in office.waiting()}


def test_a_machine_that_does_not_see_the_originals_says_nothing_of_them(office: Store, tmp_path: Path) -> None:
    """A folder that is not mounted ends the worker; the pages wait for one that sees them."""
    _accepted(office, scan(tmp_path, "a.pdf", [[note("1")]]))
    hidden = office.settings.vault.rename(tmp_path / "hidden")
    with _reader(office) as reader, pytest.raises(StoreProblem, match="original-unseen"):
        reader.read({task.page_id: None for task in office.waiting()})
    assert reader.problem is not None
    hidden.rename(office.settings.vault)
    assert office.counts().waiting == 1


def test_pages_without_a_job_are_swept_up(office: Store, tmp_path: Path) -> None:
    """What was accepted without a queue is entered once; what failed for good waits for the next start of a worker."""
    list(run.accept([scan(tmp_path, "a.pdf", [[note("1")], [note("2")]])], office))
    for _ in range(2):
        queue.sweep(office)
    assert [len(pages) for pages in _jobs(office)] == [2]
    with office.writing() as change:
        change.connection.execute(text("UPDATE procrastinate_jobs SET status = 'failed'"))
    queue.sweep(office)
    assert len(_jobs(office)) == 1
    queue.sweep(office, given_up=True)
    with office.reading() as connection:
        assert connection.execute(text("SELECT status FROM procrastinate_jobs")).scalars().all() == ["todo"]


def test_without_a_worker_the_one_who_waits_is_told(
    office: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for ever: after the silence the problem says what to start, and the work stays."""
    monkeypatch.setattr(queue, "POLL_S", 0.01)
    monkeypatch.setattr(time, "monotonic", iter(range(0, 1000, 2)).__next__)
    _accepted(office, scan(tmp_path, "a.pdf", [[note("1")]]))
    with workers.pool(office.settings, papers.forms, 0) as pool, pytest.raises(ProgramMissing, match="no-worker"):
        list(workers.submit(pool, office, papers.forms()))
    assert (office.counts().waiting, len(_jobs(office))) == (1, 1)


def test_a_queue_needs_postgresql(tmp_path: Path, stations: None) -> None:
    """With the store in SQLite the setting is refused before anything is accepted."""
    with store.open(Settings(data=tmp_path / "data", engine="procrastinate"), create=True) as opened:
        with pytest.raises(UsageProblem, match="engine-needs-server"):
            _accepted(opened, scan(tmp_path, "a.pdf", [[note("1")]]))
        assert opened.counts().files == 0


def test_tables_of_another_version_are_refused_until_migrated(office: Store) -> None:
    """An older queue is left alone until it is brought up to date, and then as good as new."""
    newest = queue_tables._newest()
    with office.writing() as change:
        queue_tables._run(change.connection, "COMMENT ON TABLE procrastinate_jobs IS '00'")
    with pytest.raises(StoreProblem, match="store-old"):
        queue_tables.ready(office)
    with office.writing() as change:
        before = queue_tables._migrations()[-2].stem
        undone = "DROP FUNCTION IF EXISTS procrastinate_retry_job_v2; "
        queue_tables._run(change.connection, f"{undone}COMMENT ON TABLE procrastinate_jobs IS '{before}'")
    queue_tables.migrate(office)
    queue_tables.ready(office)
    with office.reading() as connection:
        assert queue_tables._stands(connection) == newest


class Crew:
    """Workers as processes of their own."""

    def __init__(self, settings: Settings) -> None:
        given = ("data", "database", "engine", "worker_silence")
        self._environment = os.environ | {f"YOMITORI_{name.upper()}": str(getattr(settings, name)) for name in given}
        self.members: list[subprocess.Popen[bytes]] = []

    def hire(self) -> subprocess.Popen[bytes]:
        """Start one."""
        command = [sys.executable, "-m", "tests.workers.believing"]
        self.members.append(subprocess.Popen(command, env=self._environment, cwd=Path(__file__).parents[2]))
        return self.members[-1]

    def dismiss(self) -> list[int]:
        """Ask all that are left to stop; how they ended."""
        for one in self.members:
            one.send_signal(signal.SIGTERM)
        return [one.wait(LONG_S) for one in self.members]


def _stack(folder: Path) -> list[Path]:
    """Sides of a sheet in several files, doubtful ones, unknown ones, refused pages: 200 pages in 16 files."""
    made = []
    for number in range(15):
        fronts = [[front(f"{number}-{n}", sure=n % 3 > 0)] for n in range(6)]
        backs = [[back(f"{(number + 1) % 15}-{n}")] for n in range(5)]
        made.append(scan(folder, f"{number}.pdf", [*fronts, [], "refused", *backs]))
    return [
        *made,
        scan(folder, "last.pdf", [[note("1")], [note("1", side="rear")], *([[note(str(n))] for n in range(2, 5)])]),
    ]


def test_killed_workers_and_a_killed_database_lose_nothing(office: Store, server: Cluster, tmp_path: Path) -> None:
    """Three workers, one killed in the middle of a job, PostgreSQL stopped at once: the records of a quiet run."""
    paths = _stack(tmp_path / "stack")
    with store.open(Settings(data=tmp_path / "quiet"), create=True) as opened:
        papers.ingest(opened, *paths)
        quiet = papers.without_gaps(papers.dump(opened))
    crew = Crew(office.settings)
    try:
        victim, *_ = [crew.hire() for _ in range(3)]
        _accepted(office, *paths[:8])
        processes.until(lambda: office.counts().waiting < 80)
        victim.kill()
        victim.wait()
        crew.members.remove(victim)
        _accepted(office, *paths[8:])
        processes.until(lambda: office.counts().waiting < 100)
        server.stop_at_once()
        time.sleep(1)
        server.start()
        processes.until(lambda: office.counts().waiting == 0)
        endings = crew.dismiss()
    finally:
        for one in crew.members:
            one.kill()
            one.wait(LONG_S)
    assert endings == [0, 0]
    assert papers.without_gaps(papers.dump(office)) == quiet
    read = Counter((line.sha256, line.page) for line in office.ledger() if line.kind == "read")
    assert (len(read), set(read.values())) == (len(quiet["pages"]), {1})
    assert _jobs(office) == []
