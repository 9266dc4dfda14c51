"""A backup of 10,000 forms, and a fresh machine that restores it: `make faults-restore`. Ten minutes are promised."""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import insert, update

from pipeline import store
from pipeline.settings import Settings
from pipeline.store import Store, tables, vault
from tests.store import query_speed

LIMIT_S = 600
KEY = "とても長い合言葉をここに書く"
AT_ONCE = 1000


def fill(opened: Store, forms: int, size: int) -> None:
    """So many forms, each a file of `size` bytes of its own, with its record, readings and line in the ledger."""
    for first in range(1, forms + 1, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, forms + 1))
        kept = {n: _kept(opened.settings.vault, n, size) for n in numbers}
        with opened.writing() as change:
            query_speed.filled(change.connection, numbers.start, numbers.stop)
            for n, sha256 in kept.items():
                change.connection.execute(
                    update(tables.scan).where(tables.scan.c.id == n).values(sha256=sha256, size=size)
                )
            lines = [{"at": query_speed.NOW, "kind": "accepted", "sha256": one, "name": f"{n}.pdf", "detail": ""} for n, one in kept.items()]  # fmt: skip
            change.connection.execute(insert(tables.ledger), lines)


def _kept(folder: Path, number: int, size: int) -> str:
    """An original, put there without waiting for the disk: what is measured comes later."""
    data = hashlib.shake_128(number.to_bytes(8)).digest(size)
    sha256 = hashlib.sha256(data).hexdigest()
    path = vault.place(folder, sha256)
    path.parent.mkdir(exist_ok=True, mode=0o700)
    path.write_bytes(data)
    return sha256


def main() -> None:
    """Fill, back up, restore elsewhere, verify; 1 where it takes longer than promised or something differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--forms", type=int, default=10_000)
    parser.add_argument("--size", type=int, default=150_000, help="bytes of each original")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with store.open(Settings(data=folder / "data"), create=True) as opened:
            fill(opened, asked.forms, asked.size)
            began = time.monotonic(), time.process_time()
            store.backup.backup(opened, folder / "all.backup", KEY)
            wrote = _since(*began)
        began = time.monotonic(), time.process_time()
        fresh = Settings(data=folder / "fresh")
        store.backup.restore(fresh, folder / "all.backup", KEY)
        with store.open(fresh) as opened:
            wrong, held = store.verify(opened, bytes_too=False), opened.counts()
        took = _since(*began)
        size = (folder / "all.backup").stat().st_size / 1e6
    print(f"{asked.forms} forms, {size:.0f} MB: backup {wrote[0]:.0f} s ({wrote[1]:.0f} s of a processor)")
    print(f"restored and verified in {took[0]:.0f} s ({took[1]:.0f} s of a processor); {len(wrong)} things wrong")
    sys.exit(0 if took[0] <= LIMIT_S and not wrong and held.files == asked.forms else 1)


def _since(clock: float, cpu: float) -> tuple[float, float]:
    return time.monotonic() - clock, time.process_time() - cpu


if __name__ == "__main__":
    main()
