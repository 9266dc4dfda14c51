"""Views in the audit log, whatever the clock does meanwhile."""

from __future__ import annotations

from review_ui.trace import Traces
from tests.ui.conftest import Clock, clock

__all__ = ["clock"]


def test_a_view_is_told_once_in_a_while(clock: Clock) -> None:
    """Within 15 minutes a record is not told again; later it is, and so it is after the clock was put back."""
    traces, told = Traces(), []
    for minutes in (0, 10, 10, -525_600, 1):
        clock.passes(minutes=minutes)
        told.append(traces._fresh(1, ["a"]))
    assert told == [["a"], [], ["a"], ["a"], []]
