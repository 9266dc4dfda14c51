"""The loop and the report as counted last: asked for by several pages, worked out once until something changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TypeVar, cast

from fastapi import Request

from pipeline import exports, model, reporting, returns
from pipeline.forms import Forms
from pipeline.returns.loop import Loop
from pipeline.store import Store, moments
from review_ui import desk

MOST = 6  # things kept; the loop of a year is some 20 MB
T = TypeVar("T")


class Reports:
    """What was counted last, by day, as one office sees it."""

    def __init__(self, store: Store, forms: Forms, kept: desk.Kept[object]) -> None:
        self._store, self._forms, self._kept = store, forms, kept

    def loop(self, as_of: dt.date | None = None) -> Loop:
        """Everything that went out, came back and was entered, as it stood on that day."""
        return self._once("loop", as_of, lambda day: exports.loop(self._store, self._forms, day))

    def account(self, as_of: dt.date | None = None) -> model.Account:
        """The same as rows, without what identifies a person."""
        return self._once("account", as_of, lambda day: returns.facts.of(self.loop(day), self._forms))

    def counted(self, as_of: dt.date | None = None) -> reporting.Counted:
        """All tables, as they stood on that day."""
        return self._once("counted", as_of, lambda day: reporting.counted(self.loop(day), self._forms))

    def _once(self, what: str, as_of: dt.date | None, make: Callable[[dt.date], T]) -> T:
        day = as_of or dt.datetime.now(moments.TOKYO).date()
        key = (what, day, self._store.office, exports.fingerprint(self._store), self._forms.lists_seen())
        return cast("T", self._kept.get(key, lambda: make(day)))


def empty() -> desk.Kept[object]:
    """Nothing counted yet."""
    return desk.Kept(MOST)


def of(request: Request) -> Reports:
    """The reports of the running application, as the signed-in person's office sees them."""
    at = desk.of(request)
    return Reports(at.store, at.forms, cast("desk.Kept[object]", request.app.state.reports))
