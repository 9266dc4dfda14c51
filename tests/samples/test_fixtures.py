"""The committed pages still belong to the forms as they are now."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pipeline import geometry
from pipeline.forms import Forms
from tests.samples import reading

PAGES = Path(__file__).parents[1] / "fixtures" / "pages"


def test_fixtures_are_light() -> None:
    """They are small enough for a repository."""
    assert sum(path.stat().st_size for path in PAGES.iterdir()) < 2_000_000


def test_fixtures_fit_the_forms(shipped: Forms) -> None:
    """Every form is there with all its fields, each where the form file has it; else draw the fixtures anew."""
    seen: dict[tuple[str, str], set[str]] = {}
    for sheet in (sheet for line in reading.truth(PAGES) for sheet in line["sheets"]):
        form = shipped[sheet["form"], sheet["version"]]
        side = form.side(sheet["side"])
        panels = {panel["id"]: np.array(panel["mm_to_px"]).reshape(3, 3) for panel in sheet["panels"]}
        seen.setdefault(form.key, set()).update(sheet["fields"])
        for name, field in sheet["fields"].items():
            for part, box in form.fields[name].boxes().items():
                px = geometry.project(panels[side.panel_of(box).id], box.corners())
                assert np.abs(px - np.array(field["parts"][part])).max() < 16, f"{name}: draw the fixtures anew"
    assert seen == {form.key: set(form.fields) for form in shipped.values()}
