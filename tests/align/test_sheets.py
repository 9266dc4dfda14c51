"""Laying the shipped forms on scans of them."""

from __future__ import annotations

import functools
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from pipeline import align, geometry, model
from pipeline import forms as form_files
from pipeline.forms import Forms, draw, schema
from pipeline.forms.load import SHIPPED, read_file
from pipeline.geometry import BLANK_PX_PER_MM, Grey, Matrix
from pipeline.records import checks


@dataclass(frozen=True, eq=False)
class Scanned:
    """A picture of a side, and where its millimetres really are."""

    image: Grey
    truth: Matrix  # mm → px


def scanned(side: schema.Side, angle: float, dpi: float = 200, blank: Grey | None = None, seed: int = 1) -> Scanned:
    """The blank as a scanner would deliver it: turned, moved, grey paper, noise."""
    rng = np.random.default_rng(seed)
    blank = side.blank if blank is None else blank
    scale = dpi / geometry.BLANK_DPI
    h, w = blank.shape
    turn = np.vstack([cv2.getRotationMatrix2D((w / 2, h / 2), angle, scale), [0, 0, 1]])
    size = round(np.hypot(w, h) * scale) + 20
    move = np.array([[1, 0, size / 2 - w / 2], [0, 1, size / 2 - h / 2], [0, 0, 1.0]])
    matrix = move @ turn
    soft = cv2.GaussianBlur(blank, (0, 0), 0.6 / min(scale, 1))
    image = cv2.warpPerspective(np.asarray(soft), matrix, (size, size), borderValue=(255,)).astype(float)
    noisy = np.clip(image * 0.92 + rng.normal(0, 5, image.shape), 0, 255).astype(np.uint8)
    return Scanned(noisy, matrix @ geometry.mm_to_blank_px())


def page(image: Grey) -> model.Page:
    """The picture as a page."""
    return model.Page("scan.pdf", "0" * 64, 1, image)


def off_mm(sheet: model.Sheet, scan: Scanned) -> float:
    """Worst distance in mm between where a sheet's field corners are said to be and where they are."""
    assert sheet.side is not None
    points = [box.corners() for field in sheet.side.fields for box in field.boxes().values()]
    mm = np.concatenate(points)
    scale = geometry.px_per_mm(scan.truth, mm[0])
    gap = sheet.panels[0].to_px(mm) - geometry.project(scan.truth, mm)
    return float(np.linalg.norm(gap, axis=1).max() / scale)


def one_panel(forms: Forms) -> list[tuple[schema.Form, schema.Side]]:
    """Sides with fields that are one piece of paper."""
    return [(form, side) for form, side in forms.sides() if side.fields and len(side.panels) == 1]


def unmarked(side: schema.Side, code: bool = False) -> Grey:
    """The blank with its fiducials (and code frames) painted over."""
    image = side.blank.copy()
    boxes: list[geometry.Box] = [printed.box.grown(1) for printed in side.code]
    if side.markers and not code:
        half = side.markers.size / 2 + 1
        boxes += [geometry.Box(m.center[0] - half, m.center[1] - half, 2 * half, 2 * half) for m in side.markers.at]
    for box in boxes:
        x, y, w, h = (round(v * BLANK_PX_PER_MM) for v in box)
        image[max(y, 0) : y + h, max(x, 0) : x + w] = 255
    return image


def without_fiducials(forms: Forms, only: Sequence[str] = ()) -> Forms:
    """The same forms as a city's own paper would have them: nothing printed for us."""
    made = {}
    for key, form in forms.items():
        sides = []
        for side in form.sides:
            bare = side.model_copy(update={"markers": None, "code": []})
            bare.attach(functools.partial(unmarked, side))
            sides.append(bare)
        if not only or form.id in only:
            made[key] = form.model_copy(update={"sides": sides})
    return Forms(made)


@pytest.mark.parametrize("angle", [1.5, 92.0, 178.0, 269.0])
def test_a_side_is_found_and_laid_to_a_tenth_of_a_millimetre(shipped: Forms, angle: float) -> None:
    """Fiducials name the side, its turn is known, and every field corner is where it is on the scan."""
    form, side = one_panel(shipped)[0]
    scan = scanned(side, angle)
    (sheet,) = align.sheets(page(scan.image), shipped)
    assert (sheet.form, sheet.side, sheet.found_by, sheet.missing) == (form, side, "markers", ())
    assert sheet.rotation == round(angle / 90) * 90 % 360
    assert off_mm(sheet, scan) < 0.10


@pytest.mark.parametrize("dpi", [150, 400])
def test_the_resolution_of_the_scan_does_not_matter(shipped: Forms, dpi: float) -> None:
    """Coarse and fine scans are laid alike, without any hint of their resolution."""
    _, side = one_panel(shipped)[0]
    scan = scanned(side, 0.8, dpi)
    (sheet,) = align.sheets(page(scan.image), shipped)
    assert sheet.side is side
    assert off_mm(sheet, scan) < 0.12


def test_a_form_without_fiducials_is_found_by_its_print(shipped: Forms) -> None:
    """A city's own paper is found by looks among all known blanks and laid as exactly."""
    bare = without_fiducials(shipped)
    form, side = one_panel(bare)[-1]
    scan = scanned(side, 181.0)
    (sheet,) = align.sheets(page(scan.image), bare)
    assert (sheet.form, sheet.side, sheet.found_by, sheet.rotation) == (form, side, "appearance", 180)
    assert off_mm(sheet, scan) < 0.15


def test_two_sheets_on_one_glass_are_both_found(shipped: Forms) -> None:
    """Sheets of the same form side by side are told apart by their fiducials."""
    _, side = one_panel(shipped)[-1]
    first, second = scanned(side, 1.0, 150), scanned(side, 3.0, 150, seed=2)
    both = np.hstack([first.image, second.image])
    sheets = align.sheets(page(both), shipped)
    assert [sheet.side for sheet in sheets] == [side, side]
    assert off_mm(sheets[0], first) < 0.12


def test_a_hidden_fiducial_is_made_up_for_by_the_print(shipped: Forms) -> None:
    """With a corner of the sheet covered the rest still lays it exactly."""
    _, side = one_panel(shipped)[0]
    assert side.markers is not None
    covered = side.blank.copy()
    x, y = (round(v * BLANK_PX_PER_MM) for v in side.markers.at[0].center)
    covered[: y + 80, : x + 80] = 200
    scan = scanned(side, -1.0, blank=covered)
    (sheet,) = align.sheets(page(scan.image), shipped)
    assert sheet.side is side
    assert off_mm(sheet, scan) < 0.12


def test_an_empty_back_is_blank_and_foreign_print_is_no_form(shipped: Forms) -> None:
    """Neither is guessed to be a form; each says why, and a letter names the two nearest forms at most."""
    rng = np.random.default_rng(3)
    empty = np.clip(rng.normal(240, 4, (1700, 1200)), 0, 255).astype(np.uint8)
    letter = empty.copy()
    for row in range(150, 1500, 45):
        for column in range(120, 1050, 24):
            if rng.random() < 0.8:
                cv2.putText(letter, chr(int(rng.integers(65, 90))), (column, row), 0, 0.8, (30,), 2)
    (back,), (foreign,) = align.sheets(page(empty), shipped), align.sheets(page(letter), shipped)
    assert (back.status, back.form, back.reason) == ("blank", None, "blank-page")
    assert (foreign.status, foreign.form, foreign.reason) == ("unidentified", None, "no-form-fits")
    assert len(foreign.candidates) <= 2


def test_two_forms_that_fit_equally_well_are_a_refusal(shipped: Forms) -> None:
    """Of two versions that look the same and carry no code none is guessed."""
    bare = without_fiducials(shipped)
    form, side = one_panel(bare)[-1]
    twin = form.model_copy(update={"version": "other"})
    scan = scanned(side, 0.5)
    (sheet,) = align.sheets(page(scan.image), Forms({form.key: form, twin.key: twin}))
    assert sheet.status == "unidentified"
    assert sorted(name.split("/")[1] for name, _ in sheet.candidates) == sorted([form.version, "other"])


def test_every_panel_of_a_folded_sheet_is_laid_on_its_own(shipped: Forms) -> None:
    """Halves that lie at different angles are each as exact as a flat sheet."""
    form, side = next((f, s) for f, s in shipped.sides() if len(s.panels) == 2 and s.fields)
    fold = round(side.panels[1].box.x * BLANK_PX_PER_MM)
    left, right = side.blank.copy(), side.blank.copy()
    left[:, fold:], right[:, :fold] = 255, 255
    one, two = scanned(side, 0.0, 150, left), scanned(side, 0.8, 150, right)
    image = np.minimum(one.image, two.image)
    (sheet,) = align.sheets(page(image), shipped)
    assert (sheet.form, [p.id for p in sheet.panels]) == (form, [p.id for p in side.panels])
    for panel, scan in zip(sheet.panels, (one, two), strict=True):
        box = next(p.box for p in side.panels if p.id == panel.id).grown(-10)
        gap = panel.to_px(box.corners()) - geometry.project(scan.truth, box.corners())
        assert np.linalg.norm(gap, axis=1).max() / panel.quality["px_per_mm"] < 0.15


def test_half_a_folded_sheet_names_what_is_missing(shipped: Forms) -> None:
    """A sheet scanned as one half says which panel is not there."""
    _, side = next((f, s) for f, s in shipped.sides() if len(s.panels) == 2 and s.fields)
    fold = round(side.panels[1].box.x * BLANK_PX_PER_MM)
    half = np.ascontiguousarray(side.blank[:, :fold][::2, ::2])
    (sheet,) = align.sheets(page(half), shipped)
    assert [p.id for p in sheet.panels] == [side.panels[0].id]
    assert sheet.missing == (side.panels[1].id,)


def test_a_mended_form_file_on_the_same_paper_takes_over(shipped: Forms, tmp_path: Path) -> None:
    """Two versions with the very same blank cannot be told apart: the newer is used, and the older by its code only."""
    source = next(path for path in SHIPPED.glob("*/form.yaml") if len(read_file(path).sides) == 1)
    for name, version in (("old", "1"), ("new", "2")):
        shutil.copytree(source.parent, tmp_path / name)
        text = re.sub(r"^version: .*$", f'version: "{version}"', source.read_text("utf-8"), flags=re.MULTILINE)
        (tmp_path / name / "form.yaml").write_text(text, "utf-8")
    known = form_files.load([tmp_path], tmp_path / "blanks")
    old, new = (next(form for form in known.values() if form.version == version) for version in "12")
    scan = scanned(new.sides[0], 0.5)
    (sheet,) = align.sheets(page(scan.image), known)
    assert sheet.form is new
    issued = scan.image.copy()
    put_code(issued, scan, old)
    (sheet,) = align.sheets(page(issued), known)
    assert (sheet.form, sheet.serial) == (old, "000123G")


def put_code(image: Grey, scan: Scanned, form: schema.Form, box: geometry.Box | None = None) -> None:
    """Print an issued sheet's code where the form has it, or in another place."""
    side = form.sides[0]
    box = box or side.code[0].box
    dark = np.pad(draw.symbol(f"YT1/{form.id}/{form.version}/{side.id}/000123G"), 4)
    picture = np.where(dark, 0, 255).astype(np.uint8)
    to_px = scan.truth @ np.array([[box.w / len(dark), 0, box.x], [0, box.h / len(dark), box.y], [0, 0, 1.0]])
    size = (image.shape[1], image.shape[0])
    drawn = cv2.warpPerspective(picture, to_px, size, flags=cv2.INTER_NEAREST, borderValue=(255,))
    np.minimum(image, drawn, out=image)


def test_a_version_that_is_not_at_hand_is_named(shipped: Forms) -> None:
    """A page whose code names an unknown version is read with no boxes, and the finding says which version it is."""
    form = one_panel(shipped)[0][0]
    scan = scanned(form.sides[0], 0.5)
    image = scan.image.copy()
    put_code(image, scan, form.model_copy(update={"version": "1999.1"}))
    (sheet,) = align.sheets(page(image), Forms({form.key: form}))
    assert (sheet.status, sheet.reason, sheet.form) == ("unidentified", "unknown-version", None)
    assert sheet.candidates[0][0] == f"{form.id}/1999.1/{form.sides[0].id}"
    (found,) = checks.unplaced({form.key: form}, sheet)
    assert f"{form.title}の版 1999.1" in found.message
    (sheet,) = align.sheets(page(image), Forms({}))
    assert (sheet.status, sheet.reason) == ("unidentified", "unknown-form")


def test_another_forms_code_in_a_field_belies_nothing(shipped: Forms) -> None:
    """A form may carry the code of the sheet it answers; what it says of that sheet says nothing of this one."""
    form, field = next(
        (form, field) for form in shipped.values() for field in form.fields.values() if field.kind == "code"
    )
    other = next(one for one in shipped.values() if one.id != form.id)
    scan = scanned(form.sides[0], 0.5)
    image = scan.image.copy()
    put_code(image, scan, other, field.boxes()["box"])
    (sheet,) = align.sheets(page(image), shipped)
    assert sheet.form is form


def test_look_alikes_are_told_apart_without_a_code(shipped: Forms) -> None:
    """Of sides that differ in little but the order of their fiducials the right one is found."""
    form, side = [(form, side) for form, side in shipped.sides() if side.printed_for][-1]
    (sheet,) = align.sheets(page(scanned(side, 181.0, 150).image), shipped)
    assert (sheet.form, sheet.side, sheet.found_by) == (form, side, "markers")
