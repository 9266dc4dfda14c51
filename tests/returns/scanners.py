"""Two ways in which the paper of a made-up year becomes files: told to stations that believe it, or really drawn."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np

from pipeline import model
from pipeline.forms import Forms, schema
from samples import stacks
from samples.sheets import Order, Sheet
from tests.run import papers

SURE, DOUBTED = 0.9999, 0.5
DOUBTS = 0.1  # how many told sheets have a field that nobody vouches for yet
UNKNOWN = "0"  # a version that no form file here has
SEED = 11


@dataclass(frozen=True)
class Paper:
    """A sheet on its way back."""

    form: schema.Form
    name: str  # of the issued sheet
    on: dt.date  # when it is scanned
    given: Mapping[str, Any] = field(default_factory=dict)  # role → value; None: left empty
    unknown: bool = False  # its version is not known here
    again: Literal["", "settled", "open"] = ""  # it came before; whether somebody says so

    @property
    def serial(self) -> str:
        """The number printed on it."""
        return self.name.rpartition("/")[2]


Said: TypeAlias = tuple[model.Value, model.State]
Truth: TypeAlias = Mapping[str, Said]  # by field: what stands on the paper


@dataclass(frozen=True)
class Lain:
    """What lies on a page."""

    paper: Paper
    truth: Truth


class Scanner(Protocol):
    """What makes files of paper."""

    def scan(self, n: int, some: Sequence[Paper]) -> tuple[Path, list[Lain | None]]:
        """The nth file, and what lies on each of its pages."""


class Told:
    """Files that say what lies on them: a page for every side with fields."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.rng = folder, random.Random(seed)

    def scan(self, n: int, some: Sequence[Paper]) -> tuple[Path, list[Lain | None]]:
        """See Scanner."""
        told = [page for paper in some for page in self._pages(n, paper)]
        path = papers.scan(self.folder, f"scan-{n:05d}.json", [[said] for said, _ in told])
        return path, [lain for _, lain in told]

    def _pages(self, n: int, paper: Paper) -> Iterator[tuple[dict[str, Any], Lain]]:
        form, doubted = paper.form, self.rng.random() < DOUBTS
        for side in [side for side in form.sides if side.fields]:
            values = {one.id: self._value(one, paper.given) for one in side.fields}
            doubt = self.rng.choice(list(values)) if doubted else ""
            answers = {name: [value, DOUBTED if name == doubt else SURE] for name, value in values.items()}
            version = UNKNOWN if paper.unknown else form.version
            said = {"form": form.id, "version": version, "side": side.id, "serial": paper.serial, "scan": n}
            yield said | {"answers": answers}, Lain(paper, {name: _settled(value) for name, value in values.items()})

    def _value(self, one: schema.Field, given: Mapping[str, Any]) -> model.Value:
        return given[one.role] if one.role and one.role in given else _value(one, self.rng)


def _settled(value: model.Value) -> Said:
    return value, "empty" if value is None else "valid"


class Drawn:
    """Files of paper that was really filled in by made-up hands and really laid under a scanner."""

    def __init__(self, folder: Path, forms: Forms) -> None:
        self.folder, self.forms, self.count = folder, forms, 0

    def scan(self, n: int, some: Sequence[Paper]) -> tuple[Path, list[Lain | None]]:
        """See Scanner."""
        numbered = {self.count + m: paper for m, paper in enumerate(some)}
        self.count += len(some)
        order = Order(self.forms, SEED, len(some), "office", "test", {}, per_file=10_000)
        sheets = [self._sheet(number, paper) for number, paper in numbered.items()]
        truth = stacks.write(self.folder / f"scan-{n:05d}", order, [sheets])
        lines = [json.loads(line) for line in truth.read_text("utf-8").splitlines()]
        pages = [_lain(numbered, line["sheets"]) for line in lines]
        path = truth.parent / lines[0]["file"]
        return path.rename(self.folder / f"scan-{n:05d}{path.suffix}"), pages

    def _sheet(self, number: int, paper: Paper) -> Sheet:
        form = paper.form.model_copy(update={"version": UNKNOWN}) if paper.unknown else paper.form
        given = {one.id: paper.given[one.role] for one in form.fields.values() if one.role and one.role in paper.given}
        rng = np.random.default_rng([SEED, number])
        return Sheet(number, form, paper.serial, "pdf", rng, given=given)


def _lain(numbered: Mapping[int, Paper], sheets: Sequence[Mapping[str, Any]]) -> Lain | None:
    if not sheets or not sheets[0]["fields"]:
        return None
    truth = {name: (_whole(one["value"]), one["state"]) for name, one in sheets[0]["fields"].items()}
    return Lain(numbered[sheets[0]["sheet"]], truth)


def _whole(value: Any) -> model.Value:
    return tuple(value) if isinstance(value, list) else value


# ── what people write where nothing is asked for


def _value(one: schema.Field, rng: random.Random) -> model.Value:
    """Something that may stand in the field; now and then nothing, where nothing is required."""
    if not one.required and rng.random() < 0.08:
        return None
    if isinstance(one, (schema.Choice, schema.Score)) and one.options:
        value = rng.choice(one.options).value
        return (value,) if isinstance(one, schema.Choice) and one.multiple else value
    if isinstance(one, schema.Digits):
        return _figure(one, rng)
    if isinstance(one, schema.Presence):
        return rng.random() < 0.5
    return _words(one, rng)


def _figure(one: schema.Digits, rng: random.Random) -> model.Value:
    if one.number is None:
        return None
    low, high = one.number.min or 0, one.number.max or 100
    return round(low + (high - low) * rng.random(), one.number.decimals) if one.number.decimals else int(low)


def _words(one: schema.Field, rng: random.Random) -> model.Value:
    if isinstance(one, schema.Text) and one.listing is not None and one.listing.values:
        return rng.choice(one.listing.values)
    if isinstance(one, schema.Text):
        return "試験の人" if one.personal else None
    return f"19{rng.randint(35, 59)}-05-05" if one.role == "born-on" else None
