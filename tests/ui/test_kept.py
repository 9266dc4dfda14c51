"""Pictures are kept for a while: made once, the oldest forgotten, failures not remembered."""

from __future__ import annotations

import threading
import time

import pytest

from review_ui import desk


def test_the_oldest_is_forgotten() -> None:
    """No more than so many are kept, and what was asked for last stays longest."""
    kept: desk.Kept[str] = desk.Kept(2)
    made: list[str] = []

    def make(name: str) -> str:
        made.append(name)
        return name

    for name in ("a", "b", "a", "c", "a", "b"):
        assert kept.get(name, lambda name=name: make(name)) == name  # type: ignore[misc]  # its default is the loop's
    assert made == ["a", "b", "c", "b"]


def test_two_askers_wait_for_one_making() -> None:
    """When two threads ask for the same thing it is made once."""
    kept: desk.Kept[int] = desk.Kept(2)
    made: list[int] = []

    def make() -> int:
        time.sleep(0.05)
        made.append(1)
        return len(made)

    threads = [threading.Thread(target=kept.get, args=("key", make)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1]


def test_failures_are_not_kept() -> None:
    """What could not be made is tried again the next time."""
    kept: desk.Kept[int] = desk.Kept(2)

    def fail() -> int:
        raise KeyError("no such page")

    with pytest.raises(KeyError):
        kept.get("key", fail)
    assert kept.get("key", lambda: 7) == 7
