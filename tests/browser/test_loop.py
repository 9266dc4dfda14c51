"""Cases and the report's tables in a real browser, over a few weeks of the shipped forms."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from pipeline import store
from pipeline.forms import Forms
from pipeline.settings import Settings
from pipeline.store import accounts, tables
from tests.browser.conftest import SCREEN, ZOOMED, Running, axe, served, watched
from tests.returns import made_year
from tests.returns.made_year import Size, Year
from tests.returns.scanners import Told


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, shipped: Forms) -> Iterator[Running]:
    """A small office with a year behind it."""
    folder = tmp_path_factory.mktemp("loop")
    own = Settings(data=folder / "data")
    with pytest.MonkeyPatch.context() as patch, store.open(own, create=True) as opened:
        made_year.told(patch, opened)
        Year(opened, shipped, Size(surveys=2, paths=2, notices=4, tickets=2), Told(folder, 1)).play()
        accounts.add(opened, "tanaka")
        with opened.writing() as change:
            change.connection.execute(tables.actor.update().values(must_change=False))
    with served(own, shipped) as made:
        yield made


def test_cases_and_report_are_accessible(chromium: Browser, running: Running) -> None:
    """A case with its sheets and entries, and each table of the report, give axe nothing to find, at 200 % too."""
    made = watched(chromium, running, "tanaka")
    page = made.page()
    page.goto(f"{running.base}/cases")
    case = page.locator("a[href^='/cases/']").first.get_attribute("href")
    page.goto(f"{running.base}/report")
    tables_of = page.eval_on_selector_all("main a[href^='/report/']", "all => all.map(one => one.getAttribute('href'))")
    assert case
    assert len(tables_of) > 5
    for path in ("/cases", case, "/clinics", "/report", *tables_of):
        page.goto(running.base + path)
        for size in (ZOOMED, SCREEN):
            page.set_viewport_size({"width": size["width"], "height": size["height"]})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert axe(page) == [], path
    made.context.close()
    made.check()
