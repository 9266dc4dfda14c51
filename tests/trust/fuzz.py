"""Generated requests as each role; `python -m tests.trust.fuzz --cases 20000` prints what broke.

The schema is the application's own (`app.openapi()`), with the posted forms added, since the application reads them
itself, and with ids that exist among those made up. Schemathesis makes the cases; they are sent in this process.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import urlencode

import argon2
import hypothesis
import pytest
import schemathesis
from fastapi.testclient import TestClient
from schemathesis.core import NotSet
from schemathesis.core.result import Ok

from pipeline import exports, store
from pipeline import forms as form_files
from pipeline.forms.load import SHIPPED
from pipeline.returns import entries
from pipeline.settings import Settings
from pipeline.store import accounts
from review_ui import desk, roles
from review_ui.cases import view
from tests.returns import made_year
from tests.returns.made_year import Size, Year
from tests.returns.scanners import Told
from tests.ui import conftest as ui
from tests.ui import office

ROLES = {"anonymous": "", "operator": "op", "reviewer": "tanaka", "analyst": "ana", "admin": "adm", "auditor": "aud"}
CHEAP = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
TEXT = {"type": "string", "maxLength": 60}
# What the forms post, by the name of the field; each a value that means something, or any text.
FIELDS: Mapping[str, list[str]] = {
    "action": ["form", "confirm", "correct", "enter", "undo", "blank", "duplicate", "foreign"],
    "answer": ["value:3", "value:way-2", "state:empty", "state:illegible", "state:not_applicable"],
    "form": ["plain", "plain/1", "other/1"],
    "version": ["0", "1", "-1", "9" * 30],
    "written": ["61.5", "2026-04-05", "令和8年4月5日", "0193221234"],
    "picked": ["a", "b"],
    "state": ["valid", "empty", "illegible"],
    "take": ["釜石　華子"],
    "sure": ["1"],
    "text": ["読めません"],
    "cell": ["aaaaaaaa:0", "bbbbbbbb:0", ":"],
    "after": ["1.1.1.0", "9.9.9.9"],
    "name": ["tanaka", "新しい人"],
    "role": list(roles.GRANTS),
    "office": ["平田", ""],
    "password": [ui.PHRASE],
    "code": ["000000"],
    "old": [ui.PHRASE],
    "new": ["ひざ 電車 ぶどう 猫 2"],
    "again": ["ひざ 電車 ぶどう 猫 2"],
    "since": ["2026-04-01", "0001-01-01"],
    "as_of": ["2026-04-01", "9999-12-31", "0001-01-01"],
    "suffix": ["xlsx", "csv-cp932", "parquet"],
    "status": ["accepted"],
    "identified": ["1"],
    "purpose": ["訪問"],
    "back": ["/queue", "//evil"],
    "size": ["large"],
    "batch": ["4月の束", "1"],
    "counted": ["３", "-1"],
    "from": ["aaaaaaaa"],
    "why": ["total-agrees"],
    "raw": ["plain/1", "90", "1,2"],
    "side": ["front"],
    "panel": ["all"],
    **{f"{axis}{k}": ["10", "99999", "nan"] for k in range(4) for axis in "xy"},
    "number": ["000001X", "path-visit/000001X"],
    "kind": ["visit", "match", "hand-over"],
    "target": ["serial"],
    "day": ["2026-04-05", "2026-02-30"],
    "part-charge": ["保健師A"],
    "withdraw": ["1"],
    "activity": ["体操"],
    "clinic": ["釜石医院"],
    "form_id": ["plain", "../../x"],
    "to": ["0", "1"],
    "content": ["{}", "[1]", '{"fields": null}'],
    "until": ["2026-04-01", "9999-12-31"],
    "district": ["平田地区"],
    "serial": ["000001X"],
    "sheets": ["data", "codebook"],
}
IDS: Mapping[str, list[str]] = {
    "record_id": ["aaaaaaaa", "bbbbbbbb", "cccccccc"],
    "field_id": [f"f{n}" for n in range(12)],
    "field": [f"f{n}" for n in range(12)],
    "n": ["1", "2"],
    "session_id": ["1", "2"],
    "user_id": ["1", "2", "3"],
    "does": ["assign", "reset", "disable", "enable", "drop-factor"],
    "way": ["undo", "redo"],
    "batch_id": ["1", "2"],
    "scan_id": ["1", "2", "3"],
    "form_id": ["plain", "other"],
    "version": ["1"],
    "table_id": ["A1", "A2", "B1"],
    "name": ["places"],
}


@dataclass
class Found:
    """What came of all requests."""

    cases: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    def __add__(self, other: Found) -> Found:
        return Found(self.cases + other.cases, self.statuses + other.statuses, self.broken + other.broken)


def schema(app: Any, more: Mapping[str, list[str]]) -> dict[str, Any]:
    """The application's schema with ids that exist (`more`: in this office) and the forms that are posted."""
    raw: dict[str, Any] = app.openapi()
    known = {"path": {**IDS, **more}, "query": FIELDS}
    for method, operation in ((method, one) for path in raw["paths"].values() for method, one in path.items()):
        for one in operation.get("parameters", []):
            if meant := known.get(one["in"], {}).get(one["name"]):
                one["schema"] = {"anyOf": [{"type": "string", "enum": meant}, one["schema"]]}
        if method == "post":
            operation["requestBody"] = {"content": {"application/x-www-form-urlencoded": {"schema": _body()}}}
    return raw


def _body() -> dict[str, Any]:
    """A few made-up fields; `_posted` adds the rest, which costs less than to generate each of them."""
    return {
        "type": "object",
        "properties": {
            "csrf": {"enum": ["right", "wrong"]},
            "rest": {"type": "integer", "minimum": 0, "maximum": 9999},
        },
        "required": ["csrf", "rest"],
        "propertyNames": {"anyOf": [{"enum": ["csrf", "rest", *FIELDS]}, TEXT]},
        "additionalProperties": TEXT,
        "maxProperties": 8,
    }


def _posted(body: Mapping[str, object], csrf: str) -> dict[str, str]:
    """What is sent: few or many fields that mean something, over them those made up; the token is wrong in few."""
    rng = random.Random(str(body.get("rest")))
    share = rng.choice([0.0, 0.5, 0.9])
    meant = {name: rng.choice(known) for name, known in FIELDS.items() if rng.random() < share}
    wrong = body.get("csrf") == "wrong" and rng.random() < 0.2
    return meant | {name: str(value) for name, value in body.items()} | {"csrf": "wrong" if wrong else csrf}


@dataclass
class Person:
    """Somebody with a browser."""

    place: ui.Office
    client: TestClient
    name: str
    csrf: str = ""

    def enter(self) -> None:
        """A live session, whatever was done to the last one."""
        self.client.cookies.clear()
        if not self.name:
            return
        # Other cases may have changed the account; the person is as before.
        actor = next(one for one in accounts.everyone(self.place.store) if one.name == self.name)
        made, session = accounts.sign_in(self.place.store, actor)
        self.client.cookies.set("yomitori", made)
        self.csrf = session.csrf

    def send(self, case: Any) -> tuple[int, str]:
        """One generated request; its status and what it was."""
        body = case.body if not isinstance(case.body, NotSet) else None
        data = None
        if isinstance(body, dict):
            data = urlencode(_posted(body, self.csrf), errors="replace").encode()
        query = urlencode({name: str(value) for name, value in (case.query or {}).items()}, errors="replace")
        headers = {"content-type": "application/x-www-form-urlencoded"} if data is not None else {}
        path = case.formatted_path + (f"?{query}" if query else "")
        answer = self.client.request(case.method, path, content=data, headers=headers, follow_redirects=False)
        return (
            answer.status_code,
            f"{case.method} {case.path} as {self.name or 'anonymous'}: {path[:200]} {data!r:.300}",
        )


TURNED_AWAY = {401, 403, 429}
# Requests after which the session may be another or none.
ENDING = ("/sign-in", "/sign-out", "/lock", "/unlock", "/password", "/account", "/users", "/first")


def run(place: ui.Office, cases: int, seed: int, under: tuple[str, ...] = ("/",)) -> Found:
    """Send about `cases` requests to the routes `under` these, most where a role is let in."""
    with place.client() as client:  # one loop for all requests, not a thread for each
        return _run(place, client, cases, seed, under)


def _run(place: ui.Office, client: TestClient, cases: int, seed: int, under: tuple[str, ...]) -> Found:
    """Two cases of each route as each role; the rest where the role is not simply turned away."""
    spec = schemathesis.openapi.from_dict(schema(client.app, _ids(client.app.state.desk)))  # type: ignore[attr-defined]  # it is FastAPI
    every = [result.ok() for result in spec.get_all_operations() if isinstance(result, Ok)]
    people = [Person(place, client, name) for name in ROLES.values()]
    ways = [(person, one) for person in people for one in every if one.path.startswith(under)]
    came = _asked(ways, 2, seed)
    found = sum(came, Found())
    open_ = [way for way, one in zip(ways, came, strict=True) if set(one.statuses) - TURNED_AWAY]
    while open_ and found.cases < cases:
        each = -(-(cases - found.cases) // len(open_))
        came = _asked(open_, each, seed := seed + 1)
        found = sum(came, found)
        # A page that takes nothing has but one case.
        open_ = [way for way, one in zip(open_, came, strict=True) if one.cases >= each]
    return found


def _asked(ways: list[tuple[Person, Any]], times: int, seed: int) -> list[Found]:
    """So many cases of each route as each person, one person after the other."""
    found = []
    for at, (person, operation) in enumerate(ways):
        if at == 0 or ways[at - 1][0] is not person:
            person.enter()
        found.append(_all(operation, person, times, seed))
    return found


def _ids(at: desk.Desk) -> dict[str, list[str]]:
    """What goes by ids that only this office has."""
    keys = [view.key(at, name) for name in exports.loop(at.store, at.forms).cases.members()]
    threads = [one.thread for one in entries.every(at.store)]
    found = {"key": keys[:20], "thread": threads[:20], "record_id": [one.record.id for one in at.store.records()][:20]}
    return {name: some for name, some in found.items() if some}


def _all(operation: Any, person: Person, times: int, seed: int) -> Found:
    """So many cases of one route as one person."""
    found = Found()

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=times, deadline=None, database=None, derandomize=False, suppress_health_check=list(hypothesis.HealthCheck),
        phases=[hypothesis.Phase.generate],
    )  # fmt: skip
    @hypothesis.given(operation.as_strategy())
    def each(case: Any) -> None:
        status, told = person.send(case)
        found.cases += 1
        found.statuses[status] += 1
        if status >= 500:
            found.broken.append(f"{status} {told}")
        if operation.path.startswith(ENDING) and operation.method.upper() == "POST":
            _as_before(person)

    each()
    return found


def _as_before(person: Person) -> None:
    """Undo what an admin did to everybody, so that the next case meets the office as it was."""
    with person.place.store.writing() as change:
        for actor, role in ui.accounts_of_every_role().items():
            change.connection.exec_driver_sql(
                "UPDATE actor SET disabled = 0, must_change = 0, role = ?, office_id = NULL WHERE name = ?",
                (role, actor),
            )
    person.enter()


def office_to_break(folder: Path) -> Iterator[ui.Office]:
    """An office of its own in a folder, with passwords that cost little."""
    with mock.patch.object(accounts.passwords, "_hasher", CHEAP):
        ui.seed(folder)
        settings = Settings(data=folder)
        with store.open(settings) as opened:
            place = ui.Office(settings, opened, office.forms())
            yield place
            place.close()


# What only has something to show where paper went out and came back.
RETURNS = ("/cases", "/clinics", "/report", "/search", "/figures", "/export")


def year_to_break(folder: Path) -> Iterator[ui.Office]:
    """The same with the shipped forms, issued, returned and settled over a small year."""
    shipped = form_files.load([SHIPPED], folder / "blanks")
    with store.open(Settings(data=folder / "data"), create=True) as opened:
        with pytest.MonkeyPatch.context() as patch:  # only while it is made: others use this process as well
            made_year.told(patch, opened)
            Year(opened, shipped, Size(surveys=8, paths=6, notices=10, tickets=8), Told(folder, 1)).play()
            for name, role in ui.accounts_of_every_role().items():
                accounts.add(opened, name, role)
        ui.let_in(opened)
        place = ui.Office(opened.settings, opened, shipped)
        yield place
        place.close()


def main() -> None:
    """Print what broke; exit code 1 when something did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=9)
    given = parser.parse_args()
    found = Found()
    with tempfile.TemporaryDirectory() as folder:
        for place in office_to_break(Path(folder) / "office"):
            found += run(place, given.cases * 4 // 5, given.seed)
        for place in year_to_break(Path(folder) / "year"):
            found += run(place, given.cases // 5, given.seed, RETURNS)
    told = ", ".join(f"{status} × {count}" for status, count in sorted(found.statuses.items()))
    print(f"{found.cases} cases as {', '.join(ROLES)}: {told}")
    print("\n".join(found.broken[:20]))
    print(f"{len(found.broken)} with a status of 500 or more")
    raise SystemExit(1 if found.broken else 0)


if __name__ == "__main__":
    main()
