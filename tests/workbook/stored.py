"""A store with many records of one form, every field answered: what an export of a large office has before it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection

from pipeline import store
from pipeline.forms import Forms, schema
from pipeline.settings import Settings
from pipeline.store import Store, codec, tables

NOW, AT_ONCE = "2026-04-01T00:00:00Z", 1000
QUAD = [[10, 20], [30, 20], [30, 40], [10, 40]]
COMMON = {"state": "valid", "confidence": 0.999, "alternatives": [], "reader": "any/1", "threshold": "1", "sure": True,
          "score": 0.999, "seen": True, "quad_px": QUAD, "accepted": True}  # fmt: skip


def filled(own: Settings, forms: Forms, form: schema.Form, count: int) -> Store:
    """A new store with `count` records of a form, a file and a page each, all accepted."""
    opened = store.open(own, create=True)
    with opened.writing() as change:
        for first in range(1, count + 1, AT_ONCE):
            _some(change.connection, forms, form, range(first, min(first + AT_ONCE, count + 1)))
    return opened


def _some(connection: Connection, forms: Forms, form: schema.Form, numbers: range) -> None:
    at = {"form_id": form.id, "form_version": form.version}
    about = {"status": "accepted", "candidates": []}
    scans = [{"id": n, "sha256": f"{n:064x}", "name": f"束{n}.pdf", "size": 1, "pages": 1, "arrived": NOW,
              "message": ""} for n in numbers]  # fmt: skip
    pages = [{"id": n, "scan_id": n, "number": 1, "read_at": NOW} for n in numbers]
    records = [{"id": f"r{n}", "serial": f"{n:06}", "inapplicable": [], "derived": {}, "findings": [], "scan_id": n,
                "page": 1, "place": 0, "priority": 1, "open": [], "queued": False, "changed": NOW, **at, **about}
               for n in numbers]  # fmt: skip
    placements = [{"id": n, "scan_id": n, "number": 1, "place": 0, "reader": "r", "round": 1, "own_id": f"r{n}",
                   "serial": f"{n:06}", "panels": [], "missing": [], "read_at": NOW, "current": True,
                   "record_id": f"r{n}", "n": 1, **at, **about} for n in numbers]  # fmt: skip
    readings = [one for n in numbers for one in _readings(forms, form, n)]
    for table, rows in ((tables.scan, scans), (tables.page, pages), (tables.record, records),
                        (tables.placement, placements), (tables.reading, readings)):  # fmt: skip
        connection.execute(table.insert(), rows)


def _readings(forms: Forms, form: schema.Form, number: int) -> Iterator[dict[str, Any]]:
    rng = random.Random(number)
    for place, (name, field) in enumerate(form.fields.items()):
        yield {"placement_id": number, "form": f"{form.id}/{form.version}", "field": name, "position": place,
               "value": codec.value_out(answer(rng, forms, field)), "record_id": f"r{number}", **COMMON}  # fmt: skip


def answer(rng: random.Random, forms: Forms, field: schema.Field) -> Any:
    """Something that a person may have written into a field."""
    if isinstance(field, schema.Choice):
        chosen = [option.value for option in rng.sample(field.options, rng.randint(1, min(2, len(field.options))))]
        return tuple(chosen) if field.multiple else chosen[0]
    if isinstance(field, schema.Score):
        return rng.choice(field.values or [option.value for option in field.options])
    if isinstance(field, schema.Digits):
        return rng.randint(40, 99) if field.number else f"0193{rng.randint(0, 999_999):06}"
    if isinstance(field, schema.Date):
        return f"19{rng.randint(30, 59)}-0{rng.randint(1, 9)}-1{rng.randint(0, 9)}"
    if isinstance(field, schema.Text):
        return rng.choice(forms.listing(field.list_).values) if field.list_ else f"週に一度は港まで歩く {rng.random()}"
    return True if isinstance(field, schema.Presence) else f"A-{rng.random()}"
