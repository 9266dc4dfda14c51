"""An export in a real browser: looked at, made, taken; with a script and without one."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from python_calamine import CalamineWorkbook

from tests.browser.conftest import SCREEN, ZOOMED, Running, axe, watched


def _sound(page: Page) -> None:
    """Nothing for axe to find, and no wider than its window."""
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


WAYS = [
    pytest.param(SCREEN, True, id="1366x768"),
    pytest.param(ZOOMED, True, id="200%"),
    pytest.param(SCREEN, False, id="no script"),
]


@pytest.mark.parametrize(("size", "script"), WAYS)
def test_from_form_to_file(
    chromium: Browser, running: Running, tmp_path: Path, size: dict[str, int], script: bool
) -> None:
    """Each page waits for the next by itself, is accessible, and in the end hands out a workbook."""
    made = watched(chromium, running, "ana", viewport=size, java_script_enabled=script)
    page = made.page()
    page.goto(f"{running.base}/export")
    if script:
        _sound(page)
    page.click("main button.main")
    page.click("main form[action$=write] button")
    page.wait_for_selector("main form[action$=file]")
    if script:
        _sound(page)
    with page.expect_download() as taken:
        page.click("main form[action$=file] button")
    taken.value.save_as(tmp_path / "out.xlsx")
    assert "メタデータ" in CalamineWorkbook.from_path(tmp_path / "out.xlsx").sheet_names
    made.context.close()
    made.check()


def test_the_preview_opens_like_a_book(chromium: Browser, running: Running) -> None:
    """The first rows of every sheet open on the spot and stay within the window."""
    made = watched(chromium, running, "ana")
    page = made.page()
    page.goto(f"{running.base}/export")
    page.click("main button.main")
    page.wait_for_selector("main form[action$=write]")
    for summary in page.locator("details.sheet > summary").all():
        summary.click()
    _sound(page)
    assert page.locator("table.raw td", has_text="aaaaaaaa").count() > 0
    made.context.close()
    made.check()
