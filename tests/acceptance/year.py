"""A whole simulated year, every serial accounted for: `make accept-year`.

9,500 surveys, 300 paths, 60 連絡票1 with their replies and 40 tickets, with losses, late replies, rescans and sheets of a
version that nobody knows. Sheets are handed out, saved, settled and matched as the program does it; what a reader would
have made of each page is made up, since drawing and reading 10,000 pages would take hours.
"""

from __future__ import annotations

import argparse
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


def main() -> None:
    """Play the year, write the report, compare with what happened."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("out/year"))
    parser.add_argument("--seed", type=int, default=1)
    for name, usual in vars(Size()).items():
        parser.add_argument(f"--{name}", type=int, default=usual)
    asked = parser.parse_args()
    shutil.rmtree(asked.out, ignore_errors=True)
    asked.out.mkdir(parents=True)
    own, began = Settings(data=asked.out / "data"), time.monotonic()
    size = Size(asked.surveys, asked.paths, asked.notices, asked.tickets)
    with pytest.MonkeyPatch.context() as patch, store.open(own, create=True) as opened:
        made_year.hurry(patch, opened)
        forms = form_files.load([SHIPPED], own.blanks)
        truth = Year(opened, forms, size, asked.out, asked.seed).play()
        print(f"played: {len(truth.fates)} serials, {time.monotonic() - began:.0f} s")
        began = time.monotonic()
        counted = exports.counted(opened, forms, exports.Asked(kind=exports.REPORT, as_of=AS_OF))
        print(f"counted: {time.monotonic() - began:.0f} s")
    wrong = compared(counted, truth)
    print("\n".join(wrong) or "every serial is accounted for, and every figure is as it happened")
    sys.exit(1 if wrong else 0)


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
        "rescans": (loop.doubled, truth.rescans),
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
