"""`reports.yaml`: the tables of the report and what is entered by hand, over roles and purposes only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

import pydantic
from pydantic import Field as Key
from pydantic import field_validator, model_validator

from pipeline.errors import FormProblem
from pipeline.forms import mistakes
from pipeline.forms.parts import Part as Base

FILE = "reports.yaml"
Plain: TypeAlias = str | int | float | bool | None
Where: TypeAlias = dict[str, Plain | list[Plain]]  # key → what it must be, or one of what; true: anything said
Source = Literal["sheets", "issued", "notices", "tickets", "entries", "connected", "visits", "people"]


class Asked(Base):
    """One thing that an entry by hand asks for."""

    name: str = Key(pattern=r"^[a-z][a-z-]*$")
    label: str
    options: list[str] = Key(default_factory=list)  # empty: free text
    list_: str | None = Key(None, alias="list")  # an imported list that helps to fill it in
    required: bool = False


class Kind(Base):
    """One kind of entry by hand."""

    kind: str = Key(pattern=r"^[a-z][a-z-]*$")
    label: str
    about: str = ""  # when to use it
    target: Literal["case", "serial"] = "case"  # what it is entered for
    purpose: str | None = None  # only for sheets of this purpose
    day: Literal["required", "optional", "none"] = "required"
    parts: list[Asked] = Key(default_factory=list)


class Classes(Base):
    """Numbers put into classes: `at` are the lower limits of all classes but the first."""

    at: list[float] = Key(min_length=1)
    labels: list[str]  # one more than limits

    @model_validator(mode="after")
    def _one_more(self) -> Classes:
        if len(self.labels) != len(self.at) + 1 or sorted(self.at) != self.at:
            raise ValueError("labels は at より一つ多く、at は小さい順に書きます。")
        return self


class Axis(Base):
    """What rows (or columns) are the classes of."""

    of: str  # a role, or a key of the source
    label: str = ""
    like: str | None = None  # the role whose answers it shares, in their order
    classes: str | None = None  # a name out of `classes`, or month · fiscal-year for a day
    listed: list[str] = Key(default_factory=list)  # classes that are always there, in this order
    labels: dict[str, str] = Key(default_factory=dict)  # value → what is printed
    missing: str = "不明・未記入"  # what has no value; "": left out
    always: bool = True  # the class of what has no value is printed even when empty


class Measure(Base):
    """One column of figures."""

    label: str
    where: Where = Key(default_factory=dict)
    distinct: str | None = None  # how many different values of this key, instead of how many rows
    mean: str | None = None  # of this key
    median: str | None = None
    share: tuple[str, str] | None = None  # percent: this column of that column, to the left
    running: str | None = None  # that column added up from the first row on
    target: str | None = None  # the year's target of that name
    each: Axis | None = None  # a column per class instead of one


class Chart(Base):
    """A chart of a part."""

    kind: Literal["bar", "column", "line", "stacked"] = "bar"
    of: list[str] = Key(default_factory=list)  # labels of columns; empty: the first column of figures
    title: str = ""


class Column(Base):
    """A column of a list."""

    of: str
    label: str = ""
    mark: str = ""  # printed for true, nothing for false
    labels: dict[str, str] = Key(default_factory=dict)  # value → what is printed


class Part(Base):
    """One block of a table."""

    show: Literal["simple", "group", "list"]
    title: str = ""
    from_: Source | None = Key(None, alias="from")
    where: Where = Key(default_factory=dict)
    by: list[Axis] = Key(default_factory=list)
    total: str = ""  # label of a first row over everything
    measures: list[Measure] = Key(default_factory=list)
    columns: list[Column] = Key(default_factory=list)
    sort: list[str] = Key(default_factory=list)
    chart: Chart | None = None
    note: str = ""

    @field_validator("by", mode="before")
    @classmethod
    def _short(cls, given: Any) -> Any:
        return [{"of": one} if isinstance(one, str) else one for one in given] if isinstance(given, list) else given

    @field_validator("columns", mode="before")
    @classmethod
    def _short_too(cls, given: Any) -> Any:
        return [{"of": one} if isinstance(one, str) else one for one in given] if isinstance(given, list) else given


class Needs(Base):
    """A form without which a table cannot be."""

    purpose: str
    roles: list[str] = Key(default_factory=list)


class Table(Base):
    """One table of the report."""

    id: str = Key(pattern=r"^[A-Za-z0-9]{1,8}$")
    title: str
    note: str = ""
    from_: Source = Key(alias="from")
    needs: list[Needs] = Key(default_factory=list)  # each must be met by a form
    parts: list[Part] = Key(min_length=1)


class Reports(Base):
    """The whole file."""

    schema_: Literal[1] = Key(alias="schema")
    title: str
    fiscal_year: int = Key(4, ge=1, le=12)  # the month it begins in
    targets: str = "targets"  # the list that holds them
    classes: dict[str, Classes] = Key(default_factory=dict)
    entries: list[Kind] = Key(default_factory=list)
    tables: list[Table] = Key(default_factory=list)

    @property
    def kinds(self) -> Mapping[str, Kind]:
        """What can be entered by hand, by name."""
        return {kind.kind: kind for kind in self.entries}


def load(folders: Sequence[Path]) -> Reports:
    """The file in the last of the folders that has one; without any, a report without tables.

    Raises:
        FormProblem: naming file, line and key.
    """
    path = next((folder / FILE for folder in reversed(folders) if (folder / FILE).is_file()), None)
    return read(path) if path is not None else Reports(schema=1, title="")


def read(path: Path) -> Reports:
    """One file; raises FormProblem."""
    source = mistakes.read(path)
    try:
        return Reports.model_validate(source.values)
    except pydantic.ValidationError as error:
        said = "\n".join(str(one) for one in mistakes.of_validation(source, error)[:5])
        raise FormProblem("reports-invalid", f"{said}\n", "書き直してから、もう一度実行してください。") from error
