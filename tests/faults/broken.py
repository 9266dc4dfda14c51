"""Faults that strike a broken program: what the harness then says. `python -m tests.faults.broken order|defect`.

A process of its own, like `python -m tests.faults`: its jobs are forks of it, so it may have no threads.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from pipeline.acquire import inbox
from tests.faults import job
from tests.faults.__main__ import MEMORY, Ground
from tests.faults.strike import Fault


def _careless(box: inbox.Inbox, path: Path) -> bool:
    """Move a file first, and make it safe afterwards."""
    target = path.parent / inbox.DONE / path.name
    target.parent.mkdir(exist_ok=True)
    path.rename(target)
    box._accept(target)
    return False


def _defect(_: inbox.Inbox) -> None:
    raise ZeroDivisionError


def main(what: str) -> None:
    """Break the folder that is watched, strike, and print what was found."""
    job.prepare()
    with tempfile.TemporaryDirectory(dir=MEMORY) as name:
        ground = Ground(Path(name), made=True)
        if what == "order":
            inbox.Inbox._take = _careless  # type: ignore[method-assign,assignment]  # that is the point
        else:
            inbox.Inbox.poll = _defect  # type: ignore[method-assign,assignment]  # that is the point
        faults = [Fault("fsync", n, "KILL") for n in ((2, 3) if what == "order" else (999,))]
        print("\n".join(said for fault in faults for said in ground.strike(fault)))


if __name__ == "__main__":
    main(sys.argv[1])
