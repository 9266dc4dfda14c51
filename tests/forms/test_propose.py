"""A draft form from blank paper that has no markers, on small drawn pages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from pipeline.cli import main
from pipeline.errors import FileRefused
from pipeline.forms import Forms, check, pen, propose, schema
from pipeline.forms.load import read_file
from pipeline.forms.propose import ink, labels, marks, page, sheet, write
from pipeline.geometry import Box
from pipeline.programs import poppler
from tests.forms import propose_score

WIDTH, HEIGHT = 148.0, 105.0


class Drawing:
    """A page in mm from the top-left corner."""

    def __init__(self, path: Path, width: float = WIDTH, height: float = HEIGHT) -> None:
        self.height = height
        self.canvas = Canvas(str(path), pagesize=(width * mm, height * mm))

    def box(self, x: float, y: float, w: float, h: float, fill: float | None = None) -> None:
        """A ruled rectangle."""
        self.canvas.setFillGray(fill if fill is not None else 1)
        self.canvas.setLineWidth(0.2 * mm)
        self.canvas.rect(x * mm, (self.height - y - h) * mm, w * mm, h * mm, fill=int(fill is not None))

    def line(self, x: float, y: float, to: float) -> None:
        """A level rule."""
        self.canvas.setLineWidth(0.2 * mm)
        self.canvas.line(x * mm, (self.height - y) * mm, to * mm, (self.height - y) * mm)

    def ring(self, x: float, y: float, across: float) -> None:
        """A circle around a middle."""
        self.canvas.setLineWidth(0.2 * mm)
        self.canvas.circle(x * mm, (self.height - y) * mm, across / 2 * mm)

    def words(self, x: float, y: float, text: str, size: float = 11) -> None:
        """Words with their left end and middle."""
        self.canvas.setFillGray(0)
        self.canvas.setFont(pen._fonts()[0], size)
        self.canvas.drawString(x * mm, (self.height - y) * mm - 0.36 * size, text)


Draw = Callable[[Drawing], None]
Propose = Callable[[Draw], schema.Form]


@pytest.fixture
def proposed(tmp_path: Path) -> Propose:
    """Draws a page, proposes a form for it, and reads the form file; it must pass the check."""

    def run(draw: Draw, width: float = WIDTH, height: float = HEIGHT) -> schema.Form:
        drawing = Drawing(tmp_path / "paper.pdf", width, height)
        draw(drawing)
        drawing.canvas.save()
        made = propose.form(tmp_path / "paper.pdf").save(tmp_path / "out", tmp_path / "paper.pdf")
        assert [mistake for mistake in check.check(made) if mistake.level == "error"] == []
        return read_file(made)

    return run


def near(box: Box, other: Box, mm_: float = 0.5) -> bool:
    """Whether all four edges agree."""
    return propose_score.edges_mm(box, other) <= mm_


def ticks(drawing: Drawing) -> None:
    """A frame with four tick boxes under a heading, and an underlined blank."""
    drawing.words(12, 20, "困っていること")
    drawing.words(60, 20, "いくつでも□に印を付けてください。", 9)
    drawing.box(12, 25, 124, 40)
    for n, label in enumerate(("健康", "移動", "家計")):
        drawing.box(16 + 38 * n, 30, 5, 5)
        drawing.words(23 + 38 * n, 32.5, label)
    drawing.box(16, 48, 5, 5)
    drawing.words(23, 50.5, "その他")
    drawing.line(45, 57, 125)


def test_tick_boxes_in_a_frame_are_one_question(proposed: Propose) -> None:
    """Boxes of a frame become options with the words behind them, several where the paper says so."""
    form = proposed(ticks)
    choice = form.fields["q1"]
    assert isinstance(choice, schema.Choice)
    assert [option.label for option in choice.options] == ["健康", "移動", "家計", "その他"]
    assert near(choice.options[1].box, Box(54, 30, 5, 5))
    assert (choice.label, choice.mark, choice.multiple) == ("困っていること", "check", True)


def test_an_underlined_blank_belongs_to_the_option_before_it(proposed: Propose) -> None:
    """The line behind その他 is a text field that the choice refers to."""
    form = proposed(ticks)
    choice, blank = form.fields["q1"], form.fields["q2"]
    assert isinstance(choice, schema.Choice)
    assert isinstance(blank, schema.Text)
    assert choice.other == schema.Other(option="その他", field="q2")
    assert (blank.box.x, blank.box.x + blank.box.w, blank.box.y + blank.box.h) == pytest.approx((45, 125, 57), abs=0.5)


def test_boxes_in_an_instruction_are_no_tick_boxes(proposed: Propose) -> None:
    """□ within a sentence says how to answer."""
    form = proposed(lambda drawing: drawing.words(20, 30, "いくつでも□に印を付けてください。"))
    assert form.fields == {}


def scale(drawing: Drawing) -> None:
    """A ruled table: a shaded head, two questions with 1 2 3 4."""
    drawing.box(10, 20, 128, 10, 0.92)
    for n, word in enumerate(("ない", "まれ", "時々", "常に")):
        drawing.words(88 + 12.5 * n, 25, word, 7)
    for row, question in enumerate(("外出していますか", "食べていますか")):
        drawing.box(10, 30 + 14 * row, 70, 14)
        drawing.box(80, 30 + 14 * row, 58, 14)
        drawing.words(14, 37 + 14 * row, question)
        for n in range(4):
            drawing.words(90 + 12.5 * n, 37 + 14 * row, str(n + 1), 13)


def test_printed_figures_in_a_row_are_a_scale(proposed: Propose) -> None:
    """1 2 3 4 become a score named by the cell before; the words over them are no question of their own."""
    form = proposed(scale)
    assert [field.label for field in form.fields.values()] == ["外出していますか", "食べていますか"]
    first = form.fields["q1"]
    assert isinstance(first, schema.Score)
    assert [option.value for option in first.options] == [1, 2, 3, 4]
    assert first.options[2].box.center() == pytest.approx([116.2, 37], abs=0.5)


def test_words_apart_are_options_behind_their_label(proposed: Propose) -> None:
    """男 女 in one cell are options; the word before them is their label."""

    def draw(drawing: Drawing) -> None:
        drawing.box(10, 30, 120, 14)
        drawing.words(14, 37, "性別", 9)
        drawing.words(60, 37, "男")
        drawing.words(90, 37, "女")

    sex = proposed(draw).fields["q1"]
    assert isinstance(sex, schema.Choice)
    assert (sex.label, [option.value for option in sex.options]) == ("性別", ["男", "女"])


def cells(drawing: Drawing, x: float, y: float, count: int) -> None:
    """Equal cells in a row, 8 by 9 mm."""
    for n in range(count):
        drawing.box(x + 8 * n, y, 8, 9)


def test_equal_cells_are_one_figure_with_its_unit(proposed: Propose) -> None:
    """A row of cells is one field of digits; the word behind it is its unit."""

    def draw(drawing: Drawing) -> None:
        drawing.words(14, 34.5, "年齢")
        cells(drawing, 30, 30, 3)
        drawing.words(56, 34.5, "歳")

    age = proposed(draw).fields["q1"]
    assert isinstance(age, schema.Digits)
    assert (age.label, age.cells) == ("年齢", 3)
    assert age.number == schema.Number(unit="歳")
    assert age.box is not None
    assert near(age.box, Box(30, 30, 24, 9))


def test_a_printed_point_makes_decimals(proposed: Propose) -> None:
    """Cells before and behind a point are one figure."""

    def draw(drawing: Drawing) -> None:
        cells(drawing, 30, 30, 2)
        cells(drawing, 49, 30, 1)
        drawing.canvas.setFillGray(0)
        drawing.canvas.circle(47.5 * mm, (HEIGHT - 38) * mm, 0.3 * mm, fill=1)

    figure = proposed(draw).fields["q1"]
    assert isinstance(figure, schema.Digits)
    assert isinstance(figure.cells, list)
    assert (len(figure.cells), figure.number) == (3, schema.Number(decimals=1))


def test_a_ruled_date_has_its_eras(proposed: Propose) -> None:
    """Pairs of cells before 年, 月 and 日 are a date; two names of eras are marked by circles."""

    def draw(drawing: Drawing) -> None:
        drawing.box(10, 25, 130, 20)
        drawing.words(14, 35, "昭和")
        drawing.words(30, 35, "平成")
        for n, name in enumerate("年月日"):
            cells(drawing, 50 + 25 * n, 30, 2)
            drawing.words(67.5 + 25 * n, 34.5, name)

    born = proposed(draw).fields["q1"]
    assert isinstance(born, schema.Date)
    assert (born.eras, list(born.era_boxes)) == (["昭和", "平成"], ["昭和", "平成"])
    assert born.month is not None
    assert near(born.month.box, Box(75, 30, 16, 9))


def test_a_date_may_have_gaps_for_cells(proposed: Propose) -> None:
    """令和＿年＿月＿日 without cells: the gaps are where one writes."""

    def draw(drawing: Drawing) -> None:
        for x, word in ((40, "令和"), (62, "年"), (80, "月"), (98, "日")):
            drawing.words(x, 50, word)

    day = proposed(draw).fields["q1"]
    assert isinstance(day, schema.Date)
    assert day.eras == ["令和"]
    assert day.month is not None
    assert 65 < day.month.box.x < day.month.box.x + day.month.box.w < 80.5


def test_an_empty_cell_takes_words_up_to_its_seal(proposed: Propose) -> None:
    """The cell beside a heading is for words, a circle in it for a seal."""

    def draw(drawing: Drawing) -> None:
        drawing.box(10, 30, 30, 16, 0.92)
        drawing.words(14, 38, "氏名")
        drawing.box(40, 30, 98, 16)
        drawing.ring(125, 38, 12)

    form = proposed(draw)
    name, seal = form.fields["q1"], form.fields["q2"]
    assert isinstance(name, schema.Text)
    assert isinstance(seal, schema.Presence)
    assert (name.label, seal.label) == ("氏名", "氏名（印）")
    assert near(seal.box, Box(119, 32, 12, 12))
    assert name.box.x + name.box.w < seal.box.x


def test_rows_of_bubbles_are_filled_in(proposed: Propose) -> None:
    """Equal rings at even steps are one question; a single ring in a sentence is none."""

    def draw(drawing: Drawing) -> None:
        drawing.words(10, 20, "あてはまる番号を○で囲んでください。")
        for row in range(2):
            drawing.words(20, 40.0 + 12 * row, "問い")
            for n in range(4):
                drawing.ring(50 + 12.0 * n, 40 + 12.0 * row, 5)

    form = proposed(draw)
    assert [len(field.boxes()) for field in form.fields.values()] == [4, 4]
    assert {field.mark for field in form.fields.values() if isinstance(field, schema.Choice)} == {"fill"}


def test_a_folded_sheet_has_two_panels(tmp_path: Path) -> None:
    """A3 across is two pages, unless something is printed over its middle."""
    white = np.zeros((3508, 4961), np.uint8)
    assert [panel.x for panel in sheet.panels(420, 297, white)] == [0, 210]
    white[1000, 500:4500] = 255
    assert len(sheet.panels(420, 297, white)) == 1
    assert len(sheet.panels(210, 297, white)) == 1


def test_a_leaning_scan_is_set_upright(tmp_path: Path) -> None:
    """A scan turned by two degrees gives the same boxes, and its upright picture becomes the blank."""
    drawing = Drawing(tmp_path / "paper.pdf")
    ticks(drawing)
    drawing.canvas.save()
    image = poppler.page(tmp_path / "paper.pdf", 1, 200)
    high, wide = image.shape
    turn = cv2.getRotationMatrix2D((wide / 2, high / 2), -2.0, 1.0)
    Image.fromarray(cv2.warpAffine(image, turn, (wide, high), borderValue=(255,))).save(
        tmp_path / "scan.png", dpi=(200, 200)
    )
    found = sheet.pages(tmp_path / "scan.png")[0]
    assert found.skew == pytest.approx(2.0, abs=0.1)
    seen = [shape.box for shape in ink.look(found.image).shapes]
    assert any(near(box, Box(54, 30, 5, 5)) for box in seen)


@pytest.mark.parametrize(
    ("pixels", "dpi", "size"),
    [
        ((1654, 2339), 200, (210, 297)),
        ((4961, 3508), 300, (420, 297)),
        ((1000, 1414), 72, (210, 297)),
        ((1100, 850), 0, (279.4, 215.9)),
        ((500, 1000), 0, (210, 420)),
    ],
)
def test_paper_size_comes_from_resolution_or_shape(
    pixels: tuple[int, int], dpi: int, size: tuple[float, float]
) -> None:
    """A true resolution gives a standard size; without one the shape decides."""
    assert sheet._size(*pixels, dpi) == pytest.approx(size)


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    """A damaged PDF and a text file end in a sentence."""
    for name, data in (("a.pdf", b"%PDF-1.4 broken"), ("b.png", b"nothing")):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(FileRefused):
            sheet.pages(tmp_path / name)


def test_an_empty_sheet_has_no_fields(tmp_path: Path) -> None:
    """White paper gives a sound form file without fields."""
    Image.new("L", (800, 1131), 255).save(tmp_path / "white.png")
    made = propose.form(tmp_path / "white.png").save(tmp_path / "out", tmp_path / "white.png")
    assert read_file(made).fields == {}


def test_every_field_says_how_sure_it_is(tmp_path: Path) -> None:
    """The file has a comment of certainty at each field, and ids in paper order."""
    drawing = Drawing(tmp_path / "paper.pdf")
    scale(drawing)
    drawing.canvas.save()
    proposal = propose.form(tmp_path / "paper.pdf")
    assert [name for name, _ in proposal.sides[0].fields] == ["q1", "q2"]
    assert proposal.yaml.count("# 確かさ 0.95") == 2


def test_the_command_writes_a_form_that_can_be_checked(tmp_path: Path) -> None:
    """`forms propose` writes form.yaml and blank.pdf, and never over a form that is there."""
    drawing = Drawing(tmp_path / "paper.pdf")
    ticks(drawing)
    drawing.canvas.save()
    command = ["forms", "propose", str(tmp_path / "paper.pdf"), "--out", str(tmp_path / "new")]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    assert read_file(tmp_path / "new" / "form.yaml").id == "new"  # as the folder, by which other commands name it
    assert (tmp_path / "new" / "blank.pdf").read_bytes()[:4] == b"%PDF"
    assert CliRunner().invoke(main, command).exit_code == 2


def test_the_smallest_shipped_paper_is_proposed_as_drawn(shipped: Forms) -> None:
    """On a shipped blank without markers nearly every mark and cell is found, with few edits left."""
    smallest = min(shipped.values(), key=lambda form: form.sides[0].paper.width).id
    score = propose_score.shipped(picture=False, only=smallest)[0]
    assert score.found >= 0.95 * score.boxes
    assert score.false <= 0.05 * score.proposed
    assert len(score.edits) <= 5


def test_labels_leave_out_numbers_and_advice() -> None:
    """「２　治療方針　１つだけ…」 is called 治療方針."""
    words = [page.Word(Box(10 + 30 * n, 10, 20, 4), text) for n, text in enumerate(("２", "治療方針", "１つだけ□に印"))]
    assert labels.joined(words) == "治療方針"


def test_equal_options_get_values_of_their_own() -> None:
    """Two options that say the same, and one that says nothing, can still be told apart."""
    found = marks.distinct_options([(Box(0, 0, 5, 5), "はい"), (Box(9, 0, 5, 5), "はい"), (Box(18, 0, 5, 5), "")])
    assert [option["value"] for option in found] == ["はい", "はい2", "選択肢3"]


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("男", "男"),
        ("no", '"no"'),
        ("1", '"1"'),
        ("75歳", '"75歳"'),
        (True, "true"),
        (Box(1, 2.004, 3, 4), "[1, 2, 3, 4]"),
    ],
)
def test_values_are_written_so_that_yaml_reads_them_back(what: object, said: str) -> None:
    """Words that YAML would take for something else are quoted."""
    assert write.value(what) == said


def test_letters_of_the_text_layer_find_their_place() -> None:
    """A word's letters are spread by their widths, half for Latin ones."""
    letters = sheet._letters(poppler.Printed("a男", 0, 0, 72, 10))
    assert [round(letter.x, 1) for letter in letters] == [4.2, 16.9]
