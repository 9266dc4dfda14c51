"""Forms for the tests: the shipped ones, and a small one of every kind that tests bend out of shape."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline import forms
from pipeline.forms import print as paper
from pipeline.forms.load import SHIPPED, read_file

SMALL = """\
schema: 1
id: small
version: "1"
title: 小さな様式
sides:
  - id: front
    paper: {width: 148, height: 105}
    panels:
      - {id: page, box: [0, 0, 148, 105]}
    markers:
      at:
        - {id: 0, center: [9, 9]}
        - {id: 1, center: [139, 9]}
        - {id: 2, center: [139, 96]}
        - {id: 3, center: [9, 96]}
    code:
      - {panel: page, box: [108, 6, 22, 22]}
    print:
      - {text: 小さな様式, at: [20, 10], size: 14}
      - {line: [[20, 16], [100, 16]]}
      - {rect: [18, 30, 112, 60], round: 2}
      - {column: 氏名, at: [20, 20]}
    fields:
      - {id: q1, label: 問い, kind: score, options: [{value: 1, label: "1", box: [40, 34, 8, 8]}, {value: 2, label: "2", box: [56, 34, 8, 8]}]}
      - {id: sex, label: 性別, kind: choice, mark: check, options: [{value: 男, box: [82, 35, 5, 5]}, {value: 女, box: [100, 35, 5, 5]}]}
      - {id: age, label: 年齢, kind: digits, box: [40, 46, 24, 8], cells: 3, number: {min: 0, max: 120}}
      - {id: born, label: 生年月日, kind: date, eras: [昭和, 平成], era_boxes: {昭和: [40, 58, 12, 7], 平成: [58, 58, 12, 7]}, year: {box: [74, 57, 12, 8], cells: 2}, month: [92, 57, 10, 8], day: [[108, 57, 6, 8], [114, 57, 6, 8]]}
      - {id: name, label: 氏名, kind: text, box: [40, 70, 60, 8], personal: true}
      - {id: seal, label: 印, kind: presence, box: [112, 70, 10, 10]}
      - {id: note, label: 備考, kind: text, box: [40, 80, 60, 8], only_if: {field: sex, is: 女}}
      - {id: tag, label: 札, kind: code, box: [20, 68, 14, 14], print: {label: none}}
derived:
  - {id: points, sum: [q1, age]}
checks:
  - {id: same, equal: [points, age], message: 合いません}
"""

Write = Callable[..., Path]


@pytest.fixture(scope="session")
def blanks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this run keeps the pictures of blanks."""
    return tmp_path_factory.mktemp("blanks")


@pytest.fixture(scope="session")
def shipped(blanks: Path) -> forms.Forms:
    """Every form of the package."""
    return forms.load([SHIPPED], blanks)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write the small form, bent by replacements, with its blank; returns the form file."""

    def _write(*changes: tuple[str, str], blank: bool = True, folder: str = "small") -> Path:
        text = SMALL
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new, 1)
        path = tmp_path / folder / "form.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SMALL, "utf-8")
        if blank:
            paper.blank(read_file(path), path.with_name("blank.pdf"))
        path.write_text(text, "utf-8")
        return path

    return _write
