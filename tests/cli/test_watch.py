"""The watched folder, from the command: taken in, read, told in a line, stopped when asked."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline import run, store, workers
from pipeline.cli import watching
from pipeline.cli.intake import Intake
from pipeline.errors import FileRefused
from pipeline.settings import Settings
from pipeline.store import Store
from tests.cli.conftest import Said
from tests.run import papers
from tests.run.papers import note, office, scan, settings, stations

__all__ = ["office", "settings", "stations"]


class Pause(threading.Event):
    """Says go on a number of times, then stop; what is done in between is up to the test."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.left = times

    def wait(self, timeout: float | None = None) -> bool:
        """Whether to stop; never waits."""
        del timeout
        self.left -= 1
        return self.left < 0


@pytest.fixture
def watched(office: Store, tmp_path: Path) -> Iterator[tuple[watching.Watch, Path, list[str]]]:
    """A watch over an empty folder, the folder, and what was said."""
    said: list[str] = []
    folder = tmp_path / "in"
    folder.mkdir()
    with workers.pool(office.settings, papers.forms, 0) as pool:
        yield watching.Watch(Intake(office, pool, papers.forms(), "束"), Pause(4), said.append), folder, said


def test_what_is_dropped_is_taken_in_and_read(
    watched: tuple[watching.Watch, Path, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line per file: read, the same bytes again, or refused; all of them moved away, nothing waiting."""
    watch, folder, said = watched
    monkeypatch.setattr(workers, "wholeness", lambda _: lambda _: True)
    scan(folder, "a.pdf", [[note("1")], [note("2")]])
    (folder / "b.pdf").write_bytes((folder / "a.pdf").read_bytes())
    (folder / "c.pdf").write_bytes(b"no scan")
    watch.over(folder, 1)
    assert said[:2] == ["a.pdf: 2 ページ。読み取り済み 2", "b.pdf: 取り込み済み（同じ中身）"]
    assert said[2].startswith("c.pdf を開けません。")
    assert len(said) == 3
    assert watch.office.store.counts().waiting == 0
    assert [path.name for path in folder.iterdir()] == ["done"]
    assert {one.scan.batch for one in watch.office.store.records()} == {"束"}


def test_what_waited_is_read_first(watched: tuple[watching.Watch, Path, list[str]], tmp_path: Path) -> None:
    """Pages that an earlier run left unread are read when watching begins."""
    watch, folder, said = watched
    list(run.accept([scan(tmp_path, "a.pdf", [[note("1")], [note("2")]])], watch.office.store))
    watch.over(folder, 1)
    assert said == ["前に取り込んだ 2 ページの続きを読みます。読み取り済み 2"]


def test_stopped_between_two_pages_the_rest_waits(
    watched: tuple[watching.Watch, Path, list[str]], tmp_path: Path
) -> None:
    """After the signal no further page is begun, and none is lost."""
    watch, folder, _ = watched
    list(run.accept([scan(tmp_path, "a.pdf", [[note(str(n))] for n in range(5)])], watch.office.store))
    watch.stop.set()
    watch.over(folder, 1)
    assert watch.office.store.counts().waiting == 5


def test_a_file_that_cannot_be_had_yet_fills_no_ledger(watched: tuple[watching.Watch, Path, list[str]]) -> None:
    """It is left where it is, and the store does not hear of it."""
    watch, folder, _ = watched
    with pytest.raises(FileNotFoundError):
        watch._accept(folder / "gone.pdf")
    assert list(watch.office.store.ledger()) == []


def test_bytes_that_vanish_while_they_are_read_are_asked_for_again(
    watched: tuple[watching.Watch, Path, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file without bytes is refused, so that the folder keeps it."""
    watch, folder, _ = watched
    path = scan(folder, "a.pdf", [[note("1")]])
    lost = run.Arrival("a.pdf", "", "refused", 0, "unreadable", "a.pdf を開けません。")
    monkeypatch.setattr(run, "accept", lambda *_: iter([lost]))
    with pytest.raises(FileRefused, match="unreadable"):
        watch._accept(path)


@pytest.mark.parametrize("number", watching.STOPS)
def test_the_first_signal_asks_the_second_insists(number: signal.Signals) -> None:
    """One signal sets the stop and gives the handler from before its place back; so does leaving."""
    before = signal.getsignal(number)
    with watching.stopping() as stop:
        assert not stop.is_set()
        os.kill(os.getpid(), number)
        assert stop.wait(5)
        assert signal.getsignal(number) is before
    assert signal.getsignal(number) is before


def test_without_a_folder_the_data_folder_has_one(
    yomitori: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`inbox` in the data folder is made and watched, and the store with it."""
    seen: list[Path] = []
    monkeypatch.setattr(watching.Watch, "over", lambda _self, folder, _seconds: seen.append(folder))
    assert yomitori("watch").code == 0
    monkeypatch.setenv("YOMITORI_WATCH_DIR", str(tmp_path / "share"))
    assert yomitori("watch").code == 0
    assert seen == [tmp_path / "data" / "inbox", tmp_path / "share"]
    assert seen[0].stat().st_mode & 0o777 == 0o700
    with store.open(Settings(data=tmp_path / "data")) as opened:
        assert opened.counts().files == 0
