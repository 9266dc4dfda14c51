"""What the data file costs: `python -m tests.workbook.bench [--count N]`, alone on the machine.

CPU seconds and memory are those of the export alone: what the records themselves cost is taken off. With `--form ID` a store
of so many sheets of a shipped form is exported as `yomitori export --check` does, what the store costs included.
"""

from __future__ import annotations

import argparse
import itertools
import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline import exports, model, workbook
from pipeline import forms as form_files
from pipeline.forms import Forms
from pipeline.forms.load import SHIPPED
from pipeline.settings import Settings
from pipeline.store import Store
from pipeline.workbook import sheet
from tests.workbook import sample, stored

COLUMNS = 40
_KINDS: list[dict[str, Any]] = [
    {"kind": "score", "options": sample.options(1, 2, 3, 4), "role": "item"},
    {"kind": "score", "options": sample.options(0, 1, labels=["いいえ", "はい"]), "role": "item"},
    {"kind": "text", "box": sample.BOX},
    {"kind": "digits", "box": sample.BOX, "number": {"unit": "歳"}},
]
_VALUES: list[model.Value] = [3, 1, "週に一度は港まで歩いています", 78]


def _form() -> Forms:
    """A form whose 個票 has 40 columns: the record's own, then value and state of each field."""
    number = (COLUMNS - len(sheet.ABOUT_RECORD)) // 2
    fields = [{"id": f"f{n}", "label": f"項目{n}", **_KINDS[n % len(_KINDS)]} for n in range(number)]
    return sample.forms(sample.form(fields=fields))


def _records(forms: Forms, number: int) -> Iterator[model.Record]:
    (form,) = forms.values()
    values: dict[str, model.Value | model.Reading] = dict(zip(form.fields, itertools.cycle(_VALUES), strict=False))
    return (sample.record(values, n) for n in range(number))


def _memory(name: str) -> float:
    """VmRSS (now) or VmHWM (at most since the start or the last reset) in MB."""
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def main(number: int) -> None:
    """Print the cost of each sheet."""
    forms, before = _form(), _memory("VmRSS")
    with tempfile.TemporaryDirectory() as folder:
        workbook.write(Path(folder) / "warm.xlsx", list(_records(forms, 10)), forms, sample.ABOUT)
        start = time.process_time()
        for record in _records(forms, number):
            record.answers()
        own = time.process_time() - start
        _forget_peak()
        for name in ("個票", "回答_縦持ち", None):
            _measure(Path(folder) / "out.xlsx", forms, number, own, name)
    print(f"memory beyond the process: {_memory('VmHWM') - before:.0f} MB")  # noqa: T201  # figures are what it is for


def _measure(out: Path, forms: Forms, number: int, own: float, name: str | None) -> None:
    order = workbook.Order(sheets=[name] if name else None, key=sample.KEY)
    start = time.process_time()
    summary = workbook.write(out, lambda: _records(forms, number), forms, sample.ABOUT, order)
    spent = time.process_time() - start - own
    rows = sum(n for sheet_name, n in summary.rows.items() if name is None or sheet_name.startswith(name))
    each = {"個票": COLUMNS, "回答_縦持ち": 25}.get(name or "")
    cell = f", {spent / rows / each * 1e6:.1f} µs a cell" if each else ""
    print(f"{name or 'all sheets'}: {rows} rows, {spent:.1f} s CPU{cell}, {out.stat().st_size / 1e6:.1f} MB")  # noqa: T201  # figures are what it is for


def shipped(form_id: str, count: int) -> None:
    """Print what exporting a store of so many sheets of a shipped form costs, sheet by sheet, and the rules it breaks."""
    with tempfile.TemporaryDirectory() as folder:
        own = Settings(data=Path(folder) / "data")
        forms = form_files.load([SHIPPED], own.blanks)
        form = next(one for one in forms.values() if one.id == form_id)
        with stored.filled(own, forms, form, count) as opened:
            start, before = time.process_time(), _memory("VmRSS")
            walked = sum(1 for _ in opened.records())
            print(f"{walked} records walked through: {time.process_time() - start:.1f} s CPU")  # noqa: T201  # figures are what it is for
            for name in ("個票", None):
                _forget_peak()
                _export(Path(folder) / "out.xlsx", opened, forms, name)
                print(f"  memory beyond the process: {_memory('VmHWM') - before:.0f} MB")  # noqa: T201  # figures are what it is for
        start = time.process_time()
        broken = workbook.rules.check(Path(folder) / "out.xlsx")
        print(f"{len(broken)} violations, {time.process_time() - start:.1f} s CPU")  # noqa: T201  # figures are what it is for


def _export(out: Path, opened: Store, forms: Forms, name: str | None) -> None:
    start = time.process_time()
    done = exports.write(out, opened, forms, exports.Asked(sheets=(name,) if name else None, by="bench"))
    spent = time.process_time() - start
    print(f"{name or 'all sheets'}: {dict(done.rows)}, {spent:.1f} s CPU, {out.stat().st_size / 1e6:.1f} MB")  # noqa: T201  # figures are what it is for


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--count", type=int, default=10_000, help="sheets")
    asked.add_argument("--form", help="id of a shipped form; without it a made-up form whose 個票 has 40 columns")
    given = asked.parse_args()
    shipped(given.form, given.count) if given.form else main(given.count)
