"""Station 9: settled records → the workbook that analysts get."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pipeline.errors import UsageProblem
from pipeline.forms import Forms
from pipeline.workbook import data, rules
from pipeline.workbook.order import About, Extra, Head, Job, Order, Preview, Progress, Records, Summary

__all__ = ["SHEETS", "About", "Extra", "Head", "Order", "Preview", "Summary", "preview", "rules", "write"]

KINDS: dict[str, Callable[[Job], Summary]] = {"data": data.write}
SHEETS = (data.INDIVIDUAL, *(table.name for table in data.COMMON))  # what `Order.sheets` chooses from


def preview(
    out: Path,
    records: Records,
    forms: Forms,
    about: About,
    order: Order | None = None,
    progress: Progress | None = None,
) -> Preview:
    """Rows per sheet of a data file, what is still open, and each sheet's first rows; nothing is written.

    Args and errors as of `write`; of `out` only the suffix counts.
    """
    return data.preview(Job(out, records, forms, about, order or Order(), progress))


def write(
    out: Path,
    records: Records,
    forms: Forms,
    about: About,
    order: Order | None = None,
    progress: Progress | None = None,
) -> Summary:
    """Write records into `out` (.xlsx, .csv or .parquet); the old file stays whole until the new one is.

    Args:
        out: the file; several tables of CSV or Parquet become `<name>_<sheet>` beside it.
        records: a collection, or a factory that can be asked more than once; the caller has filtered them.
        forms: all forms, also retired versions of which there are records.
        about: what メタデータ says.
        order: which kind, sheets, encoding; whether fields that identify a person go out.
        progress: called after each record with the number done so far.

    Raises:
        UsageProblem: unknown kind, suffix or sheet, or a folder that cannot be written.
        TypeError: `records` can be walked only once.
    """
    order = order or Order()
    if order.kind not in KINDS:
        raise UsageProblem(
            "export-kind", f"種類 {order.kind} は出力できません。", f"{'、'.join(KINDS)} から選んでください。"
        )
    return KINDS[order.kind](Job(out, records, forms, about, order, progress))
