"""How much processor a page costs, station by station, and how pages per second grow with workers."""

from __future__ import annotations

import functools
import resource
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import cv2
import numpy as np

from pipeline import acquire, align, crop, errors, model, read, records, review, run, store, workers
from pipeline.bench import pages
from pipeline.forms import Forms
from pipeline.geometry import MM_PER_INCH, Grey
from pipeline.settings import Settings

TRIES = 3  # decodings of the same page, the fastest of which is the floor
JPEG_QUALITY = 85
SIZES_MM = {"A3": 400.0, "A4": 250.0, "A5": 0.0}  # long side, at least
T = TypeVar("T")
Load = Callable[[Settings], Forms]


@dataclass(frozen=True)
class Page:
    """CPU milliseconds of one page, children included, by station."""

    where: str
    paper: str
    dpi: int
    floor: float  # decoding the same page in grey from a colour JPEG
    spent: dict[str, float]  # accept, decode, align, crop, crop marks, read <kind>, save
    fields: dict[str, int]  # by kind, those that were read as not empty

    @property
    def marks_only(self) -> float:
        """What the page would cost if it had nothing but marks."""
        marks = sum(ms for name, ms in self.spent.items() if name.removeprefix("read ") == read.MARKS)
        return sum(self.spent[name] for name in ("accept", "decode", "align", "crop marks", "save")) + marks

    @property
    def whole(self) -> float:
        """What it cost as it is."""
        return sum(ms for name, ms in self.spent.items() if name != "crop marks")


@dataclass(frozen=True)
class Flow:
    """A whole set read by so many workers into a store of its own."""

    workers: int
    pages: int
    wall_s: float
    cpu_s: float
    peak_mib: float  # of the largest worker so far


@dataclass(frozen=True)
class Result:
    """Everything measured on a set."""

    pages: list[Page] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)


def run_set(
    folder: Path, own: Settings, load: Load, limit: int | None = None, counts: Sequence[int] = (1, 2)
) -> Result:
    """Measure a set or its first `limit` files: each page by itself in this process, then all with each of `counts` workers."""
    truths = pages.truths(folder)
    names, forms = sorted(truths)[:limit], load(own)
    files = [(folder, name, truths[name]) for name in names]
    with tempfile.TemporaryDirectory(dir=_private(own)) as data:
        homes = (own.model_copy(update={"data": Path(data) / str(n), "database": None}) for n in range(10**6))
        _each(files[:1], next(homes), forms)  # for nothing: models and blanks are loaded, patches worked out
        measured = _each(files, next(homes), forms)
        flows = [
            _flow(
                [folder / name for name in names],
                home.model_copy(update={"workers": count}),
                functools.partial(load, own),
            )
            for count, home in zip(counts, homes, strict=False)
        ]
    return Result(measured, flows)


def _each(files: Sequence[tuple[Path, str, list[pages.Truth]]], home: Settings, forms: Forms) -> list[Page]:
    with store.open(home, create=True) as kept:
        return [page for file in files for page in _file(*file, kept, forms)]


def _private(own: Settings) -> Path:
    own.private.mkdir(mode=0o700, parents=True, exist_ok=True)
    return own.private


def cpu_s() -> float:
    """Processor seconds of this process and of children that ended."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + spent.ru_utime + spent.ru_stime


@dataclass
class _Clock:
    """Milliseconds by name."""

    spent: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def of(self, name: str, work: Callable[[], T]) -> T:
        """Do something and count it."""
        start = cpu_s()
        try:
            return work()
        finally:
            self.spent[name] += 1000 * (cpu_s() - start)


def _file(folder: Path, name: str, truths: list[pages.Truth], kept: store.Store, forms: Forms) -> Iterator[Page]:
    by_number = {truth["page"]: truth for truth in truths}
    accepted = _Clock()
    accepted.of("accept", lambda: list(run.accept([folder / name], kept)))
    for task in [task for task in kept.waiting() if task.name == name]:
        clock = _Clock()
        clock.spent["accept"] = accepted.spent["accept"] / len(truths)
        page = clock.of("decode", functools.partial(_decoded, task))
        truth = by_number[task.number]
        if isinstance(page, model.Page) and truth["sheets"]:
            yield _page(page, task, truth, (kept, forms), clock)


def _decoded(task: store.Task) -> model.Page | model.Refusal:
    return acquire.page(acquire.load(task.path), task.name, task.sha256, task.number)


def _page(page: model.Page, task: store.Task, truth: pages.Truth, at: tuple[store.Store, Forms], clock: _Clock) -> Page:
    kept, forms = at
    sheets = clock.of("align", lambda: align.sheets(page, forms))
    cut = [clock.of("crop", functools.partial(crop.fields, sheet)) for sheet in sheets]
    for sheet in sheets:
        clock.of("crop marks", functools.partial(crop.fields, only_marks(sheet)))
    said = [_read(crops, clock) for crops in cut]
    found = records.of_page(list(zip(sheets, said, strict=True)), forms)
    cuts = clock.of("cuts", lambda: review.pictures.cuts(page.image, found))
    clock.of("save", lambda: run.saved(task, store.Part(task.page_id, found, cuts), kept, forms))
    return Page(
        f"{task.name}#{task.number}",
        _paper(page, truth),
        round(min(truth["dpi"])),
        _floor(page.image),
        dict(clock.spent),
        _filled(cut, said),
    )


def only_marks(sheet: model.Sheet) -> model.Sheet:
    """The same sheet as if its form had nothing but marks."""
    if sheet.side is None:
        return sheet
    marks = [field for field in sheet.side.fields if read.kind_of(field) == read.MARKS]
    return replace(sheet, side=sheet.side.model_copy(update={"fields": marks}))


def _read(crops: Sequence[model.FieldCrop], clock: _Clock) -> tuple[model.Reading, ...]:
    """All readings, each kind by itself."""
    kinds: dict[str, list[model.FieldCrop]] = {}
    for one in crops:
        kinds.setdefault(read.kind_of(one.field), []).append(one)
    return tuple(r for kind, own in kinds.items() for r in clock.of(f"read {kind}", functools.partial(read.sheet, own)))


def _filled(cut: Sequence[Sequence[model.FieldCrop]], said: Sequence[Sequence[model.Reading]]) -> dict[str, int]:
    kinds = {crop.field.id: read.kind_of(crop.field) for crops in cut for crop in crops}
    counts: dict[str, int] = defaultdict(int)
    for reading in (reading for readings in said for reading in readings if reading.state != "empty"):
        counts[kinds[reading.field]] += 1
    return dict(counts)


def _floor(image: Grey) -> float:
    """Milliseconds to decode the page in grey from a colour JPEG."""
    encoded = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_GRAY2BGR), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1]
    clock = [_Clock() for _ in range(TRIES)]
    for one in clock:
        one.of("decode", lambda: cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE))
    return min(one.spent["decode"] for one in clock)


def _paper(page: model.Page, truth: pages.Truth) -> str:
    across, down = (n / dpi * MM_PER_INCH for n, dpi in zip(page.image.shape[::-1], truth["dpi"], strict=True))
    return next(name for name, least in SIZES_MM.items() if max(across, down) >= least)


def _flow(paths: Sequence[Path], own: Settings, start: Callable[[], Forms]) -> Flow:
    """Take files in and read them with guarded workers, started before the clock runs."""
    before = cpu_s()
    with store.open(own, create=True) as kept:
        forms = start()
        with workers.pool(own, start) as pool:
            list(pool.map(_awake, range(own.workers)))
            begun = time.perf_counter()
            arrivals = list(workers.accept(pool, kept, paths))
            done = sum(1 for _ in workers.submit(pool, kept, forms))
            spent = time.perf_counter() - begun
    if any(arrival.kind == "refused" for arrival in arrivals):
        raise errors.Problem("bench-refused", "開けないファイルがあり、速さを測れません。")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return Flow(own.workers, done, spent, cpu_s() - before, peak)


def _awake(number: int, _forms: Forms) -> int:
    return number


# ── The table


def table(result: Result) -> dict[str, Any]:
    """Medians by paper and resolution, and the flows."""
    groups = sorted({(page.paper, page.dpi) for page in result.pages})
    lines = {f"{p} {d}": _column([one for one in result.pages if (one.paper, one.dpi) == (p, d)]) for p, d in groups}
    return {"pages": lines, "flows": [vars(flow) for flow in result.flows], "gain": gain(result.flows)}


def _column(rows: Sequence[Page]) -> dict[str, Any]:
    stations = sorted({name for row in rows for name in row.spent})
    return {
        "n": len(rows),
        "floor": _median([row.floor for row in rows]),
        "stations": {name: _median([row.spent.get(name, 0.0) for row in rows]) for name in stations},
        "marks only": _median([row.marks_only for row in rows]),
        "marks only / floor": _median([row.marks_only / row.floor for row in rows], 2),
        "whole": _median([row.whole for row in rows]),
        "whole / floor": _median([row.whole / row.floor for row in rows], 2),
        "a text": _median([row.spent["read text"] / row.fields["text"] for row in rows if row.fields.get("text")]),
    }


def _median(values: Sequence[float], digits: int = 1) -> float | None:
    return round(float(np.median(values)), digits) if values else None


def gain(flows: Sequence[Flow]) -> float | None:
    """Pages per second of the most workers against one."""
    rates = {flow.workers: flow.pages / flow.wall_s for flow in flows if flow.workers and flow.wall_s}
    return round(rates[max(rates)] / rates[1], 2) if len(rates) > 1 and 1 in rates else None


def printed(result: Result) -> str:
    """The table for people."""
    made = table(result)
    rows = []
    for name, line in made["pages"].items():
        rows.append(f"== {name} dpi, n {line['n']}: CPU ms, medians; grey decode {line['floor']}")
        rows += [f"{station:16} {ms}" for station, ms in line["stations"].items()]
        rows.append(f"{'marks only':16} {line['marks only']} (× {line['marks only / floor']})")
        rows.append(f"{'whole page':16} {line['whole']} (× {line['whole / floor']}), a filled text {line['a text']}")
    for flow in result.flows:
        rows.append(f"workers {flow.workers}: {flow.pages} pages in {flow.wall_s:.1f} s, {flow.pages / flow.wall_s:.2f} a second, "
                    f"{flow.cpu_s:.1f} CPU s, largest child {flow.peak_mib:.0f} MiB")  # fmt: skip
    return "\n".join([*rows, f"gain by workers: {made['gain']}"])
