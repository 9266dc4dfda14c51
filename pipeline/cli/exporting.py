"""An export from an open store: which records, and what the metadata say of them."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline import model, workbook
from pipeline.forms import Forms
from pipeline.store import Filed, Store
from pipeline.workbook import rules

JAPAN = dt.timezone(dt.timedelta(hours=9))


@dataclass(frozen=True)
class Asked:
    """What the person asked for."""

    kind: str = "data"
    form: str | None = None
    sheets: str | None = None  # names, separated by commas
    as_of: dt.date | None = None
    since: dt.date | None = None
    by: str = "コマンド"


def write(out: Path, store: Store, forms: Forms, asked: Asked) -> workbook.Summary:
    """Write what was asked for; values that nobody vouched for yet are left empty."""

    def wanted() -> Iterator[Filed]:
        found = store.records(form=asked.form, since=asked.since, as_of=asked.as_of)
        return (one for one in found if one.aside is None and one.record.readings)

    def records() -> Iterator[model.Record]:
        return (one.record for one in wanted())

    extras = {one.record.id: _extra(one) for one in wanted()}
    sheets = asked.sheets.split(",") if asked.sheets else None
    order = workbook.Order(kind=asked.kind, sheets=sheets, key=store.settings.secret(), extras=extras)
    return workbook.write(out, records, forms, _about(store, asked), order)


def _extra(one: Filed) -> workbook.Extra:
    arrived = dt.datetime.fromisoformat(one.scan.arrived).astimezone(JAPAN).replace(tzinfo=None)
    return workbook.Extra(batch=one.scan.batch or "", received_at=arrived)


def _about(store: Store, asked: Asked) -> workbook.About:
    counts, now = store.counts(), dt.datetime.now(JAPAN)
    return workbook.About(
        as_of=asked.as_of or now.date(),
        exported_at=now.replace(tzinfo=None),
        exported_by=asked.by,
        since=asked.since,
        open_records=counts.open,
        without_form=counts.records.get("unidentified", 0),
        filters={"様式": asked.form} if asked.form else {},
        version=importlib.metadata.version("yomitori"),
    )


def violations(done: workbook.Summary) -> list[str]:
    """What breaks the rules of machine readability, a line each."""
    check: Callable[[Path], list[rules.Violation]] = rules.check
    return [f"{path}: {found}" for path in done.files if path.suffix == ".xlsx" for found in check(path)]
