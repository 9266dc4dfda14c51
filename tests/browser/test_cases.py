"""The ledger and the report in a real browser: entered by hand, printed from a case, a clinic's list, every table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from pipeline import exports, forms, returns, store
from pipeline.forms import Forms
from pipeline.forms.load import SHIPPED
from pipeline.settings import Settings
from pipeline.store import accounts
from tests.browser.conftest import SCREEN, ZOOMED, Running, Watched, axe, served, watched
from tests.returns import made_year
from tests.returns.made_year import Size, Year
from tests.returns.scanners import Told

WEEKS = Size(surveys=8, paths=6, notices=10, tickets=8)


def play(settings: Settings, shipped: Forms, folder: Path, size: Size) -> None:
    """A year behind an office of a reviewer and an analyst."""
    with pytest.MonkeyPatch.context() as patch, store.open(settings, create=True) as opened:
        made_year.told(patch, opened)
        Year(opened, shipped, size, Told(folder, 1)).play()
        for name, role in (("tanaka", "reviewer"), ("ana", "analyst")):
            one_time = accounts.add(opened, name, role)  # type: ignore[arg-type]  # both are roles
            accounts.change_password(opened, name, one_time, "correct horse battery")


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Forms:
    """The shipped forms."""
    return forms.load([SHIPPED], tmp_path_factory.mktemp("blanks"))


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory, shipped: Forms) -> Iterator[Running]:
    """A small office with a year behind it, on a free port."""
    folder = tmp_path_factory.mktemp("year")
    settings = Settings(data=folder / "data")
    play(settings, shipped, folder, WEEKS)
    with served(settings, shipped) as started:
        yield started


@pytest.fixture
def clerk(chromium: Browser, year: Running) -> Iterator[Watched]:
    """A reviewer's browser in that office."""
    made = watched(chromium, year, "tanaka")
    yield made
    made.context.close()
    made.check()


def _sound(page: Page) -> None:
    """Nothing for axe to find, and no wider than its window."""
    assert axe(page) == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


def _unanswered(year: Running, shipped: Forms) -> str:
    """The form and serial of a notice that waits for its reply."""
    found = exports.loop(year.store, shipped).notices
    notice = next(one.notice for one in found if one.notice is not None and one.reply is None)
    return f"{notice.form_id}/{notice.serial}"


def _case(clerk: Watched, number: str) -> Page:
    """The page of the case that a number leads to."""
    page = clerk.page()
    page.goto(f"{clerk.base}/cases")
    page.fill("#number", number)
    page.press("#number", "Enter")
    page.wait_for_url("**/cases/*")
    return page


SIZES = pytest.mark.parametrize("size", [SCREEN, ZOOMED], ids=["1366x768", "200%"])
DAY = made_year.AS_OF.isoformat()


@SIZES
def test_a_case_with_all_that_opens_in_it_is_sound(
    clerk: Watched, year: Running, shipped: Forms, size: dict[str, int]
) -> None:
    """A case is accessible with every form open, and whatever opens one is large enough to be hit."""
    page = _case(clerk, _unanswered(year, shipped))
    page.set_viewport_size({"width": size["width"], "height": size["height"]})
    summaries = page.locator("main details > summary")
    assert summaries.count() > 3
    for summary in summaries.all():
        summary.click()
    assert summaries.evaluate_all("all => all.filter(one => one.getBoundingClientRect().height < 43.5).length") == 0
    _sound(page)


@SIZES
@pytest.mark.parametrize("path", ["/cases", "/clinics", f"/report?as_of={DAY}"])
def test_lists_are_sound(clerk: Watched, size: dict[str, int], path: str) -> None:
    """The work lists, the clinics and the list of tables."""
    page = clerk.page()
    page.set_viewport_size({"width": size["width"], "height": size["height"]})
    page.goto(clerk.base + path)
    assert page.locator("main table").count()
    _sound(page)


@pytest.mark.parametrize("first", range(0, 20, 5))
def test_every_table_is_sound(clerk: Watched, shipped: Forms, first: int) -> None:
    """A1 to A20, each a page; the widest and the longest too."""
    some = shipped.reports.tables[first : first + 5]
    page = clerk.page()
    page.set_viewport_size({"width": ZOOMED["width"], "height": ZOOMED["height"]})
    for table in some:
        page.goto(f"{clerk.base}/report/{table.id}?as_of={DAY}")
        assert page.locator("main table").count(), table.id
        _sound(page)
    assert len(some) == 5


def test_a_visit_is_entered_corrected_and_taken_back(clerk: Watched, year: Running, shipped: Forms) -> None:
    """What was entered by hand is on the page with all its versions, who made them and when."""
    page = _case(clerk, _unanswered(year, shipped))
    form = page.locator("details", has=page.locator('input[name="kind"][value="visit"]'))
    form.locator("summary").click()
    form.locator('input[type="date"]').fill("2025-01-15")
    form.locator('[name="part-charge"]').fill("保健師A")
    form.locator("button").click()
    page.wait_for_selector(".note.good")
    _sound(page)
    line = page.locator("section[aria-labelledby=entries] > details", has_text="保健師A").first
    line.locator("summary").click()
    line.locator('[name="part-charge"]').fill("保健師B")
    line.locator("button:not([name])").click()
    page.wait_for_selector(".note.good")
    line = page.locator("section[aria-labelledby=entries] > details", has_text="保健師B").first
    line.locator("summary").click()
    assert line.locator("tbody tr").count() == 2
    assert {"保健師A", "保健師B", "tanaka"} <= set(line.locator("tbody").inner_text().replace(":", " ").split())
    _sound(page)
    line.locator("button[name=withdraw]").click()
    page.wait_for_selector(".note.good")
    assert page.get_by_text("保健師B").count() == 0


def test_reply_and_ticket_are_printed_from_a_case(
    clerk: Watched, year: Running, shipped: Forms, tmp_path: Path
) -> None:
    """Each is a PDF with a serial of its own, which from then on belongs to the case."""
    page = _case(clerk, _unanswered(year, shipped))
    before = len(list(returns.every(year.store)))
    for action in ("reply", "ticket"):
        assert _pdf(page, f"main form[action$={action}] button", tmp_path / f"{action}.pdf")
    purposes = [shipped[one.form].purpose for one in list(returns.every(year.store))[before:]]
    assert purposes == ["reply", "ticket"]
    page.reload()
    for one in list(returns.every(year.store))[before:]:
        assert page.locator("td", has_text=one.serial).count()


def _pdf(page: Page, button: str, out: Path) -> bool:
    with page.expect_download() as taken:
        page.locator(button).first.click()
    taken.value.save_as(out)
    return out.read_bytes().startswith(b"%PDF-")


def test_a_clinic_gets_its_list(clerk: Watched, tmp_path: Path) -> None:
    """The list for a doctor is a PDF, one click away from the work lists."""
    page = clerk.page()
    page.goto(f"{clerk.base}/cases")
    page.click('main a[href="/clinics"]')
    page.wait_for_url("**/clinics")
    assert _pdf(page, "main tbody button", tmp_path / "list.pdf")


def test_the_report_becomes_a_file(chromium: Browser, year: Running, tmp_path: Path) -> None:
    """An analyst takes the workbook from the report's page."""
    made = watched(chromium, year, "ana")
    page = made.page()
    page.goto(f"{year.base}/report")
    page.click('main form[action="/report"][method=post] button')
    page.wait_for_selector("main form[action$=file]")
    _sound(page)
    with page.expect_download() as taken:
        page.click("main form[action$=file] button")
    taken.value.save_as(tmp_path / "report.xlsx")
    assert (tmp_path / "report.xlsx").read_bytes().startswith(b"PK")
    made.context.close()
    made.check()
