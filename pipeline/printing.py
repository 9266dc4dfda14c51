"""Issued sheets: one PDF for the printer, its serials noted in the store before anybody can print it."""

from __future__ import annotations

import itertools
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from pipeline import errors, geometry, returns
from pipeline.errors import UsageProblem
from pipeline.forms import Forms, draw, schema, serial
from pipeline.forms import print as paper
from pipeline.forms.pen import Pen
from pipeline.store import Store

# What a list of activities says beside each of them → the role of the field that it fills.
OF_ACTIVITY = {"時間": "time", "曜日": "time", "場所": "place", "内容": "content"}
# Columns of an office's list that say to whom a sheet goes.
DISTRICT, NUMBERS = "地区", ("対象者番号", "宛名番号")
Step = Callable[[int, int], None]


@dataclass(frozen=True)
class Run:
    """What was printed."""

    first: str  # serial
    last: str
    sheets: int


@dataclass(frozen=True)
class Wanted:
    """One sheet that is to be printed."""

    row: Mapping[str, str] = field(default_factory=dict)  # column of the office's list → what it says
    to: returns.Addressed = returns.serials.NOBODY


def of_list(rows: Sequence[Mapping[str, str]], run: str, office: str = "") -> list[Wanted]:
    """A sheet per row of an office's list, with the district and the number of the person where it has them."""
    return [Wanted(row, _addressed(row, run, office)) for row in rows]


def _addressed(row: Mapping[str, str], run: str, office: str) -> returns.Addressed:
    number = next((row[name] for name in NUMBERS if row.get(name)), "")
    return returns.Addressed(run, row.get(DISTRICT, ""), office, number)


@dataclass(frozen=True)
class Office:
    """Where something is printed, and by whom."""

    store: Store
    forms: Forms
    actor: str


def issue(form: schema.Form, out: Path, at: Office, wanted: Sequence[Wanted], step: Step | None = None) -> Run:
    """Write a sheet each, with a serial of its own, and note the serials as issued.

    The PDF lies whole on the disk before the serials are noted, and gets its name only afterwards: no sheet can be
    printed whose serial the store does not know.

    Args:
        form: what to print.
        out: the PDF to write.
        at: the open store, the forms with their lists, and who prints.
        wanted: what each sheet says, and to whom it goes.
        step: called with (done, of) after each sheet.

    Raises:
        UsageProblem: `out` exists or cannot be written, or somebody printed the same form at the same time.
    """
    if out.exists():
        what = f"{out} はもうあります。"
        raise UsageProblem("out-exists", what, "刷った紙の控えを失わないよう、--out に別の名前を指定してください。")
    serials = list(itertools.islice(serial.following(returns.last(at.store, form.id)), len(wanted)))
    with written(out) as part:
        rows = [one.row for one in wanted]
        paper.sheets(form, part, serials, rows, paper.tables(form, at.forms.list_folders), step)
        _sync(part)
        returns.hand_out(at.store, form.key, serials, at.actor, [one.to for one in wanted])
    put(part, out)
    return Run(serials[0], serials[-1], len(serials))


# ── from a case


def row(form: schema.Form, known: Mapping[str, str]) -> dict[str, str]:
    """What is known by role, under the columns that the form prints."""
    told = ((one.print_.column, known.get(one.role or "", "")) for one in form.fields.values())
    return {column: text for column, text in told if column and text}


def reply_to(notice: schema.Form, number: str, name: str) -> dict[str, str]:
    """What is known when a notice is answered, by role.

    Args:
        notice: the form of what is answered.
        number: its serial.
        name: of the person; "" when nobody vouched for it yet.
    """
    figures = number[:-1] if serial.valid(number) else ""
    return {"answers": figures, "answers-code": draw.payload(notice, notice.sides[0], number), "name": name}


def ticket_for(forms: Forms, listed: str, activity: str, name: str) -> dict[str, str]:
    """What a ticket says of an activity out of a list, and of a person, by role.

    Raises:
        UsageProblem: the list has no such activity.
    """
    rows = forms.listing(listed).rows
    found = next((one for one in rows if one["value"] == activity), None)
    if found is None:
        raise UsageProblem("activity-unknown", f"一覧に「{activity}」はありません。", "一覧から選んでください。")
    told = {role: found[column] for column, role in OF_ACTIVITY.items() if found.get(column)}
    return {**told, "activity": activity, "name": name}


@dataclass(frozen=True)
class Listed:
    """A list for the printer: a title, a line of explanation, headings with their widths in mm, rows."""

    title: str
    about: str
    heads: Mapping[str, float]
    rows: Sequence[Sequence[str]]


A4 = (210.0, 297.0)  # mm
LEFT, TOP, ROW, BOTTOM = 15.0, 34.0, 8.0, 282.0  # mm


def listing(out: Path, told: Listed) -> None:
    """Write a list as PDF, its headings on every page."""
    pen = Pen(out, told.title)
    room = int((BOTTOM - TOP) / ROW) - 1
    pages = [told.rows[start : start + room] for start in range(0, max(len(told.rows), 1), room)]
    for n, rows in enumerate(pages, 1):
        pen.page(*A4)
        pen.text(told.title, (LEFT, 14), 15, bold=True)
        pen.text(told.about, (LEFT, 23), 9)
        pen.text(f"{n} / {len(pages)}", (A4[0] - LEFT, 290), 9, align="right")
        for place, cells in enumerate([list(told.heads), *rows]):
            _line(pen, told, cells, TOP + place * ROW, place == 0)
    pen.close()


def _line(pen: Pen, told: Listed, cells: Sequence[str], top: float, head: bool) -> None:
    x = LEFT
    for text, width in zip(cells, told.heads.values(), strict=True):
        box = geometry.Box(x, top, width, ROW)
        pen.rect(box, 0.15, fill=0.1 if head else None)
        draw.fitted(pen, text, box, 9)
        x += width


# ── files


@contextmanager
def written(out: Path) -> Iterator[Path]:
    """A file beside `out`, for its owner only, gone again if anything goes wrong; raises UsageProblem."""
    part = out.with_name(f"{out.name}.{secrets.token_hex(4)}.part")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield part
    except BaseException as error:
        with suppress(OSError):
            part.unlink()
        if isinstance(error, OSError):
            raise _unwritable(out, error) from error
        raise


def put(part: Path, out: Path) -> None:
    """Give a finished file its name; raises UsageProblem that says where it lies."""
    try:
        part.replace(out)
        _sync(out.parent)
    except OSError as error:
        what = f"PDF はできましたが、{out} という名前にできません（{errors.reason(error)}）。"
        raise UsageProblem("out-unwritable", what, f"{part} にありますので、名前を変えて使ってください。") from error


def _unwritable(out: Path, error: OSError) -> UsageProblem:
    what = f"{out} に書き出せません（{errors.reason(error)}）。"
    return UsageProblem("out-unwritable", what, "フォルダーがあるか、空きと権限があるかを確かめてください。")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
