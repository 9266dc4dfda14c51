"""Play a batch through the screen and print keystrokes, server time and an estimate of a person's time.

    python -m tests.browser.play [--forms 200] [--filler 10000]

The estimate is the keystroke-level model (Card, Moran & Newell 1980): 0.28 s a key, 1.35 s to look at a field.
"""

from __future__ import annotations

import argparse
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path

import uvicorn
from playwright.sync_api import Page, sync_playwright
from starlette.types import ASGIApp, Receive, Scope, Send

from pipeline import run, store
from pipeline.settings import Settings
from pipeline.store import NewScan, Part, Store, accounts, tables
from review_ui.app import create_app
from tests.ui import office

KEY, LOOK = 0.28, 1.35  # seconds
DOUBTFUL, WRONG = 0.4, 0.05  # shares of the fields of a form; of the doubtful ones


class Timed:
    """ASGI middleware that notes how long the server took, by kind of request."""

    def __init__(self, app: ASGIApp, spent: dict[str, list[float]]) -> None:
        self.app = app
        self.spent = spent

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and look at the clock."""
        start = time.perf_counter()
        await self.app(scope, receive, send)
        if scope["type"] == "http":
            self.spent[kind(scope["method"], scope["path"])].append(1000 * (time.perf_counter() - start))


def kind(method: str, path: str) -> str:
    """What a request is for."""
    if method == "POST":
        return "save" if "/fields/" in path else "next" if path == "/next" else "other"
    parts = path.strip("/").split("/")
    if parts[0] != "records":
        return "other"
    return "form page" if len(parts) == 2 else "page picture" if parts[2] == "pages" else "crop"


def batch(opened: Store, folder: Path, count: int, seed: int = 1) -> None:
    """A batch of filled forms, each with some doubtful fields whose proposal is nearly always right."""
    rng, plain, forms = random.Random(seed), office.form(), office.forms()
    for n in range(count):
        scan = folder / f"play-{n}.png"
        scan.write_bytes(office.page_png(plain, n))
        sha256 = next(iter(run.accept([scan], opened, batch="play"))).sha256
        fields = {name: office.READ[name] for name in plain.fields} | {"f5": ("0193221234", "valid", 0.5)}
        sure = {
            name: (value, state, 0.5 if rng.random() < DOUBTFUL else 1.0) for name, (value, state, _) in fields.items()
        }
        made = office.record(plain, f"play-{n:05d}", sha256, scan.name, **sure)
        run.save(Part(opened.pages(sha256)[0].page_id, (made,)), opened, forms)


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


def report(spent: dict[str, list[float]], forms: int, keys: int, looked: int) -> None:
    """The figures, one a line."""
    out = sys.stdout
    out.write(f"forms {forms}  doubtful fields {looked}  keystrokes {keys}  per form {keys / forms:.2f}\n")
    seconds = KEY * keys + LOOK * looked
    out.write(f"estimate {seconds / forms:.1f} s a form, {seconds / looked:.2f} s a doubtful field\n")
    for name, times in sorted(spent.items()):
        p95 = statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
        out.write(f"{name:13} n {len(times):5}  median {statistics.median(times):6.1f} ms  p95 {p95:6.1f} ms\n")


def serve(app: ASGIApp) -> tuple[uvicorn.Server, threading.Thread, int]:
    """A server on a free port of loopback."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    return server, thread, server.servers[0].sockets[0].getsockname()[1]


def main() -> None:
    """Build the batch, play it, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--forms", type=int, default=200)
    parser.add_argument("--filler", type=int, default=0)
    asked = parser.parse_args()
    spent: dict[str, list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as name, store.open(Settings(data=Path(name)), create=True) as opened:
        batch(opened, Path(name), asked.forms + asked.forms // 20 + 2)  # a few forms have nothing doubtful
        filler(opened, asked.filler)
        sys.stderr.write("store is ready\n")
        accounts.add(opened, "player")
        with opened.writing() as change:
            change.connection.execute(tables.actor.update().values(must_change=False))
        token, _ = accounts.sign_in(opened, accounts.everyone(opened)[0])
        server, thread, port = serve(Timed(create_app(opened.settings, opened, office.forms()), spent))
        keys, looked = in_browser(f"http://127.0.0.1:{port}", token, asked.forms)
        server.should_exit = True
        thread.join()
    report(spent, asked.forms, keys, looked)


def in_browser(base: str, token: str, forms: int) -> tuple[int, int]:
    """Sign in and play in Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1366, "height": 768})
        context.add_cookies([{"name": "yomitori", "value": token, "url": base}])
        page = context.new_page()
        page.goto(base)
        page.keyboard.press("Enter")
        page.wait_for_url("**/records/**")
        figures = play(page, forms)
        browser.close()
    return figures


if __name__ == "__main__":
    main()
