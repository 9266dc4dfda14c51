"""Pages that are no form: a letter, a list, a blank back."""

from __future__ import annotations

from dataclasses import asdict, replace

import cv2
import numpy as np

from pipeline import geometry
from pipeline.forms import schema
from samples import fill, lettering, pages, people, scan, scribe
from samples.ink import Canvas, Picture
from samples.levels import Level, Rng

A4 = (210.0, 297.0)


def page(how: scan.Conditions, level: Level, split: str, rng: Rng) -> pages.Page:
    """A typed letter, a ruled list or somebody else's questionnaire, A4."""
    canvas = _paper(A4, how)
    kind = int(rng.integers(3))
    if kind == 2:
        _questionnaire(scribe.Scribe(canvas, people.writer(split, rng), rng))
    else:
        (_letter, _list)[kind](canvas, rng)
    return _scanned(canvas, A4, "unidentified", (how, level, rng))


def blank_back(side: schema.Side, how: scan.Conditions, level: Level, rng: Rng) -> pages.Page:
    """The empty back of a sheet, its front showing through a little."""
    size = (side.paper.width, side.paper.height)
    canvas = _paper(size, how)
    if how.show_through:
        scan.shine(canvas, side.blank, how.show_through)
    return _scanned(canvas, size, "blank", (replace(how, stain=False, dog_ear_mm=0.0), level, rng))


def _paper(size: tuple[float, float], how: scan.Conditions) -> Canvas:
    scale = max(*how.dpi, 300.0) / geometry.MM_PER_INCH
    shape = (round(size[1] * scale), round(size[0] * scale))
    return Canvas(np.full((*shape, 3) if how.mode == "colour" else shape, 255, np.uint8), scale)


def _letter(canvas: Canvas, rng: Rng) -> None:
    pen = (people.typist(), scribe.PRINTER, rng)
    lettering.write(canvas, str(rng.choice(["お知らせ", "会議の記録", "送付状", "ご案内"])), (75, 40), 8.0, pen)
    for n in range(int(rng.integers(8, 24))):
        text = "".join(people.pick("notes", rng) for _ in range(3))
        lettering.write(canvas, text[: int(rng.integers(20, 38))], (22, 62 + n * 8.5), 4.2, pen)


def _list(canvas: Canvas, rng: Rng) -> None:
    pen, scale = (people.typist(), scribe.PRINTER, rng), canvas.px_per_mm
    rows, height = int(rng.integers(8, 22)), float(rng.uniform(8, 11))
    columns = [20.0, *sorted(float(x) for x in rng.uniform(45, 170, 3)), 190.0]
    lettering.write(canvas, str(rng.choice(["名簿", "出席簿", "配布一覧", "点検表"])), (90, 26), 7.0, pen)
    for n in range(rows + 1):
        _line(canvas.image, (20.0, 34 + n * height), (190.0, 34 + n * height), scale)
    for x in columns:
        _line(canvas.image, (x, 34.0), (x, 34 + rows * height), scale)
    for n in range(rows):
        baseline = 34 + (n + 0.72) * height
        lettering.write(canvas, people.person(rng).name, (columns[0] + 2, baseline), 4.0, pen)
        lettering.write(canvas, people.pick("districts", rng), (columns[2] + 2, baseline), 4.0, pen)


def _questionnaire(hand: scribe.Scribe) -> None:
    """Boxes, figures, marks, and now and then codes and fiducials that are not ours."""
    canvas, rng = hand.canvas, hand.rng
    pen, scale = (people.typist(), scribe.PRINTER, rng), canvas.px_per_mm
    lettering.write(canvas, str(rng.choice(["アンケート", "申込書", "問診票", "健康チェック"])), (60, 26), 8.0, pen)
    options = int(rng.integers(2, 5))
    for row in range(int(rng.integers(6, 16))):
        y = 44 + row * 14.0
        lettering.write(canvas, people.pick("notes", rng)[:18], (20, y), 4.0, pen)
        boxes = [geometry.Box(112 + n * 19, y - 5, 5, 5) for n in range(options)]
        for n, box in enumerate(boxes):
            cv2.rectangle(canvas.image, *_corners(box, scale), (30, 30, 30), 2)
            lettering.write(canvas, str(n + 1), (box.x + 6, y - 0.6), 4.0, pen)
        hand.mark(boxes[int(rng.integers(options))], hand.writer.style("check", rng)[1])
    if rng.random() < 0.4:
        fill.symbol(canvas, geometry.Box(168, 8, 20, 20), f"https://example.com/{int(rng.integers(10**6))}")
    if rng.random() < 0.3:
        _fiducials(canvas, rng)


def _fiducials(canvas: Canvas, rng: Rng) -> None:
    names = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
    side = round(7 * canvas.px_per_mm)
    for x, y in ((5, 5), (198, 5), (198, 285), (5, 285)):
        mark = cv2.aruco.generateImageMarker(names, int(rng.integers(50)), side)
        left, top = round(x * canvas.px_per_mm), round(y * canvas.px_per_mm)
        canvas.image[top : top + side, left : left + side] = mark if canvas.image.ndim == 2 else mark[..., None]


def _corners(box: geometry.Box, scale: float) -> tuple[tuple[int, int], tuple[int, int]]:
    return (round(box.x * scale), round(box.y * scale)), (
        round((box.x + box.w) * scale),
        round((box.y + box.h) * scale),
    )


def _line(image: Picture, a: tuple[float, float], b: tuple[float, float], scale: float) -> None:
    ends = [(int(x * scale * 16), int(y * scale * 16)) for x, y in (a, b)]
    cv2.line(image, ends[0], ends[1], (30, 30, 30), max(int(0.25 * scale), 1), cv2.LINE_AA, 4)


def _scanned(
    canvas: Canvas, size: tuple[float, float], status: str, how: tuple[scan.Conditions, Level, Rng]
) -> pages.Page:
    """Through the same scanner as a form; the truth says only what it is not."""
    panel = schema.Panel(id="page", box=geometry.Box(0, 0, *size))
    side = schema.Side(id="page", paper=schema.Paper(width=size[0], height=size[1]), panels=[panel])
    form = schema.Form(schema=1, id="none", version="0", title="none", sides=[side])
    seen = pages.single(pages.Filled(form, side, None, canvas, {}, -1), how[0], how[1], how[2])
    return replace(seen, status=status, sheets=[], scan=asdict(how[0]))
