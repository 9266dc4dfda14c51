"""What is to do, and the queue."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response

from pipeline import review
from pipeline.review import double_entry, notes, progress
from pipeline.store import moments, room
from review_ui import desk, gate, words
from review_ui.header import words as header
from review_ui.roles import Permission

router = APIRouter(dependencies=[Depends(gate.needs(Permission.REVIEW))])
HERE = datetime.timezone(datetime.timedelta(hours=9))  # Japan knows no summer time
SCREENFUL = 50
WEEK_DAYS = 7
CURSOR = r"\d{1,15}(\.\d{1,15}){3}"
BATCH_ID = r"[0-9]{1,9}"
BatchId = Annotated[str, Query(pattern=rf"^({BATCH_ID})?$")]
Cursor = Annotated[str, Query(pattern=rf"^({CURSOR})?$")]


@dataclass
class Heap:
    """Records that wait together."""

    name: str
    form: str = ""  # what `next` and the queue filter by
    batch: str = ""
    sheets: int = 0
    fields: int = 0
    oldest: int = 0  # days

    def add(self, found: progress.Heap, days: int) -> None:
        """Count more of them."""
        self.sheets += found.sheets
        self.fields += found.fields
        self.oldest = max(self.oldest, days)


def local(at: str) -> datetime.datetime:
    """A stored time (UTC, ISO 8601) on the office's clock."""
    then = datetime.datetime.fromisoformat(at)
    return (then if then.tzinfo else then.replace(tzinfo=datetime.UTC)).astimezone(HERE)


def stamp(at: str) -> str:
    """A stored time to read: day and minute."""
    return local(at).strftime("%Y-%m-%d %H:%M")


def clock(at: str) -> str:
    """A stored time of today to read, as 14:03."""
    return local(at).strftime("%H:%M")


def days_waiting(arrived: str, now: datetime.datetime) -> int:
    """Whole days on the calendar since a record arrived (UTC, ISO 8601)."""
    return max((now.astimezone(HERE).date() - local(arrived).date()).days, 0)


def title(at: desk.Desk, item: review.Item) -> str:
    """The form's title, or that it is not known."""
    form = at.forms.get(item.form) if item.form is not None else None
    return form.title if form is not None else item.form[0] if item.form is not None else words.NO_FORM


def form_title(at: desk.Desk, form_id: str) -> str:
    """The title of the newest version of a form, or that the form is not known."""
    titles = [form.title for key, form in sorted(at.forms.items()) if key[0] == form_id]
    return titles[-1] if titles else form_id or words.NO_FORM


def ages(now: datetime.datetime) -> list[str]:
    """The moments from which a record arrived today, or within the last week, for the office's calendar."""
    today = now.astimezone(HERE).replace(hour=0, minute=0, second=0, microsecond=0)
    return [moments.text(today), moments.text(today - datetime.timedelta(days=WEEK_DAYS))]


def heaps(at: desk.Desk, found: Iterable[progress.Heap], now: datetime.datetime) -> dict[str, list[Heap]]:
    """What waits by form, batch and age, each in the order of the queue."""
    forms: dict[str, Heap] = {}
    batches: dict[str, Heap] = {}
    by_age = [Heap(name) for name in (words.TODAY, words.WEEK, words.OLDER)]
    for one in found:
        days = days_waiting(one.oldest, now)
        forms.setdefault(one.form, Heap(form_title(at, one.form), form=one.form)).add(one, days)
        named = words.stack(one.name, "" if at.store.office else one.office)
        batches.setdefault(str(one.batch or ""), Heap(named, batch=str(one.batch or ""))).add(one, days)
        by_age[one.age].add(one, days)
    return {"form": list(forms.values()), "batch": list(batches.values()), "age": by_age}


@router.get("/")
def home(request: Request) -> Response:
    """What is to do, by form, batch and age."""
    at, now = desk.of(request), datetime.datetime.now(datetime.UTC)
    found = heaps(at, progress.heaps(at.store, ages(now)), now)
    seconds, thirds = double_entry.waiting(at.store, desk.actor(request).name)
    return desk.page(
        request,
        "home.html",
        heaps=found,
        sheets=sum(heap.sheets for heap in found["age"]),
        fields=sum(heap.fields for heap in found["age"]),
        oldest=max((heap.oldest for heap in found["age"]), default=0),
        seconds=seconds,
        thirds=thirds,
        low=[header.disk_low(one.share) for one in room.low(at.settings)],
        asked=len(notes.waiting(at.store)),
    )


@router.get("/queue")
def queue(request: Request, form: str = "", batch: BatchId = "", after: Cursor = "") -> Response:
    """One screenful of the queue."""
    at = desk.of(request)
    items = review.queue(at.store, batch=_batch(batch), form=form or None, after=after or None, limit=SCREENFUL)
    now = datetime.datetime.now(datetime.UTC)
    rows = [(item, title(at, item), days_waiting(item.arrived, now)) for item in items]
    more = items[-1].cursor if len(items) == SCREENFUL else ""
    return desk.page(request, "queue.html", rows=rows, more=more, form=form, batch=batch, own_office=at.store.office)


def _batch(text: str) -> int | None:
    """The id of a batch as it was sent; None for none."""
    return int(text) if re.fullmatch(BATCH_ID, text) else None


@router.post("/next")
def take_next(request: Request, posted: gate.Posted) -> Response:
    """Hand out the next record, held for this person; back home when there is none."""
    at, name = desk.of(request), desk.actor(request).name
    if gate.text(posted, "from"):
        review.release(at.store, name, gate.text(posted, "from"))
    form, batch = gate.text(posted, "form") or None, _batch(gate.text(posted, "batch"))
    after = gate.text(posted, "after")
    onward = after if re.fullmatch(CURSOR, after) else None
    item = _taken(at, name, batch, form, onward)
    if item is None and onward is not None:  # the end of the queue: what was left open comes again
        item = _taken(at, name, batch, form, None)
    return RedirectResponse(f"/records/{item.record}" if item is not None else "/", 303)


def _taken(at: desk.Desk, name: str, batch: int | None, form: str | None, after: str | None) -> review.Item | None:
    """The next record with something to do: not those of which everything open waits for a supervisor."""
    held = notes.held(at.store)
    while (item := review.take(at.store, name, batch=batch, form=form, after=after)) is not None:
        if not item.open or not set(item.open) <= held.get(item.record, set()):
            return item
        review.release(at.store, name, item.record)
        after = item.cursor
    return None
