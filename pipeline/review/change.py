"""What a person wants to be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from pipeline import model

Action: TypeAlias = Literal[
    "confirm", "correct", "enter", "second", "undo",
    "form", "turn", "place", "join", "part", "swap", "blank", "duplicate", "foreign",
]  # fmt: skip


@dataclass(frozen=True)
class Change:
    """The body of a form post."""

    record: str
    field: str | None  # None: about the whole record
    action: Action
    version: int  # the version the person saw: `record.answers()[field].version`, or `record.version`; 0: none yet
    by: str  # name of an account
    raw: str | tuple[str, ...] = (
        ""  # as typed or posted; for `form`: "id/version"; see sheets.py for the others; unused by confirm and undo
    )
    state: model.State = "valid"  # other than valid: nothing is typed
    why: str = ""  # a note; of two entries that differ: which is right; for `confirm` of a whole record: the code of the finding that is settled
