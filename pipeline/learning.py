"""What an office's settled records teach: cells for training, and how sure the readers may be here."""

from __future__ import annotations

import csv
import datetime
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np

from pipeline import model, showing
from pipeline.forms import Forms, schema
from pipeline.read import confidence, fit
from pipeline.settings import Settings
from pipeline.store import Store

EMPTY = "empty"
Case: TypeAlias = tuple[float, bool, bool]  # raw score, right, could be accepted


def cells(store: Store, forms: Forms, out: Path) -> Counter[str]:
    """Write every cell that a person settled as a training example into `out`; how many of each label.

    Pictures, and `cells.csv` (image, blank, margin_px, label) as `python -m training --review` reads it. Fields with
    `personal: true` are left out, and the cells are shuffled, so that no figure can be put together again.
    """
    out.mkdir(parents=True, exist_ok=True)
    found = [
        (crop, label)
        for filed in store.records()
        for field, text in _settled(filed.record, forms)
        for crop, label in zip(showing.crops(store, forms, filed.record, field.id), text, strict=False)
    ]
    order = np.random.default_rng().permutation(len(found))
    with (out / "cells.csv").open("w", encoding="utf-8", newline="") as lines:
        table = csv.writer(lines, lineterminator="\n")
        table.writerow(("image", "blank", "margin_px", "label"))
        for number, at in enumerate(order):
            crop, label = found[int(at)]
            names = tuple(f"{number:06}-{what}.png" for what in ("image", "blank"))
            for name, picture in zip(names, (crop.image, crop.blank), strict=True):
                (out / name).write_bytes(cv2.imencode(".png", picture)[1].tobytes())
            table.writerow((*names, round(crop.margin_mm * crop.px_per_mm, 2), label))
    return Counter(label for _, label in found)


def _settled(record: model.Record, forms: Forms) -> Iterator[tuple[schema.Digits, list[str]]]:
    """Fields of figures in cells that a person settled, and what stands in each cell."""
    form = forms.get(record.form) if record.form else None
    for name, answer in record.answers().items() if form else ():
        field = form.fields.get(name) if form else None
        if isinstance(field, schema.Digits) and field.cells and not field.personal and answer.decision is not None:
            labels = labels_of(field, answer.value) if answer.state == "valid" else None
            if labels:
                yield field, labels


def labels_of(field: schema.Digits, value: model.Value) -> list[str] | None:
    """What stands in each cell of a settled figure, `empty` before it; None where that is not certain."""
    if field.number is not None and isinstance(value, int | float):
        text = f"{value:.{field.number.decimals or 0}f}".replace(".", "")
    else:
        text = str(value)
    count, spare = len(field.boxes()), len(field.boxes()) - len(text)
    if not text.isdigit() or len(text) > count or (spare and field.number is None):
        return None
    return [EMPTY] * spare + list(text)


def cases(store: Store, forms: Forms) -> dict[str, list[Case]]:
    """What each reader said of fields that a person settled since, by reader and kind."""
    found: dict[str, list[Case]] = defaultdict(list)
    for filed in store.records():
        form = forms.get(filed.record.form) if filed.record.form else None
        for name, answer in filed.record.answers().items() if form else ():
            reading = answer.reading
            if form is None or reading is None or answer.decision is None or name not in form.fields:
                continue
            right = (reading.state, reading.value) == (answer.state, answer.value)
            found[f"{reading.reader}:{form.fields[name].kind}"].append(
                (reading.score, right, reading.state != "illegible")
            )
    return found


def calibrated(known: dict[str, list[Case]], own: Settings) -> dict[str, Any]:
    """The card with what the office's cases take away from the shipped confidence; readers with few cases stay."""
    card: dict[str, Any] = dict(confidence.shipped())
    for name, rows in known.items():
        if name in card and len(rows) >= fit.LEAST:
            here = fit.curve(np.array(rows, dtype=np.float64), own.error_rate[name.split(":")[1]], name)
            card[name] = fit.more_careful(card[name], here)
    stamp = datetime.datetime.now(datetime.UTC).strftime("%Y%m%d-%H%M")
    return card | {"version": f"{card.get('version', '0')}+{stamp}"}


def keep(card: dict[str, Any], own: Settings) -> Path:
    """Put a card where the readers find it, whole or not at all."""
    part = own.calibration.with_suffix(".part")
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", "utf-8")
    part.replace(own.calibration)
    return own.calibration
