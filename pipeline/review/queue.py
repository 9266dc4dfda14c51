"""What needs a look: by the form's priority, then oldest first."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline import model
from pipeline.store import Store


@dataclass(frozen=True)
class Item:
    """A record in the queue."""

    record: str  # id
    form: model.FormKey | None
    serial: str | None
    status: model.Status
    reason: str | None
    open: tuple[str, ...]  # ids of the fields that need a look; () when the whole record does
    priority: int  # 1 first
    file: str
    page: int | None
    batch: str | None
    arrived: str  # UTC, ISO 8601
    held_by: str | None  # who has it open now
    cursor: str  # for `after`


def queue(
    store: Store,
    batch: str | None = None,
    form: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> list[Item]:
    """One page of the queue; the next page begins after the last item's `cursor`."""
    raise NotImplementedError


def take(store: Store, actor: str, batch: str | None = None, record: str | None = None) -> Item | None:
    """The next record that nobody else holds (or just `record`), held for `actor` for 15 minutes.

    None when the queue is empty. For a `record` that somebody else holds the item says so in `held_by`.
    """
    raise NotImplementedError


def release(store: Store, actor: str, record: str) -> None:
    """Let go of a record."""
    raise NotImplementedError


def open_fields(record: model.Record) -> tuple[str, ...]:
    """The fields of a record that need a look, in paper order."""
    return tuple(name for name, answer in record.answers().items() if not answer.counts)
