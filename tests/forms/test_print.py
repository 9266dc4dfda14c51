"""Printing: what is on the paper, where it lies, and that it decodes."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pytest
import zxingcpp

from pipeline import forms, geometry
from pipeline.forms import draw, pen, schema, serial
from pipeline.forms import print as paper
from pipeline.forms.load import SHIPPED, form_files, read_file
from pipeline.programs import poppler
from tests.forms import serials_score
from tests.forms.conftest import Write

FORMS = sorted(path.parent.name for path in form_files(SHIPPED))
DPI = 150


def pages(pdf: Path) -> int:
    """How many pages a PDF has."""
    with pikepdf.open(pdf) as opened:
        return len(opened.pages)


def ink(picture: geometry.Grey, box: geometry.Box, dpi: int = DPI) -> float:
    """Share of dark pixels in a box given in mm."""
    x, y, w, h = (round(n * dpi / 25.4) for n in box)
    return float((picture[y : y + h, x : x + w] < 128).mean())


@pytest.mark.parametrize("name", FORMS)
def test_the_blank_is_a_fresh_print_of_its_form_file(name: str, tmp_path: Path) -> None:
    """`blank.pdf` beside a form file shows just what the form file says today."""
    kept = SHIPPED / name / "blank.pdf"
    form = read_file(kept.with_name("form.yaml"))
    fresh = tmp_path / "fresh.pdf"
    paper.blank(form, fresh, paper.tables(form, [SHIPPED / "lists"]))
    if fresh.read_bytes() == kept.read_bytes():
        return
    for n in range(1, len(form.sides) + 1):  # another zlib or reportlab writes other bytes for the same print
        assert np.array_equal(poppler.page(kept, n, 60), poppler.page(fresh, n, 60))


def test_the_same_form_prints_the_same_bytes(write: Write, tmp_path: Path) -> None:
    """No date and no random name gets into the file, so that its SHA-256 names the blank."""
    form = read_file(write())
    for name in ("a.pdf", "b.pdf"):
        paper.blank(form, tmp_path / name)
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()


@pytest.mark.parametrize("name", FORMS)
def test_markers_are_found_where_the_form_file_says(shipped: forms.Forms, name: str) -> None:
    """OpenCV finds every marker of every side within a tenth of a millimetre, under its own id."""
    how = cv2.aruco.DetectorParameters()
    how.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50), how)
    for side in shipped[name, "2026.1"].sides[:2]:
        picture = cv2.resize(side.blank, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        corners, ids, _ = detector.detectMarkers(picture)
        middles = [(quad[0].mean(axis=0) + 0.5) * 25.4 / 150 for quad in corners]
        found = dict(zip(np.asarray(ids).ravel().tolist(), middles, strict=True))
        assert side.markers is not None
        assert set(found) == {marker.id for marker in side.markers.at}
        for marker in side.markers.at:
            assert np.allclose(found[marker.id], marker.center, atol=0.1)


def test_issued_sheets_carry_their_serial_in_every_code(shipped: forms.Forms, tmp_path: Path) -> None:
    """Each half of each side of a folded sheet names form, version, side and serial."""
    form = next(
        form for form, side in shipped.sides() if len(side.panels) == 2 and not side.printed_for and side.fields
    )
    given = [serial.make(n) for n in (7, 123)]
    paper.sheets(form, tmp_path / "out.pdf", given)
    assert pages(tmp_path / "out.pdf") == 4
    for page, (number, side) in enumerate([(s, side.id) for s in given for side in form.sides], 1):
        read = zxingcpp.read_barcodes(poppler.page(tmp_path / "out.pdf", page, DPI))
        assert [code.text for code in read] == [f"YT1/{form.id}/{form.version}/{side}/{number}"] * 2


@pytest.mark.parametrize("name", FORMS)
def test_codes_lie_in_their_boxes_with_a_white_margin(shipped: forms.Forms, name: str, tmp_path: Path) -> None:
    """The symbol keeps four modules of white inside its box; on the blank the box is empty."""
    form = shipped[name, "2026.1"]
    paper.sheets(form, tmp_path / "out.pdf", [serial.make(123456)])
    picture = poppler.page(tmp_path / "out.pdf", 1, 300)
    for code in form.sides[0].code:
        across = len(draw.symbol(draw.payload(form, form.sides[0], serial.make(123456))))
        quiet = code.box.w * 4 / (across + 8)
        assert ink(picture, code.box.grown(-quiet), 300) > 0.3
        rim = code.box.grown(-0.3)
        whole, core = ink(picture, rim, 300) * rim.w * rim.h, code.box.grown(0.1 - quiet)
        assert whole == pytest.approx(ink(picture, core, 300) * core.w * core.h, rel=0.01)
        assert ink(form.sides[0].blank, rim, 300) == 0


def test_a_code_takes_the_stronger_level_where_it_costs_nothing() -> None:
    """Level Q while it needs no larger symbol than M, else M; always readable."""
    for words in ("YT1/a/1/b/000123G", "YT1/some-longer-form/2026.1/front/000123G"):
        dark = draw.symbol(words)
        picture = np.kron(np.pad(~dark, 4, constant_values=True), np.ones((4, 4), bool)).astype(np.uint8) * 255
        code = zxingcpp.read_barcodes(picture)[0]
        assert code.text == words
        assert code.ec_level in {"M", "Q"}
        assert len(dark) <= len(draw.symbol(words + "0" * 40))


def test_a_list_fills_in_what_the_form_says(write: Write, tmp_path: Path) -> None:
    """Columns of the office's list appear in words, in cells and as a code; other sheets stay as they were."""
    path = write(
        ("personal: true}", "print: {column: 氏名}}"),
        ("cells: 3,", "cells: 3, print: {column: 年齢},"),
        ("print: {label: none}", "print: {label: none, column: 札}"),
    )
    form = read_file(path)
    rows = [{"氏名": "釜石 花子", "年齢": "82", "札": "000123G"}, {}]
    paper.sheets(form, tmp_path / "out.pdf", [serial.make(2), serial.make(3)], rows)
    full, empty = (poppler.page(tmp_path / "out.pdf", n, 200) for n in (1, 2))
    name = form.fields["name"].boxes()["box"].grown(-0.5)
    tens, hundreds = (form.fields["age"].boxes()[cell].grown(-0.5) for cell in ("1", "0"))
    assert ink(full, name, 200) > 0.02
    assert ink(full, tens, 200) > 0.05
    assert [ink(empty, name, 200), ink(empty, tens, 200), ink(full, hundreds, 200)] == [0, 0, 0]
    assert "000123G" in {code.text for code in zxingcpp.read_barcodes(full)}


def test_a_side_may_be_printed_only_for_some(shipped: forms.Forms, tmp_path: Path) -> None:
    """Each person gets the inside and the outside of the own district; without a district only the inside."""
    form = next(form for form, side in shipped.sides() if side.printed_for)
    rows = [{"地区": "平田"}, {"地区": "唐丹"}, {}]
    paper.sheets(form, tmp_path / "out.pdf", [serial.make(n) for n in (2, 3, 4)], rows)
    sides = [
        zxingcpp.read_barcodes(poppler.page(tmp_path / "out.pdf", n, DPI))[0].text.split("/")[3]
        for n in range(1, pages(tmp_path / "out.pdf") + 1)
    ]
    assert sides == ["inside", "outside-heita", "inside", "outside-toni", "inside"]


def test_a_table_shows_the_rows_of_its_list(write: Write, tmp_path: Path) -> None:
    """Only rows that fit `where` are printed, and no more than the box holds."""
    path = write(
        (
            "    fields:",
            "      - {table: r, where: {a: x}, box: [20, 91.5, 60, 12], columns: {value: 30, b: 30}, row: 3}\n    fields:",
        )
    )
    form = read_file(path)
    pictures = []
    for count in (0, 1, 9):
        rows = [{"value": "会", "a": "x", "b": "月曜"}] * count + [{"value": "他", "a": "y", "b": ""}]
        paper.blank(form, tmp_path / "out.pdf", {"r": rows})
        pictures.append(poppler.page(tmp_path / "out.pdf", 1, DPI))
    lines = [[ink(p, geometry.Box(21, 92 + 3 * n, 28, 2)) > 0 for n in range(4)] for p in pictures]
    assert [sum(row) for row in lines] == [1, 2, 4]


def test_progress_is_told_after_each_sheet(write: Write, tmp_path: Path) -> None:
    """The caller can draw a bar."""
    told: list[tuple[int, int]] = []
    given = [serial.make(n) for n in range(3)]
    paper.sheets(read_file(write()), tmp_path / "o.pdf", given, progress=lambda done, of: told.append((done, of)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_every_person_needs_a_serial(write: Write, tmp_path: Path) -> None:
    """Rows and serials must pair up."""
    with pytest.raises(ValueError, match="zip"):
        paper.sheets(read_file(write()), tmp_path / "o.pdf", [serial.make(1)], [{}, {}])


def test_what_sheets_share_is_in_the_file_once(shipped: forms.Forms, tmp_path: Path) -> None:
    """A hundred sheets cost little more than their codes."""
    form = next(form for form in shipped.values() if len(form.sides) == 1)
    for count in (1, 101):
        paper.sheets(form, tmp_path / f"{count}.pdf", [serial.make(n) for n in range(count)])
    sizes = [(tmp_path / f"{count}.pdf").stat().st_size for count in (1, 101)]
    assert (sizes[1] - sizes[0]) / 100 < 6000


def test_every_kind_can_be_drawn() -> None:
    """The drawers cover all kinds of the contract."""
    assert set(draw.DRAWERS) == {"choice", "score", "digits", "date", "text", "presence", "code"}


@pytest.mark.parametrize(("mark", "inside"), [("circle", True), ("check", False), ("fill", False)])
def test_an_option_looks_as_people_are_to_answer_it(write: Write, tmp_path: Path, mark: str, inside: bool) -> None:
    """A circled option has its word inside and no frame; a ticked or filled one is empty with its word beside."""
    form = read_file(write(("mark: check", f"mark: {mark}")))
    paper.blank(form, tmp_path / "o.pdf")
    picture = poppler.page(tmp_path / "o.pdf", 1, 300)
    sex = form.fields["sex"]
    assert isinstance(sex, schema.Choice)
    box = sex.options[0].box
    assert (ink(picture, box.grown(-1.2), 300) > 0.02) is inside
    rim = ink(picture, box.grown(0.3), 300) - ink(picture, box.grown(-0.4), 300)
    assert (rim > 0.02) is not inside
    beside = geometry.Box(box.x + box.w + 1, box.y, 6, box.h)
    assert (ink(picture, beside, 300) > 0.02) is not inside


def test_lines_break_but_never_before_a_closing_mark() -> None:
    """Wrapped words keep within the width; a mark such as 「。」 hangs rather than starts a line."""
    lines = pen.wrapped("あいうえお。かきく\nさ", 10, pen.text_width("あいうえお", 10) + 0.1)
    assert lines == ["あいうえお。", "かきく", "さ"]


def test_codes_survive_paper_and_scanner(shipped: forms.Forms) -> None:
    """A few issued sheets, printed in one run and scanned under the `hard` effects, all give their serial (`make bench-serials`: 1,000)."""
    form = next(form for form, side in shipped.sides() if len(side.code) == 1 and len(form.sides) == 1)
    found = list(serials_score.outcomes(form, shipped, 6))
    assert [one.read for one in found] == [one.serial for one in found]
    assert len({one.serial for one in found}) == 6
