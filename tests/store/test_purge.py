"""What is purged is gone, certified from ledger and audit log; what waits, or shares its page with what stays, stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import acquire, returns, run, store
from pipeline.errors import UsageProblem
from pipeline.forms import serial
from pipeline.returns import entries
from pipeline.settings import Settings
from pipeline.store import Store, purge, tables
from tests.run import papers
from tests.run.papers import back, front, note, scan

SECRET = "試験 太郎"


@pytest.fixture
def stack(office: Store, tmp_path: Path) -> Store:
    """Three slips in one file, the third of which waits in review, and a note in a file named after a person."""
    pages = [[front("1"), back("1")], [front("2"), back("2", who=SECRET)], [front("3", sure=False), back("3")]]
    papers.ingest(office, scan(tmp_path, "a.pdf", pages), batch="春")
    papers.ingest(office, scan(tmp_path, f"{SECRET}.pdf", [[note("4")]]))
    return office


def later(patch: pytest.MonkeyPatch, days: int) -> None:
    """So many days have passed."""
    real = store.moments.ago
    patch.setattr(store.moments, "ago", lambda **span: real(days=span["days"] - days))


def serials(opened: Store) -> set[str | None]:
    """Of the records there are."""
    return {filed.record.serial for filed in opened.records()}


def test_what_is_due(stack: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each form has its own days, `*` stands for the others; without any nothing is due, and what waits is only counted."""
    assert purge.due(stack, {"slip": 30, "*": 1}) == purge.Chosen()
    later(monkeypatch, 31)
    assert {stack.record(one).serial for one in purge.due(stack, {"slip": 30}).due} == {"1", "2"}
    assert purge.due(stack, {"slip": 30}).open == 1
    assert {stack.record(one).serial for one in purge.due(stack, {"slip": 99, "*": 30}).due} == {"4"}
    assert purge.due(stack, {"-": 30}) == purge.due(stack, {}) == purge.Chosen()


def test_a_look_changes_nothing(stack: Store) -> None:
    """The dry run counts records, files and pages, and leaves them all."""
    before = papers.dump(stack)
    seen = purge.outlook(stack, purge.of_batch(stack, "春"))
    assert (len(seen.plan.records), seen.files, seen.cut, seen.open, seen.shared) == (2, 0, 2, 1, 0)
    assert papers.dump(stack) == before
    assert purge.moments_of(stack) == []


def test_gone_and_certified(stack: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ledger, audit log and certificate say what went, when, by whom and why, in ids and hashes; the value is nowhere."""
    first, second = stack.scans()
    ids = {filed.record.id for filed in stack.records() if filed.record.serial in {"1", "2", "4"}}
    later(monkeypatch, 31)
    done, at = run.purge(stack, purge.due(stack, {"*": 30}), "花", "保存期限")
    assert serials(stack) == {"3"}
    made = purge.certificate(stack, at)
    assert ({one.id for one in made.records}, {one.form for one in made.records}) == (ids, {"slip", "note"})
    assert {(one.sha256, one.pages) for one in made.files} == {(first.sha256, "1,2"), (second.sha256, "1")}
    assert stack.original(first.sha256).name == next(one.left for one in made.files if one.pages == "1,2")
    assert (made.by, made.why, purge.moments_of(stack)) == ("花", "保存期限", [at])
    assert (done.files, done.cut, done.open) == (1, 2, 1)
    said = repr([*stack.ledger(), *store.audit.entries(stack, store.audit.Asked(), 1000), made.records, made.files])
    assert SECRET not in said
    assert store.audit.verify(stack) == []
    assert run.purge(stack, purge.due(stack, {"*": 30}), "花", "")[1] == ""
    with pytest.raises(KeyError):
        purge.certificate(stack, "2020-01-01T00:00:00.000000Z")


def test_a_page_shared_with_what_stays(office: Store, tmp_path: Path) -> None:
    """Two tickets on one glass go together or not at all; so does what is joined with either of them."""
    papers.ingest(office, scan(tmp_path, "a.pdf", [[front("1"), note("2")], [back("1")], [note("5")]]))
    of = {filed.record.serial: filed.record.id for filed in office.records()}
    seen = purge.outlook(office, purge.of_records(office, [of["1"], of["5"]]))
    assert (seen.plan.records, seen.shared) == (frozenset({of["5"]}), 1)
    run.purge(office, purge.of_records(office, [of["1"], of["2"]]), "花", "")
    assert serials(office) == {"5"}


def test_what_was_known_besides(office: Store, tmp_path: Path) -> None:
    """To whom a sheet went and what was entered about it goes with it; no number is given out again for that."""
    numbers = [serial.make(n) for n in (1, 2)]
    papers.ingest(office, scan(tmp_path, "a.pdf", [[note(one)] for one in numbers]), batch="春")
    returns.hand_out(office, papers.NOTE, numbers, "花", [returns.serials.Addressed(subject=one) for one in "ab"])
    for n, one in enumerate((f"serial/note/{numbers[0]}", "serial/note/other")):
        entries._add(office, entries.Draft("call", one, "", {"note": SECRET}, "花"), str(n), 1, "enter")
    run.purge(office, purge.of_batch(office, "春"), "花", "")
    assert [(one.serial, one.subject) for one in returns.serials.every(office)] == [(numbers[1], "")]
    assert returns.last(office, "note") == 2
    assert [one.target for one in entries.every(office)] == ["serial/note/other"]


def test_a_file_of_which_no_page_can_be_taken(stack: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its records stay and it is named; the others go."""

    def refuses(_data: bytes, name: str, _numbers: object) -> bytes:
        raise run.refused(name, "damaged")

    monkeypatch.setattr(acquire, "without", refuses)
    later(monkeypatch, 31)
    done, _ = run.purge(stack, purge.due(stack, {"*": 30}), "花", "")
    assert (done.stuck, done.shared, serials(stack)) == (("a.pdf",), 2, {"1", "2", "3"})


def test_a_name_that_two_offices_use_names_no_batch(stack: Store) -> None:
    """Nobody's papers go because another office gave its batch the same name."""
    with stack.writing() as change:
        made = change.connection.execute(tables.office.insert().values(name="本庁")).inserted_primary_key
        assert made is not None
        change.connection.execute(tables.batch.insert().values(name="春", office_id=made[0], created=change.at))
    with pytest.raises(UsageProblem, match="batch-ambiguous"):
        purge.of_batch(stack, "春")
    assert len(serials(stack)) == 4


def test_who_and_what_must_be_known(stack: Store) -> None:
    """An account, a batch or a record that is not there is wrong usage, and nothing goes."""
    with pytest.raises(UsageProblem, match="user-unknown"):
        run.purge(stack, purge.of_batch(stack, "春"), "誰か", "")
    with pytest.raises(UsageProblem, match="batch-unknown"):
        purge.of_batch(stack, "秋")
    with pytest.raises(UsageProblem, match="record-unknown"):
        purge.of_records(stack, ["nobody"])
    assert len(serials(stack)) == 4


def test_the_retention_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Days by form, as JSON; less than a day is a mistake."""
    monkeypatch.setenv("YOMITORI_RETENTION", '{"slip": 365, "*": 1825}')
    assert Settings().retention == {"slip": 365, "*": 1825}
    monkeypatch.setenv("YOMITORI_RETENTION", '{"slip": 0}')
    with pytest.raises(ValueError, match="retention"):
        Settings()
