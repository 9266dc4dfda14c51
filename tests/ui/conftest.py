"""An office with a few records, on the real store, and a browser that is signed in to it."""

from __future__ import annotations

import dataclasses
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient

from pipeline import run, store
from pipeline.forms import Forms
from pipeline.settings import Settings
from pipeline.store import Part, Store, accounts
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

    def client(self) -> TestClient:
        """A browser that nobody has signed in to."""
        headers = {"origin": BASE, "accept": "text/html"}
        return TestClient(create_app(self.settings, self.store, self.forms), BASE, headers=headers)


def seed(folder: Path) -> None:
    """Two forms' records and a page without a form, in order of arrival; two reviewers and one of each other role."""
    forms, plain = office.forms(), office.form()
    with store.open(Settings(data=folder), create=True) as opened:
        for n in range(3):
            scan = folder / f"scan-{n}.png"
            scan.write_bytes(office.page_png(plain, n))
            sha256 = next(iter(run.accept([scan], opened, batch="4月の束"))).sha256
            made = (
                office.unknown("c" * 8, sha256, scan.name)
                if n == 2
                else office.record(plain, "ab"[n] * 8, sha256, scan.name)
            )
            run.save(Part(opened.pages(sha256)[0].page_id, (made,)), opened, forms)
        for name, role in accounts_of_every_role().items():
            accounts.change_password(opened, name, accounts.add(opened, name, role), PHRASE)


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
        yield Office(settings, opened, office.forms())


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
