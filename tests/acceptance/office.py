"""The main job on drawn sheets, counted from paper to workbook: `make accept`.

Draws a seeded stack at office level (test split), takes it in through the command's own path, and compares every
page, sheet, field, record and row with the truth. Ends with 1 when something was lost, doubled or wrongly accepted.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from pipeline import exports, model, records, store
from pipeline import forms as form_files
from pipeline.bench.accuracy import kind_of, same
from pipeline.bench.figures import upper
from pipeline.cli import reading
from pipeline.cli.common import loaded
from pipeline.forms import Forms
from pipeline.forms.load import SHIPPED
from pipeline.settings import Settings
from pipeline.store import Store
from samples import stacks
from samples.__main__ import sources

FIELD_KEYS = ("value", "state", "confidence", "quad_px")


def main() -> None:
    """Draw, read, export, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", default="1", help="first 8 hex digits of the commit that is measured")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--out", type=Path, default=Path("out/acceptance"))
    parser.add_argument("--forms", type=Path, default=SHIPPED)
    asked = parser.parse_args()
    shutil.rmtree(asked.out, ignore_errors=True)
    own = Settings(data=asked.out / "data", forms=asked.forms)
    known = form_files.load([asked.forms], own.blanks)
    began = time.monotonic()
    truth_file = stacks.stack(
        known,
        asked.out / "scans",
        int(asked.seed, 16),
        asked.count,
        blanks=sources([asked.forms]),
        progress=stacks.to_stderr,
    )
    truth_file = truth_file.replace(asked.out / "truth.jsonl")
    print(f"drawn: {asked.count} sheets, {time.monotonic() - began:.0f} s")
    with store.open(own, create=True) as opened:
        reading.taken_in(own, opened, [asked.out / "scans"])
        done = exports.write(asked.out / "out.xlsx", opened, loaded(own), exports.Asked())
        print(f"read and exported: {time.monotonic() - began:.0f} s in all")
        truth = [json.loads(line) for line in truth_file.read_text("utf-8").splitlines()]
        wrong = [*_pages(opened, truth), *_counts(opened, truth, done.records), *_fields(opened, truth, known)]
    print("\n".join(wrong) or "nothing lost, nothing doubled, nothing wrong among what was accepted")
    sys.exit(1 if wrong else 0)


def _placed(opened: Store) -> list[tuple[model.Record, model.Placement]]:
    return [(one.record, page) for one in opened.records() for page in one.record.pages]


def _pages(opened: Store, truth: list[dict[str, Any]]) -> list[str]:
    """Pages that did not get the right forms and sides, or the right status."""
    got: dict[tuple[str, int | None], Counter[str]] = {}
    for record, page in _placed(opened):
        name = "/".join((*record.form, page.side or "")) if record.form else record.status
        got.setdefault((page.file, page.page), Counter())[name] += 1
    bad = []
    for line in truth:
        sheets = [f"{s['form']}/{s['version']}/{s['side']}" for s in line["sheets"]]
        wanted = Counter(sheets or [line["status"]])
        if got.get((line["file"], line["page"])) != wanted:
            found = dict(got.get((line["file"], line["page"]), {}))
            bad.append(
                f"page {line['file']}#{line['page']}: {found} instead of {dict(wanted)} ({line['kind']}, {line['dpi']})"
            )
    print(f"pages right: {len(truth) - len(bad)} of {len(truth)}")
    return bad


def _counts(opened: Store, truth: list[dict[str, Any]], exported: int) -> list[str]:
    """Sums that must agree between input, store and workbook."""
    placed = Counter((page.sha256, page.page, page.place) for _, page in _placed(opened))
    counts = opened.counts()
    with_fields = sum(bool(one.record.readings) for one in opened.records())
    sums = {
        "pages in the store": (counts.pages, len(truth)),
        "pages waiting": (counts.waiting, 0),
        "places used twice": (sum(n > 1 for n in placed.values()), 0),
        "records in the workbook": (exported, with_fields),
        "imbalances of the ledger": (len(store.verify(opened)), 0),
    }
    print("; ".join(f"{name} {a}" for name, (a, _) in sums.items()))
    return [f"{name}: {a}, should be {b}" for name, (a, b) in sums.items() if a != b]


def _fields(opened: Store, truth: list[dict[str, Any]], known: Forms) -> list[str]:
    """Fields not exact, by kind; wrong ones among the accepted are trouble, and so is a field without a key."""
    by_page = {(line["file"], line["page"]): line["sheets"] for line in truth}
    tally: dict[str, Counter[str]] = {}
    bad: list[str] = []
    for one in opened.records():
        if one.record.form is None or not one.record.readings:
            continue
        printed = records.as_json(one.record)["fields"]
        bad += [f"{one.record.id}:{n} lacks a key" for n, f in printed.items() if any(k not in f for k in FIELD_KEYS)]
        bad += _record(one.record, by_page, known, tally)
    for kind, counted in sorted(tally.items()):
        n, wrong = counted["n"], counted["wrong accepted"]
        line = f"{kind:18} n {n:6}  exact {counted['right'] / n:7.2%}  accepted {counted['accepted'] / n:7.2%}"
        print(f"{line}  wrong among accepted {wrong} (95 % upper bound {upper(wrong, counted['accepted']):.3%})")
    return bad


def _record(
    record: model.Record, by_page: dict[tuple[Any, Any], Any], known: Forms, tally: dict[str, Counter[str]]
) -> list[str]:
    bad = []
    truths = {name: field for page in record.pages for name, field in _true_fields(record, page, by_page)}
    form = known[record.form]  # type: ignore[index]  # only called with a form
    for name, answer in record.answers().items():
        true = truths.get(name)
        if true is None or answer.reading is None:
            continue
        counted = tally.setdefault(kind_of(form.fields[name]), Counter())
        right = answer.state == true["state"] and same(answer.value, true["value"])
        counted.update(n=1, right=int(right), accepted=int(answer.counts))
        if answer.counts and not right:
            counted["wrong accepted"] += 1
            page = record.pages[0]
            bad.append(
                f"accepted {page.file}#{page.page}:{name} {answer.state} {answer.value} instead of {true['state']} {true['value']} ({true['pen']} {true['styles']} {true['stray']})"
            )
    return bad


def _true_fields(
    record: model.Record, page: model.Placement, by_page: dict[tuple[Any, Any], Any]
) -> list[tuple[str, dict[str, Any]]]:
    sheets = by_page.get((page.file, page.page), [])
    same_side = [s for s in sheets if (s["form"], s["side"]) == ((record.form or ("",))[0], page.side)]
    named = (
        [s for s in same_side if s["serial"] == record.serial]
        or same_side[page.place : page.place + 1]
        or same_side[:1]
    )
    here = {panel.id for panel in page.panels}
    own = [s for s in named[:1] if here & {p["id"] for p in s["panels"]}]
    return [(n, f) for s in own for n, f in s["fields"].items() if (r := record.readings.get(n)) and r.page == page.n]


if __name__ == "__main__":
    main()
