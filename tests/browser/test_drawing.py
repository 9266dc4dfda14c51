"""A form made in the browser: from blank paper, by mouse and keyboard, tried, saved, and used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import update

from pipeline import forms as form_files
from pipeline import run, store
from pipeline.forms import Forms
from pipeline.forms.drafts import Drafts
from pipeline.settings import Settings
from pipeline.store import accounts, tables
from tests.browser.conftest import PATIENCE, SCREEN, ZOOMED, Running, Watched, axe, served, watched
from tests.drawing import paper

SCANS = 10


@pytest.fixture
def forms(tmp_path: Path) -> Forms:
    """The forms of an office that has none yet."""
    own = Settings(data=tmp_path / "office")
    return form_files.load([own.own_forms], own.blanks, (own.own_lists,))


@pytest.fixture
def place(tmp_path: Path, forms: Forms) -> Iterator[Running]:
    """That office, with somebody who may draw."""
    own = Settings(data=tmp_path / "office", workers=0)
    with store.open(own, create=True) as opened:
        accounts.add(opened, "adm", "admin")
        with opened.writing() as change:  # no password to choose first: that only takes time
            change.connection.execute(update(tables.actor).values(must_change=False, totp="0" * 40, totp_used=0))
    with served(own, forms) as running:
        yield running


@pytest.fixture
def desk(chromium: Browser, place: Running) -> Iterator[Watched]:
    """That person's browser."""
    made = watched(chromium, place, "adm")
    yield made
    made.context.close()
    made.check()


def _kept(page: Page, act: Callable[[], object]) -> None:
    """Do something, and wait until the server has it."""
    with page.expect_response(lambda answer: answer.url.endswith(("/steps", "/at"))) as waited:
        act()
    assert waited.value.ok


def _at(page: Page, mm: tuple[float, float]) -> tuple[float, float]:
    """Where a point of the paper is on the screen."""
    point = page.evaluate(
        """([x, y]) => { const svg = document.querySelector('[data-canvas]');
           const at = new DOMPoint(x, y).matrixTransform(svg.getScreenCTM()); return [at.x, at.y]; }""",
        list(mm),
    )
    return float(point[0]), float(point[1])


def _drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*_at(page, start))
    page.mouse.down()
    page.mouse.move(*_at(page, end), steps=4)
    page.mouse.up()


def _listed(page: Page) -> Locator:
    return page.locator("[data-list] button")


def _set(page: Page, name: str, value: str) -> None:
    control = page.locator(f"[data-props] [name={name}]")
    if control.evaluate("one => one.tagName") == "SELECT":
        control.select_option(value)
    else:
        control.fill(value)
        control.press("Tab")


def _drawn_anew(page: Page) -> None:
    """Throw the last proposal away, and draw the same question by hand: printed boxes by a click, words by keyboard."""
    _listed(page).nth(4).click()
    _kept(page, lambda: page.click("[data-delete]"))
    expect(_listed(page)).to_have_count(4)
    page.click('[data-tool="choice-check"]')
    _kept(page, lambda: page.mouse.click(*_at(page, (57.5, 91))))
    page.click('[data-tool="option"]')
    _kept(page, lambda: page.mouse.click(*_at(page, (94.5, 91))))
    page.click('[data-tool="select"]')
    for place, word in ((0, "はい"), (2, "いいえ")):
        for n in (place, place + 1):
            box = page.locator("[data-options] input").nth(n)
            _kept(page, lambda box=box, word=word: (box.fill(word), box.press("Tab")))  # type: ignore[misc]  # bound now


def _named(page: Page) -> None:
    """Names, ids and meanings of all fields."""
    for n, name in enumerate("abcde"):
        _listed(page).nth(n).click()
        _kept(page, lambda name=name: _set(page, "id", name))  # type: ignore[misc]  # bound now
        if name in "abc":
            _kept(page, lambda: _set(page, "role", "item"))
    for n, label in ((3, "使いたいもの"), (4, "家族と同居")):
        _listed(page).nth(n).click()
        _kept(page, lambda label=label: _set(page, "label", label))  # type: ignore[misc]  # bound now


def _saved(page: Page) -> None:
    page.click('[data-open="save"]')
    page.click("[data-check]")
    expect(page.locator("[data-mistakes] button").first).to_contain_text("注意")  # rows stand close on this paper
    assert not [text for text in page.locator("[data-mistakes] button").all_text_contents() if "誤り" in text]
    page.fill("#version", "2026.1")
    page.click("form[data-save] button.main")
    page.wait_for_url("**/forms?done=saved")


def test_a_form_is_made_from_a_blank_scan_and_reads(desk: Watched, forms: Forms, tmp_path: Path) -> None:
    """Blank paper becomes a form within one page; saved, it reads ten filled scans at once, every mark right."""
    scans = paper.filled(tmp_path / "paper", SCANS)
    page = desk.page()
    page.goto(f"{desk.base}/forms")
    page.set_input_files("#blank", paper.blank(tmp_path / "paper"))
    page.fill("#form-id", "soudan")
    page.click("form[data-blank] button.main")
    page.wait_for_url("**/forms/drafts/*")
    expect(_listed(page)).to_have_count(5)
    _drawn_anew(page)
    _named(page)
    page.set_input_files("#scans", scans[0][0])
    expect(page.locator("text.read")).to_have_count(5)
    truth = scans[0][1]
    assert page.locator("text.read").all_text_contents()[:3] == [str(truth[name]) for name in "abc"]
    _saved(page)
    assert ("soudan", "2026.1") in forms
    records = run.read_files(
        [str(path) for path, _ in scans], forms, lambda work, items: [_read(work, one, forms) for one in items]
    )
    read = [{name: one.value for name, one in record.readings.items()} for record in records]
    assert read == [truth for _, truth in scans]


def _read(work: Callable[..., run.Outcome], item: object, forms: Forms) -> run.Outcome:
    return work(item, forms)


@pytest.fixture
def draft(place: Running, tmp_path: Path) -> str:
    """The address of a draft of the same paper, begun without proposals."""
    kept = Drafts(place.store.settings.drafts)
    room = kept.room()
    blank = paper.as_pdf(tmp_path / "paper")
    (room / "blank.pdf").write_bytes(blank.read_bytes())
    side = {"id": "front", "paper": {"width": 148, "height": 105}, "panels": [{"id": "page", "box": [0, 0, 148, 105]}]}
    field = {"id": "name", "label": "氏名", "kind": "text", "box": [40, 60, 60, 10]}
    form = {"schema": 1, "id": "soudan", "version": "1", "title": "相談票", "sides": [side | {"fields": [field]}]}
    return f"/forms/drafts/{kept.begin(room, form, {'name': 0.4}, [[[18, 75.5, 5, 5]]]).id}"


@pytest.fixture
def page(desk: Watched, draft: str) -> Page:
    """That draft in the editor, its one field chosen."""
    page = desk.page()
    page.goto(desk.base + draft)
    _listed(page).first.click()
    return page


def _box(page: Page) -> list[float]:
    return [float(page.locator(f"[name=box-{n}]").input_value()) for n in range(4)]


def _stands(page: Page, box: list[float]) -> None:
    """Wait until the page shows the chosen box so: the server's answer is there before what it changes is drawn."""
    for n, value in enumerate(box):
        expect(page.locator(f"[name=box-{n}]")).to_have_value(f"{value:g}")


def test_boxes_move_by_keyboard_and_mouse(page: Page) -> None:
    """Arrows move and size a box, many presses being one step; the mouse does the same, and all of it can be undone."""
    page.locator("[data-canvas]").focus()

    def pressed() -> None:
        for key in ("ArrowRight", "Shift+ArrowDown", "Control+ArrowLeft"):
            page.keyboard.press(key)

    _kept(page, pressed)
    _stands(page, [40.5, 65, 59.5, 10])
    _kept(page, lambda: _drag(page, (60, 70), (70, 60)))
    assert _box(page) == pytest.approx([50.5, 55, 59.5, 10], abs=0.5)
    _kept(page, lambda: _drag(page, (110, 65), (120, 75)))
    assert _box(page)[2:] == pytest.approx([69.5, 20], abs=1)
    for _ in range(3):  # as fast as fingers are: each counts from where the one before it led
        page.keyboard.press("Control+z")
    expect(page.locator("[data-undo]")).to_be_disabled()
    _stands(page, [40, 60, 60, 10])
    _kept(page, lambda: page.keyboard.press("Control+Shift+Z"))
    _stands(page, [40.5, 65, 59.5, 10])


def test_a_field_is_added_without_a_mouse(page: Page) -> None:
    """A tool taken by keyboard puts a box in the middle; another option stands beside it, and Delete takes it away."""
    page.locator('[data-tool="choice-check"]').focus()
    _kept(page, lambda: page.keyboard.press("Enter"))
    expect(_listed(page)).to_have_count(2)
    expect(page.locator("[data-canvas]")).to_be_focused()
    _kept(page, lambda: page.keyboard.press("o"))
    expect(page.locator("g.current rect[data-handle]")).to_have_count(2)
    _kept(page, lambda: page.keyboard.press("Delete"))
    expect(page.locator("g.current rect[data-handle]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("[data-props] [name=label]")).to_be_focused()


def _view(page: Page) -> list[float]:
    return [float(n) for n in (page.locator("[data-canvas]").get_attribute("viewBox") or "").split()]


def test_the_wheel_scrolls_and_enlarges_with_ctrl(page: Page) -> None:
    """The wheel moves enlarged paper as far as its end and no further; with Ctrl it enlarges; 0 shows all of it."""
    whole = _view(page)
    page.mouse.move(*_at(page, (74, 50)))
    page.mouse.wheel(0, 200)
    assert _view(page) == whole, "all of the paper is in sight"
    page.keyboard.down("Control")
    for _ in range(5):
        page.mouse.wheel(0, -100)
    page.keyboard.up("Control")
    expect(page.locator("[data-canvas]")).not_to_have_attribute("viewBox", " ".join(f"{n:g}" for n in whole))
    page.mouse.wheel(0, 10_000)
    ends = "(({ y, height }) => Math.abs(y + height - 105) < 0.01)(document.querySelector('[data-canvas]').viewBox.baseVal)"
    page.wait_for_function(ends)
    page.locator("[data-canvas]").focus()
    page.keyboard.press("0")
    assert _view(page) == [0, 0, 148, 105]


def test_a_chosen_field_is_legible(desk: Watched, page: Page) -> None:
    """In a small window the paper is enlarged around the field that is chosen from the list, and stays beside it."""
    page.set_viewport_size({"width": ZOOMED["width"], "height": ZOOMED["height"]})
    page.reload()
    _listed(page).first.click()
    box = page.locator("g.current rect[data-handle]").bounding_box()
    assert box is not None
    assert box["height"] > 25, "10 mm of paper"
    page.locator("[data-props] [name=id]").scroll_into_view_if_needed()
    expect(page.locator("[data-canvas]")).to_be_in_viewport()


def test_a_draft_is_thrown_away_in_two_steps(desk: Watched, draft: str) -> None:
    """One press only asks; the second one throws the draft away."""
    page = desk.page()
    page.goto(f"{desk.base}/forms")
    expect(page.locator('form[action$="/drop"] button')).to_be_hidden()
    page.click("details.inline summary")
    page.click('form[action$="/drop"] button')
    expect(page.locator("a[href*='/forms/drafts/']")).to_have_count(0)


def test_a_click_takes_the_printed_box(page: Page) -> None:
    """Pressing inside a printed box makes a field of exactly that box, and a doubtful proposal is no longer doubtful once changed."""
    expect(page.locator("g.box.doubtful")).to_have_count(1)
    page.click('[data-tool="presence"]')
    _kept(page, lambda: page.mouse.click(*_at(page, (20, 78))))
    _stands(page, [18, 75.5, 5, 5])
    _listed(page).first.click()
    _kept(page, lambda: _set(page, "label", "お名前"))
    expect(page.locator("g.box.doubtful")).to_have_count(0)


def test_a_draft_is_never_lost(desk: Watched, page: Page) -> None:
    """While the server is away changes wait in the browser, said aloud; a page closed over them offers them again."""
    desk.expected = ("ERR_FAILED",)
    page.route("**/steps", lambda route: route.abort())
    _set(page, "label", "おなまえ")
    expect(page.locator('[data-banner="not-kept"]')).to_be_visible()
    page.on("dialog", lambda dialog: dialog.accept())
    page.unroute("**/steps")
    page.route("**/steps", lambda route: route.abort())
    page.reload()
    expect(page.locator('[data-banner="left-behind"]')).to_be_visible()
    page.unroute("**/steps")
    _kept(page, lambda: page.click("[data-take]"))
    expect(_listed(page).first).to_contain_text("おなまえ")
    page.reload()
    expect(_listed(page).first).to_contain_text("おなまえ")
    expect(page.locator('[data-banner="left-behind"]')).to_be_hidden()
    _kept(page, lambda: page.click("[data-undo]"))
    expect(_listed(page).first).to_contain_text("氏名")


def test_two_windows_do_not_overwrite_each_other(desk: Watched, page: Page, draft: str) -> None:
    """A draft that was changed in another window says so, instead of saving over it."""
    desk.expected = ("409 (Conflict)",)
    other = desk.page()
    other.goto(desk.base + draft)
    _listed(other).first.click()
    _kept(other, lambda: _set(other, "label", "ひとつ"))
    _set(page, "label", "ふたつ")
    expect(page.locator('[data-banner="moved-on"]')).to_be_visible()


def test_a_mistake_leads_to_its_field(desk: Watched, page: Page) -> None:
    """What is wrong is said in the dialog, keeps the draft from being saved, and leads to the field."""
    desk.expected = ("422 (Unprocessable",)
    _kept(page, lambda: _set(page, "id", "氏名"))
    page.keyboard.press("Escape")
    page.click('[data-open="save"]')
    page.click("form[data-save] button.main")
    expect(page.locator("[data-mistakes] button").first).to_contain_text("誤り")
    assert axe(page) == []
    page.locator("[data-mistakes] button").first.click()
    expect(_listed(page).first).to_have_attribute("aria-current", "true")


@pytest.mark.parametrize("size", [SCREEN, ZOOMED], ids=["1366x768", "200%"])
def test_the_pages_are_accessible(desk: Watched, draft: str, size: dict[str, int]) -> None:
    """Axe finds nothing on the list and in the editor, and neither is wider than its window."""
    page = desk.page()
    page.set_viewport_size({"width": size["width"], "height": size["height"]})
    for path in ("/forms", draft):
        page.goto(desk.base + path)
        page.wait_for_load_state("networkidle", timeout=PATIENCE)
        assert axe(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    page.click('[data-open="keys"]')
    assert axe(page) == []
