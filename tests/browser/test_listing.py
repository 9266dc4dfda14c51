"""A list brought in by somebody who is no engineer: chosen, looked at, taken, taken back, all without a command."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from pipeline import forms as form_files
from pipeline import store
from pipeline.forms.load import SHIPPED
from pipeline.settings import Settings
from pipeline.store import accounts
from review_ui.listing import words
from tests.browser.conftest import SCREEN, ZOOMED, Running, Watched, axe, served, watched
from tests.ui import conftest as ui

NEW = "薬局名,別名,電話\n港町薬局,みなと,0193-22-1234\n山手薬局,やまて、みなと,0193-22-5678\nかもめ薬局（架空）,,\n"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Running]:
    """An office of the shipped forms and lists."""
    own = Settings(data=tmp_path / "office", workers=0)
    with store.open(own, create=True) as opened:
        accounts.add(opened, "adm", "admin")
        ui.let_in(opened)
    with served(own, form_files.load([SHIPPED], own.blanks, (own.own_lists,))) as running:
        yield running


@pytest.fixture
def desk(chromium: Browser, place: Running) -> Iterator[Watched]:
    """The admin's browser."""
    made = watched(chromium, place, "adm")
    yield made
    made.context.close()
    made.check()


def _fine(page: Page) -> None:
    """Nothing for axe to find, nothing wider than the window, every target large enough."""
    assert axe(page) == []
    for size in (ZOOMED, SCREEN):
        page.set_viewport_size({"width": size["width"], "height": size["height"]})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    small = "[...document.querySelectorAll('main button, main .button, main input:not([type=hidden])')]"
    assert page.evaluate(f"{small}.every(one => one.getBoundingClientRect().height >= 44)")


def test_a_list_is_brought_in_and_taken_back(desk: Watched, tmp_path: Path) -> None:
    """From the menu to a list of the office's own and back to the samples, each page accessible."""
    (tmp_path / "薬局.csv").write_text(NEW, "utf-8")
    page = desk.page()
    page.goto(f"{desk.base}/forms")
    page.get_by_role("link", name=words.TITLE, exact=True).click()
    page.get_by_role("link", name=words.of_list(words.OPEN, "pharmacies")).click()
    page.set_input_files("#file", tmp_path / "薬局.csv")
    page.get_by_role("button", name=words.LOOK_FIRST).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(words.of_list(words.PREVIEW, "pharmacies"))
    _fine(page)
    page.get_by_role("button", name=words.TAKE).click()
    expect(page.get_by_role("status")).to_have_text(words.TAKEN)
    expect(page.get_by_role("rowheader", name="山手薬局")).to_be_visible()
    _fine(page)
    page.get_by_role("button", name=words.UNDO).click()
    expect(page.get_by_role("status")).to_have_text(words.UNDONE)
    expect(page.get_by_text(words.SAMPLES_LEFT)).to_be_visible()
