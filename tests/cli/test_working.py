"""Workers and moves, from the command."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline import settings, workers
from pipeline.cli import intake, watching
from pipeline.settings import Settings
from pipeline.workers import worker
from tests.cli.conftest import TICKETS, Said
from tests.postgres import Cluster, server

__all__ = ["server"]


def test_a_worker_needs_a_queue(yomitori: Callable[..., Said]) -> None:
    """Where whoever takes files in reads them too, there is nothing for a worker to do, and it says so."""
    said = yomitori("worker")
    assert (said.code, "[engine-local]" in said.words) == (2, True)


def test_the_same_commands_with_a_queue(
    yomitori: Callable[..., Said], server: Cluster, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As docs/scale.md says: SQLite is moved into PostgreSQL, files wait in its queue, a worker reads them, all balances."""
    yomitori("user", "add", "花")
    own, url = settings.load(), server.database()
    monkeypatch.setenv("YOMITORI_MOVE_TO", url)
    assert "食い違い 0" in yomitori("store", "move").words
    monkeypatch.setenv("YOMITORI_DATABASE", url)
    monkeypatch.setenv("YOMITORI_ENGINE", "procrastinate")
    monkeypatch.setenv("YOMITORI_SHARED", str(tmp_path / "shared"))
    monkeypatch.setenv("YOMITORI_WORKER_SILENCE", "3")
    (tmp_path / "shared").mkdir()
    for moved in (own.secret_file, own.anchor):
        moved.rename(tmp_path / "shared" / moved.name)
    assert yomitori("store", "migrate").code == 0
    said = yomitori("ingest", TICKETS / "scan-00001.pdf")
    assert (said.code, "[no-worker]" in said.words) == (4, True)

    def until_empty(*given: object) -> None:
        reader = worker.Reader(*given[:3])  # type: ignore[arg-type]  # what `work` is given
        reader.read({task.page_id: None for task in reader.store.waiting()})

    monkeypatch.setattr(worker, "work", until_empty)
    assert yomitori("worker").code == 0
    assert "ページ 3、読み取り待ち 0、食い違い 0" in yomitori("store", "verify").words
    assert "花" in yomitori("user", "list").data
    assert len(list((tmp_path / "shared" / "vault").glob("*/*"))) == 1


def test_a_watched_folder_leaves_reading_to_the_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes on to the next file instead of waiting for the pages of this one."""
    monkeypatch.setattr(workers, "queued", lambda _: True)
    office = intake.Intake(None, None, None)  # type: ignore[arg-type]  # none of them is asked
    assert watching.Watch(office, threading.Event())._read("00") == "ワーカーが読みます。"


def test_what_all_machines_see_lies_in_one_folder(tmp_path: Path) -> None:
    """Originals, secret, own forms and lists follow the shared folder; temporary pictures stay on the machine."""
    own = Settings(data=tmp_path / "data", shared=tmp_path / "shared")
    assert {own.vault.parent, own.secret_file.parent, own.own_forms.parent, own.own_lists.parent} == {
        tmp_path / "shared"
    }
    assert {own.private.parent, own.blanks.parent} == {tmp_path / "data"}
