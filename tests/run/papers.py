"""Scans for tests of the story: files that say what lies on their pages, and stations that take their word for it.

A file is JSON: a list of pages, each a list of sheets `{"form", "version", "side", "serial", "answers"}`; `"refused"`
stands for a page that cannot be opened, [] for a page with nothing known on it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import argon2
import numpy as np
import pytest

from pipeline import acquire, align, crop, model, read, run, store
from pipeline.forms import Forms, schema
from pipeline.settings import Settings
from pipeline.store import Store

KEY = ("slip", "1")
NOTE = ("note", "1")
QUAD = ((10.0, 10.0), (30.0, 10.0), (30.0, 20.0), (10.0, 20.0))
Crops = tuple[model.Sheet, ...]  # a crop here is its whole sheet
LOW = 0.9  # below this confidence a reading is not sure


def _form(form_id: str, priority: int, sides: Sequence[dict[str, Any]], **more: Any) -> schema.Form:
    paper = {"paper": {"width": 100, "height": 100}, "panels": [{"id": "all", "box": [0, 0, 100, 100]}]}
    whole = [side | paper for side in sides]
    raw = {"schema": 1, "id": form_id, "version": "1", "title": "T", "priority": priority, "sides": whole, **more}
    return schema.Form.model_validate(raw)


def _score(name: str, row: int, double: str | float = "none") -> dict[str, Any]:
    options = [{"value": n, "label": str(n), "box": [10 * n, 10 * row, 7, 7]} for n in (1, 2, 3, 4)]
    return {"id": name, "kind": "score", "options": options, "required": True, "double": double}


def forms(double: str | float = "none") -> Forms:
    """A slip of two sides (two scores in front, a date, a number, words and a choice behind), and a plain note.

    `double` says whether two people must enter the first score of each.
    """
    more = [{"value": "a", "box": [10, 70, 5, 5]}, {"value": "b", "box": [20, 70, 5, 5]}]
    behind: list[dict[str, Any]] = [
        {"id": "day", "kind": "date", "box": [10, 10, 50, 8]},
        {"id": "weight", "kind": "digits", "box": [10, 20, 20, 8], "number": {"decimals": 1, "min": 20, "max": 200}},
        {"id": "who", "kind": "text", "box": [10, 50, 50, 8], "personal": True, "role": "name"},
        {"id": "ways", "kind": "choice", "multiple": True, "options": more},
    ]
    slip = _form(
        KEY[0],
        2,
        [
            {"id": "front", "fields": [_score("first", 1, double), _score("second", 3)]},
            {"id": "back", "fields": behind},
        ],
        derived=[{"id": "points", "sum": ["first", "second"]}],
    )
    note = _form(NOTE[0], 1, [{"id": "front", "fields": [_score("only", 1, double)]}, {"id": "rear", "fields": []}])
    return Forms({slip.key: slip, note.key: note})


def front(serial: str | None = None, first: int = 3, second: int = 4, sure: bool = True) -> dict[str, Any]:
    """The front of a slip; one that is not sure waits for a person."""
    answers = {"first": [first, 0.99 if sure else 0.5], "second": [second, 0.99]}
    return {"form": KEY[0], "side": "front", "serial": serial, "answers": answers}


def back(serial: str | None = None, **answers: Any) -> dict[str, Any]:
    """The back of a slip."""
    given = {"day": "2026-03-05", "weight": 60.5, "who": "試験 花子", "ways": ["a"]} | answers
    return {"form": KEY[0], "side": "back", "serial": serial, "answers": {k: [v, 0.99] for k, v in given.items()}}


def note(serial: str | None = None, only: int = 2, sure: bool = True, side: str = "front") -> dict[str, Any]:
    """A note, or its empty rear."""
    answers = {"only": [only, 0.99 if sure else 0.5]} if side == "front" else {}
    return {"form": NOTE[0], "side": side, "serial": serial, "answers": answers}


def scan(folder: Path, name: str, pages: Iterable[object]) -> Path:
    """A file with these pages."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(list(pages), ensure_ascii=False), "utf-8")
    return path


def without(data: bytes, _name: str, numbers: Collection[int]) -> bytes:
    """A file with some pages emptied."""
    pages = [[] if n in numbers else one for n, one in enumerate(json.loads(data), 1)]
    return json.dumps(pages, ensure_ascii=False).encode()


def _count(data: bytes, name: str) -> int:
    try:
        return len(json.loads(data))
    except ValueError as error:
        raise acquire.reasons.problem("damaged", name) from error


def _page(data: bytes, name: str, sha256: str, number: int) -> model.Page | model.Refusal:
    said = json.loads(data)[number - 1]
    if said == "refused":
        return acquire.reasons.refusal("truncated", name, sha256, number)
    words = (model.Word(json.dumps(said), (0, 0, 0, 0)),)
    return model.Page(name, sha256, number, np.zeros((50, 40), np.uint8), words=words)


def _sheets(page: model.Page, every: Forms) -> tuple[model.Sheet, ...]:
    said = json.loads(page.words[0].text)
    if not said:
        return (_lost(page, "no-form"),)
    return tuple(_sheet(page, one, every) for one in said)


def _lost(page: model.Page, reason: str) -> model.Sheet:
    return model.Sheet(page, None, None, None, (), None, None, status="unidentified", reason=reason)


def _sheet(page: model.Page, said: dict[str, Any], every: Forms) -> model.Sheet:
    form = every.get((said["form"], said.get("version", "1")))
    if form is None:
        return _lost(page, "unknown-version")
    side = form.side(said["side"])
    panels = tuple(_panel(one.id) for one in side.panels)
    return model.Sheet(page, form, side, said["serial"], panels, 180, "code", (("x", 0.25),))


def _panel(name: str) -> model.Panel:
    return model.Panel(name, np.eye(3), 0.05, {"px_per_mm": 11.8}, np.array([[1.0, 2.0, 0.25, -0.5]]))


def _crops(sheet: model.Sheet) -> Crops:
    return (sheet,)


def _readings(crops: Crops) -> tuple[model.Reading, ...]:
    sheet = crops[0]
    if sheet.side is None:
        return ()
    said = json.loads(sheet.page.words[0].text)
    answers = next(one for one in said if one["side"] == sheet.side.id and one["serial"] == sheet.serial)["answers"]
    return tuple(_reading(name, *given) for name, given in answers.items())


def _reading(name: str, value: Any, confidence: float) -> model.Reading:
    kept = tuple(value) if isinstance(value, list) else value
    other = ((2, round(1 - confidence, 6)),)
    state: model.State = "empty" if kept is None else "valid"
    return model.Reading(
        name, kept, state, None, confidence, other, READER[0], confidence > LOW, 0.25, "7", quad_px=QUAD
    )


READER = ["word/1"]  # its version, for tests that read again with another one


@pytest.fixture
def stations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stations that believe what a file says of itself."""
    believe(monkeypatch)


def believe(patch: pytest.MonkeyPatch) -> None:
    """Put such stations in place."""
    patch.setattr(acquire, "count", _count)
    patch.setattr(acquire, "without", without)
    patch.setattr(acquire, "page", _page)
    patch.setattr(align, "sheets", _sheets)
    patch.setattr(crop, "fields", _crops)
    patch.setattr(read, "sheet", _readings)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of an empty data folder."""
    return Settings(data=tmp_path / "data")


@contextmanager
def balanced(where: Settings) -> Any:
    """A store that is there when asked for, and whose ledger balances when the test is done with it."""
    with store.open(where, create=True) as opened:
        yield opened
        assert store.verify(opened) == []


@pytest.fixture
def office(settings: Settings, stations: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A store with one account, 花 (reviewer), whose ledger balances in the end."""
    cheap_passwords(monkeypatch)
    with balanced(settings) as opened:
        store.accounts.add(opened, "花")
        yield opened


def cheap_passwords(patch: pytest.MonkeyPatch) -> None:
    """Argon2id that takes a millisecond; what it costs in earnest is tested with the accounts."""
    patch.setattr(store.accounts.passwords, "_hasher", argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def ingest(opened: Store, *paths: Path, batch: str | None = None) -> list[run.Arrival]:
    """Accept and read."""
    arrivals = list(run.accept(paths, opened, batch))
    list(run.process([task.page_id for task in opened.waiting()], opened, forms()))
    return arrivals


def dump(opened: Store) -> dict[str, Any]:
    """Scans, pages and whole records, without times."""
    scans = [replace(one, arrived="") for one in opened.scans()]
    pages = [(task.sha256, task.number) for one in scans for task in opened.pages(one.sha256)]
    records = {filed.record.id: plain(filed.record) for filed in opened.records()}
    return {"scans": scans, "pages": pages, "records": records, "waiting": len(opened.waiting())}


def without_gaps(dumped: dict[str, Any]) -> dict[str, Any]:
    """The same, scans numbered as they came: a server leaves numbers out where a transaction was undone."""
    return dumped | {"scans": [replace(one, id=n) for n, one in enumerate(dumped["scans"], 1)]}


def plain(record: model.Record) -> dict[str, Any]:
    """A record as plain values that can be compared."""
    whole = asdict(replace(record, decisions=tuple(replace(one, at="") for one in record.decisions)))
    for page in whole["pages"]:
        for panel in page["panels"]:
            panel["mm_to_px"] = panel["mm_to_px"].tolist()
            panel["anchors"] = None if panel["anchors"] is None else panel["anchors"].tolist()
    return whole
