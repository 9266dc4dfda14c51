"""Two versions of one paper, drawn, filled in, scanned and read: each with its own boxes, or not at all."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline import forms, model, run
from pipeline.forms import Forms, schema, serial
from samples import files, fill, levels, pages, people, scan, sheets, values

DOCS = Path(__file__).parents[2] / "docs" / "forms.md"
OLD, NEW = "2026.1", "2027.1"


def _written(folder: Path, version: str, *changes: tuple[str, str]) -> None:
    """The small form of docs/forms.md in that version, without the text fields whose reading is no matter here."""
    text = re.findall(r"```yaml\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)[0].replace(OLD, version, 1)
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    (folder / version).mkdir(parents=True)
    (folder / version / "form.yaml").write_text(text, "utf-8")


@pytest.fixture
def both(tmp_path: Path) -> Forms:
    """An old version out of use, and a new one whose answers stand elsewhere and in another order."""
    folder = tmp_path / "forms"
    _written(folder, OLD, ("purpose: survey", "purpose: survey\nretired: true"))
    turned = [('{value: 1, label: "1", box: [60,', '{value: 3, label: "3", box: [66,')]
    turned += [('{value: 2, label: "2", box: [78,', '{value: 2, label: "2", box: [84,')]
    turned += [('{value: 3, label: "3", box: [96,', '{value: 1, label: "1", box: [102,')]
    _written(folder, NEW, *turned)
    return forms.load([folder], tmp_path / "blanks")


def _scanned(form: schema.Form, folder: Path, number: int, serial_: str | None) -> tuple[Path, dict[str, Any]]:
    """A filled sheet from the office's scanner, and what is true of its fields."""
    bounds, rng = levels.load().levels["office"], np.random.default_rng([83, number])
    how = replace(scan.conditions(bounds, "train", rng), dpi=(300.0, 300.0), mode="grey", turn=0, streak=False)
    content = values.sheet_for(form, rng, ())
    writers = people.writer("train", rng), people.writer("train", rng)
    sheet = sheets.Sheet(number, form, serial_, "png", rng)
    page = pages.single(sheets.draw(sheet, form.sides[0], how, (writers, content)), how, bounds, rng)
    path = folder / f"{form.version}-{number}.png"
    files.png([page], path)
    return path, page.sheets[0]["fields"]


def _read(path: Path, known: Forms) -> model.Record:
    def here(work: Callable[..., run.Outcome], items: Any) -> list[run.Outcome]:
        return [work(item, known) for item in items]

    (record,) = run.read_files([str(path)], known, here)
    return record


@pytest.mark.parametrize("with_code", [True, False], ids=["with its code", "without a code"])
@pytest.mark.parametrize("version", [OLD, NEW])
def test_each_version_is_read_with_its_own_boxes(
    both: Forms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, with_code: bool
) -> None:
    """Of two versions that differ in their boxes each is known, by code or by print; the retired one is named."""
    monkeypatch.setattr(fill, "STRAYS", 0.0)
    path, truth = _scanned(both["sanka-card", version], tmp_path, 3, serial.make(12) if with_code else None)
    record = _read(path, both)
    assert record.form == ("sanka-card", version)
    assert truth["mood"]["state"] == "valid"
    assert (record.readings["mood"].state, record.readings["mood"].value) == (
        truth["mood"]["state"],
        truth["mood"]["value"],
    )
    said = [found.message for found in record.findings if found.code == "retired-form"]
    assert [OLD in message for message in said] == ([True] if version == OLD else [])


@pytest.mark.parametrize("with_code", [True, False], ids=["with its code", "without a code"])
def test_a_version_that_is_not_at_hand_is_never_read_with_anothers_boxes(
    both: Forms, tmp_path: Path, with_code: bool
) -> None:
    """Only the new version is loaded and an old sheet comes: no value at all, and where a code says so, the version's name."""
    path, _ = _scanned(both["sanka-card", OLD], tmp_path, 3, serial.make(12) if with_code else None)
    record = _read(path, Forms({("sanka-card", NEW): both["sanka-card", NEW]}))
    assert (record.form, record.readings, record.status) == (None, {}, "unidentified")
    assert not with_code or any(OLD in found.message for found in record.findings)
