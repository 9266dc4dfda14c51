"""A simulated fiscal year of an office, and the truth about it, counted on its own: no picture is drawn.

Sheets are printed and handed out as the program does it, records are saved and settled through `run`; only what a
reader would have made of a page is made up. Whoever fills a sheet in goes by roles, so any forms will do.
"""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import os
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import event, update

from pipeline import model, records, returns, review, run, store
from pipeline.forms import Forms, schema, serial
from pipeline.returns import cases, entries
from pipeline.store import Part, Store, moments, tables
from tests.run import papers

BEGIN, AS_OF = dt.date(2024, 4, 1), dt.date(2025, 3, 31)  # 令和6年度
CLERK = "year-clerk"
PER_FILE = 50  # pages in one scan
REASONS = ("書き損じ・刷り損じ", "あて先不明", "転出・死亡")


@dataclass(frozen=True)
class Size:
    """How much paper a year has."""

    surveys: int = 9500
    paths: int = 300
    notices: int = 60
    tickets: int = 40


@dataclass
class Truth:
    """What happened, counted while it happened."""

    fates: dict[str, str] = field(default_factory=dict)  # name of an issued sheet → returned, outstanding, void
    reasons: Counter[str] = field(default_factory=Counter)
    days: list[int] = field(default_factory=list)  # from printing to return
    rescans: int = 0
    unplaced: int = 0  # came back in a version that nobody knows, placed by hand
    notices: int = 0
    answered: int = 0
    months: Counter[str] = field(default_factory=Counter)  # of the notices
    said: dict[str, Counter[object]] = field(default_factory=dict)  # role → answers, of notices and last replies
    open_days: list[int] = field(default_factory=list)  # of notices without a reply
    handed: int = 0
    connected: set[str] = field(default_factory=set)  # tickets and participations
    groups: set[str] = field(default_factory=set)
    visits: int = 0
    surveys: Counter[str] = field(default_factory=Counter)  # district → sent

    def of(self, fate: str) -> int:
        """How many sheets met that fate."""
        return sum(one == fate for one in self.fates.values())


@dataclass(frozen=True)
class Paper:
    """A sheet on its way back."""

    form: schema.Form
    serial: str | None
    on: dt.date  # when it is scanned
    given: Mapping[str, Any] = field(default_factory=dict)  # role → value; None: left empty
    unknown: str = ""  # name of the issued sheet, when its version is not known here


class Year:
    """The office, and what happens in it."""

    def __init__(self, opened: Store, forms: Forms, size: Size, folder: Path, seed: int = 1) -> None:
        self.store, self.forms, self.size, self.folder = opened, forms, size, folder
        self.rng = random.Random(seed)
        self.truth = Truth()
        self._papers: list[Paper] = []
        self._printed: dict[str, dt.date] = {}
        self._districts = list(forms.listing("districts").values)
        self._groups = list(forms.listing("resources").values)

    def form(self, purpose: str, n: int = 0) -> schema.Form:
        """The nth form in use of a purpose."""
        found = [form for form in self.forms.values() if form.purpose == purpose and not form.retired]
        return sorted(found, key=lambda form: form.title)[n % len(found)]

    def play(self) -> Truth:
        """Let the year pass."""
        store.accounts.add(self.store, CLERK)
        self._survey()
        self._paths()
        self._notices()
        self._tickets()
        self._visits()
        self._scan()
        return self.truth

    # ── going out

    def _day(self, first: int, last: int) -> dt.date:
        return BEGIN + dt.timedelta(days=self.rng.randint(first, last))

    def _print(self, form: schema.Form, on: dt.date, told: Sequence[returns.Addressed]) -> list[str]:
        """Hand serials out as the command does, and move the moment to that day."""
        serials = list(itertools.islice(serial.following(returns.last(self.store, form.id)), len(told)))
        returns.hand_out(self.store, form.key, serials, CLERK, told)
        issued = tables.issued.c
        with self.store.writing() as change:
            here = update(tables.issued).where(issued.form_id == form.id, issued.issued > _noon(AS_OF))
            change.connection.execute(here.values(issued=_noon(on)))
        self._printed |= {cases.of_serial(form.id, name): on for name in serials}
        return serials

    def _survey(self) -> None:
        form = self.form("survey")
        for n, district in enumerate(self._districts):
            share = self.size.surveys // len(self._districts)
            count = share if n else self.size.surveys - share * (len(self._districts) - 1)
            on = BEGIN + dt.timedelta(days=60)
            told = [returns.Addressed(f"調査 {district}", district, "本庁", f"{n}{m:05d}") for m in range(count)]
            self.truth.surveys[district] += count
            for name in self._print(form, on, told):
                self._fate(form, name, on, {"district": district}, (0.90, 0.04))

    def _fate(
        self,
        form: schema.Form,
        number: str,
        on: dt.date,
        given: Mapping[str, Any],
        shares: tuple[float, float],
    ) -> None:
        """Let the sheet come back some days after that day, or be void with a reason, or stay outstanding."""
        back, void = shares
        draw, name = self.rng.random(), cases.of_serial(form.id, number)
        if draw < back:
            late = 200 if self.rng.random() < 0.05 else 40
            self._back(form, number, min(on + dt.timedelta(days=self.rng.randint(3, late)), AS_OF), given)
            return
        self.truth.fates[name] = "void" if draw < back + void else "outstanding"
        if draw < back + void:
            reason = self.rng.choice(REASONS)
            self.truth.reasons[reason] += 1
            self._enter("void", name, on + dt.timedelta(days=20), {"reason": reason})

    def _back(self, form: schema.Form, number: str, on: dt.date, given: Mapping[str, Any]) -> None:
        name = cases.of_serial(form.id, number)
        self.truth.fates[name] = "returned"
        self.truth.days.append((on - self._printed[name]).days)
        draw = self.rng.random()
        if draw < 0.01 and form.purpose in {"survey", "path"}:  # printed from an older file: nobody here knows it
            self.truth.unplaced += 1
            self._papers.append(Paper(form, None, on, given, name))
            return
        self._papers.append(Paper(form, number, on, given))
        if draw > 0.99:
            self.truth.rescans += 1
            self._papers.append(Paper(form, number, min(on + dt.timedelta(days=1), AS_OF), given))

    # ── the kinds of paper

    def _paths(self) -> None:
        for n in range(2):
            form = self.form("path", n)
            count = self.size.paths // 2 + (self.size.paths % 2) * n
            on = BEGIN + dt.timedelta(days=10)
            told = [returns.Addressed(f"パス {n}", self.rng.choice(self._districts), "本庁") for _ in range(count)]
            for name, one in zip(self._print(form, on, told), told, strict=True):
                seen = on + dt.timedelta(days=self.rng.randint(5, 300))
                given = {"district": one.district, "examined-on": seen.isoformat(), "clinic": self._clinic()}
                self._fate(form, name, seen, given, (0.85, 0.05))

    def _clinic(self) -> str:
        return self.rng.choice(list(self.forms.listing("clinics").values))

    def _notices(self) -> None:
        form, reply = self.form("notice"), self.form("reply")
        numbers = self._print(form, BEGIN, [returns.Addressed("薬局へ")] * self.size.notices)
        for n, number in enumerate(numbers):
            name = cases.of_serial(form.id, number)
            if n % 10 == 9:  # never used by the pharmacy
                self.truth.fates[name] = "outstanding"
                continue
            sent = self._day(5, 330)
            given = {"sent-on": sent.isoformat(), "sex": self.rng.choice(["男", "女", None])}
            self._back(form, number, min(sent + dt.timedelta(days=2), AS_OF), given)
            self.truth.notices += 1
            self.truth.months[f"{sent.year}年{sent.month}月"] += 1
            self._count("sex", given["sex"])
            self._reply(reply, name, sent, n)

    def _count(self, role: str, value: object) -> None:
        self.truth.said.setdefault(role, Counter())[value] += 1

    def _reply(self, form: schema.Form, notice: str, sent: dt.date, n: int) -> None:
        if n % 5 == 4:  # nobody has answered yet
            self.truth.open_days.append((AS_OF - sent).days)
            return
        on = min(sent + dt.timedelta(days=self.rng.randint(3, 50)), AS_OF)
        (number,) = self._print(
            form, min(sent + dt.timedelta(days=1), AS_OF), [returns.Addressed("返事", about=notice)]
        )
        figure = notice.rpartition("/")[2][:-1]
        given = {
            "answers": figure if n % 5 else None,  # now and then nobody wrote it, and the print's own case decides
            "answers-code": None,
            "received-on": sent.isoformat(),
            "visited-on": on.isoformat(),
            "visit-kind": self.rng.choice(["今回初めて", "改めて"]),
            "care-application": self.rng.choice(["申請済", "新規申請", "未申請", None]),
        }
        self._back(form, number, on, given)
        self.truth.answered += 1
        self.truth.visits += 1
        for role in ("visit-kind", "care-application"):
            self._count(role, given[role])

    def _tickets(self) -> None:
        form = self.form("ticket")
        numbers = self._print(form, BEGIN + dt.timedelta(days=5), [returns.Addressed("チケット")] * self.size.tickets)
        for n, number in enumerate(numbers):
            name, on = cases.of_serial(form.id, number), self._day(10, 200)
            if n % 8 == 7:  # spoilt
                self.truth.fates[name] = "void"
                self.truth.reasons[REASONS[0]] += 1
                self._enter("void", name, on, {"reason": REASONS[0]})
                continue
            self._enter("hand-over", name, on, {"person": "職員A"})
            self.truth.handed += 1
            if n % 3 == 0:
                self.truth.fates[name] = "outstanding"
                continue
            self._ticket_back(form, number, on)

    def _ticket_back(self, form: schema.Form, number: str, on: dt.date) -> None:
        first, group = on + dt.timedelta(days=self.rng.randint(3, 60)), self.rng.choice(self._groups)
        given = {"issued-on": on.isoformat(), "first-visit-on": first.isoformat(), "activity": group}
        self._back(form, number, first + dt.timedelta(days=7), given)
        self.truth.connected.add(number)
        self.truth.groups.add(group)

    def _visits(self) -> None:
        """Visits and participations that no paper tells of."""
        for n in range(10):
            self._enter("visit", cases.of_person(f"V{n}"), self._day(20, 340), {"charge": "職員B"})
            self.truth.visits += 1
        for n in range(4):
            group = self._groups[n]
            said = {"group": group, "route": "家族の紹介"}
            self._enter("participation", cases.of_person(f"P{n}"), self._day(20, 340), said)
            self.truth.connected.add(f"P{n}")
            self.truth.groups.add(group)

    def _enter(self, kind: str, target: str, on: dt.date, said: Mapping[str, str]) -> None:
        day = min(on, AS_OF)
        draft = entries.Draft(kind, target, "" if kind == cases.MATCH else day.isoformat(), said, CLERK)
        made = entries.enter(self.store, self.forms.reports.kinds, draft)
        with self.store.writing() as change:
            here = update(tables.entry).where(tables.entry.c.thread == made.thread)
            change.connection.execute(here.values(at=_noon(day)))

    # ── coming back

    def _scan(self) -> None:
        """Everything through the scanner, day by day, some fifty sheets to a file."""
        self._papers.sort(key=lambda paper: paper.on)
        for n, (on, some) in enumerate(_files(self._papers)):
            path = self.folder / f"scan-{n:04d}.txt"
            path.write_text(f"{n} {on}", "utf-8")
            count = functools.partial(_pages, len(some))
            arrival = next(iter(run.accept([path], self.store, f"{on:%Y-%m}", CLERK, count)))
            self._move(arrival.sha256, on)
            for task, paper in zip(self.store.pages(arrival.sha256), some, strict=True):
                self._read(task.page_id, paper, (arrival.sha256, path.name, task.number))

    def _move(self, sha256: str, on: dt.date) -> None:
        with self.store.writing() as change:
            here = update(tables.scan).where(tables.scan.c.sha256 == sha256)
            change.connection.execute(here.values(arrived=_noon(on)))

    def _read(self, page_id: int, paper: Paper, at: tuple[str, str, int]) -> None:
        made = self._record(paper, at)
        run.save(Part(page_id, (made,)), self.store, self.forms)
        if paper.unknown:
            self._placed(made.id, paper)

    def _placed(self, record_id: str, paper: Paper) -> None:
        """A person says which form it is, keys it in, and ties it to the number on the paper."""
        change = review.Change(record_id, None, "form", 0, CLERK, raw="/".join(paper.form.key))
        run.settle(self.store, self.forms, change)
        values = dict(self._values(paper))
        for name, one in paper.form.fields.items():
            if (given := values.get(name)) is not None and one.role in paper.given:
                raw = str(given)
                run.settle(self.store, self.forms, review.Change(record_id, name, "enter", 0, CLERK, raw=raw))
        self._enter(cases.MATCH, cases.of_record(record_id), paper.on, {cases.OTHER: paper.unknown})
        with self.store.writing() as writing:
            here = update(tables.decision).where(tables.decision.c.record == record_id)
            writing.connection.execute(here.values(at=_noon(paper.on)))

    def _record(self, paper: Paper, at: tuple[str, str, int]) -> model.Record:
        sha256, name, number = at
        form = paper.form
        side = next(side for side in form.sides if side.fields)
        laid = tuple(model.Panel(panel.id, np.eye(3), 0.05) for panel in side.panels)
        page = model.Placement(1, name, sha256, number, side.id, 0, "code", laid)
        record_id = records.record_id([page])
        if paper.unknown:
            lost = model.Placement(1, name, sha256, number, None, None, None, ())
            return model.Record(record_id, (lost,), None, None, "unidentified", "unknown-version")
        readings = {name: _reading(form, name, value) for name, value in self._values(paper)}
        whole = model.Record(record_id, (page,), form.key, paper.serial, "accepted", None, (), readings)
        return records.judge(whole, form)

    def _values(self, paper: Paper) -> Iterator[tuple[str, model.Value]]:
        for name, one in paper.form.fields.items():
            role = one.role or ""
            yield name, paper.given[role] if role in paper.given else _value(one, self.rng)


def hurry(patch: pytest.MonkeyPatch, opened: Store) -> None:
    """Nothing waits for the disk: what a power cut leaves is tested elsewhere."""
    engine = opened._engine
    event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF").close())
    engine.dispose()
    patch.setattr(os, "fsync", lambda _: None)
    papers.cheap_passwords(patch)


def _noon(on: dt.date) -> str:
    return moments.text(dt.datetime.combine(on, dt.time(12), moments.TOKYO))


def _pages(count: int, _path: Path, _name: str) -> int:
    return count


def _files(papers: Sequence[Paper]) -> Iterator[tuple[dt.date, list[Paper]]]:
    for on, some in itertools.groupby(papers, key=lambda paper: paper.on):
        waiting = list(some)
        for start in range(0, len(waiting), PER_FILE):
            yield on, waiting[start : start + PER_FILE]


def _reading(form: schema.Form, name: str, value: model.Value) -> model.Reading:
    state: model.State = "valid" if value is not None else "empty"
    return model.Reading(name, value, state, None, 0.9999, (), "year/1", True, form="/".join(form.key), page=1)


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
