"""The review screen: who may listen how, and how an office begins."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi.testclient import TestClient

from pipeline import store
from pipeline.cli import serving
from pipeline.errors import UsageProblem
from pipeline.forms import Forms
from pipeline.settings import Settings
from review_ui.app import create_app
from tests.cli.conftest import Said


@pytest.fixture
def listened(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """How the server was started; it never really is."""
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr(uvicorn, "run", lambda app, **how: calls.append(how | {"app": app}))
    return calls


def test_an_empty_data_folder_says_how_to_begin(yomitori: Callable[..., Said], tmp_path: Path) -> None:
    """Exit code 5 and the first three commands; nothing is made."""
    said = yomitori("serve")
    assert said.code == 5
    assert [word in said.words for word in ("user add", "ingest", "serve", "YOMITORI_DATA")] == [True] * 4
    assert not (tmp_path / "data").exists()


def test_what_is_missing_is_told_at_the_start(yomitori: Callable[..., Said], listened: list[dict[str, Any]]) -> None:
    """Without an account or a scan a line says which command comes next; it serves all the same."""
    yomitori("store", "migrate")
    words = yomitori("serve").words
    assert [word in words for word in ("yomitori user add", "yomitori ingest", "http://127.0.0.1:8765/")] == [True] * 3
    yomitori("user", "add", "花")
    assert "user add" not in yomitori("serve").words
    assert [call["host"] for call in listened] == ["127.0.0.1"] * 2
    assert not listened[0]["proxy_headers"]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "yomitori.example"])
def test_plain_http_stays_on_this_machine(
    yomitori: Callable[..., Said], listened: list[dict[str, Any]], host: str
) -> None:
    """Any other address is refused with exit code 2, before anything is opened."""
    said = yomitori("serve", "--host", host)
    assert (said.code, "[plain-http]" in said.words, listened) == (2, True, [])


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_this_machine_needs_no_tls(host: str) -> None:
    """Loopback is served plainly, headers of a proxy are not believed, and stopping waits for no open page."""
    how = serving.listening(Settings(host=host))
    assert how == {"host": host, "port": 8765, "proxy_headers": False, "timeout_graceful_shutdown": serving.GRACE_S}


def test_behind_a_proxy_the_office_says_so(
    yomitori: Callable[..., Said], listened: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The setting opens other addresses and believes the proxy."""
    yomitori("store", "migrate")
    monkeypatch.setenv("YOMITORI_HOST", "0.0.0.0")
    monkeypatch.setenv("YOMITORI_BEHIND_PROXY", "1")
    assert yomitori("serve").code == 0
    said = yomitori("serve", "--public-host", "yomitori.example")
    assert "https://yomitori.example/" in said.words
    assert [(call["proxy_headers"], call["forwarded_allow_ips"]) for call in listened] == [(True, "*")] * 2


@pytest.mark.parametrize("given", [("certificate",), ("key",), ("certificate", "key")])
def test_tls_needs_a_pair_that_fits(tmp_path: Path, given: tuple[str, ...]) -> None:
    """Half a pair, or one that is no certificate, is refused before the server starts."""
    (tmp_path / "x.pem").write_text("no certificate")
    own = Settings(host="0.0.0.0").model_copy(update=dict.fromkeys(given, tmp_path / "x.pem"))
    with pytest.raises(UsageProblem, match="tls-"):
        serving.listening(own)


def test_with_tls_other_machines_may_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fitting pair is handed to the server, and the address is https."""
    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", lambda *_: None)
    pem = tmp_path / "x.pem"
    own = Settings(host="0.0.0.0", certificate=pem, key=pem, public_host="yomitori.example")
    how = serving.listening(own)
    assert (how["ssl_certfile"], how["ssl_keyfile"]) == (str(pem), str(pem))
    assert serving.address(own) == "https://yomitori.example:8765/"


def test_only_the_public_name_is_answered_and_only_over_tls(tmp_path: Path) -> None:
    """A request for another name, or for the right one in the clear, gets 421."""
    own = Settings(data=tmp_path / "data", host="0.0.0.0", public_host="yomitori.example", behind_proxy=True)
    with store.open(own, create=True) as opened:
        app = create_app(own, opened, Forms({}))
        urls = ("https://yomitori.example", "http://yomitori.example", "https://other.example", "http://127.0.0.1")
        found = [TestClient(app, url).get("/sign-in").status_code for url in urls]
        app.state.desk.pictures.close()
    assert found == [200, 421, 421, 200]
