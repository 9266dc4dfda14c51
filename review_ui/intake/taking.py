"""One file from a browser into the store: through the private folder, named as the person named it."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

from pipeline import run, workers
from pipeline.errors import UsageProblem
from pipeline.store import NewScan
from review_ui import desk
from review_ui.intake import words
from review_ui.intake.works import Works

LONGEST_NAME = 200  # characters


def named(raw: str) -> str:
    """The name of a file as a person sees it, without folders; raises UsageProblem for what is no name."""
    text = unicodedata.normalize("NFC", raw.replace("\\", "/").rsplit("/", 1)[-1]).strip()
    if not text.isprintable() or len(text) > LONGEST_NAME:
        raise UsageProblem("file-name", words.NAME_UNFIT, words.NAME_UNFIT_TODO)
    return text or words.UNNAMED


def from_header(raw: str) -> str:
    """The name of a file from a header, where it stands percent-encoded; raises UsageProblem."""
    try:
        return named(unquote(raw, errors="strict"))
    except UnicodeDecodeError as error:
        raise UsageProblem("file-name", words.NAME_UNFIT, words.NAME_UNFIT_TODO) from error


@contextmanager
def place(at: desk.Desk) -> Iterator[Path]:
    """A new file in the private folder, gone afterwards."""
    folder = at.settings.private
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{secrets.token_hex(8)}.upload"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


async def received(path: Path, body: AsyncIterator[bytes]) -> None:
    """Write a body to a file as it comes."""
    with path.open("xb") as file:
        async for chunk in body:
            file.write(chunk)


def copied(path: Path, source: BinaryIO) -> None:
    """Write an uploaded file to its place."""
    with path.open("xb") as file:
        while chunk := source.read(run.CHUNK):
            file.write(chunk)


def taken(at: desk.Desk, works: Works, path: Path, new: NewScan) -> run.Arrival:
    """The file in the store, durably; its pages are read behind the screen."""
    arrival = run.take(path, at.store, new, works.count, workers.enqueuer(at.store))
    works.wake()
    return arrival
