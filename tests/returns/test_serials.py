"""Serials that went out are told apart from those that came from nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import returns, review, run
from pipeline.errors import UsageProblem
from pipeline.forms import serial
from pipeline.store import Store
from tests.run import papers
from tests.run.papers import NOTE, note, scan


def test_serials_are_issued_once(office: Store) -> None:
    """Issuing a serial again is nothing new; each form has serials of its own."""
    assert returns.issue(office, NOTE, ["1", "2", "2"], "花") == 2
    assert returns.issue(office, NOTE, ["2", "3"]) == 1
    assert [returns.known(office, NOTE, serial) for serial in ("1", "3", "4")] == [True, True, False]
    assert not returns.known(office, papers.KEY, "1")


def test_what_is_outstanding_is_known(office: Store, tmp_path: Path) -> None:
    """Returned, outstanding and unknown serials are listed; a sheet set aside has not come back."""
    returns.issue(office, NOTE, ["1", "2", "3"])
    papers.ingest(office, scan(tmp_path, "a.pdf", [[note("1")], [note("9")], [note("3")], [note()]]))
    last = next(filed.record for filed in office.records() if filed.record.serial == "3")
    run.settle(office, papers.forms(), review.Change(last.id, None, "foreign", 0, "花"))
    assert returns.tally(office, NOTE) == returns.Tally(3, ("1",), ("2", "3"), ("9",))


def test_numbers_go_on_where_any_version_ended(office: Store) -> None:
    """The next number follows the highest of the form in every version; other forms and odd marks do not count."""
    assert returns.last(office, "note") == 0
    returns.hand_out(office, ("note", "1"), [serial.make(2), serial.make(7)])
    returns.hand_out(office, ("note", "2"), [serial.make(4)], "花")
    returns.issue(office, ("note", "2"), ["old-9999"])
    returns.hand_out(office, ("slip", "1"), [serial.make(50)])
    assert (returns.last(office, "note"), returns.last(office, "slip")) == (7, 50)


def test_two_print_runs_never_share_a_number(office: Store) -> None:
    """Of two runs that began at the same number the second is refused as a whole, with exit code 2."""
    returns.hand_out(office, NOTE, [serial.make(2), serial.make(3)])
    with pytest.raises(UsageProblem, match="serials-taken") as refused:
        returns.hand_out(office, ("note", "2"), [serial.make(1), serial.make(2)])
    assert refused.value.exit_code == 2
    assert not returns.known(office, ("note", "2"), serial.make(1))
