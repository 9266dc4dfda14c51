"""What a new reading would change, field by field; what a person settled never is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pipeline import model

Kind: TypeAlias = Literal["value", "opens", "counts", "kept", "record", "new", "gone"]
Stand: TypeAlias = tuple[model.Value, model.State]


@dataclass(frozen=True)
class Difference:
    """One thing that would be otherwise."""

    record: str
    form: model.FormKey | None
    field: str | None  # None: the record as a whole
    kind: Kind  # value: read otherwise · opens, counts: has to be looked at now, or no longer · kept: a person's value stays
    before: Stand | None
    after: Stand | None


def between(before: Iterable[model.Record], after: Iterable[model.Record]) -> list[Difference]:
    """All differences between records as they stand and as they would stand, in a stable order."""
    old = {name: one for one in before for name in (one.id, *one.aliases)}
    new = list(after)
    met: set[str] = set()
    found: list[Difference] = []
    for one in sorted(new, key=lambda one: one.id):
        former = next((old[name] for name in (one.id, *one.aliases) if name in old), None)
        met |= {one.id, *one.aliases}
        found += list(_of_record(former, one))
    gone = {one.id: one for name, one in old.items() if name == one.id and name not in met}
    return found + [Difference(name, one.form, None, "gone", None, None) for name, one in sorted(gone.items())]


def _of_record(before: model.Record | None, after: model.Record) -> Iterator[Difference]:
    if before is None:
        yield Difference(after.id, after.form, None, "new", None, None)
        return
    if before.form != after.form:
        yield Difference(after.id, after.form, None, "record", _form(before), _form(after))
    old, new = before.answers(), after.answers()
    for field in dict.fromkeys([*new, *old]):
        yield from _of_field(after, field, old, new)


def _form(record: model.Record) -> Stand:
    return "/".join(record.form) if record.form is not None else None, "valid"


def _of_field(
    record: model.Record, field: str, old: Mapping[str, model.Answer], new: Mapping[str, model.Answer]
) -> Iterator[Difference]:
    was, now = old.get(field), new.get(field)
    kind = _kind(was, now)
    if kind is not None:
        yield Difference(record.id, record.form, field, kind, _stand(was, kind), _stand(now, kind))


def _kind(was: model.Answer | None, now: model.Answer | None) -> Kind | None:
    if was is None or now is None:
        return None if was is now else "new" if was is None else "gone"
    if now.decision is not None and now.counts:
        return "kept" if _read(was) != _read(now) else None
    if (was.value, was.state) != (now.value, now.state):
        return "value"
    return None if was.counts == now.counts else "counts" if now.counts else "opens"


def _read(answer: model.Answer) -> Stand | None:
    return (answer.reading.value, answer.reading.state) if answer.reading is not None else None


def _stand(answer: model.Answer | None, kind: Kind) -> Stand | None:
    """What stands; of a value that a person settled, what the reader makes of it."""
    if answer is None:
        return None
    return _read(answer) if kind == "kept" else (answer.value, answer.state)
