"""Pictures of every page for the docs.

    python -m tests.browser.shots SCANS OUT

SCANS is a folder of filled sheets, such as `make samples` draws.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from pipeline import forms, model, review, run, store
from pipeline.forms import schema
from pipeline.review import alike, double_entry, notes
from pipeline.settings import Settings
from pipeline.store import Store, accounts, tables
from review_ui.app import create_app
from tests.browser.conftest import SCREEN, ZOOMED
from tests.browser.serving import serving

FORM_FILES = Path(__file__).resolve().parents[2] / "form_templates"
SOME = 3  # fields that two people enter
COLOURS = 128  # enough for a screen, and a third of the size


def take(page: Page, path: Path) -> None:
    """Save what the window shows."""
    page.wait_for_load_state("networkidle")
    shown = Image.open(io.BytesIO(page.screenshot()))
    shown.convert("RGB").quantize(COLOURS).save(path, optimize=True)


def fill(opened: Store, loaded: forms.Forms, scans: Path) -> None:
    """Read the scans, let two people in, and let both do a little."""
    list(run.accept([scans], opened, batch="4月の束"))
    list(run.process([task.page_id for task in opened.waiting()], opened, loaded))
    for name in ("tanaka", "sato"):
        accounts.add(opened, name)
    with opened.writing() as change:
        change.connection.execute(tables.actor.update().values(must_change=False))
    items = [item for item in review.queue(opened, limit=1000) if len(item.open) > SOME]
    for item, by, other in ((items[-1], "sato", "tanaka"), (items[-2], "tanaka", "sato")):
        strict = twice(loaded[item.form or ("", "")], item.open[:SOME])
        for n, name in enumerate(item.open[:SOME]):
            settle(opened, strict, review.Change(item.record, name, "confirm", 0, by))
            if by == "tanaka":
                state: model.State = "empty" if n else "illegible"
                settle(opened, strict, review.Change(item.record, name, "second", 1, other, state=state))
    notes.refer(opened, opened.record(items[0].record), items[0].open[-1], "3か4か分かりません", "sato")


def twice(form: schema.Form, names: Sequence[str]) -> forms.Forms:
    """The form, with fields that two people enter."""
    raw = form.model_dump(by_alias=True)
    for field in (field for side in raw["sides"] for field in side["fields"]):
        field["double"] = "critical" if field["id"] in names else "none"
    return forms.Forms({form.key: schema.Form.model_validate(raw)})


def settle(opened: Store, strict: forms.Forms, change: review.Change) -> None:
    """As somebody would; what cannot be is left out."""
    with contextlib.suppress(review.NotUnderstood):
        run.settle(opened, strict, change)


def addresses(opened: Store, loaded: forms.Forms) -> dict[str, str]:
    """What to look at: the first record of the form with most open fields, one without a form, the largest group."""
    items = review.queue(opened, limit=1000)
    full = max(items, key=lambda item: len(item.open))
    formless = next((item for item in items if item.form is None), full)
    form = loaded[full.form or next(iter(loaded))]
    marked = next((name for name in full.open if form.fields[name].kind in {"score", "choice"}), full.open[0])
    group = next(iter(alike.groups(opened, loaded)), None)
    differs = next(iter(double_entry.differences(opened, 1)), None)
    second = review.take_second(opened, "tanaka")
    return {
        "home": "/",
        "queue": "/queue",
        "record": f"/records/{full.record}",
        "record-marks": f"/records/{full.record}?at={marked}",
        "no-form": f"/records/{formless.record}",
        "refer": f"/records/{full.record}/fields/{marked}/refer",
        "alike": "/alike",
        "grid": f"/alike/{group.key}" if group is not None else "/alike",
        "notes": "/notes",
        "progress": "/progress",
        "double": "/double",
        "second": f"/double/{second.record}" if second is not None else "/double",
        "differ": f"/differ/{differs.record}/{differs.field}" if differs is not None else "/double",
    }


def walk(page: Page, base: str, pages: dict[str, str], out: Path) -> None:
    """Every page and what opens over a record, in the usual size and at 200 %."""
    for size, end in ((SCREEN, ""), (ZOOMED, "-200")):
        page.set_viewport_size({"width": size["width"], "height": size["height"]})
        for name, path in pages.items():
            page.goto(base + path)
            take(page, out / f"{name}{end}.png")
        page.goto(base + pages["record-marks"])
        for name, act in _over(page).items():
            act()
            take(page, out / f"{name}{end}.png")
            page.keyboard.press("Escape")


def _over(page: Page) -> dict[str, Callable[[], None]]:
    return {
        "enlarged": lambda: page.keyboard.press("F2"),
        "leaving": lambda: page.keyboard.press("Control+Enter"),
        "keys": lambda: page.click('[data-open="keys"]'),
    }


def main() -> None:
    """Build a store of the scans and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scans", type=Path)
    parser.add_argument("out", type=Path)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        settings = Settings(data=Path(name))
        loaded = forms.load([FORM_FILES], settings.blanks)
        with store.open(settings, create=True) as opened:
            fill(opened, loaded, asked.scans)
            shoot(opened, loaded, asked.out)


def shoot(opened: Store, loaded: forms.Forms, out: Path) -> None:
    """Serve an open store and walk through it."""
    token, _ = accounts.sign_in(opened, next(one for one in accounts.everyone(opened) if one.name == "tanaka"))
    with serving(create_app(opened.settings, opened, loaded)) as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": SCREEN["width"], "height": SCREEN["height"]}, locale="ja-JP")
        page = context.new_page()
        page.goto(base)
        for size, end in ((ZOOMED, "-200"), (SCREEN, "")):
            page.set_viewport_size({"width": size["width"], "height": size["height"]})
            take(page, out / f"sign-in{end}.png")
        context.add_cookies([{"name": "yomitori", "value": token, "url": base}])
        walk(page, base, addresses(opened, loaded), out)
        browser.close()


if __name__ == "__main__":
    main()
