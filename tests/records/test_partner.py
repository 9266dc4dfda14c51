"""What seems to be the rest of a sheet without a serial is proposed, and never joined."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import records
from tests.records.test_records import form, record

FORMS = {("made-up", "1"): form()}
LEFT, RIGHT, BOTH, LOST = ("left",), ("right",), ("left", "right"), ("nothing",)


def pairs(*shown: tuple[str, ...], serials: tuple[str | None, ...] = ()) -> set[tuple[int, int]]:
    """Places (from 0) in the stack that are proposed as one sheet, smaller first."""
    named = [*serials, *[None] * (len(shown) - len(serials))]
    stack = [record(n=n, panels=one, serial=named[n], id=f"r{n}") for n, one in enumerate(shown)]
    stack = [replace(one, form=None, status="unidentified") if shown[n] == LOST else one for n, one in enumerate(stack)]
    found = records.proposed(stack, FORMS)
    assert all(found[found[one]] == one for one in found)
    return {(int(a[1:]), int(b[1:])) for a, b in found.items() if a < b}


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ((LEFT, RIGHT), {(0, 1)}),
        ((RIGHT, LEFT, LEFT, RIGHT), {(0, 1), (2, 3)}),
        ((LEFT, BOTH, RIGHT), set()),  # halves of one sheet follow each other
        ((LEFT, RIGHT, BOTH, RIGHT, LEFT), {(0, 1), (3, 4)}),
        ((LEFT, LOST, LEFT, RIGHT), {(2, 3)}),
        ((LOST, RIGHT, LEFT, RIGHT), {(2, 3)}),  # the page before them is the first one's rest
        ((LEFT, RIGHT, LEFT, LOST), {(0, 1)}),
        ((LOST, RIGHT, LEFT, LOST), set()),  # either a whole sheet between two others, or two halves of them
        ((LOST, LEFT, RIGHT, BOTH), {(1, 2)}),
        ((LEFT, LEFT, RIGHT), {(1, 2)}),  # the first one's fellow was lost
        ((LEFT, LEFT), set()),
        ((BOTH, BOTH), set()),
        ((), set()),
    ],
)
def test_what_follows_each_other_and_completes_each_other(
    shown: tuple[tuple[str, ...], ...], expected: set[tuple[int, int]]
) -> None:
    """Neighbours that show what the other lacks are proposed; a lost half shifts nobody."""
    assert pairs(*shown) == expected


@pytest.mark.parametrize(("serials", "found"), [(("5", "6"), False), (("5", None), True), (("5", "5"), True)])
def test_a_serial_speaks_against_another(serials: tuple[str | None, ...], found: bool) -> None:
    """Two different serials are two sheets; one that could not be read says nothing."""
    assert bool(pairs(LEFT, RIGHT, serials=serials)) is found


def test_another_form_is_no_partner() -> None:
    """A half is completed by its own form only, and a sheet without a form by nothing."""
    one, other = record(panels=LEFT, id="a"), record(panels=RIGHT, id="b", n=2)
    for stranger in (("other", "1"), None):
        changed = replace(other, form=stranger)
        assert records.proposed([one, changed], {**FORMS, ("other", "1"): form(id="other")}) == {}


@given(st.lists(st.sampled_from([LEFT, RIGHT, BOTH, LOST]), max_size=12))
def test_nobody_has_two_partners(shown: list[tuple[str, ...]]) -> None:
    """Each record is in one pair at most, and both of a pair make one whole sheet."""
    found = pairs(*shown)
    assert len({n for pair in found for n in pair}) == 2 * len(found)
    assert all({*shown[a], *shown[b]} == set(BOTH) for a, b in found)
