"""A small office for the tests of the screen: one form with every kind of field, pages drawn, records read from them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from pipeline import geometry, model
from pipeline.forms import Forms, schema

PX_PER_MM = 200 / geometry.MM_PER_INCH
PAPER = (210, 297)  # mm
LEFT, TOP, STEP = 60.0, 24.0, 18.0  # mm: where the boxes begin, and the distance between fields


def _row(n: int) -> float:
    return TOP + STEP * n


def _tiles(n: int, options: Sequence[tuple[Any, str]]) -> list[dict[str, Any]]:
    return [
        {"value": value, "label": label, "box": [LEFT + 14 * place, _row(n), 8, 8]}
        for place, (value, label) in enumerate(options)
    ]


TEN = [
    (f"way-{n}", word)
    for n, word in enumerate(["電話", "訪問", "来所", "手紙", "会合", "通院", "紹介", "家族", "近所", "ほか"], 1)
]


def form(form_id: str = "plain", title: str = "生活のようす（試験用）", double: Sequence[str] = ()) -> schema.Form:
    """A form with every kind of field; ids mean nothing. Those of `double` are entered by two people."""
    fields: list[dict[str, Any]] = [
        {"id": "f0", "label": "外出していますか", "kind": "score", "options": _tiles(0, [(1, "1"), (0, "0")])},
        {"id": "f1", "label": "困っていることはありますか", "kind": "score", "required": True,
         "options": _tiles(1, [(n, str(n)) for n in (1, 2, 3, 4)])},
        {"id": "f2", "label": "知ったきっかけ", "kind": "choice", "options": _tiles(2, TEN)},
        {"id": "f3", "label": "使いたいもの", "kind": "choice", "multiple": True,
         "options": _tiles(3, [("a", "食事"), ("b", "運動"), ("c", "交流")])},
        {"id": "f4", "label": "体重", "kind": "digits", "box": [LEFT, _row(4), 40, 9],
         "number": {"decimals": 1, "min": 20, "max": 200, "unit": "kg"}},
        {"id": "f5", "label": "電話番号", "kind": "digits", "box": [LEFT, _row(5), 70, 9], "cells": 11,
         "pattern": r"^0\d{9,10}$", "personal": True},
        {"id": "f6", "label": "記入日", "kind": "date", "box": [LEFT, _row(6), 60, 9], "eras": ["令和"]},
        {"id": "f7", "label": "氏名", "kind": "text", "box": [LEFT, _row(7), 80, 9], "personal": True},
        {"id": "f8", "label": "連絡事項", "kind": "text", "box": [LEFT, _row(8), 120, 15], "lines": 2},
        {"id": "f9", "label": "印", "kind": "presence", "box": [LEFT, _row(9), 12, 12]},
        {"id": "f10", "label": "写真番号", "kind": "code", "box": [LEFT, _row(10), 14, 14]},
        {"id": "f11", "label": "困りごとの中身", "kind": "text", "box": [LEFT, _row(11), 100, 9],
         "only_if": {"field": "f1", "at_least": 3}},
    ]  # fmt: skip
    for field in fields:
        field["double"] = "critical" if field["id"] in double else "none"
    side = {
        "id": "front",
        "paper": {"width": PAPER[0], "height": PAPER[1]},
        "panels": [{"id": "all", "box": [0, 0, *PAPER]}],
        "fields": fields,
    }
    derived = [{"id": "d0", "label": "合計", "sum": ["f0", "f1"]}]
    raw = {"schema": 1, "id": form_id, "version": "1", "title": title, "sides": [side], "derived": derived}
    made = schema.Form.model_validate(raw)
    made.sides[0].attach(lambda: np.full((3508, 2480), 255, np.uint8))
    return made


def forms(double: Sequence[str] = ()) -> Forms:
    """The office's forms; fields of `double` are entered by two people."""
    every = (form(double=double), form("other", "お知らせ（試験用）"))
    return Forms({one.key: one for one in every})


# What a reader would make of the page: value, state, confidence; the first four are sure.
READ: dict[str, tuple[model.Value, model.State, float]] = {
    "f0": (1, "valid", 0.9999),
    "f1": (3, "valid", 0.71),
    "f2": ("way-2", "valid", 0.8),
    "f3": (("a", "c"), "valid", 0.9),
    "f4": (61.5, "valid", 0.62),
    "f5": (None, "illegible", 0.1),
    "f6": ("2026-04-05", "valid", 0.6),
    "f7": ("釜石　花子", "valid", 0.5),
    "f8": (None, "empty", 0.9999),
    "f9": (True, "valid", 0.9999),
    "f10": (None, "empty", 0.9999),
    "f11": ("ひざが痛い", "valid", 0.4),
}
SURE = frozenset({"f0", "f8", "f9", "f10"})


def quad(field: schema.Field) -> model.Quad:
    """Where a field lies on the drawn page, in px."""
    corners = geometry.union(list(field.boxes().values())).corners() * PX_PER_MM - 0.5
    return tuple((float(x), float(y)) for x, y in corners)


def readings(of: schema.Form, **changed: tuple[model.Value, model.State, float]) -> dict[str, model.Reading]:
    """A reading per field; `changed` by field id."""
    read = READ | changed
    return {name: _reading(field, *read[name]) for name, field in of.fields.items()}


def _reading(field: schema.Field, value: model.Value, state: model.State, confidence: float) -> model.Reading:
    others: tuple[tuple[model.Scalar, float], ...] = ()
    if field.kind == "score" and value is not None:
        others = ((2, 0.2),)
    if field.kind == "text" and value is not None:
        others = (("釜石　華子", 0.3),)
    sure = confidence > 0.999
    read = model.Reading(field.id, value, state, None, confidence, others, "test/1", sure)
    return dataclasses.replace(read, form="plain/1", page=1, quad_px=quad(field))


def panel() -> model.Panel:
    """The whole page as one rigid piece."""
    return model.Panel("all", geometry.mm_to_blank_px(PX_PER_MM), 0.05)


def placement(sha256: str, name: str, page: int | None = 1) -> model.Placement:
    """The page as the record lists it."""
    return model.Placement(1, name, sha256, page, "front", 0, "code", (panel(),))


def record(
    of: schema.Form, record_id: str, sha256: str, name: str, **changed: tuple[model.Value, model.State, float]
) -> model.Record:
    """A record of which eight fields wait for a person."""
    key = of.key
    read = readings(of, **changed)
    return model.Record(
        record_id,
        (placement(sha256, name),),
        key,
        f"00{sha256[:4]}",
        "needs_review",
        None,
        (),
        read,
        SURE - set(changed),
    )


def unknown(record_id: str, sha256: str, name: str) -> model.Record:
    """A page that is no form anybody knows."""
    page = dataclasses.replace(placement(sha256, name), side=None, panels=(), found_by=None)
    guess = (("other/1/front", 0.31),)
    return model.Record(record_id, (page,), None, None, "unidentified", "looks like no form", guess)


def page_png(of: schema.Form, seed: int = 0) -> bytes:
    """A filled page as a PNG file: boxes, and strokes that depend on the seed."""
    image = np.full((round(PAPER[1] * PX_PER_MM), round(PAPER[0] * PX_PER_MM)), 250, np.uint8)
    for field in of.fields.values():
        for box in field.boxes().values():
            corner = (round(box.x * PX_PER_MM), round(box.y * PX_PER_MM))
            far = (round((box.x + box.w) * PX_PER_MM), round((box.y + box.h) * PX_PER_MM))
            cv2.rectangle(image, corner, far, (90,), 2)
            cv2.putText(image, str(seed % 10), (corner[0] + 12, far[1] - 12), cv2.FONT_HERSHEY_SIMPLEX, 1.4, (40,), 3)
    cv2.putText(image, f"No. {seed}", (100, 120), cv2.FONT_HERSHEY_SIMPLEX, 2, (0,), 4)
    return cv2.imencode(".png", image)[1].tobytes()


def on(one: model.Record, page: model.Placement, serial: str) -> model.Record:
    """The same record on another page, with a serial of its own."""
    return dataclasses.replace(one, pages=(page,), serial=serial)
