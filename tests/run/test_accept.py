"""Files come in: each with exactly one outcome, durable before it is told."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from pipeline import run, store
from pipeline.store import Store
from tests.run import papers
from tests.run.papers import back, front, note, scan


def test_folders_are_walked_in_natural_order(office: Store, tmp_path: Path) -> None:
    """Sheet 10 comes after sheet 2, inner folders after the files beside them, and hidden files not at all."""
    for name in ("s10.pdf", "s2.pdf", "in/s1.pdf", ".trash/s0.pdf", ".DS_Store"):
        scan(tmp_path / "stack", name, [[note(name)]])
    arrivals = papers.ingest(office, tmp_path / "stack")
    assert [one.name for one in arrivals] == ["s2.pdf", "s10.pdf", "s1.pdf"]
    assert {one.kind for one in arrivals} == {"accepted"}
    assert [one.name for one in office.scans()] == ["s2.pdf", "s10.pdf", "s1.pdf"]


def test_the_same_bytes_are_nothing_new(office: Store, tmp_path: Path) -> None:
    """A second copy under another name adds a line to the ledger and nothing else."""
    first = scan(tmp_path, "a.pdf", [[note("1")]])
    papers.ingest(office, first)
    before = papers.dump(office)
    again = papers.ingest(office, scan(tmp_path, "b.pdf", [[note("1")]]))
    assert [one.kind for one in again] == ["duplicate"]
    assert papers.dump(office) == before
    assert [(line.kind, line.name) for line in office.ledger()] == [
        ("accepted", "a.pdf"),
        ("read", "a.pdf"),
        ("duplicate", "b.pdf"),
    ]


def test_refused_files_are_kept_with_their_reason(office: Store, tmp_path: Path) -> None:
    """What cannot be opened goes to quarantine: bytes kept, reason in Japanese, a record in the queue, a ledger line."""
    bad = tmp_path / "letter.pdf"
    bad.write_bytes(b"no scan")
    arrival = papers.ingest(office, bad, scan(tmp_path, "good.pdf", [[note("1")]]))[0]
    assert (arrival.kind, arrival.code) == ("refused", "damaged")
    assert "letter.pdf を開けません" in arrival.message
    assert office.page_bytes(arrival.sha256) == b"no scan"
    (refused,) = office.scans(refused=True)
    assert (refused.refused, refused.message) == (arrival.code, arrival.message)
    records = [filed.record for filed in office.records(status=["unreadable"])]
    assert [(one.reason, one.pages[0].page, one.pages[0].file) for one in records] == [("damaged", None, "letter.pdf")]
    assert [line.detail for line in office.ledger() if line.kind == "refused"] == ["damaged"]
    assert office.counts().open == 1


def test_files_that_vanish_are_told_and_nothing_else(office: Store, tmp_path: Path) -> None:
    """A file whose bytes cannot be had is refused by name; the others come in."""
    arrivals = papers.ingest(office, tmp_path / "gone.pdf", scan(tmp_path, "a.pdf", [[note("1")]]))
    assert [(one.kind, one.code) for one in arrivals] == [("refused", "unreadable"), ("accepted", "")]
    assert len(list(office.scans())) == 1


def test_what_was_told_is_durable(office: Store, tmp_path: Path) -> None:
    """Each file is in the store at the moment its arrival is told, before the next one is looked at."""
    paths = [scan(tmp_path, f"{n}.pdf", [[note(str(n))]]) for n in range(3)]
    for n, arrival in enumerate(run.accept(paths, office), 1):
        assert office.original(arrival.sha256).stat().st_mode & 0o777 == 0o600
        with store.open(office.settings) as other:
            assert len(list(other.scans())) == n
            assert other.page_bytes(arrival.sha256) == paths[n - 1].read_bytes()


def test_batches_carry_their_files(office: Store, tmp_path: Path) -> None:
    """Files of one batch are counted and listed by its name."""
    papers.ingest(office, scan(tmp_path, "a.pdf", [[note("1")], [note("2")]]), batch="月曜")
    papers.ingest(office, scan(tmp_path, "b.pdf", [[front("3"), back("3")]]), batch="火曜")
    assert (office.counts("月曜").pages, office.counts("火曜").pages, office.counts().pages) == (2, 1, 3)
    assert [filed.scan.name for filed in office.records(batch="火曜")] == ["b.pdf"]
    assert [(filed.position, filed.scan.batch) for filed in office.records(batch="月曜")] == [(1, "月曜"), (2, "月曜")]


def test_logs_name_no_person(office: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """File names may be people's names, and stay out of the log; so do answers."""
    with caplog.at_level(logging.DEBUG, logger="pipeline"):
        papers.ingest(office, scan(tmp_path, "試験花子.pdf", [[front("3"), back("3")]]))
    assert "arrived kind=accepted" in caplog.text
    assert "花子" not in caplog.text


def test_a_refused_file_may_be_opened_again(office: Store, tmp_path: Path) -> None:
    """Opened after all, its pages are read and its refusal leaves the queue; the ledger tells both and balances."""

    def slow(_: Path, name: str) -> int:
        raise run.refused(name, "timeout")

    (arrival,) = run.accept([scan(tmp_path, "a.pdf", [[note("1")], [note("2")]])], office, count=slow)
    assert run.open_again(arrival.sha256, office, slow).code == "timeout"
    assert (office.counts().open, office.counts().waiting) == (1, 0)
    assert run.open_again(arrival.sha256, office).pages == 2
    assert store.verify(office) == []
    list(run.process([task.page_id for task in office.waiting()], office, papers.forms()))
    assert [filed.record.status for filed in office.records()] == ["accepted", "accepted"]
    assert (list(office.scans(refused=True)), office.counts().open) == ([], 0)
    assert [line.kind for line in office.ledger()] == ["refused", "reopened", "read", "read"]
    with pytest.raises(KeyError):
        run.open_again(arrival.sha256, office)


def test_pages_that_were_stopped_are_named(office: Store, tmp_path: Path) -> None:
    """A page whose reading ran out of time is in the list until it was read again; a damaged one never is."""
    list(run.accept([scan(tmp_path, "a.pdf", [[note("1")], "refused"])], office))
    tasks = office.waiting()
    run.saved(tasks[0], run.failed(tasks[0], "timeout"), office, papers.forms())
    list(run.process([tasks[1].page_id], office, papers.forms()))
    assert office.stopped() == tasks[:1]
    list(run.read_again([task.page_id for task in office.stopped()], office, papers.forms()))
    assert office.stopped() == []
    assert sorted(filed.record.status for filed in office.records()) == ["accepted", "unreadable"]
