"""A form tried on a scan: what the machine sees and reads, drawn; nothing is kept.

The verbs are made for a guarded process (`workers.foreign`), since the scan comes from outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from pipeline import acquire, geometry, model, review, run
from pipeline.errors import UsageProblem
from pipeline.forms import Forms, mistakes, propose, schema, show
from pipeline.forms.load import attach_blanks, attach_lists, of_values
from pipeline.workers import foreign

PX_PER_MM = 6.0  # of a scan laid straight for the editor
LONGEST_PX = 1800  # of the picture of a whole page
JPEG = [cv2.IMWRITE_JPEG_QUALITY, 75]
STATES = {"empty": "空欄", "multiple": "複数", "illegible": "読めません", "not_applicable": "対象外"}


@dataclass(frozen=True)
class Wanted:
    """Which page is to be drawn as which form."""

    scan: Path
    form_id: str
    page: int = 1  # in the file, from 1


@dataclass(frozen=True)
class Drawn:
    """The picture and what is to be said of it."""

    png: bytes
    words: tuple[str, ...]  # a line per sheet, without a single value


def draw(wanted: Wanted, forms: Forms) -> Drawn:
    """Read one page and draw boxes, residuals and readings on it, upright.

    Raises:
        UsageProblem: the form does not lie on that page, or there is no such page.
        Unopened: the file or the page cannot be opened.
    """
    name = wanted.scan.name
    opened = foreign.told(lambda: acquire.look(acquire.load(wanted.scan), name))
    page = _page(opened, wanted.page)
    found = run.page_records(page, forms)
    sheets = [one for one in found if one.form is not None and one.form[0] == wanted.form_id]
    if not sheets:
        raise _other_form(wanted, found)
    return Drawn(png_of(_canvas(page, sheets, forms)), tuple(_told(one) for one in sheets))


def png_of(canvas: show.Colours) -> bytes:
    """The picture as a PNG file."""
    return _encoded(canvas, ".png", [cv2.IMWRITE_PNG_COMPRESSION, 3])


def _encoded(canvas: show.Colours, suffix: str, how: list[int]) -> bytes:
    return cv2.imencode(suffix, cv2.cvtColor(canvas, cv2.COLOR_RGB2BGR), how)[1].tobytes()


def _canvas(page: model.Page, sheets: list[model.Record], forms: Forms) -> show.Colours:
    """The page upright, with all that lies on it drawn."""
    turn = next((at.rotation for one in sheets for at in one.pages if at.rotation is not None), 0)
    canvas: show.Colours = geometry.turned(page.image, turn)
    upright = geometry.quarter_turn(page.image.shape[1], page.image.shape[0], turn)
    for one in sheets:
        canvas = _sheet(canvas, one, forms[one.form or ("", "")], upright)
    return canvas


def _page(opened: acquire.Opened, number: int) -> model.Page:
    if number > opened.count:
        what = f"{opened.file} に {number} ページ目はありません（全 {opened.count} ページ）。"
        raise UsageProblem("page-missing", what, "--page を確かめてください。")
    page = opened.page(number)
    if isinstance(page, model.Refusal):
        raise foreign.Unopened(page.code, page.message)
    return page


def _other_form(wanted: Wanted, found: tuple[model.Record, ...]) -> UsageProblem:
    seen = "、".join(sorted({"/".join(one.form) for one in found if one.form})) or "どの様式でもないもの"
    where = f"{wanted.scan.name} の {wanted.page} ページ目"
    return UsageProblem(
        "other-form",
        f"{where}は {wanted.form_id} ではありません（{seen} と見えます）。",
        "様式の名前と --page を確かめてください。",
    )


def _sheet(canvas: show.Colours, one: model.Record, form: schema.Form, upright: geometry.Matrix) -> show.Colours:
    readings = {name: _read(form.fields[name], made, one) for name, made in one.readings.items()}
    for at in one.pages:
        if at.side is not None:
            lain = {panel.id: _lain(panel, upright) for panel in at.panels}
            canvas = show.side(canvas, form.side(at.side), lain, readings)
    return canvas


def _lain(panel: model.Panel, upright: geometry.Matrix) -> show.Lain:
    anchors = panel.anchors
    if anchors is not None:
        anchors = np.hstack([anchors[:, :2], anchors[:, 2:] @ upright[:2, :2].T])
    return show.Lain(upright @ panel.mm_to_px, panel.residual_mm, anchors)


def _read(field: schema.Field, made: model.Reading, one: model.Record) -> show.Read:
    return show.Read(f"{_words(field, made)}（{made.confidence:.2f}）", made.field in one.accepted)


def _words(field: schema.Field, made: model.Reading) -> str:
    if made.state in STATES:
        return STATES[made.state]
    if isinstance(made.value, bool):
        return "あり" if made.value else "なし"
    return " ".join(review.shown(field, made.value).split())


def _told(one: model.Record) -> str:
    where = "、".join(
        f"{at.side} の {panel.id} のずれ {panel.residual_mm:.2f} mm" for at in one.pages for panel in at.panels
    )
    here = [name for name, made in one.readings.items() if made.quad_px]
    sure = sum(name in one.accepted for name in here)
    return f"{'/'.join(one.form or ())}: {where}、確か {sure}、要確認 {len(here) - sure}"


# ── A form that is being drawn


@dataclass(frozen=True)
class Paper:
    """A form that is no file yet, and the folders of its office."""

    values: dict[str, Any]  # as a form file has them
    blank: Path | None  # None where the form itself says what is printed
    blanks: Path  # where rendered blanks are kept
    lists: tuple[Path, ...]


@dataclass(frozen=True)
class Scan:
    """A page of a filled scan, and the form that it is read with."""

    name: str
    data: bytes
    page: int  # from 1
    paper: Paper


@dataclass(frozen=True)
class Seen:
    """One side found on a page."""

    form: str  # id/version
    side: str
    jpeg: bytes  # the scan laid straight: exactly the side, `PX_PER_MM`
    readings: dict[str, dict[str, Any]]  # by field id: words, sure, state, confidence
    residual_mm: float  # the worst of its panels
    findings: tuple[str, ...]


@dataclass(frozen=True)
class Tried:
    """What came of one page."""

    pages: int  # of the file
    seen: tuple[Seen, ...]
    drawn: bytes  # the whole page upright with all that was seen on it, JPEG
    words: str  # why there is nothing, or ""


@dataclass(frozen=True)
class Beginning:
    """What a draft begins with."""

    values: dict[str, Any]
    certainty: dict[str, float]
    shapes: list[list[list[float]]]  # by side: printed boxes, cells and rings in mm


def proposed_for(asked: tuple[Path, str, Path]) -> Beginning:
    """Propose a form for blank paper.

    Args:
        asked: the scan, what to call the form, and the folder in which the paper is left as `blank.pdf`.

    Raises:
        Unopened: the scan is no PDF or picture, or damaged.
    """
    source, form_id, folder = asked
    made = foreign.told(propose.form, source, form_id, folder)
    path = made.save(folder, source)
    values = mistakes.read(path).values
    path.unlink()
    certainty = {name: draft.certainty for side in made.sides for name, draft in side.fields}
    return Beginning(values, certainty, [_shapes(side.sheet.image) for side in made.sides])


def _shapes(image: geometry.Grey) -> list[list[float]]:
    seen = propose.ink.look(image)
    boxes = [cell.box for cell in seen.cells] + [shape.box for shape in seen.shapes]
    return [[round(n, 2) for n in box] for box in boxes]


def shapes(paper: Paper) -> list[list[list[float]]]:
    """What is printed on each side of a form, to snap to; raises FormProblem where its blank is missing."""
    return [_shapes(side.blank) for side in form_of(paper).sides]


def form_of(paper: Paper) -> schema.Form:
    """The form with its blank and its lists; raises FormProblem."""
    form = of_values(paper.values, "form.yaml")
    attach_blanks(form, paper.blank or Path("blank.pdf"), paper.blanks, paper.lists)
    attach_lists(form, paper.lists)
    return form


def read(scan: Scan) -> Tried:
    """Read a page of a filled scan; nothing of it is kept.

    Raises:
        FormProblem: the form has a mistake.
        Unopened: the file or the page cannot be opened.
        UsageProblem: there is no such page.
    """
    form = form_of(scan.paper)
    forms = Forms({form.key: form}, scan.paper.lists)
    opened = foreign.told(lambda: acquire.look(scan.data, scan.name))
    page = _page(opened, scan.page)
    found = run.page_records(page, forms)
    sheets = [one for one in found if one.form is not None]
    seen = [_seen(page.image, one, at, forms) for one in sheets for at in one.pages if at.side is not None]
    drawn = _small(_canvas(page, sheets, forms))
    return Tried(opened.count, tuple(seen), _encoded(drawn, ".jpg", JPEG), "" if seen else _nothing(found))


def _small(canvas: show.Colours) -> show.Colours:
    by = LONGEST_PX / max(canvas.shape[:2])
    return (
        canvas
        if by >= 1
        else np.asarray(cv2.resize(canvas, None, fx=by, fy=by, interpolation=cv2.INTER_AREA), np.uint8)
    )


def _nothing(found: tuple[model.Record, ...]) -> str:
    return "、".join(sorted({one.reason or "" for one in found}))


def _seen(image: geometry.Grey, one: model.Record, at: model.Placement, forms: Forms) -> Seen:
    form = forms[one.form or ("", "")]
    side = form.side(at.side or "")
    return Seen(
        form="/".join(form.key),
        side=side.id,
        jpeg=cv2.imencode(".jpg", straight(image, side, at.panels), JPEG)[1].tobytes(),
        readings={name: _as_dict(form.fields[name], made, one) for name, made in one.readings.items() if made.quad_px},
        residual_mm=max((panel.residual_mm for panel in at.panels), default=0.0),
        findings=tuple(finding.message for finding in one.findings),
    )


def straight(image: geometry.Grey, side: schema.Side, panels: tuple[model.Panel, ...]) -> geometry.Grey:
    """The scan laid on the form, panel by panel: exactly the side, white where it has no panel in hand."""
    size = (round(side.paper.width * PX_PER_MM), round(side.paper.height * PX_PER_MM))
    canvas = np.full(size[::-1], 255, np.uint8)
    boxes = {panel.id: panel.box for panel in side.panels}
    for panel in panels:
        whole = geometry.warp(image, panel.mm_to_px @ np.linalg.inv(geometry.mm_to_blank_px(PX_PER_MM)), size)
        box = boxes[panel.id]
        part = tuple(
            slice(max(round(start * PX_PER_MM), 0), round((start + length) * PX_PER_MM))
            for start, length in ((box.y, box.h), (box.x, box.w))
        )
        canvas[part] = whole[part]
    return canvas


def _as_dict(field: schema.Field, made: model.Reading, one: model.Record) -> dict[str, Any]:
    about = {"state": made.state, "confidence": round(made.confidence, 4), "sure": made.field in one.accepted}
    return {"words": _words(field, made), **about}
