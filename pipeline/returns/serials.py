"""Serials that were printed, and which of them came back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, insert, select

from pipeline import model
from pipeline.store import Store
from pipeline.store.tables import issued, record


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
        rows = [
            {"form_id": form[0], "form_version": form[1], "serial": serial, "issued": change.at, "actor": actor}
            for serial in fresh
        ]
        if rows:
            change.connection.execute(insert(issued), rows)
    return len(fresh)


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
