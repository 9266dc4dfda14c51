"""The pictures of docs/forms.md, of a real walk from blank paper to a form in use: `python -m tests.drawing.shots docs/img`."""

from __future__ import annotations

import argparse
import contextlib
import io
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright
from sqlalchemy import update

from pipeline import forms as form_files
from pipeline import store
from pipeline.forms.load import SHIPPED
from pipeline.settings import Settings
from pipeline.store import accounts, tables
from tests.browser.conftest import PATIENCE, SCREEN, ZOOMED, served
from tests.drawing import paper

COLOURS = 128  # enough for a screen with a grey scan and three colours of readings on it
AT = """([x, y]) => { const svg = document.querySelector('[data-canvas]');
  const at = new DOMPoint(x, y).matrixTransform(svg.getScreenCTM()); return [at.x, at.y]; }"""


def take(page: Page, path: Path) -> None:
    """Save what the window shows."""
    page.wait_for_load_state("networkidle")
    shown = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    shown.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


def _at(page: Page, mm: tuple[float, float]) -> tuple[float, float]:
    x, y = page.evaluate(AT, list(mm))
    return float(x), float(y)


def begun(page: Page, base: str, folder: Path, out: Path) -> None:
    """From blank paper to what is proposed for it."""
    page.goto(f"{base}/forms")
    page.set_input_files("#blank", paper.blank(folder))
    page.fill("#form-id", "soudan")
    take(page, out / "forms.png")
    page.click("form[data-blank] button.main")
    page.wait_for_url("**/forms/drafts/*")
    page.locator("[data-list] button").first.click()
    take(page, out / "form-draft.png")


def drawn(page: Page, out: Path) -> None:
    """A field drawn with the mouse, moved, named and typed with the keyboard, and taken back."""
    page.click('[data-tool="text"]')
    page.mouse.move(*_at(page, (80, 95.5)))
    page.mouse.down()
    page.mouse.move(*_at(page, (135, 102.5)), steps=4)
    with _kept(page):
        page.mouse.up()
    page.locator("[data-canvas]").focus()
    with _kept(page):
        page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    with _kept(page):
        page.keyboard.type("受けた人")
        page.keyboard.press("Tab")
    with _kept(page):
        page.select_option("[name=role]", "signed-by")
    page.reload()
    page.locator("[data-list] button", has_text="受けた人").click()
    take(page, out / "form-field.png")
    for _ in range(4):
        with _kept(page):
            page.click("[data-undo]")


@contextlib.contextmanager
def _kept(page: Page) -> Iterator[None]:
    with page.expect_response(lambda answer: answer.url.endswith(("/steps", "/at"))):
        yield


def tried(page: Page, scans: list[Path], out: Path) -> None:
    """The draft on filled sheets, as it reads them and as the machine sees them."""
    page.set_input_files("#scans", scans)
    page.wait_for_selector("text.read")
    page.locator("[data-list] button").nth(3).click()
    take(page, out / "form-try.png")
    page.click("[data-drawn]")
    take(page, out / "form-drawn.png")
    page.click("[data-drawn]")


def saved(page: Page, base: str, scan: Path, out: Path) -> None:
    """Checked, saved, and looked at as a form in use."""
    page.click('[data-open="save"]')
    page.click("[data-check]")
    page.wait_for_selector("[data-mistakes] button")
    take(page, out / "form-save.png")
    page.click("form[data-save] button.main")
    page.wait_for_url("**/forms?done=saved")
    page.goto(f"{base}/forms/soudan/1/look")
    page.set_input_files("#scan", scan)
    page.wait_for_selector("[data-pictures] img")
    take(page, out / "form-look.png")


def walk(page: Page, base: str, folder: Path, out: Path) -> None:
    """Every step in the usual size; the list, the editor and what it reads at 200 % too."""
    begun(page, base, folder, out)
    drawn(page, out)
    scans = [path for path, _ in paper.filled(folder, 2)]
    tried(page, scans, out)
    draft = page.url
    zoomed(page, {"form-try-200": page.locator("[name=role]").first.scroll_into_view_if_needed}, out)
    page.goto(draft)
    zoomed(page, {"form-draft-200": lambda: page.locator("[data-list] button").nth(3).click()}, out)
    saved(page, base, scans[0], out)


def zoomed(page: Page, acts: dict[str, Callable[[], None]], out: Path) -> None:
    """The same page at 200 %."""
    page.set_viewport_size({"width": ZOOMED["width"], "height": ZOOMED["height"]})
    for name, act in acts.items():
        act()
        take(page, out / f"{name}.png")
    page.set_viewport_size({"width": SCREEN["width"], "height": SCREEN["height"]})


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
