"""An office sees its own papers only, whatever it asks and however it asks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import model, review, run, store
from pipeline.review import Change, alike
from pipeline.settings import Settings
from pipeline.store import Part, Store, accounts
from tests.run import papers
from tests.ui import office

HERE, THERE = "平田", "鵜住居"


@pytest.fixture
def opened(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """One record of each of two offices, and one that nobody's office brought in."""
    papers.cheap_passwords(monkeypatch)
    with store.open(settings, create=True) as made:
        for n, (name, where) in enumerate((("花", HERE), ("太郎", THERE), ("本部", None))):
            accounts.add(made, name, office=where)
            path = tmp_path / f"scan-{n}.png"
            path.write_bytes(office.page_png(office.form(), n))
            arrival = next(iter(run.accept([path], made, batch=f"{name}の束" if n < 2 else None, actor=name)))
            record = office.record(
                office.form(), f"{n}" * 8, arrival.sha256, path.name, f5=("0193221234", "valid", 0.5)
            )
            run.save(Part(made.pages(arrival.sha256)[0].page_id, (record,)), made, office.forms())
        yield made


def _seen(opened: Store) -> set[str]:
    """What every way of asking agrees on."""
    records = {one.record.id for one in opened.records()}
    assert {item.record for item in review.queue(opened)} == records
    assert opened.counts().open == opened.counts().files == len(list(opened.scans())) == len(records)
    return records


def test_every_question_is_narrowed(opened: Store) -> None:
    """Lists, queue, counts and files hold the office's own papers; the headquarters sees all, an unknown office none."""
    assert _seen(opened) == {"0" * 8, "1" * 8, "2" * 8}
    assert _seen(opened.of_office(HERE)) == {"0" * 8}
    assert _seen(opened.of_office(THERE)) == {"1" * 8}
    assert _seen(opened.of_office("どこにもない")) == set()
    assert _seen(opened.of_office(None)) == _seen(opened)


def test_what_is_not_ones_own_is_not_there(opened: Store) -> None:
    """By id another office's record is unknown: to look at, to take, to decide about, and its file."""
    mine, other = opened.of_office(HERE), opened.filed("1" * 8)
    for ask in (mine.record, mine.filed):
        with pytest.raises(KeyError):
            ask("1" * 8)
    assert review.take(mine, "花", record="1" * 8) is None
    with pytest.raises(KeyError):
        run.settle(mine, office.forms(), Change("1" * 8, "f1", "confirm", 0, "花"))
    assert not opened.record("1" * 8).decisions
    with pytest.raises(KeyError):
        mine.page_bytes(other.scan.sha256)
    assert mine.pages(other.scan.sha256) == []


def test_ones_own_can_be_decided(opened: Store) -> None:
    """The same calls work for the office's own record."""
    mine = opened.of_office(HERE)
    run.settle(mine, office.forms(), Change("0" * 8, "f1", "confirm", 0, "花"))
    assert opened.record("0" * 8).answers()["f1"].origin == model.CONFIRMED


def test_crops_shown_together_are_ones_own(opened: Store) -> None:
    """A group of equal values counts and shows only the office's own."""
    mine = opened.of_office(HERE)
    counts = {group.field: group.count for group in alike.groups(opened, office.forms())}
    own = {group.field: group.count for group in alike.groups(mine, office.forms())}
    assert (counts["f1"], own["f1"]) == (3, 1)
    group = next(one for one in alike.groups(opened, office.forms()) if one.field == "f1")
    assert [one.record for one in alike.members(mine, group, "花", 9)] == ["0" * 8]


def test_a_paper_without_a_batch_belongs_to_who_brought_it(opened: Store, tmp_path: Path) -> None:
    """Without a batch, or in one of no office, the person's office counts."""
    path = tmp_path / "late.png"
    path.write_bytes(office.page_png(office.form(), 77))
    sha256 = next(iter(run.accept([path], opened, actor="花"))).sha256
    assert [one.sha256 for one in opened.of_office(HERE).scans()][-1] == sha256
    assert sha256 not in [one.sha256 for one in opened.of_office(THERE).scans()]
