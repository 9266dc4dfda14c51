"""Drafts of form files: every step on the disk, undone and redone, written as a form file, put among the office's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as some

from pipeline.forms import drafts, dump, keep
from pipeline.forms.load import SHIPPED, read_file
from tests.forms.conftest import Write


def _form(title: str) -> dict[str, Any]:
    return {"schema": 1, "id": "x", "title": title}


@pytest.fixture
def kept(tmp_path: Path) -> drafts.Drafts:
    """No drafts yet."""
    return drafts.Drafts(tmp_path / "drafts")


def _begun(kept: drafts.Drafts) -> str:
    return kept.begin(kept.room(), _form("0"), {"q1": 0.5}, [[[1, 2, 3, 4]]]).id


def test_steps_are_undone_and_redone(kept: drafts.Drafts) -> None:
    """Each step can be gone back to; a new one after that replaces what was undone. Another program sees the same."""
    name = _begun(kept)
    for n in (1, 2, 3):
        assert kept.add(name, n - 1, _form(str(n)), {}) == n
    assert kept.go(name, 3, 1).form["title"] == "1"
    assert (kept.open(name).first, kept.open(name).last) == (0, 3)
    assert kept.go(name, 1, 2).form["title"] == "2"
    assert kept.add(name, 2, _form("other"), {}) == 3
    again = drafts.Drafts(kept.open(name).folder.parent).open(name)
    assert (again.form["title"], again.step, again.last) == ("other", 3, 3)
    assert (kept.go(name, 3, 0).certainty, again.shapes) == ({"q1": 0.5}, [[[1, 2, 3, 4]]])


def test_nobody_saves_over_anothers_step(kept: drafts.Drafts) -> None:
    """A step after one that no longer counts is refused, and changes nothing."""
    name = _begun(kept)
    kept.add(name, 0, _form("mine"), {})
    with pytest.raises(drafts.MovedOnError):
        kept.add(name, 0, _form("theirs"), {})
    with pytest.raises(drafts.MovedOnError):
        kept.go(name, 0, 1)
    assert kept.open(name).form["title"] == "mine"


def test_the_oldest_steps_go(kept: drafts.Drafts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only so many steps are kept; the newest always is."""
    monkeypatch.setattr(drafts, "KEPT", 3)
    name = _begun(kept)
    for n in range(6):
        kept.add(name, n, _form(str(n + 1)), {})
    made = kept.open(name)
    assert (made.first, made.step, made.form["title"]) == (4, 6, "6")


@pytest.mark.parametrize("name", ["", "..", "0" * 16, "../../etc", "ABCDEF0123456789"])
def test_what_is_no_draft_is_not_opened(kept: drafts.Drafts, name: str) -> None:
    """Neither an unknown id nor a path leads anywhere."""
    _begun(kept)
    with pytest.raises(KeyError):
        kept.open(name)
    with pytest.raises(KeyError):
        kept.drop(name)


def test_a_room_is_no_draft_yet_and_a_dropped_one_none_any_more(kept: drafts.Drafts) -> None:
    """The list shows what was begun and not thrown away, the last changed first."""
    kept.room()
    first, second = _begun(kept), _begun(kept)
    kept.add(first, 0, _form("1"), {})
    assert next(iter(kept.everything())).id == first
    kept.drop(second)
    assert [one.id for one in kept.everything()] == [first]


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*/form.yaml")), ids=lambda path: path.parent.name)
def test_a_form_file_written_again_says_the_same(path: Path) -> None:
    """The text of any shipped form reads back as it was, in lines that a person can read."""
    values = yaml.safe_load(path.read_text("utf-8"))
    text = dump.text(values)
    assert yaml.safe_load(text) == values
    assert [line for line in text.splitlines() if len(line) > 160] == []
    assert len(text.splitlines()) < 3 * len(path.read_text("utf-8").splitlines())


TYPED = some.text(some.characters(blacklist_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=20)
SCALARS = some.none() | some.booleans() | some.integers() | TYPED


@given(some.dictionaries(TYPED, some.recursive(SCALARS, some.lists, max_leaves=8)))
def test_any_words_survive_the_writing(values: dict[str, Any]) -> None:
    """Whatever a person types as a label or value is read back as typed."""
    assert yaml.safe_load(dump.text(values)) == values


def test_lengths_are_written_to_a_hundredth(write: Write) -> None:
    """The figures of a mouse do not fill the file."""
    assert dump.text({"box": [1.23456, 2.0, 30, 4.5]}) == "box: [1.23, 2, 30, 4.5]\n"


def test_a_sound_form_is_put_among_the_own(write: Write, tmp_path: Path) -> None:
    """The folder appears as a whole, with its paper, and never in the place of another."""
    path = write()
    values = yaml.safe_load(path.read_text("utf-8"))
    for n in (1, 2):
        room = tmp_path / f"room-{n}"
        assert keep.prepared(values, path.with_name("blank.pdf"), room, []) == []
        put = keep.put(room, tmp_path / "own", "small-1")
        assert read_file(put / "form.yaml").key == ("small", "1")
        assert (put / "blank.pdf").read_bytes() == path.with_name("blank.pdf").read_bytes()
        assert not room.exists()
    assert sorted(one.name for one in (tmp_path / "own").iterdir()) == ["small-1", "small-1-2"]


def test_a_mistake_is_found_before_that(write: Write, tmp_path: Path) -> None:
    """What `forms check` would say is said of the draft, with the place in it."""
    values = yaml.safe_load(write().read_text("utf-8"))
    values["sides"][0]["fields"][2]["box"] = [140, 46, 24, 8]
    found = keep.prepared(values, None, tmp_path / "room", [])
    assert ("box-outside", "sides.0.fields.2.box") in [(one.code, one.key) for one in found if one.level == "error"]


def test_a_version_is_retired_and_used_again(write: Write, tmp_path: Path) -> None:
    """Only one line of the office's own file changes; a shipped form is copied first and stays as it was."""
    shipped, own = write(folder="shipped/small"), tmp_path / "own"
    before = shipped.read_text("utf-8")
    keep.retire(shipped, own)
    copied = own / "small" / "form.yaml"
    assert (read_file(copied).retired, shipped.read_text("utf-8")) == (True, before)
    keep.retire(copied, own, retired=False)
    assert not read_file(copied).retired
    assert copied.read_text("utf-8").startswith(before)
    assert copied.read_text("utf-8").count("retired") == 1


def test_the_paper_says_its_new_version() -> None:
    """Where the form's name is printed its version is renewed; other words keep their figures."""
    items = [
        {"text": "様式 small　2026.1 版", "at": [1, 1]},
        {"text": "2026.1 まで", "at": [1, 2]},
        {"line": [[0, 0], [1, 1]]},
    ]
    made = keep.reprinted(
        {"id": "small", "version": "2026.1", "sides": [{"id": "a", "print": items}, {"id": "b"}]}, "2026.2"
    )
    assert made["version"] == "2026.2"
    assert [item.get("text") for item in made["sides"][0]["print"]] == ["様式 small　2026.2 版", "2026.1 まで", None]
    assert made["sides"][1] == {"id": "b"}
