"""A decision: added beside the reading, never in its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pipeline import model
from pipeline.forms import schema

Action: TypeAlias = Literal["confirm", "correct", "enter", "undo", "form", "blank", "duplicate", "foreign"]
Forms: TypeAlias = Mapping[model.FormKey, schema.Form]


@dataclass(frozen=True)
class Change:
    """What a person wants: the body of a form post."""

    record: str
    field: str | None  # None: about the whole record
    action: Action
    version: int  # the version the person saw: `record.answers()[field].version`, or `record.version`; 0: none yet
    by: str  # name of an account
    raw: str | tuple[str, ...] = ""  # as typed or posted; for `form`: "id/version"; unused by confirm and undo
    state: model.State = "valid"  # other than valid: nothing is typed
    why: str = ""  # a note; for `confirm` of a whole record: the code of the finding that is settled


def decide(record: model.Record, forms: Forms, change: Change, at: str) -> model.Decision:
    """The decision that a change amounts to.

    Args:
        record: as stored.
        forms: all forms.
        change: what the person wants.
        at: UTC, ISO 8601.

    Raises:
        StaleWrite: somebody saved first; carries `yours`, `theirs`, `version`, `by` and `at`.
        NotUnderstood: the value does not fit the field (Japanese sentence).
    """
    raise NotImplementedError


def placed(record: model.Record, forms: Forms) -> model.Record:
    """The record under the form that a person gave it by hand, every field waiting to be keyed in."""
    raise NotImplementedError
