"""Whoever watches over the program asks it, on its own machine only; a nearly full disk is said on the home page."""

from __future__ import annotations

import shutil
from collections import namedtuple

import pytest
from fastapi.testclient import TestClient

from pipeline.errors import StoreProblem
from pipeline.store import Store, room
from review_ui.app import create_app
from review_ui.header import words
from tests.ui.conftest import BASE, Office

Usage = namedtuple("Usage", "total used free")


def _asked(place: Office, host: str) -> tuple[int, object]:
    app = create_app(place.settings, place.store, place.forms)
    answer = TestClient(app, base_url=BASE, client=(host, 50000)).get("/healthz")
    return answer.status_code, answer.json() if answer.headers["content-type"] == "application/json" else None


def test_from_this_machine_without_signing_in(place: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Store and disk, and nothing else; 503 when the database does not answer."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(100, 50, 50))
    assert _asked(place, "127.0.0.1") == (200, {"store": "ok", "disk": "ok"})
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(100, 91, 9))
    assert _asked(place, "::1") == (200, {"store": "ok", "disk": "low"})

    def fails(_: Store) -> bool:
        raise StoreProblem("store-failed", "")

    monkeypatch.setattr(Store, "answers", fails)
    assert _asked(place, "127.0.0.1") == (503, {"store": "store-failed", "disk": "low"})


@pytest.mark.parametrize("host", ["192.168.0.7", "testclient", "2001:db8::1"])
def test_from_elsewhere_there_is_no_such_page(place: Office, host: str) -> None:
    """Another machine learns nothing."""
    assert _asked(place, host)[0] == 404


def test_the_home_page_warns(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below ten percent the home page says so, above it does not."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1000, 901, 99))
    assert words.disk_low(0.099) in client.get("/").text
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1000, 900, 100))
    assert "disk-low" not in client.get("/").text
    assert room.LOW == 0.10
