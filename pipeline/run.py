"""The story: read · accept · process · settle · read_again. A verb only calls stations by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline import model, review
from pipeline.forms import Forms
from pipeline.store import Part, Store, Task


@dataclass(frozen=True)
class Arrival:
    """What became of one file."""

    name: str  # as given
    sha256: str  # "" where not even the bytes could be had
    kind: Literal["accepted", "duplicate", "refused"]
    pages: int
    code: str = ""  # stable English reason when refused
    message: str = ""  # Japanese


@dataclass(frozen=True)
class PageView:
    """A page for the screen, upright, with the fields' places."""

    jpeg: bytes
    width: int  # px
    height: int  # px
    outlines: Mapping[str, model.Quad]  # by field id, in px of this picture


def accept(
    paths: Iterable[Path], store: Store, batch: str | None = None, actor: str | None = None
) -> Iterator[Arrival]:
    """Take files (folders too, in natural order) into the store; what is yielded is durable.

    The same bytes twice are nothing new; a file that cannot be opened is kept, in quarantine, with its reason.
    """
    raise NotImplementedError


def read_page(task: Task, forms: Forms) -> Part:
    """Read one page: no store, no side effect, fit for another process."""
    raise NotImplementedError


def save(part: Part, store: Store, forms: Forms) -> tuple[model.Record, ...]:
    """Save a page's result and join it with its other pages, in one transaction; a result saved before changes nothing."""
    raise NotImplementedError


def process(page_ids: Iterable[int], store: Store, forms: Forms) -> Iterator[Part]:
    """Read and save pages one after the other; pages that have a result already are passed over."""
    raise NotImplementedError


def settle(store: Store, forms: Forms, change: review.Change) -> model.Record:
    """Add a decision, derive and check again, in one transaction; the record as it stands then.

    Raises:
        StaleWrite: somebody saved first.
        NotUnderstood: the value does not fit the field.
        KeyError: no such record or field.
    """
    raise NotImplementedError


def page_picture(store: Store, sha256: str, page: int, turn: int = 0, width: int = 1600) -> bytes:
    """A page of an original as grey JPEG, turned clockwise by `turn` degrees, at most `width` px wide."""
    raise NotImplementedError


def page_view(store: Store, record_id: str, n: int, width: int = 1600) -> PageView:
    """Page n (from 1) of a record, upright, and where its fields lie; KeyError when there is no such page."""
    raise NotImplementedError


def field_picture(
    store: Store, forms: Forms, record_id: str, field_id: str, scale: float = 2.0, around: float = 0.35
) -> bytes:
    """The very crop of a field as PNG, `scale` times its size in the scan, with a margin of `around` of the box.

    Raises:
        KeyError: no such record or field, or the field lies on no page in hand.
    """
    raise NotImplementedError
