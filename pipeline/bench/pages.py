"""A set with truth, walked page by page through the stations, with what was said beside what is true."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import acquire, align, crop, geometry, model, read
from pipeline.errors import UsageProblem
from pipeline.forms import Forms

Truth = dict[str, Any]  # one line of truth.jsonl, or one of its sheets or fields


@dataclass(frozen=True, eq=False)
class Seen:
    """One sheet as it was laid and read, and what is true of it; None where there is no partner."""

    page: Truth
    sheet: model.Sheet | None
    truth: Truth | None
    crops: tuple[model.FieldCrop, ...] = ()
    readings: tuple[model.Reading, ...] = ()


def truths(folder: Path) -> dict[str, list[Truth]]:
    """The lines of `truth.jsonl` by file; raises UsageProblem where there is none."""
    path = folder / "truth.jsonl"
    if not path.is_file():
        raise UsageProblem("no-truth", f"{folder} に truth.jsonl がありません。", "make samples で作れます。")
    found: dict[str, list[Truth]] = {}
    for line in path.read_text("utf-8").splitlines():
        truth = json.loads(line)
        found.setdefault(truth["file"], []).append(truth)
    return found


def of_file(
    folder: Path, name: str, lines: list[Truth], forms: Forms, readers: Collection[str] = read.READERS
) -> Iterator[Seen]:
    """Everything on the pages of one file, read by `readers`; without any it stops after the crops."""
    by_number = {truth["page"]: truth for truth in lines}
    for page in acquire.pages(acquire.load(folder / name), name):
        truth = by_number[page.number if isinstance(page, model.Page) else page.page or 1]
        if isinstance(page, model.Refusal):
            yield from (Seen(truth, None, sheet) for sheet in truth["sheets"] or [None])
        else:
            yield from _of_page(page, truth, forms, readers)


def _of_page(page: model.Page, truth: Truth, forms: Forms, readers: Collection[str]) -> Iterator[Seen]:
    free = list(truth["sheets"])
    for sheet in align.sheets(page, forms):
        mine = partner(sheet, free)
        if mine is not None:
            free.remove(mine)
        crops = crop.fields(sheet)
        yield Seen(truth, sheet, mine, crops, read.sheet(crops, readers))
    yield from (Seen(truth, None, missed) for missed in free)


def partner(sheet: model.Sheet, free: list[Truth]) -> Truth | None:
    """The true sheet that this one is: same form and side, and the same serial or the nearest place."""
    if sheet.form is None or sheet.side is None:
        return None
    same = [t for t in free if (t["form"], t["version"], t["side"]) == (*sheet.form.key, sheet.side.id)]
    named = [t for t in same if t["serial"] == sheet.serial]
    return min(named or same, key=lambda t: _gap(sheet, t), default=None)


def _gap(sheet: model.Sheet, truth: Truth) -> float:
    """Distance in px between where two placements put the sheet's first panel."""
    panel = sheet.panels[0]
    mine = next((p for p in truth["panels"] if p["id"] == panel.id), None)
    if mine is None:
        return float("inf")
    at = np.array([[mine["box"][0], mine["box"][1]]])
    theirs = geometry.project(np.array(mine["mm_to_px"]).reshape(3, 3), at)
    return float(np.linalg.norm(panel.to_px(at) - theirs))
