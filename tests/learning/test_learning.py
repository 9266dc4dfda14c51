"""What settled records teach, on a real scan."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest

from pipeline import learning, model, review, run, store
from pipeline.cli import reading
from pipeline.cli.common import loaded
from pipeline.forms import Forms, schema
from pipeline.read import confidence, fit
from pipeline.settings import Settings
from pipeline.store import Store, accounts
from tests.read import drawn
from training import sets

SCAN = Path(__file__).parents[1] / "fixtures" / "pages" / "scan-00002.pdf"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings with a data folder of their own."""
    return Settings(data=tmp_path_factory.mktemp("data"), workers=0)


@pytest.fixture(scope="module")
def forms(own: Settings) -> Forms:
    """The shipped forms."""
    return loaded(own)


@pytest.fixture(scope="module")
def office(own: Settings, forms: Forms) -> Iterator[Store]:
    """One scanned sheet whose figures a person confirmed, the personal ones too."""
    with store.open(own, create=True) as opened:
        reading.taken_in(own, opened, [SCAN])
        accounts.add(opened, "花")
        for record in [filed.record for filed in opened.records()]:
            confirm(opened, forms, record)
        yield opened


def confirm(opened: Store, forms: Forms, record: model.Record) -> None:
    """Confirm what was read of all figures in cells."""
    for name, answer in record.answers().items():
        if answer.reading and answer.reading.value is not None and name in celled(forms, record.form):
            run.settle(opened, forms, review.Change(record.id, name, "confirm", 0, "花"))


def celled(forms: Forms, key: tuple[str, str] | None) -> list[str]:
    """Fields of a form that are figures in cells."""
    fields = forms[key].fields.values() if key else ()
    return [field.id for field in fields if isinstance(field, schema.Digits) and field.cells]


def test_settled_cells_become_examples(office: Store, forms: Forms, tmp_path: Path) -> None:
    """Each settled cell is a picture with its figure, as training reads it; what identifies a person stays here."""
    counted = learning.cells(office, forms, tmp_path)
    settled = [field for filed in office.records() for field, _ in learning._settled(filed.record, forms)]
    assert settled
    assert not any(field.personal for field in settled)
    assert counted.total() == sum(len(field.boxes()) for field in settled)
    with (tmp_path / "cells.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == counted.total()
    assert all(cv2.imread(str(tmp_path / row["image"]), cv2.IMREAD_GRAYSCALE) is not None for row in rows)
    assert len(sets.from_review(tmp_path).labels) == counted.total()


def test_what_a_person_said_is_a_case(office: Store, forms: Forms) -> None:
    """A confirmed reading was right; fields that nobody looked at teach nothing."""
    known = learning.cases(office, forms)
    decided = sum(a.decision is not None for filed in office.records() for a in filed.record.answers().values())
    assert sum(map(len, known.values())) == decided
    assert all(right for rows in known.values() for _, right, _ in rows)


def test_the_offices_card_is_found_by_the_readers(own: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many wrong readings at a high score raise that reader's line here, and only there."""
    name = next(key for key in confidence.shipped() if key.startswith("digits/"))
    wrong = [(0.95 + n / 10_000, n % 3 > 0, True) for n in range(fit.LEAST + 30)]
    card = learning.calibrated({name: wrong, "unheard/1:text": wrong}, own)
    assert card[name]["line"][0] > confidence.shipped()[name]["line"][0]
    assert "unheard/1:text" not in card
    monkeypatch.setenv("YOMITORI_DATA", str(own.data))
    learning.keep(card, own)
    confidence.card.cache_clear()
    try:
        assert confidence.version() == card["version"]
        assert confidence.calibrated(name, 0.955) < 0.9
    finally:
        own.calibration.unlink()
        confidence.card.cache_clear()


@pytest.mark.parametrize(
    ("raw", "value", "expected"),
    [
        ({"number": {"decimals": 1}}, 5.6, ["empty", "5", "6"]),
        ({"number": {}}, 120, ["1", "2", "0"]),
        ({"number": {}}, 1200, None),
        ({}, "007", ["0", "0", "7"]),
        ({}, "07", None),  # which cell was left empty is not known
    ],
)
def test_cells_of_a_settled_figure(raw: dict[str, object], value: float | str, expected: list[str] | None) -> None:
    """Numbers stand at the right end of their cells; what could stand elsewhere is no example."""
    field = drawn.field({"kind": "digits", "box": [10, 10, 21, 9], "cells": 3, **raw})
    assert isinstance(field, schema.Digits)
    assert learning.labels_of(field, value) == expected
