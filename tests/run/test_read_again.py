"""A form's boxes change and a hundred records are read again: no settled value moves, and nothing changes unannounced."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from pipeline import align, geometry, model, read, review, run, store
from pipeline.forms import Forms, schema
from pipeline.settings import Settings
from pipeline.store import Store
from tests.run import papers

COUNT = 100
PX_PER_MM, SIDE_MM = 4.0, 60
ROWS = 4
SURE = 0.5  # of the darkness of a full mark


def _forms(moved_mm: float = 0.0) -> Forms:
    """A form of four rows of four options; its lower rows may stand elsewhere than they were printed."""
    fields = [
        {
            "id": f"row{row}",
            "kind": "score",
            "options": [
                {"value": n, "box": [10 + 10 * (n - 1) + (moved_mm if row > 1 else 0), 8 + 12 * row, 6, 6]}
                for n in (1, 2, 3, 4)
            ],
        }
        for row in range(ROWS)
    ]
    side = {
        "id": "front",
        "paper": {"width": SIDE_MM, "height": SIDE_MM},
        "panels": [{"id": "all", "box": [0, 0, SIDE_MM, SIDE_MM]}],
        "fields": fields,
    }
    raw = {"schema": 1, "id": "rows", "version": "1", "title": "T", "sides": [side]}
    made = schema.Form.model_validate(raw | {"derived": [{"id": "points", "sum": ["row0", "row1", "row2", "row3"]}]})
    made.sides[0].attach(lambda: np.full((709, 709), 255, np.uint8))
    return Forms({made.key: made})


def _sheet(folder: Path, n: int, rng: random.Random) -> Path:
    """A drawn sheet: in each row a mark, some of them faint, some with a second one."""
    image = np.full((round(SIDE_MM * PX_PER_MM),) * 2, 255, np.uint8)
    for row in range(ROWS):
        for place in rng.sample(range(4), rng.choice((1, 1, 1, 2))):
            corner = (round((10 + 10 * place) * PX_PER_MM), round((8 + 12 * row) * PX_PER_MM))
            cv2.rectangle(image, corner, (corner[0] + 23, corner[1] + 23), (rng.choice((0, 0, 150)),), -1)
    cv2.putText(image, str(n), (4, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0,), 1)
    path = folder / f"{n:03d}.png"
    path.write_bytes(cv2.imencode(".png", image)[1].tobytes())
    return path


def _laid(page: model.Page, forms: Forms) -> tuple[model.Sheet, ...]:
    form = next(iter(forms.values()))
    panel = model.Panel("all", geometry.mm_to_blank_px(PX_PER_MM), 0.05, {"px_per_mm": PX_PER_MM})
    return (model.Sheet(page, form, form.sides[0], None, (panel,), 0, "appearance"),)


def _darkest(crops: tuple[model.FieldCrop, ...]) -> tuple[model.Reading, ...]:
    """The option under which most ink lies, by field."""
    fields = {crop.field.id: crop.field for crop in crops if isinstance(crop.field, schema.Score)}
    return tuple(_reading(field, [one for one in crops if one.field.id == name]) for name, field in fields.items())


def _reading(field: schema.Score, crops: list[model.FieldCrop]) -> model.Reading:
    ink = [1 - float(_inner(crop).mean()) / 255 for crop in crops]
    best = int(np.argmax(ink))
    marked = ink[best] > 0.1
    value = field.options[best].value if marked else None
    quad = crops[best].quad_px
    return model.Reading(
        field.id, value, "valid" if marked else "empty", None, ink[best], (), "ink/1", ink[best] > SURE, quad_px=quad
    )


def _inner(crop: model.FieldCrop) -> geometry.Grey:
    edge = round(crop.margin_mm * crop.px_per_mm)
    return crop.image[edge:-edge, edge:-edge]


@pytest.fixture
def full(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A hundred sheets, read; on every second a person has settled one to four fields."""
    monkeypatch.setattr(align, "sheets", _laid)
    monkeypatch.setattr(read, "sheet", _darkest)
    papers.cheap_passwords(monkeypatch)
    rng, forms = random.Random(7), _forms()
    with papers.balanced(settings) as opened:
        store.accounts.add(opened, "花")
        list(run.accept([_sheet(tmp_path, n, rng) for n in range(COUNT)], opened))
        list(run.process([task.page_id for task in opened.waiting()], opened, forms))
        for filed in list(opened.records())[::2]:
            for field in rng.sample([f"row{row}" for row in range(ROWS)], rng.randint(1, ROWS)):
                _settle(opened, forms, filed.record, field, rng)
        yield opened


def _settle(opened: Store, forms: Forms, record: model.Record, field: str, rng: random.Random) -> None:
    change = review.Change(record.id, field, "correct", 0, "花", str(rng.randint(1, 4)))
    run.settle(opened, forms, change)


def _stands(opened: Store) -> dict[tuple[str, str], model.Answer]:
    return {
        (filed.record.id, field): answer
        for filed in opened.records()
        for field, answer in filed.record.answers().items()
    }


def _told(answer: model.Answer) -> tuple[object, ...]:
    return answer.value, answer.state, answer.counts


def test_a_hundred_records_after_the_boxes_moved(full: Store) -> None:
    """Every settled value is untouched, the list names exactly what changed, and looking alone changes nothing."""
    before, moved = _stands(full), _forms(moved_mm=10)
    pages = full.read_as(("rows", "1"))
    assert len(pages) == COUNT
    parts = [[run.read_page(run.again(full, page_id), moved) for page_id in group] for group in pages]
    listed = [one for group in parts for one in run.would_change(group, full, moved)]
    assert {key: _told(one) for key, one in _stands(full).items()} == {key: _told(one) for key, one in before.items()}
    for group in parts:
        for part in group:
            run.save(part, full, moved, again=True)
    after = _stands(full)
    settled = {key for key, answer in before.items() if answer.decision is not None}
    assert len(settled) > COUNT // 2
    assert all(_told(after[key]) == _told(before[key]) for key in settled)
    assert all(after[key].decision == before[key].decision for key in settled)
    changed = {key for key in before if _told(before[key]) != _told(after[key])}
    assert len(changed) > COUNT
    assert {(one.record, one.field) for one in listed if one.kind != "kept"} == changed
    kept = {(one.record, one.field) for one in listed if one.kind == "kept"}
    assert kept == {key for key in settled if _read(before[key]) != _read(after[key])}
    assert kept


def _read(answer: model.Answer) -> tuple[object, object]:
    assert answer.reading is not None
    return answer.reading.value, answer.reading.state


def test_the_same_form_changes_nothing(full: Store) -> None:
    """Read again with the same form and reader, a store gives an empty list."""
    groups = full.read_as(("rows", "1"))[:10]
    parts = [[run.read_page(run.again(full, page_id), _forms()) for page_id in group] for group in groups]
    assert [one for group in parts for one in run.would_change(group, full, _forms())] == []
