"""The report from an open store: the loop put together, counted, and told as tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline import model, returns
from pipeline.errors import UsageProblem
from pipeline.forms import Forms
from pipeline.returns.loop import Loop
from pipeline.store import Filed, Store
from pipeline.workbook import report

FATES = {"returned": "戻ったもの", "outstanding": "未着のもの", "void": "取りやめたもの"}


@dataclass(frozen=True)
class Counted:
    """A report: its tables, and what its cover says."""

    title: str
    loop: Loop
    tables: list[report.Made]
    lines: list[tuple[str, str | int]]  # of the cover


def loop(store: Store, forms: Forms, found: Iterable[Filed], offices: Mapping[int, str], as_of: dt.date) -> Loop:
    """Everything that went out, came back or was entered, as it stood at the end of that day.

    Args:
        store: an open store.
        forms: all forms.
        found: all records as they stood then, in order of arrival.
        offices: by scan id, as far as known.
        as_of: a day in Tokyo.
    """
    sheets = list(returns.sheets.every(found, forms, offices))
    issued = list(returns.every(store, as_of))
    whole = returns.loop.closed(sheets, issued, returns.entries.every(store, as_of), forms, as_of)
    return whole if store.office is None else returns.loop.of_office(whole, store.office, forms)


def counted(whole: Loop, forms: Forms, only: Sequence[str] | None = None, identified: bool = False) -> Counted:
    """The tables of the report.

    Raises:
        UsageProblem: `only` names a table that there is not.
    """
    asked = forms.reports
    known = [table.id for table in asked.tables]
    wrong = [name for name in only or () if name not in known]
    if wrong:
        todo = f"選べるのは {'、'.join(known)} です。"
        raise UsageProblem("report-table", f"表 {'、'.join(wrong)} はありません。", todo)
    account = returns.facts.of(whole, forms, identified)
    made = report.tables(account, asked, targets(forms), whole.as_of, only or ())
    return Counted(asked.title, whole, made, list(_lines(whole)))


def targets(forms: Forms) -> dict[tuple[str, int], float]:
    """Name and fiscal year → target, from the list of targets; rows that say neither year nor number are left out."""
    found: dict[tuple[str, int], float] = {}
    for row in forms.listing(forms.reports.targets).rows:
        year, number = report.year_of(row.get("年度", "")), (row.get("目標") or "").strip()
        if year is not None and number.replace(".", "", 1).isdecimal():
            found[row["value"], year] = float(number) if "." in number else int(number)
    return found


def _lines(whole: Loop) -> Iterable[tuple[str, str | int]]:
    """What stands on the cover: how many sheets there are, what is open, and where every number is."""
    yield "戻った用紙", len(whole.sheets)
    yield "確認待ちの用紙", sum(not sheet.shut for sheet in whole.sheets)
    yield "二度届き、どちらを残すか決まっていない番号", whole.doubled
    for fate, words in FATES.items():
        yield f"刷った番号のうち{words}", sum(sent.fate == fate for sent in whole.sent)
    yield "手入力", len(whole.entries)


def account_for(whole: Loop) -> Mapping[str, list[model.Issued]]:
    """Every serial under the one thing that became of it."""
    found: dict[str, list[model.Issued]] = {fate: [] for fate in FATES}
    for sent in whole.sent:
        found[sent.fate].append(sent.issued)
    return found
