"""An office with a few records, on the real store, and a browser that is signed in to it."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import update

from pipeline import model, run, store
from pipeline.forms import Forms, schema
from pipeline.settings import Settings
from pipeline.store import Part, Store, accounts, moments, tables
from review_ui import clerk
from review_ui.app import create_app
from tests.ui import office

BASE = "http://127.0.0.1:8765"
PHRASE = "correct horse battery"


@dataclasses.dataclass
class Office:
    """What a test works with."""

    settings: Settings
    store: Store
    forms: Forms
    apps: list[FastAPI] = dataclasses.field(default_factory=list)

    def client(self) -> TestClient:
        """A browser that nobody has signed in to."""
        headers = {"origin": BASE, "accept": "text/html"}
        app = create_app(self.settings, self.store, self.forms)
        self.apps.append(app)
        return TestClient(app, BASE, headers=headers)

    def close(self) -> None:
        """Nothing works ahead any more."""
        for app in self.apps:
            app.state.desk.pictures.close()
            app.state.exports.close()
            app.state.bench.close()
            app.state.staging.close()
            clerk.close(app)


def seed(folder: Path) -> None:
    """Two forms' records and a page without a form, in order of arrival; two reviewers and one of each other role."""
    forms, plain = office.forms(), office.form()
    (folder / "lists").mkdir(parents=True, mode=0o700)
    (folder / "lists" / "places.csv").write_text("value,aliases,code\n港,みなと,01\n山手,やまて,02\n", "utf-8")
    with store.open(Settings(data=folder), create=True) as opened:
        for n in range(3):
            scan = folder / f"scan-{n}.png"
            scan.write_bytes(office.page_png(plain, n))
            sha256 = next(iter(run.accept([scan], opened, batch="4月の束"))).sha256
            made = _record(n, plain, sha256, scan.name)
            run.save(Part(opened.pages(sha256)[0].page_id, (made,)), opened, forms)
        for name, role in accounts_of_every_role().items():
            one_time = accounts.add(opened, name, role)
            if name == "tanaka":
                accounts.change_password(opened, name, one_time, PHRASE)
        let_in(opened)


def let_in(opened: Store) -> None:
    """Everybody signs in without a password, which would only take time, and sees more than where to set one."""
    with opened.writing() as change:
        change.connection.execute(update(tables.actor).values(must_change=False))
        admin = update(tables.actor).where(tables.actor.c.role == "admin")
        change.connection.execute(admin.values(totp="0" * 40, totp_used=0))


def _record(n: int, plain: schema.Form, sha256: str, name: str) -> model.Record:
    """One with a field that could not be read, one whose proposals are all right, one without a form."""
    if n == 2:
        return office.unknown("c" * 8, sha256, name)
    if n == 0:
        return office.record(plain, "a" * 8, sha256, name)
    return office.record(plain, "b" * 8, sha256, name, f5=("0193221234", "valid", 0.5))


def more(place: Office, count: int, **changed: tuple[model.Value, model.State, float]) -> list[str]:
    """Add records read alike (`changed` by field id); their ids in order of arrival."""
    read: dict[str, tuple[model.Value, model.State, float]] = {"f5": ("0193221234", "valid", 0.5), **changed}
    plain, folder = office.form(), place.settings.data
    for n in range(count):
        scan = folder / f"more-{n}.png"
        scan.write_bytes(office.page_png(plain, 100 + n))
        sha256 = next(iter(run.accept([scan], place.store, batch="5月の束"))).sha256
        made = office.record(plain, f"more-{n:03d}", sha256, scan.name, **read)
        run.save(Part(place.store.pages(sha256)[0].page_id, (made,)), place.store, place.forms)
    return [f"more-{n:03d}" for n in range(count)]


def accounts_of_every_role() -> dict[str, accounts.Role]:
    """Names and roles."""
    roles: dict[str, accounts.Role] = {"tanaka": "reviewer", "sato": "reviewer"}
    return roles | {"op": "operator", "ana": "analyst", "adm": "admin", "aud": "auditor"}


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder to copy from."""
    folder = tmp_path_factory.mktemp("office")
    seed(folder)
    return folder


@pytest.fixture
def place(seeded: Path, tmp_path: Path) -> Iterator[Office]:
    """An office of its own for each test."""
    folder = tmp_path / "office"
    shutil.copytree(seeded, folder)
    settings = Settings(data=folder)
    with store.open(settings) as opened:
        made = Office(settings, opened, office.forms())
        yield made
        made.close()


class Clock:
    """The store's time, which a test may let pass."""

    def __init__(self) -> None:
        self.offset = dt.timedelta()
        self.stands: dt.datetime | None = None

    def __call__(self) -> dt.datetime:
        """This moment, as the store is to see it."""
        return (self.stands or dt.datetime.now(dt.UTC)) + self.offset

    def stop(self) -> None:
        """Only `passes` moves time from now on, however long the machine takes."""
        self.stands = dt.datetime.now(dt.UTC)

    def passes(self, **span: float) -> None:
        """Let `seconds=…`, `minutes=…`, … go by."""
        self.offset += dt.timedelta(**span)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that only this test moves."""
    made = Clock()
    monkeypatch.setattr(moments, "clock", made)
    return made


def factor(place: Office, name: str) -> Callable[[], str]:
    """Set a second factor for an account; what gives the code of the moment."""
    actor = next(one for one in accounts.everyone(place.store) if one.name == name)
    shared = parse_qs(urlsplit(accounts.factors.begin(place.store, actor.id, name)).query)["secret"][0]

    def code() -> str:
        return accounts.factors.code(base64.b32decode(shared), accounts.factors.step_now())

    accounts.factors.confirm(place.store, actor.id, name, code())
    return code


def sign_in(place: Office, name: str = "tanaka") -> TestClient:
    """A browser with a session of its own, without the time that checking a password takes."""
    client = place.client()
    actor = next(one for one in accounts.everyone(place.store) if one.name == name)
    client.cookies.set("yomitori", accounts.sign_in(place.store, actor)[0])
    return client


@pytest.fixture
def client(place: Office) -> TestClient:
    """A browser of a reviewer."""
    return sign_in(place)


@pytest.fixture
def second(place: Office) -> TestClient:
    """Another reviewer's browser."""
    return sign_in(place, "sato")


def token(page: httpx2.Response) -> str:
    """The token in a page's forms."""
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found is not None
    return found[1]


Post = Callable[..., httpx2.Response]


def post(client: TestClient, path: str, **fields: str | list[str]) -> httpx2.Response:
    """Send a form as the page would, with the session's token."""
    data = {"csrf": token(client.get("/"))} | fields
    return client.post(path, data=data, follow_redirects=False)
