"""Serials that were printed, and which of them came back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, insert, select

from pipeline import model
from pipeline.errors import UsageProblem
from pipeline.forms import serial as serial_numbers
from pipeline.store import Store, dialect
from pipeline.store.tables import issued, record
from pipeline.store.writing import Writing


@dataclass(frozen=True)
class Tally:
    """What became of the serials of one form."""

    sent: int
    returned: tuple[str, ...]  # issued, and a sheet with it came back
    outstanding: tuple[str, ...]  # issued, nothing came back yet
    unknown: tuple[str, ...]  # came back, but was never issued here


def issue(store: Store, form: model.FormKey, serials: Iterable[str], actor: str | None = None) -> int:
    """Note serials as printed; how many of them are new (one that was issued before stays as it is)."""
    with store.writing() as change:
        known_already = _issued(change.connection, form)
        fresh = [serial for serial in dict.fromkeys(serials) if serial not in known_already]
        _enter(change, form, fresh, actor)
    return len(fresh)


def hand_out(store: Store, form: model.FormKey, serials: Sequence[str], actor: str | None = None) -> None:
    """Note serials as printed, all of them or none.

    Raises:
        UsageProblem: one of them was handed out for this form, in whatever version, since `last` was asked.
    """
    with store.writing() as change:
        dialect.lock(change.connection, [f"issued/{form[0]}"])
        if not set(serials).isdisjoint(_of_every_version(change.connection, form[0])):
            raise UsageProblem(
                "serials-taken",
                "同じ様式がほかでも同時に刷られ、通し番号が重なったため、やめました。",
                "もう一度実行してください。",
            )
        _enter(change, form, serials, actor)


def _enter(change: Writing, form: model.FormKey, serials: Sequence[str], actor: str | None) -> None:
    row = {"form_id": form[0], "form_version": form[1], "issued": change.at, "actor": actor}
    if serials:
        change.connection.execute(insert(issued), [row | {"serial": serial} for serial in serials])


def last(store: Store, form_id: str) -> int:
    """The highest number handed out for a form, whatever its version; 0 before the first."""
    with store.reading() as connection:
        given = _of_every_version(connection, form_id)
    return max((serial_numbers.number(one) for one in given if serial_numbers.valid(one)), default=0)


def _of_every_version(connection: Connection, form_id: str) -> set[str]:
    # A number that a person copies by hand names no version, so versions share their numbers.
    asked = select(issued.c.serial).where(issued.c.form_id == form_id)
    return {str(serial) for serial in connection.execute(asked).scalars()}


def known(store: Store, form: model.FormKey, serial: str) -> bool:
    """Whether the serial was issued here."""
    with store.reading() as connection:
        return connection.execute(select(issued.c.id).where(_of(form), issued.c.serial == serial)).first() is not None


def tally(store: Store, form: model.FormKey) -> Tally:
    """Which serials of a form went out, came back, are outstanding, or came from nowhere; a record set aside is none."""
    with store.reading() as connection:
        sent = _issued(connection, form)
        here = and_(record.c.form_id == form[0], record.c.form_version == form[1], record.c.aside.is_(None))
        asked = select(record.c.serial).where(here, record.c.serial.is_not(None)).distinct()
        back = {str(serial) for serial in connection.execute(asked).scalars()}
    return Tally(len(sent), _sorted(sent & back), _sorted(sent - back), _sorted(back - sent))


def _sorted(serials: set[str]) -> tuple[str, ...]:
    return tuple(sorted(serials))


def _of(form: model.FormKey) -> ColumnElement[bool]:
    return and_(issued.c.form_id == form[0], issued.c.form_version == form[1])


def _issued(connection: Connection, form: model.FormKey) -> set[str]:
    return {str(serial) for serial in connection.execute(select(issued.c.serial).where(_of(form))).scalars()}
