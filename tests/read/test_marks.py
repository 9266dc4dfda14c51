"""Choices and scores: every option judged, the question decided as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline import geometry
from pipeline.forms import schema
from pipeline.geometry import Grey
from pipeline.programs import models
from pipeline.read import classify, ink, marks, options, question
from tests.read import drawn


@pytest.mark.parametrize("chosen", [0, 2, 3])
@pytest.mark.parametrize(("kind", "pen"), [("score", drawn.circle), ("choice", drawn.tick)])
def test_one_mark_is_its_value(kind: str, pen: drawn.Pen, chosen: int) -> None:
    """A circled number and a ticked box give their option's value."""
    (reading,) = marks.read({"x": drawn.crops(drawn.question(kind), [(chosen, pen)])})
    assert (reading.value, reading.state, reading.reason) == (chosen + 1, "valid", None)
    assert reading.reader == marks.READER


@pytest.mark.parametrize("kind", ["score", "choice"])
def test_nothing_is_empty(kind: str) -> None:
    """A question without a mark is empty, even where the crop lies a little off the print."""
    (reading,) = marks.read({"x": drawn.crops(drawn.question(kind), [], moved_mm=0.12)})
    assert (reading.value, reading.state) == (None, "empty")


def test_a_second_mark_is_never_dropped() -> None:
    """Two marks where one is asked are `multiple`, both named; where several are asked both are the answer."""
    both = [(0, drawn.tick), (2, drawn.tick)]
    (single,) = marks.read({"x": drawn.crops(drawn.question(), both)})
    assert (single.value, single.state) == (None, "multiple")
    assert {value for value, _ in single.alternatives} == {1, 3}
    (several,) = marks.read({"x": drawn.crops(drawn.question(multiple=True), both)})
    assert (several.value, several.state) == ((1, 3), "valid")


def test_a_struck_mark_beside_a_new_one_is_one_answer() -> None:
    """The new mark counts, with its reason, and as surely as it is seen; struck out alone is empty with that reason."""
    (changed,) = marks.read({"x": drawn.crops(drawn.question(), [(0, drawn.strike), (2, drawn.tick)])})
    assert (changed.value, changed.state, changed.reason) == (3, "valid", "struck-out")
    assert changed.score > 0.98
    (taken_back,) = marks.read({"x": drawn.crops(drawn.question(), [(0, drawn.strike)])})
    assert (taken_back.value, taken_back.state, taken_back.reason) == (None, "empty", "struck-out")


def test_a_box_that_is_not_where_we_look_is_illegible() -> None:
    """Half a row off, the print that should be there is not: nothing is read."""
    (reading,) = marks.read({"x": drawn.crops(drawn.question(), [(1, drawn.tick)], moved_mm=9.0)})
    assert (reading.value, reading.state, reading.sure) == (None, "illegible", False)


def test_strokes_that_belong_to_no_mark_keep_a_question_open() -> None:
    """Ink beside an option and near no mark may be a mark that ran wide: half the score, so a person looks."""
    asked = drawn.question()
    crops = drawn.crops(asked, [(0, drawn.tick)])
    stray = crops[3].image.copy()
    stray[2:12, 5:90] = 90
    crops[3] = replace(crops[3], image=stray)
    calm, loose = (marks.read({"x": c})[0] for c in (drawn.crops(asked, [(0, drawn.tick)]), crops))
    assert loose.value == calm.value
    assert loose.score < 0.6 * calm.score
    assert not loose.sure


Strokes = list[tuple[tuple[int, int], tuple[int, int]]]  # px from the option's middle
STRIKES: dict[str, Strokes] = {
    "two lines": [((-70, -14), (75, -18)), ((-70, 10), (75, 6))],
    "one line": [((-85, 4), (88, -3))],
    "a cross": [((-60, -50), (58, 52)), ((-55, 54), (60, -48))],
}


@pytest.mark.parametrize("lines", [[], *STRIKES.values()], ids=["plain", *STRIKES])
def test_a_ring_that_is_struck_out_is_no_answer(lines: Strokes) -> None:
    """However somebody strikes out a circle, its option is not accepted as the answer; a plain circle is."""

    def ring(page: Grey, box: geometry.Box) -> None:
        drawn.circle(page, box)
        x, y = (round(v * geometry.BLANK_PX_PER_MM) for v in box.center())
        for (ax, ay), (bx, by) in lines:
            cv2.line(page, (x + ax, y + ay), (x + bx, y + by), (60,), 5, cv2.LINE_AA)

    (found,) = marks.read({"x": drawn.crops(drawn.question("score"), [(1, ring)])})
    assert (found.value == 2 and found.score > 0.98) is not bool(lines)


def test_writing_in_another_field_is_no_stray_mark() -> None:
    """Ink that lies in the box of another field, as a name above a row of options does, keeps no question open."""
    crops = drawn.crops(drawn.question(), [(0, drawn.tick)])
    calm = marks.read({"x": crops})[0]
    written = crops[3].image.copy()
    written[2:12, 5:90] = 90
    box = crops[3].box
    name = geometry.Box(box.x - 10, box.y - 10, 30, 10)
    (found,) = marks.read({"x": [*crops[:3], replace(crops[3], image=written)]}, [name])
    assert found.score == pytest.approx(calm.score, abs=0.01)


@pytest.mark.parametrize(("answered", "kept"), [(True, True), (False, False)])
def test_a_stroke_that_reaches_another_field_is_that_fields(answered: bool, kept: bool) -> None:
    """The top of a ring around something printed below keeps an answered question sure; an unanswered one is looked at."""
    crops = drawn.crops(drawn.question(), [(0, drawn.tick)] if answered else [])
    calm = marks.read({"x": crops})[0]
    ringed = crops[3].image.copy()
    ringed[-12:-2, 5:90] = 90
    box = crops[3].box
    below = geometry.Box(box.x, box.y + box.h + crops[3].margin_mm - 0.4, 8, 5)
    (found,) = marks.read({"x": [*crops[:3], replace(crops[3], image=ringed)]}, [below])
    assert (found.score > 0.9 * calm.score) is kept


@pytest.mark.parametrize(
    ("ends", "passes"),
    [
        (((0.1, 0.0), (0.14, 1.0)), True),  # beside the box, over the picture's whole height
        (((0.1, 0.0), (0.12, 0.7)), True),  # from above, ending beside the box
        (((0.7, 0.0), (0.72, 1.0)), True),  # through the box and on
        (((0.7, 0.3), (0.72, 1.0)), False),  # out of the box: a mark that ran wide
        (((0.05, 0.01), (0.9, 0.01)), False),  # along the edge
        (((0.1, 0.2), (0.12, 0.8)), False),  # all here: a mark beside its box
    ],
)
def test_a_line_that_goes_on_beyond_the_picture_is_no_mark(ends: tuple[tuple[float, float], ...], passes: bool) -> None:
    """A pen that slipped, dust on a feeder's glass: a straight line from elsewhere is nothing that an option bears."""
    crop = drawn.crops(drawn.question("score"), [])[3]
    page = crop.image.copy()
    h, w = page.shape
    a, b = ((round(x * (w - 1)), round(y * (h - 1))) for x, y in ends)
    cv2.line(page, a, b, (60,), 5, cv2.LINE_AA)
    measured = options.measure(ink.Seen(replace(crop, image=page)))
    assert [one.passing for one in measured.strokes] == [passes]
    assert (measured.own_mm2() + measured.stray_mm2() == 0) is passes


def test_a_ring_that_leaves_the_picture_is_a_ring() -> None:
    """What is cut by the picture's edge but bent is no line that passes."""

    def wide(page: Grey, box: geometry.Box) -> None:
        x, y = (round(v * geometry.BLANK_PX_PER_MM) for v in box.center())
        cv2.ellipse(page, (x, y), (100, 55), 0, 0, 360, (60,), 5, cv2.LINE_AA)

    measured = options.measure(ink.Seen(drawn.crops(drawn.question("score"), [(1, wide)])[1]))
    assert measured.own_mm2() > 3
    assert not any(one.passing for one in measured.strokes)


@pytest.mark.parametrize(("of", "sure"), [("y", True), ("x", False)])
def test_a_mark_of_another_question_that_runs_into_a_box_is_none_here(of: str, sure: bool) -> None:
    """A tick that flies out of the row below is that row's; between two options of one question it may mean both."""
    asked = drawn.question()
    assert isinstance(asked, schema.Choice)
    crops = drawn.crops(asked, [(0, drawn.tick)])
    inks = [options.measure(ink.Seen(one)) for one in crops]
    box = crops[3].box
    tail = geometry.Box(box.x + 1, box.y + 1, 3, 3)
    inks[3] = options.Ink((options.Stroke(tail, 2.0, True, np.zeros(12, np.int32)),), 1.0, 0.6)
    verdict = question_of(4, marked=0)
    judged = marks.Judged(asked, crops, verdict, inks, (), False)
    bearing = marks.Bearing([crops[0].box], [("x", one) for one in inks[0].reach()] + [(of, tail.grown(2))], [])
    assert (marks._certainty(judged, bearing) > 0.9) is sure


def question_of(count: int, marked: int) -> question.Verdict:
    """A verdict on so many options of which one is surely marked."""
    opinions = np.tile([0.9999, 0.00005, 0.00005], (1, count, 1))
    opinions[0, marked] = [0.0001, 0.9998, 0.0001]
    return question.decide(opinions, several=False)


@pytest.mark.parametrize(("beside", "sure"), [(drawn.circle, True), (None, False)])
def test_a_dot_is_weighed_against_the_persons_own_mark(beside: drawn.Pen | None, sure: bool) -> None:
    """A pencil's point beside a clear circle changes nothing; alone on a question it keeps the question open."""
    marks_ = [(0, beside)] if beside else []
    crops = drawn.crops(drawn.question("score"), marks_)
    dotted = crops[3].image.copy()
    middle = (dotted.shape[0] // 2, dotted.shape[1] // 2)
    cv2.circle(dotted, (middle[1], middle[0] + 30), 4, (60,), -1)
    clear = marks.read({"x": crops})[0]
    (found,) = marks.read({"x": [*crops[:3], replace(crops[3], image=dotted)]})
    assert found.value == clear.value
    assert (found.score > 0.9 * clear.score) is sure


def test_a_box_off_the_page_is_illegible() -> None:
    """What lies beyond the scan's edge is not empty: nobody can know."""
    crops = drawn.crops(drawn.question(), [(1, drawn.tick)])
    (reading,) = marks.read({"x": [*crops[:3], replace(crops[3], off_page=0.4)]})
    assert (reading.value, reading.state, reading.reason, reading.sure) == (None, "illegible", "off-page", False)


@pytest.mark.parametrize("share", [0.02, 0.08])
def test_the_grain_of_a_black_and_white_scan_is_no_ink(share: float) -> None:
    """Grey paper scanned in black and white is full of dots: an empty box stays empty, a circle is found."""
    rng = np.random.default_rng(3)
    crops = drawn.crops(drawn.question("score"), [(1, drawn.circle)])
    grainy = []
    for one in crops:
        bits = np.where(one.image > 150, 255, 0).astype(np.uint8)
        bits[rng.random(bits.shape) < share] = 0
        grainy.append(replace(one, image=bits))
    inked = [options.measure(ink.Seen(one)).own_mm2() for one in grainy]
    assert inked[1] > 3
    assert max(inked[0], *inked[2:]) < 0.3
    assert marks.read({"x": grainy})[0].value == 2


def test_print_a_little_off_is_no_ink() -> None:
    """What registration leaves over does not become strokes."""
    for one in drawn.crops(drawn.question(), [], moved_mm=0.12):
        assert ink.area_mm2(one, ink.Seen(one).strokes) < 0.1
        assert ink.Seen(one).fits > 0.9


def test_ink_is_measured_without_its_neighbours() -> None:
    """A circle's area belongs to its option; its neighbour sees strokes, but none of its own."""
    measured = [options.measure(ink.Seen(one)) for one in drawn.crops(drawn.question("score"), [(1, drawn.circle)])]
    assert measured[1].own_mm2() > 3
    assert measured[1].around() > 0.9
    assert max(measured[0].own_mm2(), measured[2].own_mm2()) < 0.3


def test_the_classifier_sees_every_box_in_the_same_place() -> None:
    """The box of a square and of a long option fill the same middle of the picture."""
    square = options.prepare(ink.Seen(drawn.crops(drawn.question(), [])[0]))
    assert square.shape == (3, options.SIDE, options.SIDE)
    assert (square.min(), square.max()) >= (0, 0)
    dark = np.argwhere(square[1] > 0.3)
    box = options.SIDE * options.BOX
    middle = (options.SIDE - box) / 2
    assert dark.min(axis=0) == pytest.approx([middle, middle], abs=2)
    assert dark.max(axis=0) == pytest.approx([middle + box] * 2, abs=2)


def test_ticks_scribbled_full_are_marks_in_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where most ticks of a sheet look struck out they are the person's way to tick: read as marks, shown to a person."""
    looks = np.array([[0.0, 0.001, 0.999], [0.99, 0.01, 0.0], [0.0, 0.002, 0.998], [0.99, 0.01, 0.0]])
    monkeypatch.setattr(classify, "options", lambda crops: looks[None])
    crops = drawn.crops(drawn.question(multiple=True), [(0, drawn.strike), (2, drawn.strike)])
    (reading,) = marks.read({"x": crops})
    assert (reading.value, reading.state, reading.sure) == ((1, 3), "valid", False)


def test_a_scribble_alone_on_its_question_is_in_doubt_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Questions of one answer, where a lone mark is nearly sure to be meant: by habit alone nothing is accepted."""
    looks = np.array([[0.0, 0.001, 0.999], [0.9999, 0.0001, 0.0]] * 2)
    monkeypatch.setattr(classify, "options", lambda crops: looks[None])
    both = {name: drawn.crops(drawn.question(), [(0, drawn.strike)])[:2] for name in ("x", "y")}
    for reading in marks.read(both):
        assert (reading.value, reading.state, reading.sure) == (1, "valid", False)


@pytest.mark.parametrize(("grey", "sure"), [(60, True), (110, True), (190, False)])
def test_a_mark_much_fainter_than_all_others_is_looked_at(grey: int, sure: bool) -> None:
    """What an eraser left of a ring still looks like one; beside the person's other rings its paleness gives it away."""

    def pale(page: Grey, box: geometry.Box) -> None:
        x, y = (round(v * geometry.BLANK_PX_PER_MM) for v in box.center())
        cv2.ellipse(page, (x + 4, y - 3), (62, 55), 8, 10, 362, (grey,), 5, cv2.LINE_AA)

    others = {f"o{n}": drawn.crops(drawn.question("score"), [(n, drawn.circle)]) for n in range(3)}
    asked, *_ = marks.read({"faint": drawn.crops(drawn.question("score"), [(1, pale)]), **others})
    assert (asked.value, asked.state) == (2, "valid")
    assert (asked.score > 0.9) is sure


@pytest.mark.parametrize(("grey", "sure"), [(232, True), (140, False)])
def test_a_pale_ring_beside_a_clear_one_was_rubbed_out(grey: int, sure: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A trace of a ring on another option changes nothing; a ring of some strength does, whatever the networks say."""

    def ring(page: Grey, box: geometry.Box) -> None:
        x, y = (round(v * geometry.BLANK_PX_PER_MM) for v in box.center())
        cv2.ellipse(page, (x + 4, y - 3), (62, 55), 8, 10, 362, (grey,), 5, cv2.LINE_AA)

    looks = np.tile([0.9999, 0.00005, 0.00005], (4, 1))
    looks[0] = [0.0001, 0.9998, 0.0001]
    monkeypatch.setattr(classify, "options", lambda crops: looks[None])
    (found,) = marks.read({"x": drawn.crops(drawn.question("score"), [(0, drawn.circle), (2, ring)])})
    assert (found.value, found.score > 0.9) == (1, sure)


def test_a_faint_pen_is_no_eraser() -> None:
    """Where all marks are as pale, or few others are there to tell the pen by, nothing is held against them."""
    assert not marks._faint(0.2, marks.Bearing([], [], [], [0.2, 0.22, 0.25, 0.21]))
    assert not marks._faint(0.2, marks.Bearing([], [], [], [0.2, 0.8, 0.8]))
    assert marks._faint(0.2, marks.Bearing([], [], [], [0.2, 0.8, 0.8, 0.8]))


def test_without_its_networks_a_mark_is_read_but_never_sure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ink alone finds a ring and cannot tell one that is struck out: a person looks at whatever it says."""
    monkeypatch.setattr(models, "trouble", lambda model: "missing")
    for pen in (drawn.circle, drawn.strike):
        (found,) = marks.read({"x": drawn.crops(drawn.question("score"), [(1, pen)])})
        assert (found.value, found.sure) == (2, False)
    (empty,) = marks.read({"x": drawn.crops(drawn.question("score"), [])})
    assert not empty.sure


def test_what_bears_ink_is_looked_at_closely_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two fine networks give their opinions on the option with a ring; one coarse look is enough for each empty one."""
    asked: dict[str, int] = {}

    def ask(name: str, crops: Sequence[ink.Seen], which: NDArray[np.bool_]) -> NDArray[np.float64]:
        asked[name] = int(which.sum())
        return np.tile([0.9, 0.1, 0.0] if name == "marks-a" else [0.0, 1.0, 0.0], (asked[name], 1))

    monkeypatch.setattr(classify, "_ask", ask)
    opinions = classify.options([ink.Seen(crop) for crop in drawn.crops(drawn.question("score"), [(1, drawn.circle)])])
    assert asked == {"marks-a": 3, "marks-b": 1, "marks-c": 1}
    assert opinions.argmax(axis=2).tolist() == [[0, 1, 0, 0]] * 2


def test_a_single_dot_of_a_coarse_scan_is_no_line() -> None:
    """One pixel has no direction: it is measured like any stroke, without a warning."""
    crop = drawn.crops(drawn.question("score"), [])[0]
    coarse = replace(
        crop,
        image=np.full((40, 40), 250, np.uint8),
        blank=np.full((40, 40), 255, np.uint8),
        px_per_mm=crop.px_per_mm * 40 / crop.image.shape[0],
    )
    coarse.image[20, 20] = 0
    assert not any(one.passing for one in options.measure(ink.Seen(coarse)).strokes)
