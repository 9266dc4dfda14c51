"""How sheets are laid: which form, how exactly, how fast; with fiducials and without, and under sabotage."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import acquire, align, geometry, model, records
from pipeline.align import template
from pipeline.bench import altered, pages
from pipeline.forms import Forms, schema

Pairs = list[tuple[model.Sheet, pages.Truth | None]]  # sheets of a page, in reading order, with what is true of them
WORST_MM = 0.8  # a corner further off is wrong
SHIFTS_MM = (0.5, 5.0)
REVISION_MM = (2.0, 8.0)


@dataclass(frozen=True)
class Laid:
    """One true sheet on a page, or what was taken for one."""

    way: str  # markers or bare
    level: str
    kind: str  # sheet, glass, halves, …
    verdict: str  # right, wrong form, wrong turn, missed
    where: str
    panels: int  # true panels
    found: int  # of them laid
    serial: bool | None  # read as it is; None: it has none
    said: str  # candidates and reason, where it was missed


@dataclass(frozen=True)
class Corners:
    """One true panel: how far its field corners lie from where they are, and what was said of it."""

    way: str
    level: str
    where: str
    panel: str
    residual_mm: float
    off_mm: tuple[float, ...]  # every corner that lies on the scan


@dataclass(frozen=True)
class Sabotage:
    """One sheet laid with a form file that does not fit it."""

    way: str
    level: str
    kind: str  # shift, row, ids, revision
    size_mm: float
    outcome: str  # refused, mended, slipped
    where: str


@dataclass(frozen=True)
class Foreign:
    """A page on which no known form lies, and what it was called."""

    way: str
    level: str
    kind: str  # foreign, or other: a form that was not loaded
    called: str  # "" where it stayed unidentified
    where: str


@dataclass(frozen=True)
class Cost:
    """CPU time of one page."""

    way: str
    level: str
    paper: str
    dpi: int
    decode_ms: float
    align_ms: float


@dataclass(frozen=True)
class Result:
    """Everything measured on a set."""

    laid: list[Laid] = field(default_factory=list)
    corners: list[Corners] = field(default_factory=list)
    sabotage: list[Sabotage] = field(default_factory=list)
    foreign: list[Foreign] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)
    joins: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Job:
    """A page with its truth."""

    page: model.Page
    truth: pages.Truth
    decode_ms: float

    @property
    def where(self) -> str:
        """File and page."""
        return f"{self.page.file}#{self.page.number}"

    @property
    def level(self) -> str:
        """Of the set."""
        return str(self.truth["level"])

    @property
    def chance(self) -> np.random.Generator:
        """The same for the same page."""
        return np.random.default_rng([int(self.page.sha256[:8], 16), self.page.number])


def run(
    folder: Path,
    forms: Forms,
    limit: int | None = None,
    every: int = 1,
    watch: Callable[[Iterable[Any], int], Iterable[Any]] | None = None,
) -> Result:
    """Measure a set, or its first `limit` pages, in this process.

    Only every so many of the pages with a form are tried with form files that do not fit (`every` 0: none): that takes
    several times as long as laying them. `watch` shows the progress of items of which so many are expected.
    """
    bare = altered.changed(forms, altered.bare)
    _warm(forms, bare)
    result, laid = Result(), list[Pairs]()
    jobs: Iterable[Job] = _jobs(folder, limit)
    for n, job in enumerate(watch(jobs, _pages(folder, limit)) if watch else jobs):
        laid.append(_lay(result, job, "markers", forms))
        blind = dataclasses.replace(job, page=altered.bare_page(job.page, job.truth["sheets"], forms))
        _lay(result, blind, "bare", bare)
        if every > 0 and n % every == 0 and job.truth["sheets"]:
            result.foreign.extend([_other(job, "markers", forms), _other(blind, "bare", bare)])
            result.sabotage.extend([*_sabotaged(job, "markers", forms), *_sabotaged(blind, "bare", bare)])
    result.joins.update(_joins(laid, forms))
    return result


def _pages(folder: Path, limit: int | None) -> int:
    count = sum(map(len, pages.truths(folder).values()))
    return count if limit is None else min(count, limit)


def _warm(forms: Forms, bare: Forms) -> None:
    """Let the form files' patches and key points be worked out before anything is timed."""
    for _, side in (*forms.sides(), *bare.sides()):
        template.features(template.SideKey(side))
        for panel in side.panels:
            template.patches(template.SideKey(side), panel.id)


def _jobs(folder: Path, limit: int | None) -> Iterator[Job]:
    left = limit if limit is not None else 10**9
    for name, lines in sorted(pages.truths(folder).items()):
        opened = acquire.look(acquire.load(folder / name), name)
        for truth in lines[:left]:
            start = time.process_time()
            page = opened.page(truth["page"])
            spent = 1000 * (time.process_time() - start)
            if isinstance(page, model.Page):
                yield Job(page, truth, spent)
        left -= len(lines[:left])


# ── laying


def _lay(result: Result, job: Job, way: str, forms: Forms) -> Pairs:
    """Measure one page; its sheets with their truth, those that could not be named with none."""
    start = time.process_time()
    sheets = align.sheets(job.page, forms)
    spent = 1000 * (time.process_time() - start)
    if job.truth["sheets"]:
        result.costs.append(Cost(way, job.level, _paper(job, forms), _dpi(job), job.decode_ms, spent))
    elif job.truth["status"] != "blank":
        result.foreign.append(Foreign(way, job.level, "foreign", _called(sheets), job.where))
    pairs = list(_paired(sheets, job.truth["sheets"]))
    result.laid.extend(_laid(job, way, sheet, truth, sheets) for sheet, truth in pairs)
    good = [(sheet, truth) for sheet, truth in pairs if sheet and truth]
    result.corners.extend(row for sheet, truth in good for row in corners(job, way, sheet, truth))
    return [*good, *((sheet, None) for sheet in sheets if sheet.form is None)]


def _paper(job: Job, forms: Forms) -> str:
    truth = job.truth["sheets"][0]
    shown = geometry.union([geometry.Box(*panel["box"]) for panel in truth["panels"]])
    size = max(shown.w, shown.h)
    return "A3" if size > 400 else "A4" if size > 250 else "A5"


def _dpi(job: Job) -> int:
    across, down = (float(dpi) for dpi in job.truth["dpi"])
    return round(min(across, down))


def _paired(
    sheets: Iterable[model.Sheet], truths: Iterable[pages.Truth]
) -> Iterator[tuple[model.Sheet | None, pages.Truth | None]]:
    free = list(truths)
    for sheet in sheets:
        mine = pages.partner(sheet, free)
        if mine is not None:
            free.remove(mine)
        if mine is not None or sheet.form is not None:
            yield sheet, mine
    yield from ((None, missed) for missed in free)


def _laid(
    job: Job, way: str, sheet: model.Sheet | None, truth: pages.Truth | None, sheets: tuple[model.Sheet, ...]
) -> Laid:
    have = {panel.id for panel in sheet.panels} if sheet else set()
    true = {panel["id"] for panel in truth["panels"]} if truth else set()
    serial = None if truth is None or truth["serial"] is None else sheet is not None and sheet.serial == truth["serial"]
    said = "" if sheet and truth else "; ".join(f"{one.reason or ''} {one.candidates}" for one in sheets)
    return Laid(
        way, job.level, job.truth["kind"], _verdict(sheet, truth), job.where, len(true), len(have & true), serial, said
    )


def _verdict(sheet: model.Sheet | None, truth: pages.Truth | None) -> str:
    if sheet is None:
        return "missed"
    if truth is None:
        return "wrong form"
    return "right" if sheet.rotation == truth["rotation"] else "wrong turn"


def corners(job: Job, way: str, sheet: model.Sheet, truth: pages.Truth) -> Iterator[Corners]:
    """Every true panel that was laid, with its corners on the scan."""
    if sheet.form is None or sheet.side is None:
        return
    off: dict[str, list[float]] = {}
    for name, field_truth in truth["fields"].items():
        boxes = sheet.form.fields[name].boxes()
        for part, quad in field_truth["parts"].items():
            panel = sheet.panel_for(boxes[part])
            if panel is not None:
                off.setdefault(panel.id, []).extend(_off_mm(job, panel, boxes[part], np.array(quad)))
    for panel in sheet.panels:
        if panel.id in off:
            yield Corners(way, job.level, job.where, panel.id, panel.residual_mm, tuple(off[panel.id]))


def _off_mm(job: Job, panel: model.Panel, box: geometry.Box, quad: geometry.Points) -> list[float]:
    """Distances in mm of corners on the scan, by the scan's own resolution across and down."""
    gap = (panel.to_px(box.corners()) - quad) * geometry.MM_PER_INCH / np.array(job.truth["dpi"])
    h, w = job.page.image.shape
    on = ((quad > -0.5) & (quad < (w - 0.5, h - 0.5))).all(axis=1)
    return [round(float(v), 3) for v in np.linalg.norm(gap, axis=1)[on]]


# ── what must be refused


def _other(job: Job, way: str, forms: Forms) -> Foreign:
    """The page with all forms but its own."""
    for name in {sheet["form"] for sheet in job.truth["sheets"]}:
        forms = altered.without(forms, name)
    return Foreign(way, job.level, "other", _called(align.sheets(job.page, forms)), job.where)


def _called(sheets: Iterable[model.Sheet]) -> str:
    """The forms that sheets were taken for."""
    return ",".join(sheet.form.id for sheet in sheets if sheet.form)


def _sabotaged(job: Job, way: str, forms: Forms) -> Iterator[Sabotage]:
    """The page's first sheet with form files that do not fit it."""
    truth, rng = job.truth["sheets"][0], job.chance
    form = forms[(truth["form"], truth["version"])]
    side = form.side(truth["side"])
    wrong = {**_misplaced(side, rng), **_revision(side, rng)} if way == "markers" else _revision(side, rng)
    for kind, (size, false_side) in wrong.items():
        swapped = [false_side if one.id == side.id else one for one in form.sides]
        given = altered.instead(forms, form.model_copy(update={"sides": swapped}))
        sheets = align.sheets(job.page, given)
        outcome = _outcome(job, kind, sheets, truth, (side, false_side))
        if outcome:
            yield Sabotage(way, job.level, kind, size, outcome, job.where)


def _misplaced(side: schema.Side, rng: np.random.Generator) -> Mapping[str, tuple[float, schema.Side]]:
    if side.markers is None:
        return {}
    size, aim = rng.uniform(*SHIFTS_MM), rng.uniform(0, 2 * np.pi)
    pitch, step = altered.row_pitch(side), int(rng.integers(1, len(side.markers.at)))
    return {
        "shift": (size, altered.moved_markers(side, (size * np.cos(aim), size * np.sin(aim)))),
        "row": (pitch, altered.moved_markers(side, (0.0, pitch))),
        "ids": (0.0, altered.wrong_markers(side, step)),
    }


def _revision(side: schema.Side, rng: np.random.Generator) -> Mapping[str, tuple[float, schema.Side]]:
    size = rng.uniform(*REVISION_MM)
    made = altered.revised(side, size, int(rng.integers(10**6)))
    return {} if made is None else {"revision": (size, made)}


def _outcome(
    job: Job, kind: str, sheets: Iterable[model.Sheet], truth: pages.Truth, sides: tuple[schema.Side, schema.Side]
) -> str | None:
    """What became of the first true sheet, given the true side and the false one; None where that cannot be seen."""
    side, false_side = sides
    laid = [sheet for sheet in sheets if sheet.form and sheet.form.id == truth["form"] and sheet.status == "accepted"]
    sheet = next((sheet for sheet in laid if pages.partner(sheet, job.truth["sheets"]) is truth), None)
    if kind == "revision":
        if truth["missing"]:
            return None
        # A panel that is not laid is refused, though the other one stands.
        trusted = {one.id for one in sheet.panels} if sheet is not None and sheet.side is false_side else set()
        return "slipped" if trusted & altered.reprinted(side, false_side) else "refused"
    if sheet is None:
        return "refused"
    off = [v for row in corners(job, "", sheet, truth) for v in row.off_mm]
    return "mended" if max(off, default=0.0) <= WORST_MM else "slipped"


# ── halves and sides


def _joins(laid: list[Pairs], forms: Forms) -> dict[str, int]:
    """Sheets of several pages: how many became one record by serial, and which partner is proposed without one."""
    sheets: dict[str, int] = {}  # by record
    made: list[model.Record] = []
    for pairs in laid:
        fresh = records.of_page([(sheet, ()) for sheet, _ in pairs], forms)
        made += fresh
        sheets |= {record.id: truth["sheet"] for record, (_, truth) in zip(fresh, pairs, strict=True) if truth}
    every = [truth for pairs in laid for _, truth in pairs if truth]
    return _joined([one for one in made if one.id in sheets], sheets, every, forms) | _proposed(made, sheets, forms)


def _joined(
    made: list[model.Record], sheets: Mapping[str, int], every: list[pages.Truth], forms: Forms
) -> dict[str, int]:
    """Sheets with a serial, how many of them became one record, and records that mix sheets."""
    named = [truth["sheet"] for truth in every if truth["serial"] is not None]
    several = {number for number in named if named.count(number) > 1}
    holds = [{sheets[one] for one in (record.id, *record.aliases)} for record in records.join(made, forms)]
    alone = [next(iter(held)) for held in holds if len(held) == 1]
    return {
        "sheets": len(several),
        "joined": sum(alone.count(number) == 1 for number in several),
        "mixed": sum(len(held) > 1 for held in holds),
    }


def _proposed(made: list[model.Record], sheets: Mapping[str, int], forms: Forms) -> dict[str, int]:
    """As if no serial had been read: sheets of two pages with fields, how many are proposed, and pairs that are none."""
    asked = [dataclasses.replace(one, serial=None) for one in made if one.readings or one.form is None]
    numbers = [sheets[one.id] for one in asked if one.id in sheets]
    pairs = records.proposed(asked, forms)
    right = {sheets[a] for a, b in pairs.items() if sheets[a] == sheets[b]}
    wrong = sum(sheets[a] != sheets[b] for a, b in pairs.items()) // 2
    return {
        "pairs": sum(numbers.count(number) == 2 for number in set(numbers)),
        "proposed": len(right),
        "wrong_proposed": wrong,
    }
