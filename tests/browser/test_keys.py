"""The record page by keyboard, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from pipeline import model
from pipeline.store import accounts
from tests.browser.conftest import Running, Watched, axe, watched
from tests.ui import conftest as ui
from tests.ui import office

A, B, C = "a" * 8, "b" * 8, "c" * 8


@pytest.fixture
def page(desk: Watched) -> Page:
    """The first record, as it opens."""
    page = desk.page()
    page.goto(f"{desk.base}/records/{A}")
    expect(page.locator("li.current")).to_have_attribute("data-field", "f1")
    return page


def _answer(running: Running, field: str, record: str = A) -> model.Answer:
    return running.store.record(record).answers()[field]


def _saved(page: Page, field: str) -> None:
    """Wait until the server has the field."""
    expect(page.locator(f"#f-{field}")).to_have_class(re.compile("confirmed|corrected"))


def _open(page: Page, field: str) -> None:
    page.goto(f"{page.url.split('?')[0]}?at={field}")
    expect(page.locator("li.current")).to_have_attribute("data-field", field)


def test_k_fields_take_k_plus_1_keys(desk: Watched, running: Running) -> None:
    """A form whose proposals are right is cleared with one Enter each and one Ctrl+Enter, and the next form opens."""
    page = desk.page()
    page.goto(f"{desk.base}/records/{B}")
    doubtful = page.locator("li[data-needs]").count()
    assert doubtful == 8
    for _ in range(doubtful):
        page.keyboard.press("Enter")
    expect(page.locator("[data-done]")).to_be_visible()
    page.keyboard.press("Control+Enter")
    page.wait_for_url(f"**/records/{C}")
    record = running.store.record(B)
    assert record.status == "accepted"
    assert {decision.action for decision in record.decisions} == {"confirm"}
    assert len(record.decisions) == doubtful


def test_printed_value_is_the_key(page: Page, running: Running) -> None:
    """An item printed 1·0 in that order gives the value that is printed beside the box."""
    _open(page, "f0")
    page.keyboard.press("0")
    page.keyboard.press("Enter")
    _saved(page, "f0")
    assert (_answer(running, "f0").value, _answer(running, "f0").state) == (0, "valid")


def test_numpad_counts_too(page: Page, running: Running) -> None:
    """The figures of the number pad pick as well."""
    cdp = page.context.new_cdp_session(page)
    key = {"key": "4", "code": "Numpad4", "text": "4", "windowsVirtualKeyCode": 100, "isKeypad": True}
    cdp.send("Input.dispatchKeyEvent", {"type": "keyDown", **key})
    page.keyboard.press("Enter")
    _saved(page, "f1")
    assert _answer(running, "f1").value == 4


def test_a_correction_can_open_another_field(desk: Watched, running: Running) -> None:
    """When a correction makes a settled field doubtful, that field is walked to before the form is done."""
    place = ui.Office(running.store.settings, running.store, office.forms())
    ui.more(place, 1, f11=("ひざが痛い", "valid", 1.0))
    page = desk.page()
    page.goto(f"{desk.base}/records/more-000")
    expect(page.locator("#f-f11")).not_to_have_attribute("data-needs", "")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.locator("#f-f11")).to_have_attribute("data-needs", "")
    expect(page.locator("#f-f11 .chip")).to_contain_text("矛盾")
    for _ in range(page.locator("li[data-needs]").count()):
        page.keyboard.press("Enter")
    expect(page.locator("[data-done]")).to_be_visible()
    expect(page.locator("#f-f11")).to_have_class(re.compile("confirmed"))


def test_ten_options_by_keyboard(page: Page, running: Running) -> None:
    """A choice takes its place as key up to nine, and the tenth by arrow."""
    _open(page, "f2")
    page.keyboard.press("9")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    _saved(page, "f2")
    assert _answer(running, "f2").value == "way-10"


def test_boxes_toggle(page: Page, running: Running) -> None:
    """Figures tick and untick the boxes of a field that allows several."""
    _open(page, "f3")
    for key in ("1", "2", "Enter"):
        page.keyboard.press(key)
    _saved(page, "f3")
    assert _answer(running, "f3").value == ("b", "c")


@pytest.mark.parametrize(("key", "state"), [("Delete", "empty"), ("*", "multiple"), ("/", "illegible")])
def test_states_have_keys_in_mark_groups(page: Page, running: Running, key: str, state: str) -> None:
    """無回答, 複数回答 and 判読不能 are one key each."""
    page.keyboard.press(key)
    page.keyboard.press("Enter")
    _saved(page, "f1")
    assert (_answer(running, "f1").value, _answer(running, "f1").state) == (None, state)


def test_keys_are_text_in_a_text_box(page: Page) -> None:
    """In a text box figures, * and / are just typed."""
    _open(page, "f7")
    page.keyboard.type("*/1")
    expect(page.locator("#f-f7 [name=written]")).to_have_value("*/1")


def test_single_keys_can_be_switched_off(desk: Watched) -> None:
    """With the keys switched off a figure picks nothing."""
    desk.context.add_cookies([{"name": "yomitori-look", "value": "normal.normal.off", "url": desk.base}])
    page = desk.page()
    page.goto(f"{desk.base}/records/{A}")
    page.keyboard.press("4")
    expect(page.locator("#f-f1 input:checked")).to_have_value("value:3")


def test_no_value_is_refused_in_words(page: Page, running: Running) -> None:
    """Enter on a field without a value goes nowhere and says why."""
    _open(page, "f5")
    page.keyboard.press("Enter")
    expect(page.locator("#f-f5 [role=alert]")).to_contain_text("値がありません")
    expect(page.locator("li.current")).to_have_attribute("data-field", "f5")
    assert _answer(running, "f5").decision is None


def test_back_and_restore(page: Page) -> None:
    """Shift+Enter goes back to the field before, Esc gives a field its reading back."""
    page.keyboard.press("Enter")
    expect(page.locator("li.current")).to_have_attribute("data-field", "f2")
    page.keyboard.press("Shift+Enter")
    expect(page.locator("li.current")).to_have_attribute("data-field", "f1")
    page.keyboard.press("4")
    page.keyboard.press("Escape")
    expect(page.locator("#f-f1 input:checked")).to_have_value("value:3")


def test_saving_says_so(page: Page) -> None:
    """The header tells when something was saved and how much is left, and the title tells nothing of it."""
    page.keyboard.press("Enter")
    expect(page.locator("[data-saved]")).to_contain_text("保存しました")
    expect(page.locator("[data-left]")).to_have_text("あと7欄")
    expect(page.locator("#f-f1 .chip")).to_contain_text("確認済")


def test_a_changed_value_left_behind_is_saved(page: Page, running: Running) -> None:
    """Typing a value and clicking elsewhere saves it as well."""
    page.fill("#f-f7 [name=written]", "釜石　太郎")
    page.click("#f-f4 [name=written]")
    _saved(page, "f7")
    assert _answer(running, "f7").value == "釜石　太郎"


def test_what_it_will_be_stored_as_is_shown_first(page: Page, running: Running) -> None:
    """Full-width figures are turned before the eyes of the person, and the next Enter confirms them."""
    _open(page, "f4")
    page.keyboard.type("６２．５")
    page.keyboard.press("Enter")
    expect(page.locator("#f-f4 [name=written]")).to_have_value("62.5")
    expect(page.locator("#f-f4 [role=alert]")).to_contain_text("読み替えました")
    assert _answer(running, "f4").decision is None
    page.keyboard.press("Enter")
    _saved(page, "f4")
    assert _answer(running, "f4").value == 62.5


def test_composition_confirms_nothing(page: Page, running: Running) -> None:
    """Keys that belong to the input method, its committing Enter included, settle no field."""
    _open(page, "f7")
    cdp = page.context.new_cdp_session(page)
    cdp.send("Input.imeSetComposition", {"text": "かまいし", "selectionStart": 4, "selectionEnd": 4})
    for kind in ("rawKeyDown", "keyUp"):
        process = {"type": kind, "key": "Process", "code": "Enter", "windowsVirtualKeyCode": 229}
        cdp.send("Input.dispatchKeyEvent", process)
    page.evaluate(
        """document.activeElement.dispatchEvent(
             new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true, cancelable: true}))"""
    )
    cdp.send("Input.insertText", {"text": "釜石"})
    cdp.send("Input.dispatchKeyEvent", {"type": "keyUp", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13})
    expect(page.locator("#f-f7 [name=written]")).to_have_value("釜石")
    expect(page.locator("li.current")).to_have_attribute("data-field", "f7")
    assert not running.store.record(A).decisions
    page.keyboard.press("Enter")
    _saved(page, "f7")
    assert _answer(running, "f7").value == "釜石"


def test_undo_and_redo_across_forms(desk: Watched, running: Running) -> None:
    """Ctrl+Z takes back what was settled on the form before, Ctrl+Shift+Z settles it again."""
    page = desk.page()
    page.goto(f"{desk.base}/records/{A}")
    page.keyboard.press("4")
    page.keyboard.press("Enter")
    _saved(page, "f1")
    page.goto(f"{desk.base}/records/{B}")
    page.keyboard.press("Control+z")
    page.wait_for_url(f"**/records/{A}?at=f1")
    assert not _answer(running, "f1").counts
    page.keyboard.press("Control+Shift+Z")
    page.wait_for_load_state("networkidle")
    expect(page.locator("#f-f1")).to_have_class(re.compile("corrected"))
    assert _answer(running, "f1").value == 4
    kept = page.evaluate("JSON.stringify(sessionStorage) + JSON.stringify(localStorage)")
    assert "value" not in kept


def test_leaving_open_fields_asks_once(page: Page) -> None:
    """Ctrl+Enter with something open asks once; a second one goes on."""
    page.keyboard.press("Control+Enter")
    expect(page.locator('dialog[data-dialog="leave"]')).to_be_visible()
    expect(page.locator('dialog[data-dialog="leave"]')).to_contain_text("あと8欄")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(f"**/records/{B}")


def test_asking_a_supervisor(page: Page) -> None:
    """Ctrl+I leads to where the question is written; afterwards the field is 保留 and the next one has the focus."""
    page.keyboard.press("Control+i")
    page.wait_for_url("**/fields/f1/refer")
    page.keyboard.type("3か4か")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/records/{A}")
    expect(page.locator("#f-f1 .chip")).to_contain_text("保留")
    expect(page.locator("li.current")).to_have_attribute("data-field", "f2")
    page.goto(f"{page.url.split('/records')[0]}/notes")
    assert axe(page) == []


def test_who_did_what_stands_under_the_field(page: Page) -> None:
    """Under a field that was settled stands who, when, from what and to what."""
    page.keyboard.press("4")
    page.keyboard.press("Enter")
    _saved(page, "f1")
    page.goto(f"{page.url.split('?')[0]}?at=f1")
    page.click("#f-f1 .history summary")
    expect(page.locator("#f-f1 .history li")).to_have_count(1)
    expect(page.locator("#f-f1 .history li")).to_contain_text("tanaka")
    expect(page.locator("#f-f1 .history li")).to_contain_text("3 → 4")
    assert axe(page) == []


def test_crop_is_enlarged(page: Page) -> None:
    """F2 shows the field with its surroundings, larger than its crop."""
    crop = page.locator("#f-f1 img.crop").bounding_box()
    page.keyboard.press("F2")
    wide = page.locator('dialog[data-dialog="crop"] img')
    expect(wide).to_have_js_property("complete", True)
    box = wide.bounding_box()
    assert crop is not None
    assert box is not None
    assert box["width"] > 1.5 * crop["width"]


def test_stale_save_shows_both(desk: Watched, running: Running, chromium: Browser) -> None:
    """When the same person saved on another screen first, both values are shown and one is chosen."""
    desk.expected = ("409 (Conflict)",)
    first, second = desk.page(), desk.page()
    for page in (first, second):
        page.goto(f"{desk.base}/records/{A}")
    first.keyboard.press("4")
    first.keyboard.press("Enter")
    _saved(first, "f1")
    second.bring_to_front()
    second.keyboard.press("2")
    second.keyboard.press("Enter")
    note = second.locator("#f-f1 [data-note]")
    expect(note).to_contain_text("いま保存されている値 4")
    expect(note).to_contain_text("あなたが入れた値 2")
    assert _answer(running, "f1").value == 4
    note.locator("[data-mine]").click()
    expect(note).to_have_count(0)
    second.wait_for_function("!document.querySelector('[data-saved]').textContent.includes('x')")
    expect(second.locator("#f-f1 [data-now]")).to_have_text("2")
    assert _answer(running, "f1").value == 2


def test_offline_keeps_the_value(desk: Watched, running: Running) -> None:
    """Without the server a value waits under a red banner, and is saved when the server is back."""
    desk.expected = ("ERR_INTERNET_DISCONNECTED",)
    page = desk.page()
    page.goto(f"{desk.base}/records/{A}")
    desk.context.set_offline(True)
    page.keyboard.press("4")
    page.keyboard.press("Enter")
    expect(page.locator("[data-banner]")).to_be_visible()
    expect(page.locator("li.current")).to_have_attribute("data-field", "f2")
    assert _answer(running, "f1").decision is None
    desk.context.set_offline(False)
    expect(page.locator("[data-banner]")).to_be_hidden()
    _saved(page, "f1")
    assert _answer(running, "f1").value == 4


def test_a_session_that_ended_loses_nothing(desk: Watched, running: Running) -> None:
    """A value given after the session ended waits, and is saved when the person has signed in again elsewhere."""
    desk.expected = ("401 (Unauthorized)", "403 (Forbidden)")
    page = desk.page()
    page.goto(f"{desk.base}/records/{A}")
    held = next(one["value"] for one in desk.context.cookies() if one["name"] == "yomitori")
    accounts.sign_out(running.store, held)
    page.keyboard.press("4")
    page.keyboard.press("Enter")
    expect(page.locator("[data-banner] a")).to_be_visible()
    assert _answer(running, "f1").decision is None
    token, _ = accounts.sign_in(
        running.store, next(one for one in accounts.everyone(running.store) if one.name == "tanaka")
    )
    desk.context.add_cookies([{"name": "yomitori", "value": token, "url": desk.base}])
    page.evaluate("dispatchEvent(new Event('focus'))")  # the person comes back to this window
    expect(page.locator("[data-banner]")).to_be_hidden()
    assert _answer(running, "f1").value == 4


def test_second_person_reads_only(desk: Watched, running: Running, chromium: Browser) -> None:
    """The second opener sees who has the form, and no key changes anything."""
    desk.page().goto(f"{desk.base}/records/{A}")
    other = watched(chromium, running, "sato")
    page = other.page()
    page.goto(f"{running.base}/records/{A}")
    expect(page.locator(".note.warn").first).to_contain_text("tanaka")
    page.keyboard.press("4")
    page.keyboard.press("Enter")
    page.wait_for_timeout(200)
    assert not running.store.record(A).decisions
    other.context.close()
    other.check()


def test_everything_works_without_script(chromium: Browser, running: Running) -> None:
    """Signing in, taking a form, confirming with Enter and correcting work as plain forms."""
    made = watched(chromium, running, "tanaka", java_script_enabled=False)
    page = made.page()
    page.goto(f"{running.base}/")
    page.locator(":focus").wait_for()  # without script nothing else tells that the page is ready for keys
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/records/{A}")
    page.locator(":focus").wait_for()  # without script nothing else tells that the page is ready for keys
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/records/{A}?saved=1&at=f2")
    assert _answer(running, "f1").origin == model.CONFIRMED
    page.check('#f-f2 input[value="value:way-10"]')
    page.click("#f-f2 button.main")
    page.wait_for_url(f"**/records/{A}?saved=1&at=f3")
    assert (_answer(running, "f2").value, _answer(running, "f2").origin) == ("way-10", model.CORRECTED)
    made.context.close()
    made.check()


def test_page_picture_zooms(page: Page) -> None:
    """Buttons and wheel zoom the page picture, the current field is outlined."""
    svg = page.locator("svg[data-page]")
    before = svg.get_attribute("viewBox")
    page.click('[data-zoom-to="all"]')
    whole = svg.get_attribute("viewBox")
    page.click('[data-zoom-by="1.5"]')
    near = svg.get_attribute("viewBox")
    svg.hover()
    page.mouse.wheel(0, -100)
    expect(svg).not_to_have_attribute("viewBox", near or "")
    assert len({before, whole, near}) == 3
    page.click("[data-turn]")
    expect(page.locator("[data-turned]")).to_have_attribute("transform", re.compile(r"rotate\(90 "))
    expect(page.locator("polygon.current")).to_have_attribute("data-field", "f1")
