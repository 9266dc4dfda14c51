"""Every page: no axe violation, no policy violation, nothing from elsewhere, usable at 200 %."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from pipeline.store import accounts
from tests.browser.conftest import SCREEN, ZOOMED, Running, Watched, axe, watched

PAGES = [
    "/",
    "/queue",
    "/notes",
    "/alike",
    "/progress",
    "/double",
    "/records/aaaaaaaa/fields/f7/refer",
    "/password",
    "/records/aaaaaaaa",
    "/records/cccccccc",
    "/records/none",
    "/queue?form=none",
]
# Chromium notes a 404 on the console; the page itself is right.
NOT_FOUND = ("404 (Not Found)",)


@pytest.mark.parametrize("look", ["normal.normal.on", "largest.high.on"])
@pytest.mark.parametrize("size", [SCREEN, ZOOMED], ids=["1366x768", "200%"])
def test_pages_have_no_violations(desk: Watched, size: dict[str, int], look: str) -> None:
    """Axe finds nothing on any page, in any size or contrast, and no page is wider than its window."""
    desk.expected = NOT_FOUND
    desk.context.add_cookies([{"name": "yomitori-look", "value": look, "url": desk.base}])
    page = desk.page()
    page.set_viewport_size({"width": size["width"], "height": size["height"]})
    for path in PAGES:
        page.goto(desk.base + path)
        assert axe(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_sign_in_page(chromium: Browser, running: Running) -> None:
    """The sign-in page is as accessible, and works with the keyboard alone."""
    made = watched(chromium, running, "tanaka")
    made.expected = ("403 (Forbidden)",)
    made.context.clear_cookies()
    page = made.page()
    page.goto(running.base)
    assert axe(page) == []
    page.keyboard.type("tanaka")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong wrong wrong")
    page.keyboard.press("Enter")
    page.wait_for_selector("#wrong")
    assert axe(page) == []
    phrase = accounts.reset(running.store, "tanaka")
    page.fill("#name", "tanaka")
    page.fill("#password", phrase)
    page.keyboard.press("Enter")
    page.wait_for_url("**/password")
    assert axe(page) == []
    made.context.close()
    made.check()


def test_dialogs_and_open_menus(desk: Watched) -> None:
    """What opens over a page is accessible too, and closes with Esc."""
    page = desk.page()
    page.goto(f"{desk.base}/records/aaaaaaaa")
    page.click(".menu summary")
    assert axe(page) == []
    page.click(".menu summary")
    for name, key in (("crop", "F2"), ("leave", "Control+Enter")):
        page.locator("li.current input").first.focus()
        page.keyboard.press(key)
        page.wait_for_selector(f'dialog[data-dialog="{name}"][open]')
        assert axe(page) == []
        page.keyboard.press("Escape")
        page.wait_for_selector(f'dialog[data-dialog="{name}"]:not([open])', state="attached")
    page.click('[data-open="keys"]')
    assert axe(page) == []


def test_forced_colours(chromium: Browser, running: Running) -> None:
    """With forced colours every control and chip keeps an edge."""
    made = watched(chromium, running, "tanaka", forced_colors="active", reduced_motion="reduce")
    page = made.page()
    page.goto(f"{running.base}/records/aaaaaaaa")
    bare = page.eval_on_selector_all(
        ".chip, .options label, button",
        "all => all.filter(one => getComputedStyle(one).borderTopWidth === '0px').length",
    )
    assert bare == 0
    assert axe(page) == []
    made.context.close()
    made.check()


def test_targets_are_large(desk: Watched) -> None:
    """Every control a finger or a shaky hand must hit is at least 44 px high."""
    page = desk.page()
    for path in ("/", "/queue", "/progress", "/double", "/records/aaaaaaaa", "/records/cccccccc"):
        page.goto(desk.base + path)
        assert _small(page) == [], path


def _small(page: Page) -> list[str]:
    script = """all => all.filter(one => one.offsetParent && one.getBoundingClientRect().height < 43.5)
                          .map(one => `${one.tagName} ${one.textContent.trim().slice(0, 20)}`)"""
    found = page.eval_on_selector_all("button, a.button, .options label, summary, input[type=text], nav a", script)
    return [str(one) for one in found]


def test_first_load_is_small(desk: Watched) -> None:
    """The review page without its page image stays under 200 KB."""
    page = desk.page()
    sizes: dict[str, int] = {}
    page.on("response", lambda answer: sizes.update({answer.url: len(answer.body())}))
    page.goto(f"{desk.base}/records/aaaaaaaa")
    page.wait_for_load_state("networkidle")
    assert any(url.endswith("/pages/1.jpg") for url in sizes)
    assert sum(size for url, size in sizes.items() if not url.endswith(".jpg")) < 200 * 1024
