"""The office's own lists: replaced, taken back, compared with what held before."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import forms
from pipeline.errors import UsageProblem
from pipeline.forms import list_changes, list_uses, lists
from pipeline.forms.list_changes import Comparison, compared
from pipeline.forms.load import SHIPPED
from pipeline.forms.own_lists import MovedOnError, OwnLists

NAMES = st.sampled_from(["港", "山手", "浜", "＝1+1", "a,b", '"', "二 行"])
ROWS = st.lists(
    st.fixed_dictionaries({"value": NAMES, "aliases": st.sampled_from(["", "みなと", "やまて|港"]), "code": NAMES}),
    min_size=1,
    max_size=6,
)


@pytest.fixture
def kept(tmp_path: Path) -> OwnLists:
    """An office without a list of its own, beside the shipped ones."""
    return OwnLists([SHIPPED / "lists"], tmp_path / "lists")


def _state(kept: OwnLists, name: str) -> tuple[list[dict[str, str]], bool]:
    return [dict(row) for row in kept.listing(name).rows], kept.standing(name).own


@settings(max_examples=15, deadline=None)
@given(st.lists(st.one_of(ROWS, st.none()), max_size=6), st.sampled_from(["districts", "new"]))
def test_taking_back_brings_what_held_before(steps: list[list[dict[str, str]] | None], name: str) -> None:
    """After any changes a reader has at once what was put there, one step back is what held before, and another undoes that."""
    with tempfile.TemporaryDirectory() as folder:
        kept = OwnLists([SHIPPED / "lists"], Path(folder) / "lists")
        before = now = _state(kept, name)
        for rows in steps:
            seen = kept.standing(name).mark
            if rows is not None:
                kept.replace(name, rows, seen)
                before, now = (before if (rows, True) == now else now), (rows, True)
            elif kept.before(name) is not None:
                kept.undo(name, seen)
                before, now = now, before
            assert _state(kept, name) == now
        assert (kept.before(name) is not None) == (before != now)


@settings(max_examples=40, deadline=None)
@given(ROWS, ROWS)
def test_a_comparison_accounts_for_every_entry(old: list[dict[str, str]], new: list[dict[str, str]]) -> None:
    """What was, less what is removed, with what is added, is what is; nothing else changed than what is said to."""
    before, after = lists.listing("x", old), lists.listing("x", new)
    found = compared(before, after)
    assert (set(before.values) - set(found.removed)) | set(found.added) == set(after.values)
    assert not set(found.removed) & set(after.values)
    assert {one.value for one in list_changes.differences(before, after)} == set(found.changed)
    turned = compared(after, before)
    assert (set(turned.added), set(turned.removed)) == (set(found.removed), set(found.added))
    assert compared(after, after).summary() == "前と同じ内容です。"


def test_who_looked_at_another_list_changes_nothing(kept: OwnLists) -> None:
    """A change or a step back after somebody else's is refused, and theirs stays."""
    seen = kept.standing("districts").mark
    kept.replace("districts", [{"value": "港"}], seen)
    with pytest.raises(MovedOnError):
        kept.replace("districts", [{"value": "山手"}], seen)
    with pytest.raises(MovedOnError):
        kept.undo("districts", seen)
    assert kept.listing("districts").values == ("港",)


def test_the_office_own_copy_of_the_same_contents_is_another(kept: OwnLists) -> None:
    """Whose list it is counts too: a copy of the shipped one does not follow it when it changes."""
    rows = lists.understood(SHIPPED / "lists" / "districts.csv", "districts")
    shipped = kept.standing("districts")
    kept.replace("districts", rows, shipped.mark)
    assert kept.listing("districts").values == lists.load("districts", [SHIPPED / "lists"]).values
    assert kept.standing("districts").mark != shipped.mark
    assert kept.before("districts") == shipped


def test_nothing_to_take_back(kept: OwnLists) -> None:
    """Without a change before there is no step back."""
    assert kept.before("districts") is None
    with pytest.raises(MovedOnError):
        kept.undo("districts", kept.standing("districts").mark)


def test_a_disk_that_refuses_leaves_everything(kept: OwnLists, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the list cannot be written, a sentence says so, what held holds, and what can be taken back stays."""
    kept.replace("x", [{"value": "港"}])
    kept.replace("x", [{"value": "山手"}])

    def full(_: int) -> None:
        raise OSError(28, "full")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(UsageProblem, match="空きがありません"):
        kept.replace("x", [{"value": "浜"}])
    monkeypatch.undo()
    assert (kept.listing("x").values, kept.earlier("x").values) == (("山手",), ("港",))


def test_odd_entries_are_told() -> None:
    """A spelling of two values, a value of two rows and a sample that stayed are named; which value the spelling gets, too."""
    rows = [
        {"value": "港薬局", "aliases": "みなと|海の薬局"},
        {"value": "浜薬局", "aliases": "ミナト|みなと"},
        {"value": "海の薬局", "aliases": ""},
        {"value": "かもめ薬局（架空）", "aliases": "かもめ", "code": "1"},
        {"value": "かもめ薬局（架空）", "aliases": "かもめ", "code": "2"},
    ]
    found = {one.title[:2]: one.entries for one in list_changes.doubts(lists.listing("x", rows))}
    assert found == {
        "見本": ("かもめ薬局（架空）",),
        "一つ": (
            "みなと → 港薬局・浜薬局（いまは 港薬局 と読みます）",
            "海の薬局 → 港薬局・海の薬局（いまは 海の薬局 と読みます）",
        ),
        "同じ": ("かもめ薬局（架空）",),
    }


def test_samples_that_stay_are_not_lost() -> None:
    """Of a shipped list only what is no sample counts as removed."""
    before = lists.listing("x", [{"value": "港（架空）"}, {"value": "山手"}, {"value": "浜（架空）"}])
    after = lists.listing("x", [{"value": "浜（架空）"}])
    assert Comparison(before, after, first=True).removed == ("山手",)
    assert Comparison(before, after, first=False).removed == ("港（架空）", "山手")


def test_long_summaries_are_cut() -> None:
    """Of many entries the first are named and the others counted."""
    new = lists.listing("x", [{"value": str(n)} for n in range(13)])
    (line,) = [one.line() for one in compared(lists.listing("x", []), new).kinds()]
    assert line.startswith("追加: 0、1、")
    assert line.endswith(" ほか 3 件")


def test_empty_cells_are_no_change() -> None:
    """A column that nobody filled in makes no entry another one."""
    old = lists.listing("x", [{"value": "甲"}])
    new = lists.listing("x", [{"value": "甲", "aliases": "", "電話": ""}])
    assert compared(old, new).summary() == "前と同じ内容です。"


def test_every_use_of_a_list_is_known(tmp_path: Path) -> None:
    """Fields, tables that are printed, targets and entries by hand of what ships name their lists."""
    found = list_uses.uses(forms.load([SHIPPED], tmp_path))
    assert {name: {one.kind for one in some} for name, some in found.items()} == {
        "districts": {"field"},
        "clinics": {"field"},
        "pharmacies": {"field"},
        "resources": {"field", "table", "entry"},
        "targets": {"targets"},
    }


def test_line_breaks_in_cells_are_spaces(tmp_path: Path) -> None:
    """A name typed on two lines of a cell is one name, and the file stays one row per entry."""
    (tmp_path / "in.csv").write_bytes('名称,別名,曜日\r\n"港の\r\n会","みなと\r\nミナト","月\r火"\r\n'.encode())
    rows = lists.understood(tmp_path / "in.csv", "x")
    assert rows == [{"value": "港の 会", "aliases": "みなと|ミナト", "曜日": "月 火"}]


def test_a_list_without_any_name_is_refused(tmp_path: Path) -> None:
    """A file whose column of names is empty would leave nothing of the list."""
    (tmp_path / "in.csv").write_text("名称,地区\n,釜石\n", "utf-8")
    with pytest.raises(UsageProblem, match="一つもありません"):
        lists.understood(tmp_path / "in.csv", "x")
