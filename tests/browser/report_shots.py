"""Pictures of the report and the ledger for the docs.

    python -m tests.browser.report_shots OUT

The year behind them is made up (tests/returns/made_year.py), so is everybody in it.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from pipeline import exports, forms, store
from pipeline.forms import Forms
from pipeline.forms.load import SHIPPED
from pipeline.settings import Settings
from pipeline.store import Store, accounts
from review_ui.app import create_app
from tests.browser.conftest import SCREEN
from tests.browser.serving import serving
from tests.browser.shots import take
from tests.browser.test_cases import play
from tests.returns import made_year
from tests.returns.made_year import Size

SHOWN = Size(surveys=80, paths=24, notices=20, tickets=16)


def walk(page: Page, base: str, number: str, out: Path) -> None:
    """Work lists, a case with a visit entered, corrected and open, the clinics, the report and one of its tables."""
    day = made_year.AS_OF.isoformat()
    for name, path in (("report", f"/report?as_of={day}"), ("report-table", f"/report/A9?as_of={day}")):
        page.goto(base + path)
        take(page, out / f"{name}.png")
    page.goto(f"{base}/clinics")
    take(page, out / "clinics.png")
    page.goto(f"{base}/cases")
    take(page, out / "cases.png")
    page.fill("#number", number)
    page.press("#number", "Enter")
    page.wait_for_url("**/cases/*")
    _visited(page)
    page.evaluate("scrollTo(0, 0)")
    take(page, out / "case.png")
    page.evaluate("document.querySelector('#entries').scrollIntoView()")
    take(page, out / "case-history.png")
    page.evaluate("document.querySelector('#prints').scrollIntoView()")
    take(page, out / "case-prints.png")


def _visited(page: Page) -> None:
    form = page.locator("details", has=page.locator('input[name="kind"][value="visit"]'))
    form.locator("summary").click()
    form.locator('input[type="date"]').fill("2025-01-15")
    form.locator('[name="part-charge"]').fill("保健師A")
    form.locator("button").click()
    page.wait_for_selector(".note.good")
    line = page.locator("section[aria-labelledby=entries] > details").first
    line.locator("summary").click()
    line.locator('[name="part-charge"]').fill("保健師B")
    line.locator("button:not([name])").click()
    page.wait_for_selector(".note.good")
    page.locator("section[aria-labelledby=entries] > details > summary").first.click()


def shoot(opened: Store, loaded: Forms, out: Path) -> None:
    """Serve the store and walk through it."""
    token, _ = accounts.sign_in(opened, next(one for one in accounts.everyone(opened) if one.name == "tanaka"))
    waiting = [one.notice for one in exports.loop(opened, loaded).notices if one.notice is not None and not one.reply]
    with serving(create_app(opened.settings, opened, loaded)) as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": SCREEN["width"], "height": SCREEN["height"]}, locale="ja-JP")
        context.add_cookies([{"name": "yomitori", "value": token, "url": base}])
        walk(context.new_page(), base, f"{waiting[0].form_id}/{waiting[0].serial}", out)
        browser.close()


def main() -> None:
    """Make a year up and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        settings = Settings(data=Path(name) / "data")
        loaded = forms.load([SHIPPED], settings.blanks)
        play(settings, loaded, Path(name), SHOWN)
        with store.open(settings) as opened:
            shoot(opened, loaded, asked.out)


if __name__ == "__main__":
    main()
