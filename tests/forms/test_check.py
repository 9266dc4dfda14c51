"""`check`: every mistake of form and meaning, with its line and what to write instead."""

from __future__ import annotations

import re
from pathlib import Path

import pikepdf
import pytest
import reportlab.pdfgen.canvas

from pipeline import crop, geometry
from pipeline.errors import FormProblem
from pipeline.forms import check, places
from tests.forms.conftest import SMALL, Write

CENTERS = "[9, 9]}", "[139, 9]}", "[139, 96]}", "[9, 96]}"


def line_of(words: str) -> int:
    """The line of the small form on which these words first stand."""
    return next(n for n, line in enumerate(SMALL.splitlines(), 1) if words in line)


def test_a_sound_form_has_no_mistakes(write: Write) -> None:
    """Nothing is said about a form in which nothing is wrong."""
    assert check.check(write()) == []


# What is changed, the code that must be found, its key, and words that say what to write.
BENT = [
    ("title: 小さな様式", "titel: 小さな様式", "key-unknown", "titel", "「title」の書き間違い"),
    ("title: 小さな様式", "colour: red", "key-missing", "title", "書き足し"),
    ("id: small", "id: Small_1", "value-wrong", "id", "英小文字"),
    ('version: "1"', "version: 1", "value-wrong", "version", '"1"'),
    ('version: "1"', 'version: "1/2"', "value-wrong", "version", "空白と /"),
    ("id: front", "id: a b", "value-wrong", "sides.0.id", "空白と /"),
    ("schema: 1", "schema: 2", "value-wrong", "schema", "1"),
    ("width: 148", "width: 0", "value-wrong", "sides.0.paper.width", "0 より大きい"),
    ("personal: true}", "personal: はい}", "value-wrong", "sides.0.fields.4.personal", "true（はい）"),
    ("kind: score, options:", "kind: score, option:", "key-unknown", "sides.0.fields.0.option", "「options」"),
    ("box: [40, 70, 60, 8]", "box: [472, 827, 709, 94]", "box-outside", "sides.0.fields.4.box", "画素ではなく mm"),
    ("kind: presence", "kind: presense", "kind-unknown", "sides.0.fields.5", "presence"),
    ("kind: presence", "mark: check", "value-wrong", "sides.0.fields.5", "kind: choice"),
    ("mark: check", "mark: ring", "value-wrong", "sides.0.fields.1.mark", "circle"),
    ("{text: 小", "{txt: 小", "value-wrong", "sides.0.print.0", "text・column"),
    ("at: [20, 10]", "at: [20]", "key-missing", "sides.0.print.0.at.1", "書き足し"),
    ("id: q1", "id: 問1", "value-wrong", "sides.0.fields.0.id", "英字で始まる"),
    ("cells: 3,", "cells: 3, cells: 4,", "key-twice", "sides.0.fields.2.cells", "二度"),
    ("box: [0, 0, 148, 105]", "box: [0, 0, 160, 105]", "panel-outside", "sides.0.panels.0.box", "148×105"),
    (
        "- {id: page,",
        "- {id: page, box: [0, 0, 9, 9]}\n      - {id: page,",
        "id-twice",
        "sides.0.panels.0.id",
        "別の名前",
    ),
    (
        "- {id: page,",
        "- {id: x, box: [0, 0, 9, 9]}\n      - {id: page,",
        "panel-overlap",
        "sides.0.panels.0.box",
        "重な",
    ),
    (
        "    markers:\n",
        "    markers:\n      dictionary: QR\n",
        "marker-dictionary",
        "sides.0.markers.dictionary",
        "DICT_4X4_50",
    ),
    ("{id: 3, center", "{id: 50, center", "marker-unknown", "sides.0.markers.at.3.id", "0 から 49"),
    ("{id: 3, center", "{id: 2, center", "marker-twice", "sides.0.markers.at.3.id", "別の番号"),
    (CENTERS[3], "[2, 96]}", "marker-outside", "sides.0.markers.at.3.center", "内側"),
    (CENTERS[3], "[45, 74]}", "marker-on-field", "sides.0.markers.at.3.center", "空けます"),
    ("        - {id: 3, center: [9, 96]}\n", "", "marker-few", "sides.0.markers.at", "4 個"),
    ("panel: page", "panel: left", "panel-unknown", "sides.0.code.0.panel", "page"),
    ("box: [108, 6, 22, 22]", "box: [135, 6, 22, 22]", "code-outside", "sides.0.code.0.box", "はみ出し"),
    ("box: [108, 6, 22, 22]", "box: [108, 6, 10, 10]", "code-small", "sides.0.code.0.box", "mm 角"),
    ("box: [108, 6, 22, 22]", "box: [100, 26, 22, 22]", "code-overlap", "sides.0.code.0.box", "離して"),
    ("box: [40, 70, 60, 8]", "box: [100, 70, 60, 8]", "box-outside", "sides.0.fields.4.box", "折り目"),
    ("box: [40, 70, 60, 8]", "box: [40, 76, 60, 8]", "box-overlap", "sides.0.fields.6.box", "離して"),
    ("box: [56, 34, 8, 8]", "box: [49, 34, 8, 8]", "margin-overlap", "sides.0.fields.0.options.1.box", "2.8 mm"),
    ("rect: [18, 30", "rect: [80, 30", "print-outside", "sides.0.print.2", "用紙の外"),
    ("id: sex, label", "id: q1, label", "id-twice", "sides.0.fields.1.id", "別の名前"),
    ("id: points", "id: age", "id-twice", "derived.0.id", "別の名前"),
    ("value: 女", "value: 男", "option-twice", "sides.0.fields.1.options.1.value", "別の値"),
    ("value: 2", "value: 2.5", "score-value", "sides.0.fields.0.options.1.value", "整数"),
    ("is: 女", "is: 女性", "option-unknown", "sides.0.fields.6.only_if", "'男', '女'"),
    (", is: 女}", "}", "condition-empty", "sides.0.fields.6.only_if", "at_least"),
    ("field: sex", "field: note", "condition-self", "sides.0.fields.6.only_if.field", "自分"),
    ("field: sex", "field: sexx", "field-unknown", "sides.0.fields.6.only_if.field", "sex"),
    ("is: 女", "at_least: 3", "condition-number", "sides.0.fields.6.only_if", "includes"),
    ("mark: check,", "mark: check, multiple: true,", "condition-multiple", "sides.0.fields.6.only_if", "includes"),
    ("mark: check,", "other: {option: 他, field: note},", "option-unknown", "sides.0.fields.1.other.option", "他"),
    ("mark: check,", "other: {option: 男, field: memo},", "field-unknown", "sides.0.fields.1.other.field", "memo"),
    ("mark: check,", "other: {option: 男, field: age},", "other-not-text", "sides.0.fields.1.other.field", "text"),
    ("max: 120}", "max: 120}, pattern: '^1'", "number-and-pattern", "sides.0.fields.2.pattern", "一方"),
    ("min: 0,", "min: 200,", "number-range", "sides.0.fields.2.number", "min"),
    ("min: 0,", "decimals: 3,", "number-decimals", "sides.0.fields.2.number.decimals", "小数"),
    ("number: {min: 0, max: 120}", "pattern: '['", "pattern-broken", "sides.0.fields.2.pattern", "正規表現"),
    ("[昭和, 平成]", "[昭和, 平成, 令話]", "era-unknown", "sides.0.fields.3.eras", "令和"),
    ("[昭和, 平成]", "[昭和]", "era-unlisted", "sides.0.fields.3.era_boxes.平成", "平成"),
    ("personal: true}", "list: nowhere}", "list-missing", "sides.0.fields.4.list", "lists import"),
    ("sum: [q1, age]", "sum: [q1, agee]", "field-unknown", "derived.0.sum.1", "age"),
    ("sum: [q1, age]", "sum: [q1, name]", "sum-number", "derived.0.sum.1", "足せません"),
    ("sum: [q1, age]", "all: [{field: q9, is: 1}]", "field-unknown", "derived.0.all.0.field", "q9"),
    ("equal: [points, age]", "equal: [points]", "check-one", "checks.0.equal", "二つ以上"),
    ("equal: [points, age]", "order: [born, then]", "field-unknown", "checks.0.order.1", "then"),
]


@pytest.mark.parametrize(
    ("old", "new", "code", "key", "said"), BENT, ids=[f"{case[2]}-{n}" for n, case in enumerate(BENT)]
)
def test_a_mistake_names_its_key_and_what_to_write(
    write: Write, old: str, new: str, code: str, key: str, said: str
) -> None:
    """Each bent form gives its mistake, at its key, on its line, with the way to mend it."""
    path = write((old, new))
    found = [mistake for mistake in check.check(path) if (mistake.code, mistake.key) == (code, key)]
    assert len(found) == 1, check.check(path)
    assert said in found[0].message
    assert re.match(rf"{re.escape(str(path))} \d+ 行目 {re.escape(key)}: (誤り|注意): ", str(found[0]))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("cells: 3", "cells: three", "id: age"),
        ("box: [40, 70, 60, 8]", "box: [40, 70, 60]", "id: name"),
        ("box: [56, 34, 8, 8]", "box: [56, 34, 8, -1]", "id: q1"),
        ("center: [139, 96]", "center: [139, x]", "[139, 96]"),
        ("panel: page", "panel: other", "panel: page"),
    ],
)
def test_the_line_is_that_of_the_mistake(write: Write, old: str, new: str, words: str) -> None:
    """The line named is the line on which the wrong value stands."""
    assert check.check(write((old, new)))[0].line == line_of(words)


def test_markers_in_a_row_are_no_frame(write: Write) -> None:
    """Four markers that lie on a line fix no sheet."""
    path = write((CENTERS[2], "[52, 9.5]}"), (CENTERS[3], "[80, 9]}"))
    assert "marker-collinear" in [mistake.code for mistake in check.check(path)]


def test_unsure_things_are_warnings(write: Write) -> None:
    """Crowding, few markers and a list not imported yet do not stop anybody."""
    found = check.check(write(("box: [56, 34, 8, 8]", "box: [49, 34, 8, 8]"), ("personal: true}", "list: nowhere}")))
    assert {mistake.level for mistake in found} == {"warning"}


def test_cells_of_one_figure_may_touch(write: Write) -> None:
    """Cells and the parts of one date lie side by side, as they should."""
    path = write(("month: [92, 57, 10, 8]", "month: [86.5, 57, 10, 8]"))
    assert check.check(path) == []


def test_a_list_may_lie_in_another_folder(write: Write, tmp_path: Path) -> None:
    """The office's own lists count."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "people.csv").write_text("value\nA\n", "utf-8")
    path = write(("personal: true}", "list: people}"))
    assert [mistake.code for mistake in check.check(path)] == ["list-missing"]
    assert check.check(path, [tmp_path / "own"]) == []


def test_a_file_that_is_no_yaml_is_one_mistake(write: Write) -> None:
    """The line of the broken spelling is named; nothing else is said."""
    found = check.check(write(("    fields:", "    fields: ["), ("checks:", "checks")))
    assert [mistake.code for mistake in found] == ["form-yaml"]
    assert found[0].line > line_of("fields:") - 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("      - {id: page,", "\t- {id: page,", "タブ"),
        ("title: 小さな様式", "title：小さな様式", "全角"),
        ("title: 小さな様式", "title:小さな様式", "空白を一つ"),
        ("    panels:", "　　panels:", "全角の空白"),
        ('version: "1"', 'version: "1', "引用符"),
        ("box: [40, 34, 8, 8]}", "box: [40, 34, 8, 8}", "「]」"),
        ("    markers:", "   markers:", "字下げ"),
    ],
)
def test_a_slip_of_the_pen_is_named_on_its_own_line(write: Write, old: str, new: str, said: str) -> None:
    """What stops YAML is said where it was written, not where reading stopped, with what to write."""
    found = check.check(write((old, new)))
    assert [mistake.code for mistake in found] == ["form-yaml"]
    assert (found[0].line, said in found[0].message) == (line_of(old), True), found[0]


def test_a_whole_folder_is_checked(write: Write, tmp_path: Path) -> None:
    """All form files below are checked; one mistake does not hide the next file."""
    write(("mark: check", "mark: ring"), folder="a")
    write(("mark: check", "mark: ring"), folder="b")
    assert [mistake.file.parent.name for mistake in check.check(tmp_path)] == ["a", "b"]


def test_an_empty_folder_has_no_form(tmp_path: Path) -> None:
    """A wrong path is said, not passed over."""
    with pytest.raises(FormProblem, match="様式ファイルがありません"):
        check.check(tmp_path)


def test_a_blank_is_needed_where_nothing_is_printed(write: Write) -> None:
    """Over existing paper nothing can be read without the blank; a form that prints itself needs none."""
    printed = SMALL[SMALL.index("    print:\n") : SMALL.index("    fields:")]
    assert [mistake.code for mistake in check.check(write((printed, ""), blank=False))] == ["blank-missing"]
    assert check.check(write(blank=False, folder="own")) == []


def test_a_broken_blank_is_a_mistake(write: Write) -> None:
    """A file that is no PDF is not passed over."""
    path = write()
    path.with_name("blank.pdf").write_bytes(b"nothing")
    assert [mistake.code for mistake in check.check(path)] == ["blank-missing"]


@pytest.mark.parametrize(("size", "code"), [((100, 105), "blank-size"), ((105, 148), "blank-size")])
def test_a_blank_of_another_size_is_a_mistake(write: Write, size: tuple[float, float], code: str) -> None:
    """Paper and blank must agree, in both directions."""
    path = write()
    _pages(path.with_name("blank.pdf"), size, 1)
    assert [mistake.code for mistake in check.check(path)] == [code]


def test_a_blank_needs_a_page_for_each_side(write: Write) -> None:
    """Two sides, one page: said once."""
    path = write()
    second = SMALL[SMALL.index("  - id: front") : SMALL.index("    markers:")].replace("front", "back")
    path.write_text(SMALL.replace("derived:", f"{second}derived:"), "utf-8")
    assert [mistake.code for mistake in check.check(path)] == ["blank-pages"]


def test_a_turned_page_has_its_sides_swapped(write: Write) -> None:
    """A page with /Rotate counts as it is seen."""
    path = write()
    _pages(path.with_name("blank.pdf"), (105, 148), 1)
    with pikepdf.open(path.with_name("blank.pdf"), allow_overwriting_input=True) as pdf:
        pdf.pages[0].rotate(90, relative=False)
        pdf.save()
    assert check.check(path) == []


def test_the_margin_is_the_one_that_crops_have() -> None:
    """What is warned about is what is really cut out."""
    for box in (geometry.Box(0, 0, 5, 5), geometry.Box(0, 0, 90, 12), geometry.Box(0, 0, 8, 30)):
        assert places.margin_mm(box) == crop.margin_mm(box)


def test_boxes_apart_at_a_corner_are_as_far_as_the_corner() -> None:
    """The gap is measured straight across, and is 0 where boxes touch."""
    assert places.gap_mm(geometry.Box(0, 0, 1, 1), geometry.Box(4, 5, 1, 1)) == 5
    assert places.gap_mm(geometry.Box(0, 0, 1, 1), geometry.Box(1, 0, 1, 1)) == 0


def _pages(path: Path, size: tuple[float, float], count: int) -> None:
    width, height = (mm * check.POINTS_PER_MM for mm in size)
    canvas = reportlab.pdfgen.canvas.Canvas(str(path), pagesize=(width, height))
    for _ in range(count):
        canvas.showPage()
    canvas.save()
