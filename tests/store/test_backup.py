"""A backup holds everything as it stood at one moment, for whoever has the passphrase, and nobody else."""

from __future__ import annotations

import contextlib
import functools
import io
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline import run, store
from pipeline.errors import Problem, StoreProblem, UsageProblem
from pipeline.settings import Settings
from pipeline.store import Store, sealed, vault
from tests import processes
from tests.run import papers
from tests.run.papers import note, scan
from tests.store import make_golden

KEY = "とても長い合言葉をここに書く"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of an empty office in a file: one in PostgreSQL is copied by pg_dump."""
    return Settings(data=tmp_path / "data")


@pytest.fixture
def whole(office: Store, tmp_path: Path) -> Store:
    """A store with a bit of everything, a form and a list of its own."""
    (office.settings.own_forms / "own").mkdir(parents=True)
    (office.settings.own_forms / "own" / "form.yaml").write_text("schema: 1")
    office.settings.own_lists.mkdir()
    (office.settings.own_lists / "districts.csv").write_text("釜石")
    papers.ingest(office, scan(tmp_path, "a.pdf", [[note("1")], [note("2")], "refused"]))
    return office


def backed_up(opened: Store, tmp_path: Path) -> Path:
    """A backup of it."""
    store.backup.backup(opened, tmp_path / "all.backup", KEY)
    return tmp_path / "all.backup"


def test_everything_comes_back(whole: Store, tmp_path: Path) -> None:
    """Restored elsewhere, rows, originals, forms, lists and the secret are the same, closed to others, and balance."""
    elsewhere = Settings(data=tmp_path / "new" / "data")
    made = store.backup.restore(elsewhere, backed_up(whole, tmp_path), KEY)
    assert made.files == 1
    with papers.balanced(elsewhere) as opened:
        assert papers.dump(opened) == papers.dump(whole)
        assert [one.name for one in store.accounts.everyone(opened)] == ["花"]
    assert elsewhere.secret() == whole.settings.secret()
    assert (elsewhere.own_forms / "own" / "form.yaml").read_text() == "schema: 1"
    assert (elsewhere.own_lists / "districts.csv").read_text() == "釜石"
    assert elsewhere.data.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in elsewhere.data.rglob("*"))


def test_what_machines_share_lies_elsewhere(stations: None, tmp_path: Path) -> None:
    """With a shared folder its key, forms, lists and calibration are in the backup, and go into a shared folder again."""
    own = Settings(data=tmp_path / "data", shared=tmp_path / "shared")
    with papers.balanced(own) as opened:
        papers.ingest(opened, scan(tmp_path, "a.pdf", [[note("1")]]))
        opened.audit(None, "test")
        for path in (own.own_forms / "own" / "form.yaml", own.own_lists / "a.csv", own.drafts / "d" / "0.json"):
            path.parent.mkdir(parents=True)
            path.write_text(path.name)
        own.calibration.write_text("{}")
        path = backed_up(opened, tmp_path)
    new = Settings(data=tmp_path / "new", shared=tmp_path / "new-shared")
    store.backup.restore(new, path, KEY)
    with papers.balanced(new) as opened:
        assert store.audit.verify(opened) == []
        assert opened.counts().files == 1
    there = {str(one.relative_to(tmp_path)) for one in tmp_path.glob("new*/**/*") if one.is_file()}
    assert {"new-shared/secret.key", "new-shared/forms/own/form.yaml", "new-shared/lists/a.csv"} <= there
    assert {"new-shared/calibration.json", "new/drafts/d/0.json", "new/yomitori.sqlite"} <= there
    assert new.secret() == own.secret()
    with pytest.raises(UsageProblem, match="restore-not-empty"):
        store.backup.restore(Settings(data=tmp_path / "other", shared=new.shared), path, KEY)
    with pytest.raises(UsageProblem, match="restore-database"):
        store.backup.restore(Settings(data=tmp_path / "other", database="sqlite:////tmp/x"), path, KEY)


def test_removed_while_a_backup_runs(whole: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What somebody removes while originals are copied is in that backup still, and gone from the vault after it."""
    monkeypatch.setattr(vault, "PATIENCE_S", 0.05)
    (filed, *_) = whole.records()
    path, real = whole.original(filed.scan.sha256), vault.read

    def read(folder: Path, sha256: str) -> bytes:
        for one in list(whole.records()):
            with contextlib.suppress(KeyError):  # it lay on a page of another one
                run.remove(whole, one.record.id, "花")
        assert {one.code for one in store.verify(whole)} == {"not-removed"}
        return real(folder, sha256)

    monkeypatch.setattr(vault, "read", read)
    backed_up(whole, tmp_path)
    assert not path.exists()
    assert _restored(tmp_path, "all").vault.joinpath(path.parent.name, path.name).is_file()


def test_nothing_of_it_can_be_read_without_the_passphrase(whole: Store, tmp_path: Path) -> None:
    """Neither a name nor a hash is in the file; a wrong passphrase opens nothing and leaves no folder."""
    path = backed_up(whole, tmp_path)
    data = path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    for secret in ("花".encode(), b"a.pdf", next(whole.scans()).sha256.encode(), b"SQLite"):
        assert secret not in data
    with pytest.raises(UsageProblem, match="backup-locked"):
        store.backup.restore(Settings(data=tmp_path / "new"), path, KEY + "違")
    with pytest.raises(UsageProblem, match="backup-unknown"):
        store.backup.restore(Settings(data=tmp_path / "new"), make_golden.FOLDER / "0001.sql", KEY)
    assert not list(tmp_path.glob("new*"))


def test_a_damaged_backup_is_found_out(whole: Store, tmp_path: Path) -> None:
    """Cut off, a byte changed, or pieces swapped: refused, and no folder is left."""
    path = backed_up(whole, tmp_path)
    data = path.read_bytes()
    dice = random.Random(1)
    bad = [data[:-1], data[: len(data) // 2], data[:60], data + b"x", data[:50]]
    for _ in range(12):
        at = dice.randrange(len(sealed.MAGIC), len(data))
        bad.append(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    for broken in bad:
        path.write_bytes(broken)
        with pytest.raises(Problem, match="backup-"):
            store.backup.restore(Settings(data=tmp_path / "new"), path, KEY)
        assert not list(tmp_path.glob("new*"))


def test_pieces_have_their_place() -> None:
    """A stream of several pieces comes back whole; two pieces swapped, or the last one left out, do not."""
    out = io.BytesIO()
    with sealed.Sealing(out, KEY) as stream:
        stream.write(bytes(range(256)) * (3 * sealed.PIECE // 256) + b"end")
    data, head = out.getvalue(), len(sealed.MAGIC) + sealed.SALT + sealed.PREFIX
    step = sealed.PIECE + sealed.TAG
    assert io.BufferedReader(sealed.Opening(io.BytesIO(data), KEY)).read().endswith(b"end")
    swapped = data[:head] + data[head + step : head + 2 * step] + data[head : head + step] + data[head + 2 * step :]
    for broken in (swapped, data[: head + 3 * step], data[: head + 2 * step]):
        with pytest.raises(Problem, match="backup-"):
            io.BufferedReader(sealed.Opening(io.BytesIO(broken), KEY)).read()


def test_nothing_else_is_ever_written(whole: Store, tmp_path: Path) -> None:
    """A backup made by somebody who means harm, with a path that leads elsewhere, writes nothing there."""
    for name in ("../evil", "/tmp/evil", "forms/../../evil", "vault/ab/evil", "evil", f"vault/ab/{'cd' * 32}"):
        with store.backup._archive(tmp_path / "bad", KEY) as archive:
            store.backup._add(archive, name, b"evil")
        with pytest.raises(StoreProblem, match="backup-damaged"):
            store.backup.restore(Settings(data=tmp_path / "new"), tmp_path / "bad", KEY)
    assert not list(tmp_path.rglob("evil"))


def test_a_folder_with_something_in_it_is_left_alone(whole: Store, tmp_path: Path) -> None:
    """Restoring never overwrites; a short passphrase protects nothing and is refused."""
    with pytest.raises(UsageProblem, match="restore-not-empty"):
        store.backup.restore(whole.settings, backed_up(whole, tmp_path), KEY)
    with pytest.raises(UsageProblem, match="passphrase-short"):
        store.backup.backup(whole, tmp_path / "b", "短い")
    assert not (tmp_path / "b").exists()
    assert not (tmp_path / "b.part").exists()


def test_a_lost_original_stops_the_backup(whole: Store, tmp_path: Path) -> None:
    """A backup that would lack something is not made at all."""
    path = whole.original(next(whole.scans()).sha256)
    path.rename(tmp_path / "elsewhere")
    with pytest.raises(StoreProblem, match="original-lost"):
        backed_up(whole, tmp_path)
    (tmp_path / "elsewhere").rename(path)
    assert not list(tmp_path.glob("all.backup*"))


def _busy(data: Path, folder: Path) -> None:
    with store.open(Settings(data=data)) as opened:
        for n in range(10, 10_000):
            papers.ingest(opened, scan(folder, f"{n}.pdf", [[note(str(n))], [note(f"{n}x")]]))


@contextmanager
def writing(data: Path, folder: Path) -> Iterator[None]:
    """Another process takes files in all the time."""
    busy = processes.believing(_busy, data, folder)
    try:
        yield
    finally:
        busy.kill()
        processes.ended(busy)


def _holds(opened: Store, files: int) -> bool:
    return opened.counts().files >= files


def test_a_backup_taken_while_others_write_balances(settings: Settings, stations: None, tmp_path: Path) -> None:
    """While another process takes files in, every backup is one moment: whole when it is restored, ledger and all."""
    sizes = []
    with store.open(settings, create=True) as opened, writing(settings.data, tmp_path / "in"):
        for n in range(3):
            processes.until(functools.partial(_holds, opened, 4 * n + 3))
            made = store.backup.backup(opened, tmp_path / f"{n}.backup", KEY)
            sizes.append(made.files)
            with papers.balanced(_restored(tmp_path, n)) as found:
                assert found.counts().files == made.files
    assert sizes == sorted(sizes)
    assert sizes[0] >= 3


def _restored(folder: Path, n: int | str) -> Settings:
    where = Settings(data=folder / f"restored-{n}")
    store.backup.restore(where, folder / f"{n}.backup", KEY)
    return where
