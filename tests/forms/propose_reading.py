"""How a corrected proposal reads, against the form that a person drew: `python tests/forms/propose_reading.py`.

Both forms lie on the same paper, without markers and codes, and read the same filled scans. A proposal is corrected
where `propose_score.edits` says so, and only there: those fields are taken from the form drawn by hand, all others
keep the boxes that were proposed. What the paper does not settle (ids, values, limits, lists) is the same in both.
Every field is read with both, so the two shares are paired: what counts is the fields that only one of them reads
right. They are named on stderr. The interval is that of Agresti and Min (Statistics in Medicine 24, 2005): Wald's for
the difference of paired shares, with half a field added to each of the four counts.
"""

from __future__ import annotations

import argparse
import math
import os
from collections.abc import Iterator
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import cv2
import numpy as np

from pipeline import align, crop, forms, geometry, model, read
from pipeline.bench.accuracy import same
from pipeline.forms import schema
from pipeline.forms.load import SHIPPED
from pipeline.forms.propose import sheet as paper
from samples import files, levels, pages, people, scan, sheets, values
from tests.forms import propose_score

PLACES = ("box", "cells", "era_boxes", "year", "month", "day")


@dataclass
class Tally:
    """Fields read with both forms: of all, how many either reads right, and how many only one of them."""

    fields: int = 0
    hand: int = 0
    draft: int = 0
    only_hand: int = 0
    only_draft: int = 0

    def add(self, hand: bool, draft: bool) -> None:
        """Count one field more."""
        self.fields += 1
        self.hand += hand
        self.draft += draft
        self.only_hand += hand and not draft
        self.only_draft += draft and not hand

    def plus(self, other: Tally) -> Tally:
        """Both together."""
        return Tally(*(one + two for one, two in zip(astuple(self), astuple(other), strict=True)))

    def difference(self) -> tuple[float, float, float]:
        """How much more the proposal reads right, in points, and the ends of the 95 % interval."""
        worse, better, fields = self.only_hand + 0.5, self.only_draft + 0.5, self.fields + 2
        middle = (better - worse) / fields
        half = 1.96 * math.sqrt(max(better + worse - (better - worse) ** 2 / fields, 0)) / fields
        apart = (self.draft - self.hand) / max(self.fields, 1)
        return 100 * apart, 100 * (middle - half), 100 * (middle + half)


def bare(form: schema.Form, side: schema.Side, image: geometry.Grey) -> schema.Form:
    """The form as one side of paper with nothing printed for us, whose blank is `image`."""
    made = side.model_copy(update={"markers": None, "code": [], "print_": []})
    made.attach(lambda: image)
    return form.model_copy(update={"sides": [made], "derived": [], "checks": []})


def corrected(drawn: schema.Side, made: schema.Side) -> tuple[schema.Side, int]:
    """The proposal after the edits that it needs, under the names of the drawn form; how many edits."""
    edits = propose_score.edits(drawn, made)
    wrong = {edit.split()[1 if edit.startswith(("add", "delete")) else -1] for edit in edits}
    fields = [field if field.id in wrong else _proposed(field, made) for field in drawn.fields]
    side = drawn.model_copy(update={"fields": fields})
    return side, len(edits)


def _proposed(field: schema.Field, made: schema.Side) -> schema.Field:
    """The drawn field with the boxes of its proposal."""
    twin = max(made.fields, key=lambda other: propose_score._common(field, other))
    change: dict[str, Any] = {
        name: getattr(twin, name) for name in PLACES if hasattr(field, name) and hasattr(twin, name)
    }
    options = getattr(field, "options", None)
    if options:
        near = [
            min(twin.boxes().values(), key=lambda box: propose_score.middles_mm(option.box, box)) for option in options
        ]
        change = {
            "options": [option.model_copy(update={"box": box}) for option, box in zip(options, near, strict=True)]
        }
    return field.model_copy(update=change)


def filled(form: schema.Form, count: int, folders: tuple[Path, ...]) -> Iterator[tuple[model.Page, dict[str, Any]]]:
    """Filled scans of the form's only side, and what is true of each field."""
    bounds = levels.load().levels["office"]
    for n in range(count):
        rng = np.random.default_rng([41, n])
        how = scan.conditions(bounds, "test", rng)
        content = values.sheet_for(form, rng, folders)
        writers = people.writer("test", rng), people.writer("test", rng)
        sheet = sheets.Sheet(n, form, None, "pdf", rng)
        page = pages.single(sheets.draw(sheet, form.sides[0], how, (writers, content)), how, bounds, rng)
        jpeg = np.frombuffer(files.jpeg(page), np.uint8)
        image = page.image if page.mode == "bilevel" else cv2.imdecode(jpeg, cv2.IMREAD_GRAYSCALE)
        yield model.Page("scan", "0" * 64, n + 1, np.asarray(image, np.uint8), page.dpi[0]), page.sheets[0]["fields"]


def readings(form: schema.Form, page: model.Page) -> dict[str, model.Reading]:
    """What a form reads on a page, by field; nothing when the page is not recognised."""
    found = [sheet for sheet in align.sheets(page, forms.Forms({form.key: form})) if sheet.form]
    return {one.field: one for one in read.sheet(crop.fields(found[0]))} if found else {}


def score(by_hand: schema.Form, drafted: schema.Form, page: model.Page, truth: dict[str, Any]) -> tuple[Tally, Tally]:
    """Read a page with both forms: marks, and everything else."""
    marks, writing = Tally(), Tally()
    hand, draft = readings(by_hand, page), readings(drafted, page)
    for name, true in truth.items():
        right = [_right(made.get(name), true) for made in (hand, draft)]
        (marks if getattr(by_hand.fields[name], "options", None) else writing).add(*right)
        if right[0] != right[1]:
            told = [f"{one.get(name) and (one[name].state, one[name].value)}" for one in (hand, draft)]
            which = "drawn" if right[0] else "proposed"
            click.echo(f"  only {which}: sheet {page.number} {name}: {' / '.join(told)} / {true['value']}", err=True)
    return marks, writing


def _right(made: model.Reading | None, true: dict[str, Any]) -> bool:
    return made is not None and made.state == true["state"] and bool(same(made.value, true["value"]))


def compared(
    form: schema.Form, side: schema.Side, sheet: paper.Sheet, known: forms.Forms, count: int
) -> tuple[int, Tally, Tally]:
    """One side: edits, and what marks and writing come to."""
    clean = propose_score.erased(sheet, side)
    by_hand = bare(form, side, clean.image)
    made, edits = corrected(side, propose_score.proposed(clean))
    drafted = bare(form, made, clean.image)
    marks, writing = Tally(), Tally()
    for page, truth in filled(by_hand, count, known.list_folders):
        both = score(by_hand, drafted, page, truth)
        marks, writing = marks.plus(both[0]), writing.plus(both[1])
    return edits, marks, writing


def row(name: str, edits: int, marks: Tally, writing: Tally) -> str:
    """A line of the table."""
    cells = [name, str(edits)]
    for one in (marks, writing):
        cells += [str(one.fields), str(one.hand), str(one.draft)]
    apart, low, high = marks.plus(writing).difference()
    return f"| {' | '.join(cells)} | {apart:+.2f} ({low:+.2f} … {high:+.2f}) |"


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=20, help="filled sheets of each side")
    options.add_argument("--only", default="", help="forms whose id holds this")
    options.add_argument("--picture", action="store_true", help="without the text layer")
    chosen = options.parse_args()
    cv2.setNumThreads(1)
    click.echo("| side | edits | marks | by hand | proposed | writing | by hand | proposed | difference, points |")
    click.echo("|---|---|---|---|---|---|---|---|---|")
    edits, marks, writing = 0, Tally(), Tally()
    with TemporaryDirectory() as name:
        known = forms.load([SHIPPED], Path(name))
        for form in (one for one in known.values() if chosen.only in one.id):
            for side, sheet in _with_fields(form, known):
                seen = replace(sheet, letters=()) if chosen.picture else sheet
                found = compared(form, side, seen, known, chosen.count)
                click.echo(row(f"{form.id} {side.id}", *found))
                edits, marks, writing = edits + found[0], marks.plus(found[1]), writing.plus(found[2])
    click.echo(row("all", edits, marks, writing))
    spent = os.times()
    click.echo(f"{sum(spent[:4]):.0f} s of processor time", err=True)


def _with_fields(form: schema.Form, known: forms.Forms) -> Iterator[tuple[schema.Side, paper.Sheet]]:
    path = known.file(form.key)
    drawn = paper.pages(path.with_name("blank.pdf"))[: len(form.sides)] if path else []
    return ((side, sheet) for side, sheet in zip(form.sides, drawn, strict=False) if side.fields)


if __name__ == "__main__":
    main()
