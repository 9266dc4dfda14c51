"""What of a blank is looked for on a page."""

from __future__ import annotations

import numpy as np

from pipeline.align import refine, template
from pipeline.forms import Forms


def test_no_field_is_far_from_a_patch(shipped: Forms) -> None:
    """Patches lie all over a panel's print: what curls is known near every field, not guessed from afar."""
    for _, side in shipped.sides():
        corners = [box.corners() for field in side.fields for box in field.boxes().values()]
        if not corners:
            continue
        centers = [template.patches(template.SideKey(side), panel.id).centers for panel in side.panels]
        gaps = np.linalg.norm(np.concatenate(corners)[:, None] - np.concatenate(centers)[None], axis=2)
        assert gaps.min(axis=1).max() < 40
        assert all(len(some) <= template.MOST for some in centers)


def test_patches_on_one_line_lay_nothing() -> None:
    """What was found along a single row of print says nothing about the rest of the panel."""
    row = np.array([[41.0, 269.4], [62.7, 269.4], [95.2, 269.5], [132.8, 269.4], [165.3, 269.3], [186.3, 269.4]])
    assert refine.in_line(row)
    assert refine.in_line(row[:, ::-1] + 3)
    assert not refine.in_line(np.vstack([row, [[100.0, 250.0]]]))
