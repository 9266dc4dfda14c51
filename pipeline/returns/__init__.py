"""Station 6: what went out and what came back."""

from pipeline.returns.serials import Tally, hand_out, issue, known, last, tally

__all__ = ["Tally", "hand_out", "issue", "known", "last", "tally"]
