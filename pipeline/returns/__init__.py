"""Station 6: what went out and what came back."""

from pipeline.returns.serials import Tally, issue, known, tally

__all__ = ["Tally", "issue", "known", "tally"]
