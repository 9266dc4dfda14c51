"""Issued sheets: one PDF for the printer, its serials noted in the store before anybody can print it."""

from __future__ import annotations

import itertools
import os
import secrets
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from pipeline import returns
from pipeline.errors import UsageProblem
from pipeline.forms import Forms, items, schema, serial
from pipeline.forms import print as paper
from pipeline.forms.lists import Row
from pipeline.store import Store

ACTOR = "コマンド"


@dataclass(frozen=True)
class Run:
    """What was printed."""

    first: str  # serial
    last: str
    sheets: int


def blank(form: schema.Form, out: Path, forms: Forms) -> None:
    """Write the empty form; raises UsageProblem where it cannot be written."""
    with _written(out) as part:
        paper.blank(form, part, paper.tables(form, forms.list_folders))
    _put(part, out)


def issue(form: schema.Form, out: Path, forms: Forms, store: Store, rows: Sequence[Mapping[str, str]]) -> Run:
    """Write a sheet per row, each with a serial of its own, and note the serials as issued.

    The PDF lies whole on the disk before the serials are noted, and gets its name only afterwards: no sheet can be
    printed whose serial the store does not know.

    Raises:
        UsageProblem: `out` exists or cannot be written, or somebody printed the same form at the same time.
    """
    if out.exists():
        what = f"{out} はもうあります。"
        raise UsageProblem("out-exists", what, "刷った紙の控えを失わないよう、--out に別の名前を指定してください。")
    serials = list(itertools.islice(serial.following(returns.last(store, form.id)), len(rows)))
    with _written(out) as part, _bar("印刷の準備", len(serials)) as step:
        paper.sheets(form, part, serials, rows, paper.tables(form, forms.list_folders), step)
        _sync(part)
        returns.hand_out(store, form.key, serials, ACTOR)
    _put(part, out)
    return Run(serials[0], serials[-1], len(serials))


@contextmanager
def _written(out: Path) -> Iterator[Path]:
    """A file beside `out`, for its owner only, gone again if anything goes wrong."""
    part = out.with_name(f"{out.name}.{secrets.token_hex(4)}.part")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield part
    except OSError as error:
        part.unlink(missing_ok=True)
        raise _unwritable(out, error) from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _put(part: Path, out: Path) -> None:
    try:
        part.replace(out)
        _sync(out.parent)
    except OSError as error:
        what = f"PDF はできましたが、{out} という名前にできません（{error.strerror}）。"
        raise UsageProblem("out-unwritable", what, f"{part} にありますので、名前を変えて使ってください。") from error


def _unwritable(out: Path, error: OSError) -> UsageProblem:
    what = f"{out} に書き出せません（{error.strerror}）。"
    return UsageProblem("out-unwritable", what, "フォルダーがあるか、空きと権限があるかを確かめてください。")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


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
