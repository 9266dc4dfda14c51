"""Two people and one value, by keyboard, in a real browser: the second enters blind, a third screen settles."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from pipeline import model, review, run
from pipeline.settings import Settings
from tests.browser.conftest import SCREEN, ZOOMED, Running, Watched, axe, served, watched
from tests.ui import office

A = "a" * 8
FORMS = office.forms(double=("f1", "f7"))


@pytest.fixture
def running(seeded: Path, tmp_path: Path) -> Iterator[Running]:
    """An office where two people enter score and name, and tanaka has entered both."""
    shutil.copytree(seeded, tmp_path / "office")
    with served(Settings(data=tmp_path / "office"), FORMS) as made:
        for field, raw in (("f1", "4"), ("f7", "釜石　太郎")):
            run.settle(made.store, FORMS, review.Change(A, field, "correct", 0, "tanaka", raw))
        yield made


@pytest.fixture
def second(chromium: Browser, running: Running) -> Iterator[Page]:
    """The second person's page, opened from home."""
    made = watched(chromium, running, "sato")
    page = made.page()
    page.goto(f"{running.base}/double")
    page.wait_for_function("document.activeElement.matches('button.main')")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/double/{A}")
    yield page
    made.context.close()
    made.check()


def _answer(running: Running, field: str) -> model.Answer:
    return running.store.record(A).answers()[field]


def _usable(page: Page) -> None:
    for size in (SCREEN, ZOOMED):
        page.set_viewport_size({"width": size["width"], "height": size["height"]})
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.set_viewport_size({"width": SCREEN["width"], "height": SCREEN["height"]})


def test_the_second_person_enters_by_keyboard(second: Page, running: Running) -> None:
    """Nothing is proposed; a figure, a name and Enter each enter them, and undo takes one's own entry back."""
    _usable(second)
    expect(second.locator("li.current")).to_have_attribute("data-field", "f1")
    expect(second.locator("input[name=answer]:checked")).to_have_count(0)
    second.keyboard.press("Enter")
    expect(second.locator("#f-f1 [role=alert]")).to_contain_text("値がありません")
    second.keyboard.press("4")
    second.keyboard.press("Enter")
    expect(second.locator("li.current")).to_have_attribute("data-field", "f7")
    second.keyboard.type("釜石　太郎")
    second.keyboard.press("Enter")
    expect(second.locator("[data-done]")).to_be_visible()
    expect(second.locator("#f-f7")).to_have_class(re.compile("confirmed"))
    assert _answer(running, "f1").counts
    assert _answer(running, "f7").counts
    second.keyboard.press("Control+z")
    second.wait_for_url(f"**/double/{A}?at=f7")
    assert _answer(running, "f7").waits == "second"
    expect(second.locator("#f-f7 [name=written]")).to_have_value("")


def test_the_next_form_after_the_last_field(second: Page) -> None:
    """Ctrl+Enter takes the next record for a second person, or says that there is none."""
    for key in ("4", "Enter"):
        second.keyboard.press(key)
    expect(second.locator("li.current")).to_have_attribute("data-field", "f7")
    second.keyboard.type("x")
    second.keyboard.press("Enter")
    expect(second.locator("[data-done]")).to_be_visible()
    second.keyboard.press("Control+Enter")
    second.wait_for_url("**/double")
    expect(second.locator("main")).to_contain_text("二人目として入れる欄は、いまありません")


def test_a_difference_is_settled_by_keyboard(desk: Watched, running: Running) -> None:
    """The third screen shows both beside the picture; an arrow and Enter settle it."""
    run.settle(running.store, FORMS, review.Change(A, "f7", "second", 1, "sato", "釜石　太朗"))
    page = desk.page()
    page.goto(f"{desk.base}/double")
    _usable(page)
    page.click(f'a[href="/differ/{A}/f7"]')
    page.wait_for_url("**/differ/**")
    expect(page.locator("main")).to_contain_text("一人目 釜石　太郎")
    expect(page.locator("main")).to_contain_text("二人目 釜石　太朗")
    _usable(page)
    page.locator("[name=right]").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/double")
    assert (_answer(running, "f7").value, _answer(running, "f7").counts) == ("釜石　太朗", True)
    page.goto(f"{desk.base}/progress")
    _usable(page)


def test_the_ordinary_page_hides_it_from_others(chromium: Browser, running: Running) -> None:
    """Somebody else sees the crop of such a field and that it waits, no control and no value; the rest works."""
    made = watched(chromium, running, "sato")
    page = made.page()
    page.goto(f"{running.base}/records/{A}")
    expect(page.locator("#f-f7 .chip")).to_contain_text("保留")
    expect(page.locator("#f-f7 form")).to_have_count(0)
    assert axe(page) == []
    page.keyboard.press("Enter")
    expect(page.locator("#f-f2 .chip")).to_contain_text("確認済")
    expect(page.locator("#f-f7 .chip")).to_contain_text("保留")
    assert _answer(running, "f7").waits == "second"
    made.context.close()
    made.check()


def test_it_works_without_script(chromium: Browser, running: Running) -> None:
    """The second entry is a plain form too, what it will be stored as included."""
    made = watched(chromium, running, "sato", java_script_enabled=False)
    page = made.page()
    page.goto(f"{running.base}/double/{A}")
    page.check('#f-f1 input[value="value:2"]')
    page.click("#f-f1 button.main")
    page.wait_for_url(f"**/double/{A}?saved=1&at=f7")
    assert _answer(running, "f1").waits == "third"
    made.context.close()
