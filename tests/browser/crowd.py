"""Several reviewers save at once over a full store: whether anything is lost, and how long a save takes.

    python -m tests.browser.crowd [--people 6] [--saves 500] [--filler 10000] [--kept FOLDER]

Each takes forms as the screen hands them out and confirms their fields one by one, over HTTP, without pausing to look.
"""

from __future__ import annotations

import argparse
import re
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from pipeline.store import Store, accounts, tables
from review_ui.app import create_app
from tests.browser import play
from tests.browser.serving import serving
from tests.ui import office

VALUES: dict[str, dict[str, str | list[str]]] = {
    "f1": {"answer": "value:3"},
    "f2": {"answer": "value:way-2"},
    "f3": {"picked": ["a", "c"]},
    "f4": {"written": "61.5"},
    "f5": {"written": "0193221234"},
    "f6": {"written": "2026-04-05"},
    "f7": {"written": "釜石　花子"},
    "f11": {"written": "ひざが痛い"},
}


@dataclass
class Reviewer:
    """One person's browser, and what the server answered."""

    name: str
    client: httpx2.Client
    csrf: str
    saved: list[tuple[str, str]] = field(default_factory=list)  # record and field that the server said it stored
    codes: Counter[int] = field(default_factory=Counter)

    def work(self, saves: int) -> None:
        """Take forms and confirm their fields until there were so many saves."""
        before = {"from": "", "after": ""}
        while len(self.saved) < saves and self.codes.total() < 2 * saves:
            taken = self.client.post("/next", data={"csrf": self.csrf, **before})
            record = taken.headers["location"].rpartition("/")[2]
            page = self.client.get(f"/records/{record}").text
            self._settle(record, re.findall(r'data-field="(\w+)" data-needs', page)[: saves - len(self.saved)])
            before = {"from": record, "after": re.findall(r'name="after" value="([^"]*)"', page)[0]}

    def _settle(self, record: str, names: list[str]) -> None:
        for name in names:
            body: dict[str, str | list[str]] = {"csrf": self.csrf, "version": "0", "state": "valid", **VALUES[name]}
            answer = self.client.post(
                f"/records/{record}/fields/{name}", data=body, headers={"accept": "application/json"}
            )
            self.codes[answer.status_code] += 1
            if answer.status_code == 200:
                self.saved.append((record, name))


def reviewer(opened: Store, base: str, name: str) -> Reviewer:
    """A person who is signed in."""
    accounts.add(opened, name)
    with opened.writing() as change:
        change.connection.execute(tables.actor.update().values(must_change=False))
    actor = next(one for one in accounts.everyone(opened) if one.name == name)
    token, session = accounts.sign_in(opened, actor)
    headers = {"origin": base, "accept": "text/html"}
    return Reviewer(
        name, httpx2.Client(base_url=base, headers=headers, cookies={"yomitori": token}, timeout=60), session.csrf
    )


def lost(opened: Store, people: list[Reviewer]) -> list[tuple[str, str]]:
    """What the server said it stored and did not, or stored for somebody else."""
    stored = {
        (filed.record.id, one.field, one.by)
        for filed in opened.records()
        for one in filed.record.decisions
        if one.field
    }
    return [(record, name) for who in people for record, name in who.saved if (record, name, who.name) not in stored]


def main() -> None:
    """Fill a store, let everybody work at once, and count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=6)
    parser.add_argument("--saves", type=int, default=500)
    parser.add_argument("--filler", type=int, default=10_000)
    parser.add_argument("--kept", type=Path, help="folder of the filled store, to be used again")
    asked = parser.parse_args()
    with play.full(asked.filler, asked.kept) as opened:
        timed = play.Timed(create_app(opened.settings, opened, office.forms()))
        with serving(timed) as base:
            people = [reviewer(opened, base, f"reviewer-{n}") for n in range(asked.people)]
            begun, spent = time.perf_counter(), time.process_time()
            workers = [threading.Thread(target=who.work, args=(asked.saves,)) for who in people]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
            begun, spent = time.perf_counter() - begun, time.process_time() - spent
            report(timed, people, lost(opened, people), begun, spent)


def report(
    timed: play.Timed, people: list[Reviewer], gone: list[tuple[str, str]], seconds: float, processor: float
) -> None:
    """The figures, one a line."""
    saves, codes = sum(len(who.saved) for who in people), sum((who.codes for who in people), Counter[int]())
    out = sys.stdout
    out.write(f"people {len(people)}  saves {saves}  lost {len(gone)}  answers {dict(codes)}\n")
    out.write(
        f"{seconds:.0f} s, {saves / seconds:.0f} saves a second; processor {1000 * processor / saves:.1f} ms a save\n"
    )
    for name, times in sorted(timed.wall.items()):
        out.write(f"{name:13} {play.figures('clock', times)}\n")


if __name__ == "__main__":
    main()
