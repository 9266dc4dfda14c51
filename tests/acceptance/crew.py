"""Workers on PostgreSQL, for real: `make accept-workers` kills some, `make bench-queue` says what a page costs."""

from __future__ import annotations

import argparse
import functools
import os
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import forms as form_files
from pipeline import store, workers
from pipeline.cli import reading
from pipeline.forms.load import SHIPPED
from pipeline.settings import Settings
from pipeline.store import Store
from samples import stacks
from samples.__main__ import sources
from tests.postgres import Cluster, cluster
from tests.run import papers

LONG_S = 1800.0  # never waited for unless something is broken
SETTLING_S = 8.0  # for processes that were started to have loaded what they load
LOCAL = "pool, SQLite"
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Draw a stack, then do what was asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["kill", "cost"])
    parser.add_argument("--count", type=int, default=40, help="sheets")
    parser.add_argument("--rounds", type=int, default=6, help="of the comparison")
    parser.add_argument("--per-file", type=int, default=12, help="pages in a file")
    parser.add_argument("--out", type=Path, default=Path("out/crew"))
    asked = parser.parse_args()
    shutil.rmtree(asked.out, ignore_errors=True)
    known = form_files.load([SHIPPED], asked.out / "blanks")
    drawn = {"blanks": sources([SHIPPED]), "progress": stacks.to_stderr, "per_file": asked.per_file}
    stacks.stack(known, asked.out / "scans", 1, asked.count, **drawn).unlink()
    scans = sorted((asked.out / "scans").iterdir())
    with cluster() as server:
        sys.exit(_kill(asked.out, scans, server) if asked.what == "kill" else _cost(asked, scans, server))


def _office(out: Path, name: str, server: Cluster | None, engine: str = "local") -> Settings:
    made = Settings(data=out / name, database=server.database() if server else None, worker_silence=5, workers=1)
    return made.model_copy(update={"engine": engine})


@contextmanager
def _workers(where: Settings, count: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """`yomitori worker` so many times; what is left is asked to stop and waited for."""
    given = {name: str(getattr(where, name)) for name in ("data", "database", "engine", "worker_silence")}
    environment = os.environ | {f"YOMITORI_{name.upper()}": value for name, value in given.items()}
    command = [sys.executable, "-m", "pipeline.cli", "worker", "--workers", "1"]
    crew = [subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) for _ in range(count)]
    try:
        yield crew
    finally:
        for one in crew:
            one.send_signal(signal.SIGTERM)
            one.wait(120)


def _until(true: Callable[[], bool], step: float = 0.1) -> None:
    end = time.monotonic() + LONG_S
    while not true():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(step)


# ── Killed


def _kill(out: Path, scans: list[Path], server: Cluster) -> int:
    quiet = _office(out, "quiet", None)
    with store.open(quiet, create=True) as opened:
        reading.taken_in(quiet, opened, scans)
        wanted = papers.without_gaps(papers.dump(opened))
    print(f"quiet run: {len(wanted['records'])} records of {len(wanted['pages'])} pages")
    where = _office(out, "killed", server, "procrastinate")
    with store.open(where, create=True) as opened, _workers(where, 3) as crew:
        _accepted(where, opened, scans)
        pages = opened.counts().waiting
        _until(lambda: opened.counts().waiting < pages * 3 / 4)
        crew[0].kill()
        print(f"one of three workers killed with {opened.counts().waiting} pages waiting")
        _until(lambda: opened.counts().waiting < pages / 2)
        print(f"PostgreSQL stopped at once with {opened.counts().waiting} pages waiting")
        server.stop_at_once()
        time.sleep(2)
        server.start()
        _until(lambda: opened.counts().waiting == 0)
        return _compared(opened, wanted)


def _compared(opened: Store, wanted: dict[str, Any]) -> int:
    same = papers.without_gaps(papers.dump(opened)) == wanted
    found = store.verify(opened)
    twice = [
        n for n in Counter((one.sha256, one.page) for one in opened.ledger() if one.kind == "read").values() if n > 1
    ]
    print(f"records {'equal' if same else 'DIFFERENT'}, verify {found or 'clean'}, pages read twice {len(twice)}")
    return 0 if same and not found and not twice else 1


def _accepted(where: Settings, opened: Store, scans: list[Path]) -> None:
    """Take files in without reading them."""
    with workers.pool(where, None, 1) as pool:
        list(workers.accept(pool, opened, scans))


# ── Cost


@dataclass(frozen=True)
class Spent:
    """CPU seconds."""

    reading: float  # by the processes in which pages are opened and read: the same code whoever feeds them
    around: float  # by all others: taking in, queueing, saving, the database server

    @property
    def whole(self) -> float:
        """Both."""
        return self.reading + self.around

    def less(self, other: Spent) -> Spent:
        """What was spent since."""
        return Spent(self.reading - other.reading, self.around - other.around)


def _cost(asked: argparse.Namespace, scans: list[Path], server: Cluster) -> int:
    """CPU of the same stack taken in and read in turn three ways, processes started and forms loaded before."""
    ways = {LOCAL: (None, "local"), "pool, PostgreSQL": (server, "local"), "queue": (server, "procrastinate")}
    rounds = [_round(asked.out / str(number), ways, number, scans, server) for number in range(asked.rounds)]
    page = statistics.median(one[LOCAL].reading + one[LOCAL].around for one in rounds)
    reading = [spent.reading for one in rounds for spent in one.values()]
    print(f"a page in the local pool: median {page:.1f} ms; reading alone {min(reading):.1f} to {max(reading):.1f}")
    for name in ways:
        around = [one[name].around for one in rounds]
        print(f"{name:18} all around reading: median {statistics.median(around):.1f} ms a page")
    for name in list(ways)[1:]:
        print(f"{name} more than {LOCAL}, of a page:")
        print(f"  all around reading {_interval([one[name].around - one[LOCAL].around for one in rounds], page)}")
        print(f"  reading too        {_interval([one[name].whole - one[LOCAL].whole for one in rounds], page)}")
    return 0


def _round(
    out: Path, ways: dict[str, tuple[Cluster | None, str]], number: int, scans: list[Path], server: Cluster
) -> dict[str, Spent]:
    """CPU ms a page of each way, one straight after the other; who comes first changes from round to round."""
    found = {}
    for name in [*list(ways)[number % len(ways) :], *list(ways)[: number % len(ways)]]:
        where, engine = ways[name]
        office = _office(out, f"{engine}-{bool(where)}", where, engine)
        pages, spent = (_queued if engine != "local" else _here)(office, scans, server)
        found[name] = Spent(spent.reading / pages * 1000, spent.around / pages * 1000)
        print(
            f"{name:18} ms a page: reading {found[name].reading:6.1f}, all around {found[name].around:6.1f}", flush=True
        )
    return found


def _interval(differences: list[float], page: float) -> str:
    """Median of paired differences as a share of a page, and the range that holds the true one.

    Of n differences all lie on one side of it with a chance of 2 / 2^n (sign test; Conover, Practical Nonparametric
    Statistics, 3.2).
    """
    low, high, sure = min(differences), max(differences), 1 - 2 / 2 ** len(differences)
    return f"{statistics.median(differences) / page:+.1%} ({low / page:+.1%} to {high / page:+.1%}, {sure:.0%} sure)"


def _here(where: Settings, scans: list[Path], server: Cluster) -> tuple[int, Spent]:
    """Pages, and what they cost with the local pool of one process."""
    known = form_files.load([SHIPPED], where.blanks)
    start = functools.partial(form_files.load, [SHIPPED], where.blanks)
    with store.open(where, create=True) as opened, workers.pool(where, start, 1) as pool:
        time.sleep(SETTLING_S)
        before = _spent(server, os.getpid())
        list(workers.accept(pool, opened, scans))
        pages = sum(1 for _ in workers.submit(pool, opened, known))
        return pages, _spent(server, os.getpid()).less(before)


def _queued(where: Settings, scans: list[Path], server: Cluster) -> tuple[int, Spent]:
    """The same with one worker that reads in one process."""
    with store.open(where, create=True) as opened, workers.pool(where, None, 1) as pool, _workers(where, 1) as crew:
        time.sleep(SETTLING_S)
        pids = (os.getpid(), crew[0].pid)
        before = _spent(server, *pids)
        list(workers.accept(pool, opened, scans))
        _until(lambda: opened.counts().waiting == 0, step=1)
        return opened.counts().pages, _spent(server, *pids).less(before)


def _spent(server: Cluster, *roots: int) -> Spent:
    """What these processes, those below them and the server have used, those that ended included."""
    stats = [path.read_text().rpartition(")") for path in Path("/proc").glob("[0-9]*/stat") if _there(path)]
    fields = {int(name.split()[0]): after.split() for name, _, after in stats}
    around = {*roots, *_below({server.pid}, fields)}
    # A worker is a child of this process and no reading process; what it and this one reaped is counted with them.
    reading_pids = _below(set(roots), fields) - around
    return Spent(_seconds(reading_pids, fields), _seconds(around, fields))


def _below(roots: set[int], fields: dict[int, list[str]]) -> set[int]:
    """Processes, and all below them."""
    found = set(roots)
    while more := {pid for pid, values in fields.items() if int(values[1]) in found} - found:
        found |= more
    return found


def _seconds(pids: set[int], fields: dict[int, list[str]]) -> float:
    return sum(sum(map(int, fields[pid][11:15])) for pid in pids if pid in fields) / TICKS


def _there(stat: Path) -> bool:
    return stat.exists()


if __name__ == "__main__":
    main()
