"""Whether a page carries another revision of a form: print that stands elsewhere than the form file says."""

from __future__ import annotations

import numpy as np

from pipeline.align import refine
from pipeline.align.scan import Scan
from pipeline.align.template import SideKey, at, patches
from pipeline.geometry import Points

REACH_MM = 10.0  # how far print is looked for
SURE = 0.70  # correlation from which print found elsewhere is that print
AGREE_MM = 0.5  # patches of one moved block share their shift up to this
ENOUGH = 3  # patches that moved together


def moved(scan: Scan, side: SideKey, fit: refine.Fit) -> int:
    """How many patches moved together: found elsewhere by one shift, and not where the blank repeats itself.

    Of an equal grid a covered row would be found in the next; there the page shows what the blank has there too.
    """
    if len(fit.lost) < ENOUGH:
        return 0
    marks = patches(side, fit.panel.id)
    found = refine.find(scan, marks, fit.panel, fit.lost, REACH_MM, shrink=2)
    found = found.only(found.score >= SURE)
    shift = (found.px - fit.panel.to_px(found.mm)) / fit.panel.quality["px_per_mm"]
    new = _unexplained(scan, side, fit, found.mm + _to_mm(fit, found, shift))
    gaps = np.linalg.norm(shift[new][:, None] - shift[new][None], axis=2)
    return int((gaps < AGREE_MM).sum(axis=1).max(initial=0))


def _to_mm(fit: refine.Fit, found: refine.Matches, shift: Points) -> Points:
    """The shifts (mm, along the page) turned into those along the form."""
    linear = fit.panel.mm_to_px[:2, :2] / fit.panel.quality["px_per_mm"]
    return np.asarray(shift @ np.linalg.inv(linear).T, dtype=np.float64)


def _unexplained(scan: Scan, side: SideKey, fit: refine.Fit, where: Points) -> np.ndarray:
    """Which of the places (n, 2) in mm show something else than the blank has there."""
    there = at(side, where)
    same = refine.find(scan, there, fit.panel, np.arange(len(where)), refine.NEAR_MM)
    return np.setdiff1d(np.arange(len(where)), same.which)
