"""The same sheet scanned again without a serial is proposed to a person, and never joined by itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import review, run
from pipeline.review import rescans
from pipeline.store import Store
from tests.run import papers
from tests.run.papers import back, front, note, scan


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    """The slip's back has four answers; that is enough here."""
    monkeypatch.setattr(rescans, "LEAST", 3)


def ids(opened: Store, name: str) -> list[str]:
    """The records of a file."""
    return [filed.record.id for filed in opened.records() if filed.scan.name == name]


def test_the_same_again_is_proposed(office: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two scans of one sheet, one answer of which was read differently, are a pair; the others are none, and all stay."""
    first = back(weight=71.5, who="試験 一郎")
    again = back(weight=71.5, who="試験 一部") | {"scan": 2}
    other = back(weight=48.0, who="見本 花子", day="2026-01-09")
    papers.ingest(office, scan(tmp_path, "a.pdf", [[first], [], [other]]), scan(tmp_path, "b.pdf", [[again]]))
    (one, *_), (two,) = ids(office, "a.pdf"), ids(office, "b.pdf")
    assert rescans.proposed(office, one) == []
    monkeypatch.setattr(rescans, "ALIKE", 0.7)
    assert [(pair.one, pair.other, pair.alike) for pair in rescans.proposed(office, one)] == [(one, two, 0.75)]
    assert [{pair.one, pair.other} for pair in rescans.every(office)] == [{one, two}]
    assert len(list(office.records())) == 4


def test_what_a_serial_tells_apart_is_not_proposed(office: Store, tmp_path: Path) -> None:
    """Sheets with serials, of another form or with few answers are not compared by what they say."""
    sheets = [[back("1")], [], [back("2")], [note()], [note()], [front()]]
    papers.ingest(office, scan(tmp_path, "a.pdf", sheets))
    assert list(rescans.every(office)) == []


def test_once_decided_it_is_not_proposed_again(office: Store, tmp_path: Path) -> None:
    """A person who says that one takes the other's place leaves nothing to propose."""
    papers.ingest(office, scan(tmp_path, "a.pdf", [[back()]]), scan(tmp_path, "b.pdf", [[back()], []]))
    (one,), (two, *_) = ids(office, "a.pdf"), ids(office, "b.pdf")
    assert [pair.other for pair in rescans.proposed(office, one)] == [two]
    run.settle(office, papers.forms(), review.Change(one, None, "duplicate", 0, "花", raw=two))
    assert list(rescans.every(office)) == []


def test_another_office_sees_none(office: Store, tmp_path: Path) -> None:
    """Pairs come from the papers that a person may see."""
    papers.ingest(office, scan(tmp_path, "a.pdf", [[back()]]), scan(tmp_path, "b.pdf", [[back()], []]))
    assert len(list(rescans.every(office))) == 1
    assert list(rescans.every(office.of_office("支所"))) == []


def test_unknown_is_told(office: Store) -> None:
    """A record that is not there raises."""
    with pytest.raises(KeyError):
        rescans.proposed(office, "nobody")


def _said(value: object, known: bool = True, free: bool = False) -> rescans._Said:
    return rescans._Said(json.dumps(value, ensure_ascii=False), known, free)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (_said("2026-03-05"), _said("2026-03-05"), (1, 1)),
        (_said("2026-03-05"), _said("2026-03-06"), (0, 1)),
        (_said(7), _said(None), (0, 1)),
        (_said(7), _said(None, known=False), (0, 0)),  # not read: neither for nor against
        (_said(None), _said(None), (0, 0)),
        (_said(False), _said(False), (0, 0)),
        (_said("男の料理教室\n", free=True), _said("男の料里教室", free=True), (5 / 6, 1)),
        (_said("ＡＢ", free=True), _said("A B", free=True), (1, 1)),
        (_said("1\n|", free=True), _said(None, free=True), (0, 0)),  # a speck on one of the scans
    ],
)
def test_what_speaks_for_the_same_sheet(one: rescans._Said, other: rescans._Said, expected: tuple[float, int]) -> None:
    """Answers agree or not, words by their letters; what only one of the scans shows as words, or one could not read, says nothing."""
    assert rescans.agreement({"a": one}, {"a": other, "b": one}) == pytest.approx(expected)


SAID = st.builds(_said, st.one_of(st.none(), st.booleans(), st.integers(0, 2), st.text("花子 \n", max_size=3)), st.booleans(), st.booleans())  # fmt: skip
SIDES = st.dictionaries(st.sampled_from("abcdef"), SAID)


@given(SIDES, SIDES)
def test_agreement_is_a_share_and_asks_neither_first(
    one: dict[str, rescans._Said], other: dict[str, rescans._Said]
) -> None:
    """Never more agrees than there is; a side agrees wholly with itself; the order of the two makes no difference."""
    agreed, of = rescans.agreement(one, other)
    assert 0 <= agreed <= of <= len(one.keys() & other.keys())
    assert rescans.agreement(other, one)[1] == of
    alone = rescans.agreement(one, one)
    assert alone[0] == alone[1]
