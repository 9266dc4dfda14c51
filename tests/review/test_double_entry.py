"""Two people enter the same field, the second without seeing the first; only what they agree on counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import model, review, run, store
from pipeline.errors import StaleWrite
from pipeline.forms import Forms, schema
from pipeline.review import double_entry
from pipeline.store import Store
from tests.run import papers
from tests.run.papers import front, note, scan


def strict() -> Forms:
    """The papers' forms, the first score of each entered by two people."""
    return papers.forms("critical")


@pytest.fixture
def people(office: Store, tmp_path: Path) -> Store:
    """Three people and a note of which the only score is doubtful."""
    for name in ("次郎", "みどり"):
        store.accounts.add(office, name)
    list(run.accept([scan(tmp_path, "n.pdf", [[note("1", sure=False)]])], office, "月曜"))
    list(run.process([task.page_id for task in office.waiting()], office, strict()))
    return office


def settle(people: Store, by: str, action: Any, raw: str = "", **more: Any) -> model.Answer:
    """One decision on the note's score, on what stands unless a version is given; the answer afterwards."""
    (filed,) = people.records()
    version = more.pop("version", filed.record.answers()["only"].version)
    change = review.Change(filed.record.id, "only", action, version, by, raw, **more)
    return run.settle(people, strict(), change).answers()["only"]


def refused(people: Store, by: str, action: Any, raw: str = "", **more: Any) -> str:
    """The code under which a decision is refused."""
    with pytest.raises(review.NotUnderstood) as problem:
        settle(people, by, action, raw, **more)
    return problem.value.code


def test_one_person_is_not_enough(people: Store) -> None:
    """What one person settled counts for nothing until the second gave the same; then it is theirs both."""
    first = settle(people, "花", "confirm")
    assert (first.value, first.counts, first.origin, first.waits) == (2, False, None, "second")
    assert people.counts().open == 1
    assert review.queue(people) == []
    agreed = settle(people, "次郎", "second", "2")
    assert (agreed.value, agreed.counts, agreed.origin, agreed.waits) == (2, True, model.CONFIRMED, None)
    (filed,) = people.records()
    assert filed.record.status == "accepted"
    assert people.counts().open == 0
    assert [one.action for one in filed.record.decisions] == ["confirm", "second"]


def test_two_values_wait_for_a_word(people: Store) -> None:
    """Entries that differ count for nothing; whoever settles them says which is right, and that stands."""
    settle(people, "花", "confirm")
    differs = settle(people, "次郎", "second", "3")
    assert (differs.counts, differs.waits) == (False, "third")
    assert [(one.field, one.by) for one in double_entry.differences(people, 9)] == [("only", "花")]
    assert refused(people, "花", "correct", "3") == "double-differs"
    right = settle(people, "みどり", "correct", "3", why="second")
    assert (right.value, right.counts, right.origin) == (3, True, model.CORRECTED)
    assert double_entry.differences(people, 9) == []
    assert settle(people, "みどり", "undo").waits == "third"


def test_nobody_is_both_persons(people: Store) -> None:
    """The first person cannot be the second, nor can somebody be it where nobody waits or twice."""
    assert refused(people, "花", "second", "2") == "double-over"
    settle(people, "花", "confirm")
    assert refused(people, "花", "second", "2") == "double-same"
    settle(people, "次郎", "second", "2")
    assert refused(people, "みどり", "second", "2") == "double-over"


def test_the_second_entry_is_blind(people: Store) -> None:
    """Nobody but the first person changes the first entry, and a stale second one is not told what stands."""
    settle(people, "花", "confirm")
    for action in ("confirm", "correct", "undo"):
        assert refused(people, "次郎", action, "3") == "double-blind"
    for action in ("second", "correct"):
        with pytest.raises(StaleWrite) as stale:
            settle(people, "次郎", action, "4", version=0)
        assert stale.value.theirs == ""
    with pytest.raises(StaleWrite) as own:
        settle(people, "花", "correct", "4", version=0)
    assert own.value.theirs == "2"


def test_each_takes_back_only_their_own(people: Store) -> None:
    """The second takes their entry back, the first then theirs; neither takes back the other's."""
    settle(people, "花", "correct", "4")
    settle(people, "次郎", "second", "4")
    assert refused(people, "花", "undo") == "double-other"
    assert settle(people, "次郎", "undo").waits == "second"
    assert settle(people, "花", "undo").waits is None
    assert len(review.queue(people)) == 1


def test_a_correction_afterwards_waits_again(people: Store) -> None:
    """Whoever corrects what two agreed on is a first person again."""
    settle(people, "花", "confirm")
    settle(people, "次郎", "second", "2")
    assert settle(people, "みどり", "correct", "1").waits == "second"
    assert settle(people, "花", "second", "1").counts


def test_it_is_handed_to_somebody_else(people: Store, tmp_path: Path) -> None:
    """A record goes to a second person, to one at a time, in the order of the queue, never to the first."""
    list(run.accept([scan(tmp_path, "m.pdf", [[front("2", sure=False)]])], people))
    list(run.process([task.page_id for task in people.waiting()], people, strict()))
    for item, field in zip(review.queue(people), ("only", "first"), strict=True):
        run.settle(people, strict(), review.Change(item.record, field, "confirm", 0, "花"))
    assert review.take_second(people, "花") is None
    one = review.take_second(people, "次郎")
    other = review.take_second(people, "みどり")
    assert one is not None
    assert other is not None
    assert ((one.serial, one.held_by), (other.serial, other.held_by)) == (("1", "次郎"), ("2", "みどり"))
    assert review.take_second(people, "次郎", after=other.cursor) is None
    assert double_entry.waiting(people, "花") == (0, 0)
    assert double_entry.waiting(people, "次郎") == (2, 0)


@given(st.floats(0.05, 0.95))
def test_a_share_is_drawn_evenly(share: float) -> None:
    """Of many records about that share is drawn, the same ones each time, and more when the share grows."""
    field = schema.Presence.model_validate({"id": "x", "kind": "presence", "box": [0, 0, 5, 5], "double": share})
    drawn = {n for n in range(2000) if double_entry.asked(field, f"record-{n}")}
    assert abs(len(drawn) / 2000 - share) < 0.05
    more = field.model_copy(update={"double": min(share + 0.04, 0.99)})
    assert drawn <= {n for n in range(2000) if double_entry.asked(more, f"record-{n}")}


@pytest.mark.parametrize(("policy", "expected"), [("none", False), ("critical", True)])
def test_policies_without_a_share(policy: str, expected: bool) -> None:
    """None asks nobody, critical everybody."""
    field = papers.forms(policy)["note", "1"].fields["only"]
    assert all(double_entry.asked(field, f"r{n}") is expected for n in range(50))
