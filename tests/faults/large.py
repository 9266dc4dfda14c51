"""200 A3 pages in one PDF, read from end to end: `make faults-large`. The largest memory of all processes together."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import cv2
import numpy as np

from pipeline import acquire, model
from tests.acquire.made import Pdf

SHEET = Path(__file__).parents[1] / "fixtures" / "pages" / "scan-00002.pdf"  # an A3 sheet as scanned
A3 = (4961, 3508)  # px at 300 dpi
EVERY = 20  # one filled sheet in so many: what a page holds costs time, not memory that stays
LIMIT_MB = 600
TICK_S = 0.2


def written(pages: int, path: Path) -> None:
    """A PDF of so many A3 scans at 300 dpi, each a picture of its own: filled sheets and, mostly, empty paper."""
    made = Pdf()
    filled = acquire.page(acquire.load(SHEET), SHEET.name, "", 1)
    assert isinstance(filled, model.Page)
    sheet = cv2.resize(filled.image, A3, interpolation=cv2.INTER_CUBIC)
    for n in range(pages):
        page = sheet if n % EVERY == 0 else np.full(A3[::-1], 245, np.uint8)
        grain = np.random.default_rng(n).integers(0, 8, page.shape, np.uint8)
        noisy = np.asarray(cv2.add(page, grain), dtype=np.uint8)
        made.page(b"q 1191 0 0 842 0 0 cm /Im Do Q", (1191, 842), Im=made.scan(noisy))
    path.write_bytes(made.bytes())


class Meter(threading.Thread):
    """The largest resident memory, shared pages counted once (PSS), of a process and all it started."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.largest_mb, self.stop = pid, 0.0, threading.Event()

    def run(self) -> None:
        """Look until told to stop."""
        while not self.stop.wait(TICK_S):
            self.largest_mb = max(self.largest_mb, sum(map(_pss_mb, _family(self.pid))))


def _family(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(one for child in children for one in _family(int(child)))]


def _pss_mb(pid: int) -> float:
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    return int(rollup.partition("Pss:")[2].split()[0]) / 1024


def main() -> None:
    """Ingest it with as many workers as asked; 1 where the limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        path, began = Path(name) / "a3.pdf", time.monotonic()
        written(asked.pages, path)
        command = [sys.executable, "-m", "pipeline.cli", "ingest", str(path), "--workers", str(asked.workers)]
        job = subprocess.Popen(command, env=os.environ | {"YOMITORI_DATA": f"{name}/data"})
        meter = Meter(job.pid)
        meter.start()
        code = job.wait()
        meter.stop.set()
        meter.join()
        size = path.stat().st_size / 1e6
    print(f"{asked.pages} pages, {size:.0f} MB, {asked.workers} workers: exit {code}, {time.monotonic() - began:.0f} s")
    print(f"largest memory of all processes together: {meter.largest_mb:.0f} MiB (limit {LIMIT_MB})")
    sys.exit(1 if code or meter.largest_mb > LIMIT_MB else 0)


if __name__ == "__main__":
    main()
