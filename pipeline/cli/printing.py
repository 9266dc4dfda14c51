"""Printing at the terminal: the blank, issued sheets with a bar, and what of a list does not fit."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tqdm import tqdm

from pipeline import printing
from pipeline.forms import Forms, items, schema
from pipeline.forms import print as paper
from pipeline.forms.lists import Row
from pipeline.store import Store

ACTOR = "コマンド"


def blank(form: schema.Form, out: Path, forms: Forms) -> None:
    """Write the empty form; raises UsageProblem where it cannot be written."""
    with printing.written(out) as part:
        paper.blank(form, part, paper.tables(form, forms.list_folders))
    printing.put(part, out)


def issue(
    form: schema.Form, out: Path, forms: Forms, store: Store, rows: Sequence[Mapping[str, str]], office: str = ""
) -> printing.Run:
    """Write a sheet per row of a list and note the serials; the print run is called as the file. Raises UsageProblem."""
    with _bar("印刷の準備", len(rows)) as step:
        return printing.issue(
            form, out, printing.Office(store, forms, ACTOR), printing.of_list(rows, out.stem, office), step
        )


@contextmanager
def _bar(words: str, total: int) -> Iterator[Callable[[int, int], None]]:
    with tqdm(total=total, desc=words, unit="枚", file=sys.stderr, disable=not sys.stderr.isatty()) as bar:

        def step(done: int, _of: int) -> None:
            bar.update(done - bar.n)

        yield step


def doubts(form: schema.Form, rows: Sequence[Row]) -> Iterator[str]:
    """What of the office's list does not fit the form, a sentence each."""
    heads = {head for row in rows for head in row}
    missing = sorted(columns(form) - heads)
    if missing:
        yield f"名簿に列「{'」「'.join(missing)}」がありません。その欄は白いまま刷ります。"
    chosen = [side.printed_for for side in form.sides if side.printed_for]
    without = sum(not any(_fits(row, wanted) for wanted in chosen) for row in rows) if chosen else 0
    if without:
        names = "・".join(sorted({name for wanted in chosen for name in wanted}))
        yield f"{names} がどの面にも合わない人が {without} 人います。その人には、その面を刷りません。"


def _fits(row: Row, wanted: Mapping[str, str]) -> bool:
    return all(row.get(column) == value for column, value in wanted.items())


def columns(form: schema.Form) -> set[str]:
    """The columns of a list that the form prints or goes by."""
    drawn = {item.column for side in form.sides for item in side.print_ if isinstance(item, items.PrintedColumn)}
    filled = {field.print_.column for field in form.fields.values() if field.print_.column}
    return drawn | filled | {column for side in form.sides for column in side.printed_for}
