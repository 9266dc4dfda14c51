"""A proposal as a form file: ids in paper order, a comment of certainty at every field."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from pipeline.forms.propose.draft import Draft
from pipeline.geometry import Box

ROW_MM = 4.0
PLAIN = re.compile(r"^[^\s\W\d][\w・ー]*$")
NOT_PLAIN = {"yes", "no", "on", "off", "true", "false", "null", "y", "n"}


def named(sides: Sequence[Sequence[Sequence[Draft]]]) -> list[list[tuple[str, Draft]]]:
    """Every draft with its id (q1, q2, …), by side; panels from the left, each from the top."""
    found, number = [], 0
    for panels in sides:
        ordered = []
        for drafts in panels:
            for draft in in_order(drafts):
                number += 1
                ordered.append((f"q{number}", draft))
        found.append(ordered)
    return found


def in_order(drafts: Sequence[Draft]) -> list[Draft]:
    """From the top, those on one row from the left."""
    rows: list[list[Draft]] = []
    for draft in sorted(drafts, key=_middle):
        if rows and abs(_middle(draft) - _middle(rows[-1][0])) < ROW_MM:
            rows[-1].append(draft)
        else:
            rows.append([draft])
    return [draft for row in rows for draft in sorted(row, key=lambda draft: draft.place.x)]


def _middle(draft: Draft) -> float:
    first = draft.boxes[0]
    return first.y + first.h / 2


def side(name: str, size: tuple[float, float], panels: Sequence[Box], fields: Sequence[tuple[str, Draft]]) -> str:
    """One side as YAML."""
    names = ["page"] if len(panels) == 1 else ["left", "right"]
    out = [f"  - id: {name}", f"    paper: {{width: {size[0]:g}, height: {size[1]:g}}}", "    panels:"]
    out += [f"      - {{id: {panel}, box: {value(box)}}}" for panel, box in zip(names, panels, strict=True)]
    out.append("    fields:" if fields else "    fields: []")
    ids = {id(draft): name for name, draft in fields}
    for field_id, draft in fields:
        out += field(field_id, draft, ids)
    return "\n".join(out)


def field(field_id: str, draft: Draft, ids: dict[int, str]) -> list[str]:
    """One field as lines of YAML."""
    comment = f"  # 確かさ {draft.certainty:.2f}"
    head = [f"      - id: {field_id}{comment}", f"        label: {value(draft.label or field_id)}"]
    body = [f"        {key}: {value(what)}" for key, what in draft.extra.items() if key != "options"]
    rows = [f"          - {value(option)}" for option in draft.extra.get("options", [])]
    options = ["        options:", *rows] if rows else []
    other = []
    if draft.other and id(draft.other[1]) in ids:
        other = [f"        other: {{option: {value(draft.other[0])}, field: {ids[id(draft.other[1])]}}}"]
    return [*head, f"        kind: {draft.kind}", *body, *options, *other]


def value(what: Any) -> str:
    """A value in YAML's flow style; lengths to 0.01 mm."""
    if isinstance(what, Box):
        return f"[{', '.join(f'{round(n, 2):g}' for n in what)}]"
    if isinstance(what, dict):
        return "{" + ", ".join(f"{value(key)}: {value(item)}" for key, item in what.items()) + "}"
    if isinstance(what, list):
        return f"[{', '.join(value(item) for item in what)}]"
    if isinstance(what, bool):
        return "true" if what else "false"
    if isinstance(what, (int, float)):
        return f"{what:g}"
    return what if PLAIN.match(what) and what.lower() not in NOT_PLAIN else json.dumps(what, ensure_ascii=False)
