"""Whether the code of every issued sheet survives paper and scanner: run `make bench-serials`.

Serials are printed in one run, as the office does it; each sheet is drawn as the printer would, scanned under the
effects of a level (`samples/levels.yaml`), and its code is read with what `yomitori read` reads codes with.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import cv2
import numpy as np
from tqdm import tqdm

from pipeline import forms, geometry, model
from pipeline.align import codes, markers, pixels
from pipeline.align import scan as scan_
from pipeline.forms import print as paper
from pipeline.forms import schema, serial
from pipeline.forms.load import SHIPPED
from pipeline.programs import poppler
from samples import files, ink, levels, pages, scan


@dataclass(frozen=True)
class Outcome:
    """What came of one sheet's code."""

    serial: str
    read: str | None  # what the code says
    how: str  # what the scanner did, for a sheet that was not read

    @property
    def right(self) -> bool:
        """Whether the very serial was read."""
        return self.read == self.serial


def printed(form: schema.Form, known: forms.Forms, count: int, out: Path) -> list[str]:
    """Issue `count` sheets in one run, with a progress bar; their serials."""
    serials = list(itertools.islice(serial.following(0), count))
    with tqdm(total=count, desc="print", unit="sheet", file=sys.stderr) as bar:

        def step(done: int, _of: int) -> None:
            bar.update(done - bar.n)

        paper.sheets(form, out, serials, shown=paper.tables(form, known.list_folders), progress=step)
    return serials


def scanned(pdf: Path, number: int, form: schema.Form, level: str) -> tuple[model.Page, scan.Conditions]:
    """Page `number` of the printed PDF after one pass through a scanner, its picture as the scanner's file holds it."""
    bounds, rng = levels.load().levels[level], np.random.default_rng([7, number])
    how = scan.conditions(bounds, "test", rng)
    grey = poppler.page(pdf, number, dpi=geometry.BLANK_DPI, timeout=600)
    image = cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR) if how.mode == "colour" else grey
    canvas = ink.Canvas(np.asarray(image, dtype=np.uint8), geometry.BLANK_PX_PER_MM)
    page = pages.single(pages.Filled(form, form.sides[0], None, canvas, {}, number), how, bounds, rng)
    taken = page.image if page.mode == "bilevel" else cv2.imdecode(np.frombuffer(files.jpeg(page), np.uint8), 0)
    return model.Page("scan", "0" * 64, number, np.asarray(taken, dtype=np.uint8), page.dpi[0]), how


def outcomes(
    form: schema.Form, known: forms.Forms, count: int, level: str = "hard", skip: int = 0
) -> Iterator[Outcome]:
    """Print `count` sheets, then scan and read them all, or those after the first `skip`."""
    with TemporaryDirectory() as name:
        pdf = Path(name) / "issued.pdf"
        sides = len([side for side in form.sides if not side.printed_for])
        for n, wanted in list(enumerate(printed(form, known, count, pdf)))[skip:]:
            page, how = scanned(pdf, n * sides + 1, form, level)
            yield Outcome(wanted, read(page.image, form), f"{how}")


def read(image: geometry.Grey, form: schema.Form) -> str | None:
    """The serial that the page's code says; a fax's pixels are made square first, as when a page is read."""
    sides = [(form, side) for side in form.sides]
    by = pixels.stretch(image, sides)
    for picture in (image, *([pixels.stretched(image, by)] if by else ())):
        steps = scan_.pyramid(picture)
        found = [code.serial for code in codes.read(steps, markers.panels(steps, sides)) if code.serial]
        if found:
            return found[0]
    return None


def main() -> None:
    """Print how many were read, and what was done to the others."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--form", default="renrakuhyo-1")
    options.add_argument("--count", type=int, default=1000)
    options.add_argument("--level", default="hard")
    options.add_argument("--skip", type=int, default=0, help="sheets that were read before")
    chosen = options.parse_args()
    cv2.setNumThreads(1)
    start = time.monotonic()
    with TemporaryDirectory() as name:
        known = forms.load([SHIPPED], Path(name))
        form = next(one for one in known.values() if one.id == chosen.form)
        every = outcomes(form, known, chosen.count, chosen.level, chosen.skip)
        found = []
        for one in tqdm(every, total=chosen.count - chosen.skip, desc="read", unit="sheet", file=sys.stderr):
            found.append(one)
            if not one.right:
                click.echo(f"{one.serial}: read {one.read}; {one.how}")
    right, wrong = sum(one.right for one in found), sum(one.read is not None and not one.right for one in found)
    click.echo(f"{right} of {len(found)} read ({100 * right / len(found):.2f} %), {wrong} wrong, level {chosen.level}")
    click.echo(f"{time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
