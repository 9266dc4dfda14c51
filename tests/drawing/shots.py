"""The pictures of docs/forms.md: `python -m tests.drawing.shots docs/img`."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from sqlalchemy import update

from pipeline import forms as form_files
from pipeline import store
from pipeline.forms.load import SHIPPED
from pipeline.settings import Settings
from pipeline.store import accounts, tables
from tests.browser.conftest import PATIENCE, SCREEN, served
from tests.drawing import paper


def walk(page: Page, base: str, folder: Path, out: Path) -> None:
    """From blank paper to a tried form, a picture at each stop."""
    page.goto(f"{base}/forms")
    page.screenshot(path=out / "forms.png")
    page.set_input_files("#blank", paper.blank(folder))
    page.fill("#form-id", "soudan")
    page.click("form[data-blank] button.main")
    page.wait_for_url("**/forms/drafts/*")
    page.locator("[data-list] button").first.click()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=out / "form-draft.png")
    page.set_input_files("#scans", [path for path, _ in paper.filled(folder, 2)])
    page.wait_for_selector("text.read")
    page.screenshot(path=out / "form-try.png")
    page.click("[data-drawn]")
    page.screenshot(path=out / "form-drawn.png")
    page.click('[data-open="save"]')
    page.click("[data-check]")
    page.wait_for_selector("[data-mistakes] button")
    page.screenshot(path=out / "form-save.png")


def main() -> None:
    """Serve an office of its own and walk through it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out
    with tempfile.TemporaryDirectory() as name:
        own = Settings(data=Path(name) / "office", workers=1)
        with store.open(own, create=True) as opened:
            accounts.add(opened, "tanaka", "admin")
            with opened.writing() as change:
                change.connection.execute(update(tables.actor).values(must_change=False, totp="0" * 40, totp_used=0))
            token, _ = accounts.sign_in(opened, accounts.everyone(opened)[0])
        known = form_files.load([SHIPPED, own.own_forms], own.blanks, (own.own_lists,))
        with served(own, known) as running, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            context = browser.new_context(
                viewport={"width": SCREEN["width"], "height": SCREEN["height"]}, locale="ja-JP"
            )
            context.add_cookies([{"name": "yomitori", "value": token, "url": running.base}])
            page = context.new_page()
            page.set_default_timeout(5 * PATIENCE)
            walk(page, running.base, Path(name) / "paper", out)
            browser.close()


if __name__ == "__main__":
    main()
