"""Which form lies where: by code and fiducials, else by looks; and what to say when it is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from pipeline import geometry, model
from pipeline.align import appearance, markers, refine, revision
from pipeline.align.scan import FoundCode, Scan, is_blank
from pipeline.align.template import SideKey, on_paper, patches
from pipeline.forms import schema
from pipeline.geometry import Matrix

Sides = Sequence[tuple[schema.Form, schema.Side]]
MIN_MATCHED = 0.5  # share of the printed structure that must be found where it belongs
MARGIN = 0.12  # by how much the best form must explain the page better than the next
MOSTLY = 0.6  # share of a panel on the picture from which its print should be found there
PANEL_GAP_MM = 12.0  # panels of one sheet lie this near to where their neighbour puts them
COARSE = (6.0, refine.FINE_MM)
WHOLE = 0.65  # share of the print that lies on the page by looks alone, panels that do not fit counted as missing
FAR_BEHIND = 0.4  # a rough placement with so few of another's key points is no rival of it


@dataclass(frozen=True, eq=False)
class Found:
    """A side of a form laid on the page, panel by panel."""

    form: schema.Form
    side: schema.Side
    fits: tuple[refine.Fit, ...]
    by: model.FoundBy
    code: FoundCode | None = None
    absent: int = 0  # patches of panels that should be on the page and do not fit
    marked: int = 0  # fiducials that put it there
    moved: int = 0  # patches that stand elsewhere than the form file says, all by one shift

    @property
    def revised(self) -> bool:
        """Whether the page carries another revision of the form."""
        return self.moved >= revision.ENOUGH

    @property
    def matched(self) -> float:
        """Share of the printed structure found, over all panels."""
        seen = sum(fit.seen for fit in self.fits) + self.absent
        return sum(fit.matched * fit.seen for fit in self.fits) / max(seen, 1)

    @property
    def name(self) -> str:
        """form/version/side."""
        return "/".join((*self.form.key, self.side.id))


def tellable(scan: Scan, sides: Sides) -> Sides:
    """The sides without those that a newer version prints alike: a mended form file on the same paper is the one to use.

    A code on the page names its version, whatever came later.
    """
    return [pair for pair in sides if _is_named(scan, *pair) or not any(_renews(other, pair) for other in sides)]


def _renews(newer: tuple[schema.Form, schema.Side], older: tuple[schema.Form, schema.Side]) -> bool:
    (new, side), (old, before) = newer, older
    return new.id == old.id and new.newness > old.newness and side.printed_like(before)


def by_fiducials(scan: Scan, laid: Sequence[markers.Laid], sides: Sides) -> list[Found]:
    """Sheets whose fiducials are on the page; where several forms share fiducials, the code or the print decides."""
    tried = {id(side) for _, side in _apart_by_code(scan, sides)}
    fitted = [(piece, _registered(scan, piece)) for piece in laid if id(piece.side) in tried]
    good = [(piece, fit) for piece, fit in fitted if fit is not None]
    groups = [with_code(scan, group) for group in _grouped(_single(good))]
    return [_checked(scan, _completed(scan, found)) for found in _undisputed(groups)]


def _apart_by_code(scan: Scan, sides: Sides) -> Sides:
    """The sides without those that share their fiducials with one that a code on the page names."""
    named = [(form, side) for form, side in sides if _is_named(scan, form, side)]
    taken = {frozenset(m.id for m in side.markers.at) for _, side in named if side.markers}
    others = [(f, s) for f, s in sides if s.markers and frozenset(m.id for m in s.markers.at) not in taken]
    return [*named, *others]


def _is_named(scan: Scan, form: schema.Form, side: schema.Side) -> bool:
    return any(code.form == form.key and code.side == side.id for code in scan.codes)


def _registered(scan: Scan, piece: markers.Laid) -> refine.Fit | None:
    """A panel laid from its fiducials, if the print agrees; looked for wider when it does not at once."""
    tries = ((refine.NEAR_MM,), (refine.FINE_MM,)) if len(piece.markers) > 2 else (COARSE,)
    for reach in tries:
        fit = refine.panel(scan, SideKey(piece.side), piece.panel.id, piece.matrix, reach)
        if fit is not None and fit.matched >= MIN_MATCHED:
            return fit
    return None


def _checked(scan: Scan, found: Found) -> Found:
    """The same, with what of its print stands elsewhere."""
    return replace(found, moved=max(revision.moved(scan, SideKey(found.side), fit) for fit in found.fits))


def _single(pieces: list[tuple[markers.Laid, refine.Fit]]) -> list[tuple[markers.Laid, refine.Fit]]:
    """Each panel once in each place: fiducials seen twice lay the same panel twice."""
    kept: list[tuple[markers.Laid, refine.Fit]] = []
    for piece, fit in sorted(pieces, key=lambda pair: -len(pair[0].markers)):
        rivals = [other for laid, other in kept if laid.side is piece.side and laid.panel.id == piece.panel.id]
        if all(_apart(piece.panel.box, fit, other) for other in rivals):
            kept.append((piece, fit))
    return kept


def _apart(box: geometry.Box, one: refine.Fit, other: refine.Fit) -> bool:
    """Whether two placements of a panel lie more than a third of its shorter side apart."""
    middle = box.center()[None]
    gap = geometry.project(one.panel.mm_to_px, middle) - geometry.project(other.panel.mm_to_px, middle)
    return float(np.linalg.norm(gap)) > min(box.w, box.h) / 3 * one.panel.quality["px_per_mm"]


def _grouped(pieces: list[tuple[markers.Laid, refine.Fit]]) -> list[Found]:
    """Panels that belong to one sheet."""
    groups: list[list[tuple[markers.Laid, refine.Fit]]] = []
    for piece, fit in pieces:
        home = next((group for group in groups if _belongs(piece, fit, group)), None)
        if home is None:
            groups.append([(piece, fit)])
        else:
            home.append((piece, fit))
    return [_group(group) for group in groups]


def _group(pieces: list[tuple[markers.Laid, refine.Fit]]) -> Found:
    first, marked = pieces[0][0], sum(len(piece.markers) for piece, _ in pieces)
    return Found(first.form, first.side, tuple(fit for _, fit in pieces), "markers", marked=marked)


def _belongs(piece: markers.Laid, fit: refine.Fit, group: list[tuple[markers.Laid, refine.Fit]]) -> bool:
    first, laid = group[0]
    if first.side is not piece.side or any(other.panel.id == piece.panel.id for other, _ in group):
        return False
    center = piece.panel.box.center()[None]
    gap = geometry.project(laid.panel.mm_to_px, center) - geometry.project(fit.panel.mm_to_px, center)
    return float(np.linalg.norm(gap)) < PANEL_GAP_MM * fit.panel.quality["px_per_mm"]


def with_code(scan: Scan, found: Found) -> Found:
    """The same with the code that lies where the sheet has its code."""
    code = next((code for code in scan.codes if _carries(found, code)), None)
    return found if code is None else replace(found, by="code", code=code)


def _carries(found: Found, code: FoundCode) -> bool:
    if code.form != found.form.key or code.side != found.side.id:
        return False
    return any(_near(found, printed, code) for printed in found.side.code)


def _near(found: Found, printed: schema.PrintedCode, code: FoundCode) -> bool:
    fit = next((fit for fit in found.fits if fit.panel.id == printed.panel), found.fits[0])
    expected = geometry.project(fit.panel.mm_to_px, printed.box.center()[None])[0]
    gap = float(np.linalg.norm(code.corners.mean(axis=0) - expected))
    return gap < max(printed.box.w, 12.0) * fit.panel.quality["px_per_mm"]


def _undisputed(groups: list[Found]) -> list[Found]:
    """Of sheets that claim the same place: the one its code names, else the one the print speaks for clearly."""
    kept: list[Found] = []
    for found in sorted(groups, key=lambda f: (f.code is None, -f.matched)):
        rivals = [other for other in groups if _disputes(other, found)]
        clear = found.code is not None or all(found.matched - other.matched >= MARGIN for other in rivals)
        if clear and not any(_same_place(found, other) for other in kept):
            kept.append(found)
    return kept


def _disputes(other: Found, found: Found) -> bool:
    """Whether another sheet claims the place of one; a fiducial or two that both happen to share are no claim."""
    return other is not found and 2 * other.marked >= found.marked and _same_place(found, other)


def _same_place(one: Found, other: Found) -> bool:
    """Whether two sheets would lie on top of each other."""
    a, b = _outline(one), _outline(other)
    size = min(float(np.linalg.norm(a[0] - a[2])), float(np.linalg.norm(b[0] - b[2])))
    return float(np.linalg.norm(a.mean(axis=0) - b.mean(axis=0))) < 0.35 * size


def _outline(found: Found) -> geometry.Points:
    paper = found.side.paper
    whole = geometry.Box(0, 0, paper.width, paper.height)
    return geometry.project(found.fits[0].panel.mm_to_px, whole.corners())


def _completed(scan: Scan, found: Found) -> Found:
    """The same with panels whose own fiducials were not seen, looked for beside the ones that were."""
    have = {fit.panel.id for fit in found.fits}
    start = found.fits[0].panel.mm_to_px
    extra = [_panel(scan, found.side, panel, start) for panel in found.side.panels if panel.id not in have]
    more = tuple(fit for fit in extra if fit is not None)
    return replace(found, fits=found.fits + more)


def _panel(scan: Scan, side: schema.Side, panel: schema.Panel, start: Matrix) -> refine.Fit | None:
    """One panel laid from a rough start, if it is on the page and the print agrees."""
    if on_paper(panel.box, scan.full, start) < 0.3:
        return None
    for reach in ((refine.FINE_MM,), COARSE):
        fit = refine.panel(scan, SideKey(side), panel.id, start, reach)
        if fit is not None and fit.matched >= MIN_MATCHED and appearance.stands_alone(scan, side, fit):
            return fit
    return None


def by_looks(scan: Scan, sides: Sides, found: list[Found]) -> list[Found]:
    """Sheets found by their print alone: where a code says that there is one, or when nothing else was found."""
    codes = [code for code in scan.codes if not any(_carries(one, code) for one in found)]
    named = [pair for pair in sides if any(c.form == pair[0].key and c.side == pair[1].id for c in codes)]
    if (found and not named) or (scan.codes and not named) or is_blank(scan):
        return []
    groups = [with_code(scan, group) for group in _tried(scan, appearance.rough(scan, named or sides))]
    fresh = [group for group in groups if not any(_same_place(group, other) for other in found)]
    return [_checked(scan, group) for group in _undisputed(fresh)]


def _tried(scan: Scan, hits: list[appearance.Rough]) -> list[Found]:
    """The rough placements that the print confirms; those far behind a confirmed one in its place are not tried."""
    kept: list[tuple[Found, int]] = []
    for hit in hits:
        if any(hit.inliers < FAR_BEHIND * n and _covers(found, hit) for found, n in kept):
            continue
        found = _laid(scan, hit)
        if found is not None and found.matched >= WHOLE:
            kept.append((found, hit.inliers))
    return [found for found, _ in kept]


def _covers(found: Found, hit: appearance.Rough) -> bool:
    """Whether a rough placement has its middle where a sheet already lies."""
    paper = hit.side.paper
    return _within(found, geometry.project(hit.matrix, np.array([[paper.width / 2, paper.height / 2]]))[0])


def _laid(scan: Scan, hit: appearance.Rough) -> Found | None:
    fits = {panel.id: _panel(scan, hit.side, panel, hit.matrix) for panel in hit.side.panels}
    good = tuple(fit for fit in fits.values() if fit is not None)
    if not good:
        return None
    start = good[0].panel.mm_to_px
    bad = [p for p in hit.side.panels if fits[p.id] is None and on_paper(p.box, scan.full, start) > MOSTLY]
    absent = sum(len(patches(SideKey(hit.side), panel.id).images) for panel in bad)
    return Found(hit.form, hit.side, good, "appearance", absent=absent)


def belied(scan: Scan, found: Found) -> bool:
    """Whether a code on the sheet says that it is another form or version, whose boxes may stand elsewhere."""
    return any(_belies(found, code) for code in scan.codes if code.form != found.form.key)


def _belies(found: Found, code: FoundCode) -> bool:
    if code.form[0] == found.form.id:
        return _within(found, code.corners.mean(axis=0))
    return any(_near(found, printed, code) for printed in found.side.code)


def _within(found: Found, px: geometry.Points) -> bool:
    outline = _outline(found).astype(np.float32).reshape(-1, 1, 2)
    return bool(cv2.pointPolygonTest(outline, (float(px[0]), float(px[1])), measureDist=False) >= 0)


def without_form(page: model.Page, scan: Scan, forms: Mapping[model.FormKey, schema.Form], sides: Sides) -> model.Sheet:
    """What is said of a page on which no known form was found."""
    if is_blank(scan):
        return model.Sheet(page, None, None, None, (), None, None, (), "blank", "blank-page")
    near = appearance.screened(scan, sides)[:2]
    best = tuple(("/".join((*form.key, side.id)), min(score / 100, 0.99)) for score, form, side in near)
    told = tuple((_name(code), 1.0) for code in _unknown(scan, forms)[:1])
    return model.Sheet(page, None, None, None, (), None, None, told + best, "unidentified", _why(scan, forms))


def _name(code: FoundCode) -> str:
    return "/".join((*code.form, code.side))


def _unknown(scan: Scan, forms: Mapping[model.FormKey, schema.Form]) -> list[FoundCode]:
    """The codes of ours that name a form or version that is not at hand."""
    return [code for code in scan.codes if code.form not in forms]


def _why(scan: Scan, forms: Mapping[model.FormKey, schema.Form]) -> str:
    """Which of the known troubles it is."""
    unknown = [code.form for code in _unknown(scan, forms)]
    if not unknown:
        return "no-form-fits"
    return "unknown-version" if any(name == form[0] for name, _ in unknown for form in forms) else "unknown-form"
