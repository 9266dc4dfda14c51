"""Where things stand on a side: rules that `check` asks of panels, markers, codes and boxes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np

from pipeline import geometry
from pipeline.forms import draw, items, schema
from pipeline.forms.mistakes import Keys, Mistake, Source

MARGIN_SHARE = 0.35  # a field is cut out with this share of its shorter side around it …
MARGIN_MIN_MM = 2.0  # … and never less
SLACK_MM = 0.05
MODULE_MIN_MM = 0.4  # a QR module that still survives a 200 dpi scan
CLEAR_MM = 1.0  # white around a marker


class Placed(NamedTuple):
    """One box of a field."""

    field: schema.Field
    keys: Keys  # where it stands in the file
    box: geometry.Box
    marked: bool  # people mark it rather than write in it


def margin_mm(box: geometry.Box) -> float:
    """How much around a box is cut out with it."""
    return max(MARGIN_MIN_MM, MARGIN_SHARE * min(box.w, box.h))


def side(source: Source, n: int, page: schema.Side) -> Iterator[Mistake]:
    """Every mistake of place on the n-th side."""
    at: Keys = ("sides", n)
    placed = [box for m, field in enumerate(page.fields) for box in _placed(field, (*at, "fields", m))]
    yield from _panels(source, at, page)
    yield from _markers(source, at, page, placed)
    yield from _codes(source, at, page, placed)
    yield from _inside(source, page, placed)
    yield from _crowded(source, placed)
    yield from _printed(source, at, page)


def _placed(field: schema.Field, at: Keys) -> Iterator[Placed]:
    for part, box in field.boxes().items():
        name, _, number = part.partition("-")
        marked = name in ("option", "era") or field.kind == "presence"
        yield Placed(field, (*at, *_keys_of(field, name, number)), box, marked)


def _keys_of(field: schema.Field, name: str, number: str) -> Keys:
    if name == "option":
        return ("options", int(number), "box")
    if name == "era":
        return ("era_boxes", number)
    if name in ("year", "month", "day"):
        return (name,)
    listed = isinstance(field, (schema.Digits, schema.Date)) and isinstance(field.cells, list)
    return ("cells", int(name)) if listed and name.isdigit() else ("box",)


# ── paper


def _panels(source: Source, at: Keys, page: schema.Side) -> Iterator[Mistake]:
    paper = geometry.Box(0, 0, page.paper.width, page.paper.height)
    for n, panel in enumerate(page.panels):
        if not paper.contains(panel.box, SLACK_MM):
            size = f"{paper.w:g}×{paper.h:g}"
            yield source.mistake(
                (*at, "panels", n, "box"), f"面が用紙（{size} mm）からはみ出しています。", "panel-outside"
            )
    for (n, a), (_, b) in itertools.combinations(enumerate(page.panels), 2):
        if a.id == b.id:
            yield source.mistake(
                (*at, "panels", n, "id"), f"面の名前「{a.id}」が二つあります。別の名前にします。", "id-twice"
            )
        if a.box.overlap(b.box) > 1:
            yield source.mistake(
                (*at, "panels", n, "box"), f"面「{a.id}」と「{b.id}」が重なっています。", "panel-overlap"
            )


# ── markers


def _markers(source: Source, at: Keys, page: schema.Side, placed: list[Placed]) -> Iterator[Mistake]:
    if page.markers is None or not page.markers.at:
        return
    here = (*at, "markers")
    dictionary = getattr(cv2.aruco, page.markers.dictionary, None)
    if not isinstance(dictionary, int):
        yield source.mistake((*here, "dictionary"), "目印の種類がありません。例: DICT_4X4_50", "marker-dictionary")
        return
    known = len(cv2.aruco.getPredefinedDictionary(dictionary).bytesList)
    seen: set[int] = set()
    for n, marker in enumerate(page.markers.at):
        if marker.id >= known:
            message = f"目印 {marker.id} は {page.markers.dictionary} にありません。0 から {known - 1} の番号にします。"
            yield source.mistake((*here, "at", n, "id"), message, "marker-unknown")
        if marker.id in seen:
            yield source.mistake(
                (*here, "at", n, "id"), f"目印 {marker.id} が二つあります。別の番号にします。", "marker-twice"
            )
        seen.add(marker.id)
        yield from _marker_place(source, (*here, "at", n, "center"), page, square(page.markers, marker), placed)
    yield from _marker_sets(source, (*here, "at"), page, page.markers)


def square(markers: schema.Markers, marker: schema.Marker) -> geometry.Box:
    """The black square of a marker in mm."""
    (x, y), size = marker.center, markers.size
    return geometry.Box(x - size / 2, y - size / 2, size, size)


def _marker_place(
    source: Source, keys: Keys, page: schema.Side, box: geometry.Box, placed: list[Placed]
) -> Iterator[Mistake]:
    if not any(panel.box.contains(box) for panel in page.panels):
        yield source.mistake(keys, "目印が面からはみ出しています。内側へ移します。", "marker-outside")
    for other in placed:
        if other.box.overlap(box.grown(CLEAR_MM)) > 0:
            message = f"目印が「{other.field.name}」の枠に重なっています。周りを {CLEAR_MM:g} mm 以上空けます。"
            yield source.mistake(keys, message, "marker-on-field")


def _marker_sets(source: Source, keys: Keys, page: schema.Side, markers: schema.Markers) -> Iterator[Mistake]:
    for panel in page.panels:
        centers = np.array([m.center for m in markers.at if panel.box.contains(square(markers, m))], dtype=np.float64)
        if len(centers) < 4:
            message = f"面「{panel.id}」の目印が {len(centers)} 個です。四隅に 4 個置きます。"
            yield source.mistake(keys, message, "marker-few", "warning")
        elif _flat(centers):
            message = f"面「{panel.id}」の目印がほぼ一直線に並んでいます。四隅に離して置きます。"
            yield source.mistake(keys, message, "marker-collinear")


def _flat(centers: geometry.Points) -> bool:
    """Whether no more than a thin strip holds all centres."""
    spread = np.linalg.svd(centers - centers.mean(axis=0), compute_uv=False)
    return bool(spread[-1] < 0.1 * spread[0])


# ── codes


def _codes(source: Source, at: Keys, page: schema.Side, placed: list[Placed]) -> Iterator[Mistake]:
    panels = {panel.id: panel for panel in page.panels}
    for n, code in enumerate(page.code):
        here = (*at, "code", n)
        if code.panel not in panels:
            message = f"面「{code.panel}」はありません。次のどれかにします: {', '.join(panels)}"
            yield source.mistake((*here, "panel"), message, "panel-unknown")
        elif not panels[code.panel].box.contains(code.box, SLACK_MM):
            yield source.mistake(
                (*here, "box"), f"コードの枠が面「{code.panel}」からはみ出しています。", "code-outside"
            )
        yield from _code_room(source, (*here, "box"), page, code.box, placed)


def _code_room(
    source: Source, keys: Keys, page: schema.Side, box: geometry.Box, placed: list[Placed]
) -> Iterator[Mistake]:
    longest = f"YT1/{source.values['id']}/{source.values['version']}/{page.id}/000000000A"
    across = len(draw.symbol(longest)) + 2 * draw.QUIET
    if min(box.w, box.h) < across * MODULE_MIN_MM:
        message = f"コードの枠が小さすぎます。{across * MODULE_MIN_MM:.0f} mm 角より大きくします。"
        yield source.mistake(keys, message, "code-small", "warning")
    squares = [square(page.markers, marker) for marker in page.markers.at] if page.markers else []
    if any(box.overlap(other) > 0 for other in [*squares, *(entry.box for entry in placed)]):
        yield source.mistake(keys, "コードの枠が目印か記入欄に重なっています。離して置きます。", "code-overlap")


# ── fields


def _inside(source: Source, page: schema.Side, placed: list[Placed]) -> Iterator[Mistake]:
    for entry in placed:
        if not any(panel.box.contains(entry.box, SLACK_MM) for panel in page.panels):
            message = (
                f"「{entry.field.name}」の枠がどの面にも収まっていません。用紙の端や折り目にかからないようにします。"
                f"単位は画素ではなく mm です（用紙は {page.paper.width:g}×{page.paper.height:g} mm）。"
            )
            yield source.mistake(entry.keys, message, "box-outside")


def _crowded(source: Source, placed: list[Placed]) -> Iterator[Mistake]:
    """Overlaps, and crowding: of two fields the first pair of boxes is named."""
    seen: set[tuple[str, str, str]] = set()
    for a, b in itertools.combinations(placed, 2):
        if a.field.id == b.field.id and not a.marked and not b.marked:
            continue  # the cells of one figure touch, as they should
        mistake = _pair(source, a, b)
        if mistake and (mistake.code, a.field.id, b.field.id) not in seen:
            seen.add((mistake.code, a.field.id, b.field.id))
            yield mistake


def _pair(source: Source, a: Placed, b: Placed) -> Mistake | None:
    smaller = min(a.box.w * a.box.h, b.box.w * b.box.h)
    if a.box.overlap(b.box) > 0.1 * smaller:
        message = f"「{a.field.name}」と「{b.field.name}」の枠が重なっています。離して置きます。"
        return source.mistake(b.keys, message, "box-overlap")
    if not _too_near(a, b):
        return None
    message = f"「{a.field.name}」と「{b.field.name}」の枠が近すぎます。{_need_mm(a, b):.1f} mm 以上離します。"
    return source.mistake(b.keys, message, "margin-overlap", "warning")


def _too_near(a: Placed, b: Placed) -> bool:
    return gap_mm(a.box, b.box) < _need_mm(a, b) - SLACK_MM


def _need_mm(a: Placed, b: Placed) -> float:
    """Marks run out of their boxes, so half of such a margin belongs to its box alone; writing hardly does."""
    return sum(margin_mm(entry.box) / 2 for entry in (a, b) if entry.marked) or MARGIN_MIN_MM / 2


def gap_mm(a: geometry.Box, b: geometry.Box) -> float:
    """How far two boxes lie apart; 0 when they touch."""
    across = max(a.x - b.x - b.w, b.x - a.x - a.w, 0.0)
    down = max(a.y - b.y - b.h, b.y - a.y - a.h, 0.0)
    return float(np.hypot(across, down))


# ── print


def _printed(source: Source, at: Keys, page: schema.Side) -> Iterator[Mistake]:
    paper = geometry.Box(0, 0, page.paper.width, page.paper.height)
    for n, item in enumerate(page.print_):
        if not paper.contains(_extent(item), SLACK_MM):
            yield source.mistake((*at, "print", n), "用紙の外に刷ろうとしています。", "print-outside")


def _extent(item: items.Item) -> geometry.Box:
    if isinstance(item, items.PrintedRect):
        return item.rect
    if isinstance(item, items.PrintedTable):
        return item.box
    points = item.line if isinstance(item, items.PrintedLine) else [item.at]
    (left, top), (right, low) = np.min(points, axis=0), np.max(points, axis=0)
    return geometry.Box(float(left), float(top), float(right - left), float(low - top))
