"""A clerk's office for the tests: the reading runs in this very process, and its stations believe what files say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from pipeline import run, store
from pipeline.settings import Settings
from pipeline.store import accounts, batches, tables
from tests.run import papers
from tests.ui.conftest import Office, accounts_of_every_role, token


@contextmanager
def opened(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Office]:
    """An office without paper yet."""
    papers.believe(patch)
    papers.cheap_passwords(patch)
    patch.setattr(run, "page_picture", lambda *_: b"jpeg")
    settings = Settings(data=folder, workers=0)
    with store.open(settings, create=True) as found:
        for name, role in accounts_of_every_role().items():
            accounts.add(found, name, role)
        with found.writing() as change:
            change.connection.execute(update(tables.actor).values(must_change=False))
        place = Office(settings, found, papers.forms())
        yield place
        place.close()
        assert store.verify(found) == []


def batch(place: Office, name: str = "4月の束", by: str = "tanaka", counted: int | None = None) -> int:
    """A new batch."""
    return batches.create(place.store, name, by, counted=counted)


def send(client: TestClient, path: str, name: str, data: bytes) -> dict[str, object]:
    """One file as the page's script sends it; what came of it."""
    from urllib.parse import quote

    headers = {
        "X-File-Name": quote(name),
        "X-Yomitori-Token": token(client.get("/batches")),
        "accept": "application/json",
    }
    answer = client.post(path, content=data, headers=headers | {"content-type": "application/octet-stream"})
    found: dict[str, object] = answer.json()
    return found
