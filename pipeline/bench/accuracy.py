"""How often a reading is right, how many need no look, and how many of those are wrong."""

from __future__ import annotations

import functools
import json
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline import read, workers
from pipeline.bench import figures, pages, pictures
from pipeline.errors import Problem, UsageProblem
from pipeline.forms import Forms, schema
from pipeline.settings import Settings


@dataclass(frozen=True)
class Row:
    """One field of one sheet."""

    kind: str  # reader's kind and how it is written, e.g. score/circle
    reader: str  # whose calibration it belongs to, e.g. marks/1:score
    right: bool
    certain: bool  # the reader is sure of it
    sure: bool  # and nobody needs to look: it is no empty answer to a question that has to be answered
    confidence: float
    score: float
    state: str
    true_state: str
    where: str  # file, page and field, to look at
    said: str
    truth: str
    about: str  # mark styles, strays, pen, resolution
    level: str
    dpi: int
    picture: bytes = b""  # PNG of what was read, of wrong readings only


@dataclass(frozen=True)
class Result:
    """All fields of a set, and what became of its pages."""

    rows: tuple[Row, ...]
    found: dict[str, int]  # pages and sheets: right, wrong form, wrong status, wrong turn, missed
    trouble: tuple[str, ...] = ()  # file, page and what was said of those that are not right


def run(
    folder: Path,
    forms: Forms,
    own: Settings,
    load: Any,
    readers: Collection[str] = (),
    watch: Callable[[Iterable[Any], int], Iterable[Any]] = lambda items, _: items,
) -> Result:
    """Measure a set, or what some of its `readers` make of it; files are spread over the workers.

    `watch` shows the progress of items of which so many are expected. Raises UsageProblem for a reader that is none.
    """
    asked = _known(readers)
    lines = pages.truths(folder)
    items = [(folder, name, lines[name], asked) for name in sorted(lines)]
    rows: list[Row] = []
    found: dict[str, int] = {}
    trouble: list[str] = []
    limits = own.model_copy(update={"open_seconds": 3600.0})
    with workers.pool(limits, functools.partial(load, own)) as pool:
        for _, outcome in watch(pool.map(_file, items), len(items)):
            if isinstance(outcome, workers.Failure):
                raise Problem("bench-failed", f"測定が途中で止まりました。{outcome.detail}")
            rows += outcome.rows
            trouble += outcome.trouble
            found = {key: found.get(key, 0) + outcome.found.get(key, 0) for key in {*found, *outcome.found}}
    return Result(tuple(rows), found, tuple(trouble))


def _known(readers: Collection[str]) -> frozenset[str]:
    strange = sorted(set(readers) - set(read.READERS))
    if strange:
        what = f"読み手 {'、'.join(strange)} はありません。"
        raise UsageProblem("reader-unknown", what, f"{'、'.join(read.READERS)} から選んでください。")
    return frozenset(readers or read.READERS)


def _file(item: tuple[Path, str, list[pages.Truth], frozenset[str]], forms: Forms) -> Result:
    folder, name, lines, readers = item
    rows: list[Row] = []
    found: dict[str, int] = {}
    trouble: list[str] = []
    for seen in pages.of_file(folder, name, lines, forms, readers):
        verdict = _verdict(seen)
        found[verdict] = found.get(verdict, 0) + 1
        rows += illustrated(_rows(seen, name), seen) if verdict == "right" and seen.truth else ()
        trouble += [f"{name}#{seen.page['page']} {verdict}: {_said(seen)}"] if verdict != "right" else []
    return Result(tuple(rows), found, tuple(trouble))


def _said(seen: pages.Seen) -> str:
    """What a sheet was taken for, and what it is."""
    true = [f"{s['form']}/{s['side']}@{s['rotation']}" for s in seen.page["sheets"]]
    if seen.sheet is None:
        return f"nothing, truth {true}"
    name = f"{seen.sheet.form.id}/{seen.sheet.side.id}" if seen.sheet.form and seen.sheet.side else seen.sheet.status
    return f"{name}@{seen.sheet.rotation} {seen.sheet.reason or ''} {seen.sheet.candidates}, truth {seen.page['status']} {true}"


def _verdict(seen: pages.Seen) -> str:
    """What became of a sheet, or of a page without any."""
    if seen.sheet is None:
        return "missed"
    if seen.truth is None:
        wanted = "needs no form" if seen.page["sheets"] else seen.page["status"]
        return "right" if seen.sheet.status == wanted else "wrong form" if seen.sheet.form else "wrong status"
    return "right" if seen.sheet.rotation == seen.truth["rotation"] else "wrong turn"


def _rows(seen: pages.Seen, name: str) -> Iterator[Row]:
    if seen.sheet is None or seen.truth is None or seen.sheet.form is None:
        return
    readings = {reading.field: reading for reading in seen.readings}
    for field, truth in seen.truth["fields"].items():
        if (reading := readings.get(field)) is None:
            continue
        schema_field = seen.sheet.form.fields[field]
        yield Row(
            kind=kind_of(schema_field),
            reader=f"{reading.reader}:{schema_field.kind}",
            right=_state(reading.state) == _state(truth["state"]) and same(reading.value, truth["value"]),
            certain=reading.sure,
            sure=reading.sure and not (schema_field.required and reading.state == "empty"),
            confidence=reading.confidence,
            score=reading.score,
            state=reading.state,
            true_state=truth["state"],
            where=f"{name}#{seen.page['page']}:{field}",
            said=f"{reading.state} {reading.value} {reading.reason or ''}",
            truth=f"{truth['state']} {truth['value']} {truth['reason'] or ''}",
            about=" ".join(map(str, [*truth["styles"], *truth["stray"], truth["pen"], seen.page.get("mode", "")])),
            level=str(seen.page["level"]),
            dpi=round(min(seen.page["dpi"])),
        )


def illustrated(rows: Iterator[Row], seen: pages.Seen) -> Iterator[Row]:
    """The same rows, those of wrong readings with their picture."""
    for row in rows:
        crops = [crop for crop in seen.crops if crop.field.id == row.where.rsplit(":", 1)[1]]
        yield row if row.right or not crops else replace(row, picture=pictures.strip(crops))


def _state(state: str) -> str:
    """Whether a question applies is known only to the record; on the paper both look alike."""
    return "empty" if state == "not_applicable" else state


def kind_of(field: schema.Field) -> str:
    """The line of the table that a field belongs to."""
    if isinstance(field, schema.Choice | schema.Score) and field.options:
        return f"{field.kind}/{field.mark}"
    if isinstance(field, schema.Text):
        return f"text/{'list' if field.list_ else field.script}"
    if isinstance(field, schema.Digits):
        return "digits/cells" if field.cells else "digits/free"
    if isinstance(field, schema.Date):
        celled = any("-" in part for part in field.boxes() if not part.startswith("era-"))
        return "date/cells" if celled else "date/free"
    return field.kind


def same(said: Any, true: Any) -> bool:
    """Whether two values are the same, whatever order several answers are in."""
    if isinstance(said, tuple | list) or isinstance(true, tuple | list):
        return sorted(map(str, said or ())) == sorted(map(str, true or ()))
    if isinstance(said, str) and isinstance(true, str):
        return _plain(said) == _plain(true)
    return bool(said == true)


def _plain(text: str) -> str:
    """Text without what the width of its letters and its spaces add."""
    return unicodedata.normalize("NFKC", "".join(text.split()))


def table(result: Result) -> dict[str, dict[str, float]]:
    """The table's lines by kind, and the recall of states over all marks."""
    kinds = sorted({row.kind for row in result.rows})
    lines = {kind: _answers([row for row in result.rows if row.kind == kind]) for kind in kinds}
    marks = [row for row in result.rows if row.reader.startswith("marks/")]
    return lines | ({"all marks": _answers(marks)} if marks else {})


def _answers(rows: list[Row]) -> dict[str, float]:
    line = figures.Answers.of([(row.right, row.sure, row.confidence) for row in rows]).row()
    line["certain"] = sum(row.certain for row in rows) / max(len(rows), 1)
    for state in ("empty", "multiple"):
        those = [row for row in rows if row.true_state == state]
        line[f"{state}_recall"] = sum(row.state == state for row in those) / max(len(those), 1) if those else 1.0
    return line


def printed(result: Result) -> str:
    """The table for people."""
    head = f"{'kind':18}{'n':>7}{'exact %':>9}{'certain %':>11}{'accepted %':>12}{'wrong':>7}{'≤ % (95)':>10}{'ECE':>8}{'empty':>7}{'multi':>7}"
    body = [
        f"{kind:18}{r['n']:>7.0f}{100 * r['exact']:>9.2f}{100 * r['certain']:>11.2f}{100 * r['accepted']:>12.2f}{r['wrong_accepted']:>7.0f}"
        f"{100 * r['wrong_upper']:>10.3f}{r['ece']:>8.4f}{r['empty_recall']:>7.3f}{r['multiple_recall']:>7.3f}"
        for kind, r in table(result).items()
    ]
    return "\n".join([head, *body, "sheets and pages: " + json.dumps(result.found)])


def errors(result: Result, accepted_only: bool) -> Iterator[Row]:
    """The wrong ones, surest first."""
    wrong = [row for row in result.rows if not row.right and (row.sure or not accepted_only)]
    return iter(sorted(wrong, key=lambda row: (not row.sure, -row.confidence)))


def as_rows(result: Result) -> list[dict[str, Any]]:
    """The rows as data, without pictures."""
    return [{key: value for key, value in vars(row).items() if key != "picture"} for row in result.rows]


def draw(result: Result, folder: Path) -> list[Path]:
    """Write `reliability.png` and `worst.png`, wrong readings that were accepted first, into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    kinds: dict[str, list[tuple[bool, float]]] = {}
    for row in result.rows:
        kinds.setdefault(row.kind, []).append((row.right, row.confidence))
    pictures.reliability(kinds, folder / "reliability.png")
    cases = [
        (
            row.picture,
            f"{'見ずに受け入れた' if row.sure else '確認へ'} {row.confidence:.4f}  {row.kind}\n{row.where}\n読み {row.said}\n正解 {row.truth}\n{row.about}",
        )
        for row in errors(result, accepted_only=False)
    ]
    pictures.contact_sheet(cases, folder / "worst.png")
    return [folder / "reliability.png", folder / "worst.png"]
