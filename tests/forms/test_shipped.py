"""The six forms that ship: sound, marked as made up, told apart by their markers."""

from __future__ import annotations

import itertools

import pytest

from pipeline import forms
from pipeline.forms import check, schema
from pipeline.forms.load import SHIPPED, form_files
from pipeline.records import derive

FORMS = sorted(path.parent.name for path in form_files(SHIPPED))


def test_all_six_are_there(shipped: forms.Forms) -> None:
    """Two paths, two notices, a ticket and a survey."""
    assert FORMS == ["genkyo-chosa", "path-checkup", "path-visit", "renrakuhyo-1", "renrakuhyo-2", "tsunagari-ticket"]
    assert sorted(form.purpose for form in shipped.values()) == ["notice", "path", "path", "reply", "survey", "ticket"]


@pytest.mark.parametrize("name", FORMS)
def test_a_shipped_form_is_sound(name: str) -> None:
    """No mistake and no warning."""
    assert [str(mistake) for mistake in check.check(SHIPPED / name)] == []


@pytest.mark.parametrize("name", FORMS)
def test_a_shipped_form_says_that_it_is_made_up(shipped: forms.Forms, name: str) -> None:
    """The form file, its README and every side of the paper say so, underlined."""
    form = shipped[name, "2026.1"]
    assert form.fictional
    readme = (SHIPPED / name / "README.md").read_text("utf-8")
    assert "架空" in readme
    assert "2026.1" in readme
    assert "Apache-2.0" in readme
    for side in form.sides:
        said = [item for item in side.print_ if "架空の様式" in getattr(item, "text", "")]
        assert said
        assert all(getattr(item, "underline", False) for item in said)


def test_sides_with_fields_are_told_apart_by_markers(shipped: forms.Forms) -> None:
    """Sets of different sides share no marker, where there are fields to be read."""
    seen: dict[int, str] = {}
    for form, side in shipped.sides():
        assert side.markers is not None
        ids = [marker.id for marker in side.markers.at]
        assert len(ids) == 4 * len(side.panels)
        if side.fields:
            assert not set(ids) & set(seen)
            seen.update(dict.fromkeys(ids, form.id))


def test_outsides_share_markers_with_no_side_that_has_fields(shipped: forms.Forms) -> None:
    """A side without fields is never mistaken for one to be read."""
    filled = {m.id for _, side in shipped.sides() if side.fields and side.markers for m in side.markers.at}
    empty = {m.id for _, side in shipped.sides() if not side.fields and side.markers for m in side.markers.at}
    assert not filled & empty


@pytest.mark.parametrize("name", FORMS)
def test_every_panel_with_fields_names_itself(shipped: forms.Forms, name: str) -> None:
    """Half a sheet still carries a code."""
    for side in shipped[name, "2026.1"].sides:
        assert {code.panel for code in side.code} == {panel.id for panel in side.panels}


def test_a_district_has_its_own_outside(shipped: forms.Forms) -> None:
    """The visit path has one outside per district of the list."""
    sides = shipped["path-visit", "2026.1"].sides
    wanted = [side.printed_for["地区"] for side in sides if side.printed_for]
    assert wanted == list(shipped.listing("districts").values)
    assert not any(side.fields for side in sides if side.printed_for)


def test_sides_that_look_alike_have_their_markers_in_another_order(shipped: forms.Forms) -> None:
    """Any two sides without fields have at most two fiducials in common at the same place, so that neither passes for the other."""
    orders = [
        [(marker.id, marker.center) for marker in side.markers.at]
        for _, side in shipped.sides()
        if side.markers and not side.fields
    ]
    assert len(orders) == 9
    assert max(len(set(one) & set(other)) for one, other in itertools.combinations(orders, 2)) <= 2


@pytest.mark.parametrize("name", ["path-checkup", "path-visit"])
def test_seven_items_make_points_and_flags(shipped: forms.Forms, name: str) -> None:
    """The sum runs from 7 to 28, and each item has its flag from 3 up; an open item leaves both empty."""
    form = shipped[name, "2026.1"]
    roles = {field_id: field.role for field_id, field in form.fields.items()}
    items = [field_id for field_id, role in roles.items() if role == "item"]
    assert len(items) == 7
    values = dict(zip(items, (1, 2, 3, 4, 1, 1, 1), strict=True))
    found = derive.derived(form, values)
    by_role = {rule.id: rule.role for rule in form.derived}
    assert [found[rule] for rule, role in by_role.items() if role == "score-total"] == [13]
    flags = [found[rule] for rule, role in by_role.items() if role == "flag"]
    assert flags == [False, False, True, True, False, False, False]
    del values[items[0]]
    assert derive.derived(form, values)[next(iter(by_role))] is None


def test_the_national_items_carry_the_printed_digit(shipped: forms.Forms) -> None:
    """はい is 0 for ten of the 24 yes/no items and 1 for the others, and the value is the digit on the paper."""
    survey = shipped["genkyo-chosa", "2026.1"]
    fields = [f for f in survey.fields.values() if isinstance(f, schema.Score) and f.role == "item"]
    assert len(fields) == 24
    for field in fields:
        assert [str(option.value) for option in field.options] == [option.label for option in field.options]
        assert {option.value for option in field.options} == {0, 1}
    yes_is_zero = [n for n, field in enumerate(fields, 1) if field.options[0].value == 0]
    assert yes_is_zero == [1, 2, 3, 4, 5, 6, 7, 8, 15, 18]


def test_who_lives_alone_and_meets_nobody_is_flagged(shipped: forms.Forms) -> None:
    """The isolation flag is declared in the form file."""
    form = shipped["genkyo-chosa", "2026.1"]
    fields = {field.role: field_id for field_id, field in form.fields.items()}
    flag = next(rule.id for rule in form.derived if rule.role == "isolation")
    alone = {fields["household"]: "ひとり暮らし"}
    assert derive.derived(form, {**alone, fields["contact"]: 4})[flag] is True
    assert derive.derived(form, {**alone, fields["contact"]: 1})[flag] is False
    assert derive.derived(form, alone)[flag] is None


def test_names_and_telephones_are_personal(shipped: forms.Forms) -> None:
    """What identifies a resident stays out of logs and of the default export."""
    roles = {"name", "furigana", "born-on", "phone", "doctor", "pharmacist", "signed-by", "emergency-name", "issued-by"}
    for form in shipped.values():
        for field in form.fields.values():
            assert field.personal == (field.role in roles or field.role == "emergency-phone"), (form.id, field.id)
