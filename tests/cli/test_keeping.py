"""Backup, restore and purge from the command: words to stderr, what can be used to stdout."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline import run, store
from pipeline.forms import Forms
from pipeline.settings import Settings
from tests.acquire import made
from tests.cli.conftest import Said

Command = Callable[..., Said]
KEY = "とても長い合言葉をここに書く"


@pytest.fixture
def data(tmp_path: Path, yomitori: Command) -> Path:
    """A store with one file of two pages that no form explains, and one that cannot be opened."""
    (tmp_path / "key").write_text(KEY + "\n", "utf-8")
    (tmp_path / "a.pdf").write_bytes(made.scanned_pdf(made.picture(1), made.picture(2)))
    (tmp_path / "b.pdf").write_bytes(b"no scan")
    with store.open(Settings(data=tmp_path / "data"), create=True) as opened:
        list(run.accept([tmp_path / "a.pdf", tmp_path / "b.pdf"], opened))
        for task in opened.waiting():
            run.saved(task, run.failed(task, "damaged"), opened, Forms({}))
    return tmp_path / "data"


def test_there_and_back(data: Path, tmp_path: Path, yomitori: Command) -> None:
    """A backup is restored into an empty folder and balances; into a full one it is refused."""
    done = yomitori("store", "backup", tmp_path / "all.backup", "--key-file", tmp_path / "key")
    assert (done.code, done.data.strip()) == (0, str(tmp_path / "all.backup"))
    assert "原本 2 件" in done.words
    again = yomitori("store", "restore", tmp_path / "all.backup", "--key-file", tmp_path / "key")
    assert (again.code, "restore-not-empty" in again.words) == (2, True)
    shutil.rmtree(data)
    back = yomitori("store", "restore", tmp_path / "all.backup", "--key-file", tmp_path / "key")
    assert (back.code, "食い違い 0" in back.words) == (0, True)
    assert yomitori("store", "verify").code == 0


def test_without_a_passphrase(data: Path, tmp_path: Path, yomitori: Command) -> None:
    """Where nobody can be asked for it, the sentence says how to give it."""
    said = yomitori("store", "backup", tmp_path / "all.backup")
    assert (said.code, "passphrase-missing" in said.words) == (2, True)


def test_purging_shows_first(data: Path, tmp_path: Path, yomitori: Command) -> None:
    """Without --yes nothing goes; with it a page is taken out, the certificate is told, again at any time, and the store balances."""
    with store.open(Settings(data=data)) as opened:
        store.accounts.add(opened, "花")
        ids = [filed.record.id for filed in opened.records()]
        sha256 = next(opened.scans()).sha256
    looked = yomitori("store", "purge", "--record", ids[0])
    assert (looked.code, looked.data) == (0, "")
    assert "消える記録 1 件、原本 0 件、残る原本から消すページ 1 枚。" in looked.words
    done = yomitori("store", "purge", "--record", ids[0], "--why", "誤って取り込んだため", "--by", "花", "--yes")
    assert done.code == 0, done.words
    assert all(word in done.data for word in ("消去証明書", "誤って取り込んだため", ids[0], sha256, "花"))
    assert yomitori("store", "certificates").data.strip() == done.data.strip()
    paper = tmp_path / "certificate.txt"
    rest = [word for one in ids[1:] for word in ("--record", one)]
    last = yomitori("store", "purge", *rest, "--by", "花", "--yes", "--certificate", paper)
    assert (last.code, last.data.strip()) == (0, str(paper))
    assert sha256 in paper.read_text("utf-8")
    assert list((data / "vault").glob("??/*")) == []
    assert yomitori("store", "verify").code == 0


def test_a_certificate_is_not_lost_for_want_of_a_place(data: Path, tmp_path: Path, yomitori: Command) -> None:
    """What went is gone: where the file cannot be written the certificate is shown, with a sentence."""
    with store.open(Settings(data=data)) as opened:
        store.accounts.add(opened, "花")
        one = next(opened.records()).record.id
    nowhere = tmp_path / "no folder" / "certificate.txt"
    shown = yomitori("store", "purge", "--record", one, "--by", "花", "--yes", "--certificate", nowhere)
    assert (shown.code, "消去証明書" in shown.data, str(nowhere) in shown.words) == (0, True, True)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (("--record", "nobody"), "record-unknown"),
        (("--batch", "nothing"), "batch-unknown"),
        (("--batch", "a", "--record", "b"), "purge-both"),
        (("--yes",), "purge-by"),
        (("--yes", "--by", "誰か"), "user-unknown"),
    ],
)
def test_what_is_not_understood(data: Path, yomitori: Command, asked: tuple[str, ...], code: str) -> None:
    """An unknown record, batch or person is wrong usage, and nothing goes."""
    said = yomitori("store", "purge", *asked)
    assert (said.code, code in said.words) == (2, True)
    with store.open(Settings(data=data)) as opened:
        assert len(list(opened.records())) == 3
