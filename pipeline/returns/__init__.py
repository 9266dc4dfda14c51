"""Station 6: what went out and what came back."""

from pipeline.returns import cases, entries, facts, loop, sheets
from pipeline.returns.serials import Addressed, Tally, every, hand_out, issue, known, last, tally

__all__ = [
    "Addressed",
    "Tally",
    "cases",
    "entries",
    "every",
    "facts",
    "hand_out",
    "issue",
    "known",
    "last",
    "loop",
    "sheets",
    "tally",
]
