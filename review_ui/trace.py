"""What a person saw goes into the audit log: a record once in a while, not with each of its pictures."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable

from pipeline.store import Store, accounts, moments

AGAIN_MINUTES = 15.0  # as long as a record is held
KEPT = 10_000


class Traces:
    """Who saw which record last; forgotten with the program, so that one view too many is written rather than none."""

    def __init__(self) -> None:
        self._seen: OrderedDict[tuple[int, str], str] = OrderedDict()
        self._lock = threading.Lock()

    def viewed(self, store: Store, by: accounts.Session, records: Iterable[str]) -> None:
        """Write down what was not seen in this session a while ago; before the answer goes out."""
        fresh = self._fresh(by.id, records)
        if fresh:
            with store.writing() as change:
                for record in fresh:
                    change.audit(by.actor.name, "view", f"record={record}")

    def saw_list(self, store: Store, by: accounts.Session, name: str) -> None:
        """The same for a list's entries; `name` in ASCII."""
        if self._fresh(by.id, [f"list/{name}"]):
            store.audit(by.actor.name, "list-view", f"list={name}")

    def _fresh(self, session: int, records: Iterable[str]) -> list[str]:
        now, old = moments.now(), moments.ago(minutes=AGAIN_MINUTES)
        with self._lock:
            # Seen later than now, before the clock was put back, is not seen.
            fresh = [one for one in dict.fromkeys(records) if not old <= self._seen.get((session, one), "") <= now]
            self._seen |= {(session, one): now for one in fresh}
            while len(self._seen) > KEPT:
                self._seen.popitem(last=False)
        return fresh
