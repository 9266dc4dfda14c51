"""A PostgreSQL of the tests' own: a new cluster in a temporary folder, on loopback, gone when the tests end."""

from __future__ import annotations

import itertools
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from pipeline import store
from pipeline.settings import Settings
from pipeline.store.tables import metadata

READY = "ready"
PORTS = range(20_000, 32_000)
PATIENCE_S = 120.0  # never waited for unless something is broken
MEMORY = Path("/dev/shm")
SERVER = "postgres"  # PostgreSQL refuses to run as root; Debian's package makes this account
# What only guards against a power cut of the machine is off: the tests kill processes, and are short.
OPTIONS = (
    "fsync=off",
    "full_page_writes=off",
    "listen_addresses=127.0.0.1",
    "authentication_timeout=5s",  # a client that connects and goes away keeps a server that stops waiting for so long
    "shared_buffers=32MB",
    "log_min_messages=panic",
)


def programs() -> Path:
    """Folder of Debian's newest PostgreSQL."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        pytest.fail("no PostgreSQL here: `make test-programs` installs Debian's package postgresql")
    return found[-1].parent


@dataclass
class Cluster:
    """One server and its folder; databases are made as they are asked for."""

    folder: Path
    port: int
    names: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    free: list[str] = field(default_factory=list)  # URLs of databases with the tables of a new store, and no rows

    def start(self) -> None:
        """Begin to serve, and wait until it answers; what a killed server left is recovered first."""
        options = " ".join(f"-c {one}" for one in (*OPTIONS, f"unix_socket_directories={self.folder}"))
        self._run(
            "pg_ctl", "-D", self._data, "-w", "-l", str(self.folder / "log"), "-o", f"-p {self.port} {options}", "start"
        )

    def stop_at_once(self) -> None:
        """Stop as a pulled plug would: no connection is closed, nothing is written any more.

        Not `pg_ctl -m immediate`, which never ends while clients keep knocking: each knock is one more process to wait for.
        """
        first = self.pid
        os.kill(first, signal.SIGSTOP)  # so that it starts no more of them
        every = {first, *_children(first)}
        for pid in every:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        end = time.monotonic() + PATIENCE_S
        while any(map(_runs, every)):
            assert time.monotonic() < end, "PostgreSQL does not end"
            time.sleep(0.02)
        # Until whoever takes leave of dead processes has done so, the next server would take the first for alive.
        for lock in ("data/postmaster.pid", f".s.PGSQL.{self.port}.lock"):
            (self.folder / lock).unlink()

    def end(self) -> None:
        """Stop for good, its shared memory given back."""
        try:
            self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-t", "20", "stop")
        except subprocess.CalledProcessError:
            with suppress(OSError):  # it runs no more
                self.stop_at_once()

    def database(self, template: str = "template1") -> str:
        """URL of a new database."""
        name = f"t{next(self.names)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def lend(self) -> str:
        """URL of a database with the tables of a new store, and no rows."""
        return self.free.pop() if self.free else self.database(READY)

    def take_back(self, url: str) -> None:
        """Empty a database that was lent; one that somebody still holds is not lent again."""
        tables = ", ".join(table.name for table in metadata.sorted_tables)
        with suppress(psycopg.Error), psycopg.connect(url) as connection:
            connection.execute("SET lock_timeout = '2s'")
            connection.execute("ALTER TABLE audit DISABLE TRIGGER USER")  # who may do this may do everything
            connection.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")
            connection.execute("ALTER TABLE audit ENABLE TRIGGER USER")
            connection.commit()
            self.free.append(url)

    def url(self, name: str) -> str:
        """URL of a database."""
        return f"postgresql://{SERVER}@127.0.0.1:{self.port}/{name}?connect_timeout=10"

    @property
    def pid(self) -> int:
        """Of the server's first process."""
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def _run(self, program: str, *arguments: str) -> None:
        as_server = {"user": SERVER, "group": SERVER, "extra_groups": []} if os.geteuid() == 0 else {}
        subprocess.run(
            [programs() / program, *arguments],
            check=True,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            timeout=PATIENCE_S,
            **as_server,  # type: ignore[call-overload]  # the same for both accounts
        )


def _stat(pid: int) -> list[str]:
    """State and parent of a process first; [] when there is none."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return []


def _children(pid: int) -> set[int]:
    found = (int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal())
    return {one for one in found if _stat(one)[1:2] == [str(pid)]}


def _runs(pid: int) -> bool:
    return _stat(pid)[:1] not in ([], ["Z"])


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A running server, made for this block."""
    # In memory where there is such a folder: a database is a thousand small files.
    folder = Path(tempfile.mkdtemp(prefix="yomitori-postgres-", dir=MEMORY if os.access(MEMORY, os.W_OK) else None))
    made = Cluster(folder, _free_port())
    try:
        if os.geteuid() == 0:
            account = pwd.getpwnam(SERVER)
            os.chown(folder, account.pw_uid, account.pw_gid)
        made._run("initdb", "-D", made._data, "-U", SERVER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        made.start()
        try:
            yield made
        finally:
            made.end()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    """One that no outgoing connection is given while the server is down for a moment."""
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as one, suppress(OSError):
            one.bind(("127.0.0.1", port))
            return port
    raise OSError("no free port")


Places = Callable[[str], Settings]  # a name → settings of an office that has not been opened yet


@pytest.fixture(scope="session")
def server() -> Iterator[Cluster]:
    """A PostgreSQL for the whole run; its database READY has the tables of a new store."""
    with cluster() as made:
        with psycopg.connect(made.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {READY}")
        with tempfile.TemporaryDirectory() as folder:
            store.migrate(Settings(data=Path(folder), database=made.url(READY)))
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Places]:
    """Offices in SQLite, and the same ones in PostgreSQL; the same name is the same office."""
    with places_of(request, tmp_path) as found:
        yield found


@contextmanager
def places_of(request: pytest.FixtureRequest, folder: Path) -> Iterator[Places]:
    """Offices in this folder, of the kind that the fixture's parameter names."""
    urls: dict[str, str] = {}
    made: Cluster | None = request.getfixturevalue("server") if request.param == "postgresql" else None

    def place(name: str) -> Settings:
        if made and name not in urls:
            urls[name] = made.lend()
            Settings(data=folder / name).make_secret()  # whoever made the store in there left its secret beside it
        return Settings(data=folder / name, database=urls.get(name))

    yield place
    if made:
        for url in urls.values():
            made.take_back(url)


@pytest.fixture
def settings(places: Places) -> Settings:
    """Settings of an empty office."""
    return places("data")
