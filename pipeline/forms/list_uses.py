"""What a list is for: the fields that take their values from it, the tables printed of it, the report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pipeline.errors import FormProblem
from pipeline.forms import schema
from pipeline.forms.items import PrintedTable
from pipeline.forms.load import Forms


@dataclass(frozen=True)
class Use:
    """One place that names a list."""

    kind: Literal["field", "table", "targets", "entry"]
    where: str  # title of the form or of the report
    what: str = ""  # the field, or what an entry by hand asks for


def uses(forms: Forms) -> dict[str, list[Use]]:
    """Every list that a form in use or the report names, each use once whatever the version."""
    found: dict[str, list[Use]] = {}
    for name, use in dict.fromkeys(_all(forms)):
        found.setdefault(name, []).append(use)
    return found


def _all(forms: Forms) -> Iterator[tuple[str, Use]]:
    for form in forms.values():
        if not form.retired:
            yield from _of_form(form)
    try:
        asked = forms.reports
    except FormProblem:  # whoever opens the report is told
        return
    if asked.tables:
        yield asked.targets, Use("targets", asked.title)
    for kind in asked.entries:
        for part in kind.parts:
            if part.list_:
                yield part.list_, Use("entry", kind.label, part.label)


def _of_form(form: schema.Form) -> Iterator[tuple[str, Use]]:
    for field in form.fields.values():
        if isinstance(field, schema.Text) and field.list_:
            yield field.list_, Use("field", form.title, field.name)
    for side in form.sides:
        for item in side.print_:
            if isinstance(item, PrintedTable):
                yield item.table, Use("table", form.title)
