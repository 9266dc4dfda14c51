"""Crops of fields bound for review, cut while their page was decoded anyway: one file per page, made again when lost.

A file is a line of JSON, `{"size": [width, height], "at": {"place/field": [offset, length]}}`, and then the pictures one
after the other, JPEG; offsets count from the line's end. It shows what is written on paper, so only its owner may read
it; it is written beside and renamed, without waiting for the disk: what a power cut takes is cut again when asked for.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

Place: TypeAlias = tuple[int, str]  # of several sheets on one page; id of the field


@dataclass(frozen=True, eq=False)
class Cuts:
    """What was cut from one page."""

    width: int  # px of the page's picture as it was scanned
    height: int
    crops: Mapping[Place, bytes] = field(default_factory=dict)  # JPEG


def keep(folder: Path, sha256: str, page: int, cuts: Cuts) -> None:
    """Put away what was cut from page `page` (from 1) of a file, in place of what was there; OSError is left to pass."""
    at: dict[str, tuple[int, int]] = {}
    for (place, name), jpeg in cuts.crops.items():
        at[f"{place}/{name}"] = (sum(length for _, length in at.values()), len(jpeg))
    line = json.dumps({"size": [cuts.width, cuts.height], "at": at}).encode() + b"\n"
    path = _path(folder, sha256, page)
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.writelines([line, *cuts.crops.values()])
        part.replace(path)


def size(folder: Path, sha256: str, page: int) -> tuple[int, int] | None:
    """Width and height of a page's picture in px, as scanned; None when nothing was cut from it."""
    with suppress(OSError, ValueError, KeyError), _path(folder, sha256, page).open("rb") as file:
        width, height = _head(file)["size"]
        return int(width), int(height)
    return None


def find(folder: Path, sha256: str, page: int, place: Place) -> bytes | None:
    """The crop of a field as JPEG; None when it was not cut."""
    with suppress(OSError, ValueError, KeyError), _path(folder, sha256, page).open("rb") as file:
        offset, length = _head(file)["at"]["{}/{}".format(*place)]
        file.seek(offset, os.SEEK_CUR)
        found = file.read(length)
        return found if len(found) == length else None
    return None


def forget(folder: Path, sha256: str) -> None:
    """Remove what was cut from the pages of a file."""
    for path in (folder / sha256[:2]).glob(f"{sha256}-*"):
        path.unlink(missing_ok=True)


def drop(folder: Path, sha256: str, page: int) -> None:
    """Remove what was cut from one page."""
    _path(folder, sha256, page).unlink(missing_ok=True)


def _head(file: Any) -> dict[str, Any]:
    found = json.loads(file.readline())
    return found if isinstance(found, dict) else {}


def _path(folder: Path, sha256: str, page: int) -> Path:
    return folder / sha256[:2] / f"{sha256}-{page}"
