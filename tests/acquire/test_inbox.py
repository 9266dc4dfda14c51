"""The watched folder: only whole files are taken, each once, and never moved before they are safe."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline import errors
from pipeline.acquire import inbox
from tests.acquire import made

SCAN = made.jpeg(made.picture())


class Office:
    """A folder, what was accepted from it, and what was said."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.accepted: list[str] = []
        self.said: list[str] = []
        self.fail: Exception | None = None
        self.inbox = inbox.Inbox(folder, self._accept, self.said.append)
        folder.mkdir(exist_ok=True)

    def _accept(self, path: Path) -> None:
        if self.fail is not None:
            raise self.fail
        assert path.exists()
        self.accepted.append(path.name)

    def drop(self, name: str, data: bytes = SCAN) -> Path:
        """The scanner writes a file."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        return path

    def poll(self, times: int) -> list[str]:
        """Names of the files taken in so many polls."""
        return [path.name for _ in range(times) for path in self.inbox.poll()]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """An empty watched folder."""
    return Office(tmp_path / "scans")


def test_a_file_is_taken_after_two_steady_polls(office: Office) -> None:
    """Seen, unchanged, unchanged again: accepted and moved, once."""
    path = office.drop("a.jpg")
    assert [office.poll(1), office.poll(1), office.poll(1), office.poll(3)] == [[], [], ["a.jpg"], []]
    assert office.accepted == ["a.jpg"]
    assert not path.exists()
    assert (office.folder / "done" / "a.jpg").read_bytes() == SCAN


def test_a_growing_file_is_left_alone(office: Office) -> None:
    """As long as the scanner writes, nothing is taken."""
    for size in range(100, len(SCAN), len(SCAN) // 5):
        office.drop("a.jpg", SCAN[:size])
        assert office.poll(1) == []
    office.drop("a.jpg")
    assert office.poll(3) == ["a.jpg"]


def test_a_file_without_its_end_waits(office: Office) -> None:
    """A copy that stalls is not taken for a whole file, but not forgotten either."""
    office.drop("a.jpg", SCAN[:-100])
    assert office.poll(inbox.PATIENCE_POLLS) == []
    assert office.poll(1) == ["a.jpg"]


@pytest.mark.parametrize(
    "data", [b"no scan at all", made.scanned_pdf(made.picture()).replace(b"/Count 1", b"/Count 9")]
)
def test_what_is_no_scan_is_taken_too(office: Office, data: bytes) -> None:
    """Whoever accepts refuses it with a reason; it does not lie in the folder for ever."""
    office.drop("notes.txt", data)
    assert office.poll(3) == ["notes.txt"]


def test_same_name_again(office: Office) -> None:
    """Scanners start counting anew each day; no file in `done` is overwritten."""
    for number in (1, 2, 3):
        office.drop("scan.jpg", SCAN + bytes(number))
        office.poll(3)
    kept = {path.name: path.read_bytes() for path in (office.folder / "done").iterdir()}
    assert kept == {"scan.jpg": SCAN + bytes(1), "scan (2).jpg": SCAN + bytes(2), "scan (3).jpg": SCAN + bytes(3)}


def test_subfolders_keep_their_names(office: Office) -> None:
    """A scanner that sorts by day finds the same folders in `done`; hidden files are left."""
    office.drop("1122/a.jpg")
    hidden = office.drop(".a.jpg.part")
    assert office.poll(3) == ["a.jpg"]
    assert (office.folder / "done" / "1122" / "a.jpg").exists()
    assert hidden.exists()


@pytest.mark.parametrize("error", [errors.StoreProblem("store-gone", "開けません。"), OSError("gone")])
def test_not_moved_before_it_is_safe(office: Office, error: Exception) -> None:
    """While accepting fails the file stays; that is said once; later it is taken."""
    path = office.drop("a.jpg")
    office.fail = error
    assert office.poll(6) == []
    assert path.exists()
    assert len(office.said) == 1
    office.fail = None
    assert office.poll(1) == ["a.jpg"]


def test_accepted_once_even_if_it_cannot_be_moved(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A share that is read-only for a while does not bring the same file in twice."""
    office.drop("a.jpg")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", _denied)
        assert office.poll(6) == []
    assert office.poll(1) == ["a.jpg"]
    assert office.accepted == ["a.jpg"]


def _denied(*_: object) -> None:
    raise PermissionError


@pytest.mark.parametrize("held", [True, False])
def test_done_on_another_disk_gets_one_copy(office: Office, monkeypatch: pytest.MonkeyPatch, held: bool) -> None:
    """Where a file cannot be renamed it is copied and removed; while a scanner holds it no copies pile up."""
    office.drop("a.jpg")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", _other_disk)
        if held:
            unlink = Path.unlink
            patch.setattr(
                Path, "unlink", lambda path, **how: unlink(path, **how) if "done" in path.parts else _denied()
            )
        assert office.poll(6) == ([] if held else ["a.jpg"])
    assert office.poll(1) == (["a.jpg"] if held else [])
    assert [path.name for path in (office.folder / "done").iterdir()] == ["a.jpg"]
    assert (office.folder / "done" / "a.jpg").read_bytes() == SCAN


def _other_disk(*_: object) -> None:
    raise OSError(errno.EXDEV, "other disk")


def test_a_vanished_share_is_waited_out(office: Office) -> None:
    """One sentence when it goes, one when it is back, and then work goes on."""
    office.drop("a.jpg")
    away = office.folder.rename(office.folder.with_name("away"))
    assert office.poll(5) == []
    away.rename(office.folder)
    assert office.poll(3) == ["a.jpg"]
    assert ["見えません" in said for said in office.said] == [True, False]


def test_watching_ends_when_told(office: Office) -> None:
    """Polling goes on until the pause says stop."""
    office.drop("a.jpg")
    left = iter([True, True, True, False])
    pause: Callable[[], bool] = lambda: next(left)  # noqa: E731 - the shortest pause there is
    assert [path.name for path in inbox.watch(office.inbox, pause)] == ["a.jpg"]
    assert next(left, None) is None
