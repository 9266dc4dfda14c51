"""An open store: what may be asked of it, and the transactions that change it."""

from __future__ import annotations

import copy
import functools
import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

from sqlalchemy import ColumnElement, Connection, and_, exists, select

from pipeline import model
from pipeline.errors import StoreProblem
from pipeline.settings import Settings
from pipeline.store import anchor, chain, cuts, database, dialect, log, moments, offices, queries, vault
from pipeline.store.parcels import Counts, Filed, Line, Part, Scan, Since, Spot, Task
from pipeline.store.tables import batch as batches
from pipeline.store.tables import page, placement, record, scan
from pipeline.store.writing import Writing

STOPPED = ("timeout", "crashed", "out-of-memory")  # reasons that a machine under less load may not give
logger = logging.getLogger(__name__)


class Store:
    """Records, images and ledger of one office; a context manager, safe to share between threads."""

    def __init__(self, settings: Settings, create: bool = False) -> None:
        self.settings = settings
        self.office: str | None = None  # whose papers are seen; None: everybody's
        self._engine = database.opened(settings, create)
        self._turn = dialect.turn(settings.database_url)
        if create:
            with suppress(OSError):  # a share that went just now is told of by whoever needs it
                vault.sweep(settings.vault)

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    def of_office(self, name: str | None) -> Store:
        """The same store as an office sees it: papers of others are not there. None (the headquarters): as it is."""
        if name is None:
            return self
        seen = copy.copy(self)
        seen.office = name
        return seen

    def mine(self, scan_id: ColumnElement[int]) -> tuple[ColumnElement[bool], ...]:
        """What every question adds so that only this office's papers answer; `scan_id` is the question's column."""
        return offices.mine(self.office, scan_id)

    def mine_by_record(self, record_id: ColumnElement[str]) -> tuple[ColumnElement[bool], ...]:
        """The same for questions that hold ids of records."""
        return offices.mine_by_record(self.office, record_id)

    @functools.cached_property
    def audit_key(self) -> bytes:
        """The key of the audit log's chain."""
        return chain.key(self.settings.secret())

    def audit(self, actor: str | None, action: str, target: str = "", why: str = "") -> None:
        """Leave a line in the audit log, in a transaction of its own.

        Args:
            actor: name of the account; None when nobody is signed in.
            action: kebab-case English, such as "view".
            target: `name=id` or counts in ASCII, such as "record=ab12 field=q1"; never a value.
            why: what the actor said it is for, at most 100 characters.
        """
        with self.writing() as change:
            change.audit(actor, action, target, why)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees the store as it stands at its first question."""
        with dialect.told(), dialect.reading(self._engine.connect()) as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        """A transaction: what is done in it is durable when the block ends, and undone when it raises."""
        with self._turn, dialect.told(), dialect.writing(self._engine.connect()) as connection, connection.begin():
            change = Writing(connection, self.office)
            yield change
            head = log.append(connection, self.audit_key, change.at, change.events) if change.events else None
        if head is not None:
            self._anchor(head)

    @contextmanager
    def trying(self) -> Iterator[Writing]:
        """A transaction of which nothing stays: to see what would come of it."""
        with (
            self._turn,
            dialect.told(),
            dialect.writing(self._engine.connect()) as connection,
            connection.begin() as all_of_it,
        ):
            yield Writing(connection, self.office)
            all_of_it.rollback()

    def _anchor(self, head: chain.Head) -> None:
        """An anchor that lags behind is no fault: what is committed must not look as if it had failed."""
        try:
            anchor.put(self.settings.anchor, head)
        except (OSError, StoreProblem) as error:
            logger.error("the audit log's anchor was not written: %s", type(error).__name__)  # noqa: TRY400  # no path

    def scrub(self, whole: bool = False) -> None:
        """Let nothing of removed rows stay in the database's files, as far as other readers allow; see dialect.py."""
        dialect.scrub(self._engine, whole)

    def keep(self, chunks: Iterable[bytes]) -> tuple[str, int]:
        """Put a file into the vault, durably; its SHA-256 and size. It has arrived when a transaction says so as well."""
        return vault.keep(self.settings.vault, chunks)

    def original(self, sha256: str) -> Path:
        """Where the original of that SHA-256 lies; where pages were taken out of it, what is left."""
        place = vault.place(self.settings.vault, sha256)
        kept = None if place.is_file() else self._kept(sha256)
        return place if kept is None else vault.place(self.settings.vault, kept)

    def _kept(self, sha256: str) -> str | None:
        with self.reading() as connection:
            return connection.execute(select(scan.c.kept).where(scan.c.sha256 == sha256)).scalar()

    def answers(self) -> bool:
        """Whether the database can be asked; StoreProblem where it fails."""
        with self.reading() as connection:
            return connection.execute(select(1)).scalar() == 1

    def knows(self, sha256: str) -> bool:
        """Whether these bytes arrived."""
        with self.reading() as connection:
            asked = select(scan.c.id).where(scan.c.sha256 == sha256, *self.mine(scan.c.id))
            return connection.execute(asked).first() is not None

    def record(self, record_id: str) -> model.Record:
        """The record of that id (or of one that was joined into it), decisions included; KeyError when unknown."""
        return self.filed(record_id).record

    def filed(self, record_id: str) -> Filed:
        """The record and where its paper lies; KeyError when unknown."""
        with self.reading() as connection:
            key = queries.record_id(connection, record_id)
            found = next(queries.filed(connection, record.c.id == key, *self.mine(record.c.scan_id)), None)
        if found is None:
            raise KeyError(record_id)
        return found

    def on_page(self, sha256: str, number: int) -> list[model.Record]:
        """The records that have a page of a file."""
        with self.reading() as connection:
            return queries.on_page(connection, sha256, number)

    def records(
        self,
        form: str | None = None,
        status: Sequence[model.Status] = (),
        batch: str | None = None,
        since: Since | None = None,
        as_of: Since | None = None,
    ) -> Iterator[Filed]:
        """Records in order of arrival, a few hundred at a time in memory, as they stand when the first is asked for.

        Args:
            form: only of the form with this id, all versions.
            status: only these; () is all.
            batch: only of the batches of this name.
            since: only what changed at that moment or later.
            as_of: only what had arrived by then (a date: by the end of that day in Tokyo).
        """
        tests: list[tuple[object, ColumnElement[bool]]] = [
            (form, record.c.form_id == form),
            (status, record.c.status.in_(status)),
            (batch, _of_batch(batch)),
            (since, record.c.changed >= (moments.start(since) if since else "")),
            (as_of, scan.c.arrived < (moments.end(as_of) if as_of else "")),
        ]
        with self.reading() as connection:
            yield from queries.filed(connection, *(test for given, test in tests if given), *self.mine(scan.c.id))

    def spot(self, record_id: str, field: str) -> Spot:
        """Where the picture of a record's field is; KeyError when the field lies on no page in hand."""
        with self.reading() as connection:
            found = queries.spot(connection, record_id, field, *self.mine(scan.c.id))
        if found is None:
            raise KeyError(field)
        return found

    def cut(self, at: Spot) -> bytes | None:
        """The crop of a field as it was cut when its page was read (JPEG); None when it was not."""
        return cuts.find(self.settings.cuts, at.sha256, at.page, (at.place, at.field))

    def page_size(self, sha256: str, page: int) -> tuple[int, int] | None:
        """Width and height in px of a page from which crops were cut; None for others."""
        return cuts.size(self.settings.cuts, sha256, page)

    def forget_cuts(self, sha256: str) -> None:
        """Remove what was cut from the pages of a file; it is cut again when asked for."""
        cuts.forget(self.settings.cuts, sha256)

    def keep_cuts(self, sha256: str, page: int, cut: cuts.Cuts) -> None:
        """Put away what was cut from a page; what cannot be written is cut again when it is asked for."""
        cuts.keep(self.settings.cuts, sha256, page, cut)

    def scans(self, refused: bool | None = None) -> Iterator[Scan]:
        """Files in order of arrival; only those in quarantine, only the others, or all."""
        where = () if refused is None else (scan.c.refused.is_not(None) if refused else scan.c.refused.is_(None),)
        with self.reading() as connection:
            yield from queries.scans(connection, *where, *self.mine(scan.c.id))

    def waiting(self, page_ids: Collection[int] | None = None) -> list[Task]:
        """Accepted pages without a result, in order of arrival (of `page_ids`, or all): the work list."""
        if page_ids is not None and len(page_ids) <= queries.CHUNK:
            return self._tasks(page.c.read_at.is_(None), page.c.id.in_(page_ids))
        tasks = self._tasks(page.c.read_at.is_(None))
        return tasks if page_ids is None else [task for task in tasks if task.page_id in page_ids]

    def stopped(self) -> list[Task]:
        """Pages whose reading was stopped or broke off, and which reading again may save."""
        ended = placement.c.current & (placement.c.status == "unreadable") & placement.c.reason.in_(STOPPED)
        here = (placement.c.scan_id == page.c.scan_id) & (placement.c.number == page.c.number)
        return self._tasks(exists().where(here, ended))

    def task(self, page_id: int) -> Task:
        """What a worker needs to read a page; KeyError when there is no such page."""
        found = self._tasks(page.c.id == page_id)
        if not found:
            raise KeyError(page_id)
        return found[0]

    def tasks(self, page_ids: Collection[int]) -> list[Task]:
        """The same for some pages, in order of arrival; those that do not exist are left out."""
        return self._tasks(page.c.id.in_(page_ids))

    def read_at(self, page_ids: Collection[int]) -> dict[int, str | None]:
        """When each of these pages was last read, None while it waits; pages that do not exist are left out."""
        asked = select(page.c.id, page.c.read_at).where(page.c.id.in_(page_ids))
        with self.reading() as connection:
            return {row.id: row.read_at for row in connection.execute(asked)}

    def part(self, page_id: int) -> Part:
        """What the last reading of a page gave, a record per sheet as it was before joining."""
        with self.reading() as connection:
            return Part(page_id, tuple(queries.of_page(connection, page_id)))

    def pages(self, sha256: str) -> list[Task]:
        """All pages of a file, read or not."""
        return self._tasks(scan.c.sha256 == sha256)

    def read_as(self, form: model.FormKey | None, batch_id: int | None = None) -> list[list[int]]:
        """Ids of the pages that were read as a form (None: as none), the pages of one record together."""
        form_id, version = form or ("", "")
        # A form that a person named without it being read counts as well: the record's.
        ids = select(record.c.id).where(record.c.form_id == form_id, record.c.form_version == version)
        here = placement.c.scan_id == page.c.scan_id, placement.c.number == page.c.number
        asked = select(placement.c.record_id, page.c.id).select_from(placement).join(page, and_(*here)).join(scan)
        tests = [placement.c.current, placement.c.record_id.in_(ids), page.c.removed.is_(None), *self.mine(scan.c.id)]
        tests += [] if batch_id is None else [scan.c.batch_id == batch_id]
        found: dict[str, list[int]] = {}
        with self.reading() as connection:
            for owner, page_id in connection.execute(asked.where(*tests).order_by(scan.c.id, page.c.number)):
                found.setdefault(owner, []).append(page_id)
        return [list(dict.fromkeys(pages)) for pages in found.values()]

    def _tasks(self, *where: ColumnElement[bool]) -> list[Task]:
        asked = select(page.c.id, scan.c.sha256, scan.c.name, page.c.number).join(scan)
        asked = asked.where(page.c.removed.is_(None), *where, *self.mine(scan.c.id))
        with self.reading() as connection:
            rows = connection.execute(asked.order_by(scan.c.id, page.c.number)).all()
        return [Task(*row, self.original(row.sha256)) for row in rows]

    def page_bytes(self, sha256: str) -> bytes:
        """The original file, untouched; KeyError when it never arrived, StoreProblem when its bytes are gone."""
        if not self.knows(sha256):
            raise KeyError(sha256)
        return vault.read(self.settings.vault, self._kept(sha256) or sha256)

    def ledger(self) -> Iterator[Line]:
        """Every line of the ledger, oldest first."""
        with self.reading() as connection:
            yield from queries.lines(connection)

    def counts(self, batch: str | None = None) -> Counts:
        """Where everything is, from the records; this is what progress is drawn from."""
        with self.reading() as connection:
            of_batch = () if batch is None else (_of_batch(batch),)
            return queries.counts(connection, *of_batch, *self.mine(scan.c.id))


def _of_batch(name: str | None) -> ColumnElement[bool]:
    return scan.c.batch_id.in_(select(batches.c.id).where(batches.c.name == name))


def open(settings: Settings, create: bool = False) -> Store:  # noqa: A001  # read as `store.open(settings)`
    """Open the store.

    Args:
        settings: where it is.
        create: make a missing one (ingest, demo, the first account); an older one is never migrated silently.

    Raises:
        StoreProblem: store-missing, store-old, store-newer, store-damaged or store-folder.
    """
    return Store(settings, create)


def migrate(settings: Settings) -> None:
    """Bring an older store up to date, or make a new one; raises StoreProblem."""
    database.migrate(settings)
