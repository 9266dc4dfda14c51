"""A page that should never have been scanned is gone from its file and from the database; the other pages stay."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline import acquire, review, run, store
from pipeline.errors import Problem
from pipeline.review import notes
from pipeline.settings import Settings
from pipeline.store import Store, removal, vault
from tests.acquire import made
from tests.run import papers
from tests.run.papers import back, front, note, scan

SECRET = "試験 太郎"  # written on the sheet that goes


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of an office in a file: what PostgreSQL leaves in its files is not looked into."""
    return Settings(data=tmp_path / "data")


@pytest.fixture
def stack(office: Store, tmp_path: Path) -> Store:
    """One file of three slips, of which the second holds the secret, and a file of its own for a note."""
    pages = [[front("1"), back("1")], [front("2"), back("2", who=SECRET)], [front("3"), back("3")]]
    papers.ingest(office, scan(tmp_path, "a.pdf", pages), scan(tmp_path, f"{SECRET}.pdf", [[note("4")]]))
    return office


def by_serial(opened: Store, serial: str) -> str:
    """The record of that serial."""
    return next(filed.record.id for filed in opened.records() if filed.record.serial == serial)


def everything(opened: Store) -> bytes:
    """All bytes in the data folder."""
    return b"".join(path.read_bytes() for path in sorted(opened.settings.data.rglob("*")) if path.is_file())


def holds(opened: Store, words: str) -> bool:
    """Whether a word is anywhere in it, as text or as JSON writes it."""
    found = everything(opened)
    return words.encode() in found or json.dumps(words)[1:-1].encode() in found


def test_what_was_written_is_nowhere_any_more(stack: Store) -> None:
    """History, readings, crops, questions, picture and file name are in no file; the other records are as they were."""
    record = stack.record(by_serial(stack, "2"))
    run.settle(stack, papers.forms(), review.Change(record.id, "who", "correct", 0, "花", raw=SECRET + "さん"))
    notes.refer(stack, record, "who", f"{SECRET}でしょうか", "花")
    stack.keep_cuts(record.pages[0].sha256, 2, store.cuts.Cuts(1, 1, {(0, "who"): SECRET.encode()}))
    others = {key: one for key, one in papers.dump(stack)["records"].items() if one["serial"] in {"1", "3"}}
    assert holds(stack, SECRET)
    assert run.remove(stack, record.id, "花") == 1
    assert run.remove(stack, by_serial(stack, "4"), "花") == 1
    assert not holds(stack, SECRET)
    assert papers.dump(stack)["records"] == others
    with pytest.raises(KeyError):
        stack.record(record.id)


def test_one_page_after_the_other(stack: Store) -> None:
    """What was left after the first page is gone once the second is taken out, and the third with the file; ids hold."""
    kept, (first, _) = by_serial(stack, "3"), stack.scans()
    for serial in ("2", "1"):
        run.remove(stack, by_serial(stack, serial), "花")
        assert len(list(vault.everything(stack.settings.vault))) == 2
        assert store.verify(stack) == []
    ids = [task.page_id for task in stack.pages(first.sha256)]
    assert len(ids) == 1
    list(run.read_again(ids, stack, papers.forms()))
    assert stack.record(kept).serial == "3"
    run.remove(stack, kept, "花")
    assert [one.name for one in stack.scans()] == ["removed", f"{SECRET}.pdf"]
    lines = [line.detail.split(" ") for line in stack.ledger() if line.kind == "removed"]
    assert [pages for pages, _ in lines] == ["pages=2", "pages=1", "pages=3"]
    assert lines[-1][1] == "left=-"


def test_a_letter_in_a_real_pdf(settings: Settings, tmp_path: Path) -> None:
    """Of ten scanned pages the fourth is taken out: not a byte of its picture is left, the other nine show what they did."""
    sheets = [made.picture(seed) for seed in range(10)]
    (tmp_path / "a.pdf").write_bytes(made.scanned_pdf(*sheets))
    with papers.balanced(settings) as opened:
        store.accounts.add(opened, "花")
        (arrival,) = run.accept([tmp_path / "a.pdf"], opened)
        for task in opened.waiting():
            run.saved(task, run.failed(task, "damaged"), opened, papers.forms())
        before = {n: run.page_picture(opened, arrival.sha256, n) for n in range(1, 11)}
        assert run.remove(opened, opened.on_page(arrival.sha256, 4)[0].id, "花") == 1
        assert made.jpeg(sheets[3]) not in everything(opened)
        assert all(run.page_picture(opened, arrival.sha256, n) == before[n] for n in before if n != 4)
        assert acquire.count(opened.page_bytes(arrival.sha256), "") == 10
        again = next(run.accept([tmp_path / "a.pdf"], opened))
        assert (again.kind, made.jpeg(sheets[3]) in everything(opened)) == ("duplicate", False)


def test_a_file_that_cannot_be_cut_stays_whole(stack: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a single page cannot be taken out surely, nothing goes and the sentence says what to do."""
    before = papers.dump(stack)

    def refuses(_data: bytes, name: str, _numbers: object) -> bytes:
        raise run.refused(name, "damaged")

    monkeypatch.setattr(acquire, "without", refuses)
    with pytest.raises(Problem, match="damaged"):
        run.remove(stack, by_serial(stack, "2"), "花")
    assert papers.dump(stack) == before


class KilledError(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("point", ["_forget_pages", "finish"])
def test_killed_in_between(stack: Store, point: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ended inside or right after its transaction, a removal is undone or finished by the next one; nothing else is lost."""
    calls = iter(range(9))

    def killed(*given: object) -> bool:
        if point == "finish" and next(calls) == 0:
            return True  # the call before anything is done
        raise KilledError

    real = getattr(removal, point)
    monkeypatch.setattr(removal, point, killed)
    with pytest.raises(KilledError):
        run.remove(stack, by_serial(stack, "2"), "花")
    monkeypatch.setattr(removal, point, real)
    assert {one.code for one in store.verify(stack)} == {"not-entered" if point == "_forget_pages" else "not-removed"}
    if point == "_forget_pages":
        run.remove(stack, by_serial(stack, "2"), "花")
    assert removal.finish(stack)
    assert len(list(vault.everything(stack.settings.vault))) == 2
    assert store.verify(stack) == []
    assert {filed.record.serial for filed in stack.records()} == {"1", "3", "4"}
