"""Loading form files: folders, blanks, and what is passed over."""

from __future__ import annotations

import logging
import pickle
from pathlib import Path

import numpy as np
import pytest

from pipeline import forms
from pipeline.errors import FileRefused, FormProblem
from pipeline.forms.load import read_file
from pipeline.programs import poppler
from tests.forms.conftest import SMALL, Write


def test_unknown_keys_are_passed_over_with_a_warning(write: Write, caplog: pytest.LogCaptureFixture) -> None:
    """A key of a later version does not stop today's reading; the log names its line."""
    path = write(
        ("title:", "colour: red\ntitle:"),
        ("label: 年齢,", "label: 年齢, size: big,"),
        ("{text: 小", "{glow: 1, text: 小"),
    )
    with caplog.at_level(logging.WARNING):
        form = read_file(path)
    assert form.fields["age"].label == "年齢"
    assert [record.getMessage().split(": ")[0].rsplit(" ", 3)[1:] for record in caplog.records] == [
        ["4", "行目", "colour"],
        ["20", "行目", "sides.0.print.0.glow"],
        ["27", "行目", "sides.0.fields.2.size"],
    ]


def test_unknown_keys_do_not_hide_a_real_mistake(write: Write) -> None:
    """With unknown keys passed over, what remains must still be sound."""
    path = write(("title:", "colour: red\ntitle:"), ("cells: 3", "cells: three"))
    with pytest.raises(FormProblem, match=r"27 行目 sides\.0\.fields\.2\.cells:"):
        read_file(path)


def test_a_mistake_names_file_line_and_key(write: Write) -> None:
    """The sentence leads to the place, and to the command that lists all mistakes."""
    path = write(("box: [40, 70, 60, 8], personal", "box: [40, 70, 60], personal"))
    with pytest.raises(FormProblem) as caught:
        read_file(path)
    assert f"{path} 28 行目 sides.0.fields.4.box" in str(caught.value)
    assert "forms check" in caught.value.todo


@pytest.mark.parametrize(
    ("old", "new"), [("field: sex", "field: sexx"), ("id: sex, label", "id: q1, label"), ("[q1, age]", "[q1, no_such]")]
)
def test_a_form_that_refers_to_nothing_is_not_loaded(write: Write, old: str, new: str) -> None:
    """Reading relies on every id that the form refers to, so a wrong one stops the loading, with its line."""
    with pytest.raises(FormProblem, match="行目"):
        read_file(write((old, new)))


@pytest.mark.parametrize("text", [b"\xff\xfe", b"a: [1", b"- " * 100_000, b"at: 2026-13-45"])
def test_what_is_no_yaml_is_refused_in_a_sentence(tmp_path: Path, text: bytes) -> None:
    """Wrong bytes, an open bracket, a bottomless nest, an impossible date: a sentence each, no crash."""
    path = tmp_path / "form.yaml"
    path.write_bytes(text)
    with pytest.raises(FormProblem, match=r"様式ファイル .*form\.yaml"):
        read_file(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The sentence says which file could not be opened."""
    with pytest.raises(FormProblem, match="開けません"):
        read_file(tmp_path / "none.yaml")


def test_a_folder_of_forms_or_one_form(write: Write, blanks: Path) -> None:
    """Both a folder of form folders and the folder of one form may be given."""
    path = write()
    assert list(forms.load([path.parent.parent], blanks)) == [("small", "1")]
    assert list(forms.load([path.parent], blanks)) == [("small", "1")]


def test_the_later_folder_wins(write: Write, blanks: Path) -> None:
    """The office's own form replaces the shipped one of the same id and version."""
    first, second = write(folder="a/small"), write(("title: 小さな様式", "title: 市の様式"), folder="b/small")
    known = forms.load([first.parent.parent, second.parent.parent], blanks)
    assert known["small", "1"].title == "市の様式"


def test_two_versions_live_side_by_side(write: Write, blanks: Path) -> None:
    """A new version does not push the old one out."""
    old, new = write(folder="a/small"), write(('version: "1"', 'version: "2"'), folder="b/small")
    assert set(forms.load([old.parent.parent, new.parent.parent], blanks)) == {("small", "1"), ("small", "2")}


def test_a_missing_blank_is_named(write: Write, blanks: Path) -> None:
    """A form over existing paper cannot be read with without its blank, and says so when it is loaded."""
    printed = SMALL[SMALL.index("    print:\n") : SMALL.index("    fields:")]
    with pytest.raises(FormProblem, match=r"blank\.pdf"):
        forms.load([write((printed, ""), blank=False).parent], blanks)


def test_a_form_that_prints_itself_needs_no_blank(write: Write, blanks: Path) -> None:
    """Its blank is printed into the cache, and is the one that would have been beside it."""
    with_blank, without = write(folder="a"), write(blank=False, folder="b")
    pictures = [forms.load([path.parent], blanks)["small", "1"].side("front").blank for path in (with_blank, without)]
    assert np.array_equal(pictures[0], pictures[1])


def test_the_blank_is_rendered_once_and_kept(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second load takes the picture from the cache, pixel for pixel."""
    path, cache = write(), tmp_path / "cache"
    first = forms.load([path.parent], cache)["small", "1"].side("front").blank
    assert first.shape == (1240, 1748)
    assert first.dtype == np.uint8
    monkeypatch.setattr(poppler, "page", lambda *args, **kw: pytest.fail("rendered twice"))
    again = forms.load([path.parent], cache)["small", "1"].side("front").blank
    assert np.array_equal(first, again)


def test_a_damaged_picture_in_the_cache_is_made_anew(write: Write, tmp_path: Path) -> None:
    """A half-written file does not end up as a blank."""
    path, cache = write(), tmp_path / "cache"
    first = forms.load([path.parent], cache)["small", "1"].side("front").blank
    for kept in cache.rglob("*.npy"):
        kept.rename(kept.with_suffix(".old"))
        kept.write_bytes(b"no picture")
    assert np.array_equal(first, forms.load([path.parent], cache)["small", "1"].side("front").blank)


def test_a_blank_that_cannot_be_drawn_is_refused(write: Write, blanks: Path) -> None:
    """A broken PDF gives a sentence when the blank is asked for."""
    path = write()
    path.with_name("blank.pdf").write_bytes(b"%PDF-1.4 nothing")
    side = forms.load([path.parent], blanks)["small", "1"].side("front")
    with pytest.raises(FileRefused):
        _ = side.blank


def test_forms_travel_between_processes(write: Write, blanks: Path) -> None:
    """A loaded form can be pickled and still finds its blank."""
    known = forms.load([write().parent], blanks)
    copy = pickle.loads(pickle.dumps(known))
    assert copy["small", "1"].side("front").blank.shape == (1240, 1748)


def test_lists_lie_beside_the_forms(write: Write, blanks: Path, tmp_path: Path) -> None:
    """A list is found in `lists/` of a form folder; an office's own folder wins; an absent one is empty."""
    own = tmp_path / "own"
    for folder, name in ((write().parent.parent / "lists", "A"), (own, "B")):
        folder.mkdir()
        (folder / "places.csv").write_text(f"value,aliases\n{name},x\n", "utf-8")
    folder = tmp_path
    assert forms.load([folder], blanks).listing("places").values == ("A",)
    assert forms.load([folder], blanks, (own,)).listing("places").values == ("B",)
    assert forms.load([folder], blanks).listing("none").values == ()


def test_a_form_saved_meanwhile_is_taken_up(write: Write, blanks: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What was saved, changed or taken away is so for everybody who holds the forms; a broken file leaves them as they were."""
    folder = write().parent.parent
    known = forms.load([folder], blanks)
    before = known["small", "1"]
    assert known.refreshed(at_once=True)["small", "1"] is before
    write(('version: "1"', 'version: "2"'), folder="newer")
    assert set(known.refreshed(at_once=True)) == {("small", "1"), ("small", "2")}
    assert known["small", "1"] is before
    write(("title: 小", "title: [小"), folder="newer", blank=False)
    with caplog.at_level(logging.WARNING):
        assert ("small", "2") in known.refreshed(at_once=True)
    assert "newer" in caplog.text
    (folder / "newer" / "form.yaml").unlink()
    assert set(known.refreshed(at_once=True)) == {("small", "1")}


def test_folders_are_looked_at_now_and_then(write: Write, blanks: Path) -> None:
    """Asking for every page costs nothing: the folders are looked at again only after a while."""
    folder = write().parent.parent
    known = forms.load([folder, folder / "later"], blanks)
    known.refreshed(at_once=True)
    write(('version: "1"', 'version: "2"'), folder="newer")
    assert set(known.refreshed()) == {("small", "1")}
    assert set(known.refreshed(at_once=True)) == {("small", "1"), ("small", "2")}


def test_a_form_knows_its_file(write: Write, blanks: Path) -> None:
    """Where a form lies is told, so that it can be opened again."""
    path = write()
    known = forms.load([path.parent.parent], blanks)
    assert known.file(("small", "1")) == path
    assert known.file(("small", "2")) is None
    assert forms.Forms(dict(known)).file(("small", "1")) is None


def test_versions_have_an_order(write: Write) -> None:
    """2026.10 is newer than 2026.9, and a retired version older than any in use."""
    made = [
        read_file(write(('version: "1"', f'version: "{version}"{more}'), blank=False))
        for version, more in (("2026.10", ""), ("2027.1", "\nretired: true"), ("2026.9", ""))
    ]
    assert [one.version for one in sorted(made, key=lambda form: form.newness)] == ["2027.1", "2026.9", "2026.10"]
