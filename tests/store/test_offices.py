"""An office sees its own papers only, whatever it asks and however it asks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import exports, model, review, run, store
from pipeline.errors import UsageProblem
from pipeline.review import Change, alike, progress
from pipeline.settings import Settings
from pipeline.store import NewScan, Part, Store, accounts, batches
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


def _in(opened: Store, folder: Path, n: int, new: NewScan) -> str:
    """A scan that only this call brings in; the id of its record."""
    path = folder / f"in-{n}.png"
    path.write_bytes(office.page_png(office.form(), 900 + n))
    arrival = run.take(path, opened, new)
    record = office.record(office.form(), f"in-{n}", arrival.sha256, path.name)
    run.save(Part(opened.pages(arrival.sha256)[0].page_id, (record,)), opened, office.forms())
    return record.id


def test_two_offices_batches_of_one_name_stay_apart(opened: Store, tmp_path: Path) -> None:
    """What both call the same is two batches: in queue, progress, files and exports; the headquarters' is a third."""
    for n, by in enumerate(("花", "太郎", "本部", "花")):
        _in(opened, tmp_path, n, NewScan("", f"in-{n}.png", 0, 0, "四月の束", by))
    same = {one.office: one for one in batches.newest(opened) if one.name == "四月の束"}
    assert {where: one.files for where, one in same.items()} == {HERE: 2, THERE: 1, None: 1}
    queued = {where: [item.record for item in review.queue(opened, batch=one.id)] for where, one in same.items()}
    assert queued == {HERE: ["in-0", "in-3"], THERE: ["in-1"], None: ["in-2"]}
    heaps = {heap.batch: (heap.name, heap.office, heap.sheets) for heap in progress.heaps(opened, ["2000"])}
    assert heaps[same[HERE].id] == ("四月の束", HERE, 2)
    left = {(one.name, one.office): one.left for one in progress.by_batch(opened)}
    assert (left["四月の束", HERE], left["四月の束", THERE], left["四月の束", ""]) == (2, 1, 1)
    assert len(list(opened.records(batch="四月の束"))) == opened.counts("四月の束").files == 4
    whose = exports._Offices(opened)
    assert [whose.of(one.scan) for one in opened.records(batch="四月の束")] == [HERE, THERE, "", HERE]


def test_a_name_is_taken_in_its_own_office_only(opened: Store) -> None:
    """Making a batch is refused where the office has one of that name, whoever asks; elsewhere the name is free."""
    made = {where: batches.create(opened, "窓口", "本部", where) for where in (HERE, THERE, None)}
    assert len(set(made.values())) == 3
    for where in made:
        with pytest.raises(UsageProblem, match="batch-taken"):
            batches.create(opened, "窓口", "花", where)


def test_a_batch_by_id_takes_the_paper_of_whoever_brings_it(opened: Store, tmp_path: Path) -> None:
    """The headquarters adds to an office's batch, and no batch of its own comes of it."""
    made = batches.create(opened, "窓口", "花", HERE)
    found = _in(opened, tmp_path, 7, NewScan("", "in-7.png", 0, 0, actor="本部", batch_id=made))
    assert opened.of_office(HERE).filed(found).scan.batch_id == made
    assert sum(one.name == "窓口" for one in batches.newest(opened)) == 1


def test_batches_and_files_of_nobodys_office_are_the_headquarters(opened: Store, tmp_path: Path) -> None:
    """What the watched folder or the command brought in stands in no office's lists; an own one of no office does."""
    _in(opened, tmp_path, 8, NewScan("", "in-8.png", 0, 0, "夜の束"))
    _in(opened, tmp_path, 9, NewScan("", "in-9.png", 0, 0, None, batches.WATCHED))
    own = batches.create(opened, "花だけの束", "花")
    there, mine, every = batches.Scope(office=THERE), batches.Scope(office=HERE), batches.EVERYBODY
    assert {one.name for one in batches.newest(opened, there)} == {"太郎の束"}
    assert {one.name for one in batches.newest(opened, mine)} == {"花の束", "花だけの束"}
    assert {"夜の束"} <= {one.name for one in batches.newest(opened, every)}
    assert [one.name for one in batches.files(opened, there)] == ["scan-1.png"]
    assert {"in-8.png", "in-9.png"} <= {one.name for one in batches.files(opened, every)}
    with pytest.raises(KeyError):
        batches.find(opened, own, there)
