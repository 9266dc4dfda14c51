"""How the work goes: what comes in and is settled, how often readers are right, and how long things wait."""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from pipeline import model
from pipeline.forms import schema
from pipeline.review.alike import CAUGHT, MISSED
from pipeline.store import Store, moments
from pipeline.store.tables import audit, decision, reading, record, scan

DAYS = 28
AGES = (("today", 0), ("week", 7), ("month", 30), ("older", 10**6))  # name, up to so many days
FEWEST = 5  # decisions on a field, below which a share says nothing
Forms = Mapping[model.FormKey, schema.Form]


@dataclass(frozen=True)
class Share:
    """A part of a whole."""

    name: str  # "" where the reader is all
    part: int
    whole: int
    reader: str = ""  # with its version

    @property
    def percent(self) -> float:
        """In percent, one decimal."""
        return round(100 * self.part / self.whole, 1) if self.whole else 0.0


@dataclass(frozen=True)
class Figures:
    """What the page shows."""

    days: tuple[str, ...]  # ISO, oldest first
    arrived: tuple[int, ...]  # records, by day
    settled: tuple[int, ...]  # decisions on fields, by day
    accepted: tuple[Share, ...]  # fields that counted unseen, by reader
    corrected: tuple[Share, ...]  # settled fields whose reading was wrong, by field and reader; the worst first
    missed: tuple[Share, ...]  # wrong crops of known answer that were let through, by month
    ages: tuple[tuple[str, int], ...]  # what waits, by how long


def gather(store: Store, forms: Forms, now: datetime.datetime) -> Figures:
    """All figures as they stand; `now` with a time zone."""
    today = now.astimezone(moments.TOKYO).date()
    days = [today - datetime.timedelta(days=n) for n in range(DAYS - 1, -1, -1)]
    since = moments.start(days[0])
    with store.reading() as connection:
        arrived, settled = _arrived(connection, since), _settled(connection, since)
        return Figures(
            days=tuple(day.isoformat() for day in days),
            arrived=tuple(arrived[day] for day in days),
            settled=tuple(settled[day] for day in days),
            accepted=tuple(_accepted(connection)),
            corrected=tuple(_corrected(connection, forms)),
            missed=tuple(_missed(connection)),
            ages=tuple(_ages(connection, today)),
        )


def _by_day(hours: Iterable[tuple[str, int]]) -> Counter[datetime.date]:
    """Counts by day in Tokyo from counts by hour in UTC ("2026-04-01T15")."""
    found: Counter[datetime.date] = Counter()
    for hour, count in hours:
        at = datetime.datetime.fromisoformat(f"{hour}:00:00+00:00")
        found[at.astimezone(moments.TOKYO).date()] += count
    return found


def _arrived(connection: Connection, since: str) -> Counter[datetime.date]:
    hour = func.substr(scan.c.arrived, 1, 13)
    source = record.join(scan, scan.c.id == record.c.scan_id)
    asked = select(hour, func.count()).select_from(source).where(scan.c.arrived >= since).group_by(hour)
    return _by_day(connection.execute(asked))


def _settled(connection: Connection, since: str) -> Counter[datetime.date]:
    hour = func.substr(decision.c.at, 1, 13)
    where = decision.c.at >= since, decision.c.field != "", decision.c.action != "undo"
    return _by_day(connection.execute(select(hour, func.count()).where(*where).group_by(hour)))


def _accepted(connection: Connection) -> list[Share]:
    asked = select(reading.c.reader, reading.c.accepted, func.count()).where(
        reading.c.record_id.is_not(None), reading.c.seen
    )
    found: dict[str, Counter[bool]] = defaultdict(Counter)
    for reader, accepted, count in connection.execute(asked.group_by(reading.c.reader, reading.c.accepted)):
        found[reader][bool(accepted)] += count
    return [Share("", some[True], some.total(), reader) for reader, some in sorted(found.items())]


def _corrected(connection: Connection, forms: Forms) -> list[Share]:
    """Of the fields that a person looked at: how many readings were put right."""
    last = select(func.max(decision.c.id)).where(decision.c.field != "").group_by(decision.c.record, decision.c.field)
    here = (reading.c.record_id == decision.c.record) & (reading.c.field == decision.c.field)
    columns = (reading.c.form, reading.c.field, reading.c.reader, decision.c.action)
    asked = select(*columns, func.count()).select_from(decision.join(reading, here)).where(decision.c.id.in_(last))
    found: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for form, field, reader, action, count in connection.execute(asked.group_by(*columns)):
        found[form, field, reader][action] += count
    shares = [_share(forms, key, some) for key, some in found.items()]
    return sorted((one for one in shares if one.whole >= FEWEST), key=lambda one: (-one.percent, one.name, one.reader))


def _share(forms: Forms, key: tuple[str, str, str], some: Counter[str]) -> Share:
    form_name, field_id, reader = key
    name, _, version = form_name.rpartition("/")
    form = forms.get((name, version))
    field = form.fields.get(field_id) if form is not None else None
    label = f"{form.title} {field.name}" if form and field else f"{form_name} {field_id}"
    put_right = some["correct"] + some["enter"]
    return Share(label, put_right, put_right + some["confirm"], reader)


def _missed(connection: Connection) -> list[Share]:
    month = func.substr(audit.c.at, 1, 7)
    asked = select(month, audit.c.action, func.count()).where(audit.c.action.in_((CAUGHT, MISSED)))
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for name, action, count in connection.execute(asked.group_by(month, audit.c.action)):
        found[name][action] += count
    return [Share(name, some[MISSED], some.total()) for name, some in sorted(found.items())]


def _ages(connection: Connection, today: datetime.date) -> list[tuple[str, int]]:
    hour = func.substr(scan.c.arrived, 1, 13)
    source = record.join(scan, scan.c.id == record.c.scan_id)
    asked = select(hour, func.count()).select_from(source).where(record.c.queued).group_by(hour)
    found: Counter[str] = Counter()
    for day, count in _by_day(connection.execute(asked)).items():
        found[next(name for name, most in AGES if (today - day).days <= most)] += count
    return [(name, found[name]) for name, _ in AGES]
