"""Serials that were printed, and which of them came back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, Connection, and_, insert, select

from pipeline import model
from pipeline.errors import UsageProblem
from pipeline.forms import serial as serial_numbers
from pipeline.store import Store, dialect, moments
from pipeline.store.parcels import Since
from pipeline.store.tables import issued, record
from pipeline.store.writing import Writing


@dataclass(frozen=True)
class Tally:
    """What became of the serials of one form."""

    sent: int
    returned: tuple[str, ...]  # issued, and a sheet with it came back
    outstanding: tuple[str, ...]  # issued, nothing came back yet
    unknown: tuple[str, ...]  # came back, but was never issued here


@dataclass(frozen=True)
class Addressed:
    """What is known of a sheet that goes out."""

    run: str = ""  # name of the print run
    district: str = ""
    office: str = ""
    subject: str = ""  # the person's number in the office's roster
    about: str = ""  # the case it is printed for, by one of its names


NOBODY = Addressed()


def issue(store: Store, form: model.FormKey, serials: Iterable[str], actor: str | None = None) -> int:
    """Note serials as printed; how many of them are new (one that was issued before stays as it is)."""
    with store.writing() as change:
        known_already = _issued(change.connection, form)
        fresh = [serial for serial in dict.fromkeys(serials) if serial not in known_already]
        _enter(change, form, [(serial, NOBODY) for serial in fresh], actor)
    return len(fresh)


def hand_out(
    store: Store,
    form: model.FormKey,
    serials: Sequence[str],
    actor: str | None = None,
    addressed: Sequence[Addressed] = (),
) -> None:
    """Note serials as printed, all of them or none; `addressed` says of each to whom, or is empty.

    Raises:
        UsageProblem: one of them was handed out for this form, in whatever version, since `last` was asked.
    """
    told = addressed or [NOBODY] * len(serials)
    with store.writing() as change:
        dialect.lock(change.connection, [f"issued/{form[0]}"])
        if not set(serials).isdisjoint(_of_every_version(change.connection, form[0])):
            raise UsageProblem(
                "serials-taken",
                "同じ様式がほかでも同時に刷られ、通し番号が重なったため、やめました。",
                "もう一度実行してください。",
            )
        _enter(change, form, list(zip(serials, told, strict=True)), actor)


def _enter(change: Writing, form: model.FormKey, sheets: Sequence[tuple[str, Addressed]], actor: str | None) -> None:
    row = {"form_id": form[0], "form_version": form[1], "issued": change.at, "actor": actor}
    if sheets:
        first, end = sheets[0][0], sheets[-1][0]
        change.audit(actor, "print", f"form={form[0]} sheets={len(sheets)} serials={first}-{end}")
        change.connection.execute(insert(issued), [row | {"serial": name} | asdict(told) for name, told in sheets])


def every(store: Store, as_of: Since | None = None) -> Iterator[model.Issued]:
    """Every sheet that went out (by that day), oldest first."""
    asked = select(issued).order_by(issued.c.id)
    if as_of is not None:
        asked = asked.where(issued.c.issued < moments.end(as_of))
    with store.reading() as connection:
        for row in connection.execute(asked):
            form = (row.form_id, row.form_version)
            yield model.Issued(form, row.serial, row.issued, row.run, row.district, row.office, row.subject, row.about)


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
