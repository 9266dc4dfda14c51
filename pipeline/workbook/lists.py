"""The codes of the lists beside the forms: value and, where the list has one, code."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pipeline.forms import Forms
from pipeline.workbook import clean


class Lists:
    """Values of every list, with their codes."""

    def __init__(self, forms: Forms) -> None:
        self._lists = dict(_all(forms.list_folders))

    def named(self, name: str | None) -> Mapping[str, str]:
        """Value → code of a list, "" for values without one; empty when there is no such list."""
        return self._lists.get(name or "", {})

    def holding(self, values: Iterable[str]) -> Mapping[str, str]:
        """The list with codes in which every one of `values` stands, else nothing."""
        wanted = set(values)
        coded = (found for found in self._lists.values() if all(found.values()))
        return next((found for found in coded if wanted <= set(found)), {})


def _all(folders: Iterable[Path]) -> Iterator[tuple[str, dict[str, str]]]:
    for folder in folders:
        for path in sorted(folder.glob("*.csv")):
            yield path.stem, _one(path)


def _one(path: Path) -> dict[str, str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row.get("value")]
    return {clean.clean(row["value"]): clean.clean(row.get("code") or "") for row in rows}
