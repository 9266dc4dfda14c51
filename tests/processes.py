"""Processes and threads of the tests' own, and waiting for them. Processes are forked from a clean one: a fork of a process that has threads may hang for ever."""

from __future__ import annotations

import time
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from typing import Any

import pytest

from tests.run import papers

PATIENCE_S = 120.0  # never waited for unless something is broken
LOADED = ["tests.run.papers", "tests.store.test_resume", "tests.store.test_backup"]


def until(true: Callable[[], object], patience_s: float = PATIENCE_S) -> None:
    """Wait until something is so."""
    end = time.monotonic() + patience_s
    while not true():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


def believing(work: Callable[..., Any], *given: Any) -> BaseProcess:
    """A started process that does `work` (at the top level of a module) with stations that believe what files say."""
    context = get_context("forkserver")
    context.set_forkserver_preload(LOADED)
    process = context.Process(target=_believe, args=(work, given), daemon=True)
    process.start()
    return process


def _believe(work: Callable[..., Any], given: tuple[Any, ...]) -> None:
    papers.believe(pytest.MonkeyPatch())
    work(*given)


def ended(process: BaseProcess) -> int | None:
    """Its exit code, once it ended."""
    process.join(PATIENCE_S)
    assert not process.is_alive(), "waited too long"
    return process.exitcode
