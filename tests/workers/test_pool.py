"""The pool: every item gets exactly one outcome, whatever its child does, and nothing stays behind."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import errors, workers
from pipeline.settings import Settings
from tests.workers import jobs

HOUSE = Path(__file__).parents[2]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Two children, three seconds an item."""
    return Settings(data=tmp_path, workers=2, open_seconds=3)


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[workers.Pool]:
    """One pool for all: it has to outlive whatever the tests do to it."""
    with workers.pool(Settings(data=tmp_path_factory.mktemp("pool"), workers=2, open_seconds=3)) as made:
        yield made


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _gone(pid: int, within_s: float = 5.0) -> bool:
    end = time.monotonic() + within_s
    while _alive(pid) and time.monotonic() < end:
        time.sleep(0.05)
    return not _alive(pid)


def test_results_come_in_order(pool: workers.Pool) -> None:
    """Items that finish late hold back those behind them."""
    assert list(pool.map(jobs.slow_if_even, range(8))) == [(n, n) for n in range(8)]


def test_results_may_come_as_they_are_ready(pool: workers.Pool) -> None:
    """Unordered, every item still comes exactly once."""
    assert sorted(pool.map(jobs.slow_if_even, range(8), ordered=False)) == [(n, n) for n in range(8)]


def test_items_are_taken_as_needed(pool: workers.Pool) -> None:
    """Of endlessly many items only a window is taken before the first result is used."""
    taken = itertools.count()
    results = pool.map(jobs.double, taken)
    assert next(results) == (0, 0)
    assert next(taken) <= 2 * workers.WINDOW + 2


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("segfault", "crashed"),
        ("hang", "timeout"),
        ("burn", "timeout"),
        ("eat", "out-of-memory"),
        ("refuse", "damaged"),
        ("stumble", "crashed"),
    ],
)
def test_one_bad_item_does_not_stop_the_others(pool: workers.Pool, how: str, code: str) -> None:
    """The bad item gets its verdict, those before and after it their results."""
    outcomes = dict(enumerate(outcome for _, outcome in pool.map(jobs.misbehave, ["fine", how, "fine", "fine"])))
    bad = outcomes.pop(1)
    assert isinstance(bad, workers.Failure)
    assert bad.code == code
    assert outcomes == {0: "fine", 2: "fine", 3: "fine"}


def test_a_child_that_has_grown_makes_way(settings: Settings) -> None:
    """One that has used up most of its memory answers, and the next item gets a fresh one; others stay."""
    with workers.pool(settings, workers=1) as pool:
        pids = [pid for _, pid in pool.map(jobs.keep, [0.7, 0.9, 0.7, 0.7])]
    assert pids[0] == pids[1] != pids[2] == pids[3]


def test_memory_that_ran_out_is_worth_a_second_try(pool: workers.Pool) -> None:
    """What went before in the same child may have been the cause; a defect or a refusal is not tried again."""
    outcomes = [outcome for _, outcome in pool.map(jobs.misbehave, ["eat", "stumble", "refuse"])]
    assert [outcome.machine for outcome in outcomes if isinstance(outcome, workers.Failure)] == [True, False, False]


def test_many_deaths_in_a_row(pool: workers.Pool) -> None:
    """Children are replaced as often as it takes."""
    codes = [getattr(outcome, "code", outcome) for _, outcome in pool.map(jobs.misbehave, ["segfault"] * 3 + ["fine"])]
    assert codes == ["crashed"] * 3 + ["fine"]


def test_a_missing_program_stops_the_batch(pool: workers.Pool) -> None:
    """What no item can help is raised, not noted as a bad item."""
    with pytest.raises(errors.ProgramMissing, match="tesseract-missing"):
        list(pool.map(jobs.misbehave, ["fine", "lack", "fine"]))


def test_pool_is_usable_after_an_error(pool: workers.Pool) -> None:
    """An abandoned batch leaves no answers behind for the next one."""
    with pytest.raises(errors.ProgramMissing):
        list(pool.map(jobs.misbehave, ["lack", "fine", "fine"]))
    assert [outcome for _, outcome in pool.map(jobs.double, range(6))] == [0, 2, 4, 6, 8, 10]


def test_timeout_takes_grandchildren_along(pool: workers.Pool, tmp_path: Path) -> None:
    """A program that the child started dies with it."""
    note = tmp_path / "pids"
    [(_, outcome)] = pool.map(jobs.hang_with_child, [note])
    assert isinstance(outcome, workers.Failure)
    assert [_gone(int(pid)) for pid in note.read_text().split()] == [True, True]


def test_children_die_with_the_program(tmp_path: Path) -> None:
    """Even a program killed without warning leaves no child running."""
    note = tmp_path / "pids"
    code = (
        "from pathlib import Path\nfrom pipeline import workers\nfrom pipeline.settings import Settings\n"
        "from tests.workers import jobs\n"
        "if __name__ == '__main__':\n"
        f"    with workers.pool(Settings(data=Path({str(tmp_path)!r}), workers=1)) as pool:\n"
        f"        list(pool.map(jobs.hang_with_child, [Path({str(note)!r})]))\n"
    )
    script = tmp_path / "program.py"
    script.write_text(code)
    program = subprocess.Popen([sys.executable, script], env={**os.environ, "PYTHONPATH": str(HOUSE)})
    while not (note.exists() and note.read_text().count(" ")):
        assert program.poll() is None
        time.sleep(0.05)
    child, grandchild = map(int, note.read_text().split())
    program.kill()
    program.wait()
    gone = _gone(child)
    os.kill(grandchild, signal.SIGKILL)
    assert gone


def test_limits_reach_the_child(settings: Settings) -> None:
    """Address space, threads and the folder for temporary files are as set."""
    with workers.pool(settings, workers=1) as pool:
        [(_, threads)] = pool.map(jobs.surroundings, ["OMP_THREAD_LIMIT"])
        [(_, folder)] = pool.map(jobs.surroundings, ["TMPDIR"])
        [(_, limit)] = pool.map(jobs.address_limit, [None])
    assert (threads, limit) == ("1", settings.open_bytes)
    assert Path(str(folder)).parent == settings.private


def test_heavy_libraries_load_within_the_limit(pool: workers.Pool) -> None:
    """OpenCV and the neural runtime fit into the default address space, one thread each."""
    assert [outcome for _, outcome in pool.map(jobs.heavy_libraries, [None])] == [["cv2", "onnxruntime", "1"]]


def test_temporary_files_go(settings: Settings) -> None:
    """What a library left behind is gone with the pool; the private folder is its owner's only."""
    with workers.pool(settings, workers=1) as pool:
        [(_, left)] = pool.map(jobs.leave_a_file, [None])
        assert isinstance(left, Path)
        assert left.exists()
    assert list(settings.private.iterdir()) == []
    assert settings.private.stat().st_mode & 0o777 == 0o700


def test_leftovers_of_a_killed_program_go(settings: Settings) -> None:
    """The next start empties what a program that no longer runs left, and nobody else's."""
    gone, ours = settings.private / "4194305-x", settings.private / f"{os.getpid()}-x"
    gone.mkdir(parents=True)
    ours.mkdir()
    with workers.pool(settings, workers=1):
        assert (gone.exists(), ours.exists()) == (False, True)


def test_children_keep_off_stdout(pool: workers.Pool, capfd: pytest.CaptureFixture[str]) -> None:
    """Data goes to stdout, so nothing that a library prints may."""
    list(pool.map(jobs.chatter, ["hello"]))
    assert "hello" not in capfd.readouterr().out


def test_context_is_made_once_a_child(settings: Settings) -> None:
    """What `start` returns is at hand for every item, made in the very same process."""
    with workers.pool(settings, start=jobs.context, workers=1) as pool:
        seen = {outcome for _, outcome in pool.map(jobs.who_made, range(5))}
    assert len(seen) == 1
    [(here, maker)] = seen  # type: ignore[misc]  # every outcome is a result
    assert here == maker != os.getpid()


def test_children_that_cannot_start(settings: Settings) -> None:
    """A start that dies is reported at once, not tried for ever."""
    with (
        workers.pool(settings, start=jobs.cannot_start, workers=1) as pool,
        pytest.raises(errors.Problem, match="not-started"),
    ):
        list(pool.map(jobs.double, [1]))


def test_children_that_miss_a_program(settings: Settings) -> None:
    """What a start raises reaches the caller with its own code."""
    with (
        workers.pool(settings, start=jobs.finds_no_program, workers=1) as pool,
        pytest.raises(errors.ProgramMissing, match="poppler-missing"),
    ):
        list(pool.map(jobs.double, [1]))


@pytest.mark.parametrize(("how", "code"), [("refuse", "damaged"), ("stumble", "crashed")])
def test_without_children(settings: Settings, how: str, code: str) -> None:
    """With no workers the same outcomes come from this very process."""
    with workers.pool(settings, workers=0) as pool:
        [(_, bad), (_, good)] = pool.map(jobs.misbehave, [how, "fine"])
    assert isinstance(bad, workers.Failure)
    assert (bad.code, good) == (code, "fine")


def test_context_without_children(settings: Settings) -> None:
    """The context is made here, once."""
    with workers.pool(settings, start=jobs.context, workers=0) as pool:
        assert {outcome for _, outcome in pool.map(jobs.who_made, range(3))} == {(os.getpid(), os.getpid())}
