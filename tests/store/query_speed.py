"""How the store's queries grow with its records: `python -m tests.store.query_speed [FEW MANY]`, p95 of each and its plan."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from sqlalchemy import Connection, event, text

from pipeline import store
from pipeline.review import waiting
from pipeline.settings import Settings
from pipeline.store import tables

NOW, FIELDS, DRAWS, AT_ONCE = "2026-04-01T00:00:00Z", 10, 200, 5000


def filled(connection: Connection, first: int, last: int) -> None:
    """Files of one page, each one record with its readings; one in ten waits for a person."""
    numbers = range(first, last)
    scans = [{"id": n, "sha256": f"{n:064x}", "name": f"{n}.pdf", "size": 1, "pages": 1, "arrived": NOW, "message": ""}
             for n in numbers]  # fmt: skip
    pages = [{"id": n, "scan_id": n, "number": 1, "read_at": NOW} for n in numbers]
    records: list[dict[str, object]] = [{"id": f"r{n}", "form_id": "f", "form_version": "1", "serial": f"{n:06}", "status": "needs_review" if n % 10 == 0 else "accepted",
                "candidates": [], "inapplicable": [], "derived": {}, "findings": [], "scan_id": n, "page": 1, "place": 0, "priority": n % 5,
                "open": [], "queued": n % 10 == 0, "changed": NOW} for n in numbers]  # fmt: skip
    placements = [{"id": n, "scan_id": n, "number": 1, "place": 0, "form_id": "f", "form_version": "1", "reader": "r", "round": 1,
                   "own_id": f"r{n}", "serial": f"{n:06}", "panels": [], "missing": [], "candidates": [], "status": "accepted",
                   "read_at": NOW, "current": True, "record_id": f"r{n}", "n": 1} for n in numbers]  # fmt: skip
    readings = [{"placement_id": n, "form": "f/1", "field": f"x{k}", "position": k, "value": 1, "state": "valid", "confidence": 0.9,
                 "alternatives": [], "reader": "marks/1", "threshold": "1", "sure": True, "score": 0.9, "seen": True,
                 "record_id": f"r{n}", "accepted": True} for n in numbers for k in range(FIELDS)]  # fmt: skip
    for table, rows in ((tables.scan, scans), (tables.page, pages), (tables.record, records),
                        (tables.placement, placements), (tables.reading, readings)):  # fmt: skip
        connection.execute(table.insert(), rows)


def asked(kept: store.Store) -> dict[str, Callable[[int], object]]:
    """What the program asks again and again, of some record."""
    return {
        "a record with its readings": lambda n: kept.record(f"r{n}"),
        "whether a file arrived": lambda n: kept.knows(f"{n:064x}"),
        "the next of the queue": lambda n: waiting.queue(kept, limit=1),
        "a page of the queue": lambda n: waiting.queue(kept, limit=50),
        "pages that wait": lambda n: kept.waiting([n]),
        "a page's last reading": kept.part,
    }


def measured(count: int) -> Iterator[tuple[str, float, str]]:
    """Each question with its p95 in ms at so many records, and the plan of its slowest statement."""
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder, store.open(Settings(data=Path(folder)), create=True) as kept:
        with kept.writing() as change:
            for first in range(1, count + 1, AT_ONCE):
                filled(change.connection, first, min(first + AT_ONCE, count + 1))
            change.connection.execute(text("ANALYZE"))
        for name, ask in asked(kept).items():
            yield name, _p95(ask, [int(n) for n in rng.integers(1, count + 1, DRAWS)]), _plan(kept, ask)


def _p95(ask: Callable[[int], object], numbers: list[int]) -> float:
    spent = []
    for n in numbers:
        start = time.process_time()
        ask(n)
        spent.append(1000 * (time.process_time() - start))
    return float(np.percentile(spent, 95))


def _plan(kept: store.Store, ask: Callable[[int], object]) -> str:
    """The parts of all plans that are not a search by an index."""
    said: list[tuple[str, object]] = []
    engine = kept._engine
    event.listen(engine, "before_cursor_execute", lambda *a: said.append((a[2], a[3])))
    ask(7)
    with engine.connect() as connection:
        asked = [one for one in said if one[0].startswith(("SELECT", "WITH"))]
        plans = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given).all() for sql, given in asked]  # type: ignore[arg-type]  # as SQLAlchemy itself gave it
    steps = [row[-1] for plan in plans for row in plan]
    return "; ".join(sorted({step for step in steps if step.startswith("SCAN")})) or f"{len(steps)} steps, no scan"


def main() -> None:
    """Print both and their ratio."""
    few, many = (int(arg) for arg in sys.argv[1:3]) if len(sys.argv) > 2 else (1000, 100_000)
    small = {name: p95 for name, p95, _ in measured(few)}
    for name, p95, plan in measured(many):
        sys.stdout.write(f"{name}: p95 {small[name]:.2f} -> {p95:.2f} ms, x {p95 / small[name]:.2f}; {plan}\n")


if __name__ == "__main__":
    main()
