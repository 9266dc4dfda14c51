"""Pictures of the clerk's desk for the docs.

    python -m tests.browser.desk_shots SCANS OUT

SCANS is a folder of filled sheets, such as `make samples` draws.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from pipeline import forms, review, run, store
from pipeline.settings import Settings
from pipeline.store import NewScan, Store, accounts, batches, tables
from review_ui.app import create_app
from tests.browser.conftest import SCREEN, ZOOMED
from tests.browser.serving import serving
from tests.browser.shots import FORM_FILES, take


def fill(opened: Store, loaded: forms.Forms, scans: Path) -> int:
    """A batch of the scans, a file that cannot be opened, one from the watched folder; some fields settled."""
    for name in ("tanaka", "sato"):
        accounts.add(opened, name)
    with opened.writing() as change:
        change.connection.execute(tables.actor.update().values(must_change=False))
    name = batches.offered(opened, "tanaka")
    made = batches.create(opened, name, "tanaka", counted=12)
    broken = opened.settings.data / "scan-900.pdf"
    broken.write_bytes(b"%PDF-1.7\n1 0 obj\n")
    every = sorted(run.files([scans]))
    for path in [*every[:-1], broken]:
        run.take(path, opened, NewScan("", path.name, 0, 0, name, "tanaka"))
    run.take(every[-1], opened, NewScan("", every[-1].name, 0, 0, None, batches.WATCHED))
    list(run.process([task.page_id for task in opened.waiting()], opened, loaded))
    _settle_some(opened, loaded)
    return made


def _settle_some(opened: Store, loaded: forms.Forms) -> None:
    for item in review.queue(opened, limit=3):
        record = opened.record(item.record)
        for field in item.open[:6]:
            reading = record.readings[field]
            if reading.state in {"valid", "empty"}:
                run.settle(opened, loaded, review.Change(record.id, field, "confirm", 0, "tanaka"))


def walk(page: Page, base: str, batch: int, record: str, out: Path) -> None:
    """Every page and what opens over it, in the usual size and at 200 %."""
    pages = {
        "batches": "/batches",
        "batch": f"/batches/{batch}",
        "arrivals": "/arrivals",
        "quarantine": "/quarantine",
        "sheet": f"/records/{record}/sheet",
        "place": f"/records/{record}/sheet/place",
        "again": "/again",
        "search": "/search",
        "figures": "/figures",
        "guide": "/guide",
    }
    for size, end in ((SCREEN, ""), (ZOOMED, "-200")):
        page.set_viewport_size({"width": size["width"], "height": size["height"]})
        for name, path in pages.items():
            page.goto(base + path)
            take(page, out / f"desk-{name}{end}.png")
        _acted(page, base, out, end)


def _acted(page: Page, base: str, out: Path, end: str) -> None:
    page.goto(f"{base}/search")
    page.select_option("#status", "needs_review")
    page.click("main button.main")
    page.evaluate("document.querySelector('h2').scrollIntoView()")
    take(page, out / f"desk-search-found{end}.png")
    page.goto(f"{base}/figures")
    page.wait_for_selector("html[data-drawn]")
    page.evaluate("document.querySelectorAll('section')[2].scrollIntoView()")
    take(page, out / f"desk-figures-shares{end}.png")


def main() -> None:
    """Build a store of the scans and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scans", type=Path)
    parser.add_argument("out", type=Path)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        settings = Settings(data=Path(name), workers=0)
        loaded = forms.load([FORM_FILES], settings.blanks)
        with store.open(settings, create=True) as opened:
            shoot(opened, loaded, fill(opened, loaded, asked.scans), asked.out)


def shoot(opened: Store, loaded: forms.Forms, batch: int, out: Path) -> None:
    """Serve the store and walk through the desk."""
    token, _ = accounts.sign_in(opened, next(one for one in accounts.everyone(opened) if one.name == "tanaka"))
    record = next(item for item in review.queue(opened, limit=100) if item.form is not None)
    with serving(create_app(opened.settings, opened, loaded)) as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        context = browser.new_context(
            viewport={"width": SCREEN["width"], "height": SCREEN["height"]}, locale="ja-JP", reduced_motion="reduce"
        )
        context.add_cookies([{"name": "yomitori", "value": token, "url": base}])
        walk(context.new_page(), base, batch, record.record, out)
        browser.close()


if __name__ == "__main__":
    main()
