"""The proxies of docs/tls.md do what the page says, where Debian's packages of them are installed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.trust import proxies


@pytest.mark.parametrize("kind", proxies.KINDS)
def test_the_example_is_on_the_page_and_overwrites_what_a_browser_says(kind: str) -> None:
    """Each example names host and scheme itself, keeps no answer back, and waits only on loopback for the program."""
    text = proxies.example(kind, proxies.PAGE.read_text("utf-8"))
    assert all(word in text for word in (proxies.NAME, "127.0.0.1:8765", "X-Forwarded-Proto", "Forwarded", "Host"))
    assert "off" in text or "flush_interval -1" in text


@pytest.mark.parametrize("kind", proxies.KINDS)
def test_signing_in_through_a_real_proxy(kind: str, tmp_path: Path) -> None:
    """Sign-in over TLS with a city's CA, a secure cookie, and nothing in the clear."""
    program = shutil.which(kind) or shutil.which(f"/usr/sbin/{kind}")
    if program is None:
        pytest.skip(f"{kind} がありません。sudo apt-get install {kind} で入ります（make trust-tls）。")
    assert proxies.tried(kind, program, tmp_path) == proxies.WANTED
