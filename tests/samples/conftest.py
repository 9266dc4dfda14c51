"""Two little forms with every kind of field, so that drawing stays quick."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import forms as form_files
from pipeline.forms import Forms
from pipeline.forms import print as printer
from pipeline.forms.load import read_file

CARD = """
schema: 1
id: card
version: "1"
title: カード
sides:
  - id: front
    paper: {width: 120, height: 84}
    panels: [{id: page, box: [0, 0, 120, 84]}]
    markers: {size: 5, at: [{id: 20, center: [6, 6]}, {id: 21, center: [114, 6]}, {id: 22, center: [114, 78]}, {id: 23, center: [6, 78]}]}
    code: [{panel: page, box: [88, 4, 18, 18]}]
    fields:
      - {id: rank, kind: score, options: [{value: 1, label: "1", box: [14, 12, 8, 7]}, {value: 2, label: "2", box: [26, 12, 8, 7]}, {value: 3, label: "3", box: [38, 12, 8, 7]}]}
      - {id: likes, kind: choice, multiple: true, other: {option: c, field: likes_other}, options: [{value: a, box: [14, 26, 4, 4]}, {value: b, box: [30, 26, 4, 4]}, {value: c, box: [46, 26, 4, 4]}]}
      - {id: likes_other, kind: text, box: [54, 24, 30, 7]}
      - {id: level, kind: score, box: [60, 12, 12, 8], values: [1, 2, 3, 4]}
      - {id: phone, kind: digits, box: [14, 36, 66, 7], cells: 11, pattern: '^0\\d{9,10}$'}
      - {id: weight, kind: digits, box: [84, 36, 18, 7], cells: 3, number: {decimals: 1, min: 3, max: 20}}
      - {id: day, kind: date, eras: [平成], era_boxes: {平成: [14, 48, 10, 6]}, year: {box: [26, 47, 12, 7], cells: 2}, month: {box: [42, 47, 12, 7], cells: 2}, day: {box: [58, 47, 12, 7], cells: 2}}
      - {id: name, label: 氏名, kind: text, box: [14, 58, 40, 8], personal: true}
      - {id: place, label: 場所, kind: text, box: [58, 58, 30, 8], list: places}
      - {id: seal, kind: presence, box: [92, 56, 12, 12]}
      - {id: why, kind: text, box: [14, 70, 60, 8], only_if: {field: rank, at_least: 3}}
"""
FOLD = """
schema: 1
id: fold
version: "2"
title: 二つ折り
sides:
  - id: inside
    paper: {width: 140, height: 90}
    panels: [{id: left, box: [0, 0, 70, 90]}, {id: right, box: [70, 0, 70, 90]}]
    code: [{panel: left, box: [46, 4, 18, 18]}, {panel: right, box: [116, 4, 18, 18]}]
    fields:
      - {id: one, kind: choice, mark: fill, options: [{value: x, box: [12, 30, 5, 5]}, {value: y, box: [30, 30, 5, 5]}]}
      - {id: points, kind: digits, box: [12, 50, 12, 7], cells: 2, number: {min: 0, max: 99}}
      - {id: two, kind: choice, mark: circle, options: [{value: p, label: はい, box: [82, 30, 14, 7]}, {value: q, label: いいえ, box: [106, 30, 14, 7]}]}
      - {id: typed, kind: text, script: printed, box: [80, 50, 50, 8]}
  - id: outside
    paper: {width: 140, height: 90}
    panels: [{id: left, box: [0, 0, 70, 90]}, {id: right, box: [70, 0, 70, 90]}]
    print: [{text: 表紙, at: [90, 30], size: 24}]
"""


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the two forms with their blanks and a list."""
    root = tmp_path_factory.mktemp("forms")
    for name, text in (("card", CARD), ("fold", FOLD)):
        (root / name).mkdir()
        (root / name / "form.yaml").write_text(text, "utf-8")
        printer.blank(read_file(root / name / "form.yaml"), root / name / "blank.pdf")
    (root / "lists").mkdir()
    (root / "lists" / "places.csv").write_text("value,aliases\n北の家（架空）,北の家|きたのいえ\n", "utf-8")
    return root


@pytest.fixture(scope="session")
def little(folder: Path) -> Forms:
    """The two forms, loaded."""
    return form_files.load([folder], folder / "rendered")
