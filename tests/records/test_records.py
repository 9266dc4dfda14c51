"""Readings become records: values derived, rules checked, sides joined, and what a person must see."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import model, records
from pipeline.forms import schema

PANEL = model.Panel("left", np.eye(3), 0.05)


def form(**changes: Any) -> schema.Form:
    """A folded form: two scored items and a written total on the left, a visit with a note on the right."""
    options = [{"value": n, "box": [10 * n, 10, 7, 7]} for n in (1, 2, 3, 4)]
    lower = [{"value": n, "box": [10 * n, 30, 7, 7]} for n in (1, 2, 3, 4)]
    fields: list[dict[str, Any]] = [
        {"id": "a", "kind": "score", "options": options, "required": True},
        {"id": "b", "kind": "score", "options": lower, "required": True},
        {"id": "total", "kind": "digits", "box": [10, 50, 16, 8], "cells": 2, "number": {}},
        {"id": "seen", "kind": "presence", "box": [110, 10, 10, 10]},
        {"id": "note", "kind": "text", "box": [110, 30, 60, 20], "only_if": {"field": "seen", "is": True}},
    ]
    panels = [{"id": "left", "box": [0, 0, 100, 100]}, {"id": "right", "box": [100, 0, 100, 100]}]
    raw: dict[str, Any] = {
        "schema": 1,
        "id": "made-up",
        "version": "1",
        "title": "T",
        "sides": [
            {"id": "in", "paper": {"width": 200, "height": 100}, "panels": panels, "fields": fields},
            {"id": "out", "paper": {"width": 200, "height": 100}, "panels": [panels[0]]},
        ],
        "derived": [
            {"id": "points", "sum": ["a", "b"]},
            {"id": "high", "all": [{"field": "a", "at_least": 3}]},
            {"id": "either", "any": [{"field": "a", "at_least": 3}, {"field": "b", "at_least": 3}]},
        ],
        "checks": [{"id": "total-agrees", "equal": ["points", "total"], "message": "合計が違います。"}],
    }
    return schema.Form.model_validate(raw | changes)


def reading(name: str, value: model.Value, state: model.State = "valid", **more: Any) -> model.Reading:
    """A sure reading unless told otherwise."""
    base = model.Reading(name, value, state, None, 0.999, (), "test/1", sure=True, page=1)
    return replace(base, **more)


def record(*given: model.Reading, n: int = 1, panels: tuple[str, ...] = ("left", "right"), **more: Any) -> model.Record:
    """A record of one page with these readings; fields not given are on no page."""
    page = model.Placement(1, "f.pdf", "ab" * 32, n, "in", 0, "code", tuple(replace(PANEL, id=p) for p in panels))
    readings = {
        name: model.Reading(name, None, "illegible", "not-on-page", 0, (), "none/1", sure=False)
        for name in form().fields
    }
    readings |= {r.field: r for r in given}
    made = model.Record(records.record_id([page]), (page,), ("made-up", "1"), "7X", "accepted", readings=readings)
    return replace(made, **more)


def full(**changes: model.Reading) -> model.Record:
    """A record with every field read."""
    given = {
        "a": reading("a", 3),
        "b": reading("b", 2),
        "total": reading("total", 5),
        "seen": reading("seen", True),
        "note": reading("note", "はい"),
    }
    return record(*(given | changes).values())


def test_derived_values_come_from_counting_values() -> None:
    """Sum, all and any are worked out when every item they need counts."""
    judged = records.judge(full(), form())
    assert judged.derived == {"points": 5, "high": True, "either": True}
    assert judged.status == "accepted"


def test_a_doubtful_item_leaves_everything_derived_from_it_empty() -> None:
    """Nothing is computed from a value that nobody vouched for."""
    judged = records.judge(full(b=reading("b", 2, sure=False)), form())
    assert judged.derived == {"points": None, "high": True, "either": None}
    assert judged.status == "needs_review"


def test_a_settled_item_counts_again() -> None:
    """A person's decision makes the derived values appear."""
    decision = model.Decision("r", "b", 1, (2, "valid"), (4, "valid"), "correct", "p", "2026-01-01T00:00:00Z")
    doubtful = replace(full(b=reading("b", 2, sure=False), total=reading("total", 7)), decisions=(decision,))
    judged = records.judge(doubtful, form())
    assert judged.derived["points"] == 7
    assert judged.status == "accepted"
    assert judged.answers()["b"].origin == model.CORRECTED


def test_a_broken_rule_names_its_fields_and_withdraws_them() -> None:
    """A total that does not agree goes to a person however sure its figures are."""
    judged = records.judge(full(total=reading("total", 9)), form())
    assert [(f.code, f.fields) for f in judged.findings] == [("total-agrees", ("total",))]
    assert "total" not in judged.accepted
    assert judged.status == "needs_review"


def test_an_empty_required_field_needs_a_look() -> None:
    """Empty is accepted only where the form may be left empty."""
    judged = records.judge(full(a=reading("a", None, "empty"), total=reading("total", None, "empty")), form())
    assert "a" not in judged.accepted
    assert "total" in judged.accepted


def test_a_question_that_does_not_apply_is_not_open() -> None:
    """An unmet condition makes an empty field `not_applicable`, and writing there is a finding."""
    none = records.judge(full(seen=reading("seen", False), note=reading("note", None, "empty")), form())
    assert none.answers()["note"].state == "not_applicable"
    assert none.status == "accepted"
    written = records.judge(full(seen=reading("seen", False)), form())
    assert [f.code for f in written.findings] == ["written-though-not-asked"]
    assert written.answers()["note"].value == "はい"


def test_a_missing_half_is_named_with_its_fields() -> None:
    """A sheet of which one panel is not in hand says so and stays open."""
    left = record(reading("a", 1), reading("b", 1), reading("total", 2), panels=("left",))
    judged = records.judge(left, form())
    assert [(f.code, f.fields) for f in judged.findings] == [("panel-missing", ("seen", "note"))]
    assert judged.status == "needs_review"


def halves() -> tuple[model.Record, model.Record]:
    """Two pages of one sheet, under the same serial."""
    left = record(reading("a", 1), reading("b", 1), reading("total", 2), panels=("left",), n=4)
    right = record(reading("seen", True), reading("note", "x"), panels=("right",), n=2)
    return left, right


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_halves_are_joined_by_serial_in_any_order(order: tuple[int, int]) -> None:
    """Two halves become one record with the smaller id, all fields read, each with its page."""
    both = halves()
    (joined,) = records.join([both[n] for n in order], {form().key: form()})
    assert joined.id == both[1].id
    assert joined.aliases == (both[0].id,)
    assert [page.page for page in joined.pages] == [2, 4]
    assert {name: r.page for name, r in joined.readings.items()} == {"a": 2, "b": 2, "total": 2, "seen": 1, "note": 1}
    assert joined.status == "accepted"


def test_the_same_panel_twice_is_never_joined() -> None:
    """Two left halves under one serial stay apart, each with a finding, whatever order they came in."""
    left, right = halves()
    again = record(reading("a", 2), reading("b", 2), reading("total", 4), panels=("left",), n=6)
    results = [records.join(order, {form().key: form()}) for order in permutations([left, right, again])]
    for result in results:
        assert [r.id for r in result] == [right.id, left.id, again.id]
        assert all("same-panel-twice" in [f.code for f in r.findings] for r in result)
        assert all(r.status == "needs_review" for r in result)


def test_a_joined_record_comes_apart_when_a_second_copy_arrives() -> None:
    """Joining is decided anew from all pages, so the order of arrival does not matter."""
    left, right = halves()
    again = record(reading("a", 2), reading("b", 2), reading("total", 4), panels=("left",), n=6)
    (joined,) = records.join([left, right], {form().key: form()})
    assert [r.id for r in records.join([joined, again], {form().key: form()})] == [right.id, left.id, again.id]


def test_without_a_serial_nothing_is_joined() -> None:
    """One person's answers never meet another's by guess."""
    left, right = (replace(half, serial=None) for half in halves())
    assert len(records.join([left, right], {form().key: form()})) == 2


def test_a_side_without_fields_joins_its_duplex_partner() -> None:
    """The outside, scanned with the inside as one duplex pair, is listed among its pages."""
    inside = replace(full(), serial=None)
    page = replace(inside.pages[0], page=2, side="out")
    outside = model.Record(records.record_id([page]), (page,), inside.form, None, "accepted")
    (joined,) = records.join([outside, inside], {form().key: form()})
    assert [p.side for p in joined.pages] == ["in", "out"]
    alone = replace(page, page=3)
    apart = replace(outside, id=records.record_id([alone]), pages=(alone,))
    assert [r.status for r in records.join([apart, inside], {form().key: form()})] == ["accepted", "accepted"]


@given(
    st.lists(st.tuples(st.integers(0, 255), st.integers(1, 99), st.integers(0, 3)), min_size=1, max_size=4, unique=True)
)
def test_an_id_depends_on_the_smallest_page_only(triples: list[tuple[int, int, int]]) -> None:
    """The id of a record is the same whatever order its pages are listed in."""
    pages = [replace(record().pages[0], sha256=f"{a:064x}", page=b, place=c) for a, b, c in triples]
    assert (
        records.record_id(pages)
        == records.record_id(pages[::-1])
        == records.record_id([min(pages, key=lambda p: (p.sha256, p.page or 0, p.place))])
    )


def test_json_has_the_contract_s_keys() -> None:
    """Every key of contract 3 is there, values as plain JSON, tuples as lists."""
    printed = records.as_json(records.judge(full(total=reading("total", 9)), form()))
    assert set(printed) == {
        "schema",
        "id",
        "pages",
        "form",
        "candidates",
        "status",
        "reason",
        "fields",
        "derived",
        "findings",
    }
    assert printed["form"] == {"id": "made-up", "version": "1", "serial": "7X"}
    assert printed["fields"]["a"]["value"] == 3
    assert printed["fields"]["a"]["accepted"] is True
    assert printed["fields"]["total"]["accepted"] is False
    assert len(printed["pages"][0]["panels"][0]["mm_to_px"]) == 9


def test_a_refused_file_is_a_record_too() -> None:
    """What could not be opened has one pages entry without page and side, and its reason."""
    printed = records.as_json(records.refused(model.Refusal("x.pdf", "cd" * 32, None, "damaged", "…")))
    assert (printed["status"], printed["reason"], printed["form"], printed["fields"]) == (
        "unreadable",
        "damaged",
        None,
        {},
    )
    assert [(p["file"], p["page"], p["side"], p["panels"]) for p in printed["pages"]] == [("x.pdf", None, None, [])]
