"""Pages joined, parted, exchanged, replaced and turned by a person: nothing is lost, and all of it can be taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import model, review, run
from pipeline.review import NotUnderstood
from pipeline.store import Store
from tests.run import papers
from tests.run.papers import back, front, note, scan

HAND = "花"


def _settle(opened: Store, record: str, action: review.Action, raw: str | tuple[str, ...]) -> model.Record:
    version = opened.record(record).version
    return run.settle(opened, papers.forms(), review.Change(record, None, action, version, HAND, raw))


def _two(office: Store, tmp_path: Path) -> tuple[model.Record, model.Record]:
    """A front and a back that nothing says belong together."""
    papers.ingest(office, scan(tmp_path, "a.pdf", [[front(sure=False)], [note("1")], [back()]]))
    every = [filed.record for filed in office.records()]
    return next(one for one in every if "first" in one.readings and _side(one) == "front"), next(
        one for one in every if _side(one) == "back"
    )


def _side(record: model.Record) -> str | None:
    return record.pages[0].side


def _counting(record: model.Record) -> dict[str, model.Value]:
    return {name: answer.value for name, answer in record.answers().items() if answer.counts}


def test_joined_by_hand(office: Store, tmp_path: Path) -> None:
    """Two halves without a serial become one record with both pages and all answers, whichever id is asked for."""
    one, other = _two(office, tmp_path)
    joined = _settle(office, one.id, "join", other.id)
    assert [page.side for page in joined.pages] == ["front", "back"]
    assert _counting(joined) == {"second": 4, "day": "2026-03-05", "weight": 60.5, "who": "試験 花子", "ways": ("a",)}
    assert office.record(other.id).id == joined.id == office.record(one.id).id
    assert len(list(office.records())) == 2


def test_parted_again(office: Store, tmp_path: Path) -> None:
    """A page that was joined wrongly leaves with what it says, and with what people settled on it."""
    one, other = _two(office, tmp_path)
    joined = _settle(office, one.id, "join", other.id)
    forms = papers.forms()
    run.settle(office, forms, review.Change(joined.id, "weight", "correct", 0, HAND, "71.5"))
    run.settle(office, forms, review.Change(joined.id, "first", "correct", 0, HAND, "1"))
    _settle(office, joined.id, "part", ("2",))
    left, right = office.record(one.id), office.record(other.id)
    assert ([page.side for page in left.pages], [page.side for page in right.pages]) == (["front"], ["back"])
    assert (left.answers()["first"].value, left.answers()["weight"].counts) == (1, False)
    assert (right.answers()["weight"].value, right.answers()["weight"].origin) == (71.5, model.CORRECTED)
    assert not right.answers()["first"].counts


def test_parted_although_the_serial_is_the_same(office: Store, tmp_path: Path) -> None:
    """What a person parts stays apart when the page is read again, until a person joins it."""
    papers.ingest(office, scan(tmp_path, "a.pdf", [[front("7")], [back("7")]]))
    (whole,) = [filed.record for filed in office.records()]
    _settle(office, whole.id, "part", ("2",))
    list(run.read_again([task.page_id for task in office.pages(whole.pages[0].sha256)], office, papers.forms()))
    first, second = [filed.record for filed in office.records()]
    assert (len(first.pages), len(second.pages)) == (1, 1)
    assert len(_settle(office, first.id, "join", second.id).pages) == 2


def test_exchanged(office: Store, tmp_path: Path) -> None:
    """Pages change their order and every answer follows its page."""
    one, other = _two(office, tmp_path)
    joined = _settle(office, one.id, "join", other.id)
    swapped = _settle(office, joined.id, "swap", ("2", "1"))
    assert [page.side for page in swapped.pages] == ["back", "front"]
    assert (swapped.readings["first"].page, swapped.readings["day"].page) == (2, 1)
    assert _counting(swapped) == _counting(joined)


def test_a_better_scan_takes_the_place_of_a_bad_one(office: Store, tmp_path: Path) -> None:
    """The new page's readings count, what was settled stays, the bad picture is kept behind, other pages remain."""
    papers.ingest(office, scan(tmp_path, "a.pdf", [[front("7", first=1, sure=False)], [back("7")]]))
    (old,) = [filed.record for filed in office.records()]
    run.settle(office, papers.forms(), review.Change(old.id, "second", "correct", 0, HAND, "2"))
    papers.ingest(office, scan(tmp_path, "b.pdf", [[front("7", first=3)]]))
    new = next(filed.record for filed in office.records() if filed.scan.name == "b.pdf")
    done = _settle(office, old.id, "duplicate", new.id)
    pages = [(page.file, page.side) for page in done.pages]
    assert (sorted(pages[:2]), pages[2:]) == ([("a.pdf", "back"), ("b.pdf", "front")], [("a.pdf", "front")])
    assert (done.answers()["first"].value, done.answers()["second"].value) == (3, 2)
    assert (done.status, done.findings) == ("accepted", ())
    assert office.filed(done.id).aside is None
    assert len(list(office.records())) == 1


def test_an_unreadable_page_is_replaced(office: Store, tmp_path: Path) -> None:
    """A page that could not be opened gives way to its new scan and no longer waits."""
    papers.ingest(office, scan(tmp_path, "a.pdf", ["refused"]), scan(tmp_path, "b.pdf", [[note("1")]]))
    bad = next(filed.record for filed in office.records(status=("unreadable",)))
    good = next(filed.record for filed in office.records(status=("accepted",)))
    done = _settle(office, bad.id, "duplicate", good.id)
    assert (done.status, done.answers()["only"].value) == ("accepted", 2)
    assert office.counts().open == 0


@pytest.mark.parametrize(
    ("action", "raw", "code"),
    [
        ("join", "", "other-missing"),
        ("part", ("1", "2"), "pages-unfit"),
        ("part", ("9",), "page-unknown"),
        ("swap", ("1",), "pages-unfit"),
        ("turn", ("1", "45"), "turn-unknown"),
        ("place", ("1", "front", "all"), "place-unknown"),
        ("place", ("1", "front", "none", *"01234567"), "place-unknown"),
        ("place", ("1", "front", "all", *"01234567"), "place-unfit"),
        ("place", ("1", "front", "all", "0", "0", "nan", "0", "900", "900", "0", "900"), "place-unfit"),
    ],
)
def test_what_makes_no_sense_is_refused(
    office: Store, tmp_path: Path, action: review.Action, raw: str | tuple[str, ...], code: str
) -> None:
    """A correction that cannot be meant is refused in Japanese and changes nothing."""
    papers.ingest(office, scan(tmp_path, "a.pdf", [[front("7")], [back("7")]]))
    (whole,) = [filed.record for filed in office.records()]
    with pytest.raises(NotUnderstood) as refused:
        _settle(office, whole.id, action, raw)
    assert refused.value.code == code
    assert office.record(whole.id).decisions == ()


def test_what_cannot_be_one_sheet_is_not_joined(office: Store, tmp_path: Path) -> None:
    """Two forms, or the same side twice, are no sheet."""
    papers.ingest(office, scan(tmp_path, "a.pdf", [[front("1")], [note("2")], [front("3")]]))
    one, two, three = [filed.record for filed in office.records()]
    for other, code in ((two, "join-forms"), (three, "join-twice")):
        with pytest.raises(NotUnderstood) as refused:
            _settle(office, one.id, "join", other.id)
        assert refused.value.code == code
    assert len(list(office.records())) == 3


def test_what_was_said_about_a_page_is_told_to_the_reader(office: Store, tmp_path: Path) -> None:
    """Form, turn and corners go with the page whenever it is read again; undoing takes the last word back."""
    papers.ingest(office, scan(tmp_path, "a.pdf", [[]]))
    (record,) = [filed.record for filed in office.records()]
    page_id = office.pages(record.pages[0].sha256)[0].page_id
    assert run.again(office, page_id).told is None
    _settle(office, record.id, "form", "slip/1")
    _settle(office, record.id, "turn", ("1", "90"))
    corners = ("0", "0", "900", "0", "900", "900", "0", "900")
    _settle(office, record.id, "place", ("1", "front", "all", *corners))
    quad = ((0.0, 0.0), (900.0, 0.0), (900.0, 900.0), (0.0, 900.0))
    said = model.Told(("slip", "1"), 90, "front", (("all", quad),))
    assert run.again(office, page_id).told == said
    _settle(office, record.id, "undo", "")
    assert run.again(office, page_id).told == model.Told(("slip", "1"), 90)


def test_a_sheet_that_cannot_be_read_is_keyed_in(office: Store, tmp_path: Path) -> None:
    """With a form given by hand every field waits, and what is typed has the origin 手入力."""
    papers.ingest(office, scan(tmp_path, "a.pdf", [[]]))
    (record,) = [filed.record for filed in office.records()]
    given = _settle(office, record.id, "form", "note/1")
    assert [answer.counts for answer in given.answers().values()] == [False]
    keyed = run.settle(office, papers.forms(), review.Change(given.id, "only", "enter", 0, HAND, "4"))
    assert (keyed.answers()["only"].origin, keyed.status) == (model.KEYED, "accepted")
