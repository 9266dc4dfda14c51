"""`yomitori watch`: what the scanner drops into a folder is taken in and read, until somebody stops it."""

from __future__ import annotations

import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from pipeline.cli import intake
from pipeline.cli.common import FORMS_OPTION, own_settings, rooms_in_words, say, told
from pipeline.cli.intake import Intake, in_words, workers_option
from pipeline.errors import FileRefused

if TYPE_CHECKING:
    from pipeline.run import Arrival

INBOX = "inbox"  # in the data folder, where no other folder is given
STOPS = (signal.SIGINT, signal.SIGTERM)


@click.command()
@click.argument(
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="YOMITORI_WATCH_DIR",
    required=False,
    metavar="[DIR]",
)
@click.option(
    "--seconds",
    type=click.FloatRange(0.1, 3600),
    default=5.0,
    show_default=True,
    envvar="YOMITORI_WATCH_SECONDS",
    show_envvar=True,
    help="見回りの間隔（秒）。二回続けて変わらなかったファイルを取り込む",
)
@click.option("--batch", envvar="YOMITORI_WATCH_BATCH", show_envvar=True, help="取り込むものに付ける束の名前")
@workers_option
@FORMS_OPTION
@told
def watch(folder: Path | None, seconds: float, batch: str | None, count: int | None, forms_dir: Path | None) -> None:
    """フォルダーを見張り、スキャナーが入れたファイルを取り込んで読み取ります。止めるには Ctrl+C を押します。

    DIR を省くと YOMITORI_WATCH_DIR、それもなければデータフォルダーの inbox です。取り込んだファイルは、その中の
    done に移します。
    """
    from pipeline import store

    own = own_settings(forms_dir)
    with stopping() as stop, store.open(own, create=True) as opened:
        if folder is None:
            folder = own.data / INBOX
            folder.mkdir(mode=0o700, exist_ok=True)
        with intake.opened(own, opened, batch, count) as office:
            say(f"{folder} を見張っています（{seconds:g} 秒ごと）。止めるには Ctrl+C を押してください。")
            Watch(office, stop).over(folder, seconds)
    say("見張りを終わりました。途中のものは、次に始めたとき続きから読みます。")


@contextmanager
def stopping() -> Iterator[threading.Event]:
    """Set by the first Ctrl+C or SIGTERM, so that work ends between two pages; the second ends at once."""
    stop = threading.Event()

    def on_signal(number: int, _frame: FrameType | None) -> None:
        stop.set()
        signal.signal(number, before[signal.Signals(number)])

    before = {number: signal.signal(number, on_signal) for number in STOPS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@dataclass
class Watch:
    """A watched folder wired to the store through guarded processes."""

    office: Intake
    stop: threading.Event
    tell: Callable[[str], None] = say
    arrived: dict[Path, Arrival] = field(default_factory=dict)
    warned: list[str] = field(default_factory=list)  # of disks that were nearly full when they were looked at last

    def over(self, folder: Path, seconds: float) -> None:
        """Read what was left waiting, then take in and read until told to stop; a line per file."""
        from pipeline import workers
        from pipeline.acquire import inbox

        waiting = self.office.store.counts().waiting
        if waiting:
            self.tell(f"前に取り込んだ {waiting} ページの続きを読みます。{self._read(None)}")
        box = inbox.Inbox(folder, self._accept, self.tell, workers.wholeness(self.office.pool))
        for path in inbox.watch(box, lambda: not self.stop.wait(seconds)):
            self._say_what_became(self.arrived.pop(path))
            self._warn()

    def _warn(self) -> None:
        """A word when a disk becomes nearly full, not one for every file."""
        now = rooms_in_words(self.office.store.settings)
        if now and not self.warned:
            self.tell("注意: " + "".join(now))
        self.warned = now

    def _accept(self, path: Path) -> None:
        """Make one file safe; raises OSError or Problem where that cannot be done now."""
        from pipeline.store import batches

        # Looked at before the store hears of it: a file that cannot be had yet shall not fill the ledger.
        path.open("rb").close()
        (arrival,) = self.office.accept([path], batches.WATCHED)
        if not arrival.sha256:
            raise FileRefused(arrival.code, arrival.message)
        self.arrived[path] = arrival

    def _say_what_became(self, arrival: Arrival) -> None:
        if arrival.kind == "duplicate":
            self.tell(f"{arrival.name}: 取り込み済み（同じ中身）")
        elif arrival.kind == "refused":
            self.tell(arrival.message)
        else:
            self.tell(f"{arrival.name}: {arrival.pages} ページ。{self._read(arrival.sha256)}")

    def _read(self, sha256: str | None) -> str:
        """Read the pages of one file, or all that wait; how it went, in words."""
        from pipeline import workers

        if workers.queued(self.office.store):
            return "ワーカーが読みます。"
        ids = None if sha256 is None else [task.page_id for task in self.office.store.pages(sha256)]
        found: Counter[str] = Counter()
        if self.stop.is_set():
            return ""
        for part in self.office.read(ids):
            found.update(one.status for one in part.records)
            if self.stop.is_set():
                break
        return in_words(found)
