"""A stack of files and the truth beside them agree with each other, whatever the kind of file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zxingcpp

import samples
from pipeline import geometry
from pipeline.forms import Forms
from samples import demo_stack, sheets, stacks
from samples.__main__ import sources
from tests.samples import reading

Drawn = tuple[Path, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def mixed(little: Forms, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    """Sheets of every kind, at the office level."""
    out = tmp_path_factory.mktemp("mixed")
    kinds = dict.fromkeys(samples.KINDS, 1.0) | {"pdf": 4.0, "halves": 2.0, "foreign": 2.0}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sheets, "BLANK_BACK", 0.7)
        samples.stack(little, out, 3, 24, kinds=kinds, per_file=6, blanks=sources([folder]))
    return out, reading.truth(out)


@pytest.fixture(scope="module")
def hard(little: Forms, tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    """Twelve sheets at the hard level."""
    out = tmp_path_factory.mktemp("hard")
    samples.stack(little, out, 8, 8, level="hard", kinds=["pdf"])
    return out, reading.truth(out)


def digests(out: Path) -> dict[str, str]:
    """Every file of a folder by name."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(out.iterdir())}


def test_same_seed_same_bytes(little: Forms, folder: Path, tmp_path: Path) -> None:
    """The same order gives the same files to the last byte, and another seed other ones."""
    kinds = ["typed", "layered", "tiff", "png", "pdf", "glass"]
    for name, seed in (("one", 5), ("again", 5)):
        samples.stack(little, tmp_path / name, seed, 7, kinds=dict.fromkeys(kinds, 1.0), blanks=sources([folder]))
    samples.stack(little, tmp_path / "other", 6, 1, kinds=["jpg"])
    one, again, other = (digests(tmp_path / name) for name in ("one", "again", "other"))
    assert one == again
    assert one["truth.jsonl"] != other["truth.jsonl"]


def test_truth_names_every_page(mixed: Drawn) -> None:
    """Every page of every file has one line, and its picture the size that the line says."""
    out, lines = mixed
    assert {line["file"] for line in lines} == {path.name for path in out.iterdir()} - {"truth.jsonl"}
    assert len({(line["file"], line["page"]) for line in lines}) == len(lines)
    for line in lines:
        assert list(reading.picture(out, line).shape[::-1]) == line["size"]


def test_every_kind_is_delivered(mixed: Drawn) -> None:
    """All kinds of file and page come out: layered, typed, several sheets, halves, foreign paper, blank backs."""
    _, lines = mixed
    assert {Path(line["file"]).suffix for line in lines} == {".pdf", ".tif", ".jpg", ".png"}
    assert {line["kind"] for line in lines} == {"sheet", "layered", "typed"}
    assert {line["status"] for line in lines} == {"form", "blank", "unidentified"}
    assert any(len(line["sheets"]) == 2 for line in lines)
    assert any(sheet["missing"] for line in lines for sheet in line["sheets"])


def test_only_forms_have_sheets(mixed: Drawn) -> None:
    """A blank back and foreign paper carry no sheet; a form carries at least one, with the fields of its panels."""
    for line in mixed[1]:
        assert bool(line["sheets"]) == (line["status"] == "form")


@pytest.mark.parametrize("which", ["mixed", "hard"])
def test_marks_are_dark_where_the_truth_says(which: str, request: pytest.FixtureRequest) -> None:
    """A marked option holds clearly more ink than the untouched options of its question, on every page."""
    out, lines = request.getfixturevalue(which)
    gains = [gain for line in lines for gain in _gains(reading.picture(out, line), line)]
    assert len(gains) > 8
    assert np.mean([gain > 1.0 for gain in gains]) > 0.85  # dog-ears hide some, neighbours lean over
    assert np.median(gains) > 8.0


def _gains(image: geometry.Grey, line: dict[str, Any]) -> list[float]:
    """How much darker each marked option is than its darkest untouched neighbour, in grey levels."""
    gains = []
    for field in (field for sheet in line["sheets"] for field in sheet["fields"].values() if field["mark"]):
        around = [_grown(quad) for quad in field["parts"].values()]
        dark = [255.0 - reading.upright(image, quad, (60, 60)).mean() for quad in around]
        touched = {*field["marked"], *field["struck"], *(place for place, _ in field["stray"])}
        clean = [n for n in range(len(dark)) if n not in touched]
        gains += [dark[n] - max(dark[m] for m in clean) for n in field["marked"] if clean]
    return gains


def _grown(quad: list[list[float]]) -> list[list[float]]:
    corners = np.array(quad)
    middle = corners.mean(axis=0)
    return [[float(x), float(y)] for x, y in middle + 1.3 * (corners - middle)]


def test_panels_agree_with_the_fields(mixed: Drawn) -> None:
    """The panel's best homography puts every field where its own corners are, up to the curl."""
    for line in mixed[1]:
        for sheet in line["sheets"]:
            for panel in sheet["panels"]:
                matrix = np.array(panel["mm_to_px"]).reshape(3, 3)
                corners = geometry.project(matrix, geometry.Box(*panel["box"]).corners())
                low, high = corners.min(axis=0), corners.max(axis=0)
                assert (low > -0.1 * np.array(line["size"])).all()
                assert (high < 1.1 * np.array(line["size"])).all()
                at = geometry.Box(*panel["box"]).center()
                assert geometry.upright_turn(matrix, at) == sheet["rotation"]
                assert panel["residual_mm"] < 1.0


def test_serials_can_be_scanned(mixed: Drawn) -> None:
    """The code on a sheet holds form, version, side and the serial that the truth names."""
    out, lines = mixed
    read = []
    for line in (line for line in lines if line["status"] == "form" and line["kind"] != "typed"):
        found = {code.text for code in zxingcpp.read_barcodes(reading.picture(out, line))}
        wanted = {
            f"YT1/{sheet['form']}/{sheet['version']}/{sheet['side']}/{sheet['serial']}"
            for sheet in line["sheets"]
            if sheet["serial"]
        }
        assert found <= wanted
        read += [payload in found for payload in wanted]
    assert len(read) > 15
    assert np.mean(read) > 0.9


def test_halves_carry_their_own_fields(mixed: Drawn) -> None:
    """Of a sheet that comes as halves every field is on exactly one page."""
    halves = [sheet for line in mixed[1] for sheet in line["sheets"] if sheet["missing"]]
    assert halves
    for number in {sheet["sheet"] for sheet in halves}:
        names = [name for sheet in halves if sheet["sheet"] == number for name in sheet["fields"]]
        assert sorted(names) == ["one", "points", "two", "typed"]


def test_level_bounds_hold_in_the_truth(hard: Drawn, mixed: Drawn) -> None:
    """What was drawn for each page stands beside it and keeps to the level."""
    for lines, skew, halves in ((mixed[1], 3.0, 0.6), (hard[1], 5.0, 1.5)):
        figures = [line["scan"] for line in lines if line["status"] == "form" and line["kind"] != "typed"]
        assert figures
        assert all(abs(scan["skew_deg"]) <= skew and scan["halves_deg"] <= halves for scan in figures)


def test_progress_is_told(little: Forms, tmp_path: Path) -> None:
    """Whoever waits hears of every sheet."""
    heard: list[tuple[int, int]] = []

    def hear(done: int, of: int) -> None:
        heard.append((done, of))

    samples.stack(little, tmp_path, 1, 3, kinds=["foreign"], progress=hear)
    assert heard == [(1, 3), (2, 3), (3, 3)]


def test_the_demo_stack_has_everything(
    little: Forms, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The demo's deliveries are files of their own, with an upside-down page, a blank back and paper that is no form."""
    small = ((("pdf", 3), ("foreign", 1), ("pdf", 4)), (("halves", 1), ("glass", 1)), (("layered", 1), ("typed", 1)))
    monkeypatch.setattr(demo_stack, "DELIVERIES", small)
    demo_stack.draw(little, tmp_path, 1, sources([folder]))
    lines = reading.truth(tmp_path)
    assert {line["file"] for line in lines} == {"scan-00001.pdf", "scan-00002.pdf", "scan-00003.pdf"}
    assert {line["status"] for line in lines} == {"form", "blank", "unidentified"}
    assert {"sheet", "layered", "typed"} == {line["kind"] for line in lines}
    assert any(sheet["rotation"] == 180 for line in lines for sheet in line["sheets"])
    assert sum(number for delivery in small for _, number in delivery) == 12


def test_words_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    """Progress goes to stderr, so that stdout stays data."""
    report: Callable[[int, int], None] = stacks.to_stderr
    report(2, 2)
    assert capsys.readouterr() == ("", "\r2/2 枚\n")
