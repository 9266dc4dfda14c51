"""How near a proposal comes to the form that a person drew: run `python tests/forms/propose_score.py`.

Every shipped blank is proposed with its markers and codes painted white, once with its text layer and, with
`--picture`, once as a mere picture. A box counts as found within 0.5 mm: all four edges where the paper prints
them (tick boxes, figures' cells, table cells), the middle where the box around a printed figure or word is the
author's choice. Room without printed edges (behind a label, over a line) counts when it covers 70 % of both.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from pipeline import forms, geometry
from pipeline.forms import check, places, propose, schema
from pipeline.forms.load import SHIPPED, read_file
from pipeline.forms.propose import sheet as paper

NEAR_MM = 0.5
SAME_ROOM = 0.7
ERASE_MM = 0.6
MARKS = ("option", "era")


@dataclass
class Score:
    """What was found on one side."""

    name: str
    boxes: int = 0  # option marks and cells with printed edges or words
    found: int = 0
    proposed: int = 0
    false: int = 0
    rooms: int = 0  # room without printed edges
    rooms_found: int = 0
    edits: list[str] = field(default_factory=list)


def erased(sheet: paper.Sheet, side: schema.Side) -> paper.Sheet:
    """The sheet without markers and codes."""
    image = sheet.image.copy()
    squares = [places.square(side.markers, marker) for marker in side.markers.at] if side.markers else []
    for box in [*squares, *(code.box for code in side.code)]:
        propose.ink.cut(image, box.grown(ERASE_MM))[:] = 255
    return replace(sheet, image=image)


def edges_mm(a: geometry.Box, b: geometry.Box) -> float:
    """The largest distance between the edges of two boxes."""
    pairs = ((a.x, b.x), (a.y, b.y), (a.x + a.w, b.x + b.w), (a.y + a.h, b.y + b.h))
    return max(abs(one - other) for one, other in pairs)


def middles_mm(a: geometry.Box, b: geometry.Box) -> float:
    """How far apart the middles of two boxes are, along the worse axis."""
    return float(abs(a.center() - b.center()).max())


def shared(a: geometry.Box, b: geometry.Box) -> float:
    """The shared part of two boxes: intersection over union."""
    both = a.overlap(b)
    return both / (a.w * a.h + b.w * b.h - both)


def is_room(name: str, drawn: schema.Field) -> bool:
    """Whether a box may be mere room: words, or the gap before 年, 月 and 日 that has no cells."""
    return drawn.kind == "text" or (drawn.kind == "date" and name in ("year", "month", "day"))


def same(name: str, drawn: schema.Field, a: geometry.Box, b: geometry.Box) -> bool:
    """Whether a proposed box is the one that a person drew."""
    if is_room(name, drawn):
        return edges_mm(a, b) <= NEAR_MM or shared(a, b) >= SAME_ROOM
    circled = name.startswith("era") or (name.startswith("option") and getattr(drawn, "mark", "") == "circle")
    return (middles_mm if circled else edges_mm)(a, b) <= NEAR_MM


def score(name: str, drawn: schema.Side, made: schema.Side) -> Score:
    """Compare two sides."""
    result = Score(name)
    theirs = [(part, box) for other in made.fields for part, box in other.boxes().items()]
    matched: set[tuple[str, geometry.Box]] = set()
    for one in drawn.fields:
        for part, box in one.boxes().items():
            hits = [entry for entry in theirs if same(part, one, box, entry[1])]
            exact = any(edges_mm(box, entry[1]) <= NEAR_MM for entry in hits)
            room = is_room(part, one) and not exact
            matched |= set(hits)
            result.rooms += room
            result.rooms_found += room and bool(hits)
            result.boxes += not room
            result.found += bool(hits) and not room
    result.proposed = len(theirs)
    result.false = len(theirs) - len(matched)
    result.edits = list(edits(drawn, made))
    return result


def edits(drawn: schema.Side, made: schema.Side) -> list[str]:
    """What a person must do in the editor so that both read the same: add, delete, retype, split, redraw."""
    said, used = [], set()
    for one in drawn.fields:
        twin = max(made.fields, key=lambda other: _common(one, other), default=None)
        if twin is None or not _common(one, twin) or twin.id in used:
            said.append(f"add {one.id}")
            continue
        used.add(twin.id)
        said += [f"{what} {one.id}" for what in _differences(one, twin)]
    said += [f"delete {other.id} {other.label}" for other in made.fields if other.id not in used]
    return said


def _common(one: schema.Field, other: schema.Field) -> int:
    return sum(any(same(part, one, box, b) for b in other.boxes().values()) for part, box in one.boxes().items())


def _differences(one: schema.Field, other: schema.Field) -> list[str]:
    said = [] if one.kind == other.kind else [f"retype {other.kind}→{one.kind}"]
    if len(one.boxes()) != len(other.boxes()) or _common(one, other) != len(one.boxes()):
        said.append("redraw")
    if getattr(one, "multiple", False) != getattr(other, "multiple", False):
        said.append("multiple")
    if isinstance(one, schema.Score) and isinstance(other, schema.Score):
        values = [[option.value for option in field.options] for field in (one, other)]
        said += [] if values[0] == values[1] else ["values"]
    if isinstance(one, schema.Date) and isinstance(other, schema.Date) and one.eras != other.eras:
        said.append("eras")
    return said


def shipped(picture: bool, only: str = "") -> list[Score]:
    """Scores of every shipped side with fields."""
    found = []
    for folder in sorted(path.parent for path in SHIPPED.glob("*/form.yaml")):
        form = read_file(folder / "form.yaml")
        if only and only not in form.id:
            continue
        # Sides without fields are covers: one more page each, nothing to find.
        sheets = paper.pages(folder / "blank.pdf")[: len(form.sides)]
        for side, sheet in zip(form.sides, sheets, strict=False):
            if side.fields:
                bare = erased(sheet, side)
                made = proposed(replace(bare, letters=()) if picture else bare)
                found.append(score(f"{form.id} {side.id}", side, made))
    return found


def proposed(sheet: paper.Sheet) -> schema.Side:
    """The side that is proposed for a sheet, as its form file says it; the file must pass the check."""
    proposal = propose.of_sheets([sheet], "draft")
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "form.yaml").write_text(proposal.yaml, "utf-8")
        (folder / "blank.pdf").write_bytes(proposal.blank())
        wrong = [mistake for mistake in check.check(folder / "form.yaml") if mistake.level == "error"]
        if wrong:
            raise SystemExit(str(wrong[0]))
        made: forms.schema.Form = read_file(folder / "form.yaml")
    return made.sides[0]


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--picture", action="store_true", help="without the text layer")
    options.add_argument("--only", default="", help="forms whose id holds this")
    options.add_argument("--edits", action="store_true", help="name every edit")
    chosen = options.parse_args()
    table(shipped(chosen.picture, chosen.only), chosen.edits)


def table(scores: list[Score], with_edits: bool) -> None:
    """Print a row for each side and one for all, and, if wanted, every edit."""
    click.echo("| side | marks and cells | found | false | rooms | found | edits |\n|---|---|---|---|---|---|---|")
    for one in [*scores, _sum(scores)]:
        right, wrong = 100 * one.found / max(one.boxes, 1), 100 * one.false / max(one.proposed, 1)
        rooms = f"{one.rooms} | {one.rooms_found}"
        click.echo(f"| {one.name} | {one.boxes} | {right:.1f} % | {wrong:.1f} % | {rooms} | {len(one.edits)} |")
        if with_edits and one in scores:
            click.echo("".join(f"    {edit}\n" for edit in one.edits), nl=False)


def _sum(scores: list[Score]) -> Score:
    whole = Score("all")
    for one in scores:
        for key in ("boxes", "found", "proposed", "false", "rooms", "rooms_found"):
            setattr(whole, key, getattr(whole, key) + getattr(one, key))
        whole.edits += one.edits
    return whole


if __name__ == "__main__":
    main()
