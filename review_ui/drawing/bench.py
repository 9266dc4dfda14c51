"""Where scans and blanks that somebody uploads are opened: one guarded process, kept warm while somebody draws."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from pipeline import workers
from pipeline.settings import Settings
from pipeline.workers import foreign

T = TypeVar("T")
SECONDS = 180.0  # for one blank: a large one is read by OCR on a slow machine
IDLE_S = 600.0  # after which the process is let go


class Bench:
    """One process for all who draw; calls wait for each other."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings.model_copy(update={"open_seconds": max(SECONDS, settings.open_seconds)})
        # A child ends with the thread that made it, so all of it happens in this one.
        self._one = ThreadPoolExecutor(1, "drawing")
        self._open = contextlib.ExitStack()
        self._pool: workers.Pool | None = None
        self._timer: threading.Timer | None = None

    def ask(self, function: Callable[..., T], item: Any, name: str) -> T:
        """What a top-level `function(item)` makes of a file called `name`; raises Problem."""
        return self._one.submit(self._ask, function, item, name).result()

    def close(self) -> None:
        """End the process; nothing more can be asked."""
        if self._timer is not None:
            self._timer.cancel()
        with contextlib.suppress(RuntimeError):  # closed already, when the program ended by itself
            self._one.submit(self._let_go)
        self._one.shutdown(wait=True)

    def _ask(self, function: Callable[..., T], item: Any, name: str) -> T:
        if self._pool is None:
            count = min(self._settings.workers, 1)
            self._pool = self._open.enter_context(workers.pool(self._settings, None, count))
        try:
            return foreign.ask(self._pool, function, item, name)
        finally:
            self._wind()

    def _wind(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = threading.Timer(IDLE_S, self._idle)
        self._timer.daemon = True
        self._timer.start()

    def _idle(self) -> None:
        with contextlib.suppress(RuntimeError):  # closed meanwhile
            self._one.submit(self._let_go)

    def _let_go(self) -> None:
        self._open.close()
        self._pool = None
