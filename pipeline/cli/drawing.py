"""What the machine sees on a scan, as a picture; made in a guarded process, since the scan comes from outside."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from pipeline import acquire, geometry, model, review, run
from pipeline.cli import foreign
from pipeline.errors import UsageProblem
from pipeline.forms import Forms, schema, show

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
    page = _page(wanted)
    found = run.page_records(page, forms)
    sheets = [one for one in found if one.form is not None and one.form[0] == wanted.form_id]
    if not sheets:
        raise _other_form(wanted, found)
    turn = next((at.rotation for one in sheets for at in one.pages if at.rotation is not None), 0)
    canvas: show.Colours = geometry.turned(page.image, turn)
    upright = geometry.quarter_turn(page.image.shape[1], page.image.shape[0], turn)
    for one in sheets:
        canvas = _sheet(canvas, one, forms[one.form or ("", "")], upright)
    png = cv2.imencode(".png", cv2.cvtColor(canvas, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_PNG_COMPRESSION, 3])[1]
    return Drawn(png.tobytes(), tuple(_told(one) for one in sheets))


def _page(wanted: Wanted) -> model.Page:
    name = wanted.scan.name
    opened = foreign.told(lambda: acquire.look(acquire.load(wanted.scan), name))
    if wanted.page > opened.count:
        what = f"{name} に {wanted.page} ページ目はありません（全 {opened.count} ページ）。"
        raise UsageProblem("page-missing", what, "--page を確かめてください。")
    page = opened.page(wanted.page)
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
