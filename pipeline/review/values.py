"""What people type, as values of a field; and back again."""

from __future__ import annotations

from pipeline import model
from pipeline.errors import UsageProblem
from pipeline.forms import schema


class NotUnderstood(UsageProblem):
    """A typed value does not fit its field; the sentence says what would."""


def understood(field: schema.Field, raw: str | tuple[str, ...]) -> model.Value:
    """The value that was meant: 全角 digits, dashes and dates are brought to one form, names and texts never.

    Args:
        field: of the form.
        raw: as typed; of choices the option's `value` as text (several where the field allows it); of presence
            "true" or "false"; of dates `2026-03-05`, `令和8年3月5日`, `R8.3.5` or `20260305`.

    Raises:
        NotUnderstood: in Japanese.
    """
    raise NotImplementedError


def shown(field: schema.Field, value: model.Value) -> str:
    """A value as text for its control, such that `understood` gives it back; an empty text for None."""
    raise NotImplementedError
