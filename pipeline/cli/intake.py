"""Files into the store and pages through the readers: what `ingest` and `watch` have in common."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.common import F, loaded, rooms_in_words, say
from pipeline.forms import Forms
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.run import Arrival
    from pipeline.store import Part, Store
    from pipeline.workers import Pool

STATUS = {
    "accepted": "読み取り済み",
    "needs_review": "要確認",
    "unreadable": "開けません",
    "unidentified": "様式不明",
    "blank": "白紙",
}


def workers_option(command: F) -> F:
    """How many processes read."""
    option = click.option(
        "--workers",
        "count",
        type=click.IntRange(0, 64),
        envvar="YOMITORI_WORKERS",
        show_envvar=True,
        help="並列に読むプロセスの数",
    )
    return option(command)


@dataclass(frozen=True)
class Intake:
    """A store, and the guarded processes that read for it."""

    store: Store
    pool: Pool
    forms: Forms
    batch: str | None = None

    def accept(self, paths: Iterable[Path], by: str | None = None) -> Iterator[Arrival]:
        """Take files and folders in; what is yielded is safe."""
        from pipeline import workers

        return workers.accept(self.pool, self.store, paths, self.batch, by)

    def read(self, page_ids: Collection[int] | None = None) -> Iterator[Part]:
        """Read the pages that wait (of `page_ids`, or all); what is yielded is saved."""
        from pipeline import workers

        return (part for _, part in workers.submit(self.pool, self.store, self.forms, page_ids))


@contextmanager
def opened(own: Settings, store: Store, batch: str | None = None, count: int | None = None) -> Iterator[Intake]:
    """An intake with `count` processes, or as many as are set."""
    from pipeline import workers

    for line in rooms_in_words(own):
        say(f"注意: {line}")
    with workers.pool(own, functools.partial(loaded, own), count) as pool:
        yield Intake(store, pool, loaded(own), batch)


def in_words(counts: Counter[str]) -> str:
    """How many of which status."""
    return "、".join(f"{STATUS[name]} {number}" for name, number in counts.items() if number)
