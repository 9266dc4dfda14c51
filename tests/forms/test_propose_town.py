"""Proposals for what town halls print: figures before options, tables to tick, pairs, brackets, dashes, black heads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline.forms import schema
from pipeline.forms.propose import grid, ink, numbered, page, pairs
from pipeline.geometry import Box
from pipeline.programs import tesseract
from tests.forms.test_propose import Drawing, Propose, near, proposed

__all__ = ["proposed"]  # a fixture

NOTHING = ink.Ink(np.zeros((2000, 2000), np.uint8), [], [], [], [], [], [], [])


def panel(*words: page.Word, cells: tuple[Box, ...] = (), dots: tuple[Box, ...] = ()) -> page.Page:
    """A panel with words and cells, and no ink."""
    seen = ink.Ink(NOTHING.black, [], [], [], [], [], [], list(dots))
    return page.Page(Box(0, 0, 148, 105), seen, list(words), list(cells))


def word(x: float, y: float, text: str, w: float = 3.5) -> page.Word:
    """A word by its left end and middle."""
    return page.Word(Box(x, y - 1.7, w, 3.4), text)


def counted(*figures: str, y: float = 40.0) -> list[page.Word]:
    """A line of options, whose figures were read as told."""
    return [
        w for n, said in enumerate(figures) for w in (word(10 + 30 * n, y, said), word(16 + 30 * n, y, "ことば", 12))
    ]


def options(form: schema.Form, name: str) -> list[str]:
    """The words of a field's options."""
    field = form.fields[name]
    assert isinstance(field, schema.Choice)
    return [option.label for option in field.options]


def test_figures_before_options_are_circled(proposed: Propose) -> None:
    """1．毎日 2．ときどき in a line and under one another: a choice each, the circle around the figure."""

    def draw(drawing: Drawing) -> None:
        drawing.words(12, 14, "問1 出かけますか。")
        for n, text in enumerate(("毎日", "ときどき", "まれに")):
            drawing.words(16 + 40 * n, 22, f"{n + 1}．{text}")
        drawing.words(12, 40, "問2 暮らし")
        for n, text in enumerate(("ひとり", "夫婦", "家族と")):
            drawing.words(16, 48 + 8 * n, f"{n + 1}．{text}")

    form = proposed(draw)
    assert (options(form, "q1"), options(form, "q2")) == (["毎日", "ときどき", "まれに"], ["ひとり", "夫婦", "家族と"])
    first = form.fields["q1"]
    assert isinstance(first, schema.Choice)
    assert first.mark == "circle"
    for n, option in enumerate(first.options):
        assert option.box.center()[0] == pytest.approx(17.1 + 40 * n, abs=0.8), "the middle of the figure"


def test_headings_and_sentences_with_figures_are_no_options(proposed: Propose) -> None:
    """Chapters are far apart, and what ends like a sentence is an instruction or a question."""

    def draw(drawing: Drawing) -> None:
        for n, text in enumerate(("1．申込者", "2．利用する人", "3．連絡先")):
            drawing.words(12, 14 + 20 * n, text)
        for n, text in enumerate(("1．黒いペンで書いてください", "2．まちがいは二重線で消します。")):
            drawing.words(12, 80 + 7 * n, text)

    assert [field for field in proposed(draw).fields.values() if field.kind == "choice"] == []


@pytest.mark.parametrize(
    ("read", "found"),
    [(("1", "2", "3", "4"), 1), (("IP", "2", "く人", "4."), 1), (("Es", "2"), 1), (("問", "答"), 0), (("3", "1"), 0)],
)
def test_a_misread_figure_counts_where_its_neighbours_say_so(read: tuple[str, ...], found: int) -> None:
    """Half of the figures in their places are enough; figures out of their order are none."""
    drafts, used = numbered.find(panel(*counted(*read)), set())
    assert len(drafts) == found
    assert len(used) == 2 * len(read) * found


def test_options_may_be_counted_down_the_columns() -> None:
    """1 over 2, and 3 over 4 beside them."""
    rows = [*counted("1", "3"), *counted("2", "4", y=48)]
    (draft,), _ = numbered.find(panel(*rows), set())
    assert [(round(box.x), round(box.y)) for box in draft.boxes] == [(8, 37), (8, 45), (38, 37), (38, 45)]


LEFT = (12, 52, 80, 108, 136)


def table(drawing: Drawing, heads: tuple[str, ...], lead: str = "") -> None:
    """Two rows under heads, empty but for their first cell."""
    drawing.words(12, 14, lead)
    for y, row in ((20, ("", *heads)), (30, ("階段を昇る", "", "", "")), (40, ("外に出る", "", "", ""))):
        for x, to, text in zip(LEFT, LEFT[1:], row, strict=False):
            drawing.box(x, y, to - x, 10)
            drawing.words(x + 3, y + 5, text)


@pytest.mark.parametrize(
    ("heads", "lead"),
    [(("はい", "どちらでもない", "いいえ"), ""), (("朝", "昼", "夜"), "あてはまる欄に○を付けてください。")],
)
def test_a_table_to_tick_is_a_choice_for_each_row(proposed: Propose, heads: tuple[str, ...], lead: str) -> None:
    """Empty cells under はい and いいえ, or wherever the paper asks for a mark."""
    form = proposed(lambda drawing: table(drawing, heads, lead))
    assert [(field.label, field.kind) for field in form.fields.values()] == [
        ("階段を昇る", "choice"),
        ("外に出る", "choice"),
    ]
    assert options(form, "q2") == list(heads)
    assert near(list(form.fields["q2"].boxes().values())[1], Box(80, 40, 28, 10))


def test_a_row_that_lies_askew_is_one_row() -> None:
    """On a scan the cells of a row differ by tenths of a millimetre in height and place."""
    rows = [[Box(12 + 30 * n, y - 0.15 * n, 30, 11 - 0.1 * (n % 2)) for n in range(4)] for y in (20.3, 31.3, 42.3)]
    cells = tuple(cell for row in rows for cell in row)
    found = panel(*(word(14, row[0].y + 5, "ことば", 12) for row in rows), cells=cells)
    empty = [cell for row in rows for cell in row[1:]]
    assert sorted(grid._rows(found, empty)) == [row[1:] for row in rows]


def test_a_table_to_write_in_stays_one(proposed: Propose) -> None:
    """Columns that are no answers are written in."""
    form = proposed(lambda drawing: table(drawing, ("氏名", "続柄", "電話")))
    assert {field.kind for field in form.fields.values()} == {"text"}
    assert len(form.fields) == 6


@pytest.mark.parametrize(
    ("heads", "known"),
    [(("はい", "いいえ"), True), (("できる", "できない"), True), (("する", "しない"), True), (("朝", "昼"), False)],
)
def test_opposites_are_answers(heads: tuple[str, ...], known: bool) -> None:
    """Heads that are opposites of each other need no instruction."""
    assert grid._known(heads) is known


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        (("男", "女"), ("男", "女")),
        (("連", "女"), ("男", "女")),
        (("有", "堪"), ("有", "無")),
        (("", "堪"), ("", "堪")),
        (("A", "否"), ("A", "否")),
    ],
)
def test_one_letter_of_a_pair_names_the_other(read: tuple[str, str], meant: tuple[str, str]) -> None:
    """男・女 with one of them misread; a letter that has two partners names neither."""
    line = [word(30, 20, read[0]), word(50, 20, read[1])]
    (found,) = pairs.find(panel(*line, dots=(Box(41.3, 19.6, 0.8, 0.8),)), line)
    assert tuple(one.text for one in found) == meant
    assert pairs.find(panel(*line), line) == [], "no dot between"


def test_without_a_dot_both_letters_of_a_pair_must_fit() -> None:
    """男 and a misread letter are a pair, 男 and a unit are not."""
    assert [one.text for one in pairs.known(word(30, 20, "男"), word(50, 20, "EH"))] == ["男", "女"]
    assert pairs.known(word(30, 20, "有"), word(50, 20, "円")) == []


def test_cells_may_be_divided_by_dashes(proposed: Propose) -> None:
    """A frame with dashed rules inside is one number, a cell for each figure."""

    def draw(drawing: Drawing) -> None:
        drawing.words(12, 25, "郵便番号")
        drawing.box(40, 20, 24, 10)
        drawing.canvas.setDash(3, 2)
        for x in (48, 56):
            drawing.canvas.line(x * 2.83465, (105 - 20) * 2.83465, x * 2.83465, (105 - 30) * 2.83465)

    field = proposed(draw).fields["q1"]
    assert isinstance(field, schema.Digits)
    assert field.cells == 3
    assert near(Box(*field.box or ()), Box(40, 20, 24, 10))


def test_brackets_to_tick_are_boxes(proposed: Propose) -> None:
    """（　） before words, several in a row: the white between them is ticked; one pair around a figure is not."""

    def draw(drawing: Drawing) -> None:
        for n, text in enumerate(("いない", "配偶者", "子")):
            drawing.words(14 + 40 * n, 20, "(")
            drawing.words(21 + 40 * n, 20, ")")
            drawing.words(25 + 40 * n, 20, text)
        drawing.words(14, 50, "(")
        drawing.words(22, 50, ")")

    form = proposed(draw)
    assert options(form, "q1") == ["いない", "配偶者", "子"]
    assert len(form.fields) == 1


def test_furigana_over_a_dashed_rule_is_a_field_of_its_own(proposed: Propose) -> None:
    """Two names in the cell before, and a dashed rule: two fields."""

    def draw(drawing: Drawing) -> None:
        drawing.box(12, 20, 30, 18)
        drawing.box(42, 20, 90, 18)
        drawing.words(15, 23.5, "フリガナ", 8)
        drawing.words(15, 32, "氏名")
        drawing.canvas.setDash(1, 1)
        drawing.line(42.3, 27, 131.7)

    form = proposed(draw)
    assert [(field.label, field.kind) for field in form.fields.values()] == [("フリガナ", "text"), ("氏名", "text")]
    assert [round(box.h) for field in form.fields.values() for box in field.boxes().values()] == [6, 10]


def test_white_words_on_black_are_words(tmp_path: Path) -> None:
    """A black heading is turned round, so that it is shaded paper with dark letters; other paper stays as it is."""
    image = np.full((1240, 1748), 250, np.uint8)
    image[200:300, 150:1600] = 30
    image[230:270, 200:240] = 250
    image[600:640, 300:340] = 20  # a small black square is no heading
    turned = ink.dark_on_light(image)
    assert (turned[250, 220], turned[250, 800]) == (5, ink.TURNED)
    assert (turned[620, 320], turned[900, 900]) == (20, 250)


def test_words_that_got_no_answer_are_asked_about_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """One crop that Tesseract refuses leaves the other words of its call without an answer; they are asked again."""
    asked: list[int] = []

    def lines(crops: list[np.ndarray], private: Path | None, language: str) -> list[str | None]:
        asked.append(len(crops))
        return [None if any(crop.any() for crop in crops) else "字"] * len(crops)

    monkeypatch.setattr(tesseract, "lines", lines)
    crops = [np.full((9, 9), n == 7, np.uint8) for n in range(26)]
    assert page._at_once(crops, None, "jpn") == ["字"] * 7 + [""] + ["字"] * 18
    assert asked == [24, 6, 6, 1, 1, 1, 1, 1, 1, 6, 6, 2]


def test_a_machine_too_slow_is_not_asked_forever(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the answer is late rather than missing, a few words at once are the least that is asked about."""
    asked: list[int] = []

    def lines(crops: list[np.ndarray], private: Path | None, language: str) -> list[str | None]:
        asked.append(len(crops))
        return [None] * len(crops)

    monkeypatch.setattr(tesseract, "lines", lines)
    monkeypatch.setattr(tesseract, "TIMEOUT_S", 0)
    assert page._at_once([np.zeros((9, 9), np.uint8)] * 24, None, "jpn") == [""] * 24
    assert asked == [24, 6, 6, 6, 6]
