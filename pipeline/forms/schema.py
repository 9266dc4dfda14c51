"""The form file as pydantic models: contract 1 of the design, millimetres throughout."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Discriminator, PrivateAttr, model_validator
from pydantic import Field as Key

from pipeline import geometry
from pipeline.forms import items, lists
from pipeline.forms.parts import Box, Part, Point, box_of, cell_boxes, natural

Scalar: TypeAlias = int | float | str
Mark: TypeAlias = Literal["circle", "check", "fill"]


Double: TypeAlias = Literal["none", "critical"] | Annotated[float, Key(gt=0, lt=1)]


class Option(Part):
    """One answer that can be marked."""

    value: Scalar | bool
    label: str = ""
    box: Box


class Number(Part):
    """What a figure must obey."""

    decimals: int = Key(0, ge=0, le=6)
    min: float | None = None
    max: float | None = None
    unit: str = ""


class Other(Part):
    """The option whose wording stands in a text field of its own."""

    option: Scalar
    field: str


class Condition(Part):
    """A condition on another field; all keys given must hold."""

    field: str
    is_: Scalar | bool | None = Key(None, alias="is")
    in_: list[Scalar] | None = Key(None, alias="in")
    includes: Scalar | None = None
    at_least: float | None = None
    at_most: float | None = None


class Cells(Part):
    """A ruled box with a number of equal cells."""

    box: Box
    cells: int | list[Box] | None = None


def _date_part(raw: object) -> object:
    """A box, a list of boxes, or a box with cells: all become Cells."""
    if isinstance(raw, (list, tuple)) and raw and isinstance(raw[0], (list, tuple)):
        boxes = [box_of(r) for r in raw]
        return {"box": list(geometry.union(boxes)), "cells": [list(b) for b in boxes]}
    if isinstance(raw, (list, tuple)):
        return {"box": raw}
    return raw


DatePart = Annotated[Cells, BeforeValidator(_date_part, json_schema_input_type=Cells | list[float] | list[list[float]])]


class FieldBase(Part):
    """What every field has."""

    id: str = Key(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")
    label: str = ""
    required: bool = False
    role: str | None = None
    personal: bool = False
    only_if: Condition | None = None
    double: Double = "none"  # whether a second person must enter what a person settled: always, or for that share
    print_: items.FieldPrint = Key(default_factory=items.FieldPrint, alias="print")

    def boxes(self) -> dict[str, geometry.Box]:
        """Every box of the field in mm, by the name of its part, in reading order."""
        raise TypeError(type(self).__name__)

    @property
    def name(self) -> str:
        """What people call the field."""
        return self.label or self.id


class Choice(FieldBase):
    """Options of which one (or several) is marked."""

    kind: Literal["choice"]
    mark: Mark = "check"
    options: list[Option] = Key(min_length=1)
    multiple: bool = False
    other: Other | None = None

    def boxes(self) -> dict[str, geometry.Box]:
        """A box per option, named by its place (`option-0` …)."""
        return {f"option-{n}": option.box for n, option in enumerate(self.options)}


class Score(FieldBase):
    """A figure on a scale: options that are marked, or one box to write it in."""

    kind: Literal["score"]
    mark: Mark = "circle"
    options: list[Option] = Key(default_factory=list)
    box: Box | None = None
    values: list[int] = Key(default_factory=list)

    @model_validator(mode="after")
    def _one_way(self) -> Score:
        if bool(self.options) == (self.box is not None):
            raise ValueError(
                "score には options（印を付ける選択肢）か、box と values（数を書く枠）のどちらか一方を書きます。"
            )
        if self.box is not None and not self.values:
            raise ValueError("数を書く枠には、書いてよい数が要ります。例: values: [1, 2, 3, 4]")
        return self

    def boxes(self) -> dict[str, geometry.Box]:
        """A box per option (`option-0` …), or the `box` it is written in."""
        if self.box is not None:
            return {"box": self.box}
        return {f"option-{n}": option.box for n, option in enumerate(self.options)}


class Digits(FieldBase):
    """A figure or a number such as a telephone's."""

    kind: Literal["digits"]
    box: Box | None = None
    cells: int | list[Box] | None = None
    pattern: str | None = None
    number: Number | None = None

    @model_validator(mode="after")
    def _has_place(self) -> Digits:
        if self.box is None and not isinstance(self.cells, list):
            raise ValueError("digits には box（枠）か、cells に枠の並びが要ります。")
        return self

    def boxes(self) -> dict[str, geometry.Box]:
        """A box per cell (`0`, `1`, …), or the whole `box`."""
        return cell_boxes(self.box or geometry.Box(0, 0, 1, 1), self.cells)


class Date(FieldBase):
    """A date: in parts with eras, or in one box."""

    kind: Literal["date"]
    eras: list[str] = Key(default_factory=list)
    era_boxes: dict[str, Box] = Key(default_factory=dict)
    year: DatePart | None = None
    month: DatePart | None = None
    day: DatePart | None = None
    box: Box | None = None
    cells: int | list[Box] | None = None
    future: bool = False  # whether a day to come may be meant, such as a next appointment

    @model_validator(mode="after")
    def _has_place(self) -> Date:
        parts = [self.year, self.month, self.day]
        if self.box is None and not isinstance(self.cells, list) and any(p is None for p in parts):
            raise ValueError("date には year・month・day の枠か、box（一つの枠）が要ります。")
        return self

    def boxes(self) -> dict[str, geometry.Box]:
        """`era-令和` …, then `year`/`month`/`day` (with `-0`, `-1` … per cell), or the one `box` or its cells."""
        if self.year is None or self.month is None or self.day is None:
            return cell_boxes(self.box or geometry.Box(0, 0, 1, 1), self.cells)
        found = {f"era-{name}": box for name, box in self.era_boxes.items()}
        for name, part in (("year", self.year), ("month", self.month), ("day", self.day)):
            cells = cell_boxes(part.box, part.cells)
            found.update({name if key == "box" else f"{name}-{key}": box for key, box in cells.items()})
        return found


class Text(FieldBase):
    """Words, printed or by hand."""

    kind: Literal["text"]
    box: Box
    script: Literal["printed", "handwritten"] = "handwritten"
    list_: str | None = Key(None, alias="list")
    lines: int | None = Key(None, ge=1)
    _listing: Callable[[], lists.Listing] | None = PrivateAttr(None)

    @property
    def listing(self) -> lists.Listing | None:
        """The list that its values come from, as it stands now; None when the field has none."""
        return self._listing() if self._listing else None

    def attach(self, listing: Callable[[], lists.Listing]) -> None:
        """Tell the field where its list is; once, by the loader."""
        self._listing = listing

    def boxes(self) -> dict[str, geometry.Box]:
        """The one `box`."""
        return {"box": self.box}


class Presence(FieldBase):
    """Whether something is there: a seal, a signature."""

    kind: Literal["presence"]
    box: Box

    def boxes(self) -> dict[str, geometry.Box]:
        """The one `box`."""
        return {"box": self.box}


class Code(FieldBase):
    """A QR or bar code that is a field."""

    kind: Literal["code"]
    box: Box

    def boxes(self) -> dict[str, geometry.Box]:
        """The one `box`."""
        return {"box": self.box}


Field = Annotated[Choice | Score | Digits | Date | Text | Presence | Code, Discriminator("kind")]


class Paper(Part):
    """Size of the side in mm."""

    width: float = Key(gt=0, le=2000)
    height: float = Key(gt=0, le=2000)


class Panel(Part):
    """A rigid piece of paper between the folds."""

    id: str
    box: Box


class Marker(Part):
    """One printed fiducial."""

    id: int = Key(ge=0)
    center: Point


class Markers(Part):
    """Printed fiducials (OpenCV ArUco)."""

    dictionary: str = "DICT_4X4_50"
    size: float = Key(7, gt=0)
    at: list[Marker] = Key(default_factory=list)


class PrintedCode(Part):
    """Where a panel's own QR is printed."""

    panel: str
    kind: Literal["qr"] = "qr"
    box: Box  # the symbol and its white margin
    serial: Point | None = None  # where the serial stands in figures (middle of the line); below the box if left out


class Side(Part):
    """One printed side of the paper."""

    id: str = Key(pattern=r"^[^/\s]{1,40}$")  # stands between slashes in the QR
    paper: Paper
    panels: list[Panel] = Key(min_length=1)
    markers: Markers | None = None
    code: list[PrintedCode] = Key(default_factory=list)
    printed_for: dict[str, str] = Key(
        default_factory=dict
    )  # column of the office's list → the value that wants this side
    print_: list[items.Item] = Key(default_factory=list, alias="print")
    fields: list[Field] = Key(default_factory=list)
    _fetch: Callable[[], geometry.Grey] | None = PrivateAttr(None)
    _printed: str = PrivateAttr("")

    @property
    def blank(self) -> geometry.Grey:
        """The empty page in grey at 300 dpi, shape (height, width), fetched when first asked for.

        Raises:
            ValueError: none was attached.
            FileRefused: the blank's PDF cannot be drawn.
        """
        if self._fetch is None:
            raise ValueError(f"side {self.id} has no blank")
        return self._fetch()

    def attach(self, fetch: Callable[[], geometry.Grey], printed: str = "", kept: bool = True) -> None:
        """Say where the side's empty page comes from, in place of any before (a copied side brings its own).

        Args:
            fetch: draws it.
            printed: names the very print: two sides of the same name cannot be told apart on paper.
            kept: whether the page stays in memory (an A3 side takes 17 MB); False where fetching it costs nothing.
        """
        self._fetch, self._printed = functools.cache(fetch) if kept else fetch, printed

    def printed_like(self, other: Side) -> bool:
        """Whether both have the very same blank page."""
        return bool(self._printed) and self._printed == other._printed

    def panel_of(self, box: geometry.Box) -> Panel:
        """The panel that holds most of `box`."""
        return max(self.panels, key=lambda panel: panel.box.overlap(box))


class Derived(Part):
    """A value worked out from others; empty unless every item it needs counts."""

    id: str
    label: str = ""
    sum: list[str] | None = None
    all: list[Condition] | None = None
    any: list[Condition] | None = None
    role: str | None = None

    @model_validator(mode="after")
    def _one_rule(self) -> Derived:
        if sum(rule is not None for rule in (self.sum, self.all, self.any)) != 1:
            raise ValueError("derived には sum・all・any のどれか一つだけを書きます。")
        return self


class Check(Part):
    """A rule between fields; a breach is a finding with `message`."""

    id: str
    equal: list[str] | None = None
    order: list[str] | None = None
    message: str

    @model_validator(mode="after")
    def _one_rule(self) -> Check:
        if sum(rule is not None for rule in (self.equal, self.order)) != 1:
            raise ValueError("checks には equal・order のどちらか一つだけを書きます。")
        return self


class Form(Part):
    """A whole form file."""

    schema_: Literal[1] = Key(alias="schema")
    id: str = Key(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    version: str = Key(pattern=r"^[^/\s]{1,20}$")  # stands between slashes in the QR
    title: str
    fictional: bool = False
    retired: bool = False
    purpose: Literal["path", "notice", "reply", "ticket", "survey"] = "survey"
    priority: int = 5
    sides: list[Side] = Key(min_length=1)
    derived: list[Derived] = Key(default_factory=list)
    checks: list[Check] = Key(default_factory=list)

    @property
    def key(self) -> tuple[str, str]:
        """Id and version."""
        return self.id, self.version

    @property
    def newness(self) -> tuple[bool, list[tuple[int, str]]]:
        """Orders versions of one id: those in use after retired ones, 2026.10 after 2026.9."""
        return not self.retired, natural(self.version)

    @property
    def fields(self) -> dict[str, Field]:
        """All fields of all sides by id, in paper order."""
        return {field.id: field for side in self.sides for field in side.fields}

    def side(self, side_id: str) -> Side:
        """The side of that id; raises KeyError when there is none."""
        return next((side for side in self.sides if side.id == side_id), None) or _missing(side_id)

    def side_of(self, field_id: str) -> Side:
        """The side on which the field stands; raises KeyError when there is none."""
        found = (side for side in self.sides if any(field.id == field_id for field in side.fields))
        return next(found, None) or _missing(field_id)


def _missing(name: str) -> Side:
    raise KeyError(name)
