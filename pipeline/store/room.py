"""How much room the store's disks have left."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from pipeline.settings import Settings

LOW = 0.10  # of a disk


@dataclass(frozen=True)
class Room:
    """A folder of the store and its disk."""

    folder: Path
    free: int  # bytes
    total: int  # bytes

    @property
    def share(self) -> float:
        """How much of the disk is free, 0 … 1."""
        return self.free / self.total if self.total else 1.0


def rooms(settings: Settings) -> list[Room]:
    """The folders of the store, each disk once."""
    found: dict[int, Room] = {}
    for folder in (settings.data, settings.common):
        there = next(one for one in (folder, *folder.parents) if one.exists())
        usage = shutil.disk_usage(there)
        found.setdefault(there.stat().st_dev, Room(folder, usage.free, usage.total))
    return list(found.values())


def low(settings: Settings) -> list[Room]:
    """Those whose disk is nearly full."""
    return [one for one in rooms(settings) if one.share < LOW]
