"""What holds for every test: nothing leaves this machine, and no test touches real data."""

from __future__ import annotations

import ipaddress
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from pipeline import forms as form_files
from pipeline.forms import Forms

# Two shared cores are no place for deadlines; the same examples every time keep a red run red.
hypothesis.settings.register_profile("house", deadline=None, derandomize=True)
hypothesis.settings.load_profile("house")


# Files of tests that take longest come first, so that neither of two processes waits for the other at the end.
LONGEST = ("tests/browser/", "tests/workers/", "tests/faults/", "tests/ui/test_fuzz.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest first; otherwise as they are."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


class OutgoingConnectionError(RuntimeError):
    """A test tried to reach another machine; no OSError, so that no code under test can swallow it."""


def _is_here(host: object) -> bool:
    if host in {None, "", "localhost", b"localhost"}:
        return True
    try:
        address = ipaddress.ip_address(os.fsdecode(host) if isinstance(host, str | bytes) else "")
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _only_loopback(event: str, args: tuple[object, ...]) -> None:
    if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        address = args[1]
        host = address[0] if isinstance(address, tuple) else None  # a path or nothing: never leaves this machine
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        host = args[0]
    else:
        return
    if not _is_here(host):
        message = f"{event} to {host!r}: yomitori works offline, so a test may only talk to this machine"
        raise OutgoingConnectionError(message)


# An audit hook sees every socket of the process, whichever library opens it.
sys.addaudithook(_only_loopback)


@pytest.fixture(autouse=True, scope="session")
def own_data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give the whole run an empty data folder, and no other setting of whoever runs it."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("YOMITORI_")]:
            patch.delenv(name)
        patch.setenv("YOMITORI_DATA", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Forms:
    """The forms that ship with the program, each with its blank."""
    return form_files.load([Path(__file__).parents[1] / "form_templates"], tmp_path_factory.mktemp("blanks"))
