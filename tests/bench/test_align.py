"""Measuring how sheets are laid: what is counted, and what the table says of it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline import model
from pipeline.bench import align, align_table, altered, pages
from pipeline.forms import Forms

TICKETS = Path(__file__).parents[1] / "fixtures" / "tickets"


def corners(off: tuple[float, ...], residual: float) -> align.Corners:
    """A panel whose corners lie so far off."""
    return align.Corners("markers", "office", "a.pdf#1", "page", residual, off)


def laid(verdict: str, way: str = "markers", kind: str = "sheet") -> align.Laid:
    """A sheet of two panels, both laid unless it was missed."""
    found = 0 if verdict == "missed" else 2
    return align.Laid(way, "office", kind, verdict, "a.pdf#1", 2, found, None, "")


def test_a_set_is_measured_sheet_by_sheet(shipped: Forms) -> None:
    """The committed sheet is found, right and to a tenth of a millimetre, with fiducials and without; sabotage is not trusted."""
    (first,) = pages.truths(TICKETS)["scan-00001.pdf"][0]["sheets"][:1]
    other = next(key for key in shipped if key[0] != first["form"])
    few = {key: form for key, form in shipped.items() if key[0] == first["form"] or key == other}
    told: list[int] = []

    def watch(items: Iterable[Any], total: int) -> Iterable[Any]:
        told.append(total)
        return items

    result = align.run(TICKETS, Forms(few, shipped.list_folders), limit=1, watch=watch)
    assert told == [1]
    assert {row.kind for row in result.sabotage} >= {"shift", "row", "ids"}
    assert all(row.outcome != "slipped" for row in result.sabotage)
    assert [(row.way, row.verdict) for row in result.laid] == [("markers", "right"), ("bare", "right")]
    assert all(np.median(row.off_mm) < 0.10 for row in result.corners)
    assert [row.called for row in result.foreign] == ["", ""]
    assert json.dumps(dataclasses.asdict(result))


@pytest.mark.parametrize(("every", "tried"), [(0, []), (1, [1, 2, 3]), (2, [1, 3])])
def test_only_every_so_many_pages_are_sabotaged(
    monkeypatch: pytest.MonkeyPatch, shipped: Forms, every: int, tried: list[int]
) -> None:
    """Each page is laid; with form files that do not fit only as many are tried as asked."""
    jobs = [
        align.Job(model.Page("a", "0" * 64, n, np.zeros((1, 1), np.uint8)), {"sheets": [{}]}, 0.0) for n in (1, 2, 3)
    ]
    laid, sabotaged = list[int](), list[int]()

    def sabotage(job: align.Job, *_: object) -> list[align.Sabotage]:
        sabotaged.append(job.page.number)
        return []

    monkeypatch.setattr(align, "_warm", lambda *_: None)
    monkeypatch.setattr(align, "_jobs", lambda *_: iter(jobs))
    monkeypatch.setattr(align, "_lay", lambda _, job, *__: laid.append(job.page.number))
    monkeypatch.setattr(altered, "bare_page", lambda page, *_: page)
    monkeypatch.setattr(align, "_other", lambda *_: None)
    monkeypatch.setattr(align, "_sabotaged", sabotage)
    monkeypatch.setattr(align, "_joins", lambda *_: {})
    align.run(Path(), shipped, every=every)
    assert (laid[::2], sabotaged[::2]) == ([1, 2, 3], tried)


def test_partners_are_counted_as_if_no_serial_had_been_read(shipped: Forms) -> None:
    """Two halves that follow each other are proposed; a stranger's half between them is proposed wrongly, and counted."""
    form = next(one for one in shipped.values() if len(one.sides[0].panels) == 2 and one.sides[0].fields)
    side, image = form.sides[0], np.zeros((1, 1), np.uint8)

    def laid_half(number: int, panel: int, sheet: int) -> align.Pairs:
        placed = (model.Panel(side.panels[panel].id, np.eye(3), 0.05),)
        found = model.Sheet(model.Page("a", "0" * 64, number, image), form, side, f"{sheet}", placed, 0, "code")
        return [(found, {"sheet": sheet, "serial": f"{sheet}"})]

    apart = [laid_half(1, 0, 1), laid_half(2, 1, 1), laid_half(3, 0, 2), laid_half(4, 1, 3), laid_half(5, 0, 3)]
    joins = align._joins(apart, shipped)
    assert joins == {"sheets": 2, "joined": 2, "mixed": 0, "pairs": 2, "proposed": 1, "wrong_proposed": 1}


@pytest.mark.parametrize(("status", "counted"), [("foreign", ["", ""]), ("blank", [])])
def test_foreign_paper_is_counted_and_blank_paper_is_not(
    monkeypatch: pytest.MonkeyPatch, shipped: Forms, status: str, counted: list[str]
) -> None:
    """A page without a sheet counts as foreign with fiducials and bare; an empty one has nothing to be taken for."""
    page = model.Page("a", "0" * 64, 1, np.full((90, 60), 255, np.uint8))
    truth = {"sheets": [], "status": status, "level": "office"}
    monkeypatch.setattr(align, "_warm", lambda *_: None)
    monkeypatch.setattr(align, "_jobs", lambda *_: iter([align.Job(page, truth, 0.0)]))
    result = align.run(Path(), shipped)
    assert [one.called for one in result.foreign] == counted
    assert result.sabotage == []
    assert ("foreign   foreign: called a form 0/1" in align_table.printed(result)) is bool(counted)


def test_corners_are_measured_in_millimetres_across_and_down(shipped: Forms) -> None:
    """A placement one pixel too far right is off by a pixel's width, on a scan of half as many lines too."""
    job = next(align._jobs(TICKETS, 1))
    form_side = job.truth["sheets"][0]
    form = shipped[(form_side["form"], form_side["version"])]
    side = form.side(form_side["side"])
    shift = np.array([[1, 0, 1.0], [0, 1, 0], [0, 0, 1]])
    panels = tuple(
        model.Panel(p["id"], shift @ np.array(p["mm_to_px"]).reshape(3, 3), 0.05) for p in form_side["panels"]
    )
    sheet = model.Sheet(job.page, form, side, None, panels, 0, "code")
    across, down = 25.4, 50.8
    coarse = dataclasses.replace(job, truth={**job.truth, "dpi": [across, down]})
    rows = list(align.corners(coarse, "markers", sheet, _exact(form_side, sheet, shift)))
    assert rows
    assert all(v == pytest.approx(1.0, abs=2e-3) for row in rows for v in row.off_mm)


def test_of_two_sheets_of_one_form_each_is_held_against_its_own_truth(shipped: Forms) -> None:
    """On a glass with two tickets the other one's place is no sabotage that slipped through."""
    job = next(align._jobs(TICKETS, 1))
    first = job.truth["sheets"][0]
    form = shipped[(first["form"], first["version"])]
    side, apart = form.side(first["side"]), np.array([[1, 0, 900.0], [0, 1, 0], [0, 0, 1]])

    def laid_at(shift: np.ndarray, serial: str) -> model.Sheet:
        panels = tuple(
            model.Panel(p["id"], shift @ np.array(p["mm_to_px"]).reshape(3, 3), 0.05) for p in first["panels"]
        )
        return model.Sheet(job.page, form, side, serial, panels, 0, "code")

    here, there = laid_at(np.eye(3), "1"), laid_at(apart, "2")
    truths = [{**_exact(first, here, np.eye(3)), "serial": "1"}, {**_exact(first, there, np.eye(3)), "serial": "2"}]
    both = dataclasses.replace(job, truth={**job.truth, "sheets": truths})
    assert align._outcome(both, "shift", (there, here), truths[0], (side, side)) == "mended"
    assert align._outcome(both, "shift", (there,), truths[0], (side, side)) == "refused"


def _exact(truth: pages.Truth, sheet: model.Sheet, shift: np.ndarray) -> pages.Truth:
    """The truth with each corner exactly where the sheet has it but for the shift."""
    assert sheet.form is not None
    made = {}
    for name, field in truth["fields"].items():
        boxes = sheet.form.fields[name].boxes()
        quads = {}
        for part in field["parts"]:
            panel = sheet.panel_for(boxes[part])
            assert panel is not None
            quads[part] = (panel.to_px(boxes[part].corners()) - shift[:2, 2]).tolist()
        made[name] = {**field, "parts": quads}
    return {**truth, "fields": made}


def test_the_table_counts_what_is_right_and_what_is_wrong() -> None:
    """Missed sheets lower the share; a wrong form or turn is counted apart."""
    rows = [laid("right"), laid("right"), laid("missed"), laid("wrong turn"), laid("wrong form")]
    line = align_table.table(align.Result(laid=rows))["office/markers"]["identity"]
    assert (line["right"]["hits"], line["right"]["n"], line["wrong"]) == (2, 4, 2)
    assert (line["panels"]["hits"], line["panels"]["n"]) == (6, 8)
    assert line["right"]["low"] < 0.5 < line["right"]["high"]


def test_the_table_tells_the_error_and_whether_it_was_admitted() -> None:
    """Median, 99th percentile and worst over all corners; a panel off by more than three residuals was not honest."""
    rows = [corners((0.1,) * 99 + (0.9,), 0.05), corners((0.1,) * 100, 0.05)]
    line = align_table.table(align.Result(laid=[laid("right")], corners=rows))["office/markers"]["corners"]
    assert (line["panels"], line["corners"], line["worst"], line["panels_over_0.8"]) == (2, 200, 0.9, 1)
    assert line["median"][0] == pytest.approx(0.1)
    assert line["median"][1] <= line["median"][0] <= line["median"][2]
    assert line["honest"]["hits"] == 2
    worse = [corners((0.1,) * 90 + (0.9,) * 10, 0.05)]
    line = align_table.table(align.Result(laid=[laid("right")], corners=worse))["office/markers"]["corners"]
    assert line["honest"]["hits"] == 0


def test_sabotage_is_safe_unless_it_slipped_through() -> None:
    """Refused and mended are both safe; what slipped is named below the table."""
    rows = [
        align.Sabotage("bare", "office", "row", 9.0, outcome, "b.pdf#2") for outcome in ("refused", "mended", "slipped")
    ]
    result = align.Result(
        laid=[laid("right", "bare")],
        sabotage=rows,
        joins=dict.fromkeys(("sheets", "joined", "mixed", "pairs", "proposed", "wrong_proposed"), 0),
    )
    line = align_table.table(result)["office/bare"]["sabotage"]["row"]
    assert (line["refused"], line["mended"], line["slipped"], line["safe"]["hits"]) == (1, 1, 1, 2)
    assert "office/bare b.pdf#2 slipped row 9.0" in align_table.printed(result)


def test_levels_and_ways_are_never_mixed() -> None:
    """What was measured without fiducials does not count among what was measured with them."""
    table = align_table.table(align.Result(laid=[laid("right"), laid("missed", "bare"), laid("right", kind="glass")]))
    assert table["office/markers"]["identity"]["right"]["n"] == 2
    assert table["office/bare"]["identity"]["right"]["n"] == 1
    assert table["office/markers"]["glass"]["right"]["n"] == 1
