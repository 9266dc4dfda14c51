"""A paper of another office, without anything printed for us: its blank scanned, and filled sheets with their truth."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import forms, geometry
from pipeline.forms import print as printing
from pipeline.forms import schema
from samples import files, ink, levels, pages, people, scan, sheets, values

PAPER = """
schema: 1
id: other-office
version: "1"
title: くらしの相談票
sides:
  - id: front
    paper: {width: 148, height: 105}
    panels: [{id: page, box: [0, 0, 148, 105]}]
    print:
      - {text: くらしの相談票, at: [12, 12], size: 18, bold: true}
      - {text: 番号を○で囲んでください。, at: [12, 21], size: 9}
      - {rect: [12, 25, 124, 36], width: 0.4}
      - {line: [[12, 37], [136, 37]]}
      - {line: [[12, 49], [136, 49]]}
      - {line: [[70, 25], [70, 61]]}
      - {text: 外に出ない日が続く, at: [15, 31], size: 10}
      - {text: 食事の回数が減った, at: [15, 43], size: 10}
      - {text: 夜よくねむれない, at: [15, 55], size: 10}
      - {text: いくつでも□に印を付けてください。, at: [12, 67], size: 9}
      - {rect: [12, 71, 124, 14], width: 0.4}
      - {text: 本様式は見本です。, at: [12, 99], size: 7}
    fields:
      - {id: a, label: 外に出ない日が続く, kind: score, print: {label: none}, options: [
          {value: 1, label: "1", box: [76, 27, 9, 8]}, {value: 2, label: "2", box: [91, 27, 9, 8]},
          {value: 3, label: "3", box: [106, 27, 9, 8]}, {value: 4, label: "4", box: [121, 27, 9, 8]}]}
      - {id: b, label: 食事の回数が減った, kind: score, print: {label: none}, options: [
          {value: 1, label: "1", box: [76, 39, 9, 8]}, {value: 2, label: "2", box: [91, 39, 9, 8]},
          {value: 3, label: "3", box: [106, 39, 9, 8]}, {value: 4, label: "4", box: [121, 39, 9, 8]}]}
      - {id: c, label: 夜よくねむれない, kind: score, print: {label: none}, options: [
          {value: 1, label: "1", box: [76, 51, 9, 8]}, {value: 2, label: "2", box: [91, 51, 9, 8]},
          {value: 3, label: "3", box: [106, 51, 9, 8]}, {value: 4, label: "4", box: [121, 51, 9, 8]}]}
      - {id: d, label: 使いたいもの, kind: choice, mark: check, multiple: true, print: {label: none}, options: [
          {value: 食事, label: 食事, box: [18, 75.5, 5, 5]}, {value: 運動, label: 運動, box: [55, 75.5, 5, 5]},
          {value: 交流, label: 交流, box: [92, 75.5, 5, 5]}]}
      - {id: e, label: 家族と同居, kind: choice, mark: check, print: {label: [12, 91]}, options: [
          {value: はい, label: はい, box: [55, 88.5, 5, 5]}, {value: いいえ, label: いいえ, box: [92, 88.5, 5, 5]}]}
"""
SPLIT = "test"  # people, pens and fonts that no reader was trained on
CLEAN: dict[str, Any] = {"dpi": (300.0, 300.0), "mode": "grey", "turn": 0, "streak": False}


@functools.cache
def form(folder: Path) -> schema.Form:
    """The other office's form, which nobody here has."""
    folder.mkdir(exist_ok=True)
    (folder / "form.yaml").write_text(PAPER, "utf-8")
    return forms.load([folder], folder / "blanks")["other-office", "1"]


def _conditions(n: int) -> tuple[scan.Conditions, levels.Level, levels.Rng]:
    bounds, rng = levels.load().levels["office"], np.random.default_rng([31, n])
    return replace(scan.conditions(bounds, SPLIT, rng), **CLEAN), bounds, rng


def blank(folder: Path) -> Path:
    """The empty paper as the office's scanner sees it, a little askew."""
    made = form(folder)
    how, bounds, rng = _conditions(999)
    canvas = ink.canvas_of(made.sides[0].blank, geometry.BLANK_PX_PER_MM, False)
    filled = pages.Filled(made, made.sides[0], None, canvas, {}, 0)
    page = pages.single(filled, replace(how, skew_deg=0.8, stain=False, dog_ear_mm=0.0), bounds, rng)
    files.png([page], folder / "blank.png")
    return folder / "blank.png"


def filled(folder: Path, count: int) -> list[tuple[Path, dict[str, Any]]]:
    """Scans of filled sheets, and the true value of each field; people who answer everything and strike out nothing."""
    found: list[tuple[Path, dict[str, Any]]] = []
    n = 0
    while len(found) < count:
        n += 1
        page = _sheet(folder, n)
        truth = page.sheets[0]["fields"]
        if all(one["state"] == "valid" and not one["struck"] for one in truth.values()):
            path = folder / f"filled-{n}.png"
            files.png([page], path)
            found.append((path, {name: one["value"] for name, one in truth.items()}))
    return found


def _sheet(folder: Path, n: int) -> pages.Page:
    made = form(folder)
    how, bounds, rng = _conditions(n)
    content = values.sheet_for(made, rng, ())
    writers = people.writer(SPLIT, rng), people.writer(SPLIT, rng)
    sheet = sheets.Sheet(n, made, None, "png", rng)
    return pages.single(sheets.draw(sheet, made.sides[0], how, (writers, content)), how, bounds, rng)


def as_pdf(folder: Path) -> Path:
    """The empty paper as it was printed."""
    made = form(folder)
    printing.blank(made, folder / "blank.pdf")
    return folder / "blank.pdf"
