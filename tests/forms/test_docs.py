"""docs/forms.md: its example works, and its tables are complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline import forms
from pipeline.forms import check, draw, items
from pipeline.forms import print as paper
from pipeline.forms.load import read_file

TEXT = (Path(__file__).parents[2] / "docs" / "forms.md").read_text("utf-8")


def test_the_example_is_a_sound_form(tmp_path: Path) -> None:
    """What a clerk copies from the page passes `forms check` and prints."""
    path = tmp_path / "form.yaml"
    path.write_text(re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)[0], "utf-8")
    paper.blank(read_file(path), path.with_name("blank.pdf"))
    assert [str(mistake) for mistake in check.check(path)] == []


def test_every_role_is_explained(shipped: forms.Forms) -> None:
    """A role that a shipped form uses stands in the table."""
    roles = {entry.role for form in shipped.values() for entry in [*form.fields.values(), *form.derived] if entry.role}
    explained = set(re.findall(r"`([a-z0-9-]+)`", TEXT[TEXT.index("| 役割 |") : TEXT.index("## 同梱")]))
    assert roles == explained


@pytest.mark.parametrize("kind", sorted(draw.DRAWERS))
def test_every_kind_is_explained(kind: str) -> None:
    """Each kind has its row."""
    assert f"\n| `{kind}` |" in TEXT


@pytest.mark.parametrize("kind", items.ITEM_KINDS)
def test_every_printed_item_is_explained(kind: str) -> None:
    """Each thing that can be printed has its row."""
    assert f"\n| `{{{kind}: " in TEXT


def test_the_table_of_markers_is_right(shipped: forms.Forms) -> None:
    """Ids in the table are those of the form files."""
    table = TEXT[TEXT.index("## 同梱") : TEXT.index("\n---")]
    for form in shipped.values():
        row = next(line for line in table.splitlines() if f"`{form.id}`" in line)
        told = [(int(a), int(b)) for a, b in re.findall(r"(\d+)～(\d+)", row.split("|")[3])]
        ids = [[m.id for m in side.markers.at] for side in form.sides if side.markers]
        assert told == list(dict.fromkeys((min(side), max(side)) for side in ids))
