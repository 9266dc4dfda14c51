"""Exports from an open store: which records go out, what the metadata say of them, and the trace that they leave."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from sqlalchemy import func, select

from pipeline import model, records, reporting, review, workbook
from pipeline.errors import UsageProblem
from pipeline.forms import Forms, schema
from pipeline.returns.loop import Loop
from pipeline.store import Filed, Scan, Store, accounts, moments, tables
from pipeline.workbook import report
from pipeline.workbook.order import Encoding

REPORT = "report"  # the kind that is counted rather than listed
DISTRICT = "district"  # the role of the field that the filter asks for
CONSENT = "consent"  # the role of the field in which a person agrees
LONGEST_PURPOSE = 100  # characters; it stands in the audit log
STATUSES: Mapping[model.Status, str] = {"accepted": "確定", "needs_review": "確認待ち"}  # of records that can go out

Progress: TypeAlias = Callable[[int, int], None]  # records looked at, and how many there are


@dataclass(frozen=True)
class Asked:
    """What a person asked for; every filter narrows."""

    kind: str = "data"
    form: str | None = None  # id, all versions
    sheets: tuple[str, ...] | None = None
    as_of: dt.date | None = None  # as the office stood at the end of that day in Tokyo
    since: dt.date | None = None  # what changed on that day or later
    arrived_from: dt.date | None = None  # the period in which the paper was taken in, both days included
    arrived_until: dt.date | None = None
    district: str | None = None
    office: str | None = None
    status: tuple[model.Status, ...] = ()  # () is all
    identified: bool = False  # with the fields that identify a person
    purpose: str = ""  # of an identified export; it stands in the audit log
    encoding: Encoding = "utf-8-sig"
    by: str = "コマンド"
    id: str = field(default_factory=lambda: secrets.token_hex(16))  # names the export in the audit log


def again(asked: Asked) -> Asked:
    """The same order under a new id."""
    return replace(asked, id=secrets.token_hex(16))


@dataclass(frozen=True)
class Offered:
    """What the filters can be set to."""

    forms: Mapping[str, str]  # id → title of the newest version
    districts: tuple[str, ...]
    offices: tuple[str, ...]


def offered(store: Store, forms: Forms) -> Offered:
    """Forms, districts (of every form that asks for one, and of their lists) and offices to choose from."""
    titles = {form.id: form.title for form in sorted(forms.values(), key=lambda one: one.key)}
    offices = (store.office,) if store.office is not None else tuple(sorted(_Offices(store).names))
    return Offered(titles, tuple(dict.fromkeys(_districts(forms))), offices)


def _districts(forms: Forms) -> Iterator[str]:
    for one in (one for form in forms.values() for one in form.fields.values() if one.role == DISTRICT):
        if one.kind == "choice":
            yield from (str(option.value) for option in one.options)
        elif one.kind == "text" and one.list_:
            yield from forms.listing(one.list_).values


def check(store: Store, forms: Forms, asked: Asked) -> None:
    """Raise UsageProblem for a filter that nothing can meet, and for an identified export without its purpose."""
    choices = offered(store, forms)
    _one_of("kind", "種類", asked.kind, (*workbook.KINDS, REPORT))
    _one_of("form", "様式", asked.form, choices.forms)
    _one_of("district", "地区", asked.district, choices.districts)
    _one_of("office", "窓口", asked.office, choices.offices)
    if asked.as_of is not None and asked.as_of > dt.datetime.now(moments.TOKYO).date():
        # A report has a column for every month up to it.
        raise UsageProblem(
            "export-as-of", f"基準日 {asked.as_of} は、まだ来ていません。", "今日までの日にしてください。"
        )
    if asked.arrived_from and asked.arrived_until and asked.arrived_from > asked.arrived_until:
        raise UsageProblem("export-period", "期間の初めの日が、終わりの日より後です。", "日付を確かめてください。")
    if asked.kind == REPORT and (narrowed := _narrowed(asked)):
        raise UsageProblem(
            "report-filter",
            f"報告は全体を数えるので、{'、'.join(narrowed)} では絞り込めません。",
            "絞り込みを外すか、データファイル（--kind data）にしてください。",
        )
    if asked.identified and not _fit(asked.purpose):
        raise UsageProblem(
            "export-purpose",
            "個人を識別する項目を出力するには、利用目的が要ります。",
            f"{LONGEST_PURPOSE} 文字までで書いてください。目的は記録に残ります。",
        )


def _narrowed(asked: Asked) -> list[str]:
    told = {**_filters(replace(asked, office=None)), "変わった日": asked.since}
    return [name.removeprefix("絞り込み: ") for name, value in told.items() if value]


def _fit(purpose: str) -> bool:
    return 0 < len(purpose.strip()) <= LONGEST_PURPOSE and purpose.isprintable()


def _one_of(code: str, what: str, value: str | None, known: Mapping[str, str] | tuple[str, ...]) -> None:
    if value is not None and value not in known:
        todo = f"{'、'.join(known)} から選びます。" if known else "選べるものが、まだありません。"
        raise UsageProblem(f"export-{code}", f"{what}「{value}」はありません。", todo)


def write(out: Path, store: Store, forms: Forms, asked: Asked, progress: Progress | None = None) -> workbook.Summary:
    """Write what was asked for; values that nobody vouched for yet are left empty.

    Raises:
        UsageProblem: see `check`; an unknown suffix or sheet.
        Problem: the file could not be written.
    """
    check(store, forms, asked)
    store = store.of_office(asked.office)
    begun = f"export={asked.id} kind={asked.kind} identified={int(asked.identified)}"
    store.audit(asked.by, "export-begin", begun, asked.purpose.strip())
    chosen = _Chosen(store, forms, asked)
    if asked.kind == REPORT:
        done = _report(out, chosen, asked, progress)
    else:
        done = workbook.write(out, chosen, forms, _about(store, asked), _order(chosen, asked), chosen.told(progress))
    counts = f"records={done.records} open={done.open_fields} rows={sum(done.rows.values())} files={len(done.files)}"
    store.audit(asked.by, "export-done", f"export={asked.id} {counts}")
    return done


def _report(out: Path, chosen: _Chosen, asked: Asked, progress: Progress | None) -> workbook.Summary:
    """The report as a workbook."""
    if out.suffix.lower() != ".xlsx":
        what = f"{out.name} の形式では、報告を出力できません。"
        raise UsageProblem("export-suffix", what, "名前の終わりを .xlsx にしてください。")
    made = chosen.report(progress)
    written = report.write(out, made.tables, report.Cover(made.title, chosen.about(), made.lines))
    sheets = made.loop.sheets
    return workbook.Summary(
        files=written,
        rows={table.id: sum(len(block.rows) for block in table.blocks) for table in made.tables},
        records=len(sheets),
        open_records=sum(not sheet.shut for sheet in sheets),
        open_fields=sum(value is model.HELD for sheet in sheets for values in sheet.said.values() for value in values),
        left_out={},
        changed=0,
    )


def counted(store: Store, forms: Forms, asked: Asked) -> reporting.Counted:
    """The report (of `asked.sheets`, or all tables), for the screen; never with a field that identifies a person.

    Raises:
        UsageProblem: as `write`.
    """
    check(store, forms, asked)
    return _Chosen(store, forms, replace(asked, identified=False)).report(None)


def loop(store: Store, forms: Forms, as_of: dt.date | None = None) -> Loop:
    """What went out, came back and was entered, as it stood at the end of that day (today)."""
    return _Chosen(store, forms, Asked(as_of=as_of)).loop()


def fingerprint(store: Store) -> tuple[object, ...]:
    """Something that is another whenever anything that a report counts may have changed."""
    last = [func.max(one) for one in (tables.record.c.changed, tables.entry.c.id, tables.issued.c.id)]
    with store.reading() as connection:
        found = [connection.execute(select(one)).scalar() for one in last]
        return (*found, connection.execute(select(func.count()).select_from(tables.record)).scalar())


@dataclass(frozen=True)
class Look(workbook.Preview):
    """What an export would write, and how many of its records lack the person's consent."""

    without_consent: int = 0


def doubts(store: Store, asked: Asked, seen: Look) -> list[str]:
    """What somebody should think about before names go out, a sentence each; [] when there is nothing."""
    many, records, without = store.settings.many_records, seen.summary.records, seen.without_consent
    told = {
        f"個人を識別する項目を、{records:,} 件分書き出します（{many:,} 件を超えています）。": records > many,
        f"本人の同意が確かめられていない記録が {without:,} 件あります。": without > 0,
    }
    return [sentence for sentence, holds in told.items() if asked.identified and holds]


def preview(suffix: str, store: Store, forms: Forms, asked: Asked, progress: Progress | None = None) -> Look:
    """What `write` would put into a file with this suffix, never with a field that identifies a person.

    Raises:
        UsageProblem: as `write`.
    """
    check(store, forms, asked)
    asked, store = replace(asked, identified=False), store.of_office(asked.office)
    chosen = _Chosen(store, forms, asked)
    out = Path(f"preview{suffix}")
    seen = workbook.preview(out, chosen, forms, _about(store, asked), _order(chosen, asked), chosen.told(progress))
    store.audit(asked.by, "export-preview", f"export={asked.id} records={seen.summary.records}")
    return Look(seen.summary, seen.heads, chosen.without_consent)


class _Offices:
    """Which office a file belongs to: its batch's, else that of whoever brought it in."""

    def __init__(self, store: Store) -> None:
        asked = select(tables.batch.c.id, tables.office.c.name).join(tables.office)
        with store.reading() as connection:
            self._batches = {int(batch): str(office) for batch, office in connection.execute(asked)}
        self._people = {one.name: one.office for one in accounts.everyone(store) if one.office is not None}

    @property
    def names(self) -> set[str]:
        """Every office that there is."""
        return {*self._batches.values(), *self._people.values()}

    def of(self, scan: Scan) -> str:
        """The office, "" when unknown."""
        return self._batches.get(scan.batch_id or 0) or self._people.get(scan.actor or "") or ""


class _Chosen:
    """The records that were asked for, as they stood; `extras` fills as they are handed out, so one walk is enough."""

    def __init__(self, store: Store, forms: Forms, asked: Asked) -> None:
        self.extras: dict[str, workbook.Extra] = {}
        self._store, self._forms, self._asked = store, forms, asked
        self._offices = _Offices(store)
        self._seen = 0
        self.without_consent = 0  # of the records handed out in the last walk

    def __call__(self) -> Iterator[model.Record]:
        """A walk over them, in order of arrival."""
        self.without_consent = 0
        for one in self.filed():
            self.extras[one.record.id] = self._extra(one)
            self.without_consent += not self._consented(one.record)
            yield one.record

    def filed(self) -> Iterator[Filed]:
        """The same, each with its scan."""
        asked, self._seen = self._asked, 0
        for one in self._store.records(form=asked.form, since=asked.since, as_of=asked.as_of):
            self._seen += 1
            record = self._stood(one.record)
            if self._fits(one, record):
                yield replace(one, record=record, aside=model.aside(record))

    def loop(self, progress: Progress | None = None) -> Loop:
        """Everything that went out and came back."""
        told, as_of = self.told(progress), self._asked.as_of or dt.datetime.now(moments.TOKYO).date()
        offices = {scan.id: self._offices.of(scan) for scan in self._store.scans()}
        walk = (one for one in self.filed() if told is None or told(0) is None)
        return reporting.loop(self._store, self._forms, walk, offices, as_of)

    def report(self, progress: Progress | None) -> reporting.Counted:
        """The report, counted."""
        return reporting.counted(self.loop(progress), self._forms, self._asked.sheets, self._asked.identified)

    def about(self) -> workbook.About:
        """What the metadata say."""
        return _about(self._store, self._asked)

    def told(self, progress: Progress | None) -> Callable[[int], None] | None:
        """The workbook's progress, told as records looked at of how many."""
        if progress is None:
            return None
        total = self._total()
        return lambda _: progress(self._seen, total)

    def _total(self) -> int:
        """How many records there are to look at, at most."""
        asked = select(func.count()).select_from(tables.record)
        if self._asked.form is not None:
            asked = asked.where(tables.record.c.form_id == self._asked.form)
        with self._store.reading() as connection:
            return int(connection.execute(asked).scalar_one())

    def _stood(self, record: model.Record) -> model.Record:
        """The record without what was decided after the day that was asked for."""
        if self._asked.as_of is None:
            return record
        end = moments.end(self._asked.as_of)
        kept = tuple(one for one in record.decisions if one.at < end)
        if len(kept) == len(record.decisions):
            return record
        return review.judged(replace(record, decisions=kept), self._forms, records.judge)

    def _fits(self, one: Filed, record: model.Record) -> bool:
        asked, arrived = self._asked, one.scan.arrived
        return (
            (not asked.status or record.status in asked.status)
            and (asked.arrived_from is None or arrived >= moments.start(asked.arrived_from))
            and (asked.arrived_until is None or arrived < moments.end(asked.arrived_until))
            and (asked.district is None or asked.district in self._districts(record))
        )

    def _districts(self, record: model.Record) -> Iterator[str]:
        """What counts as the district of a record."""
        fields = self._fields(record, DISTRICT)
        answers = record.answers() if fields else {}
        return (str(one.value) for name, one in answers.items() if name in fields and one.counts)

    def _consented(self, record: model.Record) -> bool:
        """Whether the person agreed, where the form asks: ticked, or the option that stands first on the paper."""
        fields = self._fields(record, CONSENT)
        answers = record.answers() if fields else {}
        return all(name in answers and answers[name].counts and _agreed(one, answers[name].value)
                   for name, one in fields.items())  # fmt: skip

    def _fields(self, record: model.Record, role: str) -> dict[str, schema.Field]:
        """The fields of a record's form that have a role."""
        form = self._forms.get(record.form) if record.form is not None else None
        return {name: one for name, one in form.fields.items() if one.role == role} if form is not None else {}

    def _extra(self, one: Filed) -> workbook.Extra:
        arrived = dt.datetime.fromisoformat(one.scan.arrived).astimezone(moments.TOKYO).replace(tzinfo=None)
        return workbook.Extra(one.scan.batch or "", self._offices.of(one.scan), arrived)


def _agreed(field: schema.Field, value: model.Value) -> bool:
    return value == (field.options[0].value if isinstance(field, schema.Choice) else True)


def _order(chosen: _Chosen, asked: Asked) -> workbook.Order:
    key = chosen._store.settings.secret()
    return workbook.Order(asked.kind, asked.sheets, asked.identified, asked.encoding, key, chosen.extras)


def _about(store: Store, asked: Asked) -> workbook.About:
    counts, now = store.counts(), dt.datetime.now(moments.TOKYO)
    return workbook.About(
        as_of=asked.as_of or now.date(),
        exported_at=now.replace(tzinfo=None),
        exported_by=asked.by,
        since=asked.since,
        open_records=counts.open,
        without_form=counts.records.get("unidentified", 0),
        filters=_filters(asked),
        purpose=asked.purpose,
        version=importlib.metadata.version("yomitori"),
    )


def _filters(asked: Asked) -> dict[str, str]:
    """What was left out by request, for メタデータ."""
    days = [day.isoformat() if day else "" for day in (asked.arrived_from, asked.arrived_until)]
    told = {
        "様式": asked.form,
        "取込日の期間": "から".join(days) + "まで" if any(days) else None,
        "地区": asked.district,
        "窓口": asked.office,
        "記録の状態": "、".join(STATUSES.get(one, one) for one in asked.status),
    }
    return {f"絞り込み: {name}": value for name, value in told.items() if value}


def violations(done: workbook.Summary) -> list[str]:
    """What breaks the rules of machine readability, a line each."""
    found = ((path, one) for path in done.files if path.suffix == ".xlsx" for one in workbook.rules.check(path))
    return [f"{path}: {one}" for path, one in found]
