"""Many crops at one look, by keyboard, in a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from pipeline import review, run
from pipeline.review import alike
from tests.browser.conftest import ZOOMED, Running, Watched, axe
from tests.ui import conftest as ui
from tests.ui import office


@pytest.fixture
def full(running: Running) -> ui.Office:
    """A store with two screens of one group."""
    made = ui.Office(running.store.settings, running.store, office.forms())
    ui.more(made, 26)
    return made


def _grid(desk: Watched, place: ui.Office, field: str = "f1") -> Page:
    group = next(group for group in alike.groups(place.store, place.forms) if group.field == field)
    page = desk.page()
    page.goto(f"{desk.base}/alike/{group.key}")
    expect(page.locator("[data-cell] button").first).to_be_focused()
    return page


def _settled(place: ui.Office, field: str) -> int:
    return sum(field in {one.field for one in filed.record.decisions} for filed in place.store.records())


def test_one_key_confirms_a_screenful(desk: Watched, full: ui.Office) -> None:
    """When all are right, one Enter confirms 24 crops."""
    page = _grid(desk, full)
    assert page.locator("[data-cell]").count() == 24
    assert axe(page) == []
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("saved=24"))
    assert _settled(full, "f1") == 24


def test_arrows_digit_space(desk: Watched, full: ui.Office) -> None:
    """Arrows move between crops, a figure corrects, Space postpones, Esc takes back, Enter confirms the rest."""
    page = _grid(desk, full)
    cells = page.locator("[data-cell]")
    ids = [
        value.split(":")[0] for value in page.eval_on_selector_all("[name=cell]", "all => all.map(one => one.value)")
    ]
    page.keyboard.press("4")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("2")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")
    expect(cells.nth(2).locator("button")).not_to_be_focused()
    expect(cells.nth(0).locator("button")).to_have_text("4")
    expect(cells.nth(1).locator("button")).to_have_text("あとで")
    expect(cells.nth(2).locator("button")).to_have_text("3")
    page.keyboard.press("F2")
    expect(page.locator("dialog[open]")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("saved=23&later=1"))
    answers = [full.store.record(one).answers()["f1"] for one in ids[:3]]
    assert [(answer.value, answer.counts) for answer in answers] == [(4, True), (3, False), (3, True)]


def test_a_known_answer_among_them(desk: Watched, full: ui.Office) -> None:
    """A crop whose answer is known stands among the others; who lets it through is told so, and its value stays."""
    run.settle(full.store, full.forms, review.Change("more-000", "f1", "correct", 0, "sato", "4"))
    page = _grid(desk, full)
    assert page.locator("[data-cell]").count() == 25
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("saved=24"))
    page.goto(f"{desk.base}/alike")
    expect(page.locator("main")).to_contain_text("1件のうち、見落とし1件")
    assert full.store.record("more-000").answers()["f1"].value == 4


def test_figures_are_typed_elsewhere(desk: Watched, full: ui.Office) -> None:
    """A field of figures is only confirmed or postponed here: a figure key changes nothing."""
    page = _grid(desk, full, "f4")
    page.keyboard.press("4")
    expect(page.locator("[data-cell] button").first).to_have_text("61.5")


def test_list_and_grid_at_200_percent(desk: Watched, full: ui.Office, tmp_path: Path) -> None:
    """Both pages stay usable at 200 %."""
    page = _grid(desk, full)
    page.set_viewport_size({"width": ZOOMED["width"], "height": ZOOMED["height"]})
    for path in (page.url, f"{desk.base}/alike"):
        page.goto(path)
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
