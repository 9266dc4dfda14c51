"""Which office a paper belongs to, as a condition that every question about papers carries."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, select

from pipeline.store.tables import actor, alias, batch, office, record, scan


def mine(name: str | None, scan_id: ColumnElement[int]) -> tuple[ColumnElement[bool], ...]:
    """What a question adds so that only this office's papers answer; nothing for None, the headquarters."""
    return () if name is None else (brought_in(name, scan_id),)


def mine_by_record(name: str | None, record_id: ColumnElement[str]) -> tuple[ColumnElement[bool], ...]:
    """The same for a question that holds ids of records, also of such as were joined into another."""
    if name is None:
        return ()
    own = select(record.c.id).where(brought_in(name, record.c.scan_id))
    return (record_id.in_(own) | record_id.in_(select(alias.c.id).where(alias.c.record_id.in_(own))),)


def brought_in(name: str, scan_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether a file is an office's: its batch's office, or where that has none, that of whoever brought it in.

    Args:
        name: of the office; one that does not exist has no papers.
        scan_id: the column of the question that holds the id of a scan.
    """
    here = select(office.c.id).where(office.c.name == name).scalar_subquery()
    own = scan.alias("own_scan")
    of_batch = own.c.batch_id.in_(select(batch.c.id).where(batch.c.office_id == here))
    without = own.c.batch_id.is_(None) | own.c.batch_id.in_(select(batch.c.id).where(batch.c.office_id.is_(None)))
    by_person = without & own.c.actor.in_(select(actor.c.name).where(actor.c.office_id == here))
    return exists(select(own.c.id).where(own.c.id == scan_id, of_batch | by_person))
