"""Decisions stand beside readings: confirmed, corrected, keyed in, taken back; never over somebody else's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from pipeline import model, review, run, store
from pipeline.errors import FormProblem, StaleWrite
from pipeline.forms import Forms
from pipeline.settings import Settings
from pipeline.store import Store
from tests.run import papers
from tests.run.papers import back, front, scan


@pytest.fixture
def doubtful(office: Store, tmp_path: Path) -> model.Record:
    """A slip whose first score is not sure."""
    papers.ingest(office, scan(tmp_path, "f.pdf", [[front("1", sure=False)], [back("1")]]))
    (filed,) = office.records()
    return filed.record


def settle(office: Store, record: model.Record, field: str | None, action: Any, **more: Any) -> model.Record:
    """Settle with the version that stands now, unless another is given."""
    stands = office.record(record.id)
    version = stands.version if field is None else stands.answers()[field].version
    change = review.Change(record.id, field, action, more.pop("version", version), "花", **more)
    return run.settle(office, papers.forms(), change)


def test_a_confirmed_value_counts(office: Store, doubtful: model.Record) -> None:
    """Confirming makes the value count with who and when; what hung on it is worked out."""
    assert (doubtful.status, doubtful.derived, review.open_fields(doubtful)) == (
        "needs_review",
        {"points": None},
        ("first",),
    )
    after = settle(office, doubtful, "first", "confirm")
    answer = after.answers()["first"]
    assert (answer.value, answer.counts, answer.origin, answer.version) == (3, True, model.CONFIRMED, 1)
    assert (after.status, after.derived, review.open_fields(after)) == ("accepted", {"points": 7}, ())
    (decision,) = after.decisions
    assert (decision.by, decision.was, decision.now) == ("花", (3, "valid"), (3, "valid"))
    assert papers.plain(office.record(doubtful.id)) == papers.plain(after)


def test_a_corrected_value_stands_beside_the_reading(office: Store, doubtful: model.Record) -> None:
    """Correcting changes the answer and leaves the reading as it was read."""
    after = settle(office, doubtful, "first", "correct", raw="１")
    answer = after.answers()["first"]
    assert (answer.value, answer.origin, answer.reading) == (1, model.CORRECTED, doubtful.readings["first"])
    assert after.derived == {"points": 5}


def test_correcting_to_what_was_read_confirms_it(office: Store, doubtful: model.Record) -> None:
    """The same value sent as a correction is counted as confirmed only."""
    after = settle(office, doubtful, "first", "correct", raw="3")
    assert (after.decisions[0].action, after.answers()["first"].origin) == ("confirm", model.CONFIRMED)


def test_an_answer_without_a_value_can_be_settled(office: Store, doubtful: model.Record) -> None:
    """No answer, several answers and illegible are answers too; a sum that needs the value stays empty."""
    for state in ("empty", "multiple", "illegible"):
        after = settle(office, doubtful, "first", "correct", state=state)
        answer = after.answers()["first"]
        assert (answer.value, answer.state, answer.counts, after.derived) == (None, state, True, {"points": None})
    with pytest.raises(review.NotUnderstood, match="複数回答"):
        settle(office, doubtful, "who", "correct", state="multiple")


def test_undo_goes_back_one_decision_at_a_time(office: Store, doubtful: model.Record) -> None:
    """After two corrections the first undo brings the first one back and the second the reading; then there is none."""
    for raw in ("1", "2"):
        settle(office, doubtful, "first", "correct", raw=raw)
    seen = [settle(office, doubtful, "first", "undo").answers()["first"] for _ in range(2)]
    assert [(one.value, one.counts, one.version) for one in seen] == [(1, True, 3), (3, False, 4)]
    with pytest.raises(review.NotUnderstood, match="nothing-to-undo"):
        settle(office, doubtful, "first", "undo")
    assert len(office.record(doubtful.id).decisions) == 4


def test_a_stale_save_shows_both_values(office: Store, doubtful: model.Record) -> None:
    """Whoever saves second is told what stands now, who saved it, and keeps what he typed."""
    settle(office, doubtful, "first", "correct", raw="1")
    with pytest.raises(StaleWrite) as stale:
        settle(office, doubtful, "first", "correct", raw="2", version=0)
    told = stale.value
    assert (told.yours, told.theirs, told.version, told.by) == ("2", "1", 1, "花")
    assert told.at == office.record(doubtful.id).decisions[0].at
    assert office.record(doubtful.id).answers()["first"].value == 1


def test_a_refused_value_leaves_no_trace(office: Store, doubtful: model.Record) -> None:
    """What does not fit its field is refused and nothing is written."""
    with pytest.raises(review.NotUnderstood, match="score-unknown"):
        settle(office, doubtful, "first", "correct", raw="9")
    with pytest.raises(KeyError):
        settle(office, doubtful, "nothing", "confirm", version=0)
    with pytest.raises(KeyError):
        run.settle(office, papers.forms(), review.Change("no-record", "first", "confirm", 0, "花"))
    with pytest.raises(review.NotUnderstood, match="action"):
        settle(office, doubtful, "first", "blank")
    assert office.record(doubtful.id).decisions == ()


def test_a_form_that_is_gone_stops_saving(office: Store, doubtful: model.Record) -> None:
    """Without the form file nothing can be checked, so nothing is saved, and the sentence says which form."""
    with pytest.raises(FormProblem, match="slip/1"):
        run.settle(office, Forms({}), review.Change(doubtful.id, None, "blank", 0, "花"))


@pytest.mark.parametrize("action", ["blank", "duplicate", "foreign"])
def test_a_sheet_set_aside_leaves_the_queue(office: Store, doubtful: model.Record, action: str) -> None:
    """Blank, duplicate and foreign sheets wait no longer, are marked as such, and come back when it is undone."""
    after = settle(office, doubtful, None, action)
    assert (office.counts().open, office.counts().aside, office.filed(after.id).aside) == (0, 1, action)
    assert (after.status == "blank") == (action == "blank")
    again = settle(office, doubtful, None, "undo")
    assert (office.counts().open, office.filed(again.id).aside, again.status) == (1, None, "needs_review")


def test_a_sheet_nobody_could_read_is_keyed_in(office: Store, tmp_path: Path) -> None:
    """Given a form by hand, every field waits to be keyed in; what is keyed counts as such; undone, it is unknown again."""
    papers.ingest(office, scan(tmp_path, "x.pdf", [[]]))
    record = next(office.records()).record
    with pytest.raises(review.NotUnderstood, match="form-unknown"):
        settle(office, record, None, "form", raw="nothing/1")
    placed = settle(office, record, None, "form", raw="note/1")
    assert (placed.form, placed.status, review.open_fields(placed)) == (papers.NOTE, "needs_review", ("only",))
    keyed = settle(office, record, "only", "enter", raw="4")
    assert (keyed.status, keyed.answers()["only"].value, keyed.answers()["only"].origin) == ("accepted", 4, model.KEYED)
    assert papers.plain(office.record(record.id)) == papers.plain(keyed)
    unknown = settle(office, record, None, "undo")
    assert (unknown.form, unknown.status, unknown.readings) == (None, "unidentified", {})
    assert settle(office, record, None, "form", raw="note/1").answers()["only"].value == 4


def test_a_sheet_scanned_twice_is_settled_by_a_person(office: Store, tmp_path: Path) -> None:
    """One is set aside as a duplicate, the finding on the other confirmed; then nothing is open."""
    papers.ingest(office, scan(tmp_path, "a.pdf", [[front("1")], [front("1", first=1)], [back("2")], [front("2")]]))
    first, second = (one for one in office.records() if one.record.serial == "1")
    settle(office, second.record, None, "duplicate")
    after = settle(office, first.record, None, "confirm", why="same-panel-twice")
    assert after.decisions[-1].why == "same-panel-twice"
    assert {filed.record.serial: filed.aside for filed in office.records()}["2"] is None


class Desk(RuleBasedStateMachine):
    """People confirming, correcting and undoing one field from screens of different age, beside a plain model."""

    where: Path
    screens = Bundle("screens")

    @initialize(target=screens)
    def arrive(self) -> int:
        """A slip whose first score is not sure; the first screen shows no decision."""
        folder = self.where / str(len(list(self.where.iterdir())))
        self.opened = store.open(Settings(data=folder), create=True)
        store.accounts.add(self.opened, "花")
        papers.ingest(self.opened, scan(folder, "f.pdf", [[front("1", sure=False), back("1")]]))
        self.record = next(self.opened.records()).record.id
        self.stack: list[int] = []
        self.version = 0
        return 0

    @rule(target=screens)
    def look(self) -> int:
        """Somebody opens the page now."""
        return self.version

    @rule(seen=screens, raw=st.sampled_from("1234"))
    def correct(self, seen: int, raw: str) -> None:
        """A value is typed."""
        if self._save(review.Change(self.record, "first", "correct", seen, "花", raw)):
            self.stack.append(int(raw))

    @rule(seen=screens)
    def confirm(self, seen: int) -> None:
        """What stands is confirmed."""
        if self._save(review.Change(self.record, "first", "confirm", seen, "花")):
            self.stack.append(self.stack[-1] if self.stack else 3)

    @rule(seen=screens)
    def undo(self, seen: int) -> None:
        """The last decision is taken back."""
        change = review.Change(self.record, "first", "undo", seen, "花")
        if seen == self.version and not self.stack:
            with pytest.raises(review.NotUnderstood):
                run.settle(self.opened, papers.forms(), change)
        elif self._save(change):
            self.stack.pop()

    def _save(self, change: review.Change) -> bool:
        if change.version != self.version:
            with pytest.raises(StaleWrite):
                run.settle(self.opened, papers.forms(), change)
            return False
        run.settle(self.opened, papers.forms(), change)
        self.version += 1
        return True

    @invariant()
    def stands(self) -> None:
        """What stands is the last decision not taken back, else the reading."""
        if not hasattr(self, "opened"):
            return
        answer = self.opened.record(self.record).answers()["first"]
        expected = self.stack[-1] if self.stack else 3
        assert (answer.value, answer.counts, answer.version) == (expected, bool(self.stack), self.version)
        assert self.opened.counts().open == (0 if self.stack else 1)

    def teardown(self) -> None:
        """The ledger balances."""
        if hasattr(self, "opened"):
            assert store.verify(self.opened) == []
            self.opened.close()


def test_any_order_of_saves_keeps_every_decision(stations: None, tmp_path: Path) -> None:
    """From screens however old: a fresh save counts, a stale one is refused, and undo finds its way back."""
    machine = type("DeskHere", (Desk,), {"where": tmp_path})
    brief = hypothesis_settings(max_examples=8, stateful_step_count=12, deadline=None)
    run_state_machine_as_test(machine, settings=brief)
