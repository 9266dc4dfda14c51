"""The two proxies of docs/tls.md, really run on loopback with a city's CA; `python -m tests.trust.proxies` says what held.

The examples are taken out of the page as they stand; only the ports and the place of the certificates are this machine's.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from pipeline import store
from pipeline.settings import Settings
from pipeline.store import accounts, batches
from tests import processes

PAGE = Path(__file__).parents[2] / "docs" / "tls.md"
NAME, PHRASE = "yomitori.city.example", "correct horse battery"
KINDS = ("nginx", "caddy")
Answer = tuple[int, Mapping[str, str], str]
OPENSSL = """
req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=City-Root -keyout root.key -out root.pem
req -newkey rsa:2048 -nodes -subj /CN=City-Issuing -keyout issuing.key -out issuing.csr
x509 -req -in issuing.csr -CA root.pem -CAkey root.key -CAcreateserial -days 2 -extfile ca.ext -out issuing.pem
req -newkey rsa:2048 -nodes -subj /CN={name} -keyout key.pem -out server.csr
x509 -req -in server.csr -CA issuing.pem -CAkey issuing.key -CAcreateserial -days 2 -extfile server.ext -out server.pem
"""


def example(kind: str, text: str) -> str:
    """A proxy's example as the page has it."""
    found = re.search(rf"^## {kind}$.*?^```\n(.*?)^```$", text, re.DOTALL | re.MULTILINE | re.IGNORECASE)
    assert found is not None, kind
    return found[1]


def free_port() -> int:
    """A port of loopback that nobody uses just now."""
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


def city(folder: Path) -> None:
    """A root, an issuing authority under it, and a server's certificate with the chain that the root alone vouches for."""
    (folder / "ca.ext").write_text("basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\n")
    (folder / "server.ext").write_text(f"subjectAltName=DNS:{NAME}\nextendedKeyUsage=serverAuth\n")
    for line in OPENSSL.format(name=NAME).strip().splitlines():
        subprocess.run(["openssl", *line.split()], cwd=folder, check=True, capture_output=True, timeout=60)
    (folder / "chain.pem").write_text((folder / "server.pem").read_text() + (folder / "issuing.pem").read_text())


@dataclass
class Street:
    """Where everything listens."""

    folder: Path
    app: int = field(default_factory=free_port)
    tls: int = field(default_factory=free_port)
    plain: int = field(default_factory=free_port)

    def fitted(self, text: str) -> str:
        """An example with this machine's ports and certificates."""
        changed = {
            "/etc/yomitori/tls/": f"{self.folder}/",
            "127.0.0.1:8765": f"127.0.0.1:{self.app}",
            "listen 443 ssl": f"listen 127.0.0.1:{self.tls} ssl",
            "listen 80;": f"listen 127.0.0.1:{self.plain};",
        }
        for old, new in changed.items():
            text = text.replace(old, new)
        return text


def nginx(at: Street, program: str, text: str) -> list[str]:
    """Its command, with the little that Debian's own nginx.conf says around a site."""
    inside = "".join(
        f"{name}_temp_path {at.folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    own = f"daemon off; pid {at.folder}/nginx.pid; error_log {at.folder}/nginx.log;\nevents {{}}\n"
    (at.folder / "nginx.conf").write_text(f"{own}http {{ access_log off;\n{inside}{at.fitted(text)}}}\n")
    return [program, "-p", str(at.folder), "-e", f"{at.folder}/nginx.log", "-c", f"{at.folder}/nginx.conf"]


def caddy(at: Street, program: str, text: str) -> list[str]:
    """Its command, with ports of our own and nothing that reaches out."""
    own = f"http_port {at.plain}\nhttps_port {at.tls}\ndefault_bind 127.0.0.1\nadmin off\nskip_install_trust"
    (at.folder / "Caddyfile").write_text(f"{{\n{own}\n}}\n{at.fitted(text)}")
    return [program, "run", "--adapter", "caddyfile", "--config", f"{at.folder}/Caddyfile"]


@contextlib.contextmanager
def running(command: list[str], at: Street, *ports: int) -> Iterator[None]:
    """A process that listens, for as long as a block lasts; raises AssertionError with what it said."""
    env = os.environ | {
        "HOME": str(at.folder),
        "XDG_DATA_HOME": str(at.folder),
        "YOMITORI_DATA": str(at.folder / "data"),
    }
    with (
        (at.folder / "said.txt").open("ab") as said,
        subprocess.Popen(
            command, env=env, stdout=said, stderr=said, cwd=at.folder if command[0] != sys.executable else None
        ) as started,
    ):
        try:
            for port in ports:
                processes.until(functools.partial(_answers, port, started))
            assert started.poll() is None, (at.folder / "said.txt").read_text("utf-8", "replace")[-800:]
            yield
        finally:
            started.terminate()


def _answers(port: int, started: subprocess.Popen[bytes]) -> bool:
    """Whether somebody listens there, or the program has ended without."""
    return _open(port) or started.poll() is not None


def _open(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


class _Over(http.client.HTTPConnection):
    """A connection to a port of loopback under the server's public name; over TLS when there is a context."""

    def __init__(self, port: int, context: ssl.SSLContext | None) -> None:
        super().__init__(NAME, timeout=60)
        self._port, self._context = port, context

    def connect(self) -> None:
        """Reach the port, and believe only who has a certificate of that name."""
        self.sock = socket.create_connection(("127.0.0.1", self._port), 60)
        if self._context is not None:
            self.sock = self._context.wrap_socket(self.sock, server_hostname=NAME)


def ask(
    port: int,
    path: str,
    tls: ssl.SSLContext | None,
    post: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """One request; status, headers by lower-case name, body."""
    connection = _Over(port, tls)
    sent = {"Accept": "text/html", **(headers or {})}
    body = urlencode(post) if post is not None else None
    if body is not None:
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    connection.request("GET" if body is None else "POST", path, body, sent)
    answer = connection.getresponse()
    told: dict[str, str] = {}
    for name, value in answer.getheaders():
        told[name.lower()] = f"{told[name.lower()]}\n{value}" if name.lower() in told else value
    found = answer.status, told, answer.read().decode()
    connection.close()
    return found


def seen(at: Street) -> dict[str, object]:
    """What a person's browser, and somebody who means ill, get through the proxy."""
    city_trust = ssl.create_default_context(cafile=str(at.folder / "root.pem"))
    status, headers, _ = ask(at.tls, "/sign-in", city_trust)
    ours = {"Origin": f"https://{NAME}"}
    typed = {"name": "tanaka", "password": PHRASE}
    signed, cookies, _ = ask(at.tls, "/sign-in", city_trust, typed, ours)
    cookie = re.search(r"__Host-yomitori=[^;]+", cookies.get("set-cookie", ""))
    mine = {"Cookie": cookie[0] if cookie else ""}
    spoofed = {"X-Forwarded-Proto": "http", "Forwarded": "proto=http"}
    stream = ask(at.tls, "/batches/1/events", city_trust, None, mine)
    plain = ask(at.plain, "/sign-in", None)
    return {
        "sign-in page": status,
        "HSTS": "max-age=31536000" in headers.get("strict-transport-security", ""),
        "server names no version": not re.search(r"\d", headers.get("server", "")),
        "signed in": signed,
        "cookie": all(word in cookies.get("set-cookie", "").lower().splitlines()[0] for word in ("__host-", "secure", "httponly", "samesite=strict")),
        "home": ask(at.tls, "/", city_trust, None, mine)[0],
        "events": (stream[0], "data:" in stream[2]),
        "write from elsewhere": ask(at.tls, "/sign-in", city_trust, typed, {"Origin": "https://evil.example"})[0],
        "said to be plain": ask(at.tls, "/sign-in", city_trust, None, spoofed)[0],
        "plain": (plain[0] in {301, 308}, plain[1].get("location", "").startswith(f"https://{NAME}")),
        "round the proxy": ask(at.app, "/sign-in", None)[0],
        "without the city's root": _unknown(at),
        "TLS 1.1": _old(at),
    }  # fmt: skip


WANTED: dict[str, object] = {
    "sign-in page": 200, "HSTS": True, "server names no version": True, "signed in": 303, "cookie": True, "home": 200,
    "events": (200, True), "write from elsewhere": 403, "said to be plain": 200, "plain": (True, True),
    "round the proxy": 421, "without the city's root": "refused", "TLS 1.1": "refused",
}  # fmt: skip


def _unknown(at: Street) -> str:
    """A browser that does not have the city's root certificate."""
    return _tried(at, ssl.create_default_context())


def _old(at: Street) -> str:
    context = ssl.create_default_context(cafile=str(at.folder / "root.pem"))
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # deprecated it is: that is the point
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    return _tried(at, context)


def _tried(at: Street, context: ssl.SSLContext) -> str:
    try:
        ask(at.tls, "/sign-in", context)
    except ssl.SSLError:
        return "refused"
    return "let in"


def _office(settings: Settings) -> None:
    with store.open(settings, create=True) as opened:
        accounts.change_password(opened, "tanaka", accounts.add(opened, "tanaka"), PHRASE)
        batches.create(opened, "窓口", "tanaka")


def tried(kind: str, program: str, folder: Path) -> dict[str, object]:
    """What came of one proxy, in a folder of its own; what differs from `WANTED` does not hold."""
    at = Street(folder)
    city(folder)
    _office(Settings(data=folder / "data"))
    (folder / "forms").mkdir()  # none: drawing their blanks only takes time
    serve = [sys.executable, "-m", "pipeline.cli", "serve", "--behind-proxy", "--public-host", NAME]
    serve += ["--forms", str(folder / "forms")]
    text = example(kind, PAGE.read_text("utf-8"))
    proxy = {"nginx": nginx, "caddy": caddy}[kind](at, program, text)
    with running([*serve, "--port", str(at.app)], at, at.app), running(proxy, at, at.tls, at.plain):
        return seen(at)


def main() -> None:
    """Run each proxy that there is; exit code 1 when something does not hold, 4 when there is none."""
    parser = argparse.ArgumentParser(description=__doc__)
    for kind in KINDS:
        parser.add_argument(f"--{kind}", default=shutil.which(kind, path=f"{os.environ['PATH']}:/usr/sbin"))
    given = {kind: program for kind, program in vars(parser.parse_args()).items() if program}
    wrong = 0
    for kind, program in given.items():
        with tempfile.TemporaryDirectory() as name:
            found = tried(kind, program, Path(name))
        differs = {what: came for what, came in found.items() if came != WANTED[what]}
        wrong += len(differs)
        print(f"{kind}: {len(found) - len(differs)} of {len(found)} hold {differs or ''}")
    raise SystemExit(1 if wrong else 0 if given else 4)


if __name__ == "__main__":
    main()
