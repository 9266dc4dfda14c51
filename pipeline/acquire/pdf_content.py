"""What a PDF page paints, in order: enough to tell a scan from drawn or layered content."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Literal, TypeAlias

import cv2
import numpy as np
import pikepdf

from pipeline.acquire.reasons import Refused
from pipeline.geometry import Points

MAX_DEPTH = 8  # of drawings within drawings
MAX_PAINTED = 100_000
FULL_PAGE = 0.95  # of the page's area
INVISIBLE_TEXT = {3, 7}  # text rendering modes
SHOW_TEXT = {"Tj", "TJ", "'", '"'}
PAINT = {"S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "sh"}
INLINE = "INLINE IMAGE"
OPERATORS = " ".join(["q", "Q", "cm", "gs", "Tr", "Do", "BI", "ID", "EI", "BDC", *SHOW_TEXT, *PAINT])
SILENT_ANNOTATIONS = {"/Link", "/Popup"}
HIDDEN = 0b100010  # annotation flags: hidden, no view

Corners: TypeAlias = tuple[float, float, float, float]  # left, bottom, right, top in points
Affine: TypeAlias = tuple[
    float, float, float, float, float, float
]  # as PDF writes it: x' = ax + cy + e, y' = bx + dy + f
IDENTITY: Affine = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True, eq=False)
class Painted:
    """One thing painted."""

    kind: Literal["image", "text", "hidden-text", "shape"]
    image: pikepdf.Stream | None = None  # None for an image written into the content itself
    matrix: Affine = IDENTITY  # of an image: unit square → points
    plain: bool = False  # an image that covers what lies below, without transparency or layers

    def outline(self) -> Points:
        """Corners of an image on the page in points, in turn, shape (4, 2)."""
        a, b, c, d, e, f = self.matrix
        return np.array([[e, f], [e + a, f + b], [e + a + c, f + b + d], [e + c, f + d]])

    def mirrored(self) -> bool:
        """Whether an image is laid on its face (or has no extent)."""
        a, b, c, d, *_ = self.matrix
        return a * d - b * c <= 0


@dataclass(frozen=True, eq=False)
class _State:
    matrix: Affine
    invisible: bool = False
    plain: bool = True


def painted(page: pikepdf.Page) -> list[Painted]:
    """Everything the page paints, in order, annotations last; raises Refused where the page cannot be walked."""
    state = _State(IDENTITY)
    resources = page.obj.get("/Resources", pikepdf.Dictionary())
    found = list(islice(chain(_walk(page, resources, state, 0), _annotations(page)), MAX_PAINTED + 1))
    if len(found) > MAX_PAINTED:
        raise Refused("damaged")
    return found


def share(image: Painted, page: Corners) -> float:
    """How much of the page's area an image covers, 0 … 1, even where it lies askew."""
    left, bottom, right, top = page
    sheet = np.array([[left, bottom], [right, bottom], [right, top], [left, top]])
    area = (right - left) * (top - bottom)
    covered, _ = cv2.intersectConvexConvex(image.outline().astype(np.float32), sheet.astype(np.float32))
    return covered / area if area > 0 else 0.0


def scan_of(things: list[Painted], page: Corners) -> Painted | None:
    """The one image that is the page: nothing is painted over it and no other image lies below."""
    if not things or things[-1].kind not in {"image", "hidden-text"}:
        return None
    images = [thing for thing in things if thing.kind == "image"]
    if len(images) != 1:
        return None
    (only,) = images
    above = things[things.index(only) + 1 :]
    covered = only.plain and not only.mirrored() and share(only, page) >= FULL_PAGE
    return only if covered and all(thing.kind == "hidden-text" for thing in above) else None


def is_drawn(things: Iterable[Painted], page: Corners) -> bool:
    """Whether the page is drawn content whose text a person sees, not text put under or over a scan."""
    things = list(things)
    if any(thing.kind == "hidden-text" for thing in things):
        return False
    return sum(share(thing, page) for thing in things if thing.kind == "image") < 0.5


def _walk(
    stream: pikepdf.Page | pikepdf.Object, resources: pikepdf.Object, state: _State, depth: int
) -> Iterator[Painted]:
    if depth > MAX_DEPTH:
        raise Refused("damaged")
    saved: list[_State] = []
    for step in _steps(stream):
        name, operands = str(step.operator), list(step.operands)
        if name == "q":
            saved.append(state)
        elif name == "Q":
            state = saved.pop() if saved else state
        elif name == "Do":
            yield from _done(operands[0], resources, state, depth)
        elif name in _CHANGES:
            state = _CHANGES[name](state, operands, resources)
        else:
            yield _simple(name, state)


def _steps(
    stream: pikepdf.Page | pikepdf.Object,
) -> list[pikepdf.ContentStreamInstruction | pikepdf.ContentStreamInlineImage]:
    """The content's operators; one that breaks off in the middle is an error: what came next is lost."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return list(pikepdf.parse_content_stream(stream, OPERATORS))


def _simple(name: str, state: _State) -> Painted:
    if name in SHOW_TEXT:
        return Painted("hidden-text" if state.invisible else "text")
    return Painted("image", matrix=state.matrix) if name == INLINE else Painted("shape")


def _moved(state: _State, operands: list[pikepdf.Object], resources: pikepdf.Object) -> _State:
    del resources
    return replace(state, matrix=_then(_affine(operands), state.matrix))


def _affine(numbers: Iterable[pikepdf.Object | float]) -> Affine:
    """Six numbers; none where they are not six, as Poppler does."""
    a, b, c, d, e, f = values if len(values := [float(number) for number in numbers]) == 6 else IDENTITY
    return a, b, c, d, e, f


def _then(first: Affine, second: Affine) -> Affine:
    """One transformation after the other."""
    a, b, c, d, e, f = first
    p, q, r, s, t, u = second
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u


def _text_mode(state: _State, operands: list[pikepdf.Object], resources: pikepdf.Object) -> _State:
    del resources
    return replace(state, invisible=int(operands[0]) in INVISIBLE_TEXT)


def _graphics(state: _State, operands: list[pikepdf.Object], resources: pikepdf.Object) -> _State:
    setting = resources.get("/ExtGState", pikepdf.Dictionary()).get(str(operands[0]), pikepdf.Dictionary())
    opaque = all(float(setting.get(key, 1)) == 1 for key in ("/ca", "/CA"))
    normal = setting.get("/BM", "/Normal") in {"/Normal", "/Compatible"}
    masked = setting.get("/SMask", "/None") != "/None"
    return replace(state, plain=state.plain and opaque and normal and not masked)


def _layer(state: _State, operands: list[pikepdf.Object], resources: pikepdf.Object) -> _State:
    del resources
    return replace(state, plain=False) if operands[0] == "/OC" else state


_CHANGES = {"cm": _moved, "Tr": _text_mode, "gs": _graphics, "BDC": _layer}


def _done(name: pikepdf.Object, resources: pikepdf.Object, state: _State, depth: int) -> Iterator[Painted]:
    """An image, or the drawing inside another."""
    thing = resources.get("/XObject", pikepdf.Dictionary()).get(str(name))
    if not isinstance(thing, pikepdf.Stream):
        raise Refused("damaged")  # drawn, it would leave a white place
    if thing.get("/Subtype") == "/Image":
        yield Painted("image", thing, state.matrix, state.plain and _opaque(thing))
        return
    inner = _affine(thing.get("/Matrix", IDENTITY))
    deeper = replace(state, matrix=_then(inner, state.matrix), plain=state.plain and "/OC" not in thing)
    yield from _walk(thing, thing.get("/Resources", resources), deeper, depth + 1)


def _opaque(image: pikepdf.Object) -> bool:
    layered = any(key in image for key in ("/SMask", "/Mask", "/OC", "/SMaskInData"))
    return not layered and not image.get("/ImageMask", False)


def _annotations(page: pikepdf.Page) -> Iterator[Painted]:
    for note in page.obj.get("/Annots", pikepdf.Array()):
        shown = isinstance(note, pikepdf.Dictionary) and not int(note.get("/F", 0)) & HIDDEN
        if shown and note.get("/Subtype") not in SILENT_ANNOTATIONS and ("/AP" in note or "/V" in note):
            yield Painted("shape")
