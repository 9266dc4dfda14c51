"""What is particular to a database server."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from sqlalchemy import make_url

from pipeline import store
from pipeline.errors import StoreProblem
from pipeline.settings import Settings
from pipeline.store import dialect


def test_a_silent_server_is_not_waited_for_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that takes a connection and never answers is a problem in a sentence, not a program that hangs."""
    monkeypatch.setattr(dialect, "IMPATIENT", {"connect_timeout": "2"})
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://someone@127.0.0.1:{silent.getsockname()[1]}/office"
        with pytest.raises(StoreProblem, match="store-unreachable"), store.open(Settings(data=tmp_path, database=url)):
            pass


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_what_the_office_says_of_waiting_is_kept(scheme: str) -> None:
    """However the URL begins, it is completed; its own words, and a password with odd letters, stay."""
    url = make_url(dialect.server_url(f"{scheme}://me:p%40%2F@db:5433/office?connect_timeout=3&sslmode=require"))
    assert (url.drivername, url.host, url.port, url.password) == ("postgresql", "db", 5433, "p@/")
    assert dict(url.query) == dialect.IMPATIENT | {"connect_timeout": "3", "sslmode": "require"}
