"""The models of a form file: what each kind needs, and which boxes it has."""

from __future__ import annotations

import json
from typing import Any

import pydantic
import pytest

from pipeline import geometry
from pipeline.forms import schema, schema_file

KINDS: pydantic.TypeAdapter[schema.Field] = pydantic.TypeAdapter(schema.Field)
OPTIONS = [{"value": 1, "label": "1", "box": [10, 10, 8, 8]}, {"value": 2, "box": [30, 10, 8, 8]}]


def field(**keys: Any) -> schema.Field:
    """A field from the keys of a form file."""
    return KINDS.validate_python({"id": "f", **keys})


def test_marked_options_are_boxes_in_order() -> None:
    """A box per option, named by its place."""
    for kind in ("choice", "score"):
        assert field(kind=kind, options=OPTIONS).boxes() == {"option-0": (10, 10, 8, 8), "option-1": (30, 10, 8, 8)}


def test_a_written_score_has_one_box() -> None:
    """A score may be a figure in a box."""
    assert list(field(kind="score", box=[1, 2, 3, 4], values=[1, 2]).boxes()) == ["box"]


def test_digits_divide_a_box_into_equal_cells() -> None:
    """A number of cells cuts the box into equal parts, left to right."""
    boxes = field(kind="digits", box=[10, 5, 30, 8], cells=3).boxes()
    assert boxes == {"0": (10, 5, 10, 8), "1": (20, 5, 10, 8), "2": (30, 5, 10, 8)}


def test_digits_take_cells_as_they_are_listed() -> None:
    """Cells that do not touch are listed one by one."""
    assert field(kind="digits", cells=[[1, 1, 5, 5], [9, 1, 5, 5]]).boxes()["1"] == (9, 1, 5, 5)


def test_a_date_has_eras_and_parts() -> None:
    """A date's parts are boxes, boxes with cells, or lists of boxes."""
    date = field(
        kind="date",
        eras=["昭和"],
        era_boxes={"昭和": [1, 1, 9, 5]},
        year={"box": [20, 1, 10, 5], "cells": 2},
        month=[40, 1, 10, 5],
        day=[[60, 1, 5, 5], [65, 1, 5, 5]],
    )
    assert list(date.boxes()) == ["era-昭和", "year-0", "year-1", "month", "day-0", "day-1"]


@pytest.mark.parametrize("kind", ["text", "presence", "code", "date", "digits"])
def test_one_box_is_enough(kind: str) -> None:
    """Everything that is not marked may be one box."""
    assert field(kind=kind, box=[1, 2, 3, 4]).boxes() == {"box": (1, 2, 3, 4)}


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"kind": "score"}, "options"),
        ({"kind": "score", "options": OPTIONS, "box": [1, 1, 1, 1], "values": [1]}, "どちらか一方"),
        ({"kind": "score", "box": [1, 1, 1, 1]}, "values"),
        ({"kind": "digits"}, "box"),
        ({"kind": "digits", "cells": 3}, "box"),
        ({"kind": "date", "year": [1, 1, 5, 5]}, "month"),
        ({"kind": "text", "box": [1, 1, 0, 5]}, "0 より大きく"),
        ({"kind": "text", "box": [1, 1, float("nan"), 5]}, "四つの数"),
        ({"kind": "text", "box": [True, 1, 5, 5]}, "四つの数"),
    ],
)
def test_what_is_missing_is_said_in_japanese(keys: dict[str, Any], said: str) -> None:
    """A mistake that the models find names what to write."""
    with pytest.raises(pydantic.ValidationError, match=said):
        field(**keys)


@pytest.mark.parametrize("rules", [{}, {"sum": ["a"], "all": []}])
def test_a_derived_value_has_one_rule(rules: dict[str, Any]) -> None:
    """Neither none nor two."""
    with pytest.raises(pydantic.ValidationError, match="どれか一つ"):
        schema.Derived.model_validate({"id": "d", **rules})


def test_a_check_has_one_rule() -> None:
    """Neither none nor two."""
    with pytest.raises(pydantic.ValidationError, match="どちらか一つ"):
        schema.Check.model_validate({"id": "c", "message": "m"})


def test_only_what_the_contract_requires_is_required() -> None:
    """Schema, id, version, title and sides with paper and panels; everything else has a default."""
    form = schema.Form.model_validate(
        {
            "schema": 1,
            "id": "bare",
            "version": "1",
            "title": "t",
            "sides": [
                {
                    "id": "front",
                    "paper": {"width": 100, "height": 50},
                    "panels": [{"id": "p", "box": [0, 0, 100, 50]}],
                    "markers": {"at": []},
                    "fields": [{"id": "t", "kind": "text", "box": [1, 1, 10, 5]}],
                }
            ],
        }
    )
    assert form.key == ("bare", "1")
    assert form.fields["t"].name == "t"
    assert form.side_of("t").id == "front"
    with pytest.raises(KeyError):
        form.side("back")
    with pytest.raises(ValueError, match="no blank"):
        _ = form.side("front").blank


def test_a_box_belongs_to_the_panel_that_holds_most_of_it() -> None:
    """A box across the fold goes with its larger part."""
    side = schema.Side.model_validate(
        {
            "id": "s",
            "paper": {"width": 100, "height": 50},
            "panels": [{"id": "left", "box": [0, 0, 50, 50]}, {"id": "right", "box": [50, 0, 50, 50]}],
        }
    )
    assert side.panel_of(geometry.Box(48, 0, 10, 10)).id == "right"


def test_the_committed_json_schema_is_that_of_the_models() -> None:
    """Editors help with today's keys; after a change of the models call `schema_file.write()`."""
    assert schema_file.PATH.read_text("utf-8") == schema_file.text()
    assert json.loads(schema_file.text())["required"] == ["schema", "id", "version", "title", "sides"]
