"""A simulated fiscal year of an office, and the truth about it, counted on its own.

Sheets are printed and handed out, scanned, taken in, settled and matched as the program does it. How paper becomes
files is the scanner's part (scanners.py). Whoever fills a sheet in goes by roles, so any forms will do.
"""

from __future__ import annotations

import datetime as dt
import itertools
import os
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from sqlalchemy import event, update

from pipeline import returns, run, store
from pipeline.forms import Forms, schema, serial
from pipeline.returns import cases, entries
from pipeline.store import Store, moments, tables
from tests.returns import clerk
from tests.returns.scanners import Paper, Scanner
from tests.run import papers

BEGIN, AS_OF = dt.date(2024, 4, 1), dt.date(2025, 3, 31)  # 令和6年度
PER_FILE = 50  # sheets in one scan
REASONS = ("書き損じ・刷り損じ", "あて先不明", "転出・死亡")


@dataclass(frozen=True)
class Size:
    """How much paper a year has."""

    surveys: int = 9500
    paths: int = 300
    notices: int = 60
    tickets: int = 40
    odd: float = 0.01  # how many are of an unknown version, and how many are scanned twice


@dataclass
class Truth:
    """What happened, counted while it happened."""

    fates: dict[str, str] = field(default_factory=dict)  # name of an issued sheet → returned, outstanding, void
    reasons: Counter[str] = field(default_factory=Counter)
    days: list[int] = field(default_factory=list)  # from printing to return
    replaced: int = 0  # scanned twice, and a person said so
    rescans: int = 0  # scanned twice, and nobody said so yet
    apart: int = 0  # of these, sheets of several sides, which nobody can put together before
    unplaced: int = 0  # came back in a version that nobody knows, placed by hand
    pages: int = 0  # scanned
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


class Year:
    """The office, and what happens in it."""

    def __init__(self, opened: Store, forms: Forms, size: Size, scanner: Scanner, seed: int = 1) -> None:
        self.store, self.forms, self.size, self.scanner = opened, forms, size, scanner
        self.rng = random.Random(seed)
        self.truth = Truth()
        self.clerk = clerk.Clerk(opened, forms, self._tied)
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
        store.accounts.add(self.store, clerk.NAME)
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
        returns.hand_out(self.store, form.key, serials, clerk.NAME, told)
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
        if draw < self.size.odd and form.purpose in {
            "survey",
            "path",
        }:  # printed from an older file: nobody here knows it
            self.truth.unplaced += 1
            self._papers.append(Paper(form, name, on, given, unknown=True))
            return
        self._papers.append(Paper(form, name, on, given))
        if draw > 1 - self.size.odd:
            self._again(Paper(form, name, min(on + dt.timedelta(days=1), AS_OF), given))

    def _again(self, paper: Paper) -> None:
        """Scanned a second time; half of the time somebody says so."""
        settled = self.rng.random() < 0.5
        self.truth.replaced += settled
        self.truth.rescans += not settled
        self.truth.apart += not settled and sum(bool(side.fields) for side in paper.form.sides) > 1
        self._papers.append(replace(paper, again="settled" if settled else "open"))

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
        draft = entries.Draft(kind, target, "" if kind == cases.MATCH else day.isoformat(), said, clerk.NAME)
        made = entries.enter(self.store, self.forms.reports.kinds, draft)
        with self.store.writing() as change:
            here = update(tables.entry).where(tables.entry.c.thread == made.thread)
            change.connection.execute(here.values(at=_noon(day)))

    # ── coming back

    def _scan(self) -> None:
        """Everything through the scanner, day by day, some fifty sheets to a file, and across the clerk's desk."""
        self._papers.sort(key=lambda paper: paper.on)
        for n, (on, some) in enumerate(_files(self._papers)):
            path, pages = self.scanner.scan(n, some)
            arrival = next(iter(run.accept([path], self.store, f"{on:%Y-%m}", clerk.NAME)))
            tasks = [task.page_id for task in self.store.pages(arrival.sha256)]
            parts = list(run.process(tasks, self.store, self.forms))
            self.truth.pages += len(parts)
            self.clerk.settle(parts, pages)
            self._moved(arrival.sha256, on)

    def _tied(self, record_id: str, paper: Paper) -> None:
        """A person reads the number off the paper."""
        self._enter(cases.MATCH, cases.of_record(record_id), paper.on, {cases.OTHER: paper.name})

    def _moved(self, sha256: str, on: dt.date) -> None:
        """What was just done was done on that day."""
        scan, decision = tables.scan, tables.decision
        with self.store.writing() as change:
            here = update(scan).where(scan.c.sha256 == sha256)
            change.connection.execute(here.values(arrived=_noon(on)))
            change.connection.execute(update(decision).where(decision.c.at > _noon(AS_OF)).values(at=_noon(on)))


def told(patch: pytest.MonkeyPatch, opened: Store) -> None:
    """Stations that believe what a file says, and nothing that waits for the disk."""
    papers.believe(patch)
    hurry(patch, opened)


def hurry(patch: pytest.MonkeyPatch, opened: Store) -> None:
    """Nothing waits for the disk: what a power cut leaves is tested elsewhere."""
    engine = opened._engine
    event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF").close())
    engine.dispose()
    patch.setattr(os, "fsync", lambda _: None)
    papers.cheap_passwords(patch)


def _noon(on: dt.date) -> str:
    return moments.text(dt.datetime.combine(on, dt.time(12), moments.TOKYO))


def _files(papers: Sequence[Paper]) -> Iterator[tuple[dt.date, list[Paper]]]:
    for on, some in itertools.groupby(papers, key=lambda paper: paper.on):
        waiting = list(some)
        for start in range(0, len(waiting), PER_FILE):
            yield on, waiting[start : start + PER_FILE]
