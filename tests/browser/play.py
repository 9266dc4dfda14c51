"""Play a batch through the screen and print keystrokes, server time and an estimate of a person's time.

    python -m tests.browser.play [--forms 200] [--filler 10000] [--kept FOLDER]

The estimate is the keystroke-level model (Card, Moran & Newell 1980): 0.28 s a key, 1.35 s to look at a field.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import cv2
import httpx2
import numpy as np
from playwright.sync_api import Page, sync_playwright
from starlette.types import ASGIApp, Receive, Scope, Send

from pipeline import geometry, model, review, run, store
from pipeline.settings import Settings
from pipeline.store import NewScan, Part, Store, accounts, tables
from review_ui.app import create_app
from tests.browser.conftest import PATIENCE
from tests.browser.serving import serving
from tests.ui import office

KEY, LOOK = 0.28, 1.35  # seconds
SPARE = 12  # forms left for the crops
LAST = 8  # priority of what only fills the store
LARGER = 1.5  # from the 200 dpi of the tests' pages to 300
DOUBTFUL, WRONG = 0.4, 0.05  # shares of the fields of a form; of the doubtful ones


Spent: TypeAlias = dict[str, list[float]]  # by kind of request; ms


class Timed:
    """ASGI middleware that notes how long the server took by kind of request, on the clock and in processor time.

    Processor time is the whole process's, so it is noted only for requests that had the server to themselves; what the
    server does in the background meanwhile (the pictures of the next form) is in it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.wall: Spent = defaultdict(list)
        self.cpu: Spent = defaultdict(list)
        self._begun = self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and look at the clocks."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        self._begun, self._open = self._begun + 1, self._open + 1
        alone, begun = self._open == 1, self._begun
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            await self.app(scope, receive, send)
        finally:
            self._open -= 1
            name = kind(scope["method"], scope["path"])
            self.wall[name].append(1000 * (time.perf_counter() - wall))
            if alone and self._begun == begun:
                self.cpu[name].append(1000 * (time.process_time() - cpu))


def kind(method: str, path: str) -> str:
    """What a request is for."""
    if method == "POST":
        return "save" if "/fields/" in path else "next" if path == "/next" else "other"
    parts = path.strip("/").split("/")
    if parts[0] != "records":
        return "other"
    return "form page" if len(parts) == 2 else "page picture" if parts[2] == "pages" else "crop"


def batch(opened: Store, folder: Path, count: int, seed: int = 1) -> None:
    """A batch of filled forms on A3 at 300 dpi, each with some doubtful fields whose proposal is nearly always right."""
    rng, plain, forms = random.Random(seed), office.form(), office.forms()
    for n in range(count):
        scan, image = folder / f"play-{n}.jpg", a3(office.page_png(plain, n))
        cv2.imwrite(str(scan), image, [cv2.IMWRITE_JPEG_QUALITY, 85])
        sha256 = next(iter(run.accept([scan], opened, batch="play"))).sha256
        fields = {name: office.READ[name] for name in plain.fields} | {"f5": ("0193221234", "valid", 0.5)}
        sure = {
            name: (value, state, 0.5 if rng.random() < DOUBTFUL else 1.0) for name, (value, state, _) in fields.items()
        }
        made = enlarged(office.record(plain, f"play-{n:05d}", sha256, scan.name, **sure))
        cut = review.pictures.cuts(image, (made,))
        run.save(Part(opened.pages(sha256)[0].page_id, (made,), cut), opened, forms)
        scan.unlink()


def a3(png: bytes) -> geometry.Grey:
    """The page at 300 dpi on the left of an A3 sheet, with the noise of a scanner."""
    small = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
    left = cv2.resize(np.asarray(small, np.uint8), None, fx=LARGER, fy=LARGER)
    sheet = np.full((left.shape[0], 2 * left.shape[1]), 250, np.uint8)
    sheet[:, : left.shape[1]] = left
    noise = np.random.default_rng(len(png)).integers(-6, 7, sheet.shape, dtype=np.int16)
    return np.asarray(np.clip(sheet + noise, 0, 255), dtype=np.uint8)


def enlarged(record: model.Record) -> model.Record:
    """The record as it lies on the enlarged page."""
    larger = np.diag([LARGER, LARGER, 1.0])
    at = record.pages[0]
    panels = tuple(replace(panel, mm_to_px=larger @ panel.mm_to_px) for panel in at.panels)
    readings = {
        name: replace(one, quad_px=tuple((x * LARGER, y * LARGER) for x, y in one.quad_px or ()))
        for name, one in record.readings.items()
    }
    return replace(record, pages=(replace(at, panels=panels),), readings=readings)


def filler(opened: Store, count: int) -> None:
    """Records behind the batch, without pictures, so that the store is as full as an office's."""
    if not count:
        return
    plain, forms = office.form(), office.forms()
    sha256, size = opened.keep([b"filler"])
    with opened.writing() as change:
        change.arrive(NewScan(sha256, "filler.pdf", size, count, "filler"))
    for n, task in enumerate(opened.pages(sha256)):
        page = office.placement(sha256, "filler.pdf", task.number)
        made = office.record(plain, f"fill-{n:05d}", sha256, "filler.pdf", f5=("0193221234", "valid", 0.5))
        run.save(Part(task.page_id, (office.on(made, page, f"{n:06d}"),)), opened, forms)
    with opened.writing() as change:  # so that the batch is handed out first
        change.connection.execute(tables.record.update().values(priority=LAST))


@contextlib.contextmanager
def full(count: int, kept: Path | None) -> Iterator[Store]:
    """A store with `count` records that wait; filled once and copied from `kept` when that is given."""
    with tempfile.TemporaryDirectory() as name:
        made = Path(name) / "office" if kept is None else kept
        if not made.exists():
            with store.open(Settings(data=made), create=True) as opened:
                filler(opened, count)
        if kept is not None:
            shutil.copytree(kept, Path(name) / "office")
            store.migrate(Settings(data=Path(name) / "office"))  # kept since before the tables changed
        with store.open(Settings(data=Path(name) / "office")) as opened:
            yield opened


def play(page: Page, count: int, seed: int = 2) -> tuple[int, int]:
    """Clear `count` forms; keystrokes and fields looked at."""
    rng, keys, looked = random.Random(seed), 0, 0
    for _ in range(count):
        page.wait_for_selector("[data-open=keys]:not([hidden])")  # the script listens
        here = page.evaluate("location.pathname")
        doubtful = page.locator("li[data-needs]").count()
        for _ in range(doubtful):
            if rng.random() < WRONG and page.locator("li.current input[type=radio][name=answer]").count():
                page.keyboard.press("Delete")
                keys += 1
            page.keyboard.press("Enter")
        keys, looked = keys + doubtful + 1, looked + doubtful
        keys += settle_rest(page)
        page.keyboard.press("Control+Enter")
        page.wait_for_function("here => location.pathname !== here && document.readyState === 'complete'", arg=here)
    return keys, looked


def settle_rest(page: Page) -> int:
    """What a correction made doubtful is settled as well; keystrokes."""
    keys = 0
    while True:
        page.wait_for_load_state("networkidle")
        if not page.locator("li[data-needs]").count():
            return keys
        page.keyboard.press("Enter")
        keys += 1


def report(timed: Timed, forms: int, keys: int, looked: int) -> None:
    """The figures, one a line."""
    out = sys.stdout
    out.write(f"forms {forms}  doubtful fields {looked}  keystrokes {keys}  per form {keys / forms:.2f}\n")
    seconds = KEY * keys + LOOK * looked
    out.write(f"estimate {seconds / forms:.1f} s a form, {seconds / looked:.2f} s a doubtful field\n")
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    out.write(f"load of the machine {load}\n")
    for name, times in sorted(timed.wall.items()):
        out.write(f"{name:13} {figures('clock', times)}   {figures('processor', timed.cpu[name])}\n")


def figures(what: str, times: list[float]) -> str:
    """Number, median and 95th percentile of some times in ms."""
    if not times:
        return f"{what} none"
    p95 = statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
    return f"{what} n {len(times):5} median {statistics.median(times):6.1f} p95 {p95:6.1f} ms"


def main() -> None:
    """Build the batch, play it, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--forms", type=int, default=200)
    parser.add_argument("--filler", type=int, default=0)
    parser.add_argument("--kept", type=Path, help="folder of the filled store, to be used again")
    asked = parser.parse_args()
    with full(asked.filler, asked.kept) as opened:
        batch(
            opened, opened.settings.data, asked.forms + asked.forms // 20 + SPARE
        )  # a few forms have nothing doubtful
        sys.stderr.write("store is ready\n")
        accounts.add(opened, "player")
        with opened.writing() as change:
            change.connection.execute(tables.actor.update().values(must_change=False))
        token, _ = accounts.sign_in(opened, accounts.everyone(opened)[0])
        timed = Timed(create_app(opened.settings, opened, office.forms()))
        with serving(timed) as base:
            keys, looked = in_browser(base, token, asked.forms)
            one_by_one(base, token, opened)
    report(timed, asked.forms, keys, looked)


def one_by_one(base: str, token: str, opened: Store) -> None:
    """The crops of forms that are left, asked for while nothing else is: what each takes of the processor is its own."""
    items = review.queue(opened, limit=SPARE // 2)  # the filler comes last and has no pictures
    with httpx2.Client(base_url=base, cookies={"yomitori": token}) as client:
        for item in items:
            for field in item.open:
                client.get(f"/records/{item.record}/crops/{field}").raise_for_status()


def in_browser(base: str, token: str, forms: int) -> tuple[int, int]:
    """Sign in and play in Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1366, "height": 768})
        context.add_cookies([{"name": "yomitori", "value": token, "url": base}])
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(base)
        page.wait_for_function("document.activeElement.matches('button.main')")
        page.keyboard.press("Enter")
        page.wait_for_url("**/records/**")
        figures = play(page, forms)
        browser.close()
    return figures


if __name__ == "__main__":
    main()
