"""Posted forms, files and all: what is too large for memory lies in the private folder and nowhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from fastapi import HTTPException, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
MOST_FILES = 200  # in one form without a script: each is an open file; the page's script sends them one by one
IN_MEMORY = 64 * 1024  # bytes of each


class _Parser(MultiPartParser):
    """Starlette's, with its temporary files in the private folder."""

    private: Path

    def on_headers_finished(self) -> None:
        """A part begins; one that is a file gets its place."""
        super().on_headers_finished()
        file = self._current_part.file
        if isinstance(file, UploadFile):
            self._files_to_close_on_error.pop().close()
            kept = SpooledTemporaryFile(max_size=IN_MEMORY, dir=str(self.private))  # noqa: SIM115  # closed with the form
            self._files_to_close_on_error.append(kept)
            file.file = cast("BinaryIO", kept)


async def posted(request: Request, private: Path) -> FormData:
    """The posted form; empty for a body that is none. Close it when it has been dealt with."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await request.form()
    await run_in_threadpool(private.mkdir, 0o700, parents=True, exist_ok=True)
    parser = _Parser(request.headers, request.stream(), max_files=MOST_FILES)
    parser.private = private
    try:
        return await parser.parse()
    except MultiPartException as error:
        raise HTTPException(400, error.message) from error


def raw(request: Request) -> AsyncIterator[bytes]:
    """A body that is a file, as it comes; raises 400 for a form, which was read as such already."""
    if request.headers.get("content-type", "").startswith(FORMS):
        raise HTTPException(400)
    return request.stream()


def files(form: FormData, name: str) -> list[UploadFile]:
    """The files posted under a name, without the empty one that a browser sends for none."""
    return [one for one in form.getlist(name) if isinstance(one, UploadFile) and one.filename]
