"""2,000 files dropped on a batch at once, in a real browser, on a real server: memory and progress are watched.

    python -m tests.acceptance.dropped [--files 2000] [--sent]

`--sent` ends when every file is sent and kept, without waiting for all of them to be read, which takes far longer.
Prints one line of figures; exits 1 when the server's or the page's memory grows with the number of files, when a
progress that was shown was not true, or when a file is missing in the end.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import Page, sync_playwright

from pipeline import store
from pipeline.settings import Settings
from pipeline.store import accounts, batches, tables

WIDE, HIGH = 827, 1169  # px: A4 at 100 dpi
SETTLED = 0.25  # of the files: by then everything that is loaded once has been loaded
GROWTH_MIB = 60  # that the server may need more between then and the end
PAGE_GROWTH_MIB = 60
EVERY_S = 1.0


def scans(folder: Path, count: int) -> None:
    """Blank pages, each with other grain, so that no two files are alike."""
    rng = np.random.default_rng(7)
    for n in range(count):
        image = np.full((HIGH, WIDE), 250, np.uint8)
        image[:8, :8] = rng.integers(240, 255, (8, 8), dtype=np.uint8)
        (folder / f"scan {n}.png").write_bytes(cv2.imencode(".png", image)[1].tobytes())


def serve(data: Path, port: int) -> subprocess.Popen[bytes]:
    """The command itself, as an office runs it, with one process that reads."""
    own = {**os.environ, "YOMITORI_DATA": str(data), "YOMITORI_PORT": str(port), "YOMITORI_WORKERS": "1"}
    made = subprocess.Popen([sys.executable, "-m", "pipeline.cli", "serve"], env=own, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 120
    while time.monotonic() < until:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return made
        time.sleep(0.2)
    made.kill()
    raise TimeoutError("the server did not start")


def rss_mib(pid: int) -> float:
    """Resident memory of one process."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def heap_mib(page: Page) -> float:
    """What the page's script holds."""
    return float(page.evaluate("performance.memory.usedJSHeapSize")) / 2**20


def watch(
    page: Page, opened: store.Store, batch: int, pid: int, count: int, sent_only: bool
) -> tuple[list[tuple[float, float, float]], int]:
    """Until all is sent and read: share done with both memories; and how often what was shown was not true."""
    seen, wrong = [], 0
    while True:
        before = batches.find(opened, batch)
        shown = page.locator("[data-read-text]").inner_text()
        sent = page.locator("[data-sent-text]").inner_text()
        after = batches.find(opened, batch)
        read = int(re.sub(r"\D", "", shown.split("うち")[-1]) or 0)
        done = int(re.sub(r"\D", "", sent.split("うち")[-1]) or 0)
        # What the page shows was so a moment ago: never more than is true by now.
        wrong += read > after.pages - after.waiting or done > after.files
        seen.append((before.files / count, rss_mib(pid), heap_mib(page)))
        all_read = not after.waiting and read == count
        if after.files == done == count and (sent_only or all_read):
            return seen, wrong
        time.sleep(EVERY_S)


def main() -> None:
    """Drop, watch, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--sent", action="store_true", help="end when all is sent")
    asked = parser.parse_args()
    count = asked.files
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "scans").mkdir()
        scans(folder / "scans", count)
        with store.open(Settings(data=folder / "data"), create=True) as opened:
            sys.exit(_dropped(opened, folder, count, asked.sent))


def _dropped(opened: store.Store, folder: Path, count: int, sent_only: bool) -> int:
    accounts.add(opened, "tanaka")
    with opened.writing() as change:
        change.connection.execute(tables.actor.update().values(must_change=False))
    batch = batches.create(opened, "束", "tanaka", counted=count)
    port = random.randint(20000, 40000)
    server = serve(folder / "data", port)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--enable-precise-memory-info"]
            )
            context = browser.new_context(locale="ja-JP")
            base = f"http://127.0.0.1:{port}"
            (actor,) = accounts.everyone(opened)
            context.add_cookies([{"name": "yomitori", "value": accounts.sign_in(opened, actor)[0], "url": base}])
            page = context.new_page()
            page.goto(f"{base}/batches/{batch}")
            start = time.monotonic()
            page.set_input_files("#files", [str(path) for path in sorted((folder / "scans").iterdir())])
            seen, wrong = watch(page, opened, batch, server.pid, count, sent_only)
            spent = time.monotonic() - start
            browser.close()
    finally:
        server.terminate()
        server.wait()
    return _judged(opened, batch, count, seen, wrong, spent)


def _judged(
    opened: store.Store, batch: int, count: int, seen: list[tuple[float, float, float]], wrong: int, spent: float
) -> int:
    later = [one for one in seen if one[0] >= SETTLED] or seen[-1:]
    server, page = (max(one[n] for one in later) - later[0][n] for n in (1, 2))
    found, lost = batches.find(opened, batch), store.verify(opened)
    print(
        f"files={found.files} read={found.pages - found.waiting} seconds={spent:.0f} looks={len(seen)} untrue={wrong} "
        f"server_mib={later[0][1]:.0f}→{later[-1][1]:.0f} (at most +{server:.0f}) "
        f"page_mib={later[0][2]:.0f}→{later[-1][2]:.0f} (at most +{page:.0f}) imbalances={len(lost)}"
    )
    flat = server <= GROWTH_MIB and page <= PAGE_GROWTH_MIB
    return 0 if flat and not wrong and not lost and found.files == count else 1


if __name__ == "__main__":
    main()
