"""How a corrected proposal reads, against the form that a person drew: `python tests/forms/propose_reading.py`.

Both forms lie on the same paper, without markers and codes, and read the same filled scans. A proposal is corrected
where `propose_score.edits` says so, and only there: those fields are taken from the form drawn by hand, all others
keep the boxes that were proposed. What the paper does not settle (ids, values, limits, lists) is the same in both.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
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
    """Fields read right, of all."""

    fields: int = 0
    right: int = 0

    def add(self, right: bool) -> None:
        """Count one field more."""
        self.fields += 1
        self.right += right


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


def score(form: schema.Form, page: model.Page, truth: dict[str, Any], tallies: dict[str, Tally]) -> None:
    """Read a page and count the fields that are right: marks, and everything else."""
    known = forms.Forms({form.key: form})
    found = [sheet for sheet in align.sheets(page, known) if sheet.form]
    readings = {one.field: one for one in read.sheet(crop.fields(found[0]))} if found else {}
    for name, true in truth.items():
        made = readings.get(name)
        kind = "marks" if getattr(form.fields[name], "options", None) else "writing"
        tallies[kind].add(made is not None and made.state == true["state"] and same(made.value, true["value"]))


def compared(form: schema.Form, side: schema.Side, sheet: paper.Sheet, known: forms.Forms, count: int) -> str:
    """One side's row: edits, fields, and how many either form reads right."""
    clean = propose_score.erased(sheet, side)
    by_hand = bare(form, side, clean.image)
    made, edits = corrected(side, propose_score.proposed(clean))
    drafted = bare(form, made, clean.image)
    tallies = {name: {"marks": Tally(), "writing": Tally()} for name in ("hand", "draft")}
    for page, truth in filled(by_hand, count, known.list_folders):
        score(by_hand, page, truth, tallies["hand"])
        score(drafted, page, truth, tallies["draft"])
    cells = [f"{form.id} {side.id}", str(edits)]
    for kind in ("marks", "writing"):
        hand, draft = tallies["hand"][kind], tallies["draft"][kind]
        cells += [str(hand.fields), str(hand.right), str(draft.right)]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=20, help="filled sheets of each side")
    options.add_argument("--only", default="", help="forms whose id holds this")
    options.add_argument("--picture", action="store_true", help="without the text layer")
    chosen = options.parse_args()
    cv2.setNumThreads(1)
    click.echo(
        "| side | edits | marks | by hand | proposed | writing | by hand | proposed |\n|---|---|---|---|---|---|---|---|"
    )
    with TemporaryDirectory() as name:
        known = forms.load([SHIPPED], Path(name))
        for form in (one for one in known.values() if chosen.only in one.id):
            for side, sheet in _with_fields(form, known):
                seen = replace(sheet, letters=()) if chosen.picture else sheet
                click.echo(compared(form, side, seen, known, chosen.count))


def _with_fields(form: schema.Form, known: forms.Forms) -> Iterator[tuple[schema.Side, paper.Sheet]]:
    path = known.file(form.key)
    drawn = paper.pages(path.with_name("blank.pdf"))[: len(form.sides)] if path else []
    return ((side, sheet) for side, sheet in zip(form.sides, drawn, strict=False) if side.fields)


if __name__ == "__main__":
    main()
