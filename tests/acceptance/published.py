"""The figures that the city published for R5, through the real path: `make accept-report`.

14 連絡票1 and 14 連絡票2 are printed with serials, filled in, scanned, taken in, read, reviewed and exported; the report
must print 14 cases, 男性6 女性4 不明4, 初めて4 改めて10, 申請済6 (43 %) 新規4 (28 %) 未申請4 (29 %).
"""

from __future__ import annotations

import argparse
import itertools
import json
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from python_calamine import CalamineWorkbook

from pipeline import exports, model, returns, review, run, store
from pipeline import forms as form_files
from pipeline.cli import reading
from pipeline.forms import Forms, schema, serial
from pipeline.forms.load import SHIPPED
from pipeline.settings import Settings
from pipeline.store import Store
from samples import stacks
from samples.sheets import Order, Sheet

CLERK = "確認者"
# Per case: what the pharmacy wrote of the sex, and what the centre answered.
SEXES = ["男"] * 6 + ["女"] * 4 + [None] * 4
VISITS = ["今回初めて"] * 4 + ["改めて"] * 10
CARE = ["申請済"] * 6 + ["新規申請"] * 4 + ["未申請"] * 4
CASES = list(zip(SEXES, VISITS, CARE, strict=True))
# Table, class → cases and whole percentage, as published.
PUBLISHED = {
    "A9": {"男": (6, 43), "女": (4, 28), "不明": (4, 29)},
    "A10": {"今回初めて訪問": (4, 29), "改めて訪問": (10, 71)},
    "A11": {"申請済": (6, 43), "新規申請": (4, 28), "未申請": (4, 29)},
}
Case = tuple[str | None, str, str]
Found = dict[str, dict[str, tuple[int, int]]]


@dataclass(frozen=True)
class Place:
    """Where it all happens."""

    own: Settings
    store: Store
    forms: Forms
    folder: Path

    def form(self, purpose: str) -> schema.Form:
        """The form of a purpose."""
        return next(form for form in self.forms.values() if form.purpose == purpose)


def play(place: Place, cases: Sequence[Case] = CASES) -> Found:
    """The whole way of some cases; what the report prints, table → class → (cases, percent); A8's last total is 計."""
    store.accounts.add(place.store, CLERK)
    sheets = list(_sheets(place, cases))
    order = Order(place.forms, 5, len(sheets), "office", "test", {}, per_file=10_000)
    truth = stacks.write(place.folder / "scans", order, [sheets]).replace(place.folder / "truth.jsonl")
    reading.taken_in(place.own, place.store, [place.folder / "scans"])
    _review(place, [json.loads(line) for line in truth.read_text("utf-8").splitlines()])
    out = place.folder / "report.xlsx"
    exports.write(out, place.store, place.forms, exports.Asked(kind="report"))
    return printed(out)


def _sheets(place: Place, cases: Sequence[Case]) -> Iterator[Sheet]:
    """Every notice and the reply to it, each with a serial that was handed out."""
    notice, reply = place.form("notice"), place.form("reply")
    numbers, answers = (_handed(place, form, len(cases)) for form in (notice, reply))
    for n, (sex, visit, care) in enumerate(cases):
        yield _sheet(2 * n, notice, numbers[n], {"sex": sex, "sent-on": f"2026-04-{n + 1:02d}"})
        told: dict[str, model.Value] = {
            "answers": numbers[n][:-1],
            "answers-code": None,
            "visit-kind": visit,
            "care-application": care,
        }
        days = {"received-on": f"2026-05-{n + 1:02d}", "visited-on": f"2026-05-{n + 5:02d}"}
        yield _sheet(2 * n + 1, reply, answers[n], {**told, **days})


def _handed(place: Place, form: schema.Form, count: int) -> list[str]:
    serials = list(itertools.islice(serial.following(returns.last(place.store, form.id)), count))
    returns.hand_out(place.store, form.key, serials, CLERK)
    return serials


def _sheet(number: int, form: schema.Form, name: str, by_role: Mapping[str, model.Value]) -> Sheet:
    given = {field.id: by_role[field.role] for field in form.fields.values() if field.role and field.role in by_role}
    return Sheet(number, form, name, "pdf", np.random.default_rng([5, number]), given=given)


def _review(place: Place, truth: list[dict[str, Any]]) -> None:
    """A person settles everything that waits, as it stands on the paper."""
    by_page: dict[tuple[str, int | None], Any] = {(line["file"], line["page"]): line["sheets"] for line in truth}
    for filed in list(place.store.records()):
        record, page = filed.record, filed.record.pages[0]
        fields: dict[str, Any] = next(iter(by_page[page.file, page.page]), {"fields": {}})["fields"]
        for name in review.open_fields(record):
            _settle(place, record.id, name, fields[name])


def _settle(place: Place, record_id: str, name: str, true: Mapping[str, Any]) -> None:
    record = place.store.record(record_id)
    answer = record.answers()[name]
    if answer.counts:
        return
    change = review.Change(record_id, name, "enter", answer.version, CLERK, _raw(true["value"]), true["state"])
    run.settle(place.store, place.forms, change)


def _raw(value: Any) -> str | tuple[str, ...]:
    if isinstance(value, list):
        return tuple(str(one) for one in value)
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def printed(out: Path) -> Found:
    """What stands in the workbook."""
    book = CalamineWorkbook.from_path(str(out))
    found: Found = {}
    for name in PUBLISHED:
        rows = book.get_sheet_by_name(name).to_python()
        found[name] = {
            str(row[1]): (_count(row[2]), _count(row[3])) for row in rows if isinstance(row[2], float) and row[2]
        }
    months = [row for row in book.get_sheet_by_name("A8").to_python() if str(row[0]).endswith("月")]
    found["A8"] = {"計": (_count(months[-1][2]), 100)}
    return found


def _count(cell: object) -> int:
    return int(cell) if isinstance(cell, (int, float)) else 0


def expected(cases: Sequence[Case] = CASES) -> Found:
    """What must be printed: as published where all cases are played."""
    return {**PUBLISHED, "A8": {"計": (len(cases), 100)}}


def main() -> None:
    """Play it and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("out/published"))
    asked = parser.parse_args()
    shutil.rmtree(asked.out, ignore_errors=True)
    own, began = Settings(data=asked.out / "data"), time.monotonic()
    with store.open(own, create=True) as opened:
        forms = form_files.load([SHIPPED], own.blanks)
        found = play(Place(own, opened, forms, asked.out))
    wanted = expected()
    for name in sorted(wanted):
        print(f"{name}: {found[name]}" + ("" if found[name] == wanted[name] else f"  instead of {wanted[name]}"))
    print(f"{time.monotonic() - began:.0f} s")
    sys.exit(found != wanted)


if __name__ == "__main__":
    main()
