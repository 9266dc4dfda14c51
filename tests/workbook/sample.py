"""Forms and records of the tests' own: nothing here resembles a shipped form."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import random
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import python_calamine

from pipeline import model, workbook
from pipeline.forms import Forms, schema

BOX = [10, 10, 5, 5]
ABOUT = workbook.About(
    as_of=dt.date(2026, 11, 1),
    exported_at=dt.datetime(2026, 11, 2, 9, 30),  # noqa: DTZ001  # About wants Japan time without zone
    exported_by="分析担当",
    version="0.1.0",
)
KEY = b"a key of the tests"


def options(*values: object, labels: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Options with a box each."""
    pairs = itertools.zip_longest(values, labels, fillvalue="")
    return [{"value": value, "label": label, "box": BOX} for value, label in pairs]


FIELDS: list[dict[str, Any]] = [
    {"id": "who", "label": "氏名", "kind": "text", "box": BOX, "personal": True, "role": "name"},
    {"id": "born", "label": "生年月日", "kind": "date", "box": BOX, "personal": True, "role": "born-on"},
    {
        "id": "gender",
        "label": "性別",
        "kind": "choice",
        "role": "sex",
        "options": options("m", "f", labels=["男", "女"]),
    },
    {"id": "area", "label": "地区", "kind": "text", "box": BOX, "list": "areas", "role": "district"},
    {"id": "s1", "label": "① 外出", "kind": "score", "options": options(1, 2, 3, 4), "role": "item"},
    {"id": "s2", "label": "② 食事", "kind": "score", "box": BOX, "values": [1, 2, 3, 4], "role": "item"},
    {
        "id": "help",
        "label": "手伝い",
        "kind": "choice",
        "multiple": True,
        "options": options("買い物", "掃除", "その他"),
        "other": {"option": "その他", "field": "help_other"},
    },
    {
        "id": "help_other",
        "label": "手伝い（その他）",
        "kind": "text",
        "box": BOX,
        "only_if": {"field": "help", "includes": "その他"},
    },
    {
        "id": "hb",
        "label": "検査値",
        "kind": "digits",
        "box": BOX,
        "number": {"decimals": 1, "min": 3, "max": 20, "unit": "％"},
    },
    {"id": "age", "label": "年齢", "kind": "digits", "box": BOX, "number": {"min": 0, "max": 120, "unit": "歳"}},
    {"id": "tel", "label": "電話", "kind": "digits", "box": BOX, "pattern": "^0[0-9]+$"},
    {"id": "met", "label": "訪問日", "kind": "date", "box": BOX, "role": "visited-on"},
    {"id": "seal", "label": "印", "kind": "presence", "box": BOX},
    {"id": "qr", "label": "符号", "kind": "code", "box": BOX},
    {"id": "memo", "label": "メモ", "kind": "text", "box": BOX},
]
DERIVED: list[dict[str, Any]] = [
    {"id": "total", "label": "合計点", "sum": ["s1", "s2"], "role": "score-total"},
    {"id": "alarm", "label": "該当①", "all": [{"field": "s1", "at_least": 3}], "role": "flag"},
]


def form(
    form_id: str = "alpha", version: str = "2", fields: Sequence[Mapping[str, Any]] = FIELDS, **more: Any
) -> schema.Form:
    """A form with one side that carries `fields`."""
    side = {"id": "front", "paper": {"width": 210, "height": 297}, "panels": [{"id": "all", "box": [0, 0, 210, 297]}]}
    told = {"schema": 1, "id": form_id, "version": version, "title": f"様式{form_id}", "fictional": True}
    return schema.Form.model_validate({**told, "sides": [{**side, "fields": list(fields)}], **more})


def forms(*found: schema.Form, lists: Path | None = None) -> Forms:
    """Forms as the loader gives them."""
    return Forms({one.key: one for one in found}, (lists,) if lists else ())


def area_list(folder: Path) -> Path:
    """A folder with a list of three areas and their codes."""
    with (folder / "areas.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [["value", "aliases", "code"], ["北町", "", "01"], ["南町", "", "02"], ["港", "", "03"]]
        )
    return folder


def reading(field: str, value: model.Value, state: model.State = "valid", **more: Any) -> model.Reading:
    """A reading of one field."""
    quad = ((10.2, 20.0), (30.0, 20.4), (30.0, 40.0), (10.0, 40.0))
    known: dict[str, Any] = {"reason": None, "confidence": 0.99, "alternatives": (), "reader": "marks/1", "sure": True}
    known |= {"threshold": "t3", "page": 1, "quad_px": quad}
    return model.Reading(field, value if state == "valid" else None, state, **(known | more))


def record(
    values: Mapping[str, model.Value | model.Reading],
    number: int = 1,
    held: Iterable[str] = (),
    key: model.FormKey = ("alpha", "2"),
    **more: Any,
) -> model.Record:
    """A record whose fields are accepted unless `held`; None is an empty field."""
    readings = {
        name: value if isinstance(value, model.Reading) else reading(name, value, "empty" if value is None else "valid")
        for name, value in values.items()
    }
    page = model.Placement(1, f"束{number}.pdf", f"{number:064x}", 3, "front", 0, "code", ())
    known: dict[str, Any] = {"serial": f"{number:06d}", "status": "needs_review" if held else "accepted"}
    known |= {"readings": readings, "accepted": frozenset(readings) - frozenset(held)}
    return model.Record(f"rec-{number:05d}", (page,), key, **(known | more))


def decision(field: str | None, action: str, now: tuple[model.Value, model.State] | None = None) -> model.Decision:
    """A decision taken half an hour after midnight, Japan time."""
    return model.Decision("rec", field, 1, None, now, action, "花子", "2026-10-31T15:30:00+00:00")


def filled(number: int) -> model.Record:
    """A record with a plausible value in every field, different for each number."""
    rng = random.Random(number)
    s1, s2 = rng.randint(1, 4), rng.randint(1, 4)
    values: dict[str, model.Value | model.Reading] = {
        "who": f"仮名 {number}",
        "born": f"19{rng.randint(30, 59)}-0{rng.randint(1, 9)}-1{rng.randint(0, 9)}",
        "gender": rng.choice(["m", "f"]),
        "area": rng.choice(["北町", "南町", "港"]),
        "s1": s1,
        "s2": s2,
        "help": tuple(rng.sample(["買い物", "掃除", "その他"], rng.randint(1, 3))),
        "help_other": None,
        "hb": round(rng.uniform(4, 12), 1),
        "age": rng.randint(65, 99),
        "tel": f"0193{rng.randint(100000, 999999)}",
        "met": f"2026-0{rng.randint(4, 9)}-1{rng.randint(0, 9)}",
        "seal": rng.random() < 0.5,
        "qr": f"A-{number}",
        "memo": rng.choice(["元気", "また来る", "0", "はい、いいえ"]),
    }
    return record(values, number, derived={"total": s1 + s2, "alarm": s1 >= 3})


Sheets = dict[str, list[list[Any]]]


def read_back(path: Path) -> Sheets:
    """Every sheet of a workbook as rows, read by a program that shares no code with the writer."""
    book = python_calamine.CalamineWorkbook.from_path(path)
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def records_of(rows: list[list[Any]]) -> list[dict[str, Any]]:
    """Rows as dicts by heading, empty cells as None."""
    head, *body = rows
    return [{name: None if cell == "" else cell for name, cell in zip(head, row, strict=True)} for row in body]
