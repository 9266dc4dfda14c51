"""The data file: one walk over the records fills every sheet."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from pipeline import model
from pipeline.errors import UsageProblem
from pipeline.workbook import book, clean, codebook, files, flat, glance, long, metadata, tally
from pipeline.workbook.columns import Codes, Row, Table
from pipeline.workbook.lists import Lists
from pipeline.workbook.order import Extra, Job, Preview, Summary
from pipeline.workbook.sheet import Answered, Sheet

INDIVIDUAL = "個票"
COMMON = (long.TABLE, tally.TABLE, codebook.DEFINITIONS, codebook.CODES, codebook.METADATA, codebook.CHANGES)
COMPANIONS = (codebook.DEFINITIONS, codebook.CODES, codebook.METADATA, codebook.CHANGES)  # of a flat file
SETTLED_OUT = {"blank": "白紙と判断", "duplicate": "重複と判断", "foreign": "別の書類と判断"}


class Sink(Protocol):
    """Where rows go: a workbook, or one file per table."""

    def open(self, table: Table) -> object:
        """Make the table even if no row ever comes."""

    def add(self, table: Table, row: Row) -> None:
        """Add one row."""

    def finish(self, names: Sequence[str], codes: Mapping[str, str]) -> dict[Path, Path]:
        """Complete everything: made → target."""

    def close(self) -> None:
        """End what is still open, after a failure too."""


def write(job: Job) -> Summary:
    """Write the data file.

    Raises:
        UsageProblem: unknown suffix or sheet, or a folder that cannot be written.
    """
    wanted = _Wanted(job)
    with files.beside(job.out) as folder, contextlib.closing(_sink(job, folder)) as sink:
        walk = _walked(job, sink, wanted)
        names = walk.finish()
        written = files.publish(
            sink.finish(names, codebook.code_places(walk.codes()) if wanted(codebook.CODES.name) else {})
        )
    return walk.summary(written, sink.unwritable if isinstance(sink, flat.Csv) else 0)


def preview(job: Job) -> Preview:
    """What `write` would write, without a file; raises UsageProblem as it does."""
    sink = glance.Glance()
    walk = _walked(job, sink, _Wanted(job))
    names = walk.finish()
    return Preview(walk.summary((), 0), sink.heads(names))


def _walked(job: Job, sink: Sink, wanted: _Wanted) -> _Walk:
    walk = _Walk(job, sink, wanted)
    for done, record in enumerate(job.stream(), 1):
        walk.add(record)
        if job.progress is not None:
            job.progress(done)
    return walk


def _sink(job: Job, folder: Path) -> book.Book | flat.Csv | flat.Parquet:
    suffix = job.out.suffix.lower()
    if suffix == ".xlsx":
        return book.Book(folder, job.out, job.about)
    if suffix == ".csv":
        return flat.Csv(folder, job.out, job.order.encoding)
    if suffix == ".parquet":
        return flat.Parquet(folder, job.out)
    raise UsageProblem(
        "export-suffix",
        f"{job.out.name} の形式では出力できません。",
        "名前の終わりを .xlsx、.csv、.parquet のどれかにしてください。",
    )


class _Wanted:
    """Which sheets are wanted, by name."""

    def __init__(self, job: Job) -> None:
        asked = job.order.sheets
        self._names = set(asked) if asked is not None else self._usual(job)
        known = {table.name for table in COMMON} | {INDIVIDUAL}
        wrong = [name for name in self._names if name not in known and not name.startswith(f"{INDIVIDUAL}_")]
        if wrong or not self._names:
            raise UsageProblem(
                "export-sheet",
                f"シート {'、'.join(sorted(wrong)) or '（なし）'} は作れません。",
                f"選べるのは {INDIVIDUAL}、{'、'.join(table.name for table in COMMON)} です。",
            )

    def _usual(self, job: Job) -> set[str]:
        """Everything in a workbook; in a flat file one table of answers and what explains it."""
        if job.out.suffix.lower() == ".xlsx":
            return {INDIVIDUAL, *(table.name for table in COMMON)}
        one_form = (
            len({record.form[0] for record in job.stream() if _left_out(record, job) is None and record.form}) == 1
        )
        return {INDIVIDUAL if one_form else long.TABLE.name, *(table.name for table in COMPANIONS)}

    def __call__(self, name: str) -> bool:
        return name in self._names or (name.startswith(f"{INDIVIDUAL}_") and INDIVIDUAL in self._names)


def _left_out(record: model.Record, job: Job) -> str | None:
    """Why a record is in no sheet, in Japanese; None for one that is."""
    aside = model.aside(record)
    if aside is not None:
        return SETTLED_OUT[aside]
    if record.form is None or record.status in ("unidentified", "blank"):
        return "様式が分からない"
    if record.form not in job.forms:
        return "様式ファイルがない"
    return None if record.readings or record.decisions else "記入欄のない面"


class _Walk:
    """One walk over the records: what each sheet gets, and what is counted."""

    def __init__(self, job: Job, sink: Sink, wanted: _Wanted) -> None:
        self._job, self._sink, self._wanted = job, sink, wanted
        self._lists = Lists(job.forms)
        self._cleaner = clean.Cleaner()
        self._sheets: dict[str, Sheet] = {}
        self._tallies: dict[str, tally.Tally] = {}
        self._rows: Counter[str] = Counter()
        self._counts = metadata.Counts()
        for table in COMMON:
            if wanted(table.name):
                sink.open(table)

    def _add(self, table: Table, row: Row) -> None:
        if self._wanted(table.name):
            self._sink.add(table, row)
            self._rows[table.name] += 1

    def add(self, record: model.Record) -> None:
        """One record into every sheet."""
        reason = _left_out(record, self._job)
        if reason is not None or record.form is None:
            self._counts.left_out[reason or ""] = self._counts.left_out.get(reason or "", 0) + 1
            return
        form_id = record.form[0]
        sheet = self._sheet(form_id)
        extra = self._job.order.extras.get(record.id, Extra())
        found = sheet.answered(record, extra, self._job.about, self._cleaner)
        found.row[1] = sheet.subject(found, extra, self._job.order.key)
        self._add(sheet.table, found.row)
        if self._wanted(long.TABLE.name):
            for row in long.rows(found, self._cleaner):
                self._add(long.TABLE, row)
        self._tallies[form_id].add(found)
        self._count(sheet, found)
        self._note_changes(record.id, form_id)

    def _sheet(self, form_id: str) -> Sheet:
        if form_id not in self._sheets:
            forms = (form for form in self._job.forms.values() if form.id == form_id)
            taken = {sheet.table.name for sheet in self._sheets.values()}
            self._sheets[form_id] = Sheet(forms, self._lists, self._job.order.identified, taken)
            self._tallies[form_id] = tally.Tally(form_id)
        return self._sheets[form_id]

    def _count(self, sheet: Sheet, found: Answered) -> None:
        counts = self._counts
        held = sum(not answer.counts for answer in found.answers.values())
        counts.records[sheet.table.name] = counts.records.get(sheet.table.name, 0) + 1
        counts.open_records += held > 0
        counts.open_fields += held
        counts.readers |= {(reading.reader, reading.threshold) for reading in found.record.readings.values()}

    def _note_changes(self, record_id: str, form_id: str) -> None:
        for item, change in self._cleaner.collect():
            self._counts.changed += 1
            self._add(
                codebook.CHANGES,
                [
                    record_id,
                    form_id,
                    item,
                    change.reason,
                    change.code_point or None,
                    change.became or None,
                    change.times,
                ],
            )

    def codes(self) -> list[Codes]:
        """The code lists of all sheets."""
        return codebook.code_lists(self._sheets.values())

    def finish(self) -> list[str]:
        """Write what could only be known in the end; the sheets' names in order."""
        self._counts.kept = self._cleaner.kept
        for table, rows in self._closing():
            if self._wanted(table.name):
                for row in rows:
                    self._add(table, row)
        return [table.name for table in self._tables()]

    def _closing(self) -> Iterator[tuple[Table, Iterator[Row]]]:
        as_of = self._job.about.as_of
        yield tally.TABLE, (row for one in self._tallies.values() for row in one.rows(as_of))
        yield codebook.DEFINITIONS, codebook.definitions(self._tables(), list(self._sheets.values()))
        yield codebook.CODES, codebook.codes(self.codes())
        yield codebook.METADATA, metadata.rows(self._job, self._sheets.values(), self._counts)

    def _tables(self) -> list[Table]:
        found = [*(sheet.table for sheet in self._sheets.values()), *COMMON]
        return [table for table in found if self._wanted(table.name)]

    def summary(self, written: tuple[Path, ...], unwritable: int) -> Summary:
        """What was written."""
        counts = self._counts
        return Summary(
            files=written,
            rows=dict(self._rows),
            records=sum(counts.records.values()),
            open_records=counts.open_records,
            open_fields=counts.open_fields,
            left_out=dict(counts.left_out),
            changed=counts.changed,
            unwritable=unwritable,
        )
