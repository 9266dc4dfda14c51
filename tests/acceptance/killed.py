"""`yomitori ingest` killed at random moments and started again ends as if undisturbed: `make accept-kill`."""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from pipeline import store
from pipeline.settings import Settings
from tests.run import papers

SCANS = [Path("tests/fixtures/tickets"), Path("tests/fixtures/pages/scan-00002.pdf")]


def main() -> None:
    """One quiet run, then as many killed ones as asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("out/killed"))
    asked = parser.parse_args()
    shutil.rmtree(asked.out, ignore_errors=True)
    began = time.monotonic()
    _ingest(asked.out / "quiet").wait()
    whole = time.monotonic() - began
    quiet, wrong = _dump(asked.out / "quiet"), 0
    print(f"quiet run: {len(quiet['records'])} records, {len(quiet['pages'])} pages, {whole:.0f} s")
    dice = random.Random(asked.seed)
    moments = sorted(dice.uniform(0.2, whole) for _ in range(asked.kills))
    for number, moment in enumerate(moments, 1):
        data = asked.out / f"killed-{number}"
        ended = _killed(data, moment)
        _ingest(data).wait()
        same = _dump(data) == quiet
        wrong += not same
        print(
            f"{number:3} killed after {moment:5.1f} s ({'ended before' if ended else 'in the middle'}): {'equal' if same else 'DIFFERENT'}",
            flush=True,
        )
        shutil.rmtree(data)
    print(f"{asked.kills - wrong} of {asked.kills} equal the undisturbed run")
    sys.exit(1 if wrong else 0)


def _ingest(data: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "pipeline.cli", "ingest", *map(str, SCANS)]
    environment = os.environ | {"YOMITORI_DATA": str(data)}
    return subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, start_new_session=True)


def _killed(data: Path, after: float) -> bool:
    """Start, kill the whole process group after so many seconds; whether it had ended by itself."""
    process = _ingest(data)
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return False
    return True


def _dump(data: Path) -> dict[str, Any]:
    with store.open(Settings(data=data)) as opened:
        imbalances = store.verify(opened)
        return papers.dump(opened) | {"imbalances": imbalances}


if __name__ == "__main__":
    main()
