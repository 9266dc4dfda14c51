"""The parcels that travel from station to station: frozen, a change makes a new one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from pipeline import geometry
from pipeline.forms import schema

Scalar: TypeAlias = int | float | str | bool
Value: TypeAlias = Scalar | tuple[Scalar, ...] | None
State: TypeAlias = Literal["valid", "empty", "multiple", "illegible", "not_applicable"]
Status: TypeAlias = Literal["accepted", "needs_review", "unreadable", "unidentified", "blank"]
FoundBy: TypeAlias = Literal["code", "markers", "appearance", "hand"]
Quad: TypeAlias = tuple[tuple[float, float], ...]
FormKey: TypeAlias = tuple[str, str]  # id, version
Waits: TypeAlias = Literal["second", "third"]  # a second person's entry; somebody to say which of the two is right


@dataclass(frozen=True)
class Word:
    """A word of a PDF's own text layer."""

    text: str
    box: tuple[float, float, float, float]  # x, y, w, h in px of the page's picture


@dataclass(frozen=True, eq=False)
class Page:
    """One page of a scanned file, decoded once."""

    file: str  # the name as given
    sha256: str  # of the whole file, hex
    number: int  # in the file, from 1
    image: geometry.Grey  # (height, width), 0 black … 255 white
    dpi: float | None = None  # a hint from tags or MediaBox, never trusted
    words: tuple[Word, ...] = ()  # empty unless the page is drawn content with a text layer


@dataclass(frozen=True)
class Refusal:
    """A file, or one page of it, that could not be opened."""

    file: str
    sha256: str  # hex, "" where not even the bytes could be had
    page: int | None  # from 1; None: the whole file
    code: str  # stable English reason
    message: str  # Japanese: what happened and what to do


@dataclass(frozen=True)
class Told:
    """What a person said about a page, for reading it again."""

    form: FormKey | None = None  # which form it is
    turn: int | None = None  # clockwise degrees that bring the page upright
    side: str | None = None  # with `corners`
    corners: tuple[tuple[str, Quad], ...] = ()  # by panel: where its corners lie, px of the page


@dataclass(frozen=True)
class Bound:
    """Where a person put a page, whatever its serial says."""

    hand: int | None = None  # pages with the same number are one record
    n: int = 0  # their order in it
    behind: str | None = None  # id (alone) of the page that took its place: it is kept and not read


@dataclass(frozen=True, eq=False)
class Panel:
    """A rigid piece of a sheet, laid on the page."""

    id: str
    mm_to_px: geometry.Matrix  # (3, 3): mm of the side → px of the page
    residual_mm: float  # root mean square of how far each patch lies from where all others put it
    quality: Mapping[str, float] = field(default_factory=dict)  # e.g. px_per_mm, contrast, matched share
    anchors: geometry.Points | None = None  # (n, 4): mm x, y and weights of the smooth correction in px; None: rigid

    def to_px(self, mm: geometry.Points) -> geometry.Points:
        """Points in mm, shape (n, 2), to px of the page, the smooth local correction included."""
        px = geometry.project(self.mm_to_px, mm)
        return px if self.anchors is None else px + geometry.smooth_shift(self.anchors, mm)


@dataclass(frozen=True, eq=False)
class Sheet:
    """One side of one sheet lying on a page; without a form, what is known about the page."""

    page: Page
    form: schema.Form | None
    side: schema.Side | None
    serial: str | None
    panels: tuple[Panel, ...]
    rotation: int | None  # clockwise degrees that bring the page upright
    found_by: FoundBy | None
    candidates: tuple[tuple[str, float], ...] = ()  # ("form/version/side", score), best first
    status: Status = "accepted"  # unreadable, unidentified and blank carry a reason
    reason: str | None = None
    missing: tuple[str, ...] = ()  # ids of panels that are not on this page

    def panel_for(self, box: geometry.Box) -> Panel | None:
        """The panel that carries `box` (mm), if it is on this page."""
        if self.side is None:
            return None
        wanted = self.side.panel_of(box).id
        return next((panel for panel in self.panels if panel.id == wanted), None)


@dataclass(frozen=True, eq=False)
class FieldCrop:
    """One box of a field, cut from the page, and the blank at the very same place."""

    field: schema.Field
    part: str  # which box of the field: see schema's `boxes()`
    box: geometry.Box  # mm
    image: geometry.Grey  # (h, w), box plus margin
    blank: geometry.Grey  # same shape
    px_per_mm: float  # of both pictures
    margin_mm: float
    quad_px: Quad  # corners of the box on the page
    words: tuple[Word, ...] = ()  # of the text layer, whose middle lies in the box
    off_page: float = 0.0  # share of the box that lies off the scan, 0 … 1
    source_px_per_mm: float = 0.0  # what the scan really had


@dataclass(frozen=True)
class Reading:
    """What a reader made of one field; never overwritten."""

    field: str
    value: Value  # None unless state is "valid"
    state: State
    reason: str | None
    confidence: float  # calibrated probability that value and state are right
    alternatives: tuple[tuple[Scalar, float], ...]
    reader: str  # name/version, e.g. marks/1
    sure: bool  # confidence above its kind's line and the kind's own condition met
    score: float = 0.0  # raw, before calibration, 0 … 1
    threshold: str = "0"  # version of the lines
    form: str = ""  # id/version of the form file
    page: int | None = None  # n of the record's pages
    quad_px: Quad | None = None  # around all boxes of the field as really read


@dataclass(frozen=True, eq=False)
class Placement:
    """A page as it is listed in a record."""

    n: int  # from 1
    file: str
    sha256: str
    page: int | None  # in the file; None: the file could not be opened
    side: str | None
    rotation: int | None
    found_by: FoundBy | None
    panels: tuple[Panel, ...]
    missing: tuple[str, ...] = ()
    place: int = 0  # of several sheets on one page, in reading order

    @property
    def own_id(self) -> str:
        """Id of the record that this page makes alone: stable, since it comes from the file, the page and the place."""
        return f"{self.sha256[:20]}-{self.page or 0}-{self.place}"


@dataclass(frozen=True)
class Finding:
    """A rule that did not hold, or something a person should know."""

    code: str
    fields: tuple[str, ...]
    message: str  # Japanese


@dataclass(frozen=True)
class Decision:
    """What a person decided, beside the reading."""

    record: str
    field: str | None  # None: about the whole record
    version: int  # of the field (or record), from 1
    was: tuple[Value, State] | None
    now: tuple[Value, State] | None
    action: str  # confirm · correct · enter · second · undo; form · turn · place · join · part · swap · blank · duplicate · foreign
    by: str
    at: str  # UTC, ISO 8601
    why: str = ""
    double: bool = False  # counts only when a second person, who does not see it, gives the same


@dataclass(frozen=True)
class Issued:
    """A sheet that went out with a serial."""

    form: FormKey
    serial: str
    at: str  # UTC, ISO 8601
    run: str = ""  # name of the print run
    district: str = ""
    office: str = ""
    subject: str = ""  # the person's number in the office's roster
    about: str = ""  # the case it was printed for, by one of its names


@dataclass(frozen=True)
class Entry:
    """One version of what a person entered by hand, since no paper carries it."""

    thread: str  # the same for all versions of one entry
    version: int  # from 1
    kind: str  # as reports.yaml declares it
    target: str  # whom or what it is about: the name of a case
    day: str | None  # YYYY-MM-DD
    said: Mapping[str, str]  # what was entered, by name
    action: str  # enter · correct · withdraw
    by: str
    at: str  # UTC, ISO 8601


HELD = object()  # in a row of facts: a value that nobody vouched for yet
Facts: TypeAlias = Mapping[str, object]  # a flat row: a role, or a key that begins with _ → what is known


@dataclass(frozen=True)
class Spoken:
    """What one form can say, by role."""

    purpose: str
    names: Mapping[str, str]  # role (role.1 … where several fields share it) → label
    classes: Mapping[str, Mapping[object, str]]  # role → value → label, where answers are chosen from some


@dataclass(frozen=True)
class Account:
    """Everything that went out, came back or was entered, as rows to be counted."""

    rows: Mapping[str, Sequence[Facts]]  # by source
    forms: tuple[Spoken, ...] = ()  # those in use first


# How an answer came about, as the workbook prints it.
AUTO, CONFIRMED, CORRECTED, KEYED, DERIVED = 1, 2, 3, 4, 5
SECOND = "second"
ORIGINS = {"confirm": CONFIRMED, "correct": CORRECTED, "enter": KEYED}


@dataclass(frozen=True)
class Answer:
    """What counts for one field now: its reading, and what people decided."""

    field: str
    value: Value  # None unless state is valid
    state: State
    counts: bool  # accepted, or settled by a person
    origin: int | None  # AUTO … KEYED; None while held
    reading: Reading | None
    decision: Decision | None = None
    version: int = 0  # of the last decision, 0: none
    waits: Waits | None = None  # for whom, when two people must agree and do not yet


@dataclass(frozen=True, eq=False)
class Record:
    """One filled form, of one or several pages."""

    id: str
    pages: tuple[Placement, ...]
    form: FormKey | None
    serial: str | None
    status: Status
    reason: str | None = None
    candidates: tuple[tuple[str, float], ...] = ()
    readings: Mapping[str, Reading] = field(default_factory=dict)  # by field id, all fields of the form
    accepted: frozenset[str] = frozenset()  # fields nobody needs to look at
    inapplicable: frozenset[str] = frozenset()  # fields whose `only_if` is unmet
    derived: Mapping[str, Value] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    decisions: tuple[Decision, ...] = ()  # oldest first
    aliases: tuple[str, ...] = ()  # ids of records that were joined into this one

    def answers(self) -> dict[str, Answer]:
        """Every field's answer as it stands now, in form order."""
        stacks, versions = _stacks(self.decisions)
        fields = dict.fromkeys([*self.readings, *(name for name in versions if name is not None)])
        return {f: self._answer(f, stacks.get(f, []), versions.get(f, 0)) for f in fields}

    def entries(self, field: str) -> list[Decision]:
        """What people decided about a field and nobody took back, oldest first."""
        return _stacks(self.decisions)[0].get(field, [])

    @property
    def version(self) -> int:
        """Version of the last decision on the record as a whole, 0: none."""
        return standing(self.decisions)[1].get(None, 0)

    @property
    def loose(self) -> tuple[Finding, ...]:
        """Findings that no single field answers for and nobody has settled yet."""
        settled = {decision.why for decision in self.decisions if decision.field is None}
        return tuple(one for one in self.findings if not one.fields and one.code not in settled)

    @property
    def own_ids(self) -> tuple[str, ...]:
        """The ids that its pages have alone, in its order."""
        return (self.id,) if len(self.pages) == 1 else tuple(page.own_id for page in self.pages)

    def _answer(self, name: str, stack: list[Decision], version: int) -> Answer:
        reading, accepted = self.readings.get(name), name in self.accepted
        decision = first_entry(stack)
        if decision is not None and decision.now is not None:
            (value, state), waits = decision.now, waiting(stack)
            origin = ORIGINS.get(decision.action, CORRECTED) if waits is None else None
            return Answer(name, value, state, waits is None, origin, reading, decision, version, waits)
        value, state = (reading.value, reading.state) if reading else (None, "empty")
        if state == "empty" and name in self.inapplicable:
            state = "not_applicable"
        return Answer(name, value, state, accepted, AUTO if accepted else None, reading, decision, version)


LINKS = ("join", "part", "swap")  # which pages belong together: each undoes the other, so none is on the stack
ASIDE = ("blank", "duplicate", "foreign")  # what takes a whole record out of queue and export


def whole(record: Record) -> list[Decision]:
    """The decisions on the record as a whole that were not undone, oldest first."""
    stack: list[Decision] = []
    for decision in (one for one in record.decisions if one.field is None and not links(one)):
        if decision.action != "undo":
            stack.append(decision)
        elif stack:
            stack.pop()
    return stack


def links(decision: Decision) -> bool:
    """Whether a decision says which pages belong together; a duplicate that names its better copy does."""
    return decision.action in LINKS or (decision.action == "duplicate" and decision.now is not None)


def aside(record: Record) -> str | None:
    """blank, duplicate or foreign, when a person said so and did not choose a form since."""
    last = next((one for one in reversed(whole(record)) if one.action in ("form", *ASIDE)), None)
    return last.action if last is not None and last.action in ASIDE else None


def standing(decisions: Iterable[Decision]) -> tuple[dict[str | None, Decision], dict[str | None, int]]:
    """The decision that holds, and the last version, per field (None: the whole record); an undo takes one back."""
    stacks, versions = _stacks(decisions)
    holding = {name: first_entry(stack) for name, stack in stacks.items()}
    return {name: one for name, one in holding.items() if one is not None}, versions


def first_entry(stack: Sequence[Decision]) -> Decision | None:
    """The decision that gives the value; a second person's entry only stands beside it."""
    return next((one for one in reversed(stack) if one.action != SECOND), None)


def second_entry(stack: Sequence[Decision]) -> Decision | None:
    """What the second person gave for the value that stands, if anything."""
    return stack[-1] if stack and stack[-1].action == SECOND else None


def waiting(stack: Sequence[Decision]) -> Waits | None:
    """Whose turn it is where two people must give the same; None where they did, or where one is enough."""
    first, second = first_entry(stack), second_entry(stack)
    if first is None or not first.double:
        return None
    if second is None:
        return "second"
    return None if second.now == first.now else "third"


def _stacks(decisions: Iterable[Decision]) -> tuple[dict[str | None, list[Decision]], dict[str | None, int]]:
    """The decisions per field that were not undone, oldest first, and the last version of each field."""
    stacks: dict[str | None, list[Decision]] = {}
    versions: dict[str | None, int] = {}
    for decision in decisions:
        stack = stacks.setdefault(decision.field, [])
        versions[decision.field] = max(decision.version, versions.get(decision.field, 0))
        if decision.action != "undo":
            stack.append(decision)
        elif stack:
            stack.pop()
    return stacks, versions
