"""Where work runs: persistent child processes, each limited and watched, so that no file can take the program down.

A child may die, hang, or ask for too much memory: its item gets that verdict, another child takes its place and the
batch goes on. Everything a child started dies with it, and all children die with the program.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import resource
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing import connection, get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Generic, TypeVar

from pipeline import errors
from pipeline.settings import Settings
from pipeline.workers.clocks import Clock, address_space

Item = TypeVar("Item")
Result = TypeVar("Result")
log = logging.getLogger(__name__)

START_S = 60.0  # for a child to load its libraries
DYING_S = 1.0  # for a child that closed its pipe to be gone
TICK_S = 0.25  # how often the parent looks at the clocks
CPU_SHARE = 2 / 3  # of the limit: a file that burns is stopped earlier than one that waits for a slow disk
WINDOW = 4  # items under way or waiting for their turn, per child
ONE_THREAD = dict.fromkeys(("OMP_THREAD_LIMIT", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
PR_SET_PDEATHSIG = 1
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
KEEP_BYTES = 1 << 30  # freed pages stay with the child: an A3 page costs 4,700 page faults fewer
GROWN = 0.85  # of its limit: a child whose heap has grown so far in pieces of many sizes makes way for a new one
OUT_OF_MEMORY = "Insufficient memory"  # how OpenCV says it


@dataclass(frozen=True)
class Failure:
    """What became of an item without a result."""

    code: str  # crashed · timeout · out-of-memory, or the code of an errors.FileRefused
    detail: str = ""  # for the log: where, or which signal; nothing of the item's contents
    machine: bool = False  # a busy machine may have been the cause: worth a second try


@dataclass(frozen=True)
class Limits:
    """What one item may cost."""

    own_s: float  # seconds; those in which it waited for a processor do not count
    memory: int  # bytes of address space of a child, its libraries included

    @property
    def cpu_s(self) -> float:
        """Processor seconds, children that ended included."""
        return self.own_s * CPU_SHARE


@dataclass(eq=False)
class _Child:
    """One process and what it is doing."""

    process: Any  # multiprocessing's SpawnProcess
    pipe: Connection
    folder: Path  # its temporary pictures
    ready: bool = False
    index: int | None = None  # of the item under way
    clock: Clock | None = None  # of that item

    @property
    def idle(self) -> bool:
        return self.ready and self.index is None


class Pool:
    """Children that run functions on items; see `pool`."""

    def __init__(self, count: int, limits: Limits, start: Callable[[], Any] | None, private: Path) -> None:
        self._limits, self._start, self._private = limits, start, private
        _sweep(private)
        self._count = count
        self._children: list[_Child] = []
        self._fill()

    def map(
        self, function: Callable[..., Result], items: Iterable[Item], *, ordered: bool = True
    ) -> Iterator[tuple[Item, Result | Failure]]:
        """Every item with what `function` made of it, or why it made nothing; a bounded number is under way.

        Args:
            function: at the top level of a module; called with the item and, where the pool has a `start`, with
                what that returned.
            items: taken as children become free, never all at once.
            ordered: False gives results as they come.

        Raises:
            errors.Problem: any but FileRefused, raised by `function`: the machine is at fault, not the item.
        """
        return (self._watched if self._count else self._here)(_Batch(function, items, ordered))

    def close(self) -> None:
        """End all children and what they started; their temporary files go."""
        for child in self._children:
            _end(child)
        self._children = []

    def _here(self, batch: _Batch[Item, Result]) -> Iterator[tuple[Item, Result | Failure]]:
        """In this process, unguarded: for tests and debuggers."""
        context = None if self._start is None else (self._start(),)
        for item in batch.items:
            yield item, _settled(_attempt(batch.function, item, context))

    def _watched(self, batch: _Batch[Item, Result]) -> Iterator[tuple[Item, Result | Failure]]:
        self._fill()
        try:
            while True:
                self._feed(batch)
                yield from batch.finished()
                if batch.done():
                    return
                for child in self._stirring():
                    self._hear(child, batch)
                for child in self._children:
                    self._check_clocks(child, batch)
        finally:
            self._drop_unfinished()

    def _feed(self, batch: _Batch[Item, Result]) -> None:
        for place, child in enumerate(self._children):
            if not child.idle or batch.under_way() >= WINDOW * len(self._children):
                continue
            if (index := batch.take()) is None:
                return
            try:
                _give(child, index, batch)
            except OSError:  # it died while it had nothing to do: not the item's fault
                self._children[place] = self._replaced(child)
                _give(self._children[place], index, batch)

    def _stirring(self) -> list[_Child]:
        """Children that said something or died."""
        heard = connection.wait([child.pipe for child in self._children], TICK_S)
        return [child for child in self._children if child.pipe in heard]

    def _hear(self, child: _Child, batch: _Batch[Item, Result]) -> None:
        try:
            message = child.pipe.recv()
        except (EOFError, OSError):
            self._bury(child, batch)
            return
        if not child.ready:
            _settled(message)
            child.ready = True
            return
        index, child.index = child.index, None
        if _exhausted(message) or address_space(child.process.pid) > GROWN * self._limits.memory:
            self._children[self._children.index(child)] = self._replaced(child)
        if index is not None:
            batch.finish(index, _settled(message))

    def _bury(self, child: _Child, batch: _Batch[Item, Result]) -> None:
        """A child died by itself."""
        connection.wait([child.process.sentinel], DYING_S)
        if not child.ready:
            _end(child)
            raise errors.Problem(
                "workers-not-started",
                f"読み取りプロセスを起動できません（終了コード {child.process.exitcode}）。",
                "メモリー上限 YOMITORI_OPEN_BYTES を増やすか、yomitori doctor を実行してください。",
            )
        fresh = self._replaced(child)
        self._children[self._children.index(child)] = fresh
        if child.index is not None:
            batch.finish(child.index, _cause(child.process.exitcode))

    def _check_clocks(self, child: _Child, batch: _Batch[Item, Result]) -> None:
        if child.index is None or child.clock is None:
            return
        burnt = child.clock.wall_s > 1 and child.clock.cpu_s > self._limits.cpu_s
        if burnt or child.clock.own_s() > self._limits.own_s:
            self._children[self._children.index(child)] = self._replaced(child)
            batch.finish(child.index, Failure("timeout", f"{child.clock.wall_s:.0f} s", machine=not burnt))

    def _drop_unfinished(self) -> None:
        """Children that still work for an abandoned batch are ended."""
        for child in [child for child in self._children if child.index is not None]:
            self._children.remove(child)
            _end(child)

    def _fill(self) -> None:
        self._children += [self._spawn() for _ in range(self._count - len(self._children))]

    def _replaced(self, child: _Child) -> _Child:
        _end(child)
        return self._spawn()

    def _spawn(self) -> _Child:
        folder = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=self._private))
        ours, theirs = get_context("spawn").Pipe()
        arguments = (theirs, os.getpid(), self._limits, folder)
        process = get_context("spawn").Process(target=_serve, args=arguments, daemon=True)
        with _environment(ONE_THREAD):  # libraries look at it while they load
            process.start()
        theirs.close()
        ours.send(self._start)
        return _Child(process, ours, folder)


class _Batch(Generic[Item, Result]):
    """Items on their way through a pool."""

    def __init__(self, function: Callable[..., Result], items: Iterable[Item], ordered: bool) -> None:
        self.function, self.items = function, iter(items)
        self._ordered, self._exhausted = ordered, False
        self._taken = self._given = 0
        self._open: dict[int, Item] = {}
        self._closed: dict[int, tuple[Item, Result | Failure]] = {}

    def take(self) -> int | None:
        """Number of the next item; None when there are no more."""
        try:
            self._open[self._taken] = next(self.items)
        except StopIteration:
            self._exhausted = True
            return None
        self._taken += 1
        return self._taken - 1

    def item(self, index: int) -> Item:
        return self._open[index]

    def finish(self, index: int, outcome: Result | Failure) -> None:
        self._closed[index] = (self._open.pop(index), outcome)

    def finished(self) -> Iterator[tuple[Item, Result | Failure]]:
        """Results whose turn it is."""
        while self._closed:
            index = self._given if self._ordered else next(iter(self._closed))
            if index not in self._closed:
                return
            self._given += 1
            yield self._closed.pop(index)

    def under_way(self) -> int:
        return len(self._open) + len(self._closed)

    def done(self) -> bool:
        return self._exhausted and self.under_way() == 0


@contextlib.contextmanager
def pool(settings: Settings, start: Callable[[], Any] | None = None, workers: int | None = None) -> Iterator[Pool]:
    """A pool of `settings.workers` children (or `workers`; 0: none, in this very process), ended on the way out.

    Args:
        settings: limits, and the private folder for temporary pictures.
        start: run once in each child, at the top level of a module (or a functools.partial of such); what it returns
            is given to every call as second argument. Children end with the thread that made them.
        workers: in place of `settings.workers`.
    """
    settings.private.mkdir(mode=0o700, parents=True, exist_ok=True)
    count = settings.workers if workers is None else workers
    made = Pool(count, Limits(settings.open_seconds, settings.open_bytes), start, settings.private)
    try:
        yield made
    finally:
        made.close()


@contextlib.contextmanager
def _environment(added: dict[str, str]) -> Iterator[None]:
    """Variables for a child that starts now."""
    before = {name: os.environ.get(name) for name in added}
    os.environ.update(added)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            os.environ.update({} if value is None else {name: value})


def _give(child: _Child, index: int, batch: _Batch[Any, Any]) -> None:
    child.pipe.send((batch.function, batch.item(index)))
    child.index, child.clock = index, Clock(child.process.pid)


def _settled(message: Any) -> Any:
    """A child's answer as an outcome; raises what is nobody's file's fault."""
    if isinstance(message, errors.FileRefused):
        return Failure(message.code, message.what)
    if isinstance(message, errors.Problem):
        raise message
    if isinstance(message, Failure) and message.code == "crashed":
        log.error("an item failed inside a worker: %s", message.detail)
    return message


def _exhausted(message: Any) -> bool:
    """Whether a child came to the end of its memory: what is left of its heap is of little use."""
    return isinstance(message, Failure) and message.code == "out-of-memory"


def _cause(exitcode: int | None) -> Failure:
    """Why a child died by itself; the kernel kills with SIGKILL when memory is short."""
    killed = exitcode == -signal.SIGKILL
    return Failure("out-of-memory" if killed else "crashed", f"exit code {exitcode}", machine=killed)


def _end(child: _Child) -> None:
    """Kill a child's whole process group (it is not reaped yet, so its number is still its own) and tidy up."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.process.pid, signal.SIGKILL)
    child.process.kill()  # it may have been caught before it had a group
    child.process.join()
    child.pipe.close()
    shutil.rmtree(child.folder, ignore_errors=True)


def _sweep(private: Path) -> None:
    """Remove what a killed program left in the private folder."""
    for folder in private.glob("*-*"):
        owner = folder.name.partition("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            shutil.rmtree(folder, ignore_errors=True)


# ── In the child


def _serve(pipe: Connection, parent: int, limits: Limits, folder: Path) -> None:
    """Work until the parent closes the pipe."""
    _limit(parent, limits, folder)
    start = pipe.recv()
    try:
        context = None if start is None else (start(),)
    except errors.Problem as problem:
        pipe.send(problem)
        return
    pipe.send(None)
    with contextlib.suppress(EOFError):
        while True:
            function, item = pipe.recv()
            pipe.send(_attempt(function, item, context))


def _limit(parent: int, limits: Limits, folder: Path) -> None:
    """Own process group, death with the parent, limited memory, one thread a library, nothing on stdout."""
    os.setsid()
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    libc.mallopt(M_MMAP_THRESHOLD, KEEP_BYTES)
    libc.mallopt(M_TRIM_THRESHOLD, KEEP_BYTES)
    os.environ["TMPDIR"] = str(folder)
    tempfile.tempdir = str(folder)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    import cv2  # noqa: PLC0415 - only now: it must find the limits and the environment

    cv2.setNumThreads(1)


def _attempt(function: Callable[..., Any], item: Any, context: tuple[Any] | None) -> Any:
    """The result, a Failure, or the Problem raised."""
    try:
        return function(item, *(context or ()))
    except errors.Problem as problem:
        return problem
    except MemoryError as error:
        return _out_of_memory(errors.where(error))
    except Exception as error:  # noqa: BLE001 - one item's defect must not stop the others: it is logged and reported
        if OUT_OF_MEMORY in str(error):
            return _out_of_memory(errors.where(error))
        return Failure("crashed", errors.where(error))


def _out_of_memory(where: str) -> Failure:
    """What went before may have left too little: worth a second try, in a child of its own."""
    return Failure("out-of-memory", where, machine=True)
