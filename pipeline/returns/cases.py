"""Cases: the sheets that belong to one person, by serial, by the office's roster, or by a match that somebody confirmed.

Never by name alone. What a case is made of goes by names: `record/<id>`, `serial/<form id>/<serial>`,
`person/<number in the roster>`. Whatever is joined with another is the same case, and any of its names stands for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pipeline import model
from pipeline.returns.sheets import Sheet

MATCH = "match"  # the kind of entry by which a person confirms that two names are one case
OTHER = "other"  # in it: the other name


def of_record(record_id: str) -> str:
    """The name of a record."""
    return f"record/{record_id}"


def of_serial(form_id: str, serial: str) -> str:
    """The name of an issued sheet."""
    return f"serial/{form_id}/{serial}"


def of_person(number: str) -> str:
    """The name of a person in the office's roster."""
    return f"person/{number}"


class Cases:
    """Which names are one case."""

    def __init__(self) -> None:
        self._up: dict[str, str] = {}
        self._order: dict[str, int] = {}

    def join(self, one: str, two: str) -> None:
        """They are one case; the name that came first stands for it."""
        a, b = self.of(one), self.of(two)
        if a != b:
            first, later = sorted((a, b), key=self._order.__getitem__)
            self._up[later] = first

    def of(self, name: str) -> str:
        """The name that stands for the case."""
        self._order.setdefault(name, len(self._order))
        self._up.setdefault(name, name)
        root = name
        while self._up[root] != root:
            root = self._up[root]
        while self._up[name] != root:
            self._up[name], name = root, self._up[name]
        return root

    def members(self) -> Mapping[str, Sequence[str]]:
        """Every case with all its names, in the order in which they were met."""
        found: dict[str, list[str]] = {}
        for name in self._order:
            found.setdefault(self.of(name), []).append(name)
        return found


def joined(
    sheets: Sequence[Sheet],
    issued: Iterable[model.Issued],
    entries: Iterable[model.Entry],
    answered: Mapping[str, str],
) -> Cases:
    """All cases.

    Args:
        sheets: what came back.
        issued: what went out.
        entries: those that stand.
        answered: record of a reply → name of what it answers.
    """
    cases = Cases()
    for sheet in sheets:
        cases.of(of_record(sheet.record))
    for one, two in _pairs(sheets, issued, entries, answered):
        cases.join(one, two)
    return cases


def _pairs(
    sheets: Sequence[Sheet],
    issued: Iterable[model.Issued],
    entries: Iterable[model.Entry],
    answered: Mapping[str, str],
) -> Iterator[tuple[str, str]]:
    for sheet in sheets:
        if sheet.serial:
            yield of_record(sheet.record), of_serial(sheet.form_id, sheet.serial)
    for one in issued:
        name = of_serial(one.form[0], one.serial)
        for other in (one.about, of_person(one.subject) if one.subject else ""):
            if other:
                yield name, other
    yield from ((of_record(record), other) for record, other in answered.items())
    yield from ((one.target, one.said[OTHER]) for one in entries if one.kind == MATCH and one.said.get(OTHER))
