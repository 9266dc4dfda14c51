"""An open store: what may be asked of it, and the transactions that change it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import TracebackType

from pipeline import model
from pipeline.settings import Settings
from pipeline.store.parcels import Counts, Filed, Line, Scan, Since, Task


class Store:
    """Records, images and ledger of one office; a context manager."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of every connection."""

    def record(self, record_id: str) -> model.Record:
        """The record of that id (or of one that was joined into it), decisions included; KeyError when unknown."""
        raise NotImplementedError

    def filed(self, record_id: str) -> Filed:
        """The record and where its paper lies; KeyError when unknown."""
        raise NotImplementedError

    def records(
        self,
        form: str | None = None,
        status: Sequence[model.Status] = (),
        batch: str | None = None,
        since: Since | None = None,
        as_of: Since | None = None,
    ) -> Iterator[Filed]:
        """Records in order of arrival, a few hundred at a time in memory.

        Args:
            form: only of the form with this id, all versions.
            status: only these; () is all.
            batch: only of this batch.
            since: only what changed at that moment or later.
            as_of: only what had arrived by then (a date: by the end of that day in Tokyo).
        """
        raise NotImplementedError

    def scans(self, refused: bool | None = None) -> Iterator[Scan]:
        """Files in order of arrival; only those in quarantine, only the others, or all."""
        raise NotImplementedError

    def waiting(self) -> Iterator[Task]:
        """Accepted pages without a result, in order of arrival: the work list."""
        raise NotImplementedError

    def page_bytes(self, sha256: str) -> bytes:
        """The original file, untouched; KeyError when it never arrived, StoreProblem when its bytes are gone."""
        raise NotImplementedError

    def ledger(self) -> Iterator[Line]:
        """Every line of the ledger, oldest first."""
        raise NotImplementedError

    def counts(self, batch: str | None = None) -> Counts:
        """Where everything is, from the records; this is what progress is drawn from."""
        raise NotImplementedError


def open(settings: Settings, create: bool = False) -> Store:  # noqa: A001  # read as `store.open(settings)`
    """Open the store.

    Args:
        settings: where it is.
        create: make a missing one (ingest, demo, the first account); an older one is never migrated silently.

    Raises:
        StoreProblem: store-missing, store-old, store-newer, store-locked, store-damaged or store-folder.
    """
    raise NotImplementedError


def migrate(settings: Settings) -> None:
    """Bring an older store up to date, or make a new one; raises StoreProblem."""
    raise NotImplementedError
