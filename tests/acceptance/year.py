"""A whole simulated year, every serial accounted for: `make accept-year`.

9,500 surveys, 300 paths, 60 連絡票1 with their replies and 40 tickets, with losses, late replies, rescans and sheets of a
version that nobody knows. Every sheet is handed out, taken in, processed, settled and matched as the program does it. What
lies on a page is told to stations that believe it, since drawing and reading 19,000 pages would take a day; with `--drawn`
a small year is really filled in, scanned and read, and the same figures must come out.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import sys
import time
from pathlib import Path

import pytest

from pipeline import exports, reporting, store
from pipeline import forms as form_files
from pipeline.forms.load import SHIPPED
from pipeline.settings import Settings
from tests.returns import made_year
from tests.returns.made_year import AS_OF, Size, Truth, Year
from tests.returns.scanners import Drawn, Told

WHOLE = Size()
SAMPLE = Size(surveys=64, paths=32, notices=20, tickets=16, odd=0.05)


def main() -> None:
    """Play the year, write the report, compare with what happened."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("out/year"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--drawn", action="store_true", help="a small year, really drawn, scanned and read")
    for name in vars(WHOLE):
        parser.add_argument(f"--{name}", type=type(vars(WHOLE)[name]))
    asked = parser.parse_args()
    shutil.rmtree(asked.out, ignore_errors=True)
    asked.out.mkdir(parents=True)
    usual = vars(SAMPLE if asked.drawn else WHOLE)
    size = Size(**{name: usual[name] if getattr(asked, name) is None else getattr(asked, name) for name in usual})
    wrong = play(asked.out, size, asked.seed, asked.drawn)
    print("\n".join(wrong) or "every serial is accounted for, and every figure is as it happened")
    sys.exit(1 if wrong else 0)


def play(out: Path, size: Size, seed: int, drawn: bool) -> list[str]:
    """The year in a store of its own; where its report says something else than what happened."""
    own, began = Settings(data=out / "data"), time.monotonic()
    with pytest.MonkeyPatch.context() as patch, store.open(own, create=True) as opened:
        (made_year.hurry if drawn else made_year.told)(patch, opened)
        forms = form_files.load([SHIPPED], own.blanks)
        scanner = Drawn(out, forms) if drawn else Told(out, seed)
        year = Year(opened, forms, size, scanner, seed)
        truth = year.play()
        played = f"{len(truth.fates)} serials, {truth.pages} pages, {year.clerk.decisions} decisions of a person"
        print(f"played: {played}, {_used(began)}", flush=True)
        wrong = [f"store: {one}" for one in store.verify(opened)]
        began = time.monotonic()
        counted = exports.counted(opened, forms, exports.Asked(kind=exports.REPORT, as_of=AS_OF))
        print(f"counted: {time.monotonic() - began:.0f} s", flush=True)
        exports.write(out / "report.xlsx", opened, forms, exports.Asked(kind=exports.REPORT, as_of=AS_OF))
    return wrong + compared(counted, truth)


def _used(began: float) -> str:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return f"{time.monotonic() - began:.0f} s ({used.ru_utime + used.ru_stime:.0f} s CPU), {used.ru_maxrss >> 10} MB"


def compared(counted: reporting.Counted, truth: Truth) -> list[str]:
    """Where the loop and its tables say something else than what happened."""
    loop = counted.loop
    fates = {sent.name: sent.fate for sent in loop.sent}
    answered = [one for one in loop.notices if one.notice and one.reply]
    waiting = [one for one in loop.notices if one.notice and not one.reply]
    sums = {
        "serials": (len(fates), len(truth.fates)),
        "serials with another fate": (sum(fates[name] != fate for name, fate in truth.fates.items()), 0),
        "returned": (sum(fate == "returned" for fate in fates.values()), truth.of("returned")),
        "outstanding": (sum(fate == "outstanding" for fate in fates.values()), truth.of("outstanding")),
        "void": (sum(fate == "void" for fate in fates.values()), truth.of("void")),
        "void without a reason": (sum(one.fate == "void" and not one.reason for one in loop.sent), 0),
        "sheets": (len(loop.sheets), truth.of("returned")),
        "rescans": (loop.doubled, truth.rescans),
        "of an unknown version": (sum(sheet.serial is None for sheet in loop.sheets), truth.unplaced),
        "waiting for a person": (sum(not sheet.shut for sheet in loop.sheets), truth.apart),
        "notices": (len(answered) + len(waiting), truth.notices),
        "answered": (len(answered), truth.answered),
        "days of what is open": (_open_days(counted), sorted(truth.open_days)),
        "tickets handed over": (_last(counted, "A14", "手交"), truth.handed),
        "people connected": (_last(counted, "A15", "人数"), len(truth.connected)),
        "groups": (_last(counted, "A16", "団体"), len(truth.groups)),
        "visits": (_last(counted, "A17", "累計"), truth.visits),
    }
    print("; ".join(f"{name} {a}" for name, (a, _) in sums.items() if not isinstance(a, list)))
    return [f"{name}: {a}, should be {b}" for name, (a, b) in sums.items() if a != b]


def _open_days(counted: reporting.Counted) -> list[int]:
    block = next(table for table in counted.tables if table.id == "A12").blocks[1]
    place = [head.label for head in block.heads].index("日数")
    days = (row[place] for row in block.rows)
    return sorted(day for day in days if isinstance(day, int))


def _last(counted: reporting.Counted, table: str, label: str) -> object:
    """The figure of the year of the report: the last row with one."""
    block = next(one for one in counted.tables if one.id == table).blocks[0]
    place = [head.label for head in block.heads].index(label)
    return [row[place] for row in block.rows if row[place] is not None][-1]


if __name__ == "__main__":
    main()
